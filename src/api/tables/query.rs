//! What is asked of a table in a query -> a checked question, sorts and fields. What the role does not see is not there.

use serde::Deserialize;
use utoipa::IntoParams;

use super::desk::{Desk, fault};
use crate::api::refusal::Refusal;
use crate::conditions::nearest;
use crate::records::definition::{Field, View};
use crate::records::fault::{Code, Fault};
use crate::records::query::Question;
use crate::store::records::{LIMIT_MAX, Query};
use crate::units::Words;

const SORTS_MAX: usize = 5;
const FIELDS_MAX: usize = 500;
const SEARCH_CHARS_MAX: usize = 100;

/// Which records, in which order, and what of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RecordsQuery {
    /// A condition, such as `status == "已报价" && due < today()`.
    pub filter: Option<String>,
    /// Fields, a `-` before those that fall: `-due,name`.
    pub sort: Option<String>,
    /// Only these fields: `name,grade`.
    pub fields: Option<String>,
    /// Words, their pinyin's first letters, or the last digits of a phone.
    pub q: Option<String>,
    /// A saved view: its filter, and its order and fields where none are given.
    pub view: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// 50 when left out, 200 at most.
    pub limit: Option<u32>,
    /// The deleted ones instead of the others.
    #[serde(default)]
    pub deleted: bool,
    /// Also say what linked records and people are called.
    #[serde(default)]
    pub names: bool,
}

impl RecordsQuery {
    /// Checked against what the role sees.
    ///
    /// # Errors
    /// It names what is not there, or a condition cannot be read.
    pub fn checked(&self, desk: &Desk) -> Result<Query, Refusal> {
        let view = self.view.as_deref().map(|key| view(desk, key)).transpose()?;
        let of_view = view.and_then(|view| view.filter.as_deref());
        let filter = filter(desk, [("view", of_view), ("filter", self.filter.as_deref())])?;
        let sort = match (&self.sort, view) {
            (Some(sort), _) => listed(sort).map(str::to_owned).collect(),
            (None, Some(view)) => view.sort.clone(),
            (None, None) => Vec::new(),
        };
        let fields: Option<Vec<String>> = match (&self.fields, view) {
            (Some(fields), _) => Some(listed(fields).map(str::to_owned).collect()),
            (None, Some(view)) if !view.fields.is_empty() => {
                let seen = view.fields.iter().filter(|key| desk.table().field(key).is_some());
                Some(seen.cloned().collect())
            }
            _ => None,
        };
        few("sort", sort.len(), SORTS_MAX)?;
        few("fields", fields.as_ref().map_or(0, Vec::len), FIELDS_MAX)?;
        for key in fields.iter().flatten() {
            field(desk, "fields", key)?;
        }
        let sort = sort.iter().map(|key| match key.strip_prefix('-') {
            Some(key) => field(desk, "sort", key).map(|field| (field.key.clone(), true)),
            None => field(desk, "sort", key).map(|field| (field.key.clone(), false)),
        });
        let search = self.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
        few("q", search.map_or(0, |text| text.chars().count()), SEARCH_CHARS_MAX)?;
        Ok(Query {
            filter,
            sort: sort.collect::<Result<_, _>>()?,
            fields,
            search: search.map(str::to_owned),
            after: self.after.clone(),
            limit: self.limit.unwrap_or(50).clamp(1, LIMIT_MAX),
            deleted: self.deleted,
        })
    }
}

/// The parts of a list with commas between them.
pub fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn view<'a>(desk: &'a Desk, key: &str) -> Result<&'a View, Refusal> {
    let of_table = || desk.seen().views.values().filter(|view| view.table == desk.key);
    of_table().find(|view| view.key == key).ok_or_else(|| {
        let shown: String = key.chars().take(40).collect();
        let said =
            Words::new(format!("这张表没有视图 `{shown}`"), format!("this table has no view `{shown}`"));
        let said = said.meant(nearest(key, of_table().map(|view| view.key.as_str())));
        fault(Fault { at: "view".into(), code: Code::UnknownName, said })
    })
}

/// A field of the table that the role sees.
///
/// # Errors
/// There is none; `part` of the request names it.
pub fn field<'a>(desk: &'a Desk, part: &str, key: &str) -> Result<&'a Field, Refusal> {
    let table = desk.table();
    table
        .field(key)
        .ok_or_else(|| fault(Fault { at: part.to_owned(), ..Fault::unknown_field(key, table.nearest(key)) }))
}

/// All of the conditions together. Each is read by itself first: none can close a bracket that it did not open.
///
/// # Errors
/// One cannot be read, or they are too long together.
pub fn filter(desk: &Desk, parts: [(&str, Option<&str>); 2]) -> Result<Option<Question>, Refusal> {
    let read = |part: &str, text: &str| {
        let question = Question::new(text, desk.seen(), &desk.key, desk.now.zone);
        question.map_err(|bad| fault(Fault { at: part.into(), code: Code::BadCondition, said: bad.what }))
    };
    let given = parts.into_iter().filter_map(|(part, text)| Some((part, text?.trim())));
    let given: Vec<_> = given.filter(|(_, text)| !text.is_empty()).collect();
    let mut questions = Vec::new();
    for (part, text) in &given {
        questions.push(read(part, text)?);
    }
    match given.as_slice() {
        [] | [_] => Ok(questions.pop()),
        _ => {
            let both: Vec<_> = given.iter().map(|(_, text)| format!("({text})")).collect();
            read("filter", &both.join(" && ")).map(Some)
        }
    }
}

fn few(part: &str, count: usize, most: usize) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    let said = Words::new(
        format!("`{part}` 有 {count} 个，最多 {most} 个"),
        format!("`{part}` has {count}, {most} at most"),
    );
    Err(fault(Fault { at: part.into(), code: Code::TooMany, said }))
}
