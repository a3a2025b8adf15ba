//! `undertone serve`: the desk. Binds both ports, starts the ear, answers until it is told to stop.

use std::io::{self, IsTerminal, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::Stop;
use super::accept;
use super::console;
use super::courier;
use super::keeper::{Keeper, Stopper};
use super::service;
use super::settings::{Flags, Settings};
use crate::api;
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
    let (desk, ear) = listeners(&settings)?;
    let addresses = (address(&desk)?, address(&ear)?);

    let store = Arc::new(Store::open(&settings.data).map_err(|error| Stop::Failure(error.to_string()))?);
    let interrupted =
        store.write_blocking(|tx| store::calls::course::end_interrupted(tx, unix_ms().cast_signed()));
    interrupted.map_err(|error| Stop::Failure(error.to_string()))?;
    if arguments.pack == Pack::Distributor {
        let installed = store.write_blocking(|tx| store::records::install(tx, unix_ms().cast_signed()));
        installed.map_err(|error| Stop::Failure(error.to_string()))?;
    }
    let zone = settings.time_zone;
    let set = store.write_blocking(move |tx| store::zone::set(tx, zone));
    set.map_err(|error| Stop::Failure(error.to_string()))?;
    let clocks = Clocks { now_ms: unix_ms, monotonic_us, random };
    let layers = store.write_blocking(store::playbooks::layers);
    let layers = layers.map_err(|error| Stop::Failure(error.to_string()))?;
    for misfit in &layers.misfits {
        tracing::warn!(layer = %misfit.layer, fault = %misfit.faults[0], "calls follow the playbook above it");
    }
    let live = Live::new(clocks, settings.calls_max, layers);
    let study = store.write_blocking(store::studies::going_on);
    live.set_study(study.map_err(|error| Stop::Failure(error.to_string()))?);
    live.kept.start(store.clone()).map_err(failed)?;
    let stopper = Stopper::default();
    let keeper = Keeper {
        live: live.clone(),
        listener: ear,
        data: settings.data.clone(),
        streams_max: settings.calls_max,
        require_sandbox: settings.require_sandbox,
        audio_host: settings.audio_host,
    };
    let sandbox = keeper.start(&stopper).map_err(|error| Stop::Failure(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let demo = if arguments.demo { Some(play_demo(&live)?) } else { None };
    runtime.spawn(courier::run(store.clone(), clocks, settings.webhooks_allow_private));
    let reach = api::Reach {
        ear: addresses.1,
        public_url: settings.public_url.clone(),
        private_webhooks: settings.webhooks_allow_private,
        trusted_proxies: settings.trusted_proxies.clone(),
        tiles: settings.map_tiles.clone(),
    };
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
    let app = api::App::new(live.clone(), store, matcher, settings.consent, settings.retention, &reach);
    let served = runtime.block_on(answer(desk, app, addresses.0, sandbox.level, demo, sweeper));
    service::stopping();
    runtime.block_on(live.stop_all());
    live.kept.settle();
    stopper.stop();
    served
}

async fn answer(
    desk: TcpListener,
    app: api::App,
    desk_address: SocketAddr,
    level: SandboxLevel,
    demo: Option<CallId>,
    sweeper: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Stop> {
    let mut told = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    desk.set_nonblocking(true).map_err(failed)?;
    let listener = tokio::net::TcpListener::from_std(desk).map_err(failed)?;
    let setup = app.setup_path().await.map_err(|error| Stop::Failure(error.to_string()))?;
    tokio::spawn(app.clone().tend());
    tokio::spawn(app.clone().carry_out_effects());
    // Nobody waits for what is swept.
    tokio::spawn(sweeper);
    let router = api::router(app);
    let page = console::url(desk_address);
    let setup = setup.map(|path| format!("{page}{path}"));
    service::show(&page, setup.as_deref());
    say(format_args!("Undertone is at {page}"));
    service::ready(&format!("the page is at {page}"));
    if let Some(setup) = setup {
        say(format_args!("Nobody has an account yet; the first is made at {setup}"));
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
    let [terminate, interrupt] = &mut told;
    let wait = async |to: &mut io::Result<tokio::signal::unix::Signal>| match to {
        Ok(signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = accept::serve(listener, router) => Ok(()),
        () = wait(terminate) => Ok(()),
        () = wait(interrupt) => Ok(()),
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

/// The ports that a service manager bound, else those of the settings.
fn listeners(settings: &Settings) -> Result<(TcpListener, TcpListener), Stop> {
    match service::sockets()? {
        Some(given) => Ok(given),
        None => Ok((bind("listen", settings.listen)?, bind("ear-listen", settings.ear_listen)?)),
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

fn failed(error: io::Error) -> Stop {
    Stop::Failure(format!("the appliance cannot run: {error}"))
}
