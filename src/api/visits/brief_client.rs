//! A client as a brief shows it: as much of it as the table of clients shows the role.

use serde::Serialize;
use utoipa::ToSchema;

use crate::customers::{Anchor, Client, Contact};
use crate::people::Who;
use crate::store::{Error, Tx, records};

/// Somebody at the client's.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    pub name: String,
    pub title: Option<String>,
    pub phone: Option<String>,
}

/// Where the client is, as it was entered.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnchorView {
    pub lat: f64,
    pub lon: f64,
    /// `wgs84`, `gcj02` or `bd09`.
    pub datum: String,
}

/// A client.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientView {
    pub id: i64,
    pub name: String,
    /// Other names under which it is looked for.
    pub aliases: Vec<String>,
    pub industry: Option<String>,
    pub stage: Option<String>,
    pub grade: Option<String>,
    /// Who looks after it.
    pub owner: i64,
    /// The owner's team.
    pub team: Option<i64>,
    pub contacts: Vec<ContactView>,
    /// False: the client does not want its conversations to be measured, and none is.
    pub analyse: bool,
    /// Where it is said to be besides its sites; from before there were sites.
    pub anchor: Option<AnchorView>,
    pub version: i64,
}

impl ClientView {
    /// A client as a role sees it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn of(db: &Tx, who: &Who, client: Client) -> Result<Self, Error> {
        let access = records::access_to(db, records::CLIENTS, who.role)?;
        let seen = |key: &str| access.as_ref().is_none_or(|access| !access.hides(key));
        let card = client.card;
        let contact = |Contact { name, title, phone }| ContactView { name, title, phone };
        let anchor = |Anchor { lat, lon, datum }| AnchorView { lat, lon, datum: datum.name().into() };
        Ok(Self {
            id: client.id.0,
            name: card.name,
            aliases: if seen("aliases") { card.aliases } else { Vec::new() },
            industry: card.industry.filter(|_| seen("industry")),
            stage: card.stage.filter(|_| seen("stage")),
            grade: card.grade.filter(|_| seen("grade")),
            owner: client.owner.0,
            team: client.team.map(|team| team.0),
            contacts: card.contacts.into_iter().map(contact).collect(),
            analyse: card.analyse,
            anchor: card.anchor.map(anchor),
            version: client.version,
        })
    }
}
