//! Imports: who took a file into which table, how far it has come, and what came of it. The file itself is not kept.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{RecordError, Tables};
use crate::store::{Error, Tx};
use crate::units::PersonId;

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    GoingOn,
    /// What it did is being undone.
    TakingBack,
    Done,
    /// Stopped by somebody, and taken back.
    Cancelled,
    /// Taken back after it was done.
    Undone,
    /// It could not go on; what it had done stands.
    Failed,
}

impl State {
    const ALL: [Self; 6] =
        [Self::GoingOn, Self::TakingBack, Self::Done, Self::Cancelled, Self::Undone, Self::Failed];

    /// As it is stored and answered.
    pub fn name(self) -> &'static str {
        match self {
            Self::GoingOn => "going_on",
            Self::TakingBack => "taking_back",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Undone => "undone",
            Self::Failed => "failed",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Nothing more comes of it.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::GoingOn | Self::TakingBack)
    }
}

/// What became of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: usize,
    pub changed: usize,
    /// Rows that say what is there already.
    pub unchanged: usize,
    pub rejected: usize,
}

/// What became of records that an import had made or changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenBack {
    pub deleted: usize,
    pub restored: usize,
    /// Somebody has touched them since.
    pub kept: usize,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its history says `import:ID`.
    pub id: i64,
    pub person: Option<PersonId>,
    pub begun_ms: i64,
    /// `None` while it goes on, or when the program ended first.
    pub ended_ms: Option<i64>,
    pub state: State,
    /// Why it failed.
    pub problem: Option<String>,
    /// Rows to take.
    pub lines: usize,
    pub counts: Counts,
    pub taken_back: TakenBack,
}

/// Gives an import its number.
///
/// # Errors
/// There is no such table, or the disk is full.
pub fn begin(
    tx: &Tx,
    tables: &Tables,
    key: &str,
    person: Option<PersonId>,
    lines: usize,
    now_ms: i64,
) -> Result<i64, RecordError> {
    let place = tables.layout.places.get(key).ok_or_else(|| RecordError::NoSuchTable(key.to_owned()))?;
    tx.prepare_cached(
        "INSERT INTO record_imports(tbl, person, begun_ms, state, lines) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![
        place.number,
        person.map(|person| person.0),
        now_ms,
        State::GoingOn.name(),
        lines as i64
    ])?;
    Ok(tx.last_insert_rowid())
}

/// How far the taking of rows has come.
///
/// # Errors
/// The disk is full.
pub fn came_to(tx: &Tx, id: i64, counts: Counts) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE record_imports SET created = ?, changed = ?, unchanged = ?, rejected = ? WHERE id = ?",
    )?
    .execute(params![
        counts.created as i64,
        counts.changed as i64,
        counts.unchanged as i64,
        counts.rejected as i64,
        id
    ])?;
    Ok(())
}

/// How far the taking back has come.
///
/// # Errors
/// The disk is full.
pub fn took_back(tx: &Tx, id: i64, taken_back: TakenBack) -> Result<(), Error> {
    tx.prepare_cached("UPDATE record_imports SET deleted = ?, restored = ?, kept = ? WHERE id = ?")?
        .execute(params![
            taken_back.deleted as i64,
            taken_back.restored as i64,
            taken_back.kept as i64,
            id
        ])?;
    Ok(())
}

/// How it stands from now on, and why if it failed.
///
/// # Errors
/// The disk is full.
pub fn stands(tx: &Tx, id: i64, state: State, problem: Option<&str>, now_ms: i64) -> Result<(), Error> {
    let ended_ms = state.is_over().then_some(now_ms);
    tx.prepare_cached("UPDATE record_imports SET state = ?, problem = ?, ended_ms = ? WHERE id = ?")?
        .execute(params![state.name(), problem, ended_ms, id])?;
    Ok(())
}

const COLUMNS: &str = "id, person, begun_ms, ended_ms, state, problem, lines, created, changed, unchanged, \
                       rejected, deleted, restored, kept";

/// An import into a table.
///
/// # Errors
/// There is none of that number.
pub fn one(db: &Connection, tables: &Tables, key: &str, id: i64) -> Result<Import, Error> {
    let number = tables.layout.places.get(key).map(|place| place.number);
    let found = format!("SELECT {COLUMNS} FROM record_imports WHERE id = ? AND tbl = ?");
    let found = db.prepare_cached(&found)?.query_row(params![id, number], import).optional()?;
    found.ok_or(Error::Missing("import"))
}

/// The newest imports into a table.
///
/// # Errors
/// The database cannot be read.
pub fn newest(db: &Connection, tables: &Tables, key: &str, limit: u32) -> Result<Vec<Import>, Error> {
    let number = tables.layout.places.get(key).map(|place| place.number);
    let found = format!("SELECT {COLUMNS} FROM record_imports WHERE tbl = ? ORDER BY id DESC LIMIT ?");
    let mut found = db.prepare_cached(&found)?;
    let found = found.query_map(params![number, limit], import)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn import(row: &Row) -> rusqlite::Result<Import> {
    let count = |at: usize| row.get::<_, i64>(at).map(|count| usize::try_from(count).unwrap_or(0));
    Ok(Import {
        id: row.get(0)?,
        person: row.get::<_, Option<i64>>(1)?.map(PersonId),
        begun_ms: row.get(2)?,
        ended_ms: row.get(3)?,
        state: State::from_name(&row.get::<_, String>(4)?).unwrap_or(State::Failed),
        problem: row.get(5)?,
        lines: count(6)?,
        counts: Counts { created: count(7)?, changed: count(8)?, unchanged: count(9)?, rejected: count(10)? },
        taken_back: TakenBack { deleted: count(11)?, restored: count(12)?, kept: count(13)? },
    })
}
