//! A few connections that read what was last committed, beside the writer.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::key::Key;
use super::{Error, connect};

/// Reads at a time; more wait.
const READERS_MAX: usize = 4;

pub struct Readers {
    file: PathBuf,
    key: Key,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub fn new(file: PathBuf, key: Key) -> Self {
        Self { file, key, turns: Arc::new(Semaphore::new(READERS_MAX)), idle: Arc::default() }
    }

    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Error::Closed)?;
        let (idle, file, key) = (self.idle.clone(), self.file.clone(), self.key.clone());
        let read = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => reader(&file, &key).map_err(Error::from)?,
            };
            let read = std::panic::catch_unwind(AssertUnwindSafe(|| in_one_view(&connection, work)));
            let read = read.map_err(|_| Error::Panicked)?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            read
        });
        read.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }
}

fn reader(file: &std::path::Path, key: &Key) -> rusqlite::Result<Connection> {
    let connection = connect(file, key)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// All statements of `work` see the same commit.
fn in_one_view<T, E: From<Error>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let view = connection.unchecked_transaction().map_err(Error::from)?;
    work(&view)
}
