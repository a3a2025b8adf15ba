use proptest::prelude::*;

use super::*;

/// Thursday, 2026-02-12, 09:30 in China.
const T0: Now = Now { at_ms: 1_770_859_800_000, zone: Zone::SHANGHAI };

fn shown(found: &Found) -> String {
    match found.when {
        When::Day(day) => day.to_string(),
        When::At(at_ms) => {
            let minutes = Zone::SHANGHAI.minute_of_day(at_ms);
            format!("{} {:02}:{:02}", found.day, minutes / 60, minutes % 60)
        }
    }
}

#[track_caller]
fn check(text: &str, want: &str) {
    let found = read(text, T0, Calendar::china()).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
    assert_eq!(shown(&found), want, "{text}");
}

#[test]
fn an_hour_is_that_of_the_clock_on_the_wall_when_clocks_are_changed() {
    // Noon of the day before each change; the same words mean the same hour.
    for (zone, now, want) in [
        ("Europe/Berlin", "2026-03-28T11:00Z", "2026-03-29T13:00Z"),
        ("Europe/Berlin", "2026-10-24T10:00Z", "2026-10-25T14:00Z"),
        ("America/New_York", "2026-03-07T17:00Z", "2026-03-08T19:00Z"),
        ("America/New_York", "2026-10-31T16:00Z", "2026-11-01T20:00Z"),
    ] {
        let at = |text: &str| crate::units::time::instant_ms(text).unwrap();
        let now = Now { at_ms: at(now), zone: zone.parse().unwrap() };
        for text in ["明天下午3点", "tomorrow 3 pm"] {
            let found = read(text, now, Calendar::china()).unwrap();
            assert_eq!(found.when, When::At(at(want)), "{zone} {text}");
            assert!(found.said.en.contains("15:00"), "{}", found.said.en);
        }
    }
    // Today is another day on the other side of the date line.
    let today = |zone: &str| {
        let at_ms = T0.at_ms + 9 * 3_600_000;
        read("今天", Now { at_ms, zone: zone.parse().unwrap() }, Calendar::china()).unwrap().day.to_string()
    };
    assert_eq!([today("Pacific/Kiritimati"), today("Pacific/Pago_Pago")], ["2026-02-13", "2026-02-11"]);
}

#[test]
fn chinese_deadlines_read() {
    for (text, want) in [
        ("下周二", "2026-02-17"),
        ("2月18日10:00前", "2026-02-18 10:00"),
        ("2月18日", "2026-02-18"),
        ("２月１８日", "2026-02-18"),
        ("后天下午三点", "2026-02-14 15:00"),
        ("后天下午3点", "2026-02-14 15:00"),
        ("明早九点半", "2026-02-13 09:30"),
        ("明天上午", "2026-02-13 12:00"),
        ("今晚8点", "2026-02-12 20:00"),
        ("礼拜三", "2026-02-18"),
        ("周三之前", "2026-02-18"),
        ("周四", "2026-02-12"),
        ("这周五", "2026-02-13"),
        ("下下周一", "2026-02-23"),
        ("下个星期天", "2026-02-22"),
        ("月底", "2026-02-28"),
        ("下月底", "2026-03-31"),
        ("月末", "2026-02-28"),
        ("季度末", "2026-03-31"),
        ("年底", "2026-12-31"),
        ("下月15号", "2026-03-15"),
        ("15号", "2026-02-15"),
        ("5号", "2026-03-05"),
        ("十五号", "2026-02-15"),
        ("2027年1月4日", "2027-01-04"),
        ("2026-03-02", "2026-03-02"),
        ("3/2", "2026-03-02"),
        ("3天后", "2026-02-15"),
        ("三天内", "2026-02-15"),
        ("3个工作日内", "2026-02-24"),
        ("两周后", "2026-02-26"),
        ("一个月后", "2026-03-12"),
        ("48小时内", "2026-02-14 09:30"),
        ("一个半小时后", "2026-02-12 11:00"),
        ("半小时后", "2026-02-12 10:00"),
        ("节后第一个工作日", "2026-02-24"),
        ("春节后第二个工作日", "2026-02-25"),
        ("节前", "2026-02-14"),
        ("年前", "2026-02-14"),
        ("国庆节前", "2026-09-30"),
        ("尽快", "2026-02-13"),
        ("今晚12点", "2026-02-13 00:00"),
        ("明天晚上1点", "2026-02-14 01:00"),
        ("明天中午11点半", "2026-02-13 11:30"),
        ("今天下班前", "2026-02-12 18:00"),
        ("中午12点", "2026-02-12 12:00"),
        ("1月5日", "2026-01-05"),
    ] {
        if text == "1月5日" {
            assert!(read(text, T0, Calendar::china()).unwrap_err().said.zh.contains("已经过去"), "{text}");
        } else {
            check(text, want);
        }
    }
}

