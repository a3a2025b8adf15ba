//! Connections -> the router, so that none can be held open for nothing: who does not say what it wants in time is let
//! go, and there are only so many at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at a time: a thousand pages that each watch two streams. More wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 2_048;

/// The head of a request, and the next one on the same connection, come within this.
const HEAD_WITHIN: Duration = Duration::from_secs(15);

/// After a failed accept (no descriptors left) some connections may end meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// Lets this program and its ear hold as many connections as the system allows. A refusal leaves what there was.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Answers until the program ends.
pub async fn serve(listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    while let Ok(place) = places.clone().acquire_owned().await {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        // Small events must not wait for each other; where that cannot be set they do.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            service.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // Who goes away, or says nothing, is no fault of ours.
            let _ = connection.await;
            drop(place);
        });
    }
}
