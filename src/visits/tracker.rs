//! One device's fixes and a clock in -> changes of its visits out.
//!
//! [`Tracker::take`] is cheap and may be called for a whole batch; [`Tracker::settle`] then says what it amounts to.

use crate::fixes::{Doubts, Fix};
use crate::sites::{Lesson, Sites};

use super::decide::{Choice, VISIT_MS_MIN, settle};
use super::drafts::{Draft, Told};
use super::evidence::Dwell;
use super::habits::Habits;
use super::integrity::{is_out_of_reach, looks_faked};
use super::pieces::Pieces;
use super::plan::Plan;
use super::stays::{Stay, runs};
use super::stops::STOP_MS_MIN;
use super::tours::{BESIDE_MAX, Stood, ground_of, tours};
use super::track::{Taken, Track};
use super::visit::{Answer, AnswerError, Change, Evidence, Flag, Taught, Visit, VisitId};

/// Positions are kept for two days: what a phone sends later is history that nobody waits for.
const KEEP_MS: i64 = 48 * 3_600_000;

/// The stays of the working day before still count: one client is rarely visited twice a day.
const DAY_MS: i64 = 12 * 3_600_000;

/// And all is forgotten some hours at a time.
const FORGET_EVERY_MS: i64 = 12 * 3_600_000;

/// After so long a silence a visit counts as left; when the device speaks again from there, it goes on.
const SILENCE_MS: i64 = 20 * 60_000;

/// A device that was there so long ago is taken to be there still: at rest many report every few minutes only.
const FRESH_MS: i64 = 5 * 60_000;

/// An open stay is looked at again at the next fix until it is a visit, then each time it has lasted a third longer.
const LOOK_MS_MIN: i64 = 60_000;

/// What a person said of a stretch of time.
#[derive(Debug, Clone)]
struct Said {
    from_ms: i64,
    to_ms: i64,
    answer: Answer,
    visit: VisitId,
    learned: bool,
}

/// What was told and said of a device's last days, to go on from after a restart.
#[derive(Debug, Default)]
pub struct Past {
    /// In the order of time.
    pub visits: Vec<Visit>,
    /// New visits are numbered after this one.
    pub last_id: VisitId,
    /// What a person said: from, to, and what.
    pub said: Vec<(i64, i64, Answer)>,
}

/// A closed stay, judged once.
#[derive(Debug, Clone)]
struct Judged {
    choice: Choice,
    faked: Option<Evidence>,
}

impl Judged {
    /// Whether it was at another client than the one on whose ground it is.
    fn is_elsewhere(&self, ground: Option<u32>) -> bool {
        self.choice.best().is_some_and(|best| Some(best.site) != ground)
    }
}

/// One device.
#[derive(Debug, Default)]
pub struct Tracker {
    habits: Habits,
    plan: Plan,
    track: Track,
    pieces: Pieces,
    judged: Vec<Judged>,
    /// So many of `judged` still belong to their stays.
    same: usize,
    /// The wide ground that each point lies on, as far as that was looked up.
    grounds: Vec<Option<u32>>,
    said: Vec<Said>,
    told: Told,
    mocks_seen: usize,
    /// Something is new since the last time everything was settled.
    news: bool,
    look_ms: Option<i64>,
    horizon_ms: i64,
}

impl Tracker {
    /// A device whose rep has these habits and appointments.
    pub fn new(habits: Habits, plan: Plan) -> Self {
        Self { habits, plan, ..Self::default() }
    }

    /// A device that was followed before: once it has taken its stored fixes again, what it tells is only what changed.
    /// What left before `horizon_ms` is history and is left as it is.
    pub fn resume(habits: Habits, plan: Plan, past: Past, horizon_ms: i64) -> Self {
        let known = |from_ms: i64, to_ms: i64| {
            let within = |visit: &&Visit| visit.arrive_ms <= to_ms && visit.leave_ms >= from_ms;
            past.visits.iter().find(within).map_or(0, |visit| visit.id)
        };
        let said = past.said.iter().map(|(from_ms, to_ms, answer)| Said {
            from_ms: *from_ms,
            to_ms: *to_ms,
            answer: answer.clone(),
            visit: known(*from_ms, *to_ms),
            learned: false,
        });
        let said = said.collect();
        let told = Told::resume(past.visits, past.last_id);
        Self { said, told, horizon_ms, news: true, ..Self::new(habits, plan) }
    }

