//! The bytes of a certificate -> until when it is good (RFC 5280, 4.1). Nothing else of it is looked at.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0]`, around the version.
const VERSION: u8 = 0xa0;

/// Unix seconds; `None` for what is no certificate.
pub fn until_s(der: &[u8]) -> Option<i64> {
    let (certificate, _) = take(SEQUENCE, der)?;
    let (mut signed, _) = take(SEQUENCE, certificate)?;
    if let Some((_, rest)) = take(VERSION, signed) {
        signed = rest;
    }
    // Its number, how it is signed, who signed it.
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, signed) = take(tag, signed)?;
    }
    let (validity, _) = take(SEQUENCE, signed)?;
    let (_, until) = instant(validity)?;
    instant(until).map(|(until_s, _)| until_s)
}

/// The content of the first value, when it is of this kind, and what follows it.
fn take(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}

fn instant(der: &[u8]) -> Option<(i64, &[u8])> {
    let (text, rest, short) = match take(UTC_TIME, der) {
        Some((text, rest)) => (text, rest, true),
        None => take(GENERALIZED_TIME, der).map(|(text, rest)| (text, rest, false))?,
    };
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    // Two digits of a year stand for 1950 to 2049.
    let text = match short {
        true if text < "50" => format!("20{text}"),
        true => format!("19{text}"),
        false => text.to_owned(),
    };
    let at = chrono::NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%S").ok()?;
    Some((at.and_utc().timestamp(), rest))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[track_caller]
    fn check(year: i32) {
        let mut params = CertificateParams::new(vec!["box.example".to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 3, 4);
        let want = params.not_after.unix_timestamp();
        let key = KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        assert_eq!(until_s(&der), Some(want));
        // Cut anywhere, or with any byte changed, it is another answer or none, and no fault.
        for end in 0..der.len() {
            until_s(&der[..end]);
        }
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 0xff;
            until_s(&changed);
        }
    }

    #[test]
    fn the_end_of_a_certificate_is_read() {
        check(2036);
        check(2049);
        check(2050);
    }
}
