//! How clients reach the appliance: as it is, or by TLS with whose certificate.

/// How clients reach the appliance.
#[derive(Debug, Clone)]
pub enum Transport {
    /// As it is; a proxy may stand before it.
    Plain,
    /// By TLS, with a certificate of the appliance's own authority.
    OwnAuthority {
        /// What phones install.
        pem: String,
        /// What they call it.
        name: String,
        /// SHA-256 of it.
        fingerprint: String,
    },
    /// By TLS, with the operator's certificate.
    Certificate {
        /// Every browser takes it.
        publicly_trusted: bool,
    },
}
