//! The appliance's own authority: made at its first start, kept in one file, trusted by the phones that install it. It
//! can speak for this box and private networks alone, so that whoever stole it could not pose as the rest of the world.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::names::Names;
use crate::observations::wire::Certificate;
use crate::store::files;

const FILE: &str = "tls-authority.json";

const LIFE: Duration = Duration::days(3653);

/// Apple's systems take no server certificate that holds for more than 825 days, whoever signed it.
const SERVER_LIFE: Duration = Duration::days(90);

/// A third of that is left when the next one is made.
const RENEWED_BEFORE: Duration = Duration::days(30);

/// Clocks of phones are wrong too.
const EARLIER: Duration = Duration::days(1);

/// 2026-01-01, Unix seconds: a box whose clock was never set makes no authority of before.
const BEGIN_S: i64 = 1_767_225_600;

/// Private networks (RFC 1918, 6598, 3927, 4193): the box gets another address there with every move.
const NETWORKS: [([u8; 4], u8); 6] = [
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
];

/// As it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Which authority it is, on the lists of those who install it.
    name: String,
    /// What it can speak for beside private networks.
    names: Names,
    until_s: i64,
    certificate: String,
    key: String,
}

/// See the module.
pub struct Authority {
    kept: Kept,
    key: KeyPair,
    der: Vec<u8>,
}

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error("{0} cannot be written: {1}")]
    Write(PathBuf, std::io::Error),
    #[error(
        "{0} is damaged ({1}): put it back from a copy, or delete it and install the new authority on each phone"
    )]
    Damaged(PathBuf, String),
    #[error("the authority cannot be made: {0}")]
    Make(#[from] rcgen::Error),
}

/// A certificate of the box and how long it is good.
pub struct Issued {
    pub certificate: Certificate,
    pub names: Names,
    from: OffsetDateTime,
    until: OffsetDateTime,
}

impl Issued {
    /// Whether the next one is due: it ends soon, the clock was set to before it, or the box has moved.
    pub fn is_old(&self, names: &Names, now_s: i64) -> bool {
        let now = at(now_s);
        now < self.from || now > self.until - RENEWED_BEFORE || self.names != *names
    }
}

