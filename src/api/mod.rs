//! The HTTP border: requests in -> views out. One file per resource; no rule lives here.

mod actions;
mod asked;
mod audience;
mod audit;
mod board;
mod board_export;
mod caller;
mod calls;
mod calls_read;
mod clients;
mod clients_import;
mod coaching;
mod coaching_show;
pub mod coaching_views;
mod coverage;
mod devices;
mod document;
mod enrolments;
mod erase;
mod events;
mod found;
mod gate;
pub mod guard;
mod health;
mod language;
mod location;
mod near;
mod notices;
mod page;
mod people;
mod photos;
mod playbook_views;
mod playbooks;
mod positions;
mod reference;
mod refusal;
mod revisions;
mod rules;
mod secrets;
mod session;
mod show;
mod sites;
mod sites_import;
mod stream;
mod studies;
mod table_rules;
mod trust;
pub mod views;
mod visits;
mod visits_views;
mod webhooks;

pub use calls_read::RENDER;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::calls::Policy;
use crate::live::{Live, Matcher};
use crate::store::sweep::Retention;
use crate::store::{self, Store};
use gate::Gate;
use trust::Checks;

/// Longer request bodies are refused; the largest real one has about 200 bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

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
    retention: Retention,
    /// The name under which others reach the appliance, with its port if it has one.
    public_host: Option<String>,
    /// That name is reached by https alone.
    secure: bool,
    private_webhooks: bool,
    gate: Arc<Gate>,
    /// Set once anybody has an account.
    settled: Arc<OnceLock<()>>,
    checks: Arc<Checks>,
    /// Held while the playbooks in force are read again.
    reloading: Arc<tokio::sync::Mutex<()>>,
    recent: Arc<events::Recent>,
}

/// Where the appliance is reached, and what it may reach.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Where clients connect with sound.
    pub ear: SocketAddr,
    /// Where others reach the page, `https://hints.example` for one behind a proxy.
    pub public_url: Option<String>,
    /// Webhooks may reach this machine and its network.
    pub private_webhooks: bool,
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
        Self {
            live,
            store,
            matcher,
            ear: reach.ear,
            policy,
            retention,
            public_host: public.map(|(_, host)| host.trim_end_matches('/').to_owned()),
            secure: public.is_some_and(|(scheme, _)| scheme == "https"),
            private_webhooks: reach.private_webhooks,
            gate: Arc::default(),
            settled: Arc::default(),
            checks: Arc::default(),
            reloading: Arc::default(),
            recent: Arc::default(),
        }
    }

    fn now_ms(&self) -> i64 {
        i64::try_from((self.live.clocks.now_ms)()).unwrap_or(i64::MAX)
    }

    /// The path of a link for the first account; `None` when somebody has one.
    ///
    /// # Errors
    /// The store refuses.
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

#[derive(OpenApi)]
#[openapi(
    info(title = "Undertone", description = "How a conversation moves, measured live. No sound is stored."),
    components(schemas(
        views::TickView,
        views::EventView,
        views::SnapshotView,
        views::StateView,
        views::LevelView,
        views::LevelProblemView,
        coaching_views::HintView,
        coaching_views::ObjectionView,
        refusal::Problem
    ))
)]
struct Document;

