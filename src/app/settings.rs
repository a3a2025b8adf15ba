//! Machine settings: `undertone.toml`, then `UNDERTONE_*`, then flags; later wins, unknown names are refused.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::Stop;
use super::tls::given::Files;
use crate::api::Range;
use crate::calls::Policy;
use crate::observations::AudioHost;
use crate::store::sweep::Retention;
use crate::units::Zone;

/// Everything that can be set for a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `listen`: where the page and the API are.
    pub listen: SocketAddr,
    /// `ear_listen`: where sound comes in.
    pub ear_listen: SocketAddr,
    /// `public_url`: where others reach the page, when that is a name: `https://hints.example` behind a proxy.
    pub public_url: Option<String>,
    /// `trusted_proxies`: whose word counts on where a request comes from.
    pub trusted_proxies: Vec<Range>,
    /// `tls.on`: both ports speak TLS.
    pub tls: bool,
    /// `tls.certificate`: the operator's certificate, a file of PEM with its chain; without it the appliance makes its own.
    pub tls_certificate: Option<PathBuf>,
    /// `tls.key`: the key of it.
    pub tls_key: Option<PathBuf>,
    /// `data`: the folder for everything that is kept.
    pub data: PathBuf,
    /// `calls_max`: calls going on at a time.
    pub calls_max: usize,
    /// `privacy.require_sandbox`: rather hear nothing than hear without walls.
    pub require_sandbox: bool,
    /// `privacy.consent`: what must have happened before anything is heard.
    pub consent: Policy,
    /// `time_zone`: the organisation's: when its days and weeks begin, and whose clock working hours are by.
    pub time_zone: Zone,
    /// `retention.*`: how long records are kept.
    pub retention: Retention,
    /// `audio.host`: whose microphones and line inputs are used.
    pub audio_host: AudioHost,
    /// `gpsd`: where the appliance's own receiver is asked, if there is one.
    pub gpsd: Option<String>,
    /// `webhooks.allow_private`: webhooks may reach this machine and its network.
    pub webhooks_allow_private: bool,
    /// `map.tiles`: a PMTiles file with streets, on which the map is drawn.
    pub map_tiles: Option<PathBuf>,
    /// `log.json`: one JSON object a line, for a log collector.
    pub log_json: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 7070).into(),
            ear_listen: ([127, 0, 0, 1], 7071).into(),
            public_url: None,
            trusted_proxies: Vec::new(),
            tls: false,
            tls_certificate: None,
            tls_key: None,
            data: "data".into(),
            calls_max: 250,
            require_sandbox: false,
            consent: Policy::Notice,
            time_zone: Zone::default(),
            retention: Retention::default(),
            audio_host: AudioHost::Alsa,
            gpsd: None,
            webhooks_allow_private: false,
            map_tiles: None,
            log_json: false,
        }
    }
}

/// One setting: its name and how its text is taken.
type Setting = (&'static str, fn(&mut Settings, &str) -> Option<()>, &'static str);

