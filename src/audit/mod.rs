//! Who did and saw what: entries that are chained by hashes, so that none can be changed or taken out unseen.

use sha2::{Digest, Sha256};

/// One thing that was done or seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Counts from 1 without a gap.
    pub seq: i64,
    /// Unix time in milliseconds.
    pub at_ms: i64,
    /// The person's number, or `local` or `appliance`.
    pub actor: String,
    /// What was done, `client.create` for example.
    pub deed: String,
    pub entity: String,
    pub entity_id: String,
    /// The record as JSON before and after; secrets are never in it.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What was done to one record; who and when are added where it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub deed: &'static str,
    pub entity: &'static str,
    pub entity_id: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Change {
    /// A record's deed without its content.
    pub fn of(deed: &'static str, entity: &'static str, id: impl ToString) -> Self {
        Self { deed, entity, entity_id: id.to_string(), before: None, after: None }
    }

    /// With the record as JSON before it.
    pub fn from(self, before: impl ToString) -> Self {
        Self { before: Some(before.to_string()), ..self }
    }

    /// With the record as JSON after it.
    pub fn to(self, after: impl ToString) -> Self {
        Self { after: Some(after.to_string()), ..self }
    }
}

/// Covers an entry and all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link(pub [u8; 32]);

/// What the first entry is chained to.
pub const ROOT: Link = Link([0; 32]);

/// The chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("entry {0} of the audit log is missing: it was taken out behind the program's back")]
    Missing(i64),
    #[error("entry {0} of the audit log does not match its hash: it was changed behind the program's back")]
    Changed(i64),
}

impl Link {
    /// The link of the entry that follows this one. Every field goes in with its length, so that no two entries
    /// read alike.
    pub fn next(&self, entry: &Entry) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(entry.seq.to_be_bytes());
        hash.update(entry.at_ms.to_be_bytes());
        let texts = [&entry.actor, &entry.deed, &entry.entity, &entry.entity_id].map(Some);
        for text in texts.into_iter().chain([entry.before.as_ref(), entry.after.as_ref()]) {
            let length = text.map_or(-1, |text| text.len() as i64);
            hash.update(length.to_be_bytes());
            hash.update(text.map_or("", |text| text));
        }
        Self(hash.finalize().into())
    }
}

/// Walks along a log and says where it breaks.
#[derive(Debug, Clone)]
pub struct Walk {
    seq: i64,
    link: Link,
}

impl Walk {
    /// Begins behind entry `seq`, whose link is known: 0 and [`ROOT`] for the whole log.
    pub fn after(seq: i64, link: Link) -> Self {
        Self { seq, link }
    }

    /// Takes the next entry and the link that is stored with it.
    ///
    /// # Errors
    /// It is not the next, or its link is another.
    pub fn step(&mut self, entry: &Entry, stored: Link) -> Result<(), Broken> {
        if entry.seq != self.seq + 1 {
            return Err(Broken::Missing(self.seq + 1));
        }
        if self.link.next(entry) != stored {
            return Err(Broken::Changed(entry.seq));
        }
        self.seq = entry.seq;
        self.link = stored;
        Ok(())
    }

    /// How far it has come.
    pub fn seq(&self) -> i64 {
        self.seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Vec<(Entry, Link)> {
        let mut link = ROOT;
        (1..=4)
            .map(|seq| {
                let entry = Entry {
                    seq,
                    at_ms: 1000 * seq,
                    actor: "7".into(),
                    deed: "client.update".into(),
                    entity: "client".into(),
                    entity_id: "3".into(),
                    before: Some(format!("{{\"grade\":{seq}}}")),
                    after: None,
                };
                link = link.next(&entry);
                (entry, link)
            })
            .collect()
    }

    fn walk(log: &[(Entry, Link)]) -> Result<i64, Broken> {
        let mut walk = Walk::after(0, ROOT);
        log.iter().try_for_each(|(entry, link)| walk.step(entry, *link))?;
        Ok(walk.seq())
    }

    #[test]
    fn an_untouched_log_holds() {
        assert_eq!(walk(&log()), Ok(4));
        assert_eq!(walk(&[]), Ok(0));
    }

    #[test]
    fn what_is_taken_out_is_missed() {
        let mut log = log();
        log.remove(1);
        assert_eq!(walk(&log), Err(Broken::Missing(2)));
    }

    #[test]
    fn whatever_is_changed_breaks_the_chain() {
        let changes: [fn(&mut Entry); 5] = [
            |entry| entry.at_ms += 1,
            |entry| entry.actor = "8".into(),
            |entry| entry.deed.push('x'),
            |entry| entry.before = None,
            |entry| entry.after = Some(String::new()),
        ];
        for change in changes {
            let mut log = log();
            change(&mut log[2].0);
            assert_eq!(walk(&log), Err(Broken::Changed(3)));
        }
    }

    #[test]
    fn moving_letters_between_fields_is_seen() {
        let mut log = log();
        let entry = &mut log[0].0;
        (entry.entity, entry.entity_id) = ("client3".into(), String::new());
        assert_eq!(walk(&log), Err(Broken::Changed(1)));
    }
}
