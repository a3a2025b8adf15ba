//! Whose call it is, wherever it is kept, and whether the caller may.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;

use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::Refusal;
use crate::audit::Change;
use crate::calls::CallSource;
use crate::people::{Deed, Owner};
use crate::store::{calls, people};
use crate::units::{CallId, PersonId};

/// The `{id}` of a path.
pub type Id = Result<Path<String>, PathRejection>;

/// The call that a path names.
///
/// # Errors
/// It names none.
pub fn call_id(path: Id) -> Result<CallId, Refusal> {
    let Path(text) = path?;
    Ok(text.parse()?)
}

/// A call that the caller may reach.
#[derive(Debug, Clone, Copy)]
pub struct CallAccess {
    pub id: CallId,
    /// The caller's own, or the demo, which is nobody's.
    pub own: bool,
}

impl App {
    /// A call for a deed.
    ///
    /// # Errors
    /// There is no such call, or it lies beyond the caller's reach.
    pub async fn call_access(&self, caller: &Caller, id: CallId, deed: Deed) -> Result<CallAccess, Refusal> {
        let live = |call: &mut crate::live::Call| (call.facts.owner, call.facts.source == CallSource::Demo);
        let (owner, demo) = match self.live.with(id, live) {
            Some(known) => known,
            None => {
                let kept = self.store.read(move |db| calls::one(db, id)).await?;
                let kept = kept.ok_or(Refusal::NoSuchCall)?;
                (kept.owner.person, kept.source == CallSource::Demo)
            }
        };
        let own = owner == caller.who.person || (owner.is_none() && demo);
        if own {
            caller.who.may(deed)?;
        } else {
            caller.who.may_to(deed, self.team_of(owner).await?)?;
        }
        Ok(CallAccess { id, own })
    }

    /// Somebody and their team.
    pub async fn team_of(&self, person: Option<PersonId>) -> Result<Owner, Refusal> {
        let Some(person) = person else { return Ok(Owner { person: None, team: None }) };
        let known = self.store.read(move |db| people::one(db, person)).await?;
        Ok(Owner { person: Some(person), team: known.team })
    }

    /// Notes that somebody reads somebody else's call.
    pub async fn note_read(&self, caller: &Caller, found: CallAccess) -> Result<CallAccess, Refusal> {
        if !found.own {
            self.saw(caller, Change::of("call.read", "call", found.id)).await?;
        }
        Ok(found)
    }
}
