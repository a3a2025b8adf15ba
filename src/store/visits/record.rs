//! A change that a tracker tells -> the visit as it is kept.

use rusqlite::params;

use super::join::{find, swallowed};
use super::{Error, StoredVisit, Tx, best_json, evidence_json, one};
use crate::units::{PersonId, VisitNumber};
use crate::visits::{Change, Kind, Visit};

/// Writes a change down. Answers the visit before and after; `None` when there is nothing to write.
pub fn record(
    tx: &Tx,
    person: PersonId,
    change: &Change,
    now_ms: i64,
) -> Result<Option<(Option<StoredVisit>, StoredVisit)>, Error> {
    let visit = &change.visit;
    let known = find(tx, person, visit, now_ms)?;
    let before = known.map(|id| one(tx, id)).transpose()?;
    let id = match (&before, change.kind) {
        (None, Kind::Withdrawn) => return Ok(None),
        // What a person said is not taken back by positions; but it may be part of a longer visit.
        (Some(before), Kind::Withdrawn) if before.visit.answered => {
            return Ok(swallowed(tx, before, now_ms)?.map(|(before, after)| (Some(before), after)));
        }
        (Some(before), Kind::Withdrawn) => {
            tx.execute(
                "UPDATE visits SET rejected = 1, stage = 'left', number = NULL WHERE id = ?",
                [before.id.0],
            )?;
            before.id
        }
        (Some(before), _) => {
            update(tx, before.id, visit)?;
            before.id
        }
        (None, _) => {
            tx.prepare_cached(
                "INSERT INTO visits(person, origin, stage, arrive_ms, leave_ms, confidence, best_json, \
                 provisional_ms, lat, lon, var) VALUES (?, 'automatic', ?, ?, ?, 0, '[]', ?, 0, 0, 0)",
            )?
            .execute(params![
                person.0,
                visit.stage.name(),
                visit.arrive_ms,
                visit.leave_ms,
                visit.provisional_ms
            ])?;
            let id = VisitNumber(tx.last_insert_rowid());
            update(tx, id, visit)?;
            id
        }
    };
    Ok(Some((before, one(tx, id)?)))
}

