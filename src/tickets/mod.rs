//! What lets a stream into the ear: a signed, single-use pass for one call, valid for seconds.
//!
//! The desk signs it once the call's consent allows; the ear checks it with the same key, which lives as long as one
//! ear process: a restarted ear knows no old ticket.

mod spent;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::units::{CallId, Layout};

pub use spent::Spent;

/// How long a ticket may wait for its connection.
pub const TICKET_VALID_MS: u64 = 30_000;

/// Longer texts are refused unread; a sealed ticket has about 100 characters.
const TEXT_MAX: usize = 400;

/// A pass for one stream of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub call: CallId,
    /// Who is on which channel: the desk decides it, the client cannot.
    pub layout: Layout,
    /// The call's audio clock when the ticket was issued: 0 for the first stream, later for one that resumes.
    pub resume_ms: u64,
    /// When it was issued, Unix time.
    pub issued_ms: u64,
    /// Makes every ticket a different one.
    pub nonce: u64,
}

/// The secret shared by the desk and one ear process. Wiped when dropped; it cannot be printed.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn mac(&self, body: &[u8]) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length").chain_update(body)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Why a stream was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    #[error("the ticket is not readable: pass it on exactly as the desk gave it, as ?ticket=…")]
    Malformed,
    #[error("the ticket was not issued by this appliance since its ear started: ask the desk for a new one")]
    Forged,
    #[error("the ticket expired {late_s} s ago (it is valid for {} s): ask the desk for a new one", TICKET_VALID_MS / 1000)]
    Expired { late_s: u64 },
    #[error("the ticket was used already: each stream needs a ticket of its own, ask the desk for a new one")]
    Spent,
    #[error("the call was stopped after the ticket was issued: ask the desk whether it may go on")]
    Closed,
    #[error("too many tickets are outstanding: try again in {} s", TICKET_VALID_MS / 1000)]
    TooMany,
}

impl Ticket {
    /// The ticket as text for a URL: body and HMAC-SHA-256, each base64url.
    pub fn seal(&self, key: &Key) -> String {
        let body = postcard::to_stdvec(self).expect("a ticket always encodes");
        let mac = key.mac(&body).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&body), URL_SAFE_NO_PAD.encode(mac))
    }

    /// Reads a sealed ticket and checks its signature and age. Whether it was used before is for [`Spent`] to say.
    ///
    /// # Errors
    /// `Malformed`, `Forged` or `Expired`; a ticket from the future (more than its validity) is `Forged`.
    pub fn open(text: &str, key: &Key, now_ms: u64) -> Result<Self, TicketError> {
        let (body, mac) = text.split_once('.').ok_or(TicketError::Malformed)?;
        if text.len() > TEXT_MAX {
            return Err(TicketError::Malformed);
        }
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TicketError::Malformed);
        let (body, mac) = (decode(body)?, decode(mac)?);
        key.mac(&body).verify_slice(&mac).map_err(|_| TicketError::Forged)?;
        let ticket: Self = postcard::from_bytes(&body).map_err(|_| TicketError::Malformed)?;
        let expires_ms = ticket.issued_ms.saturating_add(TICKET_VALID_MS);
        if now_ms > expires_ms {
            return Err(TicketError::Expired { late_s: (now_ms - expires_ms).div_ceil(1000) });
        }
        if ticket.issued_ms > now_ms.saturating_add(TICKET_VALID_MS) {
            return Err(TicketError::Forged);
        }
        Ok(ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            call: CallId::from_bits(7 << 20),
            layout: Layout::RepLeft,
            resume_ms: 1200,
            issued_ms: 1_000_000,
            nonce: 99,
        }
    }

    #[test]
    fn a_ticket_opens_with_its_key_while_it_is_fresh() {
        let key = Key::new([1; 32]);
        let text = ticket().seal(&key);
        for now_ms in [1_000_000, 1_000_000 + TICKET_VALID_MS] {
            assert_eq!(Ticket::open(&text, &key, now_ms), Ok(ticket()));
        }
        assert_eq!(
            Ticket::open(&text, &key, 1_000_001 + TICKET_VALID_MS),
            Err(TicketError::Expired { late_s: 1 })
        );
    }

    #[test]
    fn another_key_or_any_changed_byte_is_refused() {
        let key = Key::new([1; 32]);
        let text = ticket().seal(&key);
        assert_eq!(Ticket::open(&text, &Key::new([2; 32]), 1_000_000), Err(TicketError::Forged));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(Ticket::open(&changed, &key, 1_000_000).is_err(), "{changed}");
        }
    }

    #[test]
    fn nonsense_is_malformed() {
        let key = Key::new([1; 32]);
        for text in ["", ".", "a.b.c", "é.é", &"A".repeat(1000), &format!("{}.A", "A".repeat(1000))] {
            assert!(Ticket::open(text, &key, 0).is_err(), "{text}");
        }
    }
}