const SETTINGS: &[Setting] = &[
    ("listen", |s, text| put(&mut s.listen, text), "an address and a port, such as 127.0.0.1:7070"),
    ("ear_listen", |s, text| put(&mut s.ear_listen, text), "an address and a port, such as 127.0.0.1:7071"),
    (
        "public_url",
        |s, text| is_url(text).then(|| s.public_url = Some(text.into())),
        "http:// or https:// and a host, such as https://hints.example",
    ),
    (
        "trusted_proxies",
        |s, text| ranges(text).map(|ranges| s.trusted_proxies = ranges),
        "addresses or ranges of them with commas between, such as 127.0.0.1, 10.1.0.0/16",
    ),
    ("tls.on", |s, text| put(&mut s.tls, text), "true or false"),
    ("tls.certificate", |s, text| file(&mut s.tls_certificate, text), "a file of PEM, the chain included"),
    (
        "tls.key",
        |s, text| file(&mut s.tls_key, text),
        "a file of PEM with the private key of tls.certificate",
    ),
    ("data", |s, text| (!text.is_empty()).then(|| s.data = text.into()), "a folder"),
    (
        "calls_max",
        |s, text| put(&mut s.calls_max, text).filter(|()| (1..=1000).contains(&s.calls_max)),
        "a whole number from 1 to 1000",
    ),
    ("privacy.require_sandbox", |s, text| put(&mut s.require_sandbox, text), "true or false"),
    ("privacy.consent", |s, text| put(&mut s.consent, text), "notice, all_party or separate_consent"),
    (
        "time_zone",
        |s, text| put(&mut s.time_zone, text),
        "a name of the IANA database, such as Asia/Shanghai or Europe/Berlin",
    ),
    ("retention.calls_days", |s, text| days(&mut s.retention.calls_days, text), DAYS),
    ("retention.traces_days", |s, text| days(&mut s.retention.traces_days, text), DAYS),
    ("retention.rows_days", |s, text| days(&mut s.retention.rows_days, text), DAYS),
    ("retention.audit_days", |s, text| days(&mut s.retention.audit_days, text), DAYS),
    ("retention.events_days", |s, text| days(&mut s.retention.events_days, text), DAYS),
    (
        "retention.answers_hours",
        |s, text| put(&mut s.retention.answers_hours, text).filter(|()| s.retention.answers_hours >= 24),
        "a whole number of hours, 24 at least: phones send again after a day",
    ),
    ("retention.positions_days", |s, text| days(&mut s.retention.positions_days, text), DAYS),
    ("retention.before_restore_days", |s, text| days(&mut s.retention.aside_days, text), DAYS),
    ("audio.host", |s, text| put(&mut s.audio_host, text), "alsa or pulseaudio"),
    (
        "gpsd",
        |s, text| is_address(text).then(|| s.gpsd = Some(text.into())),
        "a host and a port, such as 127.0.0.1:2947",
    ),
    ("webhooks.allow_private", |s, text| put(&mut s.webhooks_allow_private, text), "true or false"),
    (
        "map.tiles",
        |s, text| is_tiles(text).then(|| s.map_tiles = Some(text.into())),
        "a PMTiles file that is there, such as /srv/undertone/streets.pmtiles",
    ),
    ("log.json", |s, text| put(&mut s.log_json, text), "true or false"),
];

fn file(to: &mut Option<PathBuf>, text: &str) -> Option<()> {
    *to = Some(text.into());
    (!text.is_empty()).then_some(())
}

const DAYS: &str = "a whole number of days from 1 to 36500";

fn days(to: &mut u32, text: &str) -> Option<()> {
    put(to, text).filter(|()| (1..=36_500).contains(to))
}

fn put<T: std::str::FromStr>(to: &mut T, text: &str) -> Option<()> {
    *to = text.parse().ok()?;
    Some(())
}

/// A list, as `a, b` or as TOML writes it.
fn ranges(text: &str) -> Option<Vec<Range>> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let parts = text.split(',').map(|part| part.trim().trim_matches('"')).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().ok()).collect()
}

fn is_address(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

/// The first bytes of a PMTiles file.
const TILES: &[u8] = b"PMTiles\x03";

fn is_tiles(path: &str) -> bool {
    use std::io::Read;
    let mut first = [0; TILES.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == TILES
}

fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("https://").or(text.strip_prefix("http://"));
    host.map(|host| host.trim_end_matches('/'))
        .is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '@']))
}

/// Settings given on the command line; each wins over the file and the environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Settings file [default: undertone.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder for everything that is kept [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Where the page and the API are [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Where sound comes in [default: 127.0.0.1:7071]
    #[arg(long, value_name = "ADDR")]
    ear_listen: Option<String>,
    /// Speak https on both ports, with a certificate of the appliance's own or that of the settings
    #[arg(long)]
    tls: bool,
}

impl Settings {
    /// Gathers the settings.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown name or a value that breaks its rule: one sentence that names it.
    pub fn gather(flags: &Flags, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Stop> {
        let mut settings = Self::default();
        settings.take_file(flags.config.as_deref())?;
        for (name, value) in environment {
            if let Some(key) = name.strip_prefix("UNDERTONE_").filter(|key| *key != "LOG") {
                let key = key.to_lowercase().replace("__", ".");
                settings.set(&key, &value, &format!("environment variable {name}"))?;
            }
        }
        for (key, value) in
            [("data", &flags.data), ("listen", &flags.listen), ("ear_listen", &flags.ear_listen)]
        {
            if let Some(value) = value {
                settings.set(key, value, &format!("flag --{}", key.replace('_', "-")))?;
            }
        }
        settings.tls |= flags.tls || settings.tls_certificate.is_some();
        settings.check_tls()?;
        Ok(settings)
    }

    /// What is said of TLS must fit together.
    fn check_tls(&self) -> Result<(), Stop> {
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(Stop::Usage(
                "`tls.certificate` and `tls.key` belong together: give both, or neither".into(),
            ));
        }
        match &self.public_url {
            Some(url) if self.tls && !url.starts_with("https://") => {
                Err(Stop::Usage(format!("`public_url` is `{url}`, but with TLS it must begin with https://")))
            }
            _ => Ok(()),
        }
    }

