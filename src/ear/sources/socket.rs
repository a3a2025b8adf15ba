//! The ear's WebSocket: a `start` text, then 16-bit samples in messages of any size, then a `stop` text.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::pcm::Samples;
use crate::ear::door::{Admitted, Door, Refusal};
use crate::ear::frames::RING_SAMPLES;
use crate::ear::stream::{About, End};
use crate::ear::workers::{Feed, SeatError};

/// Longer messages end the connection with code 1009.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Taken from the connection at once. Two messages of 20 ms, two channels at 48 kHz, fit; the library clears as much
/// before every read, and its own 128 KiB took a twentieth of the ear's time.
const READ_BYTES: usize = 8 * 1024;

/// How long a client may take to say what it will send.
const START_WAIT: Duration = Duration::from_secs(5);

/// Without a message for this long the connection is closed; the call can be resumed with a new ticket.
const IDLE_WAIT: Duration = Duration::from_secs(30);

/// A client may be this far ahead of real time, so that a phone can send what it kept while it was cut off.
const AHEAD_MAX: Duration = Duration::from_secs(5);

/// Rates that the ear takes from a socket.
const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// Close codes of our own begin at 4400; the others are those of RFC 6455.
mod code {
    pub const DONE: u16 = 1000;
    pub const FORMAT: u16 = 1003;
    pub const BAD_TEXT: u16 = 1007;
    pub const FORBIDDEN: u16 = 1008;
    pub const OVERLOAD: u16 = 1013;
    pub const IDLE: u16 = 4408;
}

/// `GET /v1/audio?ticket=…` and `GET /healthz`.
pub fn router(door: Arc<Door>) -> Router {
    Router::new().route("/v1/audio", get(open)).route("/healthz", get(async || "ok\n")).with_state(door)
}

#[derive(Deserialize)]
struct Params {
    ticket: Option<String>,
}

async fn open(State(door): State<Arc<Door>>, Query(params): Query<Params>, up: WebSocketUpgrade) -> Response {
    match door.admit_ticket(params.ticket.as_deref()) {
        Ok(admitted) => up
            .max_message_size(MESSAGE_BYTES_MAX)
            .max_frame_size(MESSAGE_BYTES_MAX)
            .read_buffer_size(READ_BYTES)
            .on_upgrade(move |socket| converse(socket, admitted)),
        Err(refusal) => refuse(&refusal),
    }
}

