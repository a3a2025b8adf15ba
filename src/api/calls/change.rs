//! Calls: open, ticket, consent, stop, withdraw. Each leaves one entry in the audit log.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::access::{Id, call_id};
use super::read::{self, view};
use super::render;
use super::views::{CallView, ConsentChange, HowView, NewCall, SummaryView, TicketView};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::origin::name_of;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Doing, Done, WriteRequest};
use crate::audit::Change;
use crate::calls::{CallSource, CallState, Consent};
use crate::customers::Client;
use crate::hints::Context;
use crate::live;
use crate::people::{Deed, Owner};
use crate::store::audit::{self, APPLIANCE};
use crate::store::calls::{StoredCall, Told, traces};
use crate::store::effects::{self, Effect};
use crate::store::forgotten::Forgotten;
use crate::store::withdrawn::Withdrawal;
use crate::store::{self, Tx, actions, clients, notices, studies, visits};
use crate::units::{CallId, ClientId};

/// Earlier calls with a client that a new one takes into account: a quarter.
const EARLIER_MS: i64 = 90 * 24 * 3_600_000;

/// Begins a call. Nothing is heard, and there is no ticket, unless the other side was told or agreed as the policy of
/// this deployment asks, and the client does not mind.
#[utoipa::path(post, path = "/api/v1/calls", tag = "calls", request_body = NewCall, responses(
    (status = 201, body = CallView),
    (status = 403, body = Problem, description = "consent_required, do_not_analyse or not_allowed"),
    (status = 404, body = Problem, description = "missing: no such client or consent text"),
    (status = 422, body = Problem, description = "bad_body"),
    (status = 429, body = Problem, description = "too_many_calls"),
    (status = 503, body = Problem, description = "ear_down")))]
pub async fn open(
    State(app): State<App>,
    headers: HeaderMap,
    request: WriteRequest<NewCall>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let (how, text, consent) = (body.consent_how, body.consent_text, body.consent.into());
    app.policy.allows(consent, text.is_some()).map_err(live::OpenError::from)?;
    let visited = match body.client {
        None => visited(&app, &caller).await?,
        Some(_) => None,
    };
    let new = live::NewCall {
        layout: body.layout,
        source: body.source.into(),
        consent,
        level: body.hints.into(),
        context: body.context.into(),
        owner: caller.who.person,
        team: caller.who.team,
        client: body.client.map(ClientId).or(visited.as_ref().map(|client| client.id)),
    };
    let id = app.live.reserve(new)?;
    if let Some(client) = visited {
        app.live.with(id, |call| call.coaching.know(live::context(&client)));
    }
    let begun = begin(&app, &caller, doing, id, (how, text)).await;
    let known = begun.as_ref().ok().and_then(|view| view["id"].as_str()?.parse().ok());
    if known != Some(id) {
        // It was refused, or this request came before: what was reserved is not needed.
        app.live.unreserve(id);
    }
    let mut view = begun?;
    let id = known.ok_or(Refusal::NoSuchCall)?;
    if app.live.with(id, |call| call.facts.source == CallSource::Socket) == Some(true) {
        view["ticket"] = json!(sealed(&app, id, &headers)?);
    }
    Ok((StatusCode::CREATED, Json(view)))
}

/// The client at whose place the caller is, if it is one of the caller's.
async fn visited(app: &App, caller: &Caller) -> Result<Option<Client>, Refusal> {
    let Some(person) = caller.who.person else { return Ok(None) };
    let who = caller.who;
    let found = app.store.read(move |tx| {
        let visit = visits::going_on(tx, person)?;
        let client =
            visit.and_then(|visit| visit.client).map(|client| clients::one(tx, client)).transpose()?;
        Ok::<_, Refusal>(client.filter(|client| who.may_to(Deed::ReadClients, client.owner()).is_ok()))
    });
    found.await
}

