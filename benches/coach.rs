//! What hints cost the desk: the demo's observations through a coach without rules, with the built-in ones and with 50;
//! then the part that 50 rules have of all that the desk does for a call, without pages.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use undertone::calls::{CallSource, Consent};
use undertone::ear::listener::{Heard, Listener};
use undertone::ear::sources::demo::{CHANNELS, Demo, LAYOUT};
use undertone::hints::{Coach, Context, Level, Playbook};
use undertone::live::{Call, CallFacts, Wish};
use undertone::observations::Observation;
use undertone::signals::conversation::Conversation;
use undertone::units::CallId;

/// The observations of the demo, each with the audio clock at its arrival.
fn observations() -> Vec<(u64, Observation)> {
    let mut demo = Demo::new();
    let mut listener = Listener::new(LAYOUT, CHANNELS, Demo::RATE_HZ, 0).unwrap();
    let (mut all, mut now_ms, mut samples) = (Vec::new(), 0, [0.0; 320]);
    loop {
        let count = demo.fill(&mut samples);
        if count == 0 {
            return all;
        }
        listener.push(&samples[..count], &mut |heard| {
            let Heard::Observation(observation) = heard else { return };
            if let Observation::Tick(tick) = &observation {
                now_ms = now_ms.max(tick.start_ms + u64::from(tick.span_ms));
            }
            all.push((now_ms, observation));
        });
    }
}

/// So many rules that look at everything that changes, none of which ever speaks.
fn rules(count: usize) -> Playbook {
    let whens = [
        "client.reserve_5s >= 0.9 && client.guarded_5s >= 0.95 && client.signs >= 5",
        "client.hesitates && client.hesitations >= 9 && client.stage == '报价'",
        "rep.held_s >= 900 && client.guarded < 0.3 && size(call.agenda) > 3",
        "rep.talk_share > 0.99 && (rep.interruptions >= 30 || rep.pace >= 2.0)",
        "client.reserve >= 0.99 || client.last_objections.exists(topic, topic.contains('价'))",
    ];
    let mut text = String::from("version = 1\nname = \"bench\"\n");
    for n in 0..count {
        let when = whens[n % whens.len()];
        text += &format!(
            "[[rule]]\nid = \"rule-{n}\"\nside = \"client\"\nkind = \"bench\"\nlevel = \"quiet\"\nbudget = \"client\"\n\
             priority = {}\ncool_down_s = 0\nwhen = \"{when}\"\nsay.zh = \"一\"\nsay.en = \"one\"\nsource = \"bench\"\n",
            n % 100
        );
    }
    Playbook::read(&text).unwrap()
}

fn coach(c: &mut Criterion) {
    let heard = observations();
    let mut group = c.benchmark_group("desk");
    group.sample_size(20);
    group.throughput(Throughput::Elements(heard.len() as u64));
    group.bench_function("conversation", |b| {
        b.iter(|| {
            let mut conversation = Conversation::new(LAYOUT);
            heard.iter().for_each(|(_, observation)| _ = black_box(conversation.push(observation)));
        });
    });
    for (name, playbook) in
        [("no rules", rules(0)), ("built-in rules", Playbook::built_in()), ("50 rules", rules(50))]
    {
        let playbook = Arc::new(playbook);
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut coach = Coach::new(playbook.clone(), Level::Novice);
                heard
                    .iter()
                    .for_each(|(now_ms, observation)| _ = black_box(coach.push(*now_ms, observation)));
            });
        });
    }
    group.finish();
}

/// The shortest of some passes of the demo's observations through a whole call of the desk.
fn desk(heard: &[(u64, Observation)], playbook: &Arc<Playbook>) -> Duration {
    let facts = CallFacts {
        id: CallId::from_bits(2),
        layout: LAYOUT,
        source: CallSource::Demo,
        created_ms: 0,
        owner: None,
        client: None,
        assigned: None,
    };
    let pass = || {
        let playbook = playbook.clone();
        let wish = Wish { playbook, level: Level::Novice, context: Context::default(), silent: false };
        let mut call = Call::new(facts.clone(), Consent::Notified, wish);
        let began = Instant::now();
        heard.iter().for_each(|(now_ms, observation)| call.observe(observation.clone(), *now_ms));
        began.elapsed()
    };
    (0..40).map(|_| pass()).min().unwrap()
}

fn share() {
    let heard = observations();
    let us = |playbook: Playbook| desk(&heard, &Arc::new(playbook)).as_secs_f64() * 1e6 / heard.len() as f64;
    let (none, fifty) = (us(rules(0)), us(rules(50)));
    let part = (fifty - none) / fifty * 100.0;
    let mut coach = Coach::new(Arc::new(Playbook::built_in()), Level::Novice);
    heard.iter().for_each(|(now_ms, observation)| _ = coach.push(*now_ms, observation));
    let (bytes, seconds) = (coach.trace().bytes().len(), heard.last().unwrap().0 as f64 / 1000.0);
    println!("the demo's trace: {:.1} bits a second", bytes as f64 * 8.0 / seconds);
    println!(
        "the desk's work an observation: {none:.2} us without rules, {fifty:.2} us with 50: {part:.1} % are the rules"
    );
}

criterion_group!(benches, coach);

fn main() {
    benches();
    share();
    Criterion::default().configure_from_args().final_summary();
}