    /// Another plan: visits are settled anew with it.
    pub fn replan(&mut self, plan: Plan) {
        self.plan = plan;
        self.same = 0;
        self.news = true;
    }

    /// Takes a fix, in any order; one that came before changes nothing. Returns whether it was new.
    pub fn take(&mut self, fix: &Fix) -> bool {
        let before = self.track.points().len();
        let Taken::From(valid) = self.track.take(fix) else { return false };
        self.grounds.truncate(valid);
        if valid < before {
            self.same = self.same.min(self.pieces.take_back(valid, self.track.points()));
        }
        let stays = self.pieces.stays().len();
        let same = self.pieces.run(self.track.points());
        self.news |= same < stays || self.pieces.stays().len() > stays || valid < before;
        self.same = self.same.min(same);
        true
    }

    /// What everything that was taken amounts to at this instant.
    pub fn settle(&mut self, sites: &Sites, now_ms: i64) -> Vec<Change> {
        let mocked = self.track.mocks().len() != self.mocks_seen;
        let open = self.pieces.is_open(self.track.points());
        let due = match self.look_ms {
            Some(look_ms) => now_ms >= look_ms,
            None => open,
        };
        let walked = self.look_up(sites);
        if !self.news && !mocked && !due && !walked {
            return Vec::new();
        }
        self.news = false;
        self.mocks_seen = self.track.mocks().len();
        let drafts = self.drafts(sites, now_ms);
        let changes = self.told.become_drafts(drafts, now_ms);
        self.learn_answers();
        self.forget();
        changes
    }

    /// When to settle again although no fix came.
    pub fn due_ms(&self) -> Option<i64> {
        self.look_ms
    }

    /// The visits of the last two days, in the order of time.
    pub fn visits(&self) -> &[Visit] {
        &self.told.visits
    }

    /// How often each doubt was raised.
    pub fn doubts(&self) -> Doubts {
        self.track.doubts()
    }

    /// A person says where a visit was. Saying it again is fine; the last word counts.
    ///
    /// # Errors
    /// When the visit or the site is not known.
    pub fn answer(
        &mut self,
        id: VisitId,
        answer: Answer,
        sites: &Sites,
    ) -> Result<Option<Taught>, AnswerError> {
        let visit = self.told.visits.iter().find(|visit| visit.id == id).ok_or(AnswerError::Unknown(id))?;
        let taught = match &answer {
            Answer::Nowhere => None,
            Answer::At(site) => {
                let index = sites.index_of(site).ok_or_else(|| AnswerError::NoSite(site.to_string()))?;
                let lesson = Lesson::of(sites.at(index).entered, id, visit.centre, visit.var);
                Some(Taught { site: site.clone(), lesson })
            }
        };
        self.said.retain(|said| said.visit != id);
        self.said.push(Said {
            from_ms: visit.arrive_ms,
            to_ms: visit.leave_ms,
            answer,
            visit: id,
            learned: false,
        });
        self.same = 0;
        self.news = true;
        Ok(taught)
    }

    /// Looks up the ground of points that came since the last time. Returns whether any lies on wide ground.
    fn look_up(&mut self, sites: &Sites) -> bool {
        let from = self.grounds.len();
        let new = self.track.points()[from..].iter();
        self.grounds.extend(new.map(|point| if sites.has_wide() { ground_of(point, sites) } else { None }));
        self.grounds[from..].iter().any(Option::is_some)
    }

