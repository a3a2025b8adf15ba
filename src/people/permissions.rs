//! Which role may do what, and how far: the whole of it, as one table.

use super::role::Role;

/// What can be done. Each route names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// The own session, the own account.
    BeHere,
    HoldCalls,
    ReadCalls,
    /// Withdrawal deletes what was measured.
    WithdrawCalls,
    ReadClients,
    EditClients,
    ImportClients,
    ReadPeople,
    ManagePeople,
    /// Everything that is stored about one person: hand it out, or erase it.
    ErasePeople,
    ReadTexts,
    EditTexts,
    ReadRevisions,
    EditRevisions,
    /// Where clients hesitate: the own, or sums over a team.
    ReadBoard,
    ReadStudies,
    RunStudies,
    /// Switch a rule off or on for the whole house.
    SwitchRules,
    ReadAudit,
    ManageWebhooks,
    ReadTrust,
    ReadEvents,
    /// Say where one is: devices, consent, checking in, answering what a visit was.
    ReportPositions,
    ReadVisits,
    /// Whose records of which table, the table's own definition says.
    ReadRecords,
    EditRecords,
    ImportRecords,
    UseInputs,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope(u64);

/// There is no such deed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no deed: take them from `may` of the session, `read clients` for example")]
pub struct UnknownDeed(String);

impl Scope {
    /// Whatever the role may do.
    pub const ALL: Self = Self(u64::MAX);

    pub fn of(deeds: impl Iterator<Item = Deed>) -> Self {
        Self(deeds.fold(0, |bits, deed| bits | Self::bit(deed)))
    }

    pub fn holds(self, deed: Deed) -> bool {
        self.0 & Self::bit(deed) != 0
    }

    fn bit(deed: Deed) -> u64 {
        1 << (deed as u32)
    }
}

impl std::str::FromStr for Deed {
    type Err = UnknownDeed;

    fn from_str(text: &str) -> Result<Self, UnknownDeed> {
        let known = TABLE.iter().find(|(_, words, _)| *words == text);
        known.map(|(deed, ..)| *deed).ok_or_else(|| UnknownDeed(text.chars().take(40).collect()))
    }
}

/// Whose records a role reaches for a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    Nothing,
    Own,
    /// The own and those of the own team.
    Team,
    All,
}

impl Reach {
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Own => "own",
            Self::Team => "team",
            Self::All => "all",
        }
    }
}

use Reach::{All, Nothing as No, Own, Team};