/// Writes the call, its consent and the entry in the log, then lets it begin.
async fn begin(
    app: &App,
    caller: &Caller,
    doing: Doing,
    id: CallId,
    (how, text): (HowView, Option<i64>),
) -> Result<Value, Refusal> {
    let (facts, consent) =
        app.live.with(id, |call| (call.facts.clone(), call.consent)).ok_or(Refusal::NoSuchCall)?;
    let shown = app.live.with(id, |call| (render::call(call), call.coaching.agenda().to_vec()));
    let (view, agenda) = shown.ok_or(Refusal::NoSuchCall)?;
    let (who, now_ms) = (caller.who, doing.now_ms);
    let begun = app.once(doing, StatusCode::CREATED, move |tx| {
        if let Some(client) = facts.client {
            let client = clients::one(tx, client)?;
            who.may_to(Deed::ReadClients, client.owner())?;
            if !client.card.analyse {
                return Err(Refusal::DoNotAnalyse(client.card.name));
            }
        }
        if let Some(person) = facts.owner {
            let own = store::calls::going_on_of(tx, person)?;
            if own >= live::OF_ONE_MAX {
                return Err(live::OpenError::TooManyOfOne(own).into());
            }
        }
        let told = told(tx, consent, (how, text), facts.owner, now_ms)?;
        let call = StoredCall {
            id,
            owner: Owner { person: facts.owner, team: None },
            client: facts.client,
            client_name: None,
            layout: facts.layout,
            source: facts.source,
            consent,
            created_ms: facts.created_ms.cast_signed(),
            ended_ms: None,
            elapsed_ms: 0,
            outcome: None,
            summary: None,
            receipt: None,
            agenda,
            review: None,
        };
        store::calls::begin(tx, &call, &told)?;
        effects::add(tx, Effect::CallBegun(id))?;
        if let Some((study, arm)) = facts.assigned {
            studies::assign(tx, id, study, arm)?;
            // Under the appliance's name: the own log does not tell a rep.
            let change =
                Change::of("call.assign", "call", id).to(json!({ "study": study, "arm": arm.name() }));
            audit::append(tx, APPLIANCE, now_ms, change)?;
        }
        let change = Change::of("call.start", "call", id).to(json!({
            "consent": consent.name(), "how": told.how.name(), "text": told.text,
            "client": call.client.map(|client| client.0), "source": view.source,
        }));
        Ok(Done { view, change, version: None })
    });
    let view: Value = serde_json::from_str(&begun.await?.body_json)
        .map_err(|error| Refusal::Broken(format!("a kept answer cannot be read: {error}")))?;
    let over = app.live.with(id, |call| call.state.is_over()) == Some(true);
    if over && view["id"] == json!(id) {
        return Err(live::EarDown.into());
    }
    Ok(view)
}

/// What is kept of the client adds to what was given with the call.
pub(in crate::api) async fn know(app: &App, id: CallId) -> Result<(), crate::store::Error> {
    let Some(client) = app.live.with(id, |call| call.facts.client).flatten() else { return Ok(()) };
    let since_ms = app.now_ms() - EARLIER_MS;
    let known = app.store.read(move |db| {
        let card = clients::one(db, client)?.card;
        let earlier = traces::of_client(db, client, since_ms)?;
        let open_items = Some(actions::open_with(db, client)?);
        Ok::<_, crate::store::Error>(Context {
            industry: card.industry,
            stage: card.stage,
            open_items,
            ..earlier
        })
    });
    let known = known.await?;
    app.live.with(id, |call| call.coaching.know(known));
    Ok(())
}

/// What was told, with which text: the newest when none is named.
fn told(
    tx: &Tx,
    consent: Consent,
    (how, text): (HowView, Option<i64>),
    person: Option<crate::units::PersonId>,
    now_ms: i64,
) -> Result<Told, Refusal> {
    let text = match text {
        Some(version) => notices::one(tx, version)?.version,
        None => notices::newest(tx)?,
    };
    Ok(Told { at_ms: now_ms, consent, how: how.into(), text, person })
}

/// The ear is reached by the name under which the desk was.
fn sealed(app: &App, id: CallId, headers: &HeaderMap) -> Result<TicketView, Refusal> {
    let (ticket, expires_ms) = app.live.ticket(id).ok_or(Refusal::NoSuchCall)??;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let (name, port) = (name_of(host), app.ear.port());
    // A page that came by https may not open a plain stream.
    let scheme = if app.secure { "wss" } else { "ws" };
    Ok(TicketView { url: format!("{scheme}://{name}:{port}/v1/audio?ticket={ticket}"), expires_ms })
}

/// A new ticket, to come back after the connection or the ear was lost.
#[utoipa::path(post, path = "/api/v1/calls/{id}/ticket", tag = "calls", params(("id" = String, Path)), responses(
    (status = 200, body = TicketView),
    (status = 403, body = Problem, description = "consent_required or not_allowed"),
    (status = 404, body = Problem, description = "no_such_call"),
    (status = 409, body = Problem, description = "call_is_over or no_ticket_needed"),
    (status = 503, body = Problem, description = "ear_down")))]
pub async fn ticket(
    State(app): State<App>,
    headers: HeaderMap,
    id: Id,
    request: WriteRequest<IgnoredAny>,
) -> Result<Json<TicketView>, Refusal> {
    let id = app.call_access(&request.caller, call_id(id)?, Deed::HoldCalls).await?.id;
    if app.live.with(id, |_| ()).is_none() {
        return Err(live::OpenError::Over.into());
    }
    app.live.ticket(id).ok_or(Refusal::NoSuchCall)??;
    app.note(request.doing, move |_| Ok(((), Some(Change::of("call.ticket", "call", id))))).await?;
    sealed(&app, id, &headers).map(Json)
}

