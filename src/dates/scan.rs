//! A text in plain letters, eaten from the front: words, numbers in digits or Chinese.

/// Lower case, full-width letters made plain, spaces made single.
pub fn plain(text: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    };
    let text: String = text.chars().map(half).flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is left of a text.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a>(pub &'a str);

impl Scan<'_> {
    /// Eats the first of the words that is next.
    pub fn word<T: Copy>(&mut self, words: &[(&str, T)]) -> Option<T> {
        words.iter().find(|(word, _)| self.eat(word)).map(|(_, means)| *means)
    }

    pub fn eat(&mut self, word: &str) -> bool {
        match self.0.strip_prefix(word) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Eats any of the words.
    pub fn any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat(word))
    }

    pub fn is_done(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Eats a number of up to four digits, or Chinese numerals up to 99.
    pub fn number(&mut self) -> Option<i64> {
        let digits = self.0.len() - self.0.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            let number = self.0.get(..digits).filter(|_| digits <= 4)?.parse().ok()?;
            self.0 = &self.0[digits..];
            return Some(number);
        }
        let numeral =
            |c: char| "零一二三四五六七八九".find(c).map(|at| at as i64 / 3).or((c == '两').then_some(2));
        let mut number: Option<i64> = None;
        let mut rest = self.0;
        let mut tens = false;
        while let Some(c) = rest.chars().next() {
            match (c, numeral(c)) {
                ('十', _) if !tens => {
                    number = Some(number.unwrap_or(1) * 10);
                    tens = true;
                }
                (_, Some(digit)) if number.is_none() => number = Some(digit),
                (_, Some(digit)) if tens && number.is_some_and(|number| number % 10 == 0) => {
                    number = number.map(|number| number + digit);
                }
                _ => break,
            }
            rest = &rest[c.len_utf8()..];
        }
        if number.is_some() {
            self.0 = rest;
        }
        number
    }
}
