//! What about a call's sound makes figures impossible, or was mended, for people to know.

use serde::{Deserialize, Serialize};

/// Something about the source as a whole; each is one sentence for the person who brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Doubt {
    #[error(
        "both channels carry the same sound, so who speaks is not known: record each side on a channel of its own"
    )]
    SameSound,
    #[error(
        "the rep's channel is empty, so nothing is known of that side: check its microphone or the recorder"
    )]
    NoRep,
    #[error(
        "the client's channel is empty, so nothing is known of that side: check its microphone or the recorder"
    )]
    NoClient,
    #[error("the channels cancel each other when they are mixed: one of them was turned upside down for it")]
    Inverted,
    #[error(
        "the two voices on the one microphone are not told apart yet: wait, or have the rep say a sentence first"
    )]
    TellingApart,
    #[error("only one voice was heard on the microphone, so nothing is known of the other side")]
    OneVoice,
}

impl Doubt {
    /// The two sides cannot be told apart, or one of them is not there.
    pub fn hides_a_side(self) -> bool {
        self != Self::Inverted
    }
}
