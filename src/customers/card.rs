//! What is known of a client, and what may stand there.

use std::str::FromStr;

use crate::units::Datum;

/// Longer names are sentences.
const NAME_CHARS_MAX: usize = 120;
const WORD_CHARS_MAX: usize = 60;
const ALIASES_MAX: usize = 20;
const CONTACTS_MAX: usize = 50;
const PHONE_CHARS_MAX: usize = 32;

/// How much a client matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    A,
    B,
    C,
}

/// Where the client is, as it was entered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    pub lat: f64,
    pub lon: f64,
    pub datum: Datum,
}

/// Somebody at the client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    pub title: Option<String>,
    pub phone: Option<String>,
}

/// What is known of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub name: String,
    /// Other names under which it is looked for.
    pub aliases: Vec<String>,
    pub industry: Option<String>,
    /// How far the sale has come, in the team's own words.
    pub stage: Option<String>,
    pub grade: Option<Grade>,
    pub contacts: Vec<Contact>,
    /// `false`: the client does not want its conversations to be measured.
    pub analyse: bool,
    pub anchor: Option<Anchor>,
}

/// Something cannot stand on a card: which field, its value and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` is `{value}`: {rule}")]
pub struct BadCard {
    pub field: &'static str,
    pub value: String,
    pub rule: &'static str,
}

impl BadCard {
    pub fn new(field: &'static str, value: impl ToString, rule: &'static str) -> Self {
        Self { field, value: value.to_string().chars().take(60).collect(), rule }
    }
}

impl Card {
    /// A client of whom only the name is known.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            aliases: Vec::new(),
            industry: None,
            stage: None,
            grade: None,
            contacts: Vec::new(),
            analyse: true,
            anchor: None,
        }
    }

    /// The card as it is kept: without spaces at the ends, empty fields or doubled aliases.
    ///
    /// # Errors
    /// The first field that breaks its rule.
    pub fn checked(self) -> Result<Self, BadCard> {
        let name = line("name", &self.name, NAME_CHARS_MAX, "a name has 1 to 120 characters on one line")?;
        let name = name.ok_or(BadCard::new("name", "", "a client needs a name"))?;
        let mut aliases: Vec<String> = Vec::new();
        for alias in &self.aliases {
            let rule = "an alias has up to 120 characters on one line";
            let alias = line("aliases", alias, NAME_CHARS_MAX, rule)?;
            aliases.extend(alias.filter(|alias| *alias != name && !aliases.contains(alias)));
        }
        if aliases.len() > ALIASES_MAX {
            return Err(BadCard::new("aliases", aliases.len(), "a client has 20 aliases at most"));
        }
        if self.contacts.len() > CONTACTS_MAX {
            return Err(BadCard::new("contacts", self.contacts.len(), "a client has 50 contacts at most"));
        }
        let contacts = self.contacts.into_iter().map(Contact::checked).collect::<Result<_, _>>()?;
        let anchor = self.anchor.map(Anchor::checked).transpose()?;
        let word = |field, text: Option<String>| match text {
            Some(text) => line(field, &text, WORD_CHARS_MAX, "up to 60 characters on one line are expected"),
            None => Ok(None),
        };
        let (industry, stage) = (word("industry", self.industry)?, word("stage", self.stage)?);
        Ok(Self { name, aliases, industry, stage, contacts, anchor, ..self })
    }
}

impl Contact {
    fn checked(self) -> Result<Self, BadCard> {
        let rule = "a name has 1 to 120 characters on one line";
        let name = line("contact", &self.name, NAME_CHARS_MAX, rule)?;
        let name = name.ok_or(BadCard::new("contact", "", "a contact needs a name"))?;
        let title = line(
            "title",
            self.title.as_deref().unwrap_or(""),
            WORD_CHARS_MAX,
            "up to 60 characters on one line are expected",
        )?;
        let rule = "a phone number has digits, spaces and `+ - ( ) # *`, 32 at most";
        let phone = line("phone", self.phone.as_deref().unwrap_or(""), PHONE_CHARS_MAX, rule)?;
        let fits = |c: char| c.is_ascii_digit() || " +-()#*".contains(c);
        match phone {
            Some(phone) if !phone.chars().all(fits) => Err(BadCard::new("phone", phone, rule)),
            phone => Ok(Self { name, title, phone }),
        }
    }
}

impl Anchor {
    /// A place in the datum of that name.
    ///
    /// # Errors
    /// There is no such datum.
    pub fn of(lat: f64, lon: f64, datum: &str) -> Result<Self, BadCard> {
        let datum =
            datum.parse().map_err(|_| BadCard::new("datum", datum, "a datum is wgs84, gcj02 or bd09"))?;
        Ok(Self { lat, lon, datum })
    }

    fn checked(self) -> Result<Self, BadCard> {
        if !(-90.0..=90.0).contains(&self.lat) {
            return Err(BadCard::new("lat", self.lat, "a latitude lies from -90 to 90 degrees"));
        }
        if !(-180.0..=180.0).contains(&self.lon) {
            return Err(BadCard::new("lon", self.lon, "a longitude lies from -180 to 180 degrees"));
        }
        Ok(self)
    }
}

/// A text on one line without spaces at its ends; `None` when nothing is left.
fn line(field: &'static str, text: &str, most: usize, rule: &'static str) -> Result<Option<String>, BadCard> {
    let text = text.trim();
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(BadCard::new(field, text, rule));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

impl Grade {
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}

impl FromStr for Grade {
    type Err = BadCard;

    fn from_str(text: &str) -> Result<Self, BadCard> {
        let known =
            [Self::A, Self::B, Self::C].into_iter().find(|grade| text.eq_ignore_ascii_case(grade.name()));
        known.ok_or_else(|| BadCard::new("grade", text, "a grade is A, B or C"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_kept_without_what_is_empty_or_doubled() {
        let aliases = [" 华东 ", "", "华东", "华东医药"].map(String::from).to_vec();
        let card = Card { aliases, stage: Some("  ".into()), ..Card::named(" 华东医药 ") }.checked().unwrap();
        assert_eq!(
            (card.name.as_str(), card.aliases, card.stage),
            ("华东医药", vec!["华东".to_owned()], None)
        );
    }

    #[track_caller]
    fn check(card: Card, want: &str) {
        let said = card.checked().unwrap_err().to_string();
        assert!(said.contains(want), "{said}");
    }

    #[test]
    fn what_breaks_a_rule_is_named_with_it() {
        let contact =
            |name: &str, phone: &str| Contact { name: name.into(), title: None, phone: Some(phone.into()) };
        let named = || Card::named("华东");
        check(Card::named(" "), "a client needs a name");
        check(Card::named("a\nb"), "on one line");
        check(Card { contacts: vec![contact("", "1")], ..named() }, "a contact needs a name");
        check(Card { contacts: vec![contact("Li", "call me")], ..named() }, "`phone` is `call me`");
        let anchor = Some(Anchor { lat: 91.0, lon: 0.0, datum: Datum::Gcj02 });
        check(Card { anchor, ..named() }, "`lat` is `91`");
        let anchor = Some(Anchor { lat: 0.0, lon: f64::NAN, datum: Datum::Gcj02 });
        check(Card { anchor, ..named() }, "`lon` is `NaN`");
        check(Card { aliases: (0..21).map(|n| format!("a{n}")).collect(), ..named() }, "20 aliases at most");
    }

    #[test]
    fn grades_read_back() {
        assert_eq!("a".parse(), Ok(Grade::A));
        assert!("D".parse::<Grade>().is_err());
    }
}
