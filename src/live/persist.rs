//! Calls -> the store while they live and when they are over, through a bounded queue and a thread of its own: the ear's
//! words never wait.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::call::Call;
use super::ear::Ear;
use super::facts::{Event, Fact};
use crate::store::calls::course::{Course, Happened, go_on, happened};
use crate::store::calls::{Ended, end};
use crate::store::{Error, Store, Tx};

/// Words that wait. When it is full the call keeps its own and offers them again within a second.
const QUEUE: usize = 1_024;

/// Words that share a transaction.
const TOGETHER: usize = 64;

/// A store that refuses is asked again after this long.
const AGAIN: Duration = Duration::from_secs(1);

/// How long the last words may take when the appliance stops.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What the store is told.
#[derive(Clone)]
enum Word {
    Course(Course),
    Happened(Happened),
    Ended(Ended),
    /// All that was said before is kept.
    Settled(SyncSender<()>),
}

/// The way from calls to the store, once there is one.
#[derive(Default)]
pub struct Keeping {
    way: OnceLock<SyncSender<Word>>,
}

impl Keeping {
    /// From now on calls are kept in a store.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(&self, store: Arc<Store>) -> std::io::Result<()> {
        let (send, words) = sync_channel(QUEUE);
        std::thread::Builder::new().name("kept".into()).spawn(move || keep(&store, &words))?;
        // A second start would find the first one's way.
        let _ = self.way.set(send);
        Ok(())
    }

    /// The end of a call as it is kept; `None` while there is no store.
    pub fn ended(&self, call: &Call, ear: &Ear) -> Option<Ended> {
        self.way.get()?;
        Some(Ended {
            id: call.facts.id,
            ended_ms: call.changed_ms.cast_signed(),
            elapsed_ms: call.elapsed_ms().cast_signed(),
            summary: (&call.summary()).into(),
            receipt: call.stored_receipt(ear.sandbox()),
            coached: call.coached(),
        })
    }

    /// Sends what is new of a call on its way; what finds no room stays with the call and is offered again.
    pub(super) fn offer(&self, call: &mut Call, ear: &Ear) {
        let Some(send) = self.way.get() else { return };
        while let Some(fact) = call.coaching.facts.all.get(call.facts_kept) {
            // What somebody said of a hint is kept where it was said.
            let said = matches!(fact.event, Event::HintRated { .. });
            if !said && send.try_send(Word::Happened(word_of(call, fact))).is_err() {
                return;
            }
            call.facts_kept += 1;
        }
        if !call.course.is_kept() {
            let course = Course {
                call: call.facts.id,
                elapsed_ms: call.elapsed_ms().cast_signed(),
                rows: call.course.rows(),
                summary: call.course.summary_due.then(|| (&call.summary()).into()),
            };
            if send.try_send(Word::Course(course)).is_err() {
                return;
            }
            call.course.kept();
        }
        if call.unkept {
            let ended = self.ended(call, ear).map(Word::Ended);
            call.unkept = ended.is_some_and(|ended| send.try_send(ended).is_err());
        }
    }

    /// Waits until all that was said is kept.
    pub fn settle(&self) {
        let Some(send) = self.way.get() else { return };
        let (told, settled) = sync_channel(1);
        if send.send(Word::Settled(told)).is_err() || settled.recv_timeout(LAST_WORDS).is_err() {
            tracing::error!("the last words of the calls are not kept");
        }
    }
}

fn word_of(call: &Call, fact: &Fact) -> Happened {
    Happened { call: call.facts.id, topic: fact.event.name(), n: fact.event.number(), moment: fact.into() }
}

fn keep_one(tx: &Tx, word: &Word) -> Result<(), Error> {
    match word {
        Word::Course(course) => go_on(tx, course),
        Word::Happened(what) => happened(tx, what),
        Word::Ended(ended) => end(tx, ended),
        Word::Settled(_) => Ok(()),
    }
}

