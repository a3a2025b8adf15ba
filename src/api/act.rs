//! How a handler asks and changes: in turn, once, in one transaction, with its one entry in the audit log.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::App;
use super::caller::Caller;
use super::refusal::Refusal;
use super::turns::Turn;
use super::write_request::{Doing, Done, Recorded, etag};
use crate::audit::Change;
use crate::store::{self, Tx, audit, effects, idempotency};

impl App {
    /// Waits for the caller's turn to ask something that may take long.
    pub(super) async fn turn(&self, caller: &Caller) -> Turn {
        self.turns.of(caller.known()).await
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
