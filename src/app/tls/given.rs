//! The operator's certificate: two files of PEM, read again when they change, so that whatever renews them need not tell.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

use super::validity;
use crate::observations::wire::{Asked, Certificate, append};

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The box's own certificate first, then those that lead to what clients trust.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Files {
    /// Reads both.
    ///
    /// # Errors
    /// One sentence that names the file.
    pub fn read(&self) -> Result<Certificate, String> {
        let chain = CertificateDer::pem_slice_iter(&bytes(&self.certificate)?).collect::<Result<Vec<_>, _>>();
        let fault = |path: &Path, why: String| format!("{}: {why}", path.display());
        let chain = chain.map_err(|error| fault(&self.certificate, format!("it is no PEM: {error}")))?;
        if chain.is_empty() {
            return Err(fault(&self.certificate, "it holds no certificate".into()));
        }
        let key = PrivateKeyDer::from_pem_slice(&bytes(&self.key)?)
            .map_err(|error| fault(&self.key, format!("it holds no private key: {error}")))?;
        let certificate = Certificate {
            chain: chain.iter().map(|one| one.to_vec()).collect(),
            key: key.secret_der().to_vec(),
        };
        if append(&Asked::Certificate(certificate.clone()), &mut Vec::new()).is_err() {
            return Err(fault(&self.certificate, "chain and key take over 16 KB: leave out the root".into()));
        }
        Ok(certificate)
    }

    /// When each was written last.
    pub fn written(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key]
            .map(|path| std::fs::metadata(path).and_then(|found| found.modified()).ok())
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Until when the box's own certificate is good, Unix seconds.
pub fn until_s(certificate: &Certificate) -> Option<i64> {
    validity::until_s(certificate.chain.first()?)
}

/// Whether every browser takes this certificate under this name.
pub fn is_publicly_trusted(certificate: &Certificate, host: &str, now_s: i64) -> bool {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    is_trusted(certificate, host, now_s, roots)
}

fn is_trusted(certificate: &Certificate, host: &str, now_s: i64, roots: RootCertStore) -> bool {
    let built =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider())).build();
    let (Ok(verifier), Ok(name)) = (built, ServerName::try_from(host)) else { return false };
    let chain: Vec<_> = certificate.chain.iter().map(|one| CertificateDer::from(one.as_slice())).collect();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now_s.cast_unsigned()));
    let Some((own, between)) = chain.split_first() else { return false };
    verifier.verify_server_cert(own, between, &name, &[], now).is_ok()
}

#[cfg(test)]
mod tests {
    use rcgen::KeyPair;

    use super::*;
    use crate::app::tls::authority::Authority;
    use crate::app::tls::names::Names;

    const NOW_S: i64 = 1_796_000_000;
    const DAY_S: i64 = 86_400;

    fn names(hosts: &[&str], addresses: &[&str]) -> Names {
        let addresses = addresses.iter().map(|one| one.parse().unwrap()).collect();
        Names { hosts: hosts.iter().map(|one| (*one).to_owned()).collect(), addresses }
    }

    fn authority() -> (tempfile::TempDir, Authority) {
        let folder = tempfile::tempdir().unwrap();
        let names = names(&["box", "box.local", "hints.example"], &["192.168.7.20", "203.0.113.9"]);
        let authority = Authority::open(folder.path(), &names, NOW_S).unwrap();
        (folder, authority)
    }

