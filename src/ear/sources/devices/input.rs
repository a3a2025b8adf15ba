//! One input, held open by a thread of its own: a sound library may block while it opens and while it closes.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tokio::sync::mpsc;

use super::{Format, Sink, inputs};
use crate::observations::AudioHost;
use crate::units::Layout;

/// An input says at most that it opened and that it failed, perhaps again; more is dropped, the first counts.
const EVENTS: usize = 4;

/// What becomes of an input.
#[derive(Debug)]
pub enum Event {
    Open(Format),
    /// It cannot be opened, or is gone; one sentence.
    Lost(String),
}

/// An input that is being opened or is open. Dropping it closes it, later.
pub struct Input {
    events: mpsc::Receiver<Event>,
    close: Option<SyncSender<()>>,
}

impl Input {
    /// Begins to open an input; its samples go to `sink` until it is closed, and a few perhaps afterwards.
    pub fn open<S: Sink>(host: AudioHost, id: &str, layout: Layout, sink: S) -> Self {
        let (tell, events) = mpsc::channel(EVENTS);
        let (close, closing) = sync_channel(0);
        let id = id.to_owned();
        let failing = tell.clone();
        let thread = std::thread::Builder::new()
            .name("ear-input".into())
            .spawn(move || hold(host, &id, layout, sink, &tell, &closing));
        if let Err(error) = thread {
            let _ =
                failing.try_send(Event::Lost(format!("no thread for an input could be started: {error}")));
        }
        Self { events, close: Some(close) }
    }

    /// What happens next.
    pub async fn next(&mut self) -> Event {
        self.events.recv().await.unwrap_or_else(|| Event::Lost("the input closed by itself".to_owned()))
    }

    /// Closes it and waits until the device is free for the next.
    pub async fn close(&mut self) {
        self.close = None;
        // Who tells is gone when the sound library has let go of everything.
        while self.events.recv().await.is_some() {}
    }
}

fn hold<S: Sink>(
    host: AudioHost,
    id: &str,
    layout: Layout,
    sink: S,
    tell: &mpsc::Sender<Event>,
    closing: &Receiver<()>,
) {
    let lost = tell.clone();
    let opened = inputs::open(host, id, layout, sink, move |why| {
        let _ = lost.try_send(Event::Lost(why));
    });
    match opened {
        // The stream is closed when this arm ends.
        Ok((_stream, format)) => {
            let _ = tell.try_send(Event::Open(format));
            // Ends when the other side is dropped.
            let _ = closing.recv();
        }
        Err(why) => {
            let _ = tell.try_send(Event::Lost(why));
        }
    }
}
