//! Remembers which tickets were used and which calls were closed, for as long as that can matter.

use std::collections::HashMap;

use super::{TICKET_VALID_MS, Ticket, TicketError};
use crate::units::CallId;

/// Tickets remembered at a time; more are refused until some expire.
const SPENT_MAX: usize = 4096;

/// Every ticket works once, and none works for a call that was closed after it was issued.
#[derive(Debug, Default)]
pub struct Spent {
    nonces: HashMap<u64, u64>,
    closed: HashMap<CallId, u64>,
}

impl Spent {
    /// Whether a ticket may still be used.
    ///
    /// # Errors
    /// `Closed` when its call was closed after it was issued.
    pub fn check(&self, ticket: &Ticket) -> Result<(), TicketError> {
        let closed = self.closed.get(&ticket.call).is_some_and(|&closed_ms| ticket.issued_ms <= closed_ms);
        if closed { Err(TicketError::Closed) } else { Ok(()) }
    }

    /// Uses up a ticket that was opened at `now_ms`.
    ///
    /// # Errors
    /// As `check`; `Spent` when it was used before; `TooMany` when no more can be remembered.
    pub fn spend(&mut self, ticket: &Ticket, now_ms: u64) -> Result<(), TicketError> {
        self.check(ticket)?;
        self.nonces.retain(|_, &mut issued_ms| now_ms <= issued_ms.saturating_add(TICKET_VALID_MS));
        if self.nonces.len() >= SPENT_MAX {
            return Err(TicketError::TooMany);
        }
        match self.nonces.insert(ticket.nonce, ticket.issued_ms) {
            None => Ok(()),
            Some(_) => Err(TicketError::Spent),
        }
    }

    /// Tickets issued for `call` up to now no longer work.
    pub fn close(&mut self, call: CallId, now_ms: u64) {
        self.closed.retain(|_, &mut closed_ms| now_ms <= closed_ms.saturating_add(TICKET_VALID_MS));
        self.closed.insert(call, now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Layout;

    fn ticket(nonce: u64, issued_ms: u64) -> Ticket {
        Ticket { call: CallId::from_bits(8), layout: Layout::Mono, resume_ms: 0, issued_ms, nonce }
    }

    #[test]
    fn a_ticket_works_once() {
        let mut spent = Spent::default();
        assert_eq!(spent.spend(&ticket(1, 0), 0), Ok(()));
        assert_eq!(spent.spend(&ticket(1, 0), 1), Err(TicketError::Spent));
        assert_eq!(spent.spend(&ticket(2, 0), 1), Ok(()));
    }

    #[test]
    fn a_closed_call_lets_no_earlier_ticket_in() {
        let mut spent = Spent::default();
        spent.close(CallId::from_bits(8), 100);
        assert_eq!(spent.spend(&ticket(1, 90), 110), Err(TicketError::Closed));
        assert_eq!(spent.spend(&ticket(2, 101), 110), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_recovers() {
        let mut spent = Spent::default();
        for nonce in 0..SPENT_MAX as u64 {
            assert_eq!(spent.spend(&ticket(nonce, 0), 0), Ok(()));
        }
        assert_eq!(spent.spend(&ticket(u64::MAX, 0), 0), Err(TicketError::TooMany));
        let later_ms = TICKET_VALID_MS + 1;
        assert_eq!(spent.spend(&ticket(u64::MAX, later_ms), later_ms), Ok(()));
    }
}
