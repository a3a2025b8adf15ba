//! The playbooks of a house: the built-in one, the house's over it, and each team's over that.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::playbook::{Fault, Playbook, Sentence};
use crate::units::TeamId;

/// Whose a playbook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    House,
    Team(TeamId),
}

impl Layer {
    /// From the key under which it is kept: `default`, or `team-3`.
    pub fn of_key(key: &str) -> Option<Self> {
        match key.strip_prefix("team-") {
            Some(team) => team.parse().ok().map(Self::Team),
            None => (key == "default").then_some(Self::House),
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::House => f.write_str("the house's playbook"),
            Self::Team(team) => write!(f, "the playbook of team {team}"),
        }
    }
}

/// A playbook that cannot be used over the one above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    pub layer: Layer,
    pub faults: Vec<Fault>,
}

/// What calls follow.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    pub house: Arc<Playbook>,
    teams: BTreeMap<TeamId, Arc<Playbook>>,
    /// Playbooks in force that do not fit; calls follow the one above.
    pub misfits: Vec<Misfit>,
}

impl Default for Layers {
    fn default() -> Self {
        Self::of_texts([])
    }
}

impl Layers {
    /// From the texts in force.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = (Layer, &'a str)>) -> Self {
        // The house's comes first.
        let texts: BTreeMap<_, _> = texts.into_iter().collect();
        let built_in = Arc::new(Playbook::built_in());
        let mut layers = Self { house: built_in, teams: BTreeMap::new(), misfits: Vec::new() };
        for (layer, text) in texts {
            match layers.above(layer).read_over(text) {
                Ok(playbook) => layers.put(layer, playbook),
                Err(faults) => layers.misfits.push(Misfit { layer, faults }),
            }
        }
        layers
    }

    /// What the calls of a team follow.
    pub fn of(&self, team: Option<TeamId>) -> &Arc<Playbook> {
        team.and_then(|team| self.teams.get(&team)).unwrap_or(&self.house)
    }

    /// What a rule says, in whichever playbook it stands; `None` when no playbook has it any more.
    pub fn saying(&self, id: &str) -> Option<Sentence> {
        let mut playbooks = self.teams.values().chain([&self.house]);
        let found = playbooks.find_map(|playbook| playbook.rule(id)).map(|rule| rule.say.clone());
        found.or_else(|| Playbook::built_in().rule(id).map(|rule| rule.say.clone()))
    }

    /// Without these rules.
    pub fn without(mut self, is_off: impl Fn(&str) -> bool) -> Self {
        for playbook in self.teams.values_mut().chain([&mut self.house]) {
            if playbook.rules.iter().any(|rule| is_off(&rule.id)) {
                Arc::make_mut(playbook).rules.retain(|rule| !is_off(&rule.id));
            }
        }
        self
    }

    fn above(&self, layer: Layer) -> Arc<Playbook> {
        if layer == Layer::House { Arc::new(Playbook::built_in()) } else { self.house.clone() }
    }

    fn put(&mut self, layer: Layer, playbook: Playbook) {
        match layer {
            Layer::House => self.house = Arc::new(playbook),
            Layer::Team(team) => {
                self.teams.insert(team, Arc::new(playbook));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, more: &str) -> String {
        format!("version = 1\nname = \"{name}\"\nextends = true\n{more}")
    }

    #[test]
    fn a_team_has_its_own_over_the_houses_over_the_built_in_one() {
        let house = text("house", "off = [\"talk-share\"]");
        let team = text("north", "off = [\"monologue\"]");
        let stray = text("south", "off = [\"talk-share\"]");
        let (north, south) = (Layer::Team(TeamId(1)), Layer::Team(TeamId(2)));
        let layers = Layers::of_texts([(south, &*stray), (north, &*team), (Layer::House, &*house)]);
        let count = Playbook::built_in().rules.len();
        assert_eq!(
            (layers.house.rules.len(), layers.of(Some(TeamId(1))).rules.len()),
            (count - 1, count - 2)
        );
        assert_eq!(layers.of(Some(TeamId(2))).name, "house", "what does not fit is passed over");
        assert_eq!(layers.misfits.iter().map(|misfit| misfit.layer).collect::<Vec<_>>(), [south]);
        assert_eq!(layers.without(|id| id == "hesitation").of(None).rules.len(), count - 2);
        assert_eq!(*Layers::default().house, Playbook::built_in());
    }

    #[test]
    fn keys_are_layers() {
        assert_eq!(Layer::of_key("default"), Some(Layer::House));
        assert_eq!(Layer::of_key("team-3"), Some(Layer::Team(TeamId(3))));
        assert_eq!([Layer::of_key("team-x"), Layer::of_key("house")], [None, None]);
    }
}