    /// The operator's certificate, if there is one.
    pub fn certificate(&self) -> Option<Files> {
        let (certificate, key) = self.tls_certificate.clone().zip(self.tls_key.clone())?;
        Some(Files { certificate, key })
    }

    fn take_file(&mut self, named: Option<&Path>) -> Result<(), Stop> {
        let path = named.unwrap_or(Path::new("undertone.toml"));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(Stop::Usage(format!("settings file {} cannot be read: {error}", path.display())));
            }
        };
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            Stop::Usage(format!("settings file {}: {}", path.display(), error.to_string().trim()))
        })?;
        self.take_table("", &table, path)
    }

    fn take_table(&mut self, above: &str, table: &toml::Table, path: &Path) -> Result<(), Stop> {
        for (key, value) in table {
            let name = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            match value {
                toml::Value::Table(inner) => self.take_table(&name, inner, path)?,
                toml::Value::String(text) => self.set(&name, text, &path.display().to_string())?,
                other => self.set(&name, &other.to_string(), &path.display().to_string())?,
            }
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: &str, whence: &str) -> Result<(), Stop> {
        let Some((_, set, rule)) = SETTINGS.iter().find(|(name, ..)| *name == key) else {
            let near = |(name, ..): &&Setting| strsim::levenshtein(name, key);
            let nearest = SETTINGS.iter().min_by_key(near).map_or("", |(name, ..)| name);
            return Err(Stop::Usage(format!(
                "{whence}: there is no setting `{key}`; did you mean `{nearest}`?"
            )));
        };
        set(self, value)
            .ok_or_else(|| Stop::Usage(format!("{whence}: `{key}` is `{value}`, but must be {rule}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(file: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("undertone.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let flags = Flags { config: Some(path), ..flags };
        Settings::gather(&flags, environment).map_err(|stop| stop.to_string())
    }

    #[test]
    fn later_wins() {
        let file = "listen = \"127.0.0.1:1\"\ncalls_max = 5\n[privacy]\nrequire_sandbox = true";
        let environment = [("UNDERTONE_LISTEN", "127.0.0.1:2"), ("UNDERTONE_CALLS_MAX", "6"), ("HOME", "/x")];
        let flags = Flags { listen: Some("127.0.0.1:3".into()), ..Flags::default() };
        let settings = gather(file, &environment, flags).unwrap();
        assert_eq!((settings.listen.port(), settings.calls_max, settings.require_sandbox), (3, 6, true));
    }

    #[track_caller]
    fn check(file: &str, environment: &[(&str, &str)], parts: &[&str]) {
        let said = gather(file, environment, Flags::default()).unwrap_err();
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        check("lissen = \"127.0.0.1:1\"", &[], &["`lissen`", "did you mean `listen`?"]);
        check(
            "",
            &[("UNDERTONE_PRIVACY__REQUIRE_SANBOX", "true")],
            &["UNDERTONE_PRIVACY__", "`privacy.require_sandbox`"],
        );
    }

    #[test]
    fn a_bad_value_is_named_with_its_rule() {
        check("audio.host = \"jack\"", &[], &["`audio.host` is `jack`", "must be alsa or pulseaudio"]);
        check("time_zone = \"Berlin\"", &[], &["`time_zone` is `Berlin`", "such as Asia/Shanghai"]);
        check("calls_max = 0", &[], &["`calls_max` is `0`", "from 1 to 1000"]);
        check("listen = 7070", &[], &["`listen` is `7070`", "127.0.0.1:7070"]);
        check("public_url = \"hints.example\"", &[], &["`public_url` is `hints.example`", "https://"]);
        check("trusted_proxies = \"proxy\"", &[], &["`trusted_proxies` is `proxy`", "10.1.0.0/16"]);
        check("listen = ", &[], &["undertone.toml"]);
        check("[tls]\nkey = \"k.pem\"", &[], &["`tls.certificate` and `tls.key`", "give both"]);
        check(
            "public_url = \"http://box\"\n[tls]\non = true",
            &[],
            &["`public_url` is `http://box`", "https://"],
        );
    }
}
