//! What a client owes -> the balance, what of it is overdue and for how long, what is left of its limit, and the advice
//! before more goods leave.

use super::money::{sum_fen, yuan};
use super::policy::Effect;
use super::terms::Terms;
use crate::units::{Day, Words};

/// Payments that are shown.
pub const PAYMENTS: usize = 3;

/// The last day of each age but the eldest, in days overdue.
const AGES: [i64; 3] = [30, 60, 90];

/// An invoice that is not paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub on: Day,
    pub open_fen: i64,
}

/// A payment as it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// The earliest day on which an invoice was due that it paid for; `None` before it is allocated.
    pub due: Option<Day>,
    pub paid: Day,
    pub amount_fen: i64,
}

/// How a client stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    pub terms: Option<Terms>,
    /// All that is invoiced and not paid.
    pub receivable_fen: i64,
    pub overdue_fen: i64,
    /// Overdue for 1–30, 31–60, 61–90 and more days.
    pub ages_fen: [i64; 4],
    pub limit_fen: Option<i64>,
    /// Newest first.
    pub payments: Vec<Paid>,
}

/// What is said before goods leave for a client that is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    pub effect: Effect,
    pub overdue_fen: i64,
}

impl Credit {
    /// `None`: the sums are larger than can be kept.
    pub fn of(
        today: Day,
        terms: Option<Terms>,
        limit_fen: Option<i64>,
        open: &[Due],
        payments: Vec<Paid>,
    ) -> Option<Self> {
        let late = |due: &Due| today.number() - due.on.number();
        let age = |days: i64| AGES.iter().position(|last| days <= *last).unwrap_or(AGES.len());
        let mut ages_fen = [0; 4];
        for due in open.iter().filter(|due| late(due) > 0) {
            let sum = &mut ages_fen[age(late(due))];
            *sum = sum_fen([*sum, due.open_fen])?;
        }
        Some(Self {
            terms,
            receivable_fen: sum_fen(open.iter().map(|due| due.open_fen))?,
            overdue_fen: sum_fen(ages_fen)?,
            ages_fen,
            limit_fen,
            payments,
        })
    }

    /// Below zero where more is owed than the limit allows.
    pub fn left_fen(&self) -> Option<i64> {
        self.limit_fen.map(|limit| limit.saturating_sub(self.receivable_fen))
    }

    /// What is said when goods are asked for; nothing where nothing is overdue.
    pub fn advice(&self, effect: Effect) -> Option<Advice> {
        (self.overdue_fen > 0).then_some(Advice { effect, overdue_fen: self.overdue_fen })
    }
}

impl Paid {
    /// Days after it was due; below zero where it came early.
    pub fn days_late(&self) -> Option<i64> {
        self.due.map(|due| self.paid.number() - due.number())
    }
}

impl Advice {
    pub fn said(&self) -> Words {
        let overdue = yuan(self.overdue_fen);
        Words::new(
            format!("该客户超期应收款已达{overdue}，建议暂缓发货"),
            format!("this client's overdue receivables have reached {overdue}: better hold the shipment"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn credit(open: &[(&str, i64)]) -> Credit {
        let open: Vec<_> =
            open.iter().map(|(on, open_fen)| Due { on: day(on), open_fen: *open_fen }).collect();
        Credit::of(day("2026-04-10"), Some(Terms::Net(30)), Some(1_000), &open, Vec::new()).unwrap()
    }

    #[test]
    fn ages_change_on_the_day_after_thirty_sixty_and_ninety() {
        let open = [
            ("2026-04-10", 1),
            ("2026-04-11", 2),
            ("2026-04-09", 10),
            ("2026-03-11", 100),
            ("2026-03-10", 1_000),
            ("2026-02-09", 10_000),
            ("2026-02-08", 100_000),
            ("2026-01-10", 1_000_000),
            ("2026-01-09", 10_000_000),
        ];
        let credit = credit(&open);
        assert_eq!(credit.ages_fen, [110, 11_000, 1_100_000, 10_000_000]);
        assert_eq!((credit.receivable_fen, credit.overdue_fen), (11_111_113, 11_111_110));
        assert_eq!(credit.left_fen(), Some(-11_110_113));
    }

    #[test]
    fn the_advice_is_exact_to_the_fen_and_silent_where_nothing_is_overdue() {
        let said = |fen| credit(&[("2026-04-01", fen)]).advice(Effect::Advise).unwrap().said().zh;
        assert_eq!(said(18_640_000), "该客户超期应收款已达¥186,400，建议暂缓发货");
        assert_eq!(said(18_640_050), "该客户超期应收款已达¥186,400.50，建议暂缓发货");
        assert_eq!(credit(&[("2026-04-10", 5)]).advice(Effect::Block), None);
    }

    #[test]
    fn what_cannot_be_kept_is_no_sum() {
        let open = [Due { on: day("2026-04-01"), open_fen: i64::MAX }; 2];
        assert_eq!(Credit::of(day("2026-04-10"), None, None, &open, Vec::new()), None);
    }
}
