//! Events carried to the webhooks of other systems: signed, never to addresses inside the network unless that is allowed.

mod addresses;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::unversioned::transport::DefaultConnector;

use addresses::{Allowed, is_public};

/// How long a receiver may take, from the name look-up to the last byte.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a webhook carries.
#[derive(Debug, Clone)]
pub struct Message {
    /// The same at every attempt, so that a receiver can tell a repetition.
    pub id: String,
    pub at_s: i64,
    /// JSON.
    pub body: String,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// To be tried again.
    Failed(String),
    /// The receiver wants no more (410).
    Gone,
}

/// Carries messages.
pub struct Carrier {
    agent: ureq::Agent,
}

impl Carrier {
    /// `allow_private` lets it reach addresses of this machine and its network.
    pub fn new(allow_private: bool) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(concat!("undertone/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = ureq::Agent::with_parts(config, DefaultConnector::default(), Allowed::new(allow_private));
        Self { agent }
    }

    /// Carries one message once.
    pub fn deliver(&self, url: &str, secret: &str, message: &Message) -> Outcome {
        let sent = self
            .agent
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", message.at_s.to_string())
            .header("webhook-signature", sign(secret, message))
            .send(&message.body);
        match sent.map(|answer| answer.status().as_u16()) {
            Ok(200..=299) => Outcome::Delivered,
            Ok(410) => Outcome::Gone,
            Ok(status) => Outcome::Failed(format!("the receiver answered {status}")),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

/// The signature of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` with the secret's bytes
/// (github.com/standard-webhooks/standard-webhooks, `v1`).
pub fn sign(secret: &str, message: &Message) -> String {
    let key = STANDARD.decode(secret.trim_start_matches(SECRET_PREFIX)).unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key of any length is taken");
    mac.update(format!("{}.{}.{}", message.id, message.at_s, message.body).as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Secrets of webhooks begin with this.
pub const SECRET_PREFIX: &str = "whsec_";

/// Waits between attempts, in seconds: soon at first, then over three days.
const WAITS_S: [i64; 11] = [1, 5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// When attempt number `attempts` has failed: how long until the next, `None` to give up. Up to a fifth is added by
/// `chance`, so that receivers that come back are not met by everything at once.
pub fn wait_ms(attempts: u32, chance: u64) -> Option<i64> {
    let wait_ms = 1000 * WAITS_S.get(attempts.saturating_sub(1) as usize)?;
    Some(wait_ms + (chance % (wait_ms as u64 / 5)) as i64)
}

/// Whether a webhook may have this address.
///
/// # Errors
/// It is not http or https, or names an address inside the network that is not allowed: one sentence.
pub fn check_url(url: &str, allow_private: bool) -> Result<(), &'static str> {
    let uri: ureq::http::Uri =
        url.parse().map_err(|_| "it is not an address: `https://crm.example/hook` is one")?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
        return Err("it must begin with https:// or http:// and a host");
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("it must not hold a password: use the webhook's own secret");
    }
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let inside = host == "localhost" || host.parse().is_ok_and(|address| !is_public(address));
    if inside && !allow_private {
        return Err("it is inside this network: set `webhooks.allow_private` to allow that");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let message = Message {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(),
            at_s: 1_614_265_330,
            body: r#"{"test": 2432232314}"#.into(),
        };
        let signature = sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &message);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn waits_grow_and_end() {
        assert_eq!(wait_ms(1, 0), Some(1000));
        assert!((30_000..36_000).contains(&wait_ms(3, u64::MAX).unwrap()));
        assert_eq!(wait_ms(11, 0), Some(86_400_000));
        assert_eq!(wait_ms(12, 0), None);
    }

    #[test]
    fn addresses_inside_the_network_need_leave() {
        let inside = [
            "http://127.0.0.1/x",
            "http://localhost:8080/",
            "http://10.1.2.3/",
            "http://[::1]/",
            "http://169.254.169.254/latest",
        ];
        for url in inside {
            assert!(check_url(url, false).unwrap_err().contains("webhooks.allow_private"), "{url}");
            assert_eq!(check_url(url, true), Ok(()));
        }
        assert_eq!(check_url("https://crm.example/hook?x=1", false), Ok(()));
        for url in ["", "crm.example", "ftp://crm.example/", "file:///etc/passwd", "https://a:b@crm.example/"]
        {
            assert!(check_url(url, true).is_err(), "{url}");
        }
    }
}