    fn drafts(&mut self, sites: &Sites, now_ms: i64) -> Vec<Draft> {
        let points = self.track.points();
        self.judged.truncate(self.same);
        for stay in &self.pieces.stays()[self.judged.len()..] {
            let judged = self.judge(stay, stay.dwell_ms(), true, sites);
            self.judged.push(judged);
        }
        self.same = self.judged.len();
        let mut stays: Vec<(&Stay, i64, bool)> =
            self.pieces.stays().iter().map(|stay| (stay, stay.dwell_ms(), true)).collect();
        let mut judged = self.judged.clone();
        let mut asides: Vec<&Stay> = self.pieces.asides().iter().collect();
        let open = self.pieces.with_open(points);
        if let Some((at, stay)) = &open {
            let over = now_ms - stay.seen_ms.1 >= SILENCE_MS;
            let still_ms = now_ms.min(stay.seen_ms.1 + FRESH_MS) - stay.arrive_ms;
            let dwell_ms = if over { stay.dwell_ms() } else { stay.dwell_ms().max(still_ms) };
            asides.extend(stays.drain(*at..).skip(1).map(|(stay, ..)| stay));
            judged.truncate(*at);
            judged.push(self.judge(stay, dwell_ms, over, sites));
            stays.push((stay, dwell_ms, over));
        }
        let toured = self.tours(&stays, &judged, now_ms);
        for (stay, dwell_ms, over) in &toured {
            let belongs = |one: &Stay| one.leave_ms.min(stay.leave_ms) > one.arrive_ms.max(stay.arrive_ms);
            let (kept, kept_judged) = stays
                .into_iter()
                .zip(judged)
                .filter(|((one, ..), judged)| {
                    !belongs(one) || judged.is_elsewhere(self.grounds[stay.first()])
                })
                .unzip();
            (stays, judged) = (kept, kept_judged);
            let at = stays.partition_point(|(one, ..)| one.arrive_ms < stay.arrive_ms);
            judged.insert(at, self.judge(stay, *dwell_ms, *over, sites));
            stays.insert(at, (stay, *dwell_ms, *over));
        }
        let mut choices: Vec<Choice> = judged.iter().map(|one| one.choice.clone()).collect();
        for (choice, judged) in choices.iter_mut().zip(&judged) {
            if judged.faked.is_some() {
                *choice = Choice::none(0);
            }
        }
        settle(&mut choices);
        let mut drafts = Vec::new();
        for ((judged, choice), &(stay, dwell_ms, over)) in judged.iter().zip(&choices).zip(&stays) {
            // A stop that turned out to be no longer than a light tells nothing.
            let passing = over && stay.dwell_ms() < STOP_MS_MIN;
            if stay.leave_ms < self.horizon_ms || passing {
                continue;
            }
            let choice = if judged.faked.is_some() { &judged.choice } else { choice };
            let mut draft = Draft::new(stay, dwell_ms, over, choice, sites);
            draft.holds = over || self.pieces.holds();
            draft.answered = self.said_of(stay).is_some();
            draft.evidence = judged.faked.filter(|_| !draft.answered);
            draft.flag = draft.evidence.map(|_| Flag::Suspect);
            drafts.push(draft);
        }
        drafts.extend(asides.into_iter().filter_map(|stay| self.suspected(stay, sites)));
        drafts.extend(self.mocked(sites));
        drafts.sort_by_key(|draft| draft.arrive_ms);
        let last = stays.last().copied();
        self.look_ms =
            last.and_then(|(stay, dwell_ms, over)| (!over).then(|| next_look_ms(stay, dwell_ms, now_ms)));
        drafts
    }

    /// Visits spent walking over a client's ground, and how long each has lasted.
    fn tours(&self, stays: &[(&Stay, i64, bool)], judged: &[Judged], now_ms: i64) -> Vec<(Stay, i64, bool)> {
        if self.grounds.iter().all(Option::is_none) {
            return Vec::new();
        }
        let stood: Vec<Stood> = (stays.iter().zip(judged))
            .map(|((stay, ..), judged)| Stood { stay, site: judged.choice.best().map(|best| best.site) })
            .collect();
        let points = self.track.points();
        let of = |stay: Stay| {
            let goes_on =
                stay.last() + 1 + BESIDE_MAX >= points.len() && now_ms - stay.seen_ms.1 < SILENCE_MS;
            let dwell_ms = stay.dwell_ms();
            (stay, dwell_ms, !goes_on)
        };
        tours(points, &self.grounds, &stood).into_iter().map(of).collect()
    }