    fn trusts(authority: &Authority, certificate: &Certificate, host: &str, now_s: i64) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.der())).unwrap();
        is_trusted(certificate, host, now_s, roots)
    }

    #[test]
    fn a_phone_with_the_authority_takes_the_box_under_its_names_for_a_season() {
        let (_folder, authority) = authority();
        let names = names(&["box.local", "hints.example"], &["10.9.8.7", "203.0.113.9", "fd00::7"]);
        let issued = authority.issue(&names, NOW_S).unwrap();
        for host in ["box.local", "hints.example", "10.9.8.7", "203.0.113.9", "fd00::7"] {
            assert!(trusts(&authority, &issued.certificate, host, NOW_S), "{host}");
        }
        assert!(!trusts(&authority, &issued.certificate, "other.local", NOW_S));
        assert!(!trusts(&authority, &issued.certificate, "box.local", NOW_S + 91 * DAY_S));
        assert!(!is_publicly_trusted(&issued.certificate, "box.local", NOW_S));
        assert!(!issued.is_old(&names, NOW_S + 59 * DAY_S) && issued.is_old(&names, NOW_S + 61 * DAY_S));
        assert!(issued.is_old(&names, NOW_S - 2 * DAY_S) && issued.is_old(&Names::default(), NOW_S));
    }

    #[test]
    fn the_authority_speaks_for_this_box_alone() {
        let (_folder, authority) = authority();
        let wished = names(&["bank.example", "box"], &["203.0.113.10", "192.168.1.1"]);
        assert_eq!(authority.foreign(&wished), ["bank.example", "203.0.113.10"]);
        let issued = authority.issue(&wished, NOW_S).unwrap();
        assert!(trusts(&authority, &issued.certificate, "box", NOW_S));
        assert!(!trusts(&authority, &issued.certificate, "bank.example", NOW_S));
        // Whoever stole the key and signed a foreign name with it is refused by the constraint.
        let stolen = authority.signs_anything(&["bank.example", "box"], NOW_S);
        assert!(!trusts(&authority, &stolen, "bank.example", NOW_S));
        assert!(!trusts(
            &authority,
            &authority.signs_anything(&["203.0.113.10"], NOW_S),
            "203.0.113.10",
            NOW_S
        ));
        assert!(trusts(&authority, &authority.signs_anything(&["box"], NOW_S), "box", NOW_S));
    }

    #[test]
    fn the_authority_is_made_once_for_ten_years_and_read_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, first) = authority();
        let again = Authority::open(folder.path(), &Names::default(), NOW_S + 400 * DAY_S).unwrap();
        assert_eq!(first.der(), again.der());
        let years = (first.until_s() - NOW_S) as f64 / DAY_S as f64 / 365.25;
        assert!((9.9..10.1).contains(&years), "{years}");
        assert_eq!(validity::until_s(first.der()), Some(first.until_s()));
        let path = folder.path().join("tls-authority.json");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "{").unwrap();
        let said = Authority::open(folder.path(), &Names::default(), NOW_S).err().unwrap().to_string();
        assert!(said.contains("tls-authority.json") && said.contains("damaged"), "{said}");
        // A box whose clock was never set makes one that holds once it is.
        let folder = tempfile::tempdir().unwrap();
        let early = Authority::open(folder.path(), &Names::default(), 1000).unwrap();
        assert!(early.until_s() > NOW_S + 8 * 365 * DAY_S);
    }

    #[test]
    fn files_that_are_no_certificate_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let files = Files { certificate: path("c.pem"), key: path("k.pem") };
        let said = |files: &Files| files.read().err().unwrap();
        assert!(said(&files).contains("c.pem"), "{}", said(&files));
        std::fs::write(path("c.pem"), "words").unwrap();
        assert!(said(&files).contains("holds no certificate"), "{}", said(&files));
        let (_kept, authority) = authority();
        std::fs::write(path("c.pem"), authority.pem()).unwrap();
        std::fs::write(path("k.pem"), authority.pem()).unwrap();
        assert!(said(&files).contains("holds no private key"), "{}", said(&files));
        std::fs::write(path("k.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
        let read = files.read().unwrap();
        // The key is another's.
        assert!(crate::ear::sources::tls::config(&read).is_err());
        assert_eq!(until_s(&read), Some(authority.until_s()));
        std::fs::write(path("c.pem"), authority.pem().repeat(40)).unwrap();
        assert!(said(&files).contains("16 KB"), "{}", said(&files));
    }
}
