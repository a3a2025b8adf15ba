//! The port of the ear: connections -> the router, so that none can be held open for nothing. Who has not asked for a
//! stream in time is let go, and only so many may be about to ask; streams themselves are counted at the door.

use std::collections::VecDeque;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// Connections that are not streams yet; who has asked for nothing for longest makes room for the next.
const ASKING_MAX: usize = 256;

/// All that comes before a stream comes within this.
const ASKED_WITHIN: Duration = Duration::from_secs(10);

/// After a failed accept (no descriptors left) some connections may end meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// Answers until the ear ends.
pub async fn serve(listener: TcpListener, router: Router) {
    let mut asking: VecDeque<AbortHandle> = VecDeque::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(ASKED_WITHIN);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        if asking.len() >= ASKING_MAX {
            asking.retain(|one| !one.is_finished());
        }
        if asking.len() >= ASKING_MAX
            && let Some(oldest) = asking.pop_front()
        {
            oldest.abort();
        }
        let asks = tokio::spawn(async move {
            // It is over when a stream begins: that goes on by itself.
            let _ = tokio::time::timeout(ASKED_WITHIN, connection).await;
        });
        asking.push_back(asks.abort_handle());
    }
}