/// Until the last sender is gone.
fn keep(store: &Store, waiting: &Receiver<Word>) {
    while let Ok(first) = waiting.recv() {
        let words: Arc<[Word]> =
            std::iter::once(first).chain(waiting.try_iter().take(TOGETHER - 1)).collect();
        loop {
            let again = words.clone();
            match store.write_blocking(move |tx| again.iter().try_for_each(|word| keep_one(tx, word))) {
                Ok(()) => break,
                Err(Error::Closed) => return,
                Err(error) => {
                    tracing::error!(words = words.len(), %error, "what calls came to is not kept yet");
                    std::thread::sleep(AGAIN);
                }
            }
        }
        for word in words.iter() {
            if let Word::Settled(told) = word {
                // Who waited may have given up.
                let _ = told.try_send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::calls::{CallSource, Consent, How, Turn};
    use crate::hints::{Context, Hint, Layers, Level, Side};
    use crate::live::{Clocks, Live, NewCall, ShownHint};
    use crate::observations::{Channel, Observation, SandboxLevel, SandboxState, Tick};
    use crate::people::Owner;
    use crate::store::calls::course::{facts, hint, rows};
    use crate::store::calls::{StoredCall, Told, begin, one};
    use crate::store::events::after;
    use crate::units::{CallId, Layout, Words};

    /// A call that goes on, here and in the store.
    fn begun(folder: &std::path::Path) -> (Arc<Store>, Arc<Live>, CallId) {
        let store = Arc::new(Store::open(folder).unwrap());
        let clocks = Clocks { now_ms: || 7, monotonic_us: || 0, random: || 42 };
        let live = Live::new(clocks, 10, Layers::default());
        live.kept.start(store.clone()).unwrap();
        // Nobody reads it; a socket holds what little is said.
        let (link, held) = UnixStream::pair().unwrap();
        let walls = SandboxState {
            level: SandboxLevel::Degraded,
            why: Vec::new(),
            landlock: String::new(),
            syscalls_filtered: false,
            probes: Vec::new(),
        };
        live.ear.rise(link, [0; 32], None, walls).unwrap();
        std::mem::forget(held);
        let new = NewCall {
            layout: Layout::RepLeft,
            source: CallSource::Socket,
            consent: Consent::Notified,
            level: Level::Novice,
            context: Context::default(),
            owner: None,
            team: None,
            client: None,
        };
        let id = live.open(new).unwrap();
        let call = StoredCall {
            id,
            owner: Owner { person: None, team: None },
            client: None,
            client_name: None,
            layout: Layout::RepLeft,
            source: CallSource::Socket,
            consent: Consent::Notified,
            created_ms: 7,
            ended_ms: None,
            elapsed_ms: 0,
            outcome: None,
            summary: None,
            receipt: None,
            agenda: Vec::new(),
            review: None,
        };
        let told = Told { at_ms: 7, consent: Consent::Notified, how: How::Spoken, text: 1, person: None };
        store.write_blocking(move |tx| begin(tx, &call, &told)).unwrap();
        (store, live, id)
    }

    fn tick(channel: Channel, start_ms: u64) -> Observation {
        Observation::Tick(Tick { start_ms, span_ms: 100, speech_ms: 100, ..Tick::empty(channel) })
    }

    fn shown() -> Event {
        let words = || Words::new("请他多说", "let them say more");
        let hint = Hint {
            at_ms: 9_000,
            rule: "hesitation".into(),
            side: Side::Client,
            kind: "objection".into(),
            say: words(),
            drivers: vec![words()],
            because: words(),
        };
        Event::HintShown(ShownHint { id: 1, hint, model_id: "m", playbook: "built-in".into() })
    }

    #[test]
    fn what_a_call_comes_to_is_kept_while_it_lives_and_nothing_after_withdrawal() {
        let folder = tempfile::tempdir().unwrap();
        let (store, live, id) = begun(folder.path());
        live.with(id, |call| {
            call.observe(Observation::SpeechStart { channel: Channel::Rep, at_ms: 0 }, 7);
            for start_ms in (0..35_000).step_by(100) {
                call.observe(tick(Channel::Rep, start_ms), 7);
                call.observe(tick(Channel::Client, start_ms), 7);
            }
            call.coaching.facts.add(Fact { unix_ms: 8, at_ms: 9_000, event: shown() });
        });
        live.kept.settle();
        let read = || {
            store.write_blocking(move |tx| {
                let topics: Vec<_> = after(tx, 0, 9)?.into_iter().map(|event| event.topic).collect();
                Ok::<_, Error>((one(tx, id)?, rows(tx, id)?, facts(tx, id)?, hint(tx, id, 1)?, topics))
            })
        };
        let (call, kept, happened, hint, topics) = read().unwrap();
        let call = call.unwrap();
        assert_eq!((call.ended_ms, call.summary.unwrap().seconds), (None, 35.0), "the numbers so far");
        assert_eq!((kept.len(), kept[0].channel, kept[1].spoke), (12, Channel::Client, 255));
        let Event::HintShown(shown) = shown() else { panic!() };
        assert_eq!((happened.len(), hint.unwrap()), (1, (&shown).into()));
        assert_eq!(topics, ["call.opened", "hint.shown"]);

        live.with(id, |call| call.turn(Turn::Stopped, 9));
        live.kept.settle();
        let (call, kept, _, _, topics) = read().unwrap();
        assert_eq!((call.unwrap().elapsed_ms, kept.len()), (35_000, 14));
        assert_eq!(topics, ["call.opened", "hint.shown", "call.ended"]);

        live.with(id, |call| call.turn(Turn::Withdrawn, 10));
        store.write_blocking(move |tx| crate::store::calls::delete(tx, id, 10)).unwrap();
        live.kept.settle();
        let (call, kept, happened, hint, topics) = read().unwrap();
        assert_eq!((call, kept, happened, hint), (None, Vec::new(), Vec::new(), None));
        assert_eq!(topics, ["call.withdrawn"]);
    }
}
