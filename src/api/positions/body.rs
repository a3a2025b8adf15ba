//! What apps send as a body -> the bytes that were meant: unfolded, without a mark in front; and numbers however they
//! are written.

use std::borrow::Cow;
use std::io::Read;

use axum::http::{HeaderMap, header};
use encoding_rs::{Encoding, UTF_8};
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{BATCH_BYTES_MAX, Refusal};

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Instants below this were written in seconds: as milliseconds they lie in 1973.
const SECONDS_MAX: f64 = 1e11;

/// The body as it was meant: gzip is unfolded, whether the headers say so or not, and a byte order mark left out.
///
/// # Errors
/// It is packed in a way that is not read, or unfolds to more than a batch may hold.
pub fn plain<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Refusal> {
    let coding = headers.get(header::CONTENT_ENCODING).and_then(|coding| coding.to_str().ok()).unwrap_or("");
    let coding = coding.trim().to_ascii_lowercase();
    if !matches!(coding.as_str(), "" | "identity" | "gzip" | "x-gzip") {
        return Err(Refusal::BadCoding(coding.chars().take(40).collect()));
    }
    Ok(in_utf8(unfolded(body)?))
}

/// What is folded in gzip, or the bytes themselves.
///
/// # Errors
/// It is no whole gzip, or unfolds to more than a batch may hold.
pub fn unfolded(body: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    if !body.starts_with(&GZIP) {
        return Ok(Cow::Borrowed(body));
    }
    let mut unfolded = Vec::new();
    let read = MultiGzDecoder::new(body).take(BATCH_BYTES_MAX as u64 + 1).read_to_end(&mut unfolded);
    if let Err(fault) = read {
        return Err(Refusal::BadPositions(format!("the body is no gzip: {fault}")));
    }
    if unfolded.len() > BATCH_BYTES_MAX {
        return Err(Refusal::BadPositions("the body unfolds to more than 10 MiB: send it in parts".into()));
    }
    Ok(Cow::Owned(unfolded))
}

/// The same text in UTF-8 without a mark in front. A name in other letters must not cost the position beside it.
fn in_utf8(bytes: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if Encoding::for_bom(&bytes).is_none() && std::str::from_utf8(&bytes).is_ok() {
        return bytes;
    }
    let (text, ..) = UTF_8.decode(&bytes);
    Cow::Owned(text.into_owned().into_bytes())
}

/// A number, or a text that is one; `None` of anything else.
pub fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    number.filter(|number: &f64| number.is_finite())
}

/// The same where a device writes -1 for what it does not know.
pub fn known(value: &Value) -> Option<f64> {
    number(value).filter(|number| *number >= 0.0)
}

/// Yes, as apps write it.
pub fn flag(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::String(text) => text == "true" || text == "1",
        other => other.as_f64().is_some_and(|number| number != 0.0),
    }
}

/// An instant in ms from Unix seconds or milliseconds, or from ISO 8601.
pub fn instant(value: &Value) -> Option<i64> {
    let iso = || crate::units::time::instant_ms(value.as_str()?);
    number(value).map(unix_ms).or_else(iso)
}

/// Unix seconds or milliseconds in ms.
pub fn unix_ms(number: f64) -> i64 {
    if number.abs() < SECONDS_MAX { (number * 1000.0) as i64 } else { number as i64 }
}

/// For a field that has to be a number.
pub fn needed<'de, D: Deserializer<'de>>(of: D) -> Result<f64, D::Error> {
    let value = Value::deserialize(of)?;
    number(&value).ok_or_else(|| serde::de::Error::custom(format!("{value} is no number")))
}

/// For a field that may be left out; what is no number is taken to be left out.
pub fn loose<'de, D: Deserializer<'de>>(of: D) -> Result<Option<f64>, D::Error> {
    Ok(number(&Value::deserialize(of)?))
}

/// For a field of whole milliseconds.
pub fn whole<'de, D: Deserializer<'de>>(of: D) -> Result<i64, D::Error> {
    needed(of).map(|number| number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut folded = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        folded.write_all(text).unwrap();
        folded.finish().unwrap()
    }

    fn coded(coding: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_ENCODING, coding.parse().unwrap())])
    }

    #[test]
    fn a_body_is_read_as_it_was_meant() {
        let none = HeaderMap::new();
        assert_eq!(&*plain(&none, b"{}").unwrap(), b"{}");
        assert_eq!(&*plain(&none, b"\xef\xbb\xbf{}").unwrap(), b"{}");
        assert_eq!(&*plain(&none, b"\xff\xfe{\0}\0").unwrap(), b"{}", "UTF-16");
        assert_eq!(&*plain(&none, b"{\"B\xfcro\"}").unwrap(), "{\"B\u{fffd}ro\"}".as_bytes());
        assert_eq!(&*plain(&coded("gzip"), &gzip(b"\xfc")).unwrap(), "\u{fffd}".as_bytes());
        assert_eq!(&*plain(&coded("gzip"), &gzip(b"\xef\xbb\xbf{}")).unwrap(), b"{}");
        assert_eq!(&*plain(&none, &gzip(b"{}")).unwrap(), b"{}", "a proxy has lost the header");
        assert_eq!(&*plain(&coded("gzip"), b"{}").unwrap(), b"{}", "a proxy has unfolded it");
    }

    #[test]
    fn what_is_not_unfolded_is_refused_with_its_name() {
        assert!(plain(&coded("br"), b"x").unwrap_err().to_string().contains("`br`"));
        let large = gzip(&vec![b' '; BATCH_BYTES_MAX + 1]);
        assert!(plain(&coded("gzip"), &large).unwrap_err().to_string().contains("10 MiB"));
        assert!(plain(&coded("gzip"), &gzip(b"{}")[..12]).is_err());
        assert!(unfolded(&gzip(b"{}")[..12]).is_err());
        assert_eq!(&*unfolded(&gzip(b"B\xfcro")).unwrap(), b"B\xfcro", "a file names its letters itself");
    }

    #[test]
    fn numbers_and_instants_are_read_however_they_are_written() {
        assert_eq!(
            (number(&json!("31.2")), number(&json!(31.2)), number(&json!([]))),
            (Some(31.2), Some(31.2), None)
        );
        assert_eq!((known(&json!(-1)), number(&json!("inf"))), (None, None));
        assert!(flag(&json!("true")) && flag(&json!(1)) && !flag(&json!(null)) && !flag(&json!("no")));
        for written in
            [json!(1_770_859_800), json!("1770859800"), json!(1.7708598e12), json!("2026-02-12T01:30:00Z")]
        {
            assert_eq!(instant(&written), Some(1_770_859_800_000), "{written}");
        }
        assert_eq!(instant(&json!("soon")), None);
    }
}
