//! Carries out what follows from commits, in a task of its own: whoever asked may have vanished, and what a killed
//! program left is done at the next start.

use std::time::Duration;

use futures_util::future::join_all;

use super::App;
use super::caller::Caller;
use super::calls::change::know;
use crate::people::Deed;
use crate::store::effects::{self, Effect};
use crate::store::{Error, calls, people, records};
use crate::units::{CallId, PersonId};

/// Effects that are carried out together.
const TOGETHER: u32 = 256;

/// An answer waits no longer for what follows from it; that goes on beside it.
const SETTLE: Duration = Duration::from_secs(2);

/// After an effect that could not be carried out.
const AGAIN: Duration = Duration::from_secs(1);

impl App {
    /// Carries out effects, those that were left first, until the store closes.
    pub async fn carry_out_effects(self) {
        let mut newest = self.store.newest_effect();
        loop {
            match self.carry_out_waiting().await {
                Ok(()) => {}
                Err(Error::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "what follows from a change is not done yet; it is tried again");
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            }
            if newest.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits a moment for the effects up to this number, so that who asked finds them done.
    pub(super) async fn settled(&self, upto: i64) {
        let mut carried = self.carried_out.subscribe();
        if tokio::time::timeout(SETTLE, carried.wait_for(|done| *done >= upto)).await.is_err() {
            tracing::warn!(upto, "what follows from a change takes longer than its answer");
        }
    }

    async fn carry_out_waiting(&self) -> Result<(), Error> {
        loop {
            let waiting = self.store.read(|db| effects::waiting(db, TOGETHER)).await?;
            let Some(&(upto, _)) = waiting.last() else { return Ok(()) };
            let mut once: Vec<Effect> = Vec::new();
            for effect in waiting.into_iter().filter_map(|(_, effect)| effect) {
                if !once.contains(&effect) {
                    once.push(effect);
                }
            }
            // Nobody is heard while other work is done first.
            let gone = once.iter().filter_map(|effect| match effect {
                Effect::CallWithdrawn(call) | Effect::CallErased(call) => Some(self.live.withdraw(*call)),
                _ => None,
            });
            join_all(gone).await;
            for effect in once {
                match self.carry_out(effect).await {
                    // What it was about has gone meanwhile.
                    Ok(()) | Err(Error::Missing(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            self.store.write(move |tx| effects::done(tx, upto)).await?;
            self.carried_out.send_replace(upto);
        }
    }

    async fn carry_out(&self, effect: Effect) -> Result<(), Error> {
        match effect {
            Effect::Playbooks => self.reload_playbooks().await,
            Effect::Study => self.reload_study().await,
            Effect::Sites => self.matcher.sites_changed(),
            Effect::Site(site) => self.matcher.taught(site).await?,
            Effect::Person(person) => self.matcher.follow_anew(person),
            Effect::AtClient { person, client, was } => {
                self.matcher.at_client(person, client, was).await?;
            }
            Effect::CallBegun(call) => {
                know(self, call).await?;
                if let Err(error) = self.live.begin(call) {
                    tracing::warn!(%call, %error, "a call could not begin");
                }
            }
            Effect::CallStopped(call) => self.stop(call).await?,
            Effect::CallWithdrawn(_) => {}
            Effect::CallErased(call) => self.live.unreserve(call),
            Effect::Consent(call) => {
                let stored = self.store.read(move |db| calls::one(db, call)).await?;
                let consent = stored.map(|stored| stored.consent);
                self.live.with(call, |live| live.consent = consent.unwrap_or(live.consent));
            }
            Effect::Aside(forgotten) => self.store.forget_aside(forgotten).await?,
            Effect::SessionsEnded(person) => self.sessions_ended(person).await?,
            Effect::Tables => {
                let definitions = self.definitions.clone();
                self.store.read(move |db| definitions.read(db)).await?;
            }
            Effect::Words => self.store.settle_words().await?,
            Effect::Index(field) => self.store.write(move |tx| records::build_index(tx, field)).await?,
            Effect::Scrub => {
                self.recent.forget().await;
                self.store.scrub().await?;
            }
        }
        Ok(())
    }

    /// Whoever listens shows what they have again; who may hold no calls any more holds none.
    async fn sessions_ended(&self, person: PersonId) -> Result<(), Error> {
        self.streams.look_again();
        let person = self.store.read(move |db| people::one(db, person)).await?;
        if person.active && Caller::of(person.clone()).who.may(Deed::HoldCalls).is_ok() {
            return Ok(());
        }
        let held = self.live.map(|call| {
            (call.facts.owner == Some(person.id) && !call.state.is_over()).then_some(call.facts.id)
        });
        let stopped = held.into_iter().flatten().map(|call| self.stop(call));
        join_all(stopped).await.into_iter().collect()
    }

    /// A call that is over: its last measures are kept with it.
    async fn stop(&self, call: CallId) -> Result<(), Error> {
        if self.live.with(call, |call| call.state.is_over()) != Some(false) {
            return Ok(());
        }
        self.live.stop(call).await;
        let ended = self.live.with(call, |call| self.live.kept.ended(call, &self.live.ear)).flatten();
        match ended {
            Some(ended) => self.store.write(move |tx| calls::end(tx, &ended)).await,
            None => Ok(()),
        }
    }
}