fn resources() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(calls_read::list, calls::open))
        .routes(routes!(calls_read::one))
        .routes(routes!(calls::consent))
        .routes(routes!(calls::ticket))
        .routes(routes!(calls::stop))
        .routes(routes!(calls::withdraw))
        .routes(routes!(calls_read::summary))
        .routes(routes!(calls_read::receipt))
        .routes(routes!(stream::updates))
        .routes(routes!(coaching::level))
        .routes(routes!(coaching::rate))
        .routes(routes!(coaching::review))
        .routes(routes!(coaching::moments))
        .routes(routes!(playbooks::show))
        .routes(routes!(playbooks::fields))
        .routes(routes!(playbooks::condition))
        .routes(routes!(playbooks::check))
        .routes(routes!(playbooks::dry_run))
        .routes(routes!(studies::list, studies::begin))
        .routes(routes!(studies::end))
        .routes(routes!(rules::list))
        .routes(routes!(rules::switch))
        .routes(routes!(board::show))
        .routes(routes!(board_export::export))
        .routes(routes!(board::calls))
        .routes(routes!(board::day))
        .routes(routes!(board::shared, board::share))
        .routes(routes!(board::coaching))
        .routes(routes!(actions::list, actions::add))
        .routes(routes!(actions::change))
        .routes(routes!(devices::list))
        .routes(routes!(devices::level))
        .routes(routes!(health::sandbox))
        .routes(routes!(session::show, session::begin, session::end))
        .routes(routes!(session::password))
        .routes(routes!(session::accept))
        .routes(routes!(session::tokens, session::add_token))
        .routes(routes!(session::revoke_token))
        .routes(routes!(people::list, people::add))
        .routes(routes!(people::one, people::change))
        .routes(routes!(people::invite))
        .routes(routes!(people::teams, people::add_team))
        .routes(routes!(people::rename_team))
        .routes(routes!(audit::list))
        .routes(routes!(events::listen))
        .routes(routes!(webhooks::list, webhooks::add))
        .routes(routes!(webhooks::change, webhooks::remove))
        .routes(routes!(webhooks::waiting))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::retry))
        .routes(routes!(revisions::heads))
        .routes(routes!(revisions::export))
        .routes(routes!(revisions::import))
        .routes(routes!(revisions::history, revisions::save))
        .routes(routes!(revisions::one))
        .routes(routes!(revisions::publish))
        .routes(routes!(revisions::restore))
        .routes(routes!(revisions::differences))
        .routes(routes!(erase::of_person, erase::person))
        .routes(routes!(erase::of_client, erase::client))
        .routes(routes!(notices::list, notices::publish))
        .routes(routes!(clients::list, clients::add))
        .routes(routes!(clients::kinds))
        .routes(routes!(clients::one, clients::change))
        .routes(routes!(clients_import::import).layer(DefaultBodyLimit::max(clients_import::TABLE_BYTES_MAX)))
        .routes(routes!(trust::show))
        .merge(located())
}

/// Positions, visits and sites.
fn located() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(positions::batch::take).layer(DefaultBodyLimit::max(positions::BATCH_BYTES_MAX)))
        .routes(routes!(positions::owntracks::take))
        .routes(routes!(positions::traccar::take, positions::traccar::take_query))
        // Users type a stroke behind the address.
        .route(
            "/api/v1/positions/",
            post(positions::batch::take).layer(DefaultBodyLimit::max(positions::BATCH_BYTES_MAX)),
        )
        .route("/api/v1/positions/owntracks/", post(positions::owntracks::take))
        .route(
            "/api/v1/positions/traccar/",
            post(positions::traccar::take).get(positions::traccar::take_query),
        )
        .routes(routes!(positions::import::take).layer(DefaultBodyLimit::max(positions::BATCH_BYTES_MAX)))
        .routes(routes!(location::show, location::set))
        .routes(routes!(location::list_looks))
        .routes(routes!(location::track))
        .routes(routes!(enrolments::list, enrolments::add))
        .routes(routes!(enrolments::revoke))
        .routes(routes!(visits::list, visits::check_in))
        .routes(routes!(visits::of_person))
        .routes(routes!(visits::one))
        .routes(routes!(visits::answer))
        .routes(routes!(near::near))
        .routes(routes!(photos::put, photos::get).layer(DefaultBodyLimit::max(photos::PHOTO_BYTES_MAX)))
        .routes(routes!(coverage::coverage))
        .routes(routes!(coverage::brief))
        .routes(routes!(sites::list, sites::add))
        .routes(routes!(sites::one, sites::change, sites::remove))
        .routes(routes!(sites::revert))
        .routes(routes!(sites_import::import).layer(DefaultBodyLimit::max(sites_import::TABLE_BYTES_MAX)))
}

/// The description of the API, as `GET /api/v1/openapi.json` answers it.
pub fn openapi_json() -> String {
    document::complete(resources().into_openapi()).to_pretty_json().expect("the description is plain data")
}

/// Everything that the desk answers.
pub fn router(app: App) -> Router {
    let (resources, _) = resources().split_for_parts();
    let openapi = openapi_json();
    let reference = reference::page(&serde_json::from_str(&openapi).unwrap_or_default());
    let identify = middleware::from_fn_with_state(app.clone(), caller::identify);
    resources
        .route_layer(middleware::from_fn(guard::check))
        .route_layer(identify)
        .route("/api/v1/openapi.json", get(async || ([("content-type", "application/json")], openapi)))
        .route("/api/v1/docs", get(async || axum::response::Html(reference)))
        .route(
            "/api/v1/docs.css",
            get(async || ([("content-type", "text/css; charset=utf-8")], reference::STYLE)),
        )
        .route("/api/{*rest}", get(async || refusal::Refusal::NoSuchPage))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(page::serve)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.public_host.clone(), audience::check))
        .layer(middleware::from_fn(language::translate))
        .layer(middleware::from_fn_with_state(app.ear, page::harden))
        .with_state(app)
}
