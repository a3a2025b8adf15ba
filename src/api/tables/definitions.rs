//! The definitions in force, read once for all who ask and again when something was published.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::people::Role;
use crate::records::Set;
use crate::store::records::{Tables, load};
use crate::store::{Error, Tx, revisions, zone};
use crate::units::Zone;

/// The kinds of which records are made.
pub const KINDS: [&str; 3] = ["table", "view", "form"];

/// By whom the views in force were saved, by key; the program's own are by nobody.
pub type Authors = HashMap<String, i64>;

/// What is in force, and what each role sees of it.
pub struct InForce {
    /// What `store::revisions::stamp` gave when it was read.
    stamp: i64,
    pub tables: Tables,
    /// By whom its views were saved.
    pub authors: Authors,
    /// The organisation's.
    pub zone: Zone,
    seen: [OnceLock<Set>; Role::ALL.len()],
    none: Set,
}

impl InForce {
    fn read(db: &Tx, stamp: i64) -> Result<Self, Error> {
        Ok(Self {
            stamp,
            tables: load(db)?,
            authors: authors(db)?,
            zone: zone::of(db)?,
            seen: Default::default(),
            none: Set::default(),
        })
    }

    /// The definitions as a role sees them.
    pub fn seen_by(&self, role: Role) -> &Set {
        let place = Role::ALL.iter().position(|known| *known == role);
        let Some(seen) = place.and_then(|place| self.seen.get(place)) else { return &self.none };
        seen.get_or_init(|| self.tables.set.seen_by(role))
    }
}

/// What was read last.
#[derive(Default)]
pub struct Definitions {
    kept: RwLock<Option<Arc<InForce>>>,
}

impl Definitions {
    /// What is in force for who reads.
    pub fn read(&self, db: &Tx) -> Result<Arc<InForce>, Error> {
        let in_force = self.within(db)?;
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some(in_force.clone());
        Ok(in_force)
    }

    /// What is in force within a transaction. It is not kept: what others did in it may never be committed.
    pub fn within(&self, tx: &Tx) -> Result<Arc<InForce>, Error> {
        let stamp = revisions::stamp(tx, KINDS)?;
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner).clone();
        match kept.filter(|kept| kept.stamp == stamp) {
            Some(kept) => Ok(kept),
            None => Ok(Arc::new(InForce::read(tx, stamp)?)),
        }
    }
}

fn authors(db: &Tx) -> Result<Authors, Error> {
    let in_force = revisions::published(db)?.into_iter().filter(|revision| revision.kind == "view");
    Ok(in_force.filter_map(|revision| Some((revision.key, revision.author.parse().ok()?))).collect())
}
