//! One thread writes. What waits together shares one commit; each piece of work keeps or undoes its own.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::witness::Witness;
use super::{Error, OpenError, Tx, effects, records};

/// Work that waits; more is refused as [`Error::Overloaded`], never dropped after it was taken.
const QUEUE: usize = 1024;

/// Work that shares a commit, so that none waits long for the others.
const GROUP_MAX: usize = 128;

/// Work and where its answer goes.
trait Work: Send {
    /// Whether what it wrote is to be kept.
    fn run(&mut self, tx: &Tx) -> bool;
    /// Answers, once the commit has succeeded or not.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

struct Task<T, E, F> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    to: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Work for Task<T, E, F>
where
    T: Send,
    E: From<Error> + Send,
    F: FnOnce(&Tx) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &Tx) -> bool {
        let Some(work) = self.work.take() else { return false };
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| work(tx)));
        let result = self.result.insert(result.unwrap_or_else(|_| Err(Error::Panicked.into())));
        result.is_ok()
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let result = match (self.result, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::Panicked.into()),
        };
        // Whoever asked may have gone; the work is done all the same.
        let _ = self.to.send(result);
    }
}

pub struct Writer {
    queue: Option<SyncSender<Box<dyn Work>>>,
    newest_event: watch::Receiver<i64>,
    newest_effect: watch::Receiver<i64>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub fn start(connection: Connection, mut witness: Option<Witness>) -> Result<Self, OpenError> {
        let (queue, waiting) = sync_channel(QUEUE);
        let (event, newest_event) = watch::channel(newest_event(&connection)?);
        let (effect, newest_effect) = watch::channel(effects::newest(&connection)?);
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || serve(&connection, &mut witness, &waiting, &event, &effect))
            .map_err(OpenError::Thread)?;
        Ok(Self { queue: Some(queue), newest_event, newest_effect, thread: Some(thread) })
    }

    /// Takes work; its answer comes when it is on disk.
    pub fn write<T, E, F>(&self, work: F) -> Result<oneshot::Receiver<Result<T, E>>, Error>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Tx) -> Result<T, E> + Send + 'static,
    {
        let (to, answer) = oneshot::channel();
        let task = Box::new(Task { work: Some(work), result: None, to });
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.try_send(task).map_err(|error| match error {
            TrySendError::Full(_) => Error::Overloaded,
            TrySendError::Disconnected(_) => Error::Closed,
        })?;
        Ok(answer)
    }

    pub fn newest_event(&self) -> watch::Receiver<i64> {
        self.newest_event.clone()
    }

    pub fn newest_effect(&self) -> watch::Receiver<i64> {
        self.newest_effect.clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Until the last sender is gone.
fn serve(
    connection: &Connection,
    witness: &mut Option<Witness>,
    waiting: &Receiver<Box<dyn Work>>,
    event: &watch::Sender<i64>,
    effect: &watch::Sender<i64>,
) {
    while let Ok(first) = waiting.recv() {
        let group = std::iter::once(first).chain(waiting.try_iter().take(GROUP_MAX - 1));
        let mut group: Vec<_> = group.collect();
        let committed = commit(connection, witness, &mut group);
        if let Err(error) = &committed {
            tracing::error!(%error, "a commit failed; nothing of it was kept");
            // A transaction that could not end must not swallow the next.
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
        }
        tell(event, newest_event(connection));
        tell(effect, effects::newest(connection));
        for work in group {
            work.answer(committed.as_ref().copied().map_err(again));
        }
    }
}

/// Wakes who waits for a newer number.
fn tell(waiting: &watch::Sender<i64>, newest: rusqlite::Result<i64>) {
    let newest = newest.unwrap_or(0);
    waiting.send_if_modified(|known| newest > std::mem::replace(known, newest.max(*known)));
}

fn commit(
    connection: &Connection,
    witness: &mut Option<Witness>,
    group: &mut [Box<dyn Work>],
) -> Result<(), Error> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    if let Some(witness) = witness {
        witness.begin(connection)?;
    }
    let before = connection.total_changes();
    for work in group {
        connection.execute_batch("SAVEPOINT work")?;
        if !work.run(connection) {
            connection.execute_batch("ROLLBACK TO work")?;
        }
        connection.execute_batch("RELEASE work")?;
    }
    records::write_waiting(connection)?;
    // Who only looked leaves nothing to be witnessed.
    let witness = witness.as_mut().filter(|_| connection.total_changes() != before);
    let intended =
        witness.map(|witness| witness.intend(connection).map(|head| (witness, head))).transpose()?;
    connection.execute_batch("COMMIT")?;
    if let Some((witness, head)) = intended {
        witness.done(head);
    }
    Ok(())
}

fn newest_event(connection: &Connection) -> rusqlite::Result<i64> {
    let mut newest = connection.prepare_cached("SELECT coalesce(max(seq), 0) FROM events")?;
    newest.query_row([], |row| row.get(0))
}

/// The same fault for each who shared the commit.
fn again(error: &Error) -> Error {
    match error {
        Error::Full => Error::Full,
        error => Error::Conflict(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let made = store.write_blocking(|tx| Ok::<_, Error>(tx.execute_batch("CREATE TABLE t(n UNIQUE)")?));
        made.unwrap();
        (folder, store)
    }

    fn put(store: &Store, n: i64) -> Result<(), Error> {
        store.write_blocking(move |tx| {
            tx.execute("INSERT INTO t VALUES (?)", [n])?;
            Ok(())
        })
    }

    fn count(store: &Store) -> i64 {
        store
            .write_blocking(|tx| Ok::<_, Error>(tx.query_row("SELECT count(*) FROM t", [], |r| r.get(0))?))
            .unwrap()
    }

    #[test]
    fn work_that_fails_or_panics_leaves_nothing_and_harms_no_other() {
        let (_folder, store) = store();
        put(&store, 1).unwrap();
        let failed: Result<(), Error> = store.write_blocking(|tx| {
            tx.execute("INSERT INTO t VALUES (2)", [])?;
            Err(Error::Missing("thing"))
        });
        assert!(matches!(failed, Err(Error::Missing("thing"))));
        let panicked: Result<(), Error> = store.write_blocking(|tx| {
            tx.execute("INSERT INTO t VALUES (3)", [])?;
            panic!("half-way");
        });
        assert!(matches!(panicked, Err(Error::Panicked)));
        assert!(put(&store, 1).is_err(), "unique");
        put(&store, 4).unwrap();
        assert_eq!(count(&store), 2);
    }

    #[test]
    fn all_that_was_answered_is_there_after_a_new_start() {
        let (folder, store) = store();
        std::thread::scope(|scope| {
            for start in 0..8 {
                let store = &store;
                scope.spawn(move || (0..50).for_each(|n| put(store, start * 1000 + n).unwrap()));
            }
        });
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(count(&store), 400);
    }

    #[test]
    fn a_second_program_is_kept_out() {
        let (folder, store) = store();
        let Err(refused) = Store::open(folder.path()) else { panic!("two programs in one folder") };
        assert!(refused.to_string().contains("used by another undertone"), "{refused}");
        drop(store);
        Store::open(folder.path()).unwrap();
    }
}
