//! Whose records somebody reaches, as SQL: written once, for every list.

use rusqlite::ToSql;

use crate::people::{Reach, Who};

/// The condition that a row's owner lies within the reach of [`Asker`]: `owner` and `team` are the columns that hold a
/// person's number and the number of that person's team. It speaks of `:reach`, `:me` and `:my_team`.
pub fn within(owner: &str, team: &str) -> String {
    format!(
        "(:reach = 'all' OR (:reach <> 'nothing' AND {owner} IS :me) OR (:reach = 'team' AND {team} = :my_team))"
    )
}

/// Who asks, and how far that role reaches.
pub struct Asker {
    reach: &'static str,
    me: Option<i64>,
    my_team: Option<i64>,
}

impl Asker {
    pub fn new(who: &Who, reach: Reach) -> Self {
        let (me, my_team) = (who.person.map(|person| person.0), who.team.map(|team| team.0));
        Self { reach: reach.name(), me, my_team }
    }

    /// The parameters of [`within`], with those of the rest of the query.
    pub fn with<'a>(&'a self, rest: &[(&'a str, &'a dyn ToSql)]) -> Vec<(&'a str, &'a dyn ToSql)> {
        let own: [(&str, &dyn ToSql); 3] =
            [(":reach", &self.reach), (":me", &self.me), (":my_team", &self.my_team)];
        own.into_iter().chain(rest.iter().copied()).collect()
    }
}