/// What a person said stays: only the times of such a visit follow the positions.
fn update(tx: &Tx, id: VisitNumber, visit: &Visit) -> Result<(), Error> {
    let site: Option<i64> = visit.site.as_deref().and_then(|site| site.parse().ok());
    tx.prepare_cached(
        "UPDATE visits SET number = ?2, site = CASE WHEN answered THEN site ELSE ?3 END, \
         client = CASE WHEN answered THEN client ELSE (SELECT client FROM sites WHERE id = ?3) END, \
         stage = ?4, rejected = rejected AND answered, arrive_ms = ?5, leave_ms = ?6, \
         confidence = CASE WHEN answered THEN confidence ELSE ?7 END, best_json = ?8, flag = coalesce(?9, CASE WHEN answered THEN flag END), \
         evidence_json = coalesce(?10, CASE WHEN answered THEN evidence_json END), \
         confirmed_ms = CASE WHEN answered THEN confirmed_ms ELSE ?11 END, asked_ms = ?12, lat = ?13, lon = ?14, \
         var = ?15 WHERE id = ?1",
    )?
    .execute(params![
        id.0,
        visit.id.cast_signed(),
        site,
        visit.stage.name(),
        visit.arrive_ms,
        visit.leave_ms,
        visit.confidence,
        best_json(&visit.best),
        visit.flag.map(|flag| flag.name()),
        evidence_json(visit.evidence),
        visit.confirmed_ms,
        visit.asked_ms,
        visit.centre.lat,
        visit.centre.lon,
        visit.var,
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Role;
    use crate::sites::{Entered, Shape};
    use crate::store::people::NewPerson;
    use crate::store::visits::{CheckIn, answer, check_in, expire, going_on, of, past, tell};
    use crate::store::{actions, clients, events, people, scratch, sites};
    use crate::units::{ClientId, Datum, Place};
    use crate::visits::{Answer, Stage};

    const MINUTE_MS: i64 = 60_000;
    const NOON_MS: i64 = 1_770_868_800_000;
    const LI: PersonId = PersonId(1);

    /// A rep with two clients, each with a site.
    fn house() -> (Tx, [sites::StoredSite; 2]) {
        let tx = scratch();
        let new = NewPerson { login: "li".parse().unwrap(), name: "Li".into(), role: Role::Rep, team: None };
        people::insert(&tx, &new, 0).unwrap();
        let sites = ["A", "B"].map(|name| {
            let client = clients::named_only(&tx, name, LI);
            let entered = Entered {
                name: name.into(),
                building: None,
                floor: None,
                suite: None,
                lat: 31.2,
                lon: 121.4,
                datum: Datum::Wgs84,
                shape: Shape::Circle { radius_m: 50.0 },
            };
            sites::insert(&tx, client, None, &entered, 0).unwrap()
        });
        (tx, sites)
    }

    /// What a tracker tells of a visit to a site from one minute of the day to another.
    fn told(id: u64, site: Option<&sites::StoredSite>, from_min: i64, to_min: i64, stage: Stage) -> Visit {
        Visit {
            id,
            stage,
            arrive_ms: NOON_MS + from_min * MINUTE_MS,
            leave_ms: NOON_MS + to_min * MINUTE_MS,
            site: site.map(|site| site.id.to_string().into()),
            confidence: 0.9,
            best: site.map(|site| (site.id.to_string().into(), 0.9)).into_iter().collect(),
            flag: None,
            evidence: None,
            provisional_ms: NOON_MS,
            confirmed_ms: site.map(|_| NOON_MS),
            asked_ms: None,
            answered: false,
            centre: Place::new(31.2001, 121.4),
            var: 300.0,
        }
    }

    fn write(tx: &Tx, kind: Kind, visit: &Visit) -> Option<StoredVisit> {
        let change = Change { kind, visit: visit.clone() };
        let (before, after) = record(tx, LI, &change, NOON_MS).unwrap()?;
        tell(tx, kind, before.as_ref(), &after, NOON_MS).unwrap();
        Some(after)
    }

    fn topics(tx: &Tx) -> Vec<String> {
        let all = events::after(tx, 0, 100).unwrap().into_iter().map(|event| event.topic);
        all.filter(|topic| topic.starts_with("visit.")).collect()
    }

    fn by_hand(tx: &Tx, site: &sites::StoredSite, at_min: i64) -> StoredVisit {
        let at_ms = NOON_MS + at_min * MINUTE_MS;
        let here =
            CheckIn { person: LI, place: Place::new(31.2, 121.4), accuracy_m: 9.0, at_ms, away_m: None };
        check_in(tx, &here, site, at_ms).unwrap().1
    }

    #[test]
    fn a_visit_is_one_record_through_its_life_with_one_follow_up() {
        let (tx, [a, b]) = house();
        let first = write(&tx, Kind::Began, &told(1, Some(&a), 0, 5, Stage::Provisional)).unwrap();
        write(&tx, Kind::Confirmed, &told(1, Some(&a), 0, 6, Stage::Confirmed));
        assert_eq!(going_on(&tx, LI).unwrap().unwrap().id, first.id);
        let last = write(&tx, Kind::Left, &told(1, Some(&a), 0, 30, Stage::Left)).unwrap();
        assert_eq!((last.id, last.state(), last.client), (first.id, "left", Some(ClientId(1))));
        assert_eq!(topics(&tx), ["visit.provisional", "visit.confirmed", "visit.left"]);
        assert_eq!(actions::visits_to(&tx, a.client, 9).unwrap().len(), 1);
        // Later positions tell that it was next door.
        write(&tx, Kind::Revised, &told(1, Some(&b), 0, 30, Stage::Left));
        let moved = [a.client, b.client].map(|client| actions::visits_to(&tx, client, 9).unwrap().len());
        assert_eq!(moved, [0, 1]);
        let gone = write(&tx, Kind::Withdrawn, &told(1, Some(&b), 0, 30, Stage::Left)).unwrap();
        assert_eq!((gone.state(), topics(&tx).last().unwrap().as_str()), ("rejected", "visit.rejected"));
        assert_eq!(actions::visits_to(&tx, b.client, 9).unwrap().len(), 0);
        assert_eq!(write(&tx, Kind::Withdrawn, &told(7, None, 0, 30, Stage::Left)), None);
    }

    #[test]
    fn what_a_person_said_stays_and_goes_on_after_a_restart() {
        let (tx, [a, b]) = house();
        let asked = Visit {
            confirmed_ms: None,
            asked_ms: Some(NOON_MS),
            ..told(1, Some(&a), 0, 9, Stage::Provisional)
        };
        let visit = write(&tx, Kind::Asked, &asked).unwrap();
        assert_eq!(visit.state(), "asked");
        answer(&tx, &visit, Some(&b), NOON_MS).unwrap();
        let after = write(&tx, Kind::Left, &told(1, Some(&a), 0, 40, Stage::Left)).unwrap();
        assert_eq!(
            (after.client, after.visit.confidence, after.visit.leave_ms),
            (Some(b.client), 1.0, NOON_MS + 40 * MINUTE_MS)
        );
        assert_eq!(sites::one(&tx, b.id).unwrap().lessons.len(), 1);
        let past = past(&tx, LI, NOON_MS).unwrap();
        assert_eq!((past.last_id, past.visits.len()), (1, 1));
        assert_eq!(past.said, [(NOON_MS, NOON_MS + 40 * MINUTE_MS, Answer::At(b.id.to_string().into()))]);
        let nowhere = answer(&tx, &after, None, NOON_MS).unwrap();
        assert_eq!((nowhere.state(), nowhere.client), ("rejected", None));
        assert!(sites::one(&tx, b.id).unwrap().lessons.is_empty());
        assert_eq!(write(&tx, Kind::Withdrawn, &told(1, Some(&a), 0, 40, Stage::Left)), None);
    }

    #[test]
    fn a_check_in_by_hand_and_the_stay_around_it_are_one_visit() {
        let (tx, [a, b]) = house();
        let early = by_hand(&tx, &a, 1);
        let found = write(&tx, Kind::Began, &told(1, Some(&b), 0, 5, Stage::Provisional)).unwrap();
        assert_eq!((found.id, found.client, found.visit.id), (early.id, Some(a.client), 1));
        assert_eq!(by_hand(&tx, &a, 6).id, early.id, "a phone says everything twice");
        write(&tx, Kind::Left, &told(1, Some(&b), 0, 30, Stage::Left));
        assert_eq!(of(&tx, LI).unwrap().len(), 1);
    }

    #[test]
    fn a_second_check_in_of_one_stay_is_the_same_visit() {
        let (tx, [a, b]) = house();
        // The phone slept: what it told is taken for over, the rep says that she is there still, and it wakes.
        let early = write(&tx, Kind::Began, &told(1, Some(&b), 0, 5, Stage::Left)).unwrap();
        let late = by_hand(&tx, &a, 60);
        assert_ne!(early.id, late.id);
        let joined = write(&tx, Kind::Revised, &told(1, Some(&b), 0, 61, Stage::Confirmed)).unwrap();
        assert_eq!((joined.id, joined.client, joined.visit.id), (late.id, Some(a.client), 1));
        assert_eq!(joined.visit.arrive_ms, NOON_MS);
        let ids = || of(&tx, LI).unwrap().iter().map(|kept| kept.id).collect::<Vec<_>>();
        assert_eq!(ids(), [late.id]);
        let made = |client| actions::visits_to(&tx, client, 9).unwrap().len();
        assert_eq!((made(a.client), made(b.client)), (1, 0));
        assert_eq!(topics(&tx)[..2], ["visit.provisional", "visit.rejected"]);
        // While the tracker has not ended it, a check-in hours later is about it.
        tx.execute("UPDATE visits SET stage = 'confirmed'", []).unwrap();
        assert_eq!(by_hand(&tx, &a, 65).id, late.id);

        // Two that were told as two, and are one stay.
        let next = write(&tx, Kind::Began, &told(2, Some(&a), 90, 120, Stage::Left)).unwrap();
        answer(&tx, &next, Some(&a), NOON_MS).unwrap();
        write(&tx, Kind::Revised, &told(1, Some(&a), 0, 120, Stage::Left));
        write(&tx, Kind::Withdrawn, &told(2, Some(&a), 90, 120, Stage::Left));
        assert_eq!(ids(), [late.id]);

        // Two clients in one house are two visits: somebody said so.
        let other = by_hand(&tx, &b, 110);
        write(&tx, Kind::Revised, &told(1, Some(&a), 0, 125, Stage::Left));
        assert_eq!(ids(), [late.id, other.id]);
    }

    #[test]
    fn who_is_not_followed_and_checks_in_twice_at_one_place_is_there_once() {
        let (tx, [a, b]) = house();
        let first = by_hand(&tx, &a, 0);
        let again = by_hand(&tx, &a, 45);
        assert_eq!((again.id, again.visit.leave_ms), (first.id, NOON_MS + 45 * MINUTE_MS));
        assert_ne!(by_hand(&tx, &b, 55).id, first.id, "next door is another visit");
        assert_ne!(by_hand(&tx, &a, 600).id, first.id, "and so is the evening");
    }

    #[test]
    fn a_stay_is_that_of_the_check_in_beside_it_and_not_of_one_elsewhere() {
        let (tx, [a, b]) = house();
        let at_ms = NOON_MS + MINUTE_MS;
        let place = Place::new(31.2001 + 420.0 / 111_320.0, 121.4);
        let here = CheckIn { person: LI, place, accuracy_m: 9.0, at_ms, away_m: None };
        let far = check_in(&tx, &here, &b, at_ms).unwrap().1;
        let near = by_hand(&tx, &a, 3);
        assert_ne!(near.id, far.id, "420 m are no error of a position");
        let stay = write(&tx, Kind::Began, &told(1, None, 0, 5, Stage::Provisional)).unwrap();
        assert_eq!((stay.id, stay.client), (near.id, Some(a.client)));
        write(&tx, Kind::Left, &told(1, None, 0, 30, Stage::Left));
        assert_eq!(
            of(&tx, LI).unwrap().iter().map(|kept| kept.client).collect::<Vec<_>>(),
            [Some(a.client), Some(b.client)]
        );
    }

    #[test]
    fn a_check_in_that_nothing_follows_is_over_after_an_hour() {
        let (tx, [a, _]) = house();
        let visit = by_hand(&tx, &a, 0);
        assert!(expire(&tx, NOON_MS + 60 * MINUTE_MS).unwrap().is_empty());
        assert_eq!(expire(&tx, NOON_MS + 61 * MINUTE_MS).unwrap()[0].id, visit.id);
        assert_eq!(going_on(&tx, LI).unwrap(), None);
    }
}
