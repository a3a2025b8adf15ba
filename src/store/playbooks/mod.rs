//! The playbooks in force, from the revisions that were published.

pub mod health;

use rusqlite::Connection;
use serde_json::Value;

use super::{Error, revisions};
use crate::hints::{Layer, Layers};
use crate::revisions::Revision;

/// The kind of a revision that is a playbook.
pub const KIND: &str = "playbook";

/// The text of a playbook's body.
pub fn text(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    body["text"].as_str().map(str::to_owned)
}

/// What calls follow now.
pub fn layers(connection: &Connection) -> Result<Layers, Error> {
    with(connection, None)
}

/// What calls would follow with `draft` in force too, without the rules that are switched off.
pub fn with(connection: &Connection, draft: Option<(Layer, &str)>) -> Result<Layers, Error> {
    let off = health::off(connection)?;
    Ok(whole(connection, draft)?.without(|rule| off.contains(rule)))
}

/// The same with the rules that are switched off.
pub fn whole(connection: &Connection, draft: Option<(Layer, &str)>) -> Result<Layers, Error> {
    let published = revisions::published(connection)?;
    let playbooks = published.iter().filter(|revision| revision.kind == KIND);
    let layered = |revision: &Revision| Some((Layer::of_key(&revision.key)?, text(&revision.body)?));
    let texts: Vec<_> = playbooks.filter_map(layered).collect();
    // A later text takes the place of an earlier one of its layer.
    Ok(Layers::of_texts(texts.iter().map(|(layer, text)| (*layer, text.as_str())).chain(draft)))
}
