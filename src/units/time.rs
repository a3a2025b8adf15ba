//! The audio clock: whole milliseconds since a call's first sample. And which instants are instants.

/// One frame of analysis, the grain of every measure.
pub const FRAME_MS: u32 = 10;

/// One tick: ten frames.
pub const TICK_MS: u32 = 100;

/// The years 2000 to 2099 in milliseconds since 1970 UTC: what lies outside was not meant as an instant.
pub const INSTANTS_MS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Milliseconds as seconds, for people.
pub fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

/// An instant written as ISO 8601 (`2026-02-12T09:30:00.250+08:00`), in milliseconds since 1970 UTC. Without an offset it
/// is UTC; a space may stand for the `T`. `None` for anything else.
pub fn instant_ms(text: &str) -> Option<i64> {
    let (date, rest) = text.trim().split_once(['T', 't', ' '])?;
    let (clock, offset_min) = offset(rest)?;
    let mut date = date.splitn(3, '-').map(digits);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, ms) = match clock.split_once(['.', ',']) {
        Some((clock, fraction)) => {
            digits(fraction)?;
            (clock, format!("{fraction:0<3}").get(..3)?.parse().ok()?)
        }
        None => (clock, 0),
    };
    let mut clock = clock.splitn(3, ':').map(digits);
    let (hour, minute) = (clock.next()??, clock.next()??);
    let second = clock.next().unwrap_or(Some(0))?;
    let fits =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset_min;
    fits.then_some((minutes * 60 + second) * 1000 + ms)
}

fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// The clock's part of an instant, and its offset in minutes.
fn offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (clock, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let plain = offset[1..].replace(':', "");
    let minutes = match plain.len() {
        2 => digits(&plain)? * 60,
        4 => digits(&plain[..2])? * 60 + digits(&plain[2..])?,
        _ => return None,
    };
    Some((clock, sign * minutes))
}

/// Days from 1970-01-01 in the Gregorian calendar: a year begins in March, so that the leap day is its last.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_in_any_of_its_forms() {
        for text in [
            "2026-02-12T01:30:00Z",
            "2026-02-12T09:30:00.000+08:00",
            "2026-02-11 20:30:00-0500",
            "2026-02-12 01:30",
            "2026-02-12T01:30:00",
            "2026-02-12t09:30:00+08",
        ] {
            assert_eq!(instant_ms(text), Some(1_770_859_800_000), "{text}");
        }
        assert_eq!(instant_ms("1970-01-01T00:00:00.25Z"), Some(250));
        assert_eq!(instant_ms("2024-02-29T00:00:00.123456Z"), Some(1_709_164_800_123));
        assert_eq!(instant_ms("2000-03-01T00:00:00Z"), Some(951_868_800_000));
        for text in [
            "",
            "2026-02-12",
            "2026-13-01T00:00:00Z",
            "2026-02-12T25:00Z",
            "x-y-zT0:0",
            "2026-02-12T01:30:00+8",
        ] {
            assert_eq!(instant_ms(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text: String, odd in "[0-9T:+.Z -]{0,30}") {
            let _ = (instant_ms(&text), instant_ms(&odd));
        }
    }
}