/// Rows are deeds; columns the roles: rep, manager, admin, assistant, stock, logistics, finance, device, local.
#[rustfmt::skip]
const TABLE: [(Deed, &str, [Reach; 9]); 28] = [
    //                                              rep   mana  admi  assi  stoc  logi  fina  devi  local
    (Deed::BeHere,         "sign in",              [Own,  Own,  Own,  Own,  Own,  Own,  Own,  Own,  No]),
    (Deed::HoldCalls,      "hold calls",           [Own,  Own,  Own,  No,   No,   No,   No,   No,   Own]),
    (Deed::ReadCalls,      "read calls",           [Own,  Team, Own,  No,   No,   No,   No,   No,   Own]),
    (Deed::WithdrawCalls,  "withdraw calls",       [Own,  Team, All,  No,   No,   No,   No,   No,   Own]),
    (Deed::ReadClients,    "read clients",         [Own,  Team, All,  All,  All,  All,  All,  No,   No]),
    (Deed::EditClients,    "change clients",       [Own,  Team, All,  All,  No,   No,   No,   No,   No]),
    (Deed::ImportClients,  "import clients",       [No,   Team, All,  All,  No,   No,   No,   No,   No]),
    (Deed::ReadPeople,     "read accounts",        [Team, Team, All,  Team, Team, Team, Team, No,   No]),
    (Deed::ManagePeople,   "change accounts",      [No,   No,   All,  No,   No,   No,   No,   No,   No]),
    (Deed::ErasePeople,    "hand out or erase data",[Own, Own,  All,  Own,  Own,  Own,  Own,  No,   No]),
    (Deed::ReadTexts,      "read notice texts",    [All,  All,  All,  All,  All,  All,  All,  No,   All]),
    (Deed::EditTexts,      "change notice texts",  [No,   No,   All,  All,  No,   No,   No,   No,   No]),
    (Deed::ReadRevisions,  "read settings",        [All,  All,  All,  All,  No,   No,   No,   No,   No]),
    (Deed::EditRevisions,  "change settings",      [No,   Team, All,  All,  No,   No,   No,   No,   No]),
    (Deed::ReadBoard,      "read the board",       [Own,  Team, Own,  No,   No,   No,   No,   No,   No]),
    (Deed::ReadStudies,    "read studies",         [No,   All,  All,  No,   No,   No,   No,   No,   No]),
    (Deed::RunStudies,     "run studies",          [No,   All,  All,  No,   No,   No,   No,   No,   No]),
    (Deed::SwitchRules,    "switch rules",         [No,   No,   All,  All,  No,   No,   No,   No,   No]),
    (Deed::ReadAudit,      "read the audit log",   [Own,  Team, All,  No,   No,   No,   No,   No,   No]),
    (Deed::ManageWebhooks, "manage webhooks",      [No,   No,   All,  No,   No,   No,   No,   No,   No]),
    (Deed::ReadTrust,      "read the trust page",  [All,  All,  All,  All,  All,  All,  All,  No,   All]),
    (Deed::ReadEvents,     "read events",          [Own,  Team, All,  All,  All,  All,  All,  No,   No]),
    (Deed::ReportPositions,"report positions",     [Own,  Own,  Own,  No,   No,   No,   No,   No,   No]),
    (Deed::ReadVisits,     "read visits",          [Own,  Team, Own,  No,   No,   No,   No,   No,   No]),
    (Deed::ReadRecords,    "read records",         [All,  All,  All,  All,  All,  All,  All,  No,   No]),
    (Deed::EditRecords,    "change records",       [All,  All,  All,  All,  All,  All,  All,  No,   No]),
    (Deed::ImportRecords,  "import records",       [No,   All,  All,  All,  All,  All,  All,  No,   No]),
    (Deed::UseInputs,      "use the inputs",       [All,  All,  All,  No,   No,   No,   No,   No,   All]),
];

/// How far a role reaches for a deed.
pub fn reach(role: Role, deed: Deed) -> Reach {
    let column = match role {
        Role::Nobody => return No,
        Role::Local => Role::ALL.len(),
        role => Role::ALL.iter().position(|known| *known == role).unwrap_or(Role::ALL.len()),
    };
    TABLE.iter().find(|(known, ..)| *known == deed).map_or(No, |(_, _, reaches)| reaches[column])
}

impl Deed {
    /// In words, after "may not".
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|(known, ..)| *known == self).map_or("do this", |(_, words, _)| words)
    }

    /// All deeds.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.into_iter().map(|(deed, ..)| deed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_stands_in_the_table_once() {
        let deeds: std::collections::HashSet<_> = Deed::all().collect();
        assert_eq!(deeds.len(), TABLE.len());
        assert_eq!(Deed::UseInputs as usize + 1, TABLE.len(), "a deed is missing");
        assert!(TABLE.len() < 64, "a scope has a bit for each");
        assert!(Deed::all().all(|deed| deed.name().parse() == Ok(deed)));
    }

    #[test]
    fn admins_keep_accounts_and_read_their_own_conversations_only() {
        assert_eq!(reach(Role::Admin, Deed::ManagePeople), All);
        assert_eq!(reach(Role::Admin, Deed::ReadCalls), Own);
    }

    #[test]
    fn who_may_hold_calls_may_read_the_own() {
        for role in Role::ALL {
            assert!(reach(role, Deed::ReadCalls) >= reach(role, Deed::HoldCalls), "{role:?}");
        }
    }

    #[test]
    fn a_device_can_do_nothing_but_be_here() {
        let deeds: Vec<_> = Deed::all().filter(|deed| reach(Role::Device, *deed) != No).collect();
        assert_eq!(deeds, [Deed::BeHere]);
    }
}
