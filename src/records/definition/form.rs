//! A form: blocks in an order, for filling in a record on a phone.

use serde_json::{Value as Json, json};

use super::read::{Reader, label};
use crate::records::fault::{Code, Fault};
use crate::units::Words;

const BLOCKS_MAX: usize = 100;

/// One block of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Field(String),
    Text(Words),
    /// What is to know of the client before.
    Brief,
    /// The field that the photo goes into.
    Photo(String),
    /// The field that the dictated text goes into.
    Dictation(String),
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub key: String,
    pub table: String,
    pub label: Words,
    pub blocks: Vec<Block>,
}

impl Form {
    /// Reads a form's body.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its path.
    pub fn read(key: &str, body: &Json) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::default();
        let found = reader.form(key, body);
        reader.done(found)
    }

    /// The body that reads as this form.
    pub fn body(&self) -> Json {
        let blocks: Vec<_> = self.blocks.iter().map(Block::body).collect();
        json!({ "table": self.table, "label": label(&self.label), "blocks": blocks })
    }
}

impl Block {
    /// The field that it fills.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Field(key) | Self::Photo(key) | Self::Dictation(key) => Some(key),
            Self::Text(_) | Self::Brief => None,
        }
    }

    fn body(&self) -> Json {
        match self {
            Self::Field(key) => json!({ "field": key }),
            Self::Text(text) => json!({ "text": label(text) }),
            Self::Brief => json!({ "brief": true }),
            Self::Photo(key) => json!({ "photo": key }),
            Self::Dictation(key) => json!({ "dictation": key }),
        }
    }
}

impl Reader {
    fn form(&mut self, key: &str, body: &Json) -> Option<Form> {
        let key = self.key("", &key.into());
        let map = self.object("", body, &["table", "label", "blocks"])?;
        let table = self.needed("", map, "table").and_then(|table| self.key("/table", table));
        let label = self.needed("", map, "label").and_then(|label| self.words("/label", label, 80));
        let listed =
            self.needed("", map, "blocks").and_then(|blocks| self.list("/blocks", blocks, BLOCKS_MAX))?;
        let blocks =
            listed.iter().enumerate().filter_map(|(at, block)| self.block(&format!("/blocks/{at}"), block));
        let blocks = blocks.collect();
        Some(Form { key: key?, table: table?, label: label?, blocks })
    }

    fn block(&mut self, path: &str, body: &Json) -> Option<Block> {
        let map = self.object(path, body, &["field", "text", "brief", "photo", "dictation"])?;
        let mut entries = map.iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else {
            let said = Words::new("一块只写一项", "a block has one key");
            return self.fault(path, Code::BadDefinition, said);
        };
        let path = format!("{path}/{key}");
        match key.as_str() {
            "field" => self.key(&path, value).map(Block::Field),
            "photo" => self.key(&path, value).map(Block::Photo),
            "dictation" => self.key(&path, value).map(Block::Dictation),
            "text" => self.words(&path, value, 2_000).map(Block::Text),
            "brief" if *value == Json::Bool(true) => Some(Block::Brief),
            "brief" => self.wrong(&path, value, " true", "true"),
            _ => None,
        }
    }
}
