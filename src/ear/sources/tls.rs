//! A certificate and its key -> how a port of the appliance speaks TLS. The desk's port speaks it in the same way.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error, ServerConfig};

use crate::observations::wire::Certificate;

/// The first byte that a client of TLS says (RFC 8446, 5.1: a record that holds a handshake). No request of HTTP begins so.
pub const HANDSHAKE: u8 = 0x16;

/// TLS 1.2 and 1.3 with this certificate, for HTTP/1.1.
///
/// # Errors
/// The key is not readable, or is not the certificate's.
pub fn config(certificate: &Certificate) -> Result<Arc<ServerConfig>, Error> {
    let chain = certificate.chain.iter().map(|one| CertificateDer::from(one.clone())).collect();
    let key = PrivateKeyDer::try_from(certificate.key.clone()).map_err(|why| Error::General(why.into()))?;
    let versions = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?;
    let mut config = versions.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
