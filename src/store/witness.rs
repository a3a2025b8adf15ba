//! How far the database has come, kept outside it and signed: what was acknowledged and is gone, and what was changed
//! behind the program's back, is found.
//!
//! `undertone.head` holds the newest head and the one that the commit on its way will make; it is written in place, twice
//! a commit. `undertone.heads` keeps some of the heads of the audit log for good, one a line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension};
use serde_json::json;

use super::key::Key;
use super::{Error, Tx, audit, events, files};
use crate::audit::Link;
use crate::people::Owner;

/// The newest head.
pub const HEAD: &str = "undertone.head";

/// Heads that are kept.
pub const HEADS: &str = "undertone.heads";

/// The newest head is one line of this length, so that writing it needs no room and is never seen half done.
const HEAD_BYTES: usize = 512;

/// After so many entries of the audit log their head is kept for good.
const KEEP_EVERY: i64 = 64;

/// A machine that loses its power forgets at most the heads of so long.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// Where the database stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Transactions that changed something.
    pub commits: i64,
    /// The newest entry of the audit log, and its link.
    pub seq: i64,
    pub link: Link,
}

/// What the signed heads say against the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error(
        "{commits} changes that had been acknowledged are gone, {entries} of them in the audit log: restore the newest backup, or enter them again"
    )]
    Lost { commits: i64, entries: i64 },
    #[error("{0} changes were made by another program: keep the file as evidence and restore a backup")]
    Foreign(i64),
    #[error(
        "entry {0} of the audit log is not the one that was signed: keep the file as evidence and restore a backup"
    )]
    NotSigned(i64),
    #[error(
        "the audit log begins behind entry {0}, where nobody shortened it: keep the file as evidence and restore a backup"
    )]
    Shortened(i64),
    #[error(
        "at entry {0} the database was opened though it was not the one that was signed: keep the file as evidence and restore a backup"
    )]
    Noted(i64),
    #[error(
        "the signed head of the audit log, {0}, is missing or was not written with this key: put back {0} and undertone.key, or restore a backup"
    )]
    Unreadable(&'static str),
}

impl Doubt {
    /// Never changes: pages and monitors know it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Lost { .. } => "changes_lost",
            _ => "log_not_signed",
        }
    }
}

impl Head {
    /// Where a database stands now.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn of(connection: &Connection) -> Result<Self, Error> {
        let mut commits = connection.prepare_cached("SELECT value FROM meta WHERE key = 'commits'")?;
        let commits: Option<String> = commits.query_row([], |row| row.get(0)).optional()?;
        let (seq, link) = audit::last(connection)?;
        Ok(Self { commits: commits.and_then(|text| text.parse().ok()).unwrap_or(0), seq, link })
    }

    fn text(&self) -> String {
        format!("{} {} {}", self.commits, self.seq, hex(&self.link))
    }

    fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let commits = words.next()?.parse().ok()?;
        let seq = words.next()?.parse().ok()?;
        Some(Self { commits, seq, link: link(words.next()?)? })
    }
}

fn hex(link: &Link) -> String {
    link.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn link(hex: &str) -> Option<Link> {
    let mut link = [0; 32];
    let digits = |at: usize| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok();
    (hex.len() == 64).then_some(())?;
    for (at, byte) in link.iter_mut().enumerate() {
        *byte = digits(at)?;
    }
    Some(Link(link))
}

/// The last line of a signed text.
fn signed(key: &Key, text: &str) -> String {
    format!("{text} {}", key.sign(text.as_bytes()))
}

fn checked<'a>(key: &Key, line: &'a str) -> Option<&'a str> {
    let (text, signature) = line.trim_end().rsplit_once(' ')?;
    (key.sign(text.as_bytes()) == signature).then_some(text)
}

/// The newest head as it was read.
struct Newest {
    /// Acknowledged.
    head: Head,
    /// What was on its way.
    next: Head,
    /// The machine has not been started anew since.
    same_boot: bool,
}

/// Changes with each start of the machine.
fn boot() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    boot.trim().replace(' ', "")
}

fn newest(folder: &Path, key: &Key) -> Option<Newest> {
    let line = fs::read_to_string(folder.join(HEAD)).ok()?;
    let mut words = checked(key, &line)?.split(' ');
    let (head, next) = (Head::read(&mut words)?, Head::read(&mut words)?);
    Some(Newest { head, next, same_boot: words.next().is_some_and(|told| told == boot()) })
}

