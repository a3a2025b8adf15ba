//! Who works here: accounts, roles, and what each role may do to whose records.

mod login;
mod permissions;
mod role;

pub use login::{BadLogin, BadPassword, Login, check_password};
pub use permissions::{Deed, Reach, Scope, UnknownDeed, reach};
pub use role::{Role, UnknownRole};

use crate::units::{PersonId, TeamId};

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub login: Login,
    /// As colleagues write it.
    pub name: String,
    pub role: Role,
    pub team: Option<TeamId>,
    /// Who has left cannot sign in; their records stay.
    pub active: bool,
    /// A password was set: the invitation was taken.
    pub ready: bool,
    /// Grows with every change.
    pub version: i64,
}

/// Some reps, seen by one manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    pub version: i64,
}

/// Who asks, as far as rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// `None` is the machine's own user, before anybody has an account.
    pub person: Option<PersonId>,
    pub role: Role,
    pub team: Option<TeamId>,
    /// What it is asked with is good for these deeds.
    pub scope: Scope,
}

/// Whose record it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub person: Option<PersonId>,
    pub team: Option<TeamId>,
}

/// The role does not reach so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the role `{role}` may not {deed}{far}: ask somebody whose role allows it, or an admin for another role"
)]
pub struct NotAllowed {
    role: &'static str,
    deed: &'static str,
    far: &'static str,
}

impl Who {
    /// The machine's own user, while nobody has an account.
    pub const LOCAL: Self = Self { person: None, role: Role::Local, team: None, scope: Scope::ALL };

    /// Who has not signed in.
    pub const NOBODY: Self = Self { role: Role::Nobody, ..Self::LOCAL };

    /// How far this person's role reaches for a deed.
    pub fn reach(&self, deed: Deed) -> Reach {
        if self.scope.holds(deed) { reach(self.role, deed) } else { Reach::Nothing }
    }

    /// Whether this person may do it at all, to whatever record.
    ///
    /// # Errors
    /// The role has no reach for it.
    pub fn may(&self, deed: Deed) -> Result<Reach, NotAllowed> {
        match self.reach(deed) {
            Reach::Nothing => Err(self.refused(deed, "")),
            reach => Ok(reach),
        }
    }

    /// Whether this person may do it to a record of `owner`.
    ///
    /// # Errors
    /// The record lies beyond the role's reach.
    pub fn may_to(&self, deed: Deed, owner: Owner) -> Result<(), NotAllowed> {
        let own = owner.person == self.person;
        let team = own || (owner.team.is_some() && owner.team == self.team);
        match self.may(deed)? {
            Reach::All => Ok(()),
            Reach::Team if team => Ok(()),
            Reach::Own if own => Ok(()),
            Reach::Team => Err(self.refused(deed, " of another team")),
            _ => Err(self.refused(deed, " of somebody else")),
        }
    }

    /// That this person's role may not do something to a table's records; `deed` as in `change records`.
    pub fn may_not(&self, deed: &'static str) -> NotAllowed {
        NotAllowed { role: self.role.name(), deed, far: "" }
    }

    fn refused(&self, deed: Deed, far: &'static str) -> NotAllowed {
        NotAllowed { role: self.role.name(), deed: deed.name(), far }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(role: Role) -> Who {
        Who { person: Some(PersonId(1)), role, team: Some(TeamId(1)), scope: Scope::ALL }
    }

    #[test]
    fn a_rep_reaches_the_own_call_a_manager_the_teams() {
        let own = Owner { person: Some(PersonId(1)), team: Some(TeamId(1)) };
        let team = Owner { person: Some(PersonId(2)), team: Some(TeamId(1)) };
        let other = Owner { person: Some(PersonId(3)), team: Some(TeamId(2)) };
        let may = |role, owner| who(role).may_to(Deed::ReadCalls, owner).is_ok();
        assert_eq!([own, team, other].map(|owner| may(Role::Rep, owner)), [true, false, false]);
        assert_eq!([own, team, other].map(|owner| may(Role::Manager, owner)), [true, true, false]);
        assert_eq!([own, team, other].map(|owner| may(Role::Stock, owner)), [false, false, false]);
    }

    #[test]
    fn a_scope_takes_away_and_never_gives() {
        let own = Owner { person: Some(PersonId(1)), team: Some(TeamId(1)) };
        let scope = Scope::of([Deed::ReadClients, Deed::ManagePeople].into_iter());
        let scoped = Who { scope, ..who(Role::Rep) };
        assert!(
            scoped.may_to(Deed::ReadClients, own).is_ok() && scoped.may_to(Deed::ReadCalls, own).is_err()
        );
        assert!(scoped.may(Deed::ManagePeople).is_err());
    }

    #[test]
    fn nobody_shares_a_team_by_having_none() {
        let alone = Who { team: None, ..who(Role::Manager) };
        let stray = Owner { person: Some(PersonId(2)), team: None };
        assert!(alone.may_to(Deed::ReadCalls, stray).is_err());
    }

    #[test]
    fn a_refusal_names_the_role_and_the_deed() {
        let refused = who(Role::Rep).may(Deed::ManagePeople).unwrap_err().to_string();
        assert!(refused.contains("`rep` may not change accounts"), "{refused}");
    }
}
