//! Stored positions -> each person's tracker -> visits as they are kept, with what follows from them. It reads positions in
//! the order of their commits, so that nothing that was acknowledged is passed over, and begins anew from what is stored.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use super::Live;
use crate::sites::{SiteId, Sites};
use crate::store::sites::Reached;
use crate::store::{Error, Store, fixes, visits};
use crate::units::{ClientId, PersonId, Place, SiteNumber};
use crate::visits::{Change, Habits, Kind, Tracker, candidates};

/// Positions read at a time.
const READ_MAX: u32 = 5_000;

/// Trackers look at two days; a stay that began on the third is seen whole.
const HORIZON_MS: i64 = 48 * HOUR_MS;
const LOADED_MS: i64 = 72 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;

/// Changes written at a time, so that whoever reports a position meanwhile need not wait for thousands: about 10 ms.
const WRITTEN_MAX: usize = 100;

/// Timers are looked at so often.
const TICK: Duration = Duration::from_millis(500);

/// Positions that come within this are taken together.
const TOGETHER: Duration = Duration::from_millis(20);

/// Visits that no tracker will end are looked for so often.
const EXPIRE_MS: i64 = 60_000;

/// What could not be written is tried again after this.
const AGAIN: Duration = Duration::from_secs(1);

/// What the API has changed since the matcher looked last.
#[derive(Debug, Default)]
struct Changed {
    people: HashSet<PersonId>,
    sites: bool,
}

/// Follows everybody who is located.
pub struct Matcher {
    store: Arc<Store>,
    live: Arc<Live>,
    wake: Notify,
    changed: Mutex<Changed>,
    sites: RwLock<Sites>,
}

/// One person's tracker.
struct Followed {
    tracker: Tracker,
    /// Visits that left before this are history.
    horizon_ms: i64,
}

/// What the matcher knows.
#[derive(Default)]
struct State {
    followed: HashMap<PersonId, Followed>,
    /// The newest position that was taken.
    seq: i64,
    expired_ms: i64,
}

impl Matcher {
    pub fn new(store: Arc<Store>, live: Arc<Live>) -> Arc<Self> {
        let changed = Mutex::new(Changed { sites: true, ..Changed::default() });
        Arc::new(Self { store, live, wake: Notify::new(), changed, sites: RwLock::default() })
    }