/// Keeps the heads of one database while it is written to.
pub struct Witness {
    folder: PathBuf,
    key: Key,
    file: File,
    head: Head,
    /// The newest entry whose head is kept for good.
    kept: i64,
    /// The last entry that was swept away.
    anchor: i64,
    boot: String,
    synced: Instant,
}

impl Witness {
    /// Begins where the database stands. What stands against it, as [`since_then`] has found, is kept for good.
    ///
    /// # Errors
    /// SQLite refuses, or the files cannot be written.
    pub fn open(
        folder: &Path,
        key: &Key,
        connection: &Connection,
        doubt: Option<&Doubt>,
    ) -> Result<Self, Error> {
        let head = Head::of(connection)?;
        let path = folder.join(HEAD);
        let before = newest(folder, key).map(|newest| newest.head);
        let file = files::keep(&path).map_err(Error::files)?;
        let (kept, anchor) = (last_kept(folder, key), audit::anchor(connection)?.0);
        let now = Instant::now();
        let (folder, key) = (folder.to_path_buf(), key.clone());
        let mut witness = Self { folder, key, file, head, kept, anchor, boot: boot(), synced: now };
        // The head that is about to be written over is evidence when the database has not got that far.
        if let Some(before) = before.filter(|before| before.seq > kept && before.seq > 0) {
            witness.keep("head", &before);
        }
        if witness.head.seq > witness.kept {
            witness.keep("head", &head);
        }
        if !has_lines(&witness.folder) {
            witness.keep("begin", &head);
        }
        if doubt.is_some_and(|doubt| !matches!(doubt, Doubt::Noted(_))) {
            witness.keep("doubt", &head);
        }
        witness.write(&head)?;
        witness.file.sync_all().map_err(Error::files)?;
        Ok(witness)
    }

    /// A transaction begins: whether the database stands where the last one left it. If not, the head from before stays as
    /// evidence.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn begin(&mut self, connection: &Connection) -> Result<(), Error> {
        let found = Head::of(connection)?;
        if found != self.head {
            tracing::error!(
                known = self.head.seq,
                found = found.seq,
                "the database was changed behind the program's back"
            );
            let known = self.head;
            self.keep("head", &known);
            self.head = found;
        }
        Ok(())
    }

    /// What the transaction makes of the database, before it is committed.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn intend(&mut self, connection: &Connection) -> Result<Head, Error> {
        connection
            .prepare_cached(
                "INSERT INTO meta(key, value) VALUES ('commits', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            )?
            .execute([(self.head.commits + 1).to_string()])?;
        let next = Head::of(connection)?;
        let anchor = audit::anchor(connection)?;
        if anchor.0 != self.anchor {
            let anchored = Head { commits: next.commits, seq: anchor.0, link: anchor.1 };
            self.keep("anchor", &anchored);
            self.anchor = anchor.0;
        }
        self.write(&next)?;
        Ok(next)
    }

    /// It is committed.
    pub fn done(&mut self, head: Head) {
        self.head = head;
        if let Err(error) = self.write(&head) {
            tracing::error!(%error, "the head of the audit log could not be written beside the database");
        }
        if self.head.seq - self.kept >= KEEP_EVERY {
            self.keep("head", &head);
        }
        if self.synced.elapsed() >= SYNC_EVERY {
            self.synced = Instant::now();
            let _ = self.file.sync_data();
        }
    }

    fn write(&self, next: &Head) -> Result<(), Error> {
        let text = format!("{} {} {}", self.head.text(), next.text(), self.boot);
        let line = format!("{:<width$}\n", signed(&self.key, &text), width = HEAD_BYTES - 1);
        self.file.write_all_at(line.as_bytes(), 0).map_err(Error::files)
    }

    /// Adds a line for good. When there is no room for it the next one says it.
    fn keep(&mut self, what: &str, head: &Head) {
        let line = signed(&self.key, &format!("{what} {}", head.text()));
        let path = self.folder.join(HEADS);
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let kept = file.and_then(|mut file| {
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_data()
        });
        match kept {
            Ok(()) if what == "head" => self.kept = self.kept.max(head.seq),
            Ok(()) => {}
            Err(error) => tracing::error!(%error, "a head of the audit log could not be kept"),
        }
    }
}

fn has_lines(folder: &Path) -> bool {
    fs::metadata(folder.join(HEADS)).is_ok_and(|found| found.len() > 0)
}

