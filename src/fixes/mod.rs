//! A position as a device reports it, in one shape whatever app it came from, and what speaks against believing it.

mod clock;
mod doubts;
mod enrolment;
mod manner;
mod reporting;

pub use clock::{Clock, Timed, assumed_sent_ms};
pub use doubts::{Doubt, Doubts, Freeze, NULL_ISLAND_DEG, SPEED_MPS_MAX, Seen};
pub use enrolment::{ReportingApp, UnknownApp};
pub use manner::{Advice, Manner};
pub use reporting::{BadHours, Hours, Refused, Reporting};

use std::fmt;
use std::str::FromStr;

use crate::units::{Datum, Place};

/// The app or service that a position came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    Owntracks,
    Traccar,
    Gpsd,
    Wecom,
    Baidu,
    /// An app that is alive and says again where it was: it knows no newer place.
    Ping,
    /// An app that we know nothing particular about.
    Other,
}

impl Source {
    const NAMED: [Self; 6] =
        [Self::Owntracks, Self::Traccar, Self::Gpsd, Self::Wecom, Self::Baidu, Self::Ping];

    pub fn name(self) -> &'static str {
        match self {
            Self::Owntracks => "owntracks",
            Self::Traccar => "traccar",
            Self::Gpsd => "gpsd",
            Self::Wecom => "wecom",
            Self::Baidu => "baidu",
            Self::Ping => "ping",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    /// Every text is a source; those we do not know are [`Source::Other`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::NAMED.into_iter().find(|source| source.name() == text).unwrap_or(Self::Other))
    }
}

/// A position. What the device did not say is `None`, never 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    pub device: String,
    /// When it was measured, by the device's clock.
    pub tst_ms: i64,
    /// When it was sent, by the device's clock.
    pub sent_ms: Option<i64>,
    /// When it arrived, by the server's clock.
    pub rx_ms: i64,
    /// Degrees in `datum`.
    pub lat: f64,
    pub lon: f64,
    pub datum: Datum,
    /// The radius that should hold the truth 68 times in 100.
    pub accuracy_m: Option<f64>,
    pub speed_mps: Option<f64>,
    pub source: Source,
    /// 0..1.
    pub battery: Option<f64>,
    /// The device itself says that the position is simulated.
    pub mock: bool,
}

impl Fix {
    /// Where it is, whatever map it was written on.
    pub fn place(&self) -> Place {
        self.datum.to_wgs84(self.lat, self.lon)
    }

    /// The speed where it says something: WeCom answers 0 whatever the phone does.
    pub fn told_speed_mps(&self) -> Option<f64> {
        self.speed_mps.filter(|&mps| mps >= 0.0 && !(self.source == Source::Wecom && mps == 0.0))
    }
}
