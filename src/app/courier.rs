//! Carries events to webhooks: queues what is new, delivers what is due, tries again later, gives up in the end. Each
//! receiver has a lane of its own, so that one that is slow is waited for by nobody else.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::JoinSet;

use crate::live::Clocks;
use crate::notify::{Carrier, Message, Outcome, wait_ms};
use crate::store::webhooks::{self, Delivery};
use crate::store::{self, Store};

/// Deliveries of one receiver on their way at a time. With as many receivers as there may be, this is less than half of the
/// threads that the runtime has for work that waits.
const AT_A_TIME: u32 = 4;

/// It looks at least so often, whatever the clock says.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Until the appliance stops.
pub async fn run(store: Arc<Store>, clocks: Clocks, allow_private: bool) {
    let carrier = Arc::new(Carrier::new(allow_private));
    let mut newest = store.newest_event();
    let mut lanes = Lanes::default();
    loop {
        let more = match round(&store, clocks, &carrier, &mut lanes).await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(%error, "events could not be carried to webhooks");
                false
            }
        };
        if more {
            continue;
        }
        let busy = lanes.busy.clone();
        let due = store.read(move |kept| webhooks::next_due_ms(kept, &busy)).await.unwrap_or_default();
        let wait = due.map_or(LOOK_EVERY, |due| {
            Duration::from_millis(due.saturating_sub(now_ms(clocks)).max(0).unsigned_abs())
        });
        tokio::select! {
            () = tokio::time::sleep(wait.clamp(Duration::from_millis(50), LOOK_EVERY)) => {}
            _ = newest.changed() => {}
            webhook = lanes.next() => lanes.busy.retain(|busy| *busy != webhook),
        }
    }
}

/// What is on its way, receiver by receiver.
#[derive(Default)]
struct Lanes {
    busy: BTreeSet<i64>,
    running: JoinSet<i64>,
}

impl Lanes {
    /// The next receiver whose lane is free again; never, while none is busy.
    async fn next(&mut self) -> i64 {
        match self.running.join_next().await {
            Some(Ok(webhook)) => webhook,
            // A lane that fell leaves no name: all that run are known.
            Some(Err(error)) => {
                tracing::error!(%error, "a delivery stopped");
                self.busy.clear();
                0
            }
            None => std::future::pending().await,
        }
    }
}

fn now_ms(clocks: Clocks) -> i64 {
    i64::try_from((clocks.now_ms)()).unwrap_or(i64::MAX)
}

/// Sends what is due of every receiver whose lane is free on its way. Whether there may be more to queue.
async fn round(
    store: &Arc<Store>,
    clocks: Clocks,
    carrier: &Arc<Carrier>,
    lanes: &mut Lanes,
) -> Result<bool, store::Error> {
    let now_ms = now_ms(clocks);
    let any = store.read(webhooks::list).await?;
    if any.is_empty() {
        return Ok(false);
    }
    let more = store.write(move |tx| webhooks::fan_out(tx, now_ms)).await?;
    let active = any.into_iter().filter(|webhook| webhook.active).map(|webhook| webhook.id);
    let free: Vec<_> = active.filter(|id| !lanes.busy.contains(id)).collect();
    for id in free {
        let due = store.read(move |kept| webhooks::due(kept, id, now_ms, AT_A_TIME)).await?;
        if due.is_empty() {
            continue;
        }
        lanes.busy.insert(id);
        let (store, carrier) = (store.clone(), carrier.clone());
        lanes.running.spawn(async move {
            join_all(due.into_iter().map(|delivery| carry(&store, clocks, carrier.clone(), delivery))).await;
            id
        });
    }
    Ok(more)
}

async fn carry(store: &Store, clocks: Clocks, carrier: Arc<Carrier>, delivery: Delivery) {
    let Delivery { webhook, event, attempts, .. } = delivery;
    let carried = tokio::task::spawn_blocking(move || {
        if delivery.secret.is_empty() {
            let why =
                "its secret was sealed with another key: make the webhook anew, or put back undertone.key";
            return Outcome::Failed(why.into());
        }
        carrier.deliver(&delivery.url, &delivery.secret, &message(&delivery))
    });
    let outcome = carried.await.unwrap_or_else(|error| Outcome::Failed(error.to_string()));
    let (now_ms, chance) = (now_ms(clocks), (clocks.random)());
    let kept = store.write(move |tx| match &outcome {
        Outcome::Delivered => webhooks::delivered(tx, webhook, event),
        Outcome::Failed(why) => {
            let due_ms = wait_ms(attempts + 1, chance).map(|wait_ms| now_ms + wait_ms);
            webhooks::failed(tx, webhook, event, why, due_ms)
        }
        Outcome::Gone => {
            let hook = webhooks::one(tx, webhook)?;
            webhooks::update(tx, &webhooks::Webhook { active: false, ..hook })?;
            webhooks::failed(tx, webhook, event, "the receiver wants no more (410)", None)
        }
    });
    if let Err(error) = kept.await {
        tracing::warn!(%error, webhook, event, "what became of a delivery could not be kept: it is carried again");
    }
}

fn message(delivery: &Delivery) -> Message {
    let Delivery { event, at_ms, topic, body_json, .. } = delivery;
    let topic = serde_json::Value::from(topic.as_str());
    Message {
        id: format!("evt_{event}"),
        at_s: at_ms / 1000,
        body: format!("{{\"type\":{topic},\"timestamp_ms\":{at_ms},\"seq\":{event},\"data\":{body_json}}}"),
    }
}
