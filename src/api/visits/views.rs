//! Visits as pages see them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::refusal::Refusal;
use crate::people::{Deed, Owner, Who};
use crate::sites::SiteId;
use crate::store::visits::StoredVisit;
use crate::store::{self, clients, sites};
use crate::units::SiteNumber;
use crate::visits::Evidence;

/// A site that a visit may be at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BestView {
    pub site: i64,
    pub site_name: String,
    pub client: i64,
    pub client_name: String,
    pub floor: Option<String>,
    pub suite: Option<String>,
    /// The probability that it is this one.
    pub share: f64,
}

/// What speaks against a flagged visit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceView {
    /// Positions that the device itself calls simulated.
    pub simulated: u32,
    /// Positions in a row without a metre of wander, with one accuracy.
    pub repeated: u32,
    /// The speed that the way there, and the way back, would have needed.
    pub came_mps: Option<f64>,
    pub left_mps: Option<f64>,
    /// How far from the site somebody checked in by hand.
    pub distance_m: Option<f64>,
}

/// A visit, or a stay at no known client.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VisitView {
    pub id: i64,
    pub person: i64,
    pub person_name: String,
    /// `provisional`, `asked`, `confirmed`, `left` or `rejected`.
    pub state: &'static str,
    pub going_on: bool,
    /// `automatic` or `manual`.
    pub origin: &'static str,
    pub client: Option<i64>,
    pub client_name: Option<String>,
    pub site: Option<i64>,
    pub site_name: Option<String>,
    pub floor: Option<String>,
    pub suite: Option<String>,
    pub arrive_ms: i64,
    /// While it goes on: until when it is known to have lasted.
    pub leave_ms: i64,
    /// The probability that the client is right.
    pub confidence: f64,
    /// What a question offers, likeliest first.
    pub best: Vec<BestView>,
    /// A person said where it was.
    pub answered: bool,
    /// `spoof`: the device says that its positions are simulated; `suspect`: they are as real ones are not.
    pub flag: Option<&'static str>,
    pub evidence: Option<EvidenceView>,
    pub provisional_ms: i64,
    pub confirmed_ms: Option<i64>,
    pub asked_ms: Option<i64>,
    /// WGS-84.
    pub lat: f64,
    pub lon: f64,
    pub photo: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct VisitsView {
    pub items: Vec<VisitView>,
}

/// Sites by number, each looked up once, as far as somebody reaches their clients: where one was says nobody else's name.
pub struct Names {
    who: Who,
    sites: HashMap<SiteNumber, Option<sites::StoredSite>>,
}

impl Names {
    pub fn of(who: &Who) -> Self {
        Self { who: *who, sites: HashMap::new() }
    }

    fn within_reach(&self, owner: Owner) -> bool {
        self.who.may_to(Deed::ReadClients, owner).is_ok()
    }

    fn site(&mut self, tx: &store::Tx, site: &SiteId) -> Result<Option<&sites::StoredSite>, Refusal> {
        let Ok(number) = site.parse::<SiteNumber>() else { return Ok(None) };
        if let std::collections::hash_map::Entry::Vacant(place) = self.sites.entry(number) {
            let found = match sites::one(tx, number) {
                Ok(found) => {
                    Some(found).filter(|site| self.who.may_to(Deed::ReadClients, site.owner).is_ok())
                }
                Err(store::Error::Missing(_)) => None,
                Err(error) => return Err(error.into()),
            };
            place.insert(found);
        }
        Ok(self.sites.get(&number).and_then(Option::as_ref))
    }

    pub fn best(&mut self, tx: &store::Tx, best: &[(SiteId, f64)]) -> Result<Vec<BestView>, Refusal> {
        let mut views = Vec::new();
        for (site, share) in best {
            views.extend(self.site(tx, site)?.map(|site| BestView {
                site: site.id.0,
                site_name: site.entered.name.clone(),
                client: site.client.0,
                client_name: site.client_name.clone(),
                floor: site.entered.floor.clone(),
                suite: site.entered.suite.clone(),
                share: *share,
            }));
        }
        Ok(views)
    }

    pub fn visit(&mut self, tx: &store::Tx, kept: &StoredVisit) -> Result<VisitView, Refusal> {
        let site = match &kept.visit.site {
            Some(site) => self.site(tx, site)?.cloned(),
            None => None,
        };
        let of_site = |part: fn(&sites::StoredSite) -> Option<String>| site.as_ref().and_then(part);
        let client = match kept.client {
            Some(client) => Some(clients::one(tx, client)?).filter(|known| self.within_reach(known.owner())),
            None => None,
        };
        let visit = &kept.visit;
        Ok(VisitView {
            id: kept.id.0,
            person: kept.owner.person.map_or(0, |person| person.0),
            person_name: kept.person_name.clone(),
            state: kept.state(),
            going_on: visit.stage != crate::visits::Stage::Left && !kept.rejected,
            origin: if kept.checked_in_ms.is_some() { "manual" } else { "automatic" },
            client: client.as_ref().map(|client| client.id.0),
            client_name: client.map(|client| client.card.name),
            site: site.as_ref().map(|site| site.id.0),
            site_name: of_site(|site| Some(site.entered.name.clone())),
            floor: of_site(|site| site.entered.floor.clone()),
            suite: of_site(|site| site.entered.suite.clone()),
            arrive_ms: visit.arrive_ms,
            leave_ms: visit.leave_ms,
            confidence: visit.confidence,
            best: self.best(tx, &visit.best)?,
            answered: visit.answered,
            flag: visit.flag.map(|flag| flag.name()),
            evidence: visit.evidence.map(EvidenceView::from),
            provisional_ms: visit.provisional_ms,
            confirmed_ms: visit.confirmed_ms,
            asked_ms: visit.asked_ms,
            lat: visit.centre.lat,
            lon: visit.centre.lon,
            photo: kept.photo,
        })
    }
}

impl From<Evidence> for EvidenceView {
    fn from(evidence: Evidence) -> Self {
        let Evidence { simulated, repeated, came_mps, left_mps, distance_m } = evidence;
        Self { simulated, repeated, came_mps, left_mps, distance_m }
    }
}

/// `POST /api/v1/visits/{id}/answer`: one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// It was at this site.
    pub site: Option<i64>,
    /// It was at this client, at the nearest of its sites; one that has none gets one there.
    pub client: Option<i64>,
    /// It was at no client.
    #[serde(default)]
    pub nowhere: bool,
}

/// Where somebody is now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HereBody {
    pub lat: f64,
    pub lon: f64,
    pub accuracy_m: f64,
    /// When it was measured, Unix time in milliseconds.
    pub tst_ms: i64,
    /// `wgs84` when left out.
    pub datum: Option<String>,
}

/// `POST /api/v1/visits`: a site, or a client.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInBody {
    pub position: HereBody,
    /// When the person said so, on the phone's clock, for a check-in that the phone kept until it could be sent: up to
    /// 72 hours ago. The header `x-phone-ms` says what that clock shows when it is sent.
    pub made_ms: Option<i64>,
    pub site: Option<i64>,
    /// At the nearest of its sites; one that has none gets one there.
    pub client: Option<i64>,
}

/// `POST /api/v1/visits/{id}/undo`
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenBackView {
    /// As it was before the check-in; null when that made it.
    pub visit: Option<VisitView>,
}

/// `GET /api/v1/visits/near`
#[derive(Debug, Serialize, ToSchema)]
pub struct NearView {
    /// Likeliest first, three at most.
    pub items: Vec<BestView>,
    /// The first is so much likelier than the others that it need not be asked for.
    pub sure: bool,
}
