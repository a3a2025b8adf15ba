//! Whose calls they are, and with whom: what is found out after they began.

use super::Live;
use crate::customers::Client;
use crate::hints::Context;
use crate::units::{ClientId, PersonId};

/// What is known of a call that is held at a client's.
pub fn context(client: &Client) -> Context {
    Context {
        industry: client.card.industry.clone(),
        stage: client.card.stage.clone(),
        visiting: Some(true),
        ..Context::default()
    }
}

impl Live {
    /// Calls from before there were accounts are of who makes the first one.
    pub fn adopt(&self, first: PersonId) {
        self.map(|call| call.facts.owner.get_or_insert(first).to_owned());
    }

    /// Calls of a person that go on and are with nobody known, or with whom the visit was said to be before, are with
    /// this client.
    pub fn visit(&self, person: PersonId, client: &Client, was: Option<ClientId>) {
        self.map(|call| {
            let open = call.facts.client.is_none() || call.facts.client == was;
            if call.facts.owner == Some(person) && open && !call.state.is_over() {
                call.facts.client = Some(client.id);
                call.coaching.know(context(client));
            }
        });
    }
}