/// Ends the call. What has arrived is measured to the end; the answer is final. Stopping twice is fine.
#[utoipa::path(post, path = "/api/v1/calls/{id}/stop", tag = "calls", params(("id" = String, Path)), responses(
    (status = 200, body = SummaryView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn stop(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<IgnoredAny>,
) -> Result<Response, Refusal> {
    let id = app.call_access(&request.caller, call_id(id)?, Deed::HoldCalls).await?.id;
    let now_ms = request.doing.now_ms;
    let live_on = app.live.with(id, |call| !call.state.is_over());
    app.note(request.doing, move |tx| {
        let first = store::calls::stop(tx, id, now_ms)?.or(live_on).unwrap_or(false);
        effects::add(tx, Effect::CallStopped(id))?;
        Ok(((), first.then(|| Change::of("call.stop", "call", id))))
    })
    .await?;
    read::summary_of(&app, id).await
}

/// The other side no longer agrees: hearing stops within a second and everything measured is deleted.
#[utoipa::path(post, path = "/api/v1/calls/{id}/withdraw", tag = "calls", params(("id" = String, Path)), responses(
    (status = 202, description = "nothing is heard any more; the disk is full, what was measured goes as soon as it can"),
    (status = 204, description = "deleted"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn withdraw(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<IgnoredAny>,
) -> Result<StatusCode, Refusal> {
    let id = app.call_access(&request.caller, call_id(id)?, Deed::WithdrawCalls).await?.id;
    let done = refuse(&app, request.doing, id, Consent::Withdrawn).await?;
    Ok(if done { StatusCode::NO_CONTENT } else { StatusCode::ACCEPTED })
}

/// What is heard counts no more at once, whatever comes of the rest; then what is kept goes, and the stream is closed.
/// Should the disk have no room even for that, it is noted beside the database and done as soon as there is. Answers
/// whether it is done.
async fn refuse(app: &App, doing: Doing, id: CallId, consent: Consent) -> Result<bool, Refusal> {
    let before = app.live.with(id, |call| call.state != CallState::Withdrawn);
    app.live.refuse(id, consent);
    let now_ms = doing.now_ms;
    let noted = Withdrawal { call: id, consent, at_ms: now_ms, actor: doing.actor.clone() };
    let noted = app.store.note_withdrawal(noted).await;
    let done = app.note(doing, move |tx| {
        let gone = store::calls::delete(tx, id, now_ms)?;
        let change = Change::of("call.withdraw", "call", id).to(json!({ "consent": consent.name() }));
        let aside = Effect::Aside(Forgotten::Call(id));
        let effects = [Effect::CallWithdrawn(id), aside, Effect::Scrub];
        effects.into_iter().try_for_each(|effect| effects::add(tx, effect))?;
        Ok(((), (gone.is_some() || before == Some(true)).then_some(change)))
    });
    match done.await {
        Ok(()) => {
            app.store.withdrawal_is_done(id);
            Ok(true)
        }
        Err(Refusal::Store(store::Error::Full | store::Error::Overloaded)) if noted.is_ok() => {
            app.live.withdraw(id).await;
            app.recent.forget().await;
            Ok(false)
        }
        Err(refusal) => Err(refusal),
    }
}

/// The other side has said more: it agreed, it said no, or it no longer agrees. The last two end the call and delete
/// what was measured.
#[utoipa::path(post, path = "/api/v1/calls/{id}/consent", tag = "consent", operation_id = "say_consent",
    params(("id" = String, Path)), request_body = ConsentChange, responses(
    (status = 200, body = CallView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call, or missing: no such consent text"),
    (status = 409, body = Problem, description = "consent_is_final or call_is_over"),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn consent(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<ConsentChange>,
) -> Result<Json<CallView>, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let id = app.call_access(&caller, call_id(id)?, Deed::HoldCalls).await?.id;
    let before = view(&app, id).await?;
    let (was, said): (Consent, Consent) = (before.consent.into(), body.consent.into());
    let next = was.after(said)?;
    if next.is_refusal() {
        refuse(&app, doing, id, next).await?;
        return Ok(Json(CallView {
            consent: next.into(),
            state: crate::api::calls::views::CallState::Withdrawn,
            summary: None,
            ..before
        }));
    }
    if matches!(before.state, crate::api::calls::views::CallState::Ended) {
        return Err(live::OpenError::Over.into());
    }
    let (person, now_ms) = (caller.who.person, doing.now_ms);
    app.note(doing, move |tx| {
        let told = told(tx, next, (body.how, body.text), person, now_ms)?;
        store::calls::told(tx, id, &told)?;
        effects::add(tx, Effect::Consent(id))?;
        let after = json!({ "consent": next.name(), "how": told.how.name(), "text": told.text });
        let change = Change::of("call.consent", "call", id).from(json!({ "consent": was.name() })).to(after);
        Ok(((), (next != was).then_some(change)))
    })
    .await?;
    view(&app, id).await.map(Json)
}
