//! The appliance's own receiver: gpsd's reports -> positions of whoever enrolled it last.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::ear::clock::unix_ms;
use crate::fixes::{Fix, Source, assumed_sent_ms};
use crate::live::Matcher;
use crate::store::{Error, Store, enrolments, fixes};
use crate::units::Datum;
use crate::units::time::instant_ms;

/// A receiver reports every second; a stop shows in one position of ten.
const EVERY_MS: i64 = 10_000;

/// gpsd is tried again after this.
const AGAIN: Duration = Duration::from_secs(5);

/// A receiver that says nothing for so long is asked anew.
const SILENCE: Duration = Duration::from_secs(60);

/// A longer line is no report.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// gpsd states errors at 95 %, the appliance at 68 %: the ratio of these radii of a Rayleigh distribution.
const RATIO_95_68: f64 = 2.448 / 1.515;

const DAY_MS: i64 = 24 * 3_600_000;

/// A time-position-velocity report; other classes are passed over.
#[derive(Debug, Deserialize)]
struct Report {
    class: String,
    /// 2 and 3 have a position.
    #[serde(default)]
    mode: u8,
    time: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    /// Metres, 95 %.
    eph: Option<f64>,
    epx: Option<f64>,
    epy: Option<f64>,
    /// Metres a second.
    speed: Option<f64>,
}

/// A line of gpsd as a position; `None` for one without.
fn read(line: &[u8], rx_ms: i64) -> Option<Fix> {
    let report: Report = serde_json::from_slice(line).ok()?;
    if report.class != "TPV" || report.mode < 2 {
        return None;
    }
    let tst_ms = instant_ms(report.time.as_deref()?)?;
    let error_m = report.eph.or(report.epx.zip(report.epy).map(|(east, north)| east.hypot(north)));
    Some(Fix {
        device: String::new(),
        tst_ms,
        sent_ms: assumed_sent_ms(tst_ms, rx_ms),
        rx_ms,
        lat: report.lat?,
        lon: report.lon?,
        datum: Datum::Wgs84,
        accuracy_m: error_m.map(|error_m| error_m / RATIO_95_68),
        speed_mps: report.speed,
        source: Source::Gpsd,
        battery: None,
        mock: false,
    })
}

/// The desk's side of gpsd.
pub struct Receiver {
    pub address: String,
    pub store: Arc<Store>,
    pub matcher: Arc<Matcher>,
    /// How long positions are kept.
    pub keep_days: u32,
}

impl Receiver {
    /// Listens for as long as the appliance runs.
    pub async fn run(self) {
        let mut told = false;
        loop {
            match self.listen(&mut told).await {
                Ok(()) => {}
                Err(Stopped::Store(Error::Closed)) => return,
                Err(Stopped::Store(error)) => tracing::error!(%error, "a position of gpsd was not stored"),
                Err(Stopped::Gpsd(error)) if !told => {
                    told = true;
                    tracing::warn!(address = self.address, %error, "gpsd does not answer; it is tried again");
                }
                Err(Stopped::Gpsd(_)) => {}
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Until gpsd goes.
    async fn listen(&self, told: &mut bool) -> Result<(), Stopped> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(b"?WATCH={\"enable\":true,\"json\":true};\n").await?;
        *told = false;
        tracing::info!(address = self.address, "gpsd answers");
        let mut lines = BufReader::new(stream);
        let (mut line, mut newest_ms) = (Vec::new(), i64::MIN);
        loop {
            line.clear();
            let mut limited = (&mut lines).take(LINE_BYTES_MAX);
            let heard = tokio::time::timeout(SILENCE, limited.read_until(b'\n', &mut line)).await;
            match heard {
                Ok(Ok(0)) | Err(_) => return Ok(()),
                Ok(heard) => heard?,
            };
            let Some(fix) = read(&line, unix_ms().cast_signed()) else { continue };
            // A cycle of the receiver yields a report in two dimensions, then one in three, of one instant.
            if fix.tst_ms < newest_ms.saturating_add(EVERY_MS) {
                continue;
            }
            newest_ms = fix.tst_ms;
            self.take(fix).await?;
        }
    }

    async fn take(&self, fix: Fix) -> Result<(), Error> {
        let Some(enrolment) = self.store.read(enrolments::receiver).await? else { return Ok(()) };
        let (keep_ms, now_ms) = (i64::from(self.keep_days) * DAY_MS, fix.rx_ms);
        let fix = Fix { device: enrolment.id.to_string(), ..fix };
        let taken = self
            .store
            .write(move |tx| fixes::take(tx, enrolment.id, &[fix], &Default::default(), keep_ms, now_ms));
        if taken.await?.stored > 0 {
            self.matcher.wake();
        }
        Ok(())
    }
}

/// Why listening stopped.
enum Stopped {
    Gpsd(std::io::Error),
    Store(Error),
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::Gpsd(error)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_report_with_a_position_is_one() {
        let line = br#"{"class":"TPV","device":"/dev/ttyACM0","mode":3,"time":"2026-02-12T01:30:00.000Z","lat":31.2304,"lon":121.4737,"altHAE":12.0,"epx":6.0,"epy":8.0,"speed":1.25,"track":45.0}"#;
        let fix = read(line, 5).unwrap();
        assert_eq!((fix.tst_ms, fix.lat, fix.speed_mps), (1_770_859_800_000, 31.2304, Some(1.25)));
        assert!((fix.accuracy_m.unwrap() - 6.19).abs() < 0.01, "10 m at 95 %");
        for other in [
            r#"{"class":"VERSION","release":"3.22","proto_major":3}"#,
            r#"{"class":"TPV","mode":1}"#,
            r#"{"class":"TPV","mode":2,"time":"2026-02-12T01:30:00Z"}"#,
            r#"{"class":"SKY","satellites":[]}"#,
            "{",
        ] {
            assert_eq!(read(other.as_bytes(), 5), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_line_is_too_odd(line: Vec<u8>) {
            let _ = read(&line, 5);
        }
    }
}