fn refuse(refusal: &Refusal) -> Response {
    let (status, code) = match refusal {
        Refusal::NoTicket => (StatusCode::UNAUTHORIZED, "no_ticket"),
        Refusal::Ticket(_) => (StatusCode::FORBIDDEN, "ticket_refused"),
        Refusal::Duplicate => (StatusCode::CONFLICT, "duplicate_stream"),
        Refusal::Full(_) => (StatusCode::TOO_MANY_REQUESTS, "full"),
        Refusal::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
    };
    let problem = json!({
        "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(),
        "code": code, "detail": refusal.to_string(),
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json"), (header::RETRY_AFTER, "5")];
    (status, kind, Json(problem)).into_response()
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Start {
        rate: u32,
        channels: usize,
        format: String,
    },
    /// On one microphone: whoever speaks next is the rep.
    ThisIsMe,
    /// On one microphone: the rep's voice is the other one.
    Swap,
    Stop,
}

/// How a conversation with a client ended: a close code and a sentence.
type Ended = (u16, String);

async fn converse(mut socket: WebSocket, admitted: Admitted) {
    let ended = match start(&mut socket, &admitted).await {
        Ok((feed, channels, rate_hz)) => {
            tell(&mut socket, json!({ "type": "started", "call": admitted.call })).await;
            let mut stream = Stream::new(feed, channels, rate_hz);
            let ended = stream.run(&mut socket, &admitted).await;
            stream.feed.gone().await;
            ended
        }
        Err(ended) => Some(ended),
    };
    let Some((code, reason)) = ended else { return };
    if code == code::DONE {
        tell(&mut socket, json!({ "type": "stopped", "detail": reason })).await;
    }
    let close = CloseFrame { code, reason: short(&reason).into() };
    let _ = socket.send(Message::Close(Some(close))).await;
}

/// A close reason has room for 123 bytes.
fn short(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(123)]
}

async fn tell(socket: &mut WebSocket, message: serde_json::Value) {
    let _ = socket.send(Message::text(message.to_string())).await;
}

async fn start(socket: &mut WebSocket, admitted: &Admitted) -> Result<(Feed, usize, u32), Ended> {
    let first = tokio::time::timeout(START_WAIT, socket.recv()).await;
    let text = match first {
        Ok(Some(Ok(Message::Text(text)))) => text,
        Ok(Some(Ok(_))) => return Err((code::BAD_TEXT, "the first message must be the text `start`".into())),
        Ok(_) => return Err((code::BAD_TEXT, "the connection ended before `start`".into())),
        Err(_) => return Err((code::IDLE, format!("no `start` came within {} s", START_WAIT.as_secs()))),
    };
    let bad = |why: String| (code::BAD_TEXT, why);
    let said =
        serde_json::from_str(&text).map_err(|error| bad(format!("`start` is not readable: {error}")))?;
    let Said::Start { rate, channels, format } = said else {
        return Err(bad("another message came before `start`".into()));
    };
    if format != "s16le" {
        let given: String = format.chars().take(20).collect();
        return Err((code::FORMAT, format!("format `{given}` is not heard here: send s16le")));
    }
    if !RATES_HZ.contains(&rate) {
        let (low, high) = (RATES_HZ.start(), RATES_HZ.end());
        return Err((
            code::FORMAT,
            format!("a rate of {rate} Hz is not heard here: send {low} to {high} Hz"),
        ));
    }
    if !(1..=2).contains(&channels) {
        return Err((code::FORMAT, format!("{channels} channels are not heard here: send 1 or 2")));
    }
    let feed = admitted.seat(channels, rate).map_err(|error| match error {
        SeatError::Format(_) => (code::FORMAT, error.to_string()),
        SeatError::Memory(_) | SeatError::Busy => (code::OVERLOAD, error.to_string()),
    })?;
    Ok((feed, channels, rate))
}

struct Stream {
    feed: Feed,
    samples: Samples,
    per_s: u64,
    began: Option<Instant>,
    received: u64,
    dropped: u64,
    told_dropped: Instant,
    told_fast: bool,
}

impl Stream {
    fn new(feed: Feed, channels: usize, rate_hz: u32) -> Self {
        Self {
            feed,
            samples: Samples::default(),
            per_s: u64::from(rate_hz) * channels as u64,
            began: None,
            received: 0,
            dropped: 0,
            told_dropped: Instant::now(),
            told_fast: false,
        }
    }

    /// Until the client or the desk ends it. `None` when there is nobody left to tell.
    async fn run(&mut self, socket: &mut WebSocket, admitted: &Admitted) -> Option<Ended> {
        loop {
            let message = tokio::select! {
                biased;
                end = admitted.asked_to_end() => {
                    self.feed.end(end);
                    return Some(match end {
                        End::Forbidden => (code::FORBIDDEN, "hearing this call is no longer allowed".into()),
                        End::Finished | End::Lost => (code::DONE, "the desk ended the call".into()),
                    });
                }
                message = tokio::time::timeout(IDLE_WAIT, socket.recv()) => message,
            };
            match message {
                Ok(Some(Ok(Message::Binary(bytes)))) => self.hear(&bytes, socket, admitted).await,
                Ok(Some(Ok(Message::Text(text)))) => {
                    if let Some(ended) = self.obey(&text) {
                        return Some(ended);
                    }
                }
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(Message::Close(_))) | None | Some(Err(_))) => {
                    self.feed.end(End::Lost);
                    return None;
                }
                Err(_) => {
                    self.feed.end(End::Lost);
                    let reason =
                        format!("nothing came for {} s: resume with a new ticket", IDLE_WAIT.as_secs());
                    return Some((code::IDLE, reason));
                }
            }
        }
    }

    fn obey(&self, text: &str) -> Option<Ended> {
        match serde_json::from_str(text) {
            Ok(Said::Stop) => {
                self.feed.end(End::Finished);
                Some((code::DONE, "stopped".into()))
            }
            Ok(Said::ThisIsMe) => {
                self.feed.say(About::ThisIsMe);
                None
            }
            Ok(Said::Swap) => {
                self.feed.say(About::Swap);
                None
            }
            Ok(Said::Start { .. }) => {
                self.feed.end(End::Lost);
                Some((code::BAD_TEXT, "a stream starts only once".into()))
            }
            Err(error) => {
                self.feed.end(End::Lost);
                Some((code::BAD_TEXT, format!("a text message is not readable: {error}")))
            }
        }
    }

    async fn hear(&mut self, bytes: &[u8], socket: &mut WebSocket, admitted: &Admitted) {
        self.hold_back(socket, admitted).await;
        let mut rest = self.samples.take(bytes);
        while rest.len() > 0 {
            let piece = rest.by_ref_take(RING_SAMPLES / 4);
            self.wait_for_room(piece.len()).await;
            self.received += piece.len() as u64;
            self.dropped += self.feed.write(piece) as u64;
        }
        if self.dropped > 0 && self.told_dropped.elapsed() > Duration::from_secs(1) {
            let dropped_ms = std::mem::take(&mut self.dropped) * 1000 / self.per_s;
            self.told_dropped = Instant::now();
            tell(socket, json!({ "type": "dropped", "dropped_ms": dropped_ms })).await;
        }
    }

    /// A burst waits until the worker has made room, as long as it came ahead of real time: nothing gets late by that.
    /// Sound that comes in real time waits no more than half the time that the piece lasts, so that the queue before
    /// the ear never grows.
    async fn wait_for_room(&self, samples: usize) {
        let patience = self.ahead().max(self.lasts(samples as u64) / 2);
        let until = Instant::now() + patience;
        while self.feed.free() < samples && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// How far the client is ahead of real time.
    fn ahead(&self) -> Duration {
        let since = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        self.lasts(self.received).saturating_sub(since)
    }

    fn lasts(&self, samples: u64) -> Duration {
        Duration::from_micros(samples * 1_000_000 / self.per_s)
    }

    /// Who sends much faster than real time is made to wait, told once and counted.
    async fn hold_back(&mut self, socket: &mut WebSocket, admitted: &Admitted) {
        self.began.get_or_insert_with(Instant::now);
        let wait = self.ahead().saturating_sub(AHEAD_MAX);
        if wait.is_zero() {
            return;
        }
        if !std::mem::replace(&mut self.told_fast, true) {
            let ahead_ms = (wait + AHEAD_MAX).as_millis() as u64;
            tell(socket, json!({ "type": "too_fast", "ahead_ms": ahead_ms })).await;
        }
        admitted.totals().held_back_ms.fetch_add(wait.as_millis() as u64, Relaxed);
        let _ = tokio::time::timeout(wait, admitted.asked_to_end()).await;
    }
}
