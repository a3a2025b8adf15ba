//! Fen: what a quantity costs, an amount shared out so that no fen is lost, and how people read it.

use super::quantity::Quantity;

/// Fen that JavaScript keeps exactly: 2^53 − 1. No amount and no sum of a contract is larger.
pub const FEN_MAX: i64 = 9_007_199_254_740_991;

/// What so much costs, rounded half away from zero to the fen; `None` beyond [`FEN_MAX`].
pub fn value_fen(price_fen: i64, quantity: Quantity) -> Option<i64> {
    let exact = i128::from(price_fen) * i128::from(quantity.count());
    let fen = (exact + 500 * exact.signum()) / 1_000;
    i64::try_from(fen).ok().filter(|fen| (-FEN_MAX..=FEN_MAX).contains(fen))
}

/// A sum; `None` beyond [`FEN_MAX`].
pub fn sum_fen(parts: impl IntoIterator<Item = i64>) -> Option<i64> {
    let sum: i128 = parts.into_iter().map(i128::from).sum();
    i64::try_from(sum).ok().filter(|fen| (-FEN_MAX..=FEN_MAX).contains(fen))
}

/// Shares out an amount by weights, to the fen: the shares add up to it, and none is larger than its weight where the
/// amount is no larger than all of them. The fen that do not divide go to the largest remainders, the first among equals.
/// `None`: there is nothing to share by, or a weight is negative.
pub fn share_fen(amount_fen: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let all: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if amount_fen < 0 || all <= 0 || weights.iter().any(|weight| *weight < 0) {
        return None;
    }
    let exact = |weight: i64| i128::from(amount_fen) * i128::from(weight);
    let mut shares: Vec<i64> = weights.iter().map(|weight| (exact(*weight) / all) as i64).collect();
    let rest = amount_fen - shares.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(exact(weights[*at]) % all));
    for at in order.into_iter().take(usize::try_from(rest).unwrap_or(0)) {
        shares[at] += 1;
    }
    Some(shares)
}

/// As a sentence names it: `¥186,400`, with fen only where there are any.
pub fn yuan(fen: i64) -> String {
    let (sign, fen) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    let digits = (fen / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fen % 100 {
        0 => format!("{sign}¥{grouped}"),
        rest => format!("{sign}¥{grouped}.{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hundred_yuan_goes_to_three_without_losing_a_fen() {
        assert_eq!(share_fen(10_000, &[1, 1, 1]), Some(vec![3_334, 3_333, 3_333]));
        assert_eq!(share_fen(10_000, &[0, 7, 7, 7]), Some(vec![0, 3_334, 3_333, 3_333]));
        assert_eq!(share_fen(1, &[1, 2]), Some(vec![0, 1]));
        assert_eq!(share_fen(0, &[1, 2]), Some(vec![0, 0]));
        assert_eq!(share_fen(5, &[0, 0]), None);
        assert_eq!(share_fen(5, &[]), None);
    }

    #[test]
    fn amounts_round_half_away_from_zero_and_stop_where_they_would_not_be_exact() {
        let of = |thousandths| Quantity::thousandths(thousandths);
        assert_eq!(value_fen(333, of(1_500)), Some(500), "4.995 yuan");
        assert_eq!(value_fen(1, of(500)), Some(1));
        assert_eq!(value_fen(1, of(499)), Some(0));
        assert_eq!(value_fen(FEN_MAX, of(1_000)), Some(FEN_MAX));
        assert_eq!(value_fen(FEN_MAX, of(1_001)), None);
        assert_eq!(value_fen(i64::MAX, of(i64::MAX)), None);
        assert_eq!(sum_fen([FEN_MAX, 1]), None);
        assert_eq!(sum_fen([i64::MAX, i64::MAX, i64::MIN, i64::MIN, 2]), Some(0));
    }

    #[test]
    fn people_read_what_the_article_shows() {
        for (fen, text) in [
            (18_640_000, "¥186,400"),
            (18_640_001, "¥186,400.01"),
            (5, "¥0.05"),
            (0, "¥0"),
            (-100_000, "-¥1,000"),
            (99_900, "¥999"),
            (i64::MIN, "-¥92,233,720,368,547,758.08"),
        ] {
            assert_eq!(yuan(fen), text);
        }
    }

    proptest! {
        #[test]
        fn shares_add_up_and_none_is_more_than_its_weight(
            weights in prop::collection::vec(0..FEN_MAX / 32, 1..32),
            part in 0u32..=1_000,
        ) {
            let all: i64 = weights.iter().sum();
            prop_assume!(all > 0);
            let amount = (i128::from(all) * i128::from(part) / 1_000) as i64;
            let shares = share_fen(amount, &weights).unwrap();
            prop_assert_eq!(shares.iter().sum::<i64>(), amount);
            prop_assert!(shares.iter().zip(&weights).all(|(share, weight)| share <= weight && *share >= 0));
        }
    }
}