    /// Positions were committed.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// What somebody said of visits, allows, looks after or is asked to do has changed: the person is followed anew from what is stored.
    pub fn follow_anew(&self, person: PersonId) {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).people.insert(person);
        self.wake();
    }

    /// Sites were changed: everybody is followed anew.
    pub fn sites_changed(&self) {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).sites = true;
        self.wake();
    }

    /// The sites that somebody may mean who checks in by hand, of those within reach, likeliest first.
    pub fn candidates(
        &self,
        place: Place,
        accuracy_m: f64,
        habits: &Habits,
        reached: &Reached,
        now_ms: i64,
    ) -> Vec<(SiteId, f64)> {
        let within = |site: &SiteId| site.parse().is_ok_and(|site| reached.holds(site));
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        candidates(&sites, habits, within, place, accuracy_m, now_ms)
    }

    /// An answer taught a site where it is: its point moves, and nobody has to be followed anew for that.
    pub async fn taught(&self, site: SiteNumber) -> Result<(), Error> {
        let kept = self.store.read(move |db| crate::store::sites::one(db, site)).await?;
        if let Some(site) = kept.site() {
            self.sites.write().unwrap_or_else(PoisonError::into_inner).put(site);
        }
        Ok(())
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.live.now_ms()).unwrap_or(i64::MAX)
    }

    /// Follows everybody until the store closes.
    pub async fn run(self: Arc<Self>) {
        let mut state = State::default();
        loop {
            match self.round(&mut state).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(Error::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "visits could not be matched; it is tried again");
                    tokio::time::sleep(AGAIN).await;
                }
            }
            let _ = tokio::time::timeout(TICK, self.wake.notified()).await;
            tokio::time::sleep(TOGETHER).await;
        }
    }

    /// Takes what is new and writes what follows. Answers whether there may be more.
    async fn round(&self, state: &mut State) -> Result<bool, Error> {
        let changed = std::mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut touched = BTreeSet::new();
        if let Err(error) = self.refresh(state, &changed, &mut touched).await {
            let mut again = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
            again.sites |= changed.sites;
            again.people.extend(changed.people);
            return Err(error);
        }
        let after = state.seq;
        let came = self.store.read(move |db| fixes::after(db, after, READ_MAX)).await?;
        let full = came.len() == READ_MAX as usize;
        let mut strangers = BTreeSet::new();
        for stored in &came {
            match state.followed.get_mut(&stored.person) {
                Some(followed) => {
                    followed.tracker.take(&stored.fix);
                    touched.insert(stored.person);
                }
                None => drop(strangers.insert(stored.person)),
            }
        }
        state.seq = came.last().map_or(after, |last| last.seq);
        for person in strangers {
            self.follow(state, person).await.inspect_err(|_| self.follow_anew(person))?;
            touched.insert(person);
        }
        self.settle(state, touched).await?;
        let now_ms = self.now_ms();
        if now_ms - state.expired_ms >= EXPIRE_MS {
            self.expire(now_ms).await?;
            state.expired_ms = now_ms;
        }
        Ok(full)
    }

    /// Ends visits that no tracker will end.
    async fn expire(&self, now_ms: i64) -> Result<(), Error> {
        let over = self.store.write(move |tx| {
            for visit in visits::expire(tx, now_ms)? {
                visits::tell(tx, Kind::Left, Some(&visit), &visit, now_ms)?;
            }
            Ok::<_, Error>(())
        });
        over.await
    }

    /// Begins anew what was changed from outside.
    async fn refresh(
        &self,
        state: &mut State,
        changed: &Changed,
        touched: &mut BTreeSet<PersonId>,
    ) -> Result<(), Error> {
        let mut people: BTreeSet<PersonId> = changed.people.iter().copied().collect();
        if changed.sites {
            let since_ms = self.now_ms() - LOADED_MS;
            let (sites, located, newest) = self
                .store
                .read(move |db| {
                    let sites = crate::store::sites::all(db)?;
                    Ok::<_, Error>((sites, fixes::people_since(db, since_ms)?, fixes::newest(db)?))
                })
                .await?;
            let sites = Sites::new(sites.iter().filter_map(|site| site.site()).collect());
            *self.sites.write().unwrap_or_else(PoisonError::into_inner) = sites;
            state.seq = state.seq.max(newest);
            state.followed.clear();
            people.extend(located);
        }
        for person in people {
            self.follow(state, person).await?;
            touched.insert(person);
        }
        Ok(())
    }

    /// Follows a person from what is stored.
    async fn follow(&self, state: &mut State, person: PersonId) -> Result<(), Error> {
        let (now_ms, seq) = (self.now_ms(), state.seq);
        let stored = self.store.read(move |db| {
            let fixes = fixes::of(db, person, now_ms - LOADED_MS, i64::MAX, seq)?;
            let Some(first_ms) = fixes.iter().map(|fix| fix.tst_ms).min() else { return Ok(None) };
            let horizon_ms = first_ms.max(now_ms - HORIZON_MS);
            let past = visits::past(db, person, first_ms.max(horizon_ms - HOUR_MS))?;
            let habits = visits::habits(db, person, horizon_ms)?;
            let plan = visits::plan(db, person, first_ms)?;
            Ok::<_, Error>(Some((fixes, horizon_ms, past, habits, plan)))
        });
        state.followed.remove(&person);
        let Some((fixes, horizon_ms, past, habits, plan)) = stored.await? else { return Ok(()) };
        let mut tracker = Tracker::resume(habits, plan, past, horizon_ms);
        for fix in &fixes {
            tracker.take(fix);
        }
        state.followed.insert(person, Followed { tracker, horizon_ms });
        Ok(())
    }

    /// Says what everything amounts to, of those who were heard of and those whose time has come.
    async fn settle(&self, state: &mut State, mut touched: BTreeSet<PersonId>) -> Result<(), Error> {
        let now_ms = self.now_ms();
        let due = |followed: &Followed| followed.tracker.due_ms().is_some_and(|due_ms| due_ms <= now_ms);
        touched
            .extend(state.followed.iter().filter(|(_, followed)| due(followed)).map(|(person, _)| *person));
        let mut changes = self.changes(state, &touched, now_ms);
        while !changes.is_empty() {
            let rest = changes.split_off(changes.len().min(WRITTEN_MAX));
            let people: HashSet<_> = changes.iter().chain(&rest).map(|(person, _)| *person).collect();
            if let Err(error) = self.write(changes, now_ms).await {
                // The trackers are ahead of what is kept.
                people.into_iter().for_each(|person| self.follow_anew(person));
                return Err(error);
            }
            changes = rest;
        }
        Ok(())
    }

    /// Writes changes and what follows from them, all or none.
    async fn write(&self, changes: Vec<(PersonId, Change)>, now_ms: i64) -> Result<(), Error> {
        let written = self.store.write(move |tx| {
            for (person, change) in &changes {
                let Some((before, after)) = visits::record(tx, *person, change, now_ms)? else { continue };
                visits::tell(tx, change.kind, before.as_ref(), &after, now_ms)?;
            }
            Ok(())
        });
        written.await
    }

    fn changes(
        &self,
        state: &mut State,
        touched: &BTreeSet<PersonId>,
        now_ms: i64,
    ) -> Vec<(PersonId, Change)> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        let mut changes = Vec::new();
        for person in touched {
            let Some(followed) = state.followed.get_mut(person) else { continue };
            let settled = followed.tracker.settle(&sites, now_ms).into_iter();
            let known = settled.filter(|change| !is_history(change, followed.horizon_ms));
            changes.extend(known.map(|change| (*person, change)));
        }
        changes
    }

    /// A person's calls that go on are with the client who is visited.
    ///
    /// # Errors
    /// The client is not there any more.
    pub async fn at_client(
        &self,
        person: PersonId,
        client: ClientId,
        was: Option<ClientId>,
    ) -> Result<(), Error> {
        let client = self.store.read(move |db| crate::store::clients::one(db, client)).await?;
        self.live.visit(person, &client, was);
        Ok(())
    }
}

/// Positions from before those that are loaded may speak for a visit that seems to be gone.
fn is_history(change: &Change, horizon_ms: i64) -> bool {
    change.kind == Kind::Withdrawn && change.visit.leave_ms < horizon_ms + HOUR_MS
}
