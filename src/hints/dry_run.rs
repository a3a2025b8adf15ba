//! The trace of a call that is over and a playbook -> the hints that it would have given.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Context;
use super::playbook::{Level, Playbook};
use super::prompter::Prompter;
use super::snapshot::Snapshot;
use super::trace::{Reader, STEP_MS, Unreadable};

/// A hint that would have been given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    /// On the call's audio clock.
    pub at_ms: u64,
    /// The rule's place in the playbook.
    pub place: usize,
}

/// What the playbook would have said, up to `end_ms` of the call's audio clock: exactly what a live call would have
/// been told, as far as its conditions compare with what a trace tells apart.
///
/// # Errors
/// The bytes are not a trace.
pub fn dry_run(
    trace: &[u8],
    end_ms: u64,
    context: &Context,
    playbook: Arc<Playbook>,
) -> Result<Vec<Fired>, Unreadable> {
    let mut reader = Reader::new(trace)?;
    let mut prompter = Prompter::new(playbook, Level::Novice);
    prompter.know(context);
    let (mut fired, mut snapshot, mut now_ms) = (Vec::new(), Snapshot::default(), 0u64);
    let mut push = |prompter: &mut Prompter, at_ms: u64, snapshot: &Snapshot, objection: bool| {
        let spoken = prompter.push(at_ms, snapshot, objection);
        fired.extend(spoken.map(|spoken| Fired { at_ms, place: spoken.place }));
    };
    while let Some(instant) = reader.next()? {
        // Between two changes a live call is looked at with every tick.
        while now_ms.saturating_add(STEP_MS) < instant.at_ms {
            now_ms += STEP_MS;
            push(&mut prompter, now_ms, &snapshot, false);
        }
        snapshot = instant.snapshot;
        prompter.set_level(instant.level);
        push(&mut prompter, instant.at_ms, &snapshot, instant.objection);
        now_ms = instant.gap_until_ms.map_or(instant.at_ms, |until_ms| until_ms.saturating_sub(STEP_MS));
        now_ms = now_ms.max(instant.at_ms);
    }
    while now_ms.saturating_add(STEP_MS) <= end_ms {
        now_ms += STEP_MS;
        push(&mut prompter, now_ms, &snapshot, false);
    }
    Ok(fired)
}

/// A call to be tried.
#[derive(Debug, Clone)]
pub struct Tried<'a> {
    pub trace: &'a [u8],
    pub end_ms: u64,
    pub context: &'a Context,
    pub playbook: Arc<Playbook>,
}

/// What came of some calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub calls: u32,
    /// Calls in which something would have been said.
    pub calls_hinted: u32,
    /// How long they lasted together.
    pub ms: u64,
    /// How often each rule would have spoken, and in how many calls.
    pub rules: BTreeMap<String, (u32, u32)>,
}

impl Tally {
    pub fn fired(&self) -> u32 {
        self.rules.values().map(|(fired, _)| fired).sum()
    }
}

/// Tries some calls; one whose trace cannot be read does not count.
pub fn tally<'a>(calls: impl IntoIterator<Item = Tried<'a>>) -> Tally {
    let mut tally = Tally::default();
    for call in calls {
        let Ok(fired) = dry_run(call.trace, call.end_ms, call.context, call.playbook.clone()) else {
            continue;
        };
        tally.calls += 1;
        tally.calls_hinted += u32::from(!fired.is_empty());
        tally.ms += call.end_ms;
        for (place, rule) in call.playbook.rules.iter().enumerate() {
            let times = fired.iter().filter(|fired| fired.place == place).count() as u32;
            if times > 0 {
                let (all, calls) = tally.rules.entry(rule.id.clone()).or_default();
                (*all, *calls) = (*all + times, *calls + 1);
            }
        }
    }
    tally
}
