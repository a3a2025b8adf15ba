//! Bodies in: only so large, only so slow, and only so much memory for all of them together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::RequestExt;
use axum::body::Bytes;
use axum::extract::Request;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{Instant, timeout_at};

use super::places::{Known, Standing};
use super::refusal::Refusal;

/// Before it is known who sends it, a body is no larger: the longest real one has about 600 bytes.
const STRANGERS_BYTES_MAX: usize = 8 * 1024;

/// Before anything is counted a body may take so long.
const WITHIN: Duration = Duration::from_secs(15);

/// A stranger's has so few bytes that this is plenty.
const STRANGERS_WITHIN: Duration = Duration::from_secs(5);

/// After that it must have come at least so fast: an eighth of what a bad mobile connection takes a photo with.
const BYTES_A_SECOND_MIN: f64 = 10_000.0;

/// What bodies of all strangers, of one who is known, and of all together may hold at a time while they come in.
const STRANGERS_HELD_MAX: usize = 4 << 20;
const OF_ONE_HELD_MAX: usize = 32 << 20;
const HELD_MAX: usize = 160 << 20;

/// Whose bodies hold how many bytes.
#[derive(Debug, Default)]
pub struct Budget {
    held: Mutex<HashMap<Option<Known>, usize>>,
}

/// Bytes of a budget; free again when this is dropped.
#[derive(Debug)]
struct Share {
    budget: Arc<Budget>,
    whose: Option<Known>,
    bytes: usize,
}

impl Budget {
    fn share(self: &Arc<Self>, whose: Option<Known>) -> Share {
        Share { budget: self.clone(), whose, bytes: 0 }
    }
}

impl Share {
    /// Takes more; `false` when there is no more.
    fn grow(&mut self, bytes: usize) -> bool {
        let mut held = self.budget.held.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = held.values().sum();
        let own = held.entry(self.whose).or_default();
        let most = if self.whose.is_some() { OF_ONE_HELD_MAX } else { STRANGERS_HELD_MAX };
        let fits = *own + bytes <= most && all + bytes <= HELD_MAX;
        if fits {
            *own += bytes;
            self.bytes += bytes;
        }
        fits
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.budget.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&self.whose) {
            *own -= self.bytes;
            if *own == 0 {
                held.remove(&self.whose);
            }
        }
    }
}

/// Reads a body. It may be as large as the route takes, a stranger's as `STRANGERS_BYTES_MAX`.
///
/// # Errors
/// It is too large, too slow, or there is no memory for it now.
pub async fn read(request: Request, budget: &Arc<Budget>, whose: Option<Known>) -> Result<Bytes, Refusal> {
    let standing = request.extensions().get::<Standing>().cloned();
    let body = request.with_limited_body().into_body();
    let (most, within) = match whose {
        Some(_) => (usize::MAX, WITHIN),
        None => (STRANGERS_BYTES_MAX, STRANGERS_WITHIN),
    };
    let mut body = Box::pin(Limited::new(body, most));
    let mut share = budget.share(whose);
    let (began, mut read) = (Instant::now(), Vec::new());
    loop {
        let pace = Duration::from_secs_f64(read.len() as f64 / BYTES_A_SECOND_MIN);
        let frame = timeout_at(began + within + pace, body.frame()).await.map_err(|_| Refusal::SlowBody)?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|error| refusal(&*error))?;
        if let Ok(data) = frame.into_data() {
            if !share.grow(data.len()) {
                return Err(Refusal::Crowded);
            }
            read.extend_from_slice(&data);
        }
    }
    if let Some(standing) = standing {
        standing.set_busy(true);
    }
    Ok(read.into())
}

fn refusal(error: &(dyn std::error::Error + 'static)) -> Refusal {
    let mut cause = Some(error);
    while let Some(one) = cause {
        if one.is::<LengthLimitError>() {
            return Refusal::LargeBody;
        }
        cause = one.source();
    }
    Refusal::CutBody
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::PersonId;

    #[test]
    fn strangers_share_what_there_is_for_them_and_leave_others_theirs() {
        let budget = Arc::<Budget>::default();
        let mut strangers = [budget.share(None), budget.share(None)];
        assert!(strangers[0].grow(STRANGERS_HELD_MAX - 5));
        assert!(!strangers[1].grow(6) && strangers[1].grow(5));
        let mut known = budget.share(Some(Known::Person(PersonId(1))));
        assert!(known.grow(OF_ONE_HELD_MAX) && !known.grow(1));
        drop(strangers);
        assert!(budget.share(None).grow(STRANGERS_HELD_MAX));
        drop(known);
        assert!(budget.held.lock().unwrap().is_empty());
    }
}
