//! What every handler can reach, and how a handler reads and writes.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::body::Budget;
use super::caller::Caller;
use super::events::Recent;
use super::install::Transport;
use super::network::Range;
use super::refusal::Refusal;
use super::secrets;
use super::session::device::DeviceKey;
use super::session::gate::Gate;
use super::streams::Streams;
use super::tables::Imports;
use super::tables::definitions::Definitions;
use super::trust::Checks;
use super::turns::Turns;
use super::write_request::{Doing, Done, Recorded, etag};
use crate::audit::Change;
use crate::calls::Policy;
use crate::live::{Live, Matcher};
use crate::store::sweep::Retention;
use crate::store::{self, Store, Tx, audit, effects, idempotency};

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

    /// Does something once, with its one entry in the audit log, in one transaction; a request that comes again under
    /// its key gets the first answer.
    ///
    /// # Errors
    /// What `work` refuses, or the store.
    pub async fn act<V, F>(&self, doing: Doing, status: StatusCode, work: F) -> Result<Response, Refusal>
    where
        V: Serialize,
        F: FnOnce(&Tx) -> Result<Done<V>, Refusal> + Send + 'static,
    {
        Ok(respond(self.once(doing, status, work).await?))
    }

    /// As [`App::act`], for work that writes its own entries in the audit log.
    ///
    /// # Errors
    /// As [`App::act`].
    pub async fn act_recorded<V, F>(
        &self,
        doing: Doing,
        status: StatusCode,
        work: F,
    ) -> Result<Response, Refusal>
    where
        V: Serialize,
        F: FnOnce(&Tx) -> Result<Recorded<V>, Refusal> + Send + 'static,
    {
        let done = self.commit(move |tx| once(tx, &doing, status, work));
        Ok(respond(done.await?))
    }

    /// As [`App::act`], with the answer as it is kept.
    ///
    /// # Errors
    /// As [`App::act`].
    pub async fn once<V, F>(
        &self,
        doing: Doing,
        status: StatusCode,
        work: F,
    ) -> Result<idempotency::Answer, Refusal>
    where
        V: Serialize,
        F: FnOnce(&Tx) -> Result<Done<V>, Refusal> + Send + 'static,
    {
        self.commit(move |tx| act(tx, &doing, status, work)).await
    }

    /// Does something that is the same when it is done twice, with an entry in the audit log when there was something
    /// to do.
    ///
    /// # Errors
    /// What `work` refuses, or the store.
    pub async fn note<T, F>(&self, doing: Doing, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&Tx) -> Result<(T, Option<Change>), Refusal> + Send + 'static,
    {
        let noted = self.commit(move |tx| {
            let (done, change) = work(tx)?;
            if let Some(change) = change {
                audit::append(tx, &doing.actor, doing.now_ms, change)?;
            }
            Ok(done)
        });
        noted.await
    }

    /// Runs `work` in one transaction, then waits a moment for the effects that it wrote down.
    async fn commit<T, F>(&self, work: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&Tx) -> Result<T, Refusal> + Send + 'static,
    {
        let committed = self.store.write(move |tx| {
            let newest = || effects::newest(tx).map_err(store::Error::from);
            let before = newest()?;
            let done = work(tx)?;
            let upto = newest()?;
            Ok::<_, Refusal>((done, (upto > before).then_some(upto)))
        });
        let (done, upto) = committed.await?;
        if let Some(upto) = upto {
            self.settled(upto).await;
        }
        Ok(done)
    }

    /// Writes down what somebody has done or seen that is not a record of the store.
    pub async fn saw(&self, caller: &Caller, change: Change) -> Result<(), Refusal> {
        let doing = Doing { actor: caller.actor(), now_ms: self.now_ms(), seen: None, request: None };
        self.note(doing, move |_| Ok(((), Some(change)))).await
    }
}

fn act<V: Serialize>(
    tx: &Tx,
    doing: &Doing,
    status: StatusCode,
    work: impl FnOnce(&Tx) -> Result<Done<V>, Refusal>,
) -> Result<idempotency::Answer, Refusal> {
    once(tx, doing, status, |tx| {
        let Done { view, change, version } = work(tx)?;
        let about = (change.entity, change.entity_id.clone());
        audit::append(tx, &doing.actor, doing.now_ms, change)?;
        Ok(Recorded { view, version, about })
    })
}

fn once<V: Serialize>(
    tx: &Tx,
    doing: &Doing,
    status: StatusCode,
    work: impl FnOnce(&Tx) -> Result<Recorded<V>, Refusal>,
) -> Result<idempotency::Answer, Refusal> {
    if let Some(request) = &doing.request
        && let Some(answer) = idempotency::find(tx, request)?
    {
        return Ok(answer);
    }
    let done = work(tx)?;
    let (entity, id) = done.about.clone();
    let body_json = serde_json::to_string(&done.view).map_err(|error| Refusal::Broken(error.to_string()))?;
    let answer = idempotency::Answer { status: status.as_u16(), version: done.version, body_json };
    if let Some(request) = &doing.request {
        idempotency::keep(tx, request, &answer, (entity, &id), doing.now_ms)?;
    }
    Ok(answer)
}

fn respond(answer: idempotency::Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    let mut response =
        (status, [(header::CONTENT_TYPE, "application/json")], answer.body_json).into_response();
    if let Some(version) = answer.version {
        response.headers_mut().insert(header::ETAG, etag(version));
    }
    response
}
