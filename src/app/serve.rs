//! `undertone serve`: the desk. Binds both ports, starts the ear, answers until it is told to stop.

use std::io::{self, IsTerminal, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::Stop;
use super::accept::{self, Speech};
use super::console::{self, Install};
use super::courier;
use super::keeper::{Keeper, Stopper};
use super::service::{self, Sockets};
use super::settings::{Flags, Settings};
use super::tls::Tls;
use crate::api::{self, Transport};
use crate::calls::{CallSource, Consent};
use crate::ear::clock::{monotonic_us, unix_ms};
use crate::hints::{Context, Level};
use crate::live::{Clocks, Live, Matcher, NewCall};
use crate::observations::SandboxLevel;
use crate::store::{self, Store};
use crate::units::{CallId, Layout};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    flags: Flags,
    /// Play the demo conversation at once
    #[arg(long)]
    demo: bool,
    /// What an empty appliance begins with
    #[arg(long, value_enum, default_value_t = Pack::Distributor)]
    pack: Pack,
}

/// The tables, views and forms of an appliance that has none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Pack {
    /// Those of a sales team: clients, leads, actions and so on
    Distributor,
    /// None: they are made on the page
    None,
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let settings = Settings::gather(&arguments.flags, std::env::vars())?;
    super::log::start(settings.log_json);
    store::files::keep_to_ourselves();
    check_data(&settings.data)?;
    accept::raise_limit();
    let Sockets { page: desk, ear, other } = listeners(&settings)?;
    let addresses = (address(&desk)?, address(&ear)?);
    let tls = open_tls(&settings)?;
    let transport = tls.as_ref().map_or(Transport::Plain, Tls::transport);

    let store = open_store(&settings, arguments.pack)?;
    let clocks = Clocks { now_ms: unix_ms, monotonic_us, random };
    let live = open_live(&store, clocks, settings.calls_max)?;
    let stopper = Stopper::default();
    let keeper = Keeper {
        live: live.clone(),
        listener: ear,
        data: settings.data.clone(),
        streams_max: settings.calls_max,
        require_sandbox: settings.require_sandbox,
        audio_host: settings.audio_host,
        proof: tls.as_ref().map(Tls::proof),
    };
    let sandbox = keeper.start(&stopper).map_err(|error| Stop::Failure(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let demo = if arguments.demo { Some(play_demo(&live)?) } else { None };
    runtime.spawn(courier::run(store.clone(), clocks, settings.webhooks_allow_private));
    let matcher = Matcher::new(store.clone(), live.clone());
    runtime.spawn(matcher.clone().run());
    if let Some(address) = settings.gpsd.clone() {
        let (store, matcher, keep_days) = (store.clone(), matcher.clone(), settings.retention.positions_days);
        runtime.spawn(super::gpsd::Receiver { address, store, matcher, keep_days }.run());
    }
    runtime.spawn(super::sweeper::tend(store.clone()));
    runtime.spawn(super::sweeper::look_through(store.clone()));
    runtime.spawn(super::sweeper::tell_heads(store.clone()));
    runtime.spawn(service::beat(store.clone(), live.clone()));
    let sweeper = super::sweeper::hourly(store.clone(), settings.retention);
    let app = api::App::new(
        live.clone(),
        store,
        matcher,
        settings.consent,
        settings.retention,
        &reach(&settings, addresses.1, &transport),
    );
    let public_host = app.public_host();
    let speech = tls
        .as_ref()
        .map(|tls| Speech { proof: tls.proof(), plain: api::install_router(&transport, public_host) });
    if let Some(tls) = tls {
        runtime.spawn(tls.tend(live.clone()));
    }
    // Nobody waits for what is swept.
    runtime.spawn(sweeper);
    let desk = Desk { listeners: [Some(desk), other], address: addresses.0, transport, speech };
    let served = runtime.block_on(desk.answer(app, sandbox.level, demo));
    service::stopping();
    runtime.block_on(live.stop_all());
    live.kept.settle();
    stopper.stop();
    served
}

/// Opens the database, with what an empty one begins with.
fn open_store(settings: &Settings, pack: Pack) -> Result<Arc<Store>, Stop> {
    let store = Arc::new(Store::open(&settings.data).map_err(told)?);
    let now_ms = unix_ms().cast_signed();
    store.write_blocking(move |tx| store::calls::course::end_interrupted(tx, now_ms)).map_err(told)?;
    if pack == Pack::Distributor {
        store.write_blocking(move |tx| store::records::install(tx, now_ms)).map_err(told)?;
    }
    let zone = settings.time_zone;
    store.write_blocking(move |tx| store::zone::set(tx, zone)).map_err(told)?;
    Ok(store)
}

/// Everything that is live, with the playbooks and the study in force.
fn open_live(store: &Arc<Store>, clocks: Clocks, calls_max: usize) -> Result<Arc<Live>, Stop> {
    let layers = store.write_blocking(store::playbooks::layers);
    let layers = layers.map_err(|error| Stop::Failure(error.to_string()))?;
    for misfit in &layers.misfits {
        tracing::warn!(layer = %misfit.layer, fault = %misfit.faults[0], "calls follow the playbook above it");
    }
    let live = Live::new(clocks, calls_max, layers);
    let study = store.write_blocking(store::studies::going_on);
    live.set_study(study.map_err(|error| Stop::Failure(error.to_string()))?);
    live.kept.start(store.clone()).map_err(failed)?;
    Ok(live)
}

fn reach(settings: &Settings, ear: SocketAddr, transport: &Transport) -> api::Reach {
    api::Reach {
        ear,
        public_url: settings.public_url.clone(),
        transport: transport.clone(),
        private_webhooks: settings.webhooks_allow_private,
        trusted_proxies: settings.trusted_proxies.clone(),
        tiles: settings.map_tiles.clone(),
    }
}

/// The page's side of the appliance.
struct Desk {
    listeners: [Option<TcpListener>; 2],
    address: SocketAddr,
    transport: Transport,
    speech: Option<Speech>,
}

impl Desk {
    /// Answers until the appliance is told to stop.
    async fn answer(self, app: api::App, level: SandboxLevel, demo: Option<CallId>) -> Result<(), Stop> {
        let mut told = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
        let setup = app.setup_path().await.map_err(|error| Stop::Failure(error.to_string()))?;
        tokio::spawn(app.clone().tend());
        tokio::spawn(app.clone().carry_out_effects());
        let router = api::router(app);
        for listener in self.listeners.iter().flatten() {
            let listener = listener.try_clone().map_err(failed)?;
            listener.set_nonblocking(true).map_err(failed)?;
            let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
            tokio::spawn(accept::serve(listener, router.clone(), self.speech.clone()));
        }
        self.tell(setup.as_deref(), level, demo);
        let [terminate, interrupt] = &mut told;
        let wait = async |to: &mut io::Result<tokio::signal::unix::Signal>| match to {
            Ok(signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        };
        tokio::select! {
            () = wait(terminate) => {}
            () = wait(interrupt) => {}
        }
        Ok(())
    }

    /// Says where everything is.
    fn tell(&self, setup: Option<&str>, level: SandboxLevel, demo: Option<CallId>) {
        let page = console::url(self.address, self.speech.is_some());
        let setup = setup.map(|path| format!("{page}{path}"));
        let install = match &self.transport {
            Transport::OwnAuthority { fingerprint, .. } => {
                Some(Install { url: console::url(self.address, false), fingerprint: fingerprint.clone() })
            }
            Transport::Plain | Transport::Certificate { .. } => None,
        };
        service::show(&page, setup.as_deref(), install.as_ref());
        say(format_args!("Undertone is at {page}"));
        service::ready(&format!("the page is at {page}"));
        if let Some(setup) = setup {
            say(format_args!("Nobody has an account yet; the first is made at {setup}"));
        }
        if let Some(install) = install {
            say(format_args!("Each phone installs its certificate once, from {}", install.url));
            say(format_args!("The certificate's SHA-256: {}", install.fingerprint));
        }
        if level == SandboxLevel::Degraded {
            say(format_args!("The ear runs degraded: see {page}/api/v1/sandbox"));
        }
        if let Some(call) = demo {
            say(format_args!("The demo conversation is at {page}/#/call/{call}"));
        }
        if io::stdout().is_terminal() {
            say(format_args!("Press Ctrl-C to stop."));
        }
    }
}

/// Who started the appliance may have closed its standard output; it answers all the same.
fn say(line: std::fmt::Arguments) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Nobody is there to be asked: the voices are made by code.
fn play_demo(live: &Live) -> Result<CallId, Stop> {
    let call = NewCall {
        layout: Layout::RepLeft,
        source: CallSource::Demo,
        consent: Consent::Consented,
        level: Level::Novice,
        context: Context::default(),
        owner: None,
        team: None,
        client: None,
    };
    live.open(call).map_err(|error| Stop::Failure(format!("the demo cannot be played: {error}")))
}

/// What both ports prove themselves with, where they speak TLS.
fn open_tls(settings: &Settings) -> Result<Option<Tls>, Stop> {
    let open = || Tls::open(settings.certificate().as_ref(), &settings.data, settings.public_url.as_deref());
    settings.tls.then(open).transpose()
}

/// The ports that a service manager bound, else those of the settings.
fn listeners(settings: &Settings) -> Result<Sockets, Stop> {
    match service::sockets()? {
        Some(given) => Ok(given),
        None => Ok(Sockets {
            page: bind("listen", settings.listen)?,
            ear: bind("ear-listen", settings.ear_listen)?,
            other: None,
        }),
    }
}

fn bind(flag: &str, at: SocketAddr) -> Result<TcpListener, Stop> {
    TcpListener::bind(at).map_err(|error| {
        let mend = match error.kind() {
            io::ErrorKind::AddrInUse => "another program has this port",
            io::ErrorKind::PermissionDenied => "ports under 1024 need more rights",
            io::ErrorKind::AddrNotAvailable => "this machine has no such address",
            _ => "it cannot be opened",
        };
        Stop::Failure(format!("{at}: {mend} ({error}): choose another with --{flag}"))
    })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, Stop> {
    listener.local_addr().map_err(failed)
}

/// The data folder must be there and writable before anything is promised.
pub fn check_data(data: &Path) -> Result<(), Stop> {
    let probe = data.join(".desk-probe");
    let written = store::files::folder(data).and_then(|()| std::fs::write(&probe, b""));
    let removed = written.and_then(|()| std::fs::remove_file(&probe));
    removed.map_err(|error| {
        let data = data.display();
        Stop::Failure(format!("the data folder {data} cannot be written ({error}): give another with --data"))
    })
}

pub fn random() -> u64 {
    getrandom::u64().expect("the kernel gives random numbers once it has started")
}

fn told(error: impl std::fmt::Display) -> Stop {
    Stop::Failure(error.to_string())
}

fn failed(error: io::Error) -> Stop {
    Stop::Failure(format!("the appliance cannot run: {error}"))
}
