//! Numbers of stored records, each of its own type, so that a client can never be taken for a person.

use std::fmt;
use std::str::FromStr;

/// The text was not the number of a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the number of a record: a whole number from 1 on is expected")]
pub struct BadRecordId(pub String);

macro_rules! record {
    ($(#[$meaning:meta])* $name:ident) => {
        $(#[$meaning])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadRecordId;

            fn from_str(text: &str) -> Result<Self, BadRecordId> {
                let number = text.parse().ok().filter(|&number: &i64| number > 0);
                number.map(Self).ok_or_else(|| BadRecordId(text.chars().take(40).collect()))
            }
        }
    };
}

record!(
    /// Somebody with an account.
    PersonId
);
record!(
    /// Reps and their manager.
    TeamId
);
record!(
    /// A client company, school, hospital.
    ClientId
);
record!(
    /// One place of a client, as it is kept.
    SiteNumber
);
record!(
    /// A visit as it is kept; trackers number theirs for themselves.
    VisitNumber
);
record!(
    /// A phone or receiver that reports positions.
    EnrolmentId
);
record!(
    /// A field of a table that people define; its column is named by it.
    FieldNumber
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_from_one_on_are_records() {
        assert_eq!("7".parse(), Ok(PersonId(7)));
        for text in ["", "0", "-1", "1.5", "x", "9223372036854775808"] {
            assert!(text.parse::<ClientId>().is_err(), "{text}");
        }
    }
}
