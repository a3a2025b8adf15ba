//! The life of the ear process: take what only the outside can give, close the walls, open the door.

use std::io;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;

use super::door::Door;
use super::frames::WipingAllocator;
use super::link::{Outlet, take_listener};
use super::sandbox::{self, Outside, StorageCount};
use super::seat::Reports;
use super::sources::front::{self, Speech};
use super::sources::own::{self, Own};
use super::sources::{socket, tls};
use super::stream::End;
use super::totals::Totals;
use super::workers::Workers;
use crate::observations::AudioHost;
use crate::observations::wire::{Asked, Said, read};

/// A listener is built on the stack before it is moved into locked memory; unoptimised builds do so several times over.
const STACK_BYTES: usize = 16 << 20;

/// What the desk tells the ear at its start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The desk's data folder; the self-test tries to use it and must fail.
    pub data: PathBuf,
    /// Streams heard at a time.
    pub streams_max: usize,
    /// Whose inputs are used.
    pub audio_host: AudioHost,
    /// Its port speaks TLS, and nothing else.
    pub tls: bool,
}

static STORAGE: OnceLock<Option<StorageCount>> = OnceLock::new();

fn storage_bytes() -> Option<u64> {
    STORAGE.get()?.as_ref()?.bytes()
}

/// Runs until the desk goes. Standard input is the link to it.
///
/// # Errors
/// The desk passed no socket, or a thread could not be started.
pub fn run(options: &Options) -> io::Result<()> {
    sandbox::close_inherited();
    WipingAllocator::begin();
    let link = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let listener = take_listener(&link)?;
    let outside = Outside::take(&options.data)?;
    let _ = STORAGE.set(StorageCount::begin());
    // Tokio makes a socket pair for signals once per process: it must exist before the walls do.
    drop(tokio::runtime::Builder::new_current_thread().enable_all().build()?);

    let state = sandbox::enter(&own::needs(options.audio_host), outside);
    let totals = Arc::new(Totals::default());
    let outlet = Outlet::start(link.try_clone()?, totals.clone())?;
    outlet.say(Said::Ready(state));

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let reports = Reports { outlet: outlet.clone(), totals: totals.clone(), storage_bytes };
    let workers = Workers::start(cores, reports)?;
    let door = Door::new(workers, totals.clone(), options.streams_max);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(4))
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()?;
    let (proof, given) = watch::channel(None);
    let speech = if options.tls { Speech::Tls(given) } else { Speech::Plain };
    runtime.spawn(serve(listener, door.clone(), speech));
    let own = Own::new(door.clone(), outlet.clone(), options.audio_host);
    runtime.spawn(count(outlet, totals));
    obey(link, &door, &own, &proof, runtime.handle())
}

/// Reads wishes until the link ends.
fn obey(
    mut link: UnixStream,
    door: &Door,
    own: &Arc<Own>,
    proof: &watch::Sender<Option<Arc<ServerConfig>>>,
    runtime: &Handle,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        match read(&mut link, &mut buffer) {
            Ok(Asked::Key(key)) => door.set_key(key),
            Ok(Asked::Certificate(certificate)) => {
                let config = tls::config(&certificate).map_err(io::Error::other)?;
                proof.send_replace(Some(config));
            }
            Ok(Asked::Open { call, source, layout, start_ms }) => {
                runtime.spawn(own.clone().hear(call, source, layout, start_ms));
            }
            Ok(Asked::Close { call, discard }) => {
                door.close(call, if discard { End::Forbidden } else { End::Finished });
            }
            Ok(Asked::Devices) => own.list(),
            Ok(Asked::Meter { device, on }) => own.meter(device, on, runtime),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

async fn serve(listener: TcpListener, door: Arc<Door>, speech: Speech) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    front::serve(listener, socket::router(door), speech).await;
    Ok(())
}

async fn count(outlet: Outlet, totals: Arc<Totals>) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    loop {
        every_second.tick().await;
        outlet.say_soon(Said::Counters(totals.read())).await;
    }
}
