//! The roles of a sales organisation.

use std::str::FromStr;

/// What somebody does here; decides what they may see and change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Talks to clients.
    Rep,
    /// Leads a team of reps.
    Manager,
    /// Keeps accounts and the appliance.
    Admin,
    /// Keeps texts, playbooks and client data in order.
    Assistant,
    Stock,
    Logistics,
    Finance,
    /// A phone or receiver that reports by itself.
    Device,
    /// The machine's own user before anybody has an account. Never stored.
    Local,
    /// Who has not signed in. Never stored.
    Nobody,
}

/// There is no such role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a role: rep, manager, admin, assistant, stock, logistics, finance or device is expected"
)]
pub struct UnknownRole(String);

impl Role {
    /// The roles that an account can have.
    pub const ALL: [Self; 8] = [
        Self::Rep,
        Self::Manager,
        Self::Admin,
        Self::Assistant,
        Self::Stock,
        Self::Logistics,
        Self::Finance,
        Self::Device,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Assistant => "assistant",
            Self::Stock => "stock",
            Self::Logistics => "logistics",
            Self::Finance => "finance",
            Self::Device => "device",
            Self::Local => "local",
            Self::Nobody => "nobody",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let known = Self::ALL.into_iter().find(|role| role.name() == text);
        known.ok_or_else(|| UnknownRole(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back_as_written_and_nobody_becomes_local() {
        assert!(Role::ALL.iter().all(|role| role.name().parse() == Ok(*role)));
        assert!("local".parse::<Role>().is_err() && "".parse::<Role>().is_err());
    }
}
