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
#[error(
    "nothing is heard while consent is `{0}`: tell the other side first, then start with `notified` or `consented`"
)]
pub struct NotAllowed(pub &'static str);

impl Consent {
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Notified => "notified",
            Self::Consented => "consented",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether sound may be let in.
    ///
    /// # Errors
    /// In every state but `Notified` and `Consented`.
    pub fn allows_hearing(self) -> Result<(), NotAllowed> {
        match self {
            Self::Notified | Self::Consented => Ok(()),
            Self::Unknown | Self::Declined | Self::Withdrawn => Err(NotAllowed(self.name())),
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
}