/// What is kept for good: `head`, `anchor`, `begin` or `doubt`, and the head. A line that was cut short by a lost power is passed
/// over; one that was not signed with this key is `None`.
fn kept(folder: &Path, key: &Key) -> Vec<Option<(String, Head)>> {
    let text = fs::read_to_string(folder.join(HEADS)).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let read = |line: &str| {
        let mut words = checked(key, line)?.split(' ');
        Some((words.next()?.to_owned(), Head::read(&mut words)?))
    };
    whole.lines().map(read).collect()
}

fn last_kept(folder: &Path, key: &Key) -> i64 {
    let heads = kept(folder, key).into_iter().flatten().filter(|(what, _)| what == "head");
    heads.map(|(_, head)| head.seq).max().unwrap_or(0)
}

/// Compares a database with the heads that were signed. The appliance may run on it: this must be the first that is read in
/// its transaction, so that a commit meanwhile only puts the database ahead.
///
/// # Errors
/// SQLite refuses.
pub fn compare(folder: &Path, key: &Key, connection: &Connection) -> Result<Option<Doubt>, Error> {
    let (newest, lines) = (newest(folder, key), kept(folder, key));
    let found = Head::of(connection)?;
    let Some(newest) = newest else {
        let never = found.commits == 0 && lines.is_empty();
        return Ok((!never).then_some(Doubt::Unreadable(HEAD)));
    };
    if found.commits < newest.head.commits {
        let entries = (newest.head.seq - found.seq).max(0);
        return Ok(Some(Doubt::Lost { commits: newest.head.commits - found.commits, entries }));
    }
    let Some(lines) = lines.into_iter().collect::<Option<Vec<_>>>().filter(|lines| !lines.is_empty()) else {
        return Ok(Some(Doubt::Unreadable(HEADS)));
    };
    let (anchor, anchor_link) = audit::anchor(connection)?;
    let heads = lines.iter().filter(|(what, _)| what == "head").map(|(_, head)| head);
    for head in heads.chain([&newest.head]).filter(|head| head.seq > anchor) {
        if audit::link_of(connection, head.seq)? != Some(head.link) {
            return Ok(Some(Doubt::NotSigned(head.seq)));
        }
    }
    let told = |what: &str, head: &Head| {
        let is_begin = what == "begin" && anchor <= head.seq;
        is_begin || (what == "anchor" && head.seq == anchor && head.link == anchor_link)
    };
    if anchor > 0 && !lines.iter().any(|(what, head)| told(what, head)) {
        return Ok(Some(Doubt::Shortened(anchor)));
    }
    let noted = lines.iter().find(|(what, _)| what == "doubt");
    Ok(noted.map(|(_, head)| Doubt::Noted(head.seq)))
}

/// What was done to a database while nobody kept its heads: to be asked before [`Witness::open`].
///
/// # Errors
/// SQLite refuses.
pub fn since_then(folder: &Path, key: &Key, connection: &Connection) -> Result<Option<Doubt>, Error> {
    if let Some(doubt) = compare(folder, key, connection)? {
        return Ok(Some(doubt));
    }
    let Some(newest) = newest(folder, key) else { return Ok(None) };
    let found = Head::of(connection)?;
    // Without a new start of the machine, nothing that was written before a commit can be missing.
    let foreign = newest.same_boot && found != newest.head && found != newest.next;
    Ok(foreign.then(|| Doubt::Foreign((found.commits - newest.head.commits).max(1))))
}

/// Tells the head of the audit log to whoever hears events, unless it is `told` already. Answers which it is.
///
/// # Errors
/// SQLite refuses.
pub fn tell(tx: &Tx, key: &Key, told: i64, now_ms: i64) -> Result<i64, Error> {
    let (seq, link) = audit::last(tx)?;
    if seq != told {
        let link = hex(&link);
        let body =
            json!({ "seq": seq, "link": link, "signature": key.sign(format!("{seq} {link}").as_bytes()) });
        events::tell(tx, "audit.head", Owner { person: None, team: None }, &body, now_ms)?;
    }
    Ok(seq)
}

/// Forgets the heads of another database: this one was put in its place.
///
/// # Errors
/// SQLite refuses, or the files cannot be written.
pub fn begin_anew(folder: &Path, key: &Key, connection: &Connection) -> Result<(), Error> {
    for name in [HEAD, HEADS] {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::files(error)),
            _ => {}
        }
    }
    Witness::open(folder, key, connection, None).map(drop)
}

#[cfg(test)]
#[path = "witness/tests.rs"]
mod tests;
