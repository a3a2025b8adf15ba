//! What starts and stops the appliance and its helpers: systemd, by `systemctl`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const SERVICE: &str = "undertone.service";

const KEPT: [&str; 3] = ["before.db", "before.db.key", "before.db.sha256"];

/// So many answers in a row may be missing while the ear is started anew.
const MISSES_MAX: u32 = 3;

const ANSWER_WITHIN: Duration = Duration::from_secs(2);

pub struct Manager {
    command: PathBuf,
    /// Where `undertone-keep.service` puts what is kept.
    kept: PathBuf,
}

impl Manager {
    /// The one that is named, or systemd where it runs.
    pub fn found(named: Option<&Path>, kept: &Path) -> Option<Self> {
        let systemd = Path::new("/run/systemd/system").exists().then_some(Path::new("systemctl"));
        named.or(systemd).map(|command| Self { command: command.to_path_buf(), kept: kept.to_path_buf() })
    }

    pub fn stop(&self) -> Result<(), String> {
        self.tell(&["stop", SERVICE])
    }

    /// Returns when it is up; what had fallen too often before is forgotten.
    pub fn start(&self) -> Result<(), String> {
        let _ = self.tell(&["reset-failed", SERVICE]);
        self.tell(&["start", SERVICE])
    }

    /// Everything that is kept, beside itself.
    pub fn keep_data(&self) -> Result<(), String> {
        self.tell(&["start", "undertone-keep.service"])
    }

    /// What was kept, back in its place.
    pub fn return_data(&self) -> Result<(), String> {
        self.tell(&["start", "undertone-return.service"])
    }

    /// What was kept is of no use any more, and holds whoever is erased from now on.
    pub fn forget_data(&self) {
        for name in KEPT {
            let _ = std::fs::remove_file(self.kept.join(name));
        }
    }

    /// Carries an update through; returns at its end.
    pub fn settle(&self) -> Result<(), String> {
        self.tell(&["start", "undertone-settle.service"])
    }

    /// Watches the page for so long. One that speaks TLS sends there by itself; on this machine nobody stands between,
    /// and its certificate is for phones.
    ///
    /// # Errors
    /// It was not ready at the end, or not for a while after it had been.
    pub fn watch(&self, for_: Duration) -> Result<(), String> {
        let url = format!("http://{}/readyz", self.page()?);
        let tls = ureq::tls::TlsConfig::builder().disable_verification(true).build();
        let config = ureq::Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).tls_config(tls);
        let agent: ureq::Agent = config.build().into();
        let (end, between) = (Instant::now() + for_, (for_ / 20).min(Duration::from_secs(1)));
        let (mut was_ready, mut misses) = (false, 0);
        loop {
            let answer = agent.get(&url).call();
            match &answer {
                Ok(_) => (was_ready, misses) = (true, 0),
                Err(_) => misses += 1,
            }
            let late = Instant::now() >= end;
            match answer {
                Err(error) if late || was_ready && misses > MISSES_MAX => {
                    return Err(format!("{url}: {error}"));
                }
                Ok(_) if late => return Ok(()),
                _ => std::thread::sleep(between),
            }
        }
    }

    /// Where the page is on this machine: the first address of the socket.
    fn page(&self) -> Result<SocketAddr, String> {
        let shown = self.ask(&["show", "--property=Listen", "undertone.socket"])?;
        let first = shown.lines().next().and_then(|line| line.split_whitespace().next()).unwrap_or_default();
        let address: SocketAddr = first.trim_start_matches("Listen=").parse().map_err(|_| {
            format!("undertone.socket listens at `{first}`: its first ListenStream= must be the page")
        })?;
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        Ok(if address.ip().is_unspecified() { SocketAddr::new(here, address.port()) } else { address })
    }

    fn tell(&self, words: &[&str]) -> Result<(), String> {
        self.ask(words).map(|_| ())
    }

    fn ask(&self, words: &[&str]) -> Result<String, String> {
        let asked = Command::new(&self.command).args(words).output();
        let asked = asked.map_err(|error| format!("{}: {error}", self.command.display()))?;
        if asked.status.success() {
            return Ok(String::from_utf8_lossy(&asked.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&asked.stderr);
        let first = said.lines().next().unwrap_or("it says nothing");
        Err(format!("`systemctl {}`: {}", words.join(" "), first.trim().trim_end_matches('.')))
    }
}