    fn judge(&self, stay: &Stay, dwell_ms: i64, over: bool, sites: &Sites) -> Judged {
        let choice = match self.said_of(stay) {
            Some(Said { answer: Answer::At(site), .. }) => Choice::said(stay.arrive_ms, sites.index_of(site)),
            Some(Said { answer: Answer::Nowhere, .. }) => Choice::said(stay.arrive_ms, None),
            None if over && (dwell_ms < VISIT_MS_MIN || is_out_of_reach(stay, self.track.points())) => {
                Choice::none(stay.arrive_ms)
            }
            None => Choice::of(stay, Dwell::new(dwell_ms, over), sites, &self.habits, &self.plan),
        };
        Judged { choice, faked: looks_faked(stay, self.track.points()) }
    }

    /// What a person said of the visit that this stay is.
    fn said_of(&self, stay: &Stay) -> Option<&Said> {
        self.said.iter().find(|said| {
            let both_ms = said.to_ms.min(stay.leave_ms) - said.from_ms.max(stay.arrive_ms);
            2 * both_ms > (said.to_ms - said.from_ms).min(stay.dwell_ms())
        })
    }

    /// A stay that interrupted another one, told if it looks faked so that somebody can ask why.
    fn suspected(&self, stay: &Stay, sites: &Sites) -> Option<Draft> {
        let evidence = looks_faked(stay, self.track.points()).filter(|evidence| evidence.repeated > 0)?;
        let choice = Choice::of(stay, Dwell::new(stay.dwell_ms(), true), sites, &self.habits, &self.plan);
        let mut draft = Draft::new(stay, stay.dwell_ms(), true, &choice, sites);
        (draft.flag, draft.evidence) = (Some(Flag::Suspect), Some(evidence));
        (stay.leave_ms >= self.horizon_ms).then_some(draft)
    }

    /// Stays that the device itself calls simulated; told so that somebody can ask why.
    fn mocked(&self, sites: &Sites) -> Vec<Draft> {
        let mocks = self.track.mocks();
        let stays = runs(mocks);
        let drafts = stays.iter().filter(|stay| stay.leave_ms >= self.horizon_ms).map(|stay| {
            let dwell = Dwell::new(stay.dwell_ms(), true);
            let choice = Choice::of(stay, dwell, sites, &self.habits, &self.plan);
            let mut draft = Draft::new(stay, stay.dwell_ms(), true, &choice, sites);
            draft.flag = Some(Flag::Spoof);
            let simulated = stay.support.len() as u32;
            draft.evidence = Some(Evidence { simulated, ..Evidence::default() });
            draft
        });
        drafts.collect()
    }

    /// An answer about a visit that is over is history.
    fn learn_answers(&mut self) {
        for said in self.said.iter_mut().filter(|said| !said.learned) {
            let visit = self.told.visits.iter().find(|visit| visit.id == said.visit);
            let Some(visit) = visit.filter(|visit| visit.stage == super::Stage::Left) else { continue };
            said.learned = true;
            if let Answer::At(site) = &said.answer {
                self.habits.learn(site, visit.arrive_ms, visit.leave_ms);
            }
        }
    }

