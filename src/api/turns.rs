//! Questions that may take long: a few of one person at a time, so that the others' do not wait for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::places::Known;

/// The store reads four at a time: two stay for everybody else.
const OF_ONE_MAX: usize = 2;

/// Who asks, and how many of their questions go on.
#[derive(Debug, Default)]
pub struct Turns {
    held: Mutex<HashMap<Option<Known>, Arc<Semaphore>>>,
}

/// A question that goes on; the next one's turn comes when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _held: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// Waits for the turn of somebody's next question.
    pub async fn of(&self, whose: Option<Known>) -> Turn {
        let turns = {
            // Entries are whole.
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.retain(|known, turns| *known == whose || Arc::strong_count(turns) > 1);
            held.entry(whose).or_insert_with(|| Arc::new(Semaphore::new(OF_ONE_MAX))).clone()
        };
        // It is never closed.
        Turn { _held: turns.acquire_owned().await.ok() }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::units::PersonId;

    fn now<T>(asked: impl Future<Output = T>) -> Option<T> {
        match pin!(asked).poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(turn) => Some(turn),
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn one_person_waits_for_the_own_questions_and_nobody_for_those_of_others() {
        let turns = Turns::default();
        let of = |person: i64| now(turns.of(Some(Known::Person(PersonId(person)))));
        let mut held: Vec<_> = (0..OF_ONE_MAX).map(|_| of(1).expect("there is room")).collect();
        assert!(of(1).is_none());
        assert!(of(2).is_some());
        held.pop();
        assert!(of(1).is_some());
        drop(held);
        drop(of(3));
        assert_eq!(turns.held.lock().unwrap().len(), 1, "who asks nothing is not remembered");
    }
}
