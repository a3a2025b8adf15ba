//! Chinese words for deadlines.

use super::scan::Scan;
use super::{Clock, Date, Scene, Told};
use crate::units::Day;

/// The working day ends.
const EVENING_MIN: i64 = 18 * 60;

const NIGHT_END_MIN: i64 = 22 * 60;
const NOON_END_MIN: i64 = 13 * 60;

/// A stretch of the day: when it ends, and whether its hours count from noon.
const STRETCHES: [(&str, (i64, bool)); 13] = [
    ("凌晨", (6 * 60, false)),
    ("清晨", (8 * 60, false)),
    ("早上", (9 * 60, false)),
    ("早晨", (9 * 60, false)),
    ("上午", (12 * 60, false)),
    ("中午", (NOON_END_MIN, true)),
    ("下午", (EVENING_MIN, true)),
    ("傍晚", (19 * 60, true)),
    ("晚上", (NIGHT_END_MIN, true)),
    ("夜里", (23 * 60, true)),
    ("下班", (EVENING_MIN, true)),
    ("早", (9 * 60, false)),
    ("晚", (NIGHT_END_MIN, true)),
];

const WEEKDAYS: [(&str, i64); 14] = [
    ("一", 1),
    ("二", 2),
    ("三", 3),
    ("四", 4),
    ("五", 5),
    ("六", 6),
    ("日", 7),
    ("天", 7),
    ("1", 1),
    ("2", 2),
    ("3", 3),
    ("4", 4),
    ("5", 5),
    ("6", 6),
];

const ENDS: [&str; 8] = ["之前", "以前", "前", "之内", "以内", "内", "截止", "为止"];

/// What the words say, `None` if they are not these.
pub fn read(text: &str, scene: &Scene) -> Option<Told> {
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    let mut scan = Scan(&text);
    let _ = scan.any(&["最晚", "最迟", "截止到", "在"]);
    let told = match scene.span(&mut scan) {
        Some(told) => told,
        None => {
            let date = scene.date(&mut scan);
            let _ = scan.any(&["的", "，", ","]);
            match (date, clock(&mut scan)) {
                (Some(date), clock) => Told::Date(date, clock),
                (None, Some(clock)) => Told::Clock(clock),
                (None, None) => return None,
            }
        }
    };
    let _ = scan.any(&ENDS);
    scan.is_done().then_some(told)
}

/// `下午3点半`, `10:00`, `晚上`; eats nothing where it is none.
fn clock(scan: &mut Scan) -> Option<Clock> {
    let mut ahead = *scan;
    let found = clock_ahead(&mut ahead)?;
    *scan = ahead;
    Some(found)
}

fn clock_ahead(scan: &mut Scan) -> Option<Clock> {
    let stretch = scan.word(&STRETCHES);
    let before = *scan;
    let hour = scan.number();
    let marked = hour.is_some() && scan.any(&["点钟", "点", "时"]);
    let colon = hour.is_some() && !marked && scan.any(&[":"]);
    let Some(hour) = hour.filter(|_| marked || colon) else {
        *scan = before;
        return stretch.map(|(end, _)| Clock::Until(end));
    };
    let minute = match scan.word(&[("半", 30), ("一刻", 15), ("三刻", 45), ("整", 0)]) {
        Some(minute) if marked => minute,
        _ => scan.number().or(marked.then_some(0))?,
    };
    let _ = scan.any(&["分钟", "分"]);
    if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || hour == 24 && minute > 0 {
        return None;
    }
    let at = hour * 60 + minute;
    match stretch {
        Some((end, later)) => in_stretch(end, later, hour).map(|hours| Clock::At(at + hours * 60)),
        None if marked && (1..=6).contains(&hour) => Some(Clock::Either(at + 12 * 60, at)),
        None => Some(Clock::At(at)),
    }
}

/// The hours to add to an hour that was said within a stretch of the day; `None` where it does not lie there.
fn in_stretch(end_min: i64, later: bool, hour: i64) -> Option<i64> {
    let is_night = end_min >= NIGHT_END_MIN;
    match (hour, later) {
        // Twelve at night is midnight, and one to four come after it.
        (12, _) if is_night => Some(12),
        (0..=4, _) if is_night => Some(24),
        // Eleven is noon as it is.
        (11, _) if end_min == NOON_END_MIN => Some(0),
        (0..12, true) => Some(12),
        (12..=24, true) => Some(0),
        (0..=12, false) => Some(0),
        _ => None,
    }
}

