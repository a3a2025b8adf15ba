//! What proves to phones who this box is, for both ports: a certificate of its own authority that renews itself, or the
//! operator's.

pub mod authority;
pub mod given;
pub mod names;
mod validity;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use self::authority::{Authority, Issued};
use self::given::Files;
use self::names::Names;
use super::Stop;
use crate::api::Transport;
use crate::ear::clock::unix_ms;
use crate::ear::sources::tls;
use crate::live::Live;
use crate::observations::wire::{Asked, Certificate};

/// How often it is looked whether a certificate must be renewed, or was.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// What both ports prove themselves with now.
#[derive(Clone)]
pub struct Proof {
    pub certificate: Certificate,
    pub config: Arc<ServerConfig>,
}

impl Proof {
    fn of(certificate: Certificate) -> Result<Self, rustls::Error> {
        Ok(Self { config: tls::config(&certificate)?, certificate })
    }
}

enum Source {
    Own { authority: Box<Authority>, issued: Issued },
    Given { files: Files, written: [Option<SystemTime>; 2] },
}

/// The appliance's side of TLS.
pub struct Tls {
    source: Source,
    public_host: Option<String>,
    proof: watch::Sender<Proof>,
}

impl Tls {
    /// Reads the operator's files, or the appliance's own authority, which is made when there is none.
    ///
    /// # Errors
    /// The files are no certificate and its key; the authority is damaged or cannot be kept.
    pub fn open(given: Option<&Files>, data: &Path, public_url: Option<&str>) -> Result<Self, Stop> {
        let public_host = public_url.map(|url| host_of(url).to_owned());
        let failed = |why: &dyn std::fmt::Display| Stop::Failure(format!("TLS: {why}"));
        let (source, certificate) = match given {
            Some(files) => {
                let written = files.written();
                let certificate = files.read().map_err(|why| failed(&why))?;
                (Source::Given { files: files.clone(), written }, certificate)
            }
            None => {
                let names = Names::now(public_host.as_deref());
                let authority = Authority::open(data, &names, now_s()).map_err(|why| failed(&why))?;
                let issued = issue(&authority, &names).map_err(|why| failed(&why))?;
                let certificate = issued.certificate.clone();
                (Source::Own { authority: Box::new(authority), issued }, certificate)
            }
        };
        let proof = Proof::of(certificate).map_err(|why| failed(&why))?;
        Ok(Self { source, public_host, proof: watch::Sender::new(proof) })
    }

    /// What proves the box, now and after each renewal.
    pub fn proof(&self) -> watch::Receiver<Proof> {
        self.proof.subscribe()
    }

    /// What clients are told of it.
    pub fn transport(&self) -> Transport {
        match &self.source {
            Source::Own { authority, .. } => Transport::OwnAuthority {
                pem: authority.pem().to_owned(),
                name: authority.name().to_owned(),
                fingerprint: fingerprint(authority.der()),
            },
            Source::Given { .. } => {
                let certificate = &self.proof.borrow().certificate;
                let trusted = |host: &String| given::is_publicly_trusted(certificate, host, now_s());
                Transport::Certificate { publicly_trusted: self.public_host.as_ref().is_some_and(trusted) }
            }
        }
    }

    /// Renews what proves the box for as long as it runs, and tells the ear.
    pub async fn tend(mut self, live: Arc<Live>) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let Some(next) = self.renewed() else { continue };
            match next.and_then(|certificate| Proof::of(certificate).map_err(|error| error.to_string())) {
                Ok(proof) => {
                    let wish = Asked::Certificate(proof.certificate.clone());
                    self.proof.send_replace(proof);
                    // An ear that is down gets it when it rises.
                    let _ = live.ear.ask(&wish);
                    tracing::info!("the certificate was renewed");
                }
                Err(why) => tracing::warn!(%why, "the certificate stays as it was"),
            }
        }
    }

    /// The next certificate, when there is one.
    fn renewed(&mut self) -> Option<Result<Certificate, String>> {
        match &mut self.source {
            Source::Own { authority, issued } => {
                let names = Names::now(self.public_host.as_deref());
                if !issued.is_old(&names, now_s()) {
                    return None;
                }
                Some(issue(authority, &names).map_err(|error| error.to_string()).map(|next| {
                    *issued = next;
                    issued.certificate.clone()
                }))
            }
            Source::Given { files, written } => {
                let now = files.written();
                (std::mem::replace(written, now) != now).then(|| files.read())
            }
        }
    }
}

fn issue(authority: &Authority, names: &Names) -> Result<Issued, rcgen::Error> {
    let foreign = authority.foreign(names);
    if !foreign.is_empty() {
        tracing::warn!(names = foreign.join(", "), "the authority was made without these names of the box");
    }
    authority.issue(names, now_s())
}

/// How people compare two copies of a certificate: SHA-256, in pairs of digits.
pub fn fingerprint(der: &[u8]) -> String {
    Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The host of an address, without its port.
fn host_of(url: &str) -> &str {
    let host = url.split_once("://").map_or(url, |(_, host)| host).trim_end_matches('/');
    crate::api::name_of(host)
}

pub fn now_s() -> i64 {
    (unix_ms() / 1000).cast_signed()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn write(files: &Files) {
        let key = KeyPair::generate().unwrap();
        let made =
            CertificateParams::new(vec!["hints.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        std::fs::write(&files.certificate, made.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
    }

    #[test]
    fn files_that_change_are_read_again_and_half_of_them_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let files = Files { certificate: path("c.pem"), key: path("k.pem") };
        write(&files);
        let url = Some("https://hints.example/");
        let mut tls = Tls::open(Some(&files), folder.path(), url).unwrap();
        assert!(matches!(tls.transport(), Transport::Certificate { publicly_trusted: false }));
        assert!(tls.renewed().is_none());
        let before = tls.proof.borrow().certificate.chain.clone();
        let later = SystemTime::now() + Duration::from_secs(5);
        let touch =
            |path: &Path| std::fs::File::options().append(true).open(path).unwrap().set_modified(later);
        std::fs::write(&files.key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
        touch(&files.key).unwrap();
        assert!(Proof::of(tls.renewed().unwrap().unwrap()).is_err());
        write(&files);
        touch(&files.certificate).unwrap();
        let next = Proof::of(tls.renewed().unwrap().unwrap()).unwrap();
        assert_ne!(next.certificate.chain, before);
        std::fs::remove_file(&files.key).unwrap();
        assert!(tls.renewed().unwrap().is_err());
    }
}
