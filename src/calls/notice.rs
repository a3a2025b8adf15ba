//! What the other side is told: texts in versions that never change, and what a deployment asks for.

use std::str::FromStr;

use crate::units::PersonId;

use super::consent::{Consent, NotAllowed};

const TEXT_CHARS_MIN: usize = 10;
const TEXT_CHARS_MAX: usize = 2_000;

/// What must have happened before anything is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The other side was told.
    Notice,
    /// Everybody agreed.
    AllParty,
    /// Everybody agreed to this one purpose, to a text that is named.
    SeparateConsent,
}

/// How the other side was told or agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Spoken,
    Written,
    /// On a screen or in a message.
    Electronic,
}

/// One version of the text. It is never changed: a record of consent names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub version: i64,
    pub zh: String,
    pub en: String,
    /// `None` for the one that came with the program.
    pub author: Option<PersonId>,
    pub published_ms: Option<i64>,
}

/// The text cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text in `{0}` has {1} characters: {TEXT_CHARS_MIN} to {TEXT_CHARS_MAX} are expected in both languages"
)]
pub struct BadNotice(pub &'static str, pub usize);

impl Policy {
    pub const ALL: [Self; 3] = [Self::Notice, Self::AllParty, Self::SeparateConsent];

    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::AllParty => "all_party",
            Self::SeparateConsent => "separate_consent",
        }
    }

    /// Whether sound may be let in. `named` says whether the text that was agreed to was named.
    ///
    /// # Errors
    /// The consent is not the one that this policy asks for.
    pub fn allows(self, consent: Consent, named: bool) -> Result<(), NotAllowed> {
        consent.allows_hearing()?;
        match self {
            Self::Notice => Ok(()),
            Self::AllParty | Self::SeparateConsent if consent != Consent::Consented => {
                Err(NotAllowed::Policy { policy: self.name(), consent: consent.name() })
            }
            Self::SeparateConsent if !named => Err(NotAllowed::Unnamed),
            Self::AllParty | Self::SeparateConsent => Ok(()),
        }
    }
}

/// There is no such policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownPolicy;

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        Self::ALL.into_iter().find(|policy| policy.name() == text).ok_or(UnknownPolicy)
    }
}

impl How {
    pub fn name(self) -> &'static str {
        match self {
            Self::Spoken => "spoken",
            Self::Written => "written",
            Self::Electronic => "electronic",
        }
    }
}

/// A text as it is published.
///
/// # Errors
/// It is too short or too long to be one.
pub fn checked(language: &'static str, text: &str) -> Result<String, BadNotice> {
    let text = text.trim();
    let length = text.chars().count();
    let fits = (TEXT_CHARS_MIN..=TEXT_CHARS_MAX).contains(&length);
    if fits { Ok(text.to_owned()) } else { Err(BadNotice(language, length)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Consent::{Consented, Declined, Notified, Unknown, Withdrawn};

    #[track_caller]
    fn check(policy: Policy, named: bool, want: &[Consent]) {
        let all = [Unknown, Notified, Consented, Declined, Withdrawn];
        let allowed: Vec<_> =
            all.into_iter().filter(|consent| policy.allows(*consent, named).is_ok()).collect();
        assert_eq!(allowed, want, "{policy:?} {named}");
    }

    #[test]
    fn each_policy_asks_for_its_consent() {
        check(Policy::Notice, false, &[Notified, Consented]);
        check(Policy::AllParty, false, &[Consented]);
        check(Policy::SeparateConsent, false, &[]);
        check(Policy::SeparateConsent, true, &[Consented]);
    }

    #[test]
    fn a_policy_reads_back_as_written() {
        assert!(Policy::ALL.into_iter().all(|policy| policy.name().parse() == Ok(policy)));
        assert_eq!("".parse::<Policy>(), Err(UnknownPolicy));
    }

    #[test]
    fn a_text_says_something() {
        assert_eq!(
            checked("zh", " 不录音，只在本机上测量说话的节奏。 ").unwrap(),
            "不录音，只在本机上测量说话的节奏。"
        );
        assert_eq!(checked("en", "ok"), Err(BadNotice("en", 2)));
    }
}
