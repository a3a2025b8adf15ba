//! What the table of clients keeps from a role holds on the pages that clients have of their own, too.

use super::ClientView;
use crate::api::refusal::Refusal;
use crate::customers::Client;
use crate::people::Who;
use crate::records::definition::Access;
use crate::store::clients::{Kinds, Search};
use crate::store::{Error, Tx, records};

/// What a role does not see of a client.
pub struct Kept(Option<Access>);

impl Kept {
    /// # Errors
    /// The database cannot be read.
    pub fn of(db: &Tx, who: &Who) -> Result<Self, Error> {
        Ok(Self(records::access_to(db, "clients", who.role)?))
    }

    fn hides(&self, key: &str) -> bool {
        self.0.as_ref().is_some_and(|access| access.hides(key))
    }

    /// A client as the role sees it.
    pub fn view(&self, client: Client) -> ClientView {
        let mut view = ClientView::of(client);
        if self.hides("aliases") {
            view.aliases.clear();
        }
        let texts = [("industry", &mut view.industry), ("stage", &mut view.stage)];
        texts.into_iter().filter(|(key, _)| self.hides(key)).for_each(|(_, text)| *text = None);
        view.grade = view.grade.filter(|_| !self.hides("grade"));
        view
    }

    pub fn kinds(&self, mut kinds: Kinds) -> Kinds {
        let lists = [("industry", &mut kinds.industries), ("stage", &mut kinds.stages)];
        lists.into_iter().filter(|(key, _)| self.hides(key)).for_each(|(_, list)| list.clear());
        kinds
    }

    /// Whether the role may look for clients so.
    ///
    /// # Errors
    /// It asks about what the role does not see.
    pub fn may_ask(&self, search: &Search) -> Result<(), Refusal> {
        let asked = [
            ("industry", search.industry.is_some()),
            ("stage", search.stage.is_some()),
            ("grade", search.grade.is_some()),
        ];
        match asked.into_iter().find(|(key, is_asked)| *is_asked && self.hides(key)) {
            Some((key, _)) => Err(Refusal::BadField(key, "your role does not see this field: leave it out")),
            None => Ok(()),
        }
    }

    /// Whether the role may write these fields.
    ///
    /// # Errors
    /// It does not see one of them.
    pub fn may_write(&self, given: &[&'static str]) -> Result<(), Refusal> {
        match given.iter().find(|key| self.hides(key)) {
            Some(key) => Err(Refusal::BadField(key, "your role does not see this field: leave it out")),
            None => Ok(()),
        }
    }
}
