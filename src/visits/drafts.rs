//! What the stays amount to now -> the visits that were told before, with the same ids, and what changed.

use crate::sites::{SiteId, Sites};
use crate::units::Place;

use super::decide::{Choice, VISIT_MS_MIN};
use super::stays::Stay;
use super::visit::{Change, Evidence, Flag, Kind, Stage, Visit, VisitId};

/// Sure enough to check in without asking: of visits at this confidence, four in five at least are right.
pub const SURE: f64 = 0.8;

/// A visit as the positions that are known now tell it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub arrive_ms: i64,
    pub leave_ms: i64,
    pub dwell_ms: i64,
    pub over: bool,
    /// The newest positions still support it.
    pub holds: bool,
    pub answered: bool,
    pub site: Option<SiteId>,
    pub confidence: f64,
    pub best: Vec<(SiteId, f64)>,
    pub flag: Option<Flag>,
    pub evidence: Option<Evidence>,
    pub centre: Place,
    pub var: f64,
}

impl Draft {
    pub fn new(stay: &Stay, dwell_ms: i64, over: bool, choice: &Choice, sites: &Sites) -> Self {
        let best = choice.best_three();
        let site = choice.best();
        Self {
            arrive_ms: stay.arrive_ms,
            leave_ms: stay.leave_ms,
            dwell_ms,
            over,
            holds: true,
            answered: false,
            site: site.map(|one| sites.at(one.site).id.clone()),
            confidence: site.map_or(choice.none, |one| one.share),
            best: best.iter().map(|one| (sites.at(one.site).id.clone(), one.share)).collect(),
            flag: None,
            evidence: None,
            centre: stay.centre,
            var: stay.var,
        }
    }

    fn is_sure(&self) -> bool {
        let known = self.site.is_some() && self.confidence >= SURE && self.dwell_ms >= VISIT_MS_MIN;
        self.flag.is_none() && (known || self.answered)
    }

    fn is_doubtful(&self) -> bool {
        self.flag.is_none() && self.site.is_some() && self.dwell_ms >= VISIT_MS_MIN && !self.is_sure()
    }

    /// Worth telling while it lasts only at a client; once over, whatever it was.
    fn is_worth_telling(&self) -> bool {
        self.over || self.holds && self.site.is_some()
    }
}

/// The visits that were told so far.
#[derive(Debug, Default)]
pub struct Told {
    pub visits: Vec<Visit>,
    last_id: VisitId,
}

impl Told {
    /// Goes on with what was told before; new visits are numbered after `last_id`.
    pub fn resume(visits: Vec<Visit>, last_id: VisitId) -> Self {
        Self { visits, last_id }
    }

    /// Makes the visits what the drafts say. A draft goes on with the visit that it overlaps most.
    pub fn become_drafts(&mut self, drafts: Vec<Draft>, now_ms: i64) -> Vec<Change> {
        let mut before: Vec<Option<Visit>> = std::mem::take(&mut self.visits).into_iter().map(Some).collect();
        let mut changes = Vec::new();
        let goes_on = pair(&drafts, &before);
        for (draft, old) in drafts.into_iter().zip(goes_on) {
            match old.and_then(|old| before[old].take()) {
                Some(visit) => self.visits.push(revise(visit, draft, now_ms, &mut changes)),
                None if draft.is_worth_telling() => {
                    self.last_id += 1;
                    self.visits.push(begin(self.last_id, draft, now_ms, &mut changes));
                }
                None => {}
            }
        }
        for visit in before.into_iter().flatten() {
            changes.push(Change { kind: Kind::Withdrawn, visit });
        }
        changes
    }
}

/// For each draft, the visit that it goes on with: the longest overlaps first, one to one.
fn pair(drafts: &[Draft], visits: &[Option<Visit>]) -> Vec<Option<usize>> {
    let mut overlaps = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        for (old, visit) in visits.iter().enumerate() {
            let Some(visit) = visit else { continue };
            if (visit.flag == Some(Flag::Spoof)) != (draft.flag == Some(Flag::Spoof)) {
                continue;
            }
            let both_ms = draft.leave_ms.min(visit.leave_ms) - draft.arrive_ms.max(visit.arrive_ms);
            if both_ms > 0 {
                overlaps.push((both_ms, old, at));
            }
        }
    }
    overlaps.sort_unstable_by_key(|&(both_ms, old, at)| (-both_ms, old, at));
    let (mut paired, mut taken) = (vec![None; drafts.len()], vec![false; visits.len()]);
    for (_, old, at) in overlaps {
        if paired[at].is_none() && !taken[old] {
            paired[at] = Some(old);
            taken[old] = true;
        }
    }
    paired
}

fn begin(id: VisitId, draft: Draft, now_ms: i64, changes: &mut Vec<Change>) -> Visit {
    let visit = Visit {
        id,
        stage: Stage::Provisional,
        arrive_ms: draft.arrive_ms,
        leave_ms: draft.leave_ms,
        site: draft.site.clone(),
        confidence: draft.confidence,
        best: draft.best.clone(),
        flag: draft.flag,
        evidence: draft.evidence,
        provisional_ms: now_ms,
        confirmed_ms: None,
        asked_ms: None,
        answered: draft.answered,
        centre: draft.centre,
        var: draft.var,
    };
    changes.push(Change { kind: Kind::Began, visit: visit.clone() });
    advance(visit, &draft, now_ms, changes)
}

fn revise(mut visit: Visit, draft: Draft, now_ms: i64, changes: &mut Vec<Change>) -> Visit {
    let elsewhere = visit.site != draft.site || visit.flag != draft.flag;
    let moved = visit.arrive_ms != draft.arrive_ms || draft.over && visit.leave_ms != draft.leave_ms;
    let back = visit.stage == Stage::Left && !draft.over;
    let was_left = visit.stage == Stage::Left;
    visit.arrive_ms = draft.arrive_ms;
    visit.leave_ms = draft.leave_ms;
    visit.site = draft.site.clone();
    visit.confidence = draft.confidence;
    visit.best = draft.best.clone();
    visit.flag = draft.flag;
    visit.evidence = draft.evidence;
    visit.answered = draft.answered;
    visit.centre = draft.centre;
    visit.var = draft.var;
    if elsewhere {
        // What was sure was sure of something else.
        visit.confirmed_ms = None;
    }
    if back || elsewhere && visit.stage == Stage::Confirmed {
        visit.stage = if visit.confirmed_ms.is_some() { Stage::Confirmed } else { Stage::Provisional };
    }
    if elsewhere || back || moved && was_left {
        changes.push(Change { kind: Kind::Revised, visit: visit.clone() });
    }
    advance(visit, &draft, now_ms, changes)
}

/// Moves a visit on in its life as far as its draft allows.
fn advance(mut visit: Visit, draft: &Draft, now_ms: i64, changes: &mut Vec<Change>) -> Visit {
    if draft.is_sure() && visit.confirmed_ms.is_none() {
        visit.confirmed_ms = Some(now_ms);
        if visit.stage == Stage::Provisional {
            visit.stage = Stage::Confirmed;
        }
        changes.push(Change { kind: Kind::Confirmed, visit: visit.clone() });
    }
    if draft.is_doubtful() && visit.asked_ms.is_none() && visit.confirmed_ms.is_none() {
        visit.asked_ms = Some(now_ms);
        changes.push(Change { kind: Kind::Asked, visit: visit.clone() });
    }
    if draft.over && visit.stage != Stage::Left {
        visit.stage = Stage::Left;
        changes.push(Change { kind: Kind::Left, visit: visit.clone() });
    }
    visit
}
