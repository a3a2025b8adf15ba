//! How the database is: whether its file is whole, whether it is the one whose heads were signed, whether the clock fits
//! to it, whether there is room.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::clock::Clock;
use super::witness::Doubt;
use super::{Error, Store};

/// The look at a file before it is used takes at most so long; the whole of it is looked at beside the work.
pub const BUDGET: Duration = Duration::from_millis(200);

/// What is known of the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// What SQLite found broken; `None` while nothing was.
    pub damage: Option<String>,
    /// When the whole file was last looked at.
    pub checked_ms: Option<i64>,
    /// What the signed heads said when it was opened.
    pub doubt: Option<Doubt>,
    /// Whether the sweep trusts the clock.
    pub clock: Clock,
    /// The disk is full, or nearly.
    pub full: bool,
    /// Withdrawals that could not be carried out yet.
    pub withdrawals: usize,
}

/// Something that somebody has to do something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Never changes: pages and monitors know it.
    pub code: &'static str,
    /// One sentence with the way out.
    pub detail: String,
}

impl Condition {
    /// All that is not as it should be, the worst first.
    pub fn troubles(&self) -> Vec<Trouble> {
        let days = |ms: i64| format!("{:.1} days", ms as f64 / 86_400_000.0);
        let clock = match self.clock {
            Clock::Fits => None,
            Clock::Ahead { ms } => Some(format!(
                "the clock is {} ahead of everything that is kept, so nothing is deleted for being too old: set it, or say \
                 that it is right",
                days(ms)
            )),
            Clock::Behind { ms } => Some(format!(
                "the clock is {} behind what is kept: set it, or say that it is right",
                days(ms)
            )),
        };
        let damage = self.damage.as_ref().map(|why| {
            format!("the database is damaged ({why}): stop the appliance and run `undertone restore` with the newest backup")
        });
        let waits = (self.withdrawals > 0)
            .then(|| format!("{} withdrawals wait for room on the disk: make some", self.withdrawals));
        let full = self.full.then(|| "the disk is full, changes are refused: make room".to_owned());
        [
            ("database_damaged", damage),
            (
                self.doubt.as_ref().map_or("log_not_signed", Doubt::code),
                self.doubt.as_ref().map(Doubt::to_string),
            ),
            ("withdrawals_wait", waits),
            ("disk_full", full),
            ("clock_leapt", clock),
        ]
        .into_iter()
        .filter_map(|(code, detail)| Some(Trouble { code, detail: detail? }))
        .collect()
    }

    /// Changes can be kept, and what is kept can be read.
    pub fn is_usable(&self) -> bool {
        self.damage.is_none() && !self.full && self.withdrawals == 0
    }
}

/// What `quick_check` finds broken, within `budget`; `Ok(None)` when nothing is, or when it takes longer.
///
/// # Errors
/// The file cannot be read at all.
pub fn quick_look(connection: &Connection, budget: Duration) -> Result<Option<String>, rusqlite::Error> {
    let stop = connection.get_interrupt_handle();
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(budget) == Err(RecvTimeoutError::Timeout) {
                stop.interrupt();
            }
        });
        let found = look(connection, "PRAGMA quick_check(1)");
        drop(done);
        match found {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(None),
            found => found,
        }
    })
}

fn look(connection: &Connection, check: &str) -> Result<Option<String>, rusqlite::Error> {
    match connection.query_row(check, [], |row| row.get::<_, String>(0)) {
        Ok(whole) if whole == "ok" => Ok(None),
        Ok(broken) => Ok(Some(one_line(&broken))),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Ok(Some(error.to_string())),
            _ => Err(error),
        },
    }
}

/// SQLite tells several faults, one a line, under a heading.
fn one_line(broken: &str) -> String {
    broken.lines().map(str::trim).filter(|line| !line.starts_with("***")).collect::<Vec<_>>().join("; ")
}

/// Looks at every page and every index of a file; an appliance may run on it. `Ok(None)` when all is whole.
///
/// # Errors
/// The file cannot be read at all.
pub fn look_through(file: &Path) -> Result<Option<String>, rusqlite::Error> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    look(&connection, "PRAGMA integrity_check(1)")
}

impl Store {
    /// How the database is.
    pub fn condition(&self) -> Condition {
        Condition {
            full: self.reserve.is_needed(),
            withdrawals: self.withdrawn.waiting().len(),
            ..self.noted().clone()
        }
    }

    /// Looks through the whole file, beside the work.
    ///
    /// # Errors
    /// It cannot be read at all.
    pub async fn look_through(&self, now_ms: i64) -> Result<(), Error> {
        let file = self.file.clone();
        let looked = tokio::task::spawn_blocking(move || look_through(&file)).await;
        let damage = looked.map_err(|_| Error::Panicked)??;
        if let Some(damage) = &damage {
            tracing::error!(%damage, "the database is damaged: restore a backup");
        }
        let mut noted = self.noted();
        (noted.damage, noted.checked_ms) = (damage, Some(now_ms));
        Ok(())
    }
}