impl Authority {
    /// The one that is kept, if any.
    ///
    /// # Errors
    /// The file is not readable.
    pub fn kept(data: &Path) -> Result<Option<Self>, AuthorityError> {
        let path = data.join(FILE);
        let damaged = |why: String| AuthorityError::Damaged(path.clone(), why);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(damaged(error.to_string())),
        };
        let _ = files::private(&path);
        let kept: Kept = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        Self::of(kept).map(Some).map_err(damaged)
    }

    /// The one that is kept, else a new one for these names.
    ///
    /// # Errors
    /// See [`AuthorityError`].
    pub fn open(data: &Path, names: &Names, now_s: i64) -> Result<Self, AuthorityError> {
        if let Some(kept) = Self::kept(data)? {
            return Ok(kept);
        }
        let path = data.join(FILE);
        let until = at(now_s.max(BEGIN_S)) + LIFE;
        let host = names.hosts.iter().find(|host| host.ends_with(".local"));
        let host = host.map_or("box", |host| host.trim_end_matches(".local"));
        let mark =
            getrandom::u32().map_err(|error| AuthorityError::Damaged(path.clone(), error.to_string()))?;
        let name = format!("Undertone {host} {:06x}", mark >> 8);
        let key = KeyPair::generate()?;
        let mut kept = Kept {
            name,
            names: names.clone(),
            until_s: until.unix_timestamp(),
            certificate: String::new(),
            key: key.serialize_pem(),
        };
        let mut params = kept.params();
        params.not_before = at(now_s.min(BEGIN_S)) - EARLIER;
        kept.certificate = params.self_signed(&key)?.pem();
        let text = serde_json::to_vec_pretty(&kept).expect("texts and numbers have a form in JSON");
        files::write_whole(&path, &text).map_err(|error| AuthorityError::Write(path.clone(), error))?;
        Self::of(kept).map_err(|why| AuthorityError::Damaged(path, why))
    }

    fn of(kept: Kept) -> Result<Self, String> {
        let key = KeyPair::from_pem(&kept.key).map_err(|error| error.to_string())?;
        let der =
            CertificateDer::from_pem_slice(kept.certificate.as_bytes()).map_err(|error| error.to_string())?;
        Ok(Self { key, der: der.to_vec(), kept })
    }

    /// What phones install: a file of PEM.
    pub fn pem(&self) -> &str {
        &self.kept.certificate
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn name(&self) -> &str {
        &self.kept.name
    }

    /// Unix seconds.
    pub fn until_s(&self) -> i64 {
        self.kept.until_s
    }

    /// A new certificate of the box, with a key of its own, for those of the names that the authority can speak for.
    ///
    /// # Errors
    /// The kernel gives no random numbers.
    pub fn issue(&self, names: &Names, now_s: i64) -> Result<Issued, rcgen::Error> {
        let (from, until) = (at(now_s) - EARLIER, (at(now_s) + SERVER_LIFE).min(at(self.kept.until_s)));
        let hosts = names.hosts.iter().filter(|host| self.kept.names.hosts.contains(host));
        let hosts = hosts.filter_map(|host| host.as_str().try_into().ok()).map(SanType::DnsName);
        let addresses = names.addresses.iter().filter(|address| self.speaks_for(**address));
        let mut params = CertificateParams::default();
        (params.not_before, params.not_after) = (from, until);
        params.distinguished_name = called("Undertone");
        params.subject_alt_names = hosts.chain(addresses.map(|one| SanType::IpAddress(*one))).collect();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &Issuer::new(self.kept.params(), &self.key))?;
        let chain = vec![certificate.der().to_vec(), self.der.clone()];
        let certificate = Certificate { chain, key: key.serialize_der() };
        Ok(Issued { certificate, names: names.clone(), from, until })
    }

    /// The names that it was not made for: phones would refuse a certificate that held one.
    pub fn foreign(&self, names: &Names) -> Vec<String> {
        let hosts = names.hosts.iter().filter(|host| !self.kept.names.hosts.contains(host)).cloned();
        let addresses = names.addresses.iter().filter(|address| !self.speaks_for(**address));
        hosts.chain(addresses.map(IpAddr::to_string)).collect()
    }

    /// What a thief of the key could sign.
    #[cfg(test)]
    pub fn signs_anything(&self, names: &[&str], now_s: i64) -> Certificate {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        (params.not_before, params.not_after) = (at(now_s) - EARLIER, at(now_s) + SERVER_LIFE);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &Issuer::new(self.kept.params(), &self.key)).unwrap();
        Certificate { chain: vec![certificate.der().to_vec()], key: key.serialize_der() }
    }

    fn speaks_for(&self, address: IpAddr) -> bool {
        is_private(address) || self.kept.names.addresses.contains(&address)
    }
}

impl Kept {
    /// Of the authority itself, but for its beginning.
    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.not_after = at(self.until_s);
        params.distinguished_name = called(&self.name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let hosts = self.names.hosts.iter().cloned().map(GeneralSubtree::DnsName);
        let networks = NETWORKS.map(|(address, bits)| CidrSubnet::from_v4_prefix(address, bits));
        let mut networks = networks.to_vec();
        networks.push(CidrSubnet::from_addr_prefix(IpAddr::from([0xfc00, 0, 0, 0, 0, 0, 0, 0]), 7));
        let own = self.names.addresses.iter().filter(|address| !is_private(**address));
        networks
            .extend(own.map(|one| CidrSubnet::from_addr_prefix(*one, if one.is_ipv4() { 32 } else { 128 })));
        let permitted = hosts.chain(networks.into_iter().map(GeneralSubtree::IpAddress)).collect();
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: vec![] });
        params
    }
}

/// In one of the networks that every authority can speak for.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => NETWORKS.iter().any(|(network, bits)| {
            let mask = u32::MAX << (32 - bits);
            v4.to_bits() & mask == u32::from_be_bytes(*network)
        }),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

fn called(name: &str) -> DistinguishedName {
    let mut called = DistinguishedName::new();
    called.push(DnType::CommonName, name);
    called
}

/// An instant that no clock has is the beginning.
fn at(unix_s: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(unix_s).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
