//! What every handler can reach.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use super::body::Budget;
use super::events::recent::Recent;
use super::network::Range;
use super::secrets;
use super::session::device::DeviceKey;
use super::session::gate::Gate;
use super::streams::Streams;
use super::tables::Imports;
use super::tables::definitions::Definitions;
use super::transport::Transport;
use super::trust::checks::Checks;
use super::turns::Turns;
use crate::calls::Policy;
use crate::live::{Live, Matcher};
use crate::store::sweep::Retention;
use crate::store::{self, Store};

/// A link for the first account lasts a day; the next start prints a new one.
const SETUP_MS: i64 = 24 * 3_600_000;

/// What every handler can reach.
#[derive(Clone)]
pub struct App {
    pub live: Arc<Live>,
    pub store: Arc<Store>,
    /// Who is at which client.
    pub matcher: Arc<Matcher>,
    /// Where clients connect with sound.
    pub ear: SocketAddr,
    /// What must have happened before anything is heard.
    pub policy: Policy,
    /// How long records are kept.
    pub(super) retention: Retention,
    /// The name under which others reach the appliance, with its port if it has one.
    pub(super) public_host: Option<String>,
    /// It is reached by https alone.
    pub(super) secure: bool,
    /// Every browser takes its certificate, so they may remember that it is so reached.
    pub(super) https_only: bool,
    pub(super) private_webhooks: bool,
    /// A PMTiles file that the map is drawn on.
    pub(super) tiles: Option<Arc<std::path::Path>>,
    pub(super) gate: Arc<Gate>,
    pub(super) device_key: Arc<DeviceKey>,
    pub(super) trusted_proxies: Arc<[Range]>,
    /// What is being sent.
    pub(super) bodies: Arc<Budget>,
    pub(super) streams: Arc<Streams>,
    /// Who asks what may take long.
    pub(super) turns: Arc<Turns>,
    /// Set once anybody has an account.
    pub(super) settled: Arc<OnceLock<()>>,
    pub(super) checks: Arc<Checks>,
    /// Held while the playbooks in force are read again.
    pub(super) reloading: Arc<tokio::sync::Mutex<()>>,
    pub(super) recent: Arc<Recent>,
    /// Tables, views and forms in force.
    pub(super) definitions: Arc<Definitions>,
    /// Files that are being taken.
    pub(super) imports: Arc<Imports>,
    /// The number of the newest effect that is carried out.
    pub(super) carried_out: Arc<tokio::sync::watch::Sender<i64>>,
}

/// Where the appliance is reached, and what it may reach.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Where clients connect with sound.
    pub ear: SocketAddr,
    /// Where others reach the page, `https://hints.example` for one behind a proxy.
    pub public_url: Option<String>,
    /// How clients reach both ports.
    pub transport: Transport,
    /// Webhooks may reach this machine and its network.
    pub private_webhooks: bool,
    /// Whose word counts on where a request comes from.
    pub trusted_proxies: Vec<Range>,
    /// A PMTiles file that the map is drawn on.
    pub tiles: Option<std::path::PathBuf>,
}

impl App {
    pub fn new(
        live: Arc<Live>,
        store: Arc<Store>,
        matcher: Arc<Matcher>,
        policy: Policy,
        retention: Retention,
        reach: &Reach,
    ) -> Self {
        let public = reach.public_url.as_deref().and_then(|url| url.split_once("://"));
        let public_https = public.is_some_and(|(scheme, _)| scheme == "https");
        let (secure, https_only) = match reach.transport {
            // A proxy speaks for it, with a certificate of its own.
            Transport::Plain => (public_https, public_https),
            Transport::OwnAuthority { .. } => (true, false),
            Transport::Certificate { publicly_trusted } => (true, publicly_trusted),
        };
        Self {
            live,
            store,
            matcher,
            ear: reach.ear,
            policy,
            retention,
            public_host: public.map(|(_, host)| host.trim_end_matches('/').to_owned()),
            secure,
            https_only,
            private_webhooks: reach.private_webhooks,
            tiles: reach.tiles.as_deref().map(Into::into),
            gate: Arc::default(),
            device_key: Arc::default(),
            trusted_proxies: reach.trusted_proxies.as_slice().into(),
            bodies: Arc::default(),
            streams: Arc::default(),
            turns: Arc::default(),
            settled: Arc::default(),
            checks: Arc::default(),
            reloading: Arc::default(),
            recent: Arc::default(),
            definitions: Arc::default(),
            imports: Arc::default(),
            carried_out: Arc::default(),
        }
    }

    /// The name under which others reach the appliance.
    pub fn public_host(&self) -> Option<String> {
        self.public_host.clone()
    }

    /// The wall clock, ms UTC.
    pub fn now_ms(&self) -> i64 {
        i64::try_from((self.live.clocks.now_ms)()).unwrap_or(i64::MAX)
    }

    /// The path of a link for the first account; `None` when somebody has one.
    pub async fn setup_path(&self) -> Result<Option<String>, store::Error> {
        let (secret, expires_ms) = (secrets::secret(), self.now_ms() + SETUP_MS);
        let path = format!("/#/welcome/{secret}");
        let asked = self.store.write(move |tx| {
            let any = store::people::any(tx)?;
            if !any {
                store::sessions::invite(tx, None, &secret, expires_ms)?;
            }
            Ok::<_, store::Error>(!any)
        });
        Ok(asked.await?.then_some(path))
    }
}
