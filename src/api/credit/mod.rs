//! How a client stands before more goods leave, the advice on a shipment, and the policy behind it.

pub mod advice;
mod policy;
pub mod refused;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::refusal::{Problem, Refusal};
use super::tables::Desk;
use super::tables::definitions::Definitions;
use crate::audit::Change;
use crate::orders::Credit;
use crate::people::{Reach, Role, Who};
use crate::records::definition::Set;
use crate::store::{Error, Tx, records};
use crate::units::ClientId;
pub use policy::CREDIT_POLICY;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(credit))
}

/// How a client stands today, in fen.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreditView {
    /// Null where none are agreed: an invoice is due on its day then.
    pub terms: Option<TermsView>,
    /// Invoiced and not paid.
    pub receivable: i64,
    /// What of it should have been paid before today.
    pub overdue: i64,
    pub buckets: BucketsView,
    pub limit: Option<i64>,
    /// Of the limit; below zero where more is owed.
    pub left: Option<i64>,
    /// The last three, newest first.
    pub payments: Vec<PaidView>,
}

/// When invoices are due.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermsView {
    /// `net`, `month_end` or `fixed_day`.
    pub kind: &'static str,
    /// Days after the invoice or the end of its month; the day of the month for `fixed_day`.
    pub days: i64,
}

/// What is overdue, by the days that it has been.
#[derive(Debug, Serialize, ToSchema)]
pub struct BucketsView {
    #[serde(rename = "1-30")]
    pub days_1_30: i64,
    #[serde(rename = "31-60")]
    pub days_31_60: i64,
    #[serde(rename = "61-90")]
    pub days_61_90: i64,
    #[serde(rename = "90+")]
    pub days_over_90: i64,
}

/// A payment as it came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaidView {
    /// The first day on which something was due that it pays for; null before it is allocated.
    pub due: Option<String>,
    pub paid: String,
    /// Below zero where it came early.
    pub days_late: Option<i64>,
    pub amount: i64,
}

impl CreditView {
    /// Without what the role does not see of a client.
    fn of(credit: &Credit, seen: &Set, role: Role) -> Self {
        let clients = seen.tables.get(records::CLIENTS);
        let sees = |field: &str| {
            clients.is_some_and(|clients| clients.own(field).is_some() && !clients.access(role).hides(field))
        };
        let terms = credit.terms.filter(|_| sees("term_kind") && sees("term_days"));
        let limit_fen = credit.limit_fen.filter(|_| sees("credit_limit"));
        let [days_1_30, days_31_60, days_61_90, days_over_90] = credit.ages_fen;
        let paid = credit.payments.iter().map(|paid| PaidView {
            due: paid.due.map(|due| due.to_string()),
            paid: paid.paid.to_string(),
            days_late: paid.days_late(),
            amount: paid.amount_fen,
        });
        Self {
            terms: terms.map(|terms| TermsView { kind: terms.kind(), days: terms.days() }),
            receivable: credit.receivable_fen,
            overdue: credit.overdue_fen,
            buckets: BucketsView { days_1_30, days_31_60, days_61_90, days_over_90 },
            limit: limit_fen,
            left: limit_fen.and(credit.left_fen()),
            payments: paid.collect(),
        }
    }
}

/// How a client stands: terms, what it owes, what of that is overdue and for how long, what is left of its limit, and how
/// it paid last.
#[utoipa::path(get, path = "/api/v1/credit/{client}", tag = "orders", operation_id = "credit",
    params(("client" = i64, Path)), responses(
    (status = 200, body = CreditView),
    (status = 404, body = Problem,
        description = "missing: no such client in reach, no orders are kept here, or the role does not see what clients owe")))]
pub async fn credit(
    State(app): State<App>,
    caller: Caller,
    client: Result<Path<i64>, PathRejection>,
) -> Result<Json<CreditView>, Refusal> {
    let Path(client) = client?;
    let (definitions, who, now_ms) = (app.definitions.clone(), caller.who, app.now_ms());
    let read = app.store.read(move |db| {
        let desk = desk(&definitions, db, &who, now_ms)?.ok_or(Error::Missing("credit sheet"))?;
        let record = records::one(db, desk.tables(), &who, records::CLIENTS, client, desk.now);
        let record = record.map_err(|error| desk.refusal(error))?;
        let credit = records::orders::credit_of(db, desk.tables(), ClientId(client), desk.now);
        let credit = credit.map_err(|error| desk.refusal(error))?;
        let credit = credit.ok_or(Error::Missing("credit sheet"))?;
        Ok::<_, Refusal>((CreditView::of(&credit, desk.seen(), who.role), desk.is_look(&record)))
    });
    let (view, is_look) = read.await?;
    if is_look {
        app.saw(&caller, Change::of("record.read", "record", format!("clients/{client}"))).await?;
    }
    Ok(Json(view))
}

/// What of a client is overdue; `None` where nothing is, or for who does not see what clients owe.
///
/// # Errors
/// The database cannot be read.
pub fn overdue_fen(
    definitions: &Definitions,
    db: &Tx,
    who: &Who,
    client: ClientId,
    now_ms: i64,
) -> Result<Option<i64>, Refusal> {
    let Some(desk) = desk(definitions, db, who, now_ms)? else { return Ok(None) };
    let credit = records::orders::credit_of(db, desk.tables(), client, desk.now);
    let credit = credit.map_err(|error| desk.refusal(error))?;
    Ok(credit.map(|credit| credit.overdue_fen).filter(|fen| *fen > 0))
}

/// At the table of clients; `None` for who does not see what they owe. That is their invoices and payments: who reads
/// neither does not read the sum.
fn desk(definitions: &Definitions, db: &Tx, who: &Who, now_ms: i64) -> Result<Option<Desk>, Refusal> {
    let desk = match Desk::reading(definitions, db, *who, records::CLIENTS, now_ms) {
        Err(Refusal::NotAllowed(_) | Refusal::NoSuchTable(_)) => return Ok(None),
        desk => desk?,
    };
    let reads = |key: &str| {
        let table = desk.seen().tables.get(key);
        table.is_none_or(|table| table.access(who.role).read != Reach::Nothing)
    };
    let sees = reads("invoices") && reads("payments");
    Ok(sees.then_some(desk))
}
