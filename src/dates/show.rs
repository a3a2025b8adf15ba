//! A deadline -> the sentence that is shown with it: weekday, distance, and that it is a day off.

use super::calendar::{Known, Worked};
use super::{Scene, When};
use crate::units::{Day, Words};

const ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A day's weekday.
pub fn weekday(day: Day) -> Words {
    let at = (day.weekday() - 1) as usize;
    Words::new(ZH[at], EN[at])
}

/// Month and day, with the year where it is another one.
fn date(day: Day, today: Day) -> Words {
    let ((year, month, of_month), (this_year, ..)) = (day.date(), today.date());
    if year == this_year {
        Words::new(format!("{month}月{of_month}日"), format!("{month}/{of_month}"))
    } else {
        Words::new(format!("{year}年{month}月{of_month}日"), day.to_string())
    }
}

fn distance(days: i64) -> Words {
    match days {
        0 => Words::new("今天", "today"),
        1 => Words::new("明天", "tomorrow"),
        2 => Words::new("后天", "in 2 days"),
        days if days < 0 => Words::new(format!("{} 天前", -days), format!("{} days ago", -days)),
        days => Words::new(format!("{days} 天后"), format!("in {days} days")),
    }
}

impl Scene<'_> {
    pub fn said(&self, when: When, day: Day, offer: Option<Day>) -> Words {
        let (date_said, weekday_said) = (date(day, self.today), weekday(day));
        let distance = distance(day.number() - self.today.number());
        let clock = match when {
            When::Day(_) => String::new(),
            When::At(at_ms) => {
                let minutes = self.now.zone.minute_of_day(at_ms);
                format!(" {:02}:{:02}", minutes / 60, minutes % 60)
            }
        };
        let mut said = Words::new(
            format!("{} {}{clock}，{}", date_said.zh, weekday_said.zh, distance.zh),
            format!("{} {}{clock}, {}", weekday_said.en, date_said.en, distance.en),
        );
        let off = match self.calendar.of(day) {
            Worked::Working => None,
            Worked::Weekend => Some(Words::new("是周末", "a weekend day")),
            Worked::Holiday(name) => {
                Some(Words::new(format!("是{}假期", name.zh), format!("a day off ({})", name.en)))
            }
            Worked::MadeUp(name) => Some(Words::new(
                format!("{}调休上班", name.zh),
                format!("a working day made up for {}", name.en),
            )),
        };
        if let Some(off) = off {
            said = Words::new(format!("{}；{}", said.zh, off.zh), format!("{}; {}", said.en, off.en));
        }
        if let Some(offer) = offer {
            let (date, weekday) = (date(offer, self.today), weekday(offer));
            said.zh += &format!("，可改为 {} {}", date.zh, weekday.zh);
            said.en += &format!(", {} {} would be a working day", weekday.en, date.en);
        }
        if self.calendar.known(day.date().0) != Known::Official {
            let year = day.date().0;
            said.zh += &format!("；{year} 年的放假安排还不知道");
            said.en += &format!("; the days off of {year} are not announced yet");
        }
        said
    }
}
