//! Sockets: few for who is not known, and those give way to newcomers; enough for everybody who is. So that nobody can
//! keep others out by holding connections, somebody's oldest idle one ends when there is no room for a new one.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::network::Network;
use crate::units::PersonId;

/// Connections of strangers: each costs about 20 KB, and a page is loaded over six.
const STRANGERS_MAX: usize = 512;

/// Connections of one person or device: 32 writers at once, pages on several screens, and their streams.
const OF_ONE_MAX: usize = 128;

/// All of them: half of what a system allows a program by default when it may ask for more.
const ALL_MAX: usize = 4_096;

/// Who a connection is known to belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Known {
    /// The machine's own user, while nobody has an account.
    Local,
    Person(PersonId),
}

/// Who holds which place.
#[derive(Debug, Default)]
pub struct Places {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    places: BTreeMap<u64, Arc<Holder>>,
    strangers: usize,
    known: HashMap<Known, usize>,
}

#[derive(Debug)]
struct Holder {
    network: Network,
    known: Mutex<Option<Known>>,
    /// A request of it is being answered: it is not idle.
    busy: AtomicBool,
    ended: Notify,
}

/// A connection's place; free again when this is dropped. Requests carry clones.
#[derive(Debug, Clone)]
pub struct Standing(Arc<Place>);

#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    number: u64,
    holder: Arc<Holder>,
}

impl Places {
    /// A place for a new connection. Who is not known, has been here longest and is not being answered makes room, of the
    /// network that holds most. `None` when nobody can.
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Standing> {
        let network = Network::of(peer);
        let mut held = self.held();
        if held.strangers >= STRANGERS_MAX || held.places.len() >= ALL_MAX {
            held.make_room()?;
        }
        let number = held.next;
        held.next += 1;
        let holder = Arc::new(Holder {
            network,
            known: Mutex::default(),
            busy: AtomicBool::new(false),
            ended: Notify::new(),
        });
        held.places.insert(number, holder.clone());
        held.strangers += 1;
        Some(Standing(Arc::new(Place { places: self.clone(), number, holder })))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Counters and places are changed together and without a step that can fail.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn make_room(&mut self) -> Option<()> {
        let idle = |holder: &&Arc<Holder>| holder.known().is_none() && !holder.busy.load(Ordering::Relaxed);
        let mut networks: HashMap<Network, usize> = HashMap::new();
        for holder in self.places.values().filter(idle) {
            *networks.entry(holder.network).or_default() += 1;
        }
        let (&crowded, _) = networks.iter().max_by_key(|(network, count)| (**count, **network))?;
        let oldest = self.places.iter().find(|(_, holder)| idle(holder) && holder.network == crowded);
        let number = *oldest?.0;
        self.end(number);
        Some(())
    }

    /// Takes a place back; its connection ends.
    fn end(&mut self, number: u64) {
        let Some(holder) = self.places.remove(&number) else { return };
        match holder.known() {
            None => self.strangers -= 1,
            Some(known) => {
                if let Some(count) = self.known.get_mut(&known) {
                    *count -= 1;
                    if *count == 0 {
                        self.known.remove(&known);
                    }
                }
            }
        }
        holder.ended.notify_one();
    }
}

impl Holder {
    fn known(&self) -> Option<Known> {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// Resolves when the place is needed for somebody else.
    pub async fn ended(&self) {
        self.0.holder.ended.notified().await;
    }

    /// A request of it is being answered, or is not any more.
    pub fn set_busy(&self, busy: bool) {
        self.0.holder.busy.store(busy, Ordering::Relaxed);
    }

    /// Whose connection it is has turned out. When somebody holds too many, the oldest that is idle ends; `false` when
    /// all of them are busy.
    pub fn belongs_to(&self, whom: Known) -> bool {
        let mut held = self.0.places.held();
        if self.0.holder.known() == Some(whom) || !held.places.contains_key(&self.0.number) {
            return true;
        }
        if held.known.get(&whom).is_some_and(|count| *count >= OF_ONE_MAX) {
            let idle = |holder: &Holder| holder.known() == Some(whom) && !holder.busy.load(Ordering::Relaxed);
            let Some(oldest) = held.places.iter().find(|(_, holder)| idle(holder)).map(|(number, _)| *number)
            else {
                return false;
            };
            held.end(oldest);
        }
        let before = self.0.holder.known.lock().unwrap_or_else(PoisonError::into_inner).replace(whom);
        match before {
            None => held.strangers -= 1,
            // A browser in which somebody else has signed in.
            Some(before) => {
                if let Some(count) = held.known.get_mut(&before) {
                    *count = count.saturating_sub(1);
                }
            }
        }
        *held.known.entry(whom).or_default() += 1;
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.held().end(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(standing: &Standing) -> bool {
        !standing.0.places.held().places.contains_key(&standing.0.number)
    }

    fn from(places: &Arc<Places>, last: u8) -> Standing {
        places.take(IpAddr::from([10, 0, last, 1])).unwrap()
    }

    #[test]
    fn strangers_who_wait_longest_make_room_and_those_of_the_crowd_first() {
        let places = Arc::<Places>::default();
        let lonely = from(&places, 1);
        let crowd: Vec<_> = (1..STRANGERS_MAX).map(|_| from(&places, 2)).collect();
        let busy = &crowd[0];
        busy.set_busy(true);
        let newcomer = from(&places, 3);
        assert!(!ended(&lonely) && !ended(busy) && ended(&crowd[1]) && !ended(&newcomer));
        assert!(crowd[2].belongs_to(Known::Local), "whoever is known needs no stranger's place");
        let another = from(&places, 3);
        assert!(!ended(&crowd[3]) && !ended(&another));
    }

    #[test]
    fn nobody_makes_room_while_all_are_being_answered() {
        let places = Arc::<Places>::default();
        let busy: Vec<_> = (0..STRANGERS_MAX).map(|_| from(&places, 2)).collect();
        busy.iter().for_each(|standing| standing.set_busy(true));
        assert!(places.take(IpAddr::from([10, 0, 3, 1])).is_none());
        drop(busy);
        assert!(places.take(IpAddr::from([10, 0, 3, 1])).is_some());
    }

    #[test]
    fn one_person_holds_so_many_and_the_oldest_idle_one_gives_way() {
        let places = Arc::<Places>::default();
        let whom = Known::Person(PersonId(1));
        let held: Vec<_> = (0..=OF_ONE_MAX)
            .map(|_| {
                let standing = from(&places, 1);
                assert!(standing.belongs_to(whom) && standing.belongs_to(whom));
                standing
            })
            .collect();
        assert!(ended(&held[0]) && held[1..].iter().all(|standing| !ended(standing)));
        held.iter().for_each(|standing| standing.set_busy(true));
        let more = from(&places, 1);
        assert!(!more.belongs_to(whom) && from(&places, 1).belongs_to(Known::Person(PersonId(2))));
        drop((held, more));
        let held = places.held();
        assert!(held.places.is_empty() && held.strangers == 0 && held.known.is_empty(), "{held:?}");
    }
}
