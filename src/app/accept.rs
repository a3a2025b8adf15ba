//! Connections -> the router, so that none can be held open for nothing: who does not say what it wants in time, or does
//! not take its answer, is let go; and who is not known makes room for who comes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::net::sockopt;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::tls::Proof;
use crate::api::{Places, Standing};
use crate::ear::sources::tls;

/// The head of a request, and the next one on the same connection, come within this.
const HEAD_WITHIN: Duration = Duration::from_secs(15);

/// An answer of which nothing is taken for so long is not wanted.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);

/// The same of what the kernel has taken already: ticks of a call, for a phone that has gone.
const ACKNOWLEDGED_WITHIN_MS: u32 = 20_000;

/// What the kernel keeps for who does not read. At 100 ms there and back this is 20 Mbit/s.
const KERNEL_BYTES: usize = 256 << 10;

/// After a failed accept (no descriptors left) some connections may end meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// Lets this program and its ear hold as many connections as the system allows. A refusal leaves what there was.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// How the port speaks.
#[derive(Clone)]
pub struct Speech {
    /// What it proves itself with.
    pub proof: watch::Receiver<Proof>,
    /// What it says to who speaks plainly.
    pub plain: Router,
}

/// Answers until the program ends, by TLS with `speech`.
pub async fn serve(listener: TcpListener, router: Router, speech: Option<Speech>) {
    let places = Arc::<Places>::default();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                sleep(BREATH).await;
                continue;
            }
        };
        // A socket for both kinds of addresses writes one kind as the other: whose network it is would be lost.
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let Some(standing) = places.take(peer.ip()) else { continue };
        // Small events must not wait for each other. Where one of these cannot be set it is as the system has it.
        let _ = stream.set_nodelay(true);
        let _ = sockopt::set_socket_send_buffer_size(&stream, KERNEL_BYTES);
        let _ = sockopt::set_tcp_user_timeout(&stream, ACKNOWLEDGED_WITHIN_MS);
        let (http, router) = (http.clone(), router.clone());
        let tls = speech
            .as_ref()
            .map(|speech| (TlsAcceptor::from(speech.proof.borrow().config.clone()), speech.plain.clone()));
        tokio::spawn(async move {
            let stream = Taken { stream, stuck: None };
            let answered = async {
                let Some((acceptor, plain)) = tls else {
                    return converse(&http, stream, router, peer, &standing).await;
                };
                match timeout(HEAD_WITHIN, begins_tls(&stream.stream)).await {
                    Ok(true) => {
                        if let Ok(Ok(stream)) = timeout(HEAD_WITHIN, acceptor.accept(stream)).await {
                            converse(&http, stream, router, peer, &standing).await;
                        }
                    }
                    Ok(false) => converse(&http, stream, plain, peer, &standing).await,
                    Err(_) => {}
                }
            };
            tokio::select! {
                () = answered => {}
                () = standing.ended() => {}
            }
        });
    }
}

/// Whether the other end begins a handshake of TLS. Nothing is taken from what it says.
async fn begins_tls(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1)) && first[0] == tls::HANDSHAKE
}

/// Answers what is asked on one connection, until it ends.
async fn converse(
    http: &http1::Builder,
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    router: Router,
    peer: SocketAddr,
    place: &Standing,
) {
    let (service, place) = (TowerToHyperService::new(router), place.clone());
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        // Who still sends a body has not asked yet.
        place.set_busy(request.body().is_end_stream());
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
        request.extensions_mut().insert(place.clone());
        let (answer, place) = (service.call(request), place.clone());
        async move {
            let answer = answer.await;
            place.set_busy(false);
            answer
        }
    });
    // Who goes away, or says nothing, is no fault of ours.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

/// A connection whose writes fail when nothing is taken for too long.
struct Taken {
    stream: TcpStream,
    stuck: Option<Pin<Box<Sleep>>>,
}

impl Taken {
    fn unless_stuck(
        &mut self,
        context: &mut Context,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(TAKEN_WITHIN)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Taken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        into: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Taken {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.unless_stuck(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        bytes: &[io::IoSlice],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.unless_stuck(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
