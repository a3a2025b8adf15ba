//! What tests of positions and visits share: a house with a rep who agreed to be located, a client with a site, and made
//! days.

use serde_json::{Value, json};

use crate::accounts::{Signed, settled, settled_with};
use crate::appliance::Appliance;
use crate::clients::colleague;

pub const LAT: f64 = 31.2304;
pub const LON: f64 = 121.4737;
const METRE: f64 = 1.0 / 111_320.0;
const MINUTE_MS: i64 = 60_000;

/// A rep `li` and her manager `ma` in one team, a rep `xu` of another, and stock `ku`.
pub struct House {
    pub appliance: Appliance,
    pub li: Signed,
    pub ma: Signed,
    pub xu: Signed,
    pub ku: Signed,
    pub person: i64,
    pub client: i64,
    pub site: i64,
}

impl House {
    pub fn new() -> Self {
        let (appliance, admin) = settled();
        Self::in_it(appliance, admin)
    }

    pub fn with(change: impl FnOnce(&mut std::process::Command)) -> Self {
        let (appliance, admin) = settled_with(change);
        Self::in_it(appliance, admin)
    }

    fn in_it(appliance: Appliance, admin: Signed) -> Self {
        let team = |name: &str| {
            admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": name }))).1["id"]
                .as_i64()
                .unwrap()
        };
        let (north, south) = (team("North"), team("South"));
        let li = colleague(&appliance, &admin, "li", "rep", Some(north));
        let ma = colleague(&appliance, &admin, "ma", "manager", Some(north));
        let xu = colleague(&appliance, &admin, "xu", "rep", Some(south));
        let ku = colleague(&appliance, &admin, "ku", "stock", None);
        let person = li.person(&appliance);
        let card = json!({ "values": { "name": "滨江汽配", "industry": "汽车" } });
        let (_, client) = li.ask(&appliance, "POST", "/api/v1/tables/clients/records", Some(&card));
        let client = client["id"].as_i64().unwrap();
        let site = json!({ "client": client, "name": "总部", "lat": LAT, "lon": LON, "datum": "wgs84", "radius_m": 60 });
        let (status, site) = li.ask(&appliance, "POST", "/api/v1/sites", Some(&site));
        assert_eq!(status, 201, "{site}");
        let site = site["id"].as_i64().unwrap();
        Self { appliance, li, ma, xu, ku, person, client, site }
    }

    /// The rep agrees to be located at any time of the week, and has done so for ever.
    pub fn agree(&self) {
        self.allow(
            &json!({ "consent": true, "days": [1, 2, 3, 4, 5, 6, 7], "from_min": 0, "until_min": 1440 }),
        );
        self.sql("UPDATE location SET consent_ms = 0");
    }

    /// Sets what the rep allows.
    #[track_caller]
    pub fn allow(&self, body: &Value) -> Value {
        let path = format!("/api/v1/people/{}/location", self.person);
        let version = self.get(&self.li, &path)["version"].clone();
        let seen = format!("\"v{version}\"");
        let (status, set) =
            self.li.ask_with(&self.appliance, "PUT", &path, &[("if-match", &seen)], Some(body));
        assert_eq!(status, 200, "{set}");
        set
    }

    /// Changes the database behind the appliance's back: a test has no days to wait.
    pub fn sql(&self, sql: &str) {
        let file = self.appliance.folder.path().join("data/undertone.db");
        rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
    }

    pub fn count(&self, sql: &str) -> i64 {
        let file = self.appliance.folder.path().join("data/undertone.db");
        rusqlite::Connection::open(file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[track_caller]
    pub fn get(&self, who: &Signed, path: &str) -> Value {
        let (status, body) = who.ask(&self.appliance, "GET", path, None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Enrols a device of the rep: its id and secret.
    #[track_caller]
    pub fn enrol(&self, app: &str) -> (i64, String) {
        let path = format!("/api/v1/people/{}/enrolments", self.person);
        let body = json!({ "app": app, "name": "phone" });
        let (status, made) = self.li.ask(&self.appliance, "POST", &path, Some(&body));
        assert_eq!(status, 201, "{made}");
        let secret = made["secret"].as_str().unwrap_or_default().to_owned();
        (made["enrolment"]["id"].as_i64().unwrap(), secret)
    }

    /// The rep's own visits of the last two days.
    pub fn visits(&self) -> Vec<Value> {
        let path = format!("/api/v1/people/{}/visits?from_ms=0", self.person);
        self.get(&self.li, &path)["items"].as_array().unwrap().clone()
    }

    /// Those at a client.
    pub fn at_clients(&self) -> Vec<Value> {
        self.visits().into_iter().filter(|visit| !visit["client"].is_null()).collect()
    }

    /// Sends positions with the page's session.
    pub fn report(&self, fixes: &[Value]) -> (u16, Value) {
        let body = json!({ "fixes": fixes });
        self.li.ask(&self.appliance, "POST", "/api/v1/positions", Some(&body))
    }
}

pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

/// A drive to the site, a stay and a drive on, a position each half minute, ending `ago_min` minutes ago.
pub fn day(stay_min: i64, ago_min: i64) -> Vec<Value> {
    let (drive_min, end_ms) = (6, now_ms() - ago_min * MINUTE_MS);
    let start_ms = end_ms - (stay_min + 2 * drive_min) * MINUTE_MS;
    let steps = 2 * (stay_min + 2 * drive_min);
    let fix = |step: i64| {
        let (from, to) = (2 * drive_min, 2 * (drive_min + stay_min));
        let away = if step < from { from - step } else { (step - to).max(0) };
        let wander = |n: i64| ((step * n) % 17 - 8) as f64;
        let north_m = 300.0 * away as f64 + wander(7);
        json!({
            "tst_ms": start_ms + step * MINUTE_MS / 2, "lat": LAT + north_m * METRE, "lon": LON + wander(11) * METRE,
            "accuracy_m": 12 + (step * 5) % 9, "speed_mps": if away > 0 { json!(10.0) } else { Value::Null },
        })
    };
    (0..steps).map(fix).collect()
}
