//! What the other side knows and wants. Nothing is heard before it is allowed.

/// The state of a call's consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Nobody has said anything yet.
    Unknown,
    /// The other side was told that the conversation's rhythm is measured.
    Notified,
    /// The other side agreed.
    Consented,
    /// The other side said no.
    Declined,
    /// The other side changed its mind.
    Withdrawn,
}

/// The call may not be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error(
        "nothing is heard while consent is `{0}`: tell the other side first, then start with `notified` or `consented`"
    )]
    Consent(&'static str),
    #[error(
        "here the policy is `{policy}`, and `{consent}` is not enough: ask the other side, then start with `consented`"
    )]
    Policy { policy: &'static str, consent: &'static str },
    #[error("here the policy is `separate_consent`: name the text that was agreed to in `consent_text`")]
    Unnamed,
}

/// Consent cannot go that way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("consent is `{from}` and cannot become `{to}`: a call that was refused stays so; start a new one")]
pub struct BadTurn {
    from: &'static str,
    to: &'static str,
}

impl Consent {
    const ALL: [Self; 5] = [Self::Unknown, Self::Notified, Self::Consented, Self::Declined, Self::Withdrawn];

    /// The consent of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|consent| consent.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Notified => "notified",
            Self::Consented => "consented",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The same consent after the other side has said more.
    ///
    /// # Errors
    /// Who has refused cannot be made to agree, and nobody becomes ignorant again.
    pub fn after(self, said: Self) -> Result<Self, BadTurn> {
        use Consent::{Consented, Declined, Notified, Unknown, Withdrawn};
        match (self, said) {
            (from, to) if from == to => Ok(to),
            (Unknown, Notified | Consented | Declined)
            | (Notified, Consented | Declined | Withdrawn)
            | (Consented, Declined | Withdrawn) => Ok(said),
            (from, to) => Err(BadTurn { from: from.name(), to: to.name() }),
        }
    }

    /// The other side does not want it, or no longer.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Declined | Self::Withdrawn)
    }

    /// Whether sound may be let in.
    ///
    /// # Errors
    /// In every state but `Notified` and `Consented`.
    pub fn allows_hearing(self) -> Result<(), NotAllowed> {
        match self {
            Self::Notified | Self::Consented => Ok(()),
            Self::Unknown | Self::Declined | Self::Withdrawn => Err(NotAllowed::Consent(self.name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_was_told_or_agreed_is_heard() {
        let heard = [Consent::Notified, Consent::Consented];
        let not_heard = [Consent::Unknown, Consent::Declined, Consent::Withdrawn];
        assert!(heard.iter().all(|consent| consent.allows_hearing().is_ok()));
        assert!(not_heard.iter().all(|consent| consent.allows_hearing().is_err()));
    }

    #[test]
    fn who_has_refused_stays_asked_no_more() {
        use Consent::{Consented, Declined, Notified, Unknown, Withdrawn};
        assert_eq!(Notified.after(Consented), Ok(Consented));
        assert_eq!(Consented.after(Withdrawn), Ok(Withdrawn));
        assert_eq!(Declined.after(Declined), Ok(Declined), "saying it twice is fine");
        let bad = [(Declined, Consented), (Withdrawn, Consented), (Consented, Notified), (Notified, Unknown)];
        assert!(bad.iter().all(|(from, to)| from.after(*to).is_err()));
    }
}
