//! Carries events to webhooks: queues what is new, delivers what is due, tries again later, gives up in the end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::live::Clocks;
use crate::notify::{Carrier, Message, Outcome, wait_ms};
use crate::store::webhooks::{self, Delivery};
use crate::store::{self, Store};

/// Deliveries on their way at a time.
const AT_A_TIME: u32 = 8;

/// It looks at least so often, whatever the clock says.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Until the appliance stops.
pub async fn run(store: Arc<Store>, clocks: Clocks, allow_private: bool) {
    let carrier = Arc::new(Carrier::new(allow_private));
    let mut newest = store.newest_event();
    loop {
        match round(&store, clocks, &carrier).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "events could not be carried to webhooks"),
        }
        let now_ms = now_ms(clocks);
        let due = store.read(webhooks::next_due_ms).await.unwrap_or_default();
        let wait =
            due.map_or(LOOK_EVERY, |due| Duration::from_millis(due.saturating_sub(now_ms).max(0) as u64));
        let _ =
            tokio::time::timeout(wait.clamp(Duration::from_millis(50), LOOK_EVERY), newest.changed()).await;
    }
}

fn now_ms(clocks: Clocks) -> i64 {
    i64::try_from((clocks.now_ms)()).unwrap_or(i64::MAX)
}

/// Whether there was something to do.
async fn round(store: &Store, clocks: Clocks, carrier: &Arc<Carrier>) -> Result<bool, store::Error> {
    let now_ms = now_ms(clocks);
    let any = store.read(webhooks::list).await?;
    if any.is_empty() {
        return Ok(false);
    }
    let more = store.write(move |tx| webhooks::fan_out(tx, now_ms)).await?;
    let due = store.read(move |db| webhooks::due(db, now_ms, AT_A_TIME)).await?;
    let busy = more || !due.is_empty();
    join_all(due.into_iter().map(|delivery| carry(store, clocks, carrier.clone(), delivery))).await;
    Ok(busy)
}

async fn carry(store: &Store, clocks: Clocks, carrier: Arc<Carrier>, delivery: Delivery) {
    let Delivery { webhook, event, attempts, .. } = delivery;
    let carried = tokio::task::spawn_blocking(move || {
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
