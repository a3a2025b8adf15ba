//! Numbers as people write them -> exact decimals.

/// Digits of a number.
const DIGITS_MAX: usize = 24;

/// `mantissa` / 10^`scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    pub mantissa: i128,
    pub scale: u32,
}

/// Reads `1,234.5`, `-3`, `(12.00)`, `18.6万`, `1.2E+5`; the text is plain already. With the spaces and signs of money,
/// if `money`. `None` if it is no number.
pub fn decimal(text: &str, money: bool) -> Option<Decimal> {
    let mut text: String =
        text.chars().filter(|c| *c != ' ').map(|c| if c == '−' || c == '–' { '-' } else { c }).collect();
    let mut negative = false;
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        (negative, text) = (true, inner.to_owned());
    }
    if money {
        for sign in ["人民币", "rmb", "cny", "¥", "￥"] {
            text = text.replacen(sign, "", 1);
        }
        text = ["元整", "元", "圆"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(&text).to_owned();
    }
    let tens = [("万亿", 12), ("亿", 8), ("千万", 7), ("百万", 6), ("万", 4), ("千", 3), ("百", 2)];
    let mut power = 0;
    if let Some((rest, tens)) = tens.iter().find_map(|(end, tens)| Some((text.strip_suffix(end)?, tens))) {
        (power, text) = (*tens, rest.to_owned());
    }
    if let Some((rest, exponent)) = text.split_once('e') {
        let exponent: i32 = exponent
            .strip_prefix('+')
            .unwrap_or(exponent)
            .parse()
            .ok()
            .filter(|at| (-20..=20).contains(at))?;
        (power, text) = (power + exponent, rest.to_owned());
    }
    let rest = text.strip_prefix('-').map(str::to_owned);
    if let Some(rest) = rest {
        (negative, text) = (!negative, rest);
    } else if let Some(rest) = text.strip_prefix('+') {
        text = rest.to_owned();
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = grouped(whole)?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(&whole)
        || !is_digits(fraction)
        || whole.is_empty()
        || whole.len() + fraction.len() > DIGITS_MAX
    {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let scale = fraction.len() as i32 - power;
    let mantissa =
        if scale < 0 { mantissa.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)? } else { mantissa };
    Some(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale: scale.max(0) as u32 })
}

/// Digits without their commas, which stand before each three.
fn grouped(text: &str) -> Option<String> {
    if !text.contains(',') {
        return Some(text.to_owned());
    }
    let mut groups = text.split(',');
    let first = groups.next()?;
    ((1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3)).then(|| text.replace(',', ""))
}

impl Decimal {
    /// Times 10^`places`, rounded half away from zero. `None` beyond 128 bits.
    pub fn rounded(self, places: u32) -> Option<i128> {
        if self.scale <= places {
            return self.mantissa.checked_mul(10i128.checked_pow(places - self.scale)?);
        }
        let step = 10i128.checked_pow(self.scale - places)?;
        let half = step / 2 * self.mantissa.signum();
        Some(self.mantissa.checked_add(half)? / step)
    }

    /// Exactly, if it is whole.
    pub fn whole(self) -> Option<i128> {
        let step = 10i128.checked_pow(self.scale)?;
        (self.mantissa % step == 0).then_some(self.mantissa / step)
    }

    pub fn double(self) -> f64 {
        format!("{}e-{}", self.mantissa, self.scale).parse().unwrap_or(f64::NAN)
    }
}

/// A whole number with commas.
pub fn commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
