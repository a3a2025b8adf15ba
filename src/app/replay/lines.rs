//! One line of JSON -> a fix, or one sentence that says what is wrong with it.

use serde::Deserialize;

use crate::fixes::{Fix, assumed_sent_ms};
use crate::units::{BadDatum, Datum};

/// Instants below this, if over 0, were written in seconds: as ms they lie in 1973.
const SECONDS_MAX: i64 = 100_000_000_000;

#[derive(Debug, Deserialize)]
struct Line {
    device: String,
    tst_ms: i64,
    sent_ms: Option<i64>,
    rx_ms: i64,
    lat: f64,
    lon: f64,
    datum: String,
    accuracy_m: Option<f64>,
    speed_mps: Option<f64>,
    source: Option<String>,
    battery: Option<f64>,
    #[serde(default)]
    mock: bool,
}

/// Reads one position. What no device can mean is refused; what one may report by mistake is kept and doubted.
pub fn read(line: &str) -> Result<Fix, String> {
    let line: Line = serde_json::from_str(line).map_err(|fault| {
        let fault = fault.to_string();
        let fault = fault.split(" at line ").next().unwrap_or_default();
        format!("{fault}; a line is one JSON object with device, tst_ms, rx_ms, lat, lon and datum")
    })?;
    if line.device.is_empty() {
        return Err("device is empty: every fix names its device".into());
    }
    for (name, ms) in [("tst_ms", Some(line.tst_ms)), ("sent_ms", line.sent_ms), ("rx_ms", Some(line.rx_ms))]
    {
        if let Some(ms) = ms.filter(|ms| (1..SECONDS_MAX).contains(ms)) {
            return Err(format!("{name} {ms} is not in milliseconds since 1970: multiply seconds by 1000"));
        }
    }
    for (name, degrees, most) in [("lat", line.lat, 90.0), ("lon", line.lon, 180.0)] {
        if degrees.abs() > most {
            return Err(format!(
                "{name} {degrees} is not from -{most} to {most} degrees: check whether lat and lon are swapped"
            ));
        }
    }
    let datum: Datum = line.datum.parse().map_err(|fault: BadDatum| format!("datum {fault}"))?;
    let Ok(source) = line.source.as_deref().unwrap_or_default().parse();
    Ok(Fix {
        device: line.device,
        tst_ms: line.tst_ms,
        sent_ms: line.sent_ms.or(assumed_sent_ms(line.tst_ms, line.rx_ms)),
        rx_ms: line.rx_ms,
        lat: line.lat,
        lon: line.lon,
        datum,
        accuracy_m: line.accuracy_m,
        speed_mps: line.speed_mps,
        source,
        battery: line.battery,
        mock: line.mock,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixes::Source;

    const FIX: &str = r#"{"device":"rep","tst_ms":1790553600000,"sent_ms":1790553601000,"rx_ms":1790553602000,"lat":31.23,"lon":121.47,"datum":"gcj02","accuracy_m":20,"source":"wecom","battery":0.5}"#;

    #[track_caller]
    fn check(line: &str, want: &str) {
        let fault = read(line).unwrap_err();
        assert!(fault.contains(want) && !fault.contains('\n'), "{fault}");
    }

    #[test]
    fn a_fix_reads_as_it_is_and_absent_stays_absent() {
        let fix = read(FIX).unwrap();
        assert_eq!((fix.datum, fix.source, fix.accuracy_m), (Datum::Gcj02, Source::Wecom, Some(20.0)));
        assert_eq!((fix.speed_mps, fix.mock), (None, false));
        assert_eq!(read(&FIX.replace("wecom", "mine")).unwrap().source, Source::Other);
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_value_and_the_rule() {
        check("{", "EOF");
        check(&FIX.replace("\"rx_ms\":1790553602000,", ""), "missing field `rx_ms`");
        check(&FIX.replace("31.23", "\"x\""), "expected f64");
        check(&FIX.replace("gcj02", "gcj"), "datum `gcj` is not a datum: use wgs84, gcj02 or bd09");
        check(&FIX.replace("31.23", "131.23"), "lat 131.23 is not from -90 to 90 degrees");
        check(&FIX.replace("\"tst_ms\":1790553600000", "\"tst_ms\":1790553600"), "multiply seconds by 1000");
        check(&FIX.replace("\"rep\"", "\"\""), "device is empty");
    }
}
