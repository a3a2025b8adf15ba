//! What the house has decided about shipments to clients that are overdue: a configured body -> a checked policy.

use serde_json::Value as Json;

use crate::people::Role;
use crate::records::fault::{Code, Fault};
use crate::units::Words;

/// As revisions call it.
pub const KIND: &str = "credit_policy";
/// There is one policy for the house.
pub const KEY: &str = "default";

/// What the advice does to a shipment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Effect {
    /// It is said, and the shipment goes on.
    #[default]
    Advise,
    /// The shipment waits until a manager has approved.
    Approve,
    /// The shipment is refused, unless a reason is given.
    Block,
}

/// The policy in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    pub effect: Effect,
    /// The roles that may overrule a block with a reason; all that may ask for shipments where it is `None`.
    pub overrule: Option<Vec<Role>>,
}

impl Effect {
    pub const ALL: [Self; 3] = [Self::Advise, Self::Approve, Self::Block];

    pub fn name(self) -> &'static str {
        match self {
            Self::Advise => "advise",
            Self::Approve => "approve",
            Self::Block => "block",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.name() == name)
    }
}

impl Policy {
    /// Reads `{"policy": "advise" | "approve" | "block", "overrule"?: [ROLE, …]}`.
    ///
    /// # Errors
    /// What of it cannot be.
    pub fn read(body: &Json) -> Result<Self, Fault> {
        let map = body.as_object().ok_or_else(|| fault("", "应为一个对象", "an object is expected"))?;
        if let Some(key) = map.keys().find(|key| !["policy", "overrule"].contains(&key.as_str())) {
            let said = Words::new(
                format!("没有 `{key}`：可写 policy 和 overrule"),
                format!("there is no `{key}`: `policy` and `overrule` are known"),
            );
            return Err(Fault { at: "/".to_owned() + key, code: Code::BadDefinition, said });
        }
        let effect = map.get("policy").and_then(Json::as_str).and_then(Effect::from_name);
        let effect = effect.ok_or_else(|| {
            fault("/policy", "应为 advise、approve 或 block", "advise, approve or block is expected")
        })?;
        let overrule = map.get("overrule").map(roles).transpose()?;
        Ok(Self { effect, overrule })
    }

    /// Whether that role may overrule a block.
    pub fn may_overrule(&self, role: Role) -> bool {
        self.overrule.as_ref().is_none_or(|roles| roles.contains(&role))
    }
}

fn roles(list: &Json) -> Result<Vec<Role>, Fault> {
    let bad = || {
        fault(
            "/overrule",
            "应为角色的列表，如 [\"manager\"]",
            "a list of roles is expected, such as [\"manager\"]",
        )
    };
    let names = list.as_array().ok_or_else(bad)?;
    names.iter().map(|name| name.as_str().and_then(|name| name.parse().ok()).ok_or_else(bad)).collect()
}

fn fault(at: &str, zh: &str, en: &str) -> Fault {
    Fault { at: at.to_owned(), code: Code::BadDefinition, said: Words::new(zh, en) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_is_one_of_three_and_says_who_may_overrule_it() {
        let read = |body: Json| Policy::read(&body);
        for effect in Effect::ALL {
            assert_eq!(read(json!({ "policy": effect.name() })).unwrap().effect, effect);
        }
        let block = read(json!({ "policy": "block", "overrule": ["manager"] })).unwrap();
        assert!(block.may_overrule(Role::Manager) && !block.may_overrule(Role::Rep));
        assert!(Policy::default().may_overrule(Role::Rep));
    }

    #[test]
    fn anything_else_is_refused_with_its_place() {
        for (body, at) in [
            (json!([]), ""),
            (json!({}), "/policy"),
            (json!({ "policy": "warn" }), "/policy"),
            (json!({ "policy": "block", "overrule": "manager" }), "/overrule"),
            (json!({ "policy": "block", "overrule": ["boss"] }), "/overrule"),
            (json!({ "policy": "block", "from": 1 }), "/from"),
        ] {
            assert_eq!(Policy::read(&body).unwrap_err().at, at, "{body}");
        }
    }
}