impl Scene<'_> {
    /// `3天后`, `48小时内`, `半小时后`, `5个工作日内`, `两周后`.
    fn span(&self, scan: &mut Scan) -> Option<Told> {
        let mut ahead = *scan;
        let _ = ahead.any(&["再过", "过"]);
        let half_first = ahead.eat("半");
        let count = if half_first { 0 } else { ahead.number()? };
        let _ = ahead.eat("个");
        let half = half_first || ahead.eat("半");
        let _ = ahead.eat("个");
        let halves = count * 2 + i64::from(half);
        let unit = ahead.word(&[
            ("工作日", 'w'),
            ("小时", 'h'),
            ("钟头", 'h'),
            ("分钟", 'm'),
            ("天", 'd'),
            ("日", 'd'),
            ("星期", 'k'),
            ("礼拜", 'k'),
            ("周", 'k'),
            ("月", 'o'),
        ])?;
        let later = ahead.any(&["之后", "以后", "后", "之内", "以内", "内"]);
        let told = match unit {
            _ if !later => return None,
            'h' => Told::Instant(self.now.at_ms + halves * 1_800_000),
            'm' if !half => Told::Instant(self.now.at_ms + count * 60_000),
            _ if half => return None,
            'd' => Told::Date(Date::On(self.today.plus(count)?), clock(&mut ahead)),
            'k' => Told::Date(Date::On(self.today.plus(7 * count)?), clock(&mut ahead)),
            'o' => Told::Date(Date::On(self.months_later(count)?), clock(&mut ahead)),
            'w' if count > 0 => {
                Told::Date(Date::On(self.calendar.plus_working(self.today, count)?), clock(&mut ahead))
            }
            _ => return None,
        };
        *scan = ahead;
        Some(told)
    }

    /// The same day some months later, the last one of a shorter month.
    pub fn months_later(&self, months: i64) -> Option<Day> {
        let (year, month, day) = self.today.date();
        let month = month - 1 + months;
        let (year, month) = (year + month.div_euclid(12), month.rem_euclid(12) + 1);
        (0..4).find_map(|less| Day::of(year, month, day - less))
    }

    fn date(&self, scan: &mut Scan) -> Option<Date> {
        let near = [
            ("大后天", 3),
            ("后天", 2),
            ("明天", 1),
            ("明日", 1),
            ("今天", 0),
            ("今日", 0),
            ("昨天", -1),
            ("前天", -2),
        ];
        if let Some(days) = scan.word(&near) {
            return self.today.plus(days).map(Date::On);
        }
        for (word, days) in [("明", 1), ("今", 0), ("后", 2)] {
            if ["早", "晚"].iter().any(|part| scan.0.starts_with(&format!("{word}{part}"))) {
                scan.eat(word);
                return self.today.plus(days).map(Date::On);
            }
        }
        if scan.any(&["尽快", "越快越好", "马上"]) {
            return self.calendar.plus_working(self.today, 1).map(Date::About);
        }
        self.week(scan)
            .or_else(|| self.end(scan))
            .or_else(|| self.holiday(scan))
            .or_else(|| self.calendar_day(scan).map(Date::On))
    }

    /// `周二`, `下周二`, `下个星期二`, `下下周二`, `下周`.
    fn week(&self, scan: &mut Scan) -> Option<Date> {
        let mut ahead = *scan;
        let weeks = ahead.word(&[
            ("下下个", 2),
            ("下下", 2),
            ("下个", 1),
            ("下", 1),
            ("这个", 0),
            ("这", 0),
            ("本", 0),
        ]);
        if !ahead.any(&["星期", "礼拜", "周"]) {
            return None;
        }
        let monday = self.today.plus(1 - self.today.weekday())?;
        if ahead.eat("末") {
            let saturday = monday.plus(7 * weeks.unwrap_or(0) + 5)?;
            *scan = ahead;
            return Some(Date::Either(saturday, saturday.plus(1)?));
        }
        let day = ahead.word(&WEEKDAYS);
        *scan = ahead;
        let found = match (weeks, day) {
            (Some(weeks), Some(day)) => Date::Weekday(monday.plus(7 * weeks + day - 1)?),
            (None, Some(day)) => {
                let this = monday.plus(day - 1)?;
                Date::Weekday(if this >= self.today { this } else { this.plus(7)? })
            }
            (Some(weeks), None) => Date::Either(monday.plus(7 * weeks)?, monday.plus(7 * weeks + 4)?),
            (None, None) => return None,
        };
        Some(found)
    }

    /// `月底`, `下月底`, `季度末`, `年底`: the last working day.
    fn end(&self, scan: &mut Scan) -> Option<Date> {
        let mut ahead = *scan;
        let next = ahead.word(&[("下个", 1), ("下", 1), ("这个", 0), ("本", 0), ("这", 0)]).unwrap_or(0);
        let unit = ahead.word(&[("季度", 'q'), ("季", 'q'), ("月", 'm'), ("年", 'y')])?;
        if !ahead.any(&["底", "末"]) {
            return None;
        }
        let (year, month, _) = self.today.date();
        let months = match unit {
            'm' => month + next,
            'q' => (month - 1) / 3 * 3 + 3 + 3 * next,
            _ => 12 + 12 * next,
        };
        let last = Day::of(year + months / 12, months % 12 + 1, 1)?.plus(-1)?;
        *scan = ahead;
        self.calendar.last_working(last).map(Date::On)
    }

    /// `节后第一个工作日`, `春节后`, `节前`, `年前`.
    fn holiday(&self, scan: &mut Scan) -> Option<Date> {
        let mut ahead = *scan;
        let named = [
            ("春节", Some("春节")),
            ("过年", Some("春节")),
            ("国庆节", Some("国庆")),
            ("国庆", Some("国庆")),
            ("五一", Some("劳动")),
            ("劳动节", Some("劳动")),
            ("中秋节", Some("中秋")),
            ("中秋", Some("中秋")),
            ("端午节", Some("端午")),
            ("端午", Some("端午")),
            ("清明节", Some("清明")),
            ("清明", Some("清明")),
            ("元旦", Some("元旦")),
            ("年", Some("春节")),
            ("节", None),
            ("假", None),
        ];
        let name = ahead.word(&named)?;
        let (first, last) = self.calendar.holiday_from(self.today, name)?;
        let before = ahead.word(&[("之前", true), ("前", true), ("之后", false), ("后", false)])?;
        let mut vague = name.is_none() || scan.0.starts_with('年');
        let day = if before {
            vague &= !ahead.any(&["最后一个工作日", "最后一天"]);
            self.calendar.last_working(first.plus(-1)?)?
        } else {
            let mut nth = 1;
            if ahead.eat("第") {
                nth = ahead.number().filter(|nth| (1..=60).contains(nth))?;
                if !ahead.any(&["个工作日", "天"]) {
                    return None;
                }
                vague = false;
            } else {
                vague |= !ahead.any(&["上班", "首个工作日"]);
            }
            self.calendar.plus_working(last, nth)?
        };
        *scan = ahead;
        Some(if vague { Date::About(day) } else { Date::On(day) })
    }

    /// `2月18日`, `2026年2月18日`, `下月15号`, `15号`, `2026-02-18`, `2/18`.
    fn calendar_day(&self, scan: &mut Scan) -> Option<Day> {
        let mut ahead = *scan;
        let (this_year, this_month, _) = self.today.date();
        let years = ahead.word(&[("明年", 1), ("今年", 0)]);
        if let Some(months) = ahead.word(&[("下个月", 1), ("下月", 1), ("本月", 0), ("这个月", 0)])
        {
            let (year, month) =
                (this_year + (this_month - 1 + months) / 12, (this_month - 1 + months) % 12 + 1);
            let day = Day::of(year, month, ahead.number()?)?;
            let _ = ahead.any(&["号", "日"]);
            *scan = ahead;
            return Some(day);
        }
        let first = ahead.number()?;
        let sign = ahead.word(&[
            ("年", 'y'),
            ("月", 'm'),
            ("号", 'd'),
            ("日", 'd'),
            ("-", 's'),
            ("/", 's'),
            (".", 's'),
        ])?;
        let (year, month) = match sign {
            'd' => {
                let of_month =
                    |month: i64| Day::of(this_year + (month - 1) / 12, (month - 1) % 12 + 1, first);
                let found =
                    (this_month..=this_month + 2).filter_map(of_month).find(|day| *day >= self.today)?;
                *scan = ahead;
                return Some(found);
            }
            'y' => {
                let year = if first < 100 { 2000 + first } else { first };
                let month = ahead.number()?;
                ahead.eat("月").then_some((Some(year), month))?
            }
            's' if first >= 1900 => {
                let month = ahead.number()?;
                ahead.any(&["-", "/", "."]).then_some((Some(first), month))?
            }
            _ => (years.map(|years| this_year + years), first),
        };
        let day = ahead.number()?;
        let _ = ahead.any(&["号", "日"]);
        *scan = ahead;
        self.of_month(year, month, day)
    }

    /// Without a year the next such day: one that is over by less than three months stays in this year, to be refused.
    pub fn of_month(&self, year: Option<i64>, month: i64, day: i64) -> Option<Day> {
        let this_year = self.today.date().0;
        if year.is_some() {
            return Day::of(year?, month, day);
        }
        let this = Day::of(this_year, month, day);
        match this {
            Some(this) if this.plus(90)? >= self.today => Some(this),
            _ => Day::of(this_year + 1, month, day),
        }
    }
}