    /// Lets go of what is older than two days; confirmed visits become habits.
    fn forget(&mut self) {
        let points = self.track.points();
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        if last.t_ms - first.t_ms < KEEP_MS + DAY_MS + FORGET_EVERY_MS {
            return;
        }
        let until_ms = last.t_ms - KEEP_MS;
        let gone = self.track.forget(self.pieces.forgettable(points, until_ms - DAY_MS));
        self.grounds.drain(..gone.min(self.grounds.len()));
        let stays = self.pieces.forget(gone);
        self.judged.drain(..stays.min(self.judged.len()));
        self.same = self.judged.len();
        self.horizon_ms = until_ms;
        let (old, kept) =
            std::mem::take(&mut self.told.visits).into_iter().partition(|visit| visit.leave_ms < until_ms);
        self.told.visits = kept;
        let old: Vec<Visit> = old;
        for visit in old.iter().filter(|visit| visit.confirmed_ms.is_some()) {
            let learned = self.said.iter().any(|said| said.visit == visit.id && said.learned);
            if let Some(site) = visit.site.as_ref().filter(|_| !learned) {
                self.habits.learn(site, visit.arrive_ms, visit.leave_ms);
            }
        }
        self.said.retain(|said| said.to_ms >= until_ms);
    }
}

/// When an open stay is looked at again: as a visit, when it has gone on, or when it fell silent.
fn next_look_ms(stay: &Stay, dwell_ms: i64, now_ms: i64) -> i64 {
    let again_ms = if dwell_ms < VISIT_MS_MIN {
        (stay.arrive_ms + VISIT_MS_MIN).max(now_ms + 1000)
    } else {
        now_ms + LOOK_MS_MIN.max(dwell_ms / 3)
    };
    again_ms.min((stay.seen_ms.1 + SILENCE_MS).max(now_ms + 1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visits::scene::{Scene, knows, sites, visits};
    use crate::visits::{Kind, Stage};
    use proptest::prelude::*;

    const MINUTE_MS: i64 = 60_000;

    /// A morning: two clients, and a light in between.
    fn morning() -> Scene {
        let mut scene = Scene::new(40);
        scene
            .drive(0.0, 0.0)
            .stay(30)
            .drive(2000.0, 500.0)
            .stay(1)
            .drive(4000.0, 1000.0)
            .stay(45)
            .drive(8000.0, 0.0);
        scene
    }

    fn two() -> Sites {
        sites(&[("A", 5.0, -8.0), ("B", 4010.0, 1005.0), ("C", 9000.0, 9000.0)])
    }

    /// Arrival, departure, site, confidence and flag: what does not depend on when the server heard of it.
    type Line<'a> = (i64, i64, Option<&'a str>, u64, Option<Flag>);

    fn told(visits: &[Visit]) -> Vec<Line<'_>> {
        visits
            .iter()
            .map(|visit| {
                let site = visit.site.as_deref();
                (visit.arrive_ms, visit.leave_ms, site, visit.confidence.to_bits(), visit.flag)
            })
            .collect()
    }

    #[test]
    fn a_morning_is_two_visits_with_their_times() {
        let scene = morning();
        let got = visits(knows(&["A", "B"]), &scene.fixes, &two());
        let names: Vec<_> = got.iter().map(|visit| visit.site.as_deref()).collect();
        assert_eq!(names, [Some("A"), Some("B")], "{got:?}");
        let minutes = |visit: &Visit| (visit.leave_ms - visit.arrive_ms + MINUTE_MS / 2) / MINUTE_MS;
        assert!((29..=32).contains(&minutes(&got[0])) && (44..=47).contains(&minutes(&got[1])), "{got:?}");
        assert!(got.iter().all(|visit| visit.confidence > 0.9 && visit.stage == Stage::Left), "{got:?}");
    }

    #[test]
    fn a_visit_is_provisional_then_confirmed_then_left_by_the_clock() {
        let (scene, sites) = (morning(), two());
        let mut tracker = knows(&["A", "B"]);
        let mut changes = Vec::new();
        let arrival_ms = scene.fixes.iter().find(|fix| fix.speed_mps.is_none()).unwrap().tst_ms;
        for fix in scene.fixes.iter().filter(|fix| fix.tst_ms < arrival_ms + 20 * MINUTE_MS) {
            while let Some(due_ms) = tracker.due_ms().filter(|due_ms| *due_ms < fix.rx_ms) {
                changes.extend(tracker.settle(&sites, due_ms).into_iter().map(|change| (due_ms, change)));
            }
            tracker.take(fix);
            changes.extend(tracker.settle(&sites, fix.rx_ms).into_iter().map(|change| (fix.rx_ms, change)));
        }
        // The phone falls silent; nothing but the clock tells that the visit is over.
        while let Some(due_ms) = tracker.due_ms() {
            changes.extend(tracker.settle(&sites, due_ms).into_iter().map(|change| (due_ms, change)));
        }
        let kinds: Vec<_> = changes.iter().map(|(_, change)| change.kind).collect();
        assert_eq!(kinds, [Kind::Began, Kind::Confirmed, Kind::Left], "{changes:?}");
        let minutes: Vec<_> = changes.iter().map(|(ms, _)| (ms - arrival_ms) / MINUTE_MS).collect();
        assert!(minutes[0] <= 3 && minutes[1] <= 5, "{minutes:?}");
        let left = &changes[2].1.visit;
        assert!(
            (left.leave_ms - arrival_ms) / MINUTE_MS <= 20,
            "dated back to when it was last there: {left:?}"
        );
        assert!(changes.iter().all(|(_, change)| change.visit.id == 1));
    }

    #[test]
    fn a_late_batch_revises_the_visit_and_keeps_its_id() {
        let (scene, sites) = (morning(), two());
        let late = |fix: &&Fix| (10..32).contains(&((fix.tst_ms - scene.fixes[0].tst_ms) / MINUTE_MS));
        let mut tracker = knows(&["A", "B"]);
        scene.fixes.iter().filter(|fix| !late(fix)).for_each(|fix| {
            tracker.take(fix);
        });
        tracker.settle(&sites, scene.now_ms);
        let before = tracker.visits().to_vec();
        scene.fixes.iter().rev().filter(late).for_each(|fix| {
            tracker.take(fix);
        });
        tracker.settle(&sites, scene.now_ms + 24 * 60 * MINUTE_MS);
        let after = tracker.visits();
        assert_eq!(told(after), told(&visits(knows(&["A", "B"]), &scene.fixes, &sites)));
        for visit in &before {
            assert!(after.iter().any(|kept| kept.id == visit.id), "{visit:?} is gone: {after:?}");
        }
    }

    #[test]
    fn a_wild_position_or_a_gap_does_not_cut_a_visit_in_two() {
        let mut scene = Scene::new(60);
        scene
            .drive(0.0, 0.0)
            .stay(10)
            .leap(900.0, 4.0)
            .stay(5)
            .leap(-400.0, 600.0)
            .stay(3)
            .silence(15)
            .stay(12);
        scene.drive(6000.0, 0.0);
        let got = visits(knows(&["A", "B"]), &scene.fixes, &two());
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(got[0].site.as_deref(), Some("A"));
    }

    #[test]
    fn a_stop_at_no_known_client_has_no_site() {
        let mut scene = Scene::new(30);
        scene.drive(1500.0, 1500.0).stay(25).drive(6000.0, 0.0);
        let got = visits(knows(&["A", "B"]), &scene.fixes, &two());
        assert_eq!(got.iter().map(|visit| visit.site.as_deref()).collect::<Vec<_>>(), [None]);
    }

    #[test]
    fn a_faked_stay_is_told_but_is_no_check_in() {
        for (told, flag) in [(true, Flag::Spoof), (false, Flag::Suspect)] {
            let mut scene = Scene::new(60);
            scene.drive(0.0, 0.0).stay(6).fake(4010.0, 1005.0, 25, told).stay(6).drive(6000.0, 0.0);
            let got = visits(knows(&["A", "B"]), &scene.fixes, &two());
            let faked: Vec<_> = got.iter().filter(|visit| visit.site.as_deref() == Some("B")).collect();
            assert_eq!(faked.iter().map(|visit| visit.flag).collect::<Vec<_>>(), [Some(flag)], "{got:?}");
            assert_eq!(faked[0].confirmed_ms, None);
        }
    }

    #[test]
    fn two_clients_in_one_house_are_asked_about_and_the_answer_teaches() {
        let mut scene = Scene::new(40);
        scene.drive(0.0, 0.0).stay(30).drive(6000.0, 0.0);
        let mut sites = sites(&[("A1", 30.0, 0.0), ("A2", 30.0, 0.0), ("A3", 30.0, 0.0), ("A4", 30.0, 0.0)]);
        let mut tracker = knows(&["A1", "A2", "A3", "A4"]);
        scene.fixes.iter().for_each(|fix| {
            tracker.take(fix);
        });
        let changes = tracker.settle(&sites, scene.now_ms + 60 * MINUTE_MS);
        assert_eq!(changes.iter().filter(|change| change.kind == Kind::Asked).count(), 1, "{changes:?}");
        let asked = tracker.visits()[0].clone();
        assert!(asked.is_asking() && asked.best.len() == 3 && asked.confirmed_ms.is_none());

        let taught = tracker.answer(asked.id, Answer::At("A4".into()), &sites).unwrap().unwrap();
        let index = sites.index_of("A4").unwrap();
        sites.learn(index, taught.lesson);
        assert!(sites.at(index).correction.offset_m().0 < -5.0, "it moves to where the visit was");
        sites.unlearn(index, asked.id);
        assert_eq!(sites.at(index).correction.offset_m(), (0.0, 0.0));

        tracker.settle(&sites, scene.now_ms + 61 * MINUTE_MS);
        let visit = tracker.visits()[0].clone();
        assert_eq!((visit.site.as_deref(), visit.confidence, visit.answered), (Some("A4"), 1.0, true));
        assert!(visit.confirmed_ms.is_some() && visit.id == asked.id && !visit.is_asking());
        tracker.answer(visit.id, Answer::Nowhere, &sites).unwrap();
        tracker.settle(&sites, scene.now_ms + 62 * MINUTE_MS);
        assert_eq!(tracker.visits()[0].site, None);
        assert_eq!(tracker.answer(99, Answer::Nowhere, &sites), Err(AnswerError::Unknown(99)));
        assert!(tracker.answer(visit.id, Answer::At("Z".into()), &sites).is_err());
    }

    #[test]
    fn an_appointment_tells_clients_of_one_house_apart() {
        let mut scene = Scene::new(40);
        scene.drive(0.0, 0.0).stay(30).drive(6000.0, 0.0);
        let sites = sites(&[("A1", 0.0, 0.0), ("A2", 0.0, 0.0)]);
        let mut tracker = knows(&["A1", "A2"]);
        let at_ms = scene.fixes[0].tst_ms + 5 * MINUTE_MS;
        tracker.replan(Plan::new(vec![(at_ms, "A2".into())]));
        let got = visits(tracker, &scene.fixes, &sites);
        assert_eq!(got[0].site.as_deref(), Some("A2"));
        assert!(got[0].confidence > 0.9, "{got:?}");
    }

    #[test]
    fn clients_of_ones_own_and_what_is_due_tell_clients_of_one_house_apart() {
        let mut scene = Scene::new(40);
        scene.drive(0.0, 0.0).stay(30).drive(6000.0, 0.0);
        let sites = sites(&[("A1", 0.0, 0.0), ("A2", 0.0, 0.0), ("A3", 0.0, 0.0)]);
        let mut habits = Habits::default();
        habits.looks_after("A2".into());
        let got = visits(Tracker::new(habits.clone(), Plan::default()), &scene.fixes, &sites);
        assert_eq!(got[0].site.as_deref(), Some("A2"));
        assert!(got[0].is_asking(), "likelier, not sure: {got:?}");
        habits.looks_after("A3".into());
        let due_ms = scene.fixes[0].tst_ms + 25 * MINUTE_MS;
        let got =
            visits(Tracker::new(habits, Plan::of_due(vec![(due_ms, "A3".into())])), &scene.fixes, &sites);
        assert_eq!(got[0].site.as_deref(), Some("A3"));
        assert!(got[0].is_asking(), "{got:?}");
    }

    #[test]
    fn what_is_older_than_two_days_is_let_go_and_ids_never_return() {
        let sites = two();
        let mut tracker = knows(&["A", "B"]);
        let mut scene = Scene::new(120);
        let mut ids = std::collections::BTreeSet::new();
        for _ in 0..10 {
            scene
                .drive(0.0, 0.0)
                .stay(40)
                .drive(4000.0, 1000.0)
                .stay(40)
                .drive(-3000.0, 0.0)
                .silence(20 * 60);
        }
        let (mut began, mut kept_max) = (0, 0);
        for fix in &scene.fixes {
            tracker.take(fix);
            for change in tracker.settle(&sites, fix.rx_ms) {
                if change.kind == Kind::Began {
                    began += 1;
                    assert!(ids.insert(change.visit.id), "{change:?}");
                }
            }
            kept_max = kept_max.max(tracker.visits().len());
        }
        assert_eq!((began, ids.len()), (20, 20));
        assert!(kept_max <= 9, "{kept_max} visits are kept");
        assert!(!tracker.take(&scene.fixes[0]), "too old to matter");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn any_order_and_any_repetition_gives_the_same_visits(seed: u64, pauses in 1..6_usize) {
            let (mut scene, sites) = (morning(), two());
            scene.leap(700.0, 5.0).stay(20).fake(9000.0, 9000.0, 12, false).stay(10);
            let want = visits(knows(&["A", "B"]), &scene.fixes, &sites);
            let mut shuffled: Vec<(u64, Fix)> = Vec::new();
            let mut noise = seed;
            for fix in scene.fixes.iter().chain(scene.fixes.iter().step_by(3)) {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                shuffled.push((noise >> 20, fix.clone()));
            }
            shuffled.sort_by_key(|(order, _)| *order);
            let mut tracker = knows(&["A", "B"]);
            let mut taken = 0;
            for (n, (_, fix)) in shuffled.iter().enumerate() {
                taken += usize::from(tracker.take(fix));
                if n % (shuffled.len() / pauses) == 0 {
                    tracker.settle(&sites, fix.rx_ms);
                }
            }
            prop_assert_eq!(taken, scene.fixes.len(), "each counts once");
            tracker.settle(&sites, scene.now_ms + 24 * 60 * MINUTE_MS);
            prop_assert_eq!(told(tracker.visits()), told(&want));
            let ids: std::collections::BTreeSet<_> = tracker.visits().iter().map(|visit| visit.id).collect();
            prop_assert_eq!(ids.len(), want.len(), "nothing is doubled");
        }

        #[test]
        fn nothing_that_a_device_may_send_stops_it(
            wild in prop::collection::vec((any::<i64>(), any::<f64>(), any::<f64>(), any::<f64>(), any::<f64>(), any::<bool>()), 1..60),
            near in prop::collection::vec((0..200_000_i64, -0.01..0.01_f64, -0.01..0.01_f64, prop::option::of(0.0..900.0_f64)), 1..60),
        ) {
            let sites = two();
            let mut tracker = knows(&["A"]);
            let template = morning().fixes[0].clone();
            for (ms, lat, lon, accuracy, speed, mock) in wild {
                let fix = Fix { tst_ms: ms, lat, lon, accuracy_m: Some(accuracy), speed_mps: Some(speed), mock, ..template.clone() };
                tracker.take(&fix);
                tracker.settle(&sites, ms);
            }
            for (s, lat, lon, accuracy_m) in near {
                let tst_ms = template.tst_ms + s * 1000;
                let fix = Fix { tst_ms, rx_ms: tst_ms, sent_ms: None, lat: 31.23 + lat, lon: 121.47 + lon, accuracy_m, ..template.clone() };
                tracker.take(&fix);
                tracker.settle(&sites, tst_ms);
            }
            for visit in tracker.visits() {
                prop_assert!(visit.leave_ms > visit.arrive_ms && (0.0..=1.0).contains(&visit.confidence), "{:?}", visit);
            }
        }
    }
}
