//! What the board costs over two years: 200,000 calls with 10 million rows of signals, looked at again and again.
//!
//! `cargo bench --bench board` fills a database in a temporary folder, puts the weeks together and prints the 95th
//! percentile of every query.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::time::{Duration, Instant};

use undertone::insight::board::{Dimension, newest_week, week_start_ms};
use undertone::store::board::{Seen, own_weeks, seen, settle_all, sums};
use undertone::store::studies::outcomes;
use undertone::store::{Error, Store, Tx};
use undertone::units::{PersonId, TeamId, Zone};

const CALLS: i64 = 200_000;
const ROWS_A_CALL: i64 = 50;
const TEAMS: i64 = 20;
const PEOPLE: i64 = 200;
const CLIENTS: i64 = 5_000;
const WEEKS: i64 = 104;
const BATCH: i64 = 4_000;
const LOOKS: usize = 100;

/// A number drawn for `n`, never negative.
fn mixed(n: i64) -> i64 {
    let n = n.unsigned_abs();
    let mixed = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ mixed >> 31) >> 1).cast_signed()
}

fn people(tx: &Tx) -> Result<(), Error> {
    for n in 1..=TEAMS {
        tx.execute("INSERT INTO teams(id, name) VALUES (?1, 'team ' || ?1)", [n])?;
    }
    for n in 1..=PEOPLE {
        let sql = "INSERT INTO people(id, login, name, role, team, created_ms) VALUES (?1, 'p' || ?1, 'p', 'rep', ?2, 0)";
        tx.execute(sql, [n, n % TEAMS + 1])?;
    }
    let industries = ["医院", "学校", "汽车", "连锁", "药店", "银行", "园区", "酒店"];
    let stages = ["接触", "报价", "谈判", "签约"];
    for n in 1..=CLIENTS {
        let (industry, stage) = (industries[n as usize % 8], stages[mixed(n) as usize % 4]);
        tx.execute(
            "INSERT INTO clients(id, name, aliases_json, industry, stage, analyse, owner, letters, sort, \
             created_ms) VALUES (?1, 'client ' || ?1, '[]', ?2, ?3, 1, ?4, '', '', 0)",
            (n, industry, stage, n % PEOPLE + 1),
        )?;
    }
    let sql = "INSERT INTO studies(started_ms, shadow_days, control_percent, seed) VALUES (0, 0, 20, 'x')";
    tx.execute(sql, [])?;
    Ok(())
}

/// `has_rows`: the signals of a call are kept row by row.
fn batch(tx: &Tx, from: i64, start_ms: i64, has_rows: bool) -> Result<(), Error> {
    let topics = ["集采", "价格", "交期", "账期", "质量"];
    let span_ms = WEEKS * 7 * 24 * 3_600_000;
    let mut call = tx.prepare_cached(
        "INSERT INTO calls(id, owner, client, layout, source, consent, created_ms, ended_ms, elapsed_ms, outcome, objection) \
         VALUES (?1, ?2, ?3, 'rep-left', 'socket', 'notified', ?4, ?4 + 600000, 600000, ?5, ?6)",
    )?;
    let mut numbers = tx.prepare_cached(
        "INSERT INTO call_numbers(call, hesitations, answers, hints, talk_share, latency_ms) VALUES (?, ?, 40, 1, .5, 600)",
    )?;
    let mut topic = tx.prepare_cached("INSERT INTO topics(call, topic) VALUES (?, ?)")?;
    let mut share = tx.prepare_cached(
        "INSERT INTO shares(call, is_shared, is_contested, note, at_ms) VALUES (?, 1, 0, '', 0)",
    )?;
    let mut arm = tx.prepare_cached("INSERT INTO assignments(call, study, arm) VALUES (?, 1, ?)")?;
    for n in from..(from + BATCH).min(CALLS + 1) {
        let drawn = mixed(n);
        let client = drawn % CLIENTS + 1;
        let at_ms = start_ms + mixed(drawn) % span_ms;
        let hesitations = if drawn >> 20 & 3 == 0 { 1 } else { 0 };
        let outcome = ["advanced", "unchanged", "lost"][(drawn >> 30) as usize % 3];
        call.execute((n, client % PEOPLE + 1, client, at_ms, outcome, hesitations))?;
        numbers.execute((n, hesitations))?;
        if hesitations == 1 && drawn >> 40 & 1 == 0 {
            topic.execute((n, topics[(drawn >> 44) as usize % 5]))?;
        }
        if drawn >> 50 & 15 == 0 {
            share.execute([n])?;
        }
        arm.execute((n, if drawn >> 55 & 3 == 0 { "control" } else { "treated" }))?;
        if has_rows {
            let mut row = tx.prepare_cached(
                "INSERT INTO call_rows(call, slot, channel, spoke, rate, pauses, pitch, guarded, reserve) \
                 VALUES (?, ?, 'client', 40, 128, 3, 120, 20, 25)",
            )?;
            for slot in 0..ROWS_A_CALL {
                row.execute([n, slot])?;
            }
        }
    }
    Ok(())
}

