//! What the desk knows of the ear: whether it is there, how firmly it is held, and how to ask it for something.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::observations::SandboxState;
use crate::observations::wire::{Asked, Certificate, append};
use crate::tickets::{Key, Ticket};

/// A wish that the ear does not take within this time counts as lost: the ear is stuck and will be restarted.
const ASK_WAIT: Duration = Duration::from_millis(500);

/// The ear is not there; it is restarted within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ear is restarting: try again in a second")]
pub struct EarDown;

/// The one ear of this appliance.
#[derive(Default)]
pub struct Ear {
    up: Mutex<Option<Up>>,
}

struct Up {
    link: UnixStream,
    key: Key,
    sandbox: SandboxState,
}

impl Ear {
    /// A new ear is ready: gives it the key of its life, and what it proves itself with where it speaks TLS.
    ///
    /// # Errors
    /// It is gone again.
    pub fn rise(
        &self,
        link: UnixStream,
        key: [u8; 32],
        certificate: Option<Certificate>,
        sandbox: SandboxState,
    ) -> Result<(), EarDown> {
        link.set_write_timeout(Some(ASK_WAIT)).map_err(|_| EarDown)?;
        let mut up = Up { link, key: Key::new(key), sandbox };
        if let Some(certificate) = certificate {
            up.ask(&Asked::Certificate(certificate))?;
        }
        up.ask(&Asked::Key(key))?;
        *self.up() = Some(up);
        Ok(())
    }

    /// The ear is gone; its tickets are void.
    pub fn fall(&self) {
        *self.up() = None;
    }

    /// How firmly the ear is held; `None` while it restarts.
    pub fn sandbox(&self) -> Option<SandboxState> {
        self.up().as_ref().map(|up| up.sandbox.clone())
    }

    pub fn is_up(&self) -> bool {
        self.up().is_some()
    }

    /// # Errors
    /// There is no ear.
    pub fn ask(&self, wish: &Asked) -> Result<(), EarDown> {
        self.up().as_mut().ok_or(EarDown)?.ask(wish)
    }

    /// Signs a ticket for the ear that is there now.
    ///
    /// # Errors
    /// There is no ear.
    pub fn seal(&self, ticket: &Ticket) -> Result<String, EarDown> {
        self.up().as_ref().map(|up| ticket.seal(&up.key)).ok_or(EarDown)
    }

    fn up(&self) -> MutexGuard<'_, Option<Up>> {
        // The value is replaced whole, so a panic elsewhere cannot leave it half changed.
        self.up.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Up {
    fn ask(&mut self, wish: &Asked) -> Result<(), EarDown> {
        let mut message = Vec::new();
        append(wish, &mut message).map_err(|_| EarDown)?;
        self.link.write_all(&message).map_err(|_| EarDown)
    }
}
