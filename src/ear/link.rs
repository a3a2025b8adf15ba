//! The ear's end of the socket pair: descriptors and wishes come in, observations go out and are counted.

use std::collections::HashMap;
use std::io::{self, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};

use super::totals::Totals;
use crate::observations::wire::{Said, append};
use crate::units::CallId;

/// Messages that may wait for the desk: half a second of ticks of 100 stereo calls. When it is full the workers wait,
/// the rings fill and the oldest audio is dropped and counted; no message is.
const OUTLET_MESSAGES: usize = 1024;

/// Messages are written together up to about this size.
const BATCH_BYTES: usize = 64 * 1024;

/// The only way out of the room.
#[derive(Clone)]
pub struct Outlet(SyncSender<Said>);

impl Outlet {
    /// Starts the thread that writes to the desk. When the desk is gone the process ends.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(link: UnixStream, totals: Arc<Totals>) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(OUTLET_MESSAGES);
        std::thread::Builder::new().name("ear-link".into()).spawn(move || {
            let gone = Writer { link, totals, sent: HashMap::new() }.run(&receiver);
            tracing::info!("the desk is gone: {gone}");
            std::process::exit(0);
        })?;
        Ok(Self(sender))
    }

    /// Waits while the desk is slow.
    pub fn say(&self, said: Said) {
        // The receiver ends only with the process.
        let _ = self.0.send(said);
    }
}

impl Outlet {
    /// The same from an async thread, which may not wait.
    pub async fn say_soon(&self, said: Said) {
        let outlet = self.clone();
        let _ = tokio::task::spawn_blocking(move || outlet.say(said)).await;
    }
}

struct Writer {
    link: UnixStream,
    totals: Arc<Totals>,
    /// Observation bytes per running stream, for its receipt.
    sent: HashMap<CallId, u64>,
}

impl Writer {
    fn run(mut self, messages: &Receiver<Said>) -> io::Error {
        let mut batch = Vec::with_capacity(2 * BATCH_BYTES);
        while let Ok(first) = messages.recv() {
            let more = std::iter::from_fn(|| messages.try_recv().ok());
            for said in std::iter::once(first).chain(more) {
                if let Err(error) = self.append(said, &mut batch) {
                    return error;
                }
                if batch.len() >= BATCH_BYTES {
                    break;
                }
            }
            if let Err(error) = self.link.write_all(&batch) {
                return error;
            }
            batch.clear();
        }
        io::ErrorKind::BrokenPipe.into()
    }

    fn append(&mut self, mut said: Said, batch: &mut Vec<u8>) -> io::Result<()> {
        if let Said::Closed { call, receipt } = &mut said {
            receipt.observation_bytes_out = self.sent.remove(call).unwrap_or_default();
        }
        let bytes = append(&said, batch)? as u64;
        if let Said::Heard { call, .. } = said {
            *self.sent.entry(call).or_default() += bytes;
            self.totals.observation_bytes_out.fetch_add(bytes, Relaxed);
        }
        Ok(())
    }
}

/// Receives the listening socket that the desk passes as its first message.
///
/// # Errors
/// The link ended or carried no socket.
pub fn take_listener(link: &UnixStream) -> io::Result<TcpListener> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut passed = RecvAncillaryBuffer::new(&mut space);
    rustix::net::recvmsg(link, &mut [IoSliceMut::new(&mut [0])], &mut passed, RecvFlags::CMSG_CLOEXEC)?;
    for message in passed.drain() {
        if let RecvAncillaryMessage::ScmRights(mut sockets) = message
            && let Some(socket) = sockets.next()
        {
            return Ok(socket.into());
        }
    }
    Err(io::Error::other("the desk passed no listening socket"))
}
