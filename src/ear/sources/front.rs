//! The port of the ear: connections -> the router, so that none can be held open for nothing. Who has not asked for a
//! stream in time is let go, and only so many may be about to ask; streams themselves are counted at the door.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// Connections that are not streams yet; who has asked for nothing for longest makes room for the next.
const ASKING_MAX: usize = 256;

/// All that comes before a stream comes within this, a handshake of TLS too.
const ASKED_WITHIN: Duration = Duration::from_secs(10);

/// After a failed accept (no descriptors left) some connections may end meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// How the port speaks.
#[derive(Clone)]
pub enum Speech {
    Plain,
    /// TLS with what the desk gave last; nobody is let in before it has given anything.
    Tls(watch::Receiver<Option<Arc<ServerConfig>>>),
}

/// Answers until the ear ends.
pub async fn serve(listener: TcpListener, router: Router, speech: Speech) {
    let mut asking: VecDeque<AbortHandle> = VecDeque::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(ASKED_WITHIN);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let acceptor = match &speech {
            Speech::Plain => None,
            Speech::Tls(given) => match given.borrow().clone() {
                Some(config) => Some(TlsAcceptor::from(config)),
                None => continue,
            },
        };
        let service = TowerToHyperService::new(router.clone());
        let http = http.clone();
        if asking.len() >= ASKING_MAX {
            asking.retain(|one| !one.is_finished());
        }
        if asking.len() >= ASKING_MAX
            && let Some(oldest) = asking.pop_front()
        {
            oldest.abort();
        }
        // It is over when a stream begins: that goes on by itself.
        let asks = tokio::spawn(tokio::time::timeout(ASKED_WITHIN, async move {
            match acceptor {
                None => drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await),
                Some(acceptor) => {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    drop(http.serve_connection(TokioIo::new(stream), service).with_upgrades().await);
                }
            }
        }));
        asking.push_back(asks.abort_handle());
    }
}
