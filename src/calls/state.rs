//! Where a call is in its life, and what leads on from there.

/// A call's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallState {
    /// Nothing was heard yet.
    Waiting,
    /// Sound arrives.
    Live,
    /// Sound stopped arriving; the call goes on when it comes back.
    Lost,
    /// Over; the summary is final.
    Ended,
    /// Consent was withdrawn; what was measured is deleted.
    Withdrawn,
}

/// What moves a call on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A stream of the call was let in, or sound came back.
    Heard,
    /// The sound stopped without anybody ending the call.
    Vanished,
    /// Somebody ended the call, or nobody came back to it.
    Stopped,
    /// The other side no longer agrees.
    Withdrawn,
}

impl CallState {
    /// The next state. A call that is over stays over, but consent can be withdrawn from it.
    pub fn after(self, turn: Turn) -> Self {
        match (self, turn) {
            (Self::Withdrawn, _) | (_, Turn::Withdrawn) => Self::Withdrawn,
            (Self::Ended, _) | (_, Turn::Stopped) => Self::Ended,
            (_, Turn::Heard) => Self::Live,
            (Self::Waiting, Turn::Vanished) => Self::Waiting,
            (_, Turn::Vanished) => Self::Lost,
        }
    }

    /// No more sound is expected.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Withdrawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallState::*;

    #[track_caller]
    fn check(turns: &[Turn], want: CallState) {
        let got = turns.iter().fold(Waiting, |state, &turn| state.after(turn));
        assert_eq!(got, want, "{turns:?}");
    }

    #[test]
    fn a_call_goes_on_after_a_gap_until_it_is_stopped() {
        check(&[Turn::Heard, Turn::Vanished], Lost);
        check(&[Turn::Heard, Turn::Vanished, Turn::Heard], Live);
        check(&[Turn::Heard, Turn::Stopped, Turn::Heard], Ended);
    }

    #[test]
    fn withdrawal_is_final_at_any_time() {
        check(&[Turn::Withdrawn, Turn::Heard], Withdrawn);
        check(&[Turn::Heard, Turn::Stopped, Turn::Withdrawn, Turn::Stopped], Withdrawn);
    }

    #[test]
    fn what_never_began_cannot_get_lost() {
        check(&[Turn::Vanished], Waiting);
    }
}
