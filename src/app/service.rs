//! What a service manager gives and is told: ports that it has bound, that all is ready, and a heart that beats only while
//! work gets done. Without one nothing of it happens.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::time::timeout;

use super::{Stop, console};
use crate::live::Live;
use crate::store::{Error, Store};

/// The ports that the manager has bound.
pub struct Sockets {
    pub page: TcpListener,
    pub ear: TcpListener,
    /// Another one of the page, such as port 80 beside 443.
    pub other: Option<TcpListener>,
}

/// What the manager gave: the page first, the ear second; `None` when it gave nothing.
///
/// # Errors
/// It gave something else.
pub fn sockets() -> Result<Option<Sockets>, Stop> {
    let mut given = ListenFd::from_env();
    let count = given.len();
    if count == 0 {
        return Ok(None);
    }
    let mut take = |index, what: &str| {
        let listener = given.take_tcp_listener(index).ok().flatten();
        // A copy that children do not inherit: the ear is handed its own.
        listener.and_then(|listener| listener.try_clone().ok()).ok_or_else(|| {
            Stop::Failure(format!(
                "the service manager gave {count} sockets, but number {} must be a listening TCP socket for {what}: \
                 list the page first and the ear second",
                index + 1
            ))
        })
    };
    let (page, ear) = (take(0, "the page")?, take(1, "the ear")?);
    let other = if count > 2 { Some(take(2, "the page")?) } else { None };
    Ok(Some(Sockets { page, ear, other }))
}

/// Puts the address, and the link to the first account, where the machine's console shows it: into the folder that the
/// manager made for the appliance.
pub fn show(url: &str, setup: Option<&str>, install: Option<&console::Install>) {
    let Some(folder) = std::env::var_os("RUNTIME_DIRECTORY") else { return };
    if let Err(error) = console::show(Path::new(&folder), url, setup, install) {
        tracing::warn!(%error, "the console does not show the address");
    }
}

/// Everything is up; `line` is shown beside the service.
pub fn ready(line: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(line)]);
}

/// The end has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says that the appliance lives while its ear is up and its database answers, for as long as it runs. A manager that is
/// told nothing in time starts it again.
pub async fn beat(store: Arc<Store>, live: Arc<Live>) {
    let Some(within) = sd_notify::watchdog_enabled() else { return };
    let mut beats = tokio::time::interval(within / 4);
    loop {
        beats.tick().await;
        if live.ear.is_up() && answers(&store, within / 4).await {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

/// Whether the writer gets to its work. What a full disk refuses is an answer too.
async fn answers(store: &Store, within: Duration) -> bool {
    timeout(within, store.write(|_| Ok::<_, Error>(()))).await.is_ok()
}

fn tell(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