fn p95(mut look: impl FnMut(usize)) -> (Duration, Duration) {
    let first = Instant::now();
    look(0);
    let first = first.elapsed();
    let mut times: Vec<_> = (1..=LOOKS)
        .map(|n| {
            let begin = Instant::now();
            look(n);
            begin.elapsed()
        })
        .collect();
    times.sort();
    (first, times[LOOKS * 95 / 100 - 1])
}

fn told(what: &str, (first, p95): (Duration, Duration)) {
    println!("{what:28} first {:8.1} ms   p95 {:8.2} ms", first.as_secs_f64() * 1e3, p95.as_secs_f64() * 1e3);
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let now_ms = 1_800_000_000_000i64;
    let start_ms = week_start_ms(newest_week(now_ms, Zone::SHANGHAI) + 1 - WEEKS, Zone::SHANGHAI);
    store.write_blocking(people).unwrap();
    let has_rows = store
        .write_blocking(|tx| {
            let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'call_rows'";
            Ok::<_, Error>(tx.query_row(sql, [], |row| row.get::<_, i64>(0))? == 1)
        })
        .unwrap();
    let begin = Instant::now();
    for from in (1..=CALLS).step_by(BATCH as usize) {
        store.write_blocking(move |tx| batch(tx, from, start_ms, has_rows)).unwrap();
    }
    let rows = if has_rows { CALLS * ROWS_A_CALL } else { 0 };
    println!("{CALLS} calls and {rows} rows of signals in {:.0} s", begin.elapsed().as_secs_f64());
    let begin = Instant::now();
    store.write_blocking(move |tx| settle_all(tx, now_ms)).unwrap();
    println!("all weeks put together in {:.1} s", begin.elapsed().as_secs_f64());

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let team = |n: usize| TeamId(n as i64 % TEAMS + 1);
    for by in Dimension::ALL {
        for weeks in [4, 13, 104] {
            let look =
                |n| _ = runtime.block_on(store.read(move |db| sums(db, team(n), by, weeks, now_ms))).unwrap();
            told(&format!("{by:?}, {weeks} weeks"), p95(look));
        }
    }
    let all = |n| {
        let shared = Seen::Shared(team(n));
        _ = runtime.block_on(store.read(move |db| seen(db, shared, 0, i64::MAX, 200))).unwrap();
    };
    told("shared calls", p95(all));
    let day = |n: usize| {
        let from_ms = start_ms + n as i64 * 7 * 24 * 3_600_000;
        let shared = Seen::Shared(team(n));
        _ = runtime
            .block_on(store.read(move |db| seen(db, shared, from_ms, from_ms + 24 * 3_600_000, 200)))
            .unwrap();
    };
    told("a day", p95(day));
    let own = |n: usize| {
        let person = Some(PersonId(n as i64 % PEOPLE + 1));
        let since_ms = now_ms - 26 * 7 * 24 * 3_600_000;
        _ = runtime.block_on(store.read(move |db| own_weeks(db, person, since_ms, now_ms))).unwrap();
    };
    told("own weeks", p95(own));
    let begin = Instant::now();
    runtime.block_on(store.read(move |db| outcomes(db, 1, now_ms))).unwrap();
    println!("a study of all calls           once  {:8.1} ms", begin.elapsed().as_secs_f64() * 1e3);
}