#[test]
fn english_deadlines_read() {
    for (text, want) in [
        ("in 3 days", "2026-02-15"),
        ("in three working days", "2026-02-24"),
        ("next Tuesday", "2026-02-17"),
        ("Tuesday", "2026-02-17"),
        ("tomorrow at 3pm", "2026-02-13 15:00"),
        ("tomorrow 3:30 pm", "2026-02-13 15:30"),
        ("by 18 Feb", "2026-02-18"),
        ("Feb 18, 2026 10:00", "2026-02-18 10:00"),
        ("18th February", "2026-02-18"),
        ("end of month", "2026-02-28"),
        ("the day after tomorrow", "2026-02-14"),
        ("in 2 hours", "2026-02-12 11:30"),
        ("ASAP", "2026-02-13"),
        ("today 15:00", "2026-02-12 15:00"),
    ] {
        check(text, want);
    }
}

#[test]
fn a_day_off_says_so_and_offers_a_working_day() {
    let found = |text| read(text, T0, Calendar::china()).unwrap();
    let tuesday = found("下周二");
    assert_eq!(tuesday.offer, "2026-02-24".parse().ok());
    assert_eq!(tuesday.said.zh, "2月17日 周二，5 天后；是春节假期，可改为 2月24日 周二");
    let wednesday = found("2月18日10:00前");
    assert_eq!(wednesday.offer, "2026-02-24".parse().ok());
    assert!(wednesday.said.en.contains("a day off (Spring Festival)"), "{}", wednesday.said.en);
    assert_eq!(found("礼拜三").offer, "2026-02-25".parse().ok(), "another Wednesday");
    let made_up = found("2月14日");
    assert!(made_up.offer.is_none() && made_up.said.zh.contains("春节调休上班"), "{}", made_up.said.zh);
    assert!(found("2027年3月1日").said.zh.contains("2027 年的放假安排还不知道"));
    assert!(found("尽快").vague && found("明天下午").vague && !found("明天").vague);
}

#[test]
fn what_can_mean_two_things_is_never_guessed() {
    for (text, want) in [
        ("明天3点", vec!["2026-02-13 15:00", "2026-02-13 03:00"]),
        ("下周", vec!["2026-02-16", "2026-02-20"]),
        ("周末", vec!["2026-02-14", "2026-02-15"]),
        ("next Friday", vec!["2026-02-13", "2026-02-20"]),
        ("tomorrow at 4", vec!["2026-02-13 16:00", "2026-02-13 04:00"]),
    ] {
        let refusal = read(text, T0, Calendar::china()).unwrap_err();
        let candidates: Vec<_> = refusal.candidates.iter().map(shown).collect();
        assert_eq!(candidates, want, "{text}");
    }
    check("3点", "2026-02-12 15:00");
}

#[test]
fn what_is_over_or_not_understood_is_refused_in_words() {
    for (text, want) in [
        ("昨天", "已经过去"),
        ("上周二", "看不出"),
        ("2月30日", "看不出"),
        ("今天9:00", "已经过去"),
        ("有空的时候", "看不出"),
        ("", "看不出"),
        ("明天25点", "看不出"),
        ("明天上午15点", "看不出"),
        ("半天后", "看不出"),
        ("2月18日10:00前给张总打电话", "看不出"),
    ] {
        let refusal = read(text, T0, Calendar::china()).unwrap_err();
        assert!(
            refusal.said.zh.contains(want) && refusal.candidates.is_empty(),
            "{text}: {}",
            refusal.said.zh
        );
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd(
        text: String,
        odd in "[一二十两半下周月年节日号天后前内个点:/0-9 工作第早晚上午nextfriamp]{0,14}",
        at_ms: i64,
        ahead_min in -720i16..=840,
    ) {
        for now in [T0, Now { at_ms, zone: Zone::Fixed { utc_offset_min: ahead_min } }, Now { at_ms, zone: Zone::Named(chrono_tz::Tz::Europe__Berlin) }] {
            let _ = (read(&text, now, Calendar::china()), read(&odd, now, Calendar::china()));
        }
    }

    /// What is found lies ahead.
    #[test]
    fn no_deadline_lies_in_the_past(odd in "(明天|后天|下周二|[1-9]天后|[1-9]号|周五|月底)(上午|下午[1-5]点|1[0-9]:30)?") {
        if let Ok(found) = read(&odd, T0, Calendar::china()) {
            prop_assert!(found.day >= "2026-02-12".parse().unwrap());
        }
    }
}
