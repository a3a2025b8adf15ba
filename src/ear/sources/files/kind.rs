//! The first and last bytes of a file -> what kind it is, where its sound begins, and whether its end is missing.

use std::io::{self, Read, Seek, SeekFrom};

/// How much of a file is looked at to tell what it is.
const HEAD_BYTES: u64 = 64 * 1024;

/// The beginning of a file or stream.
pub fn head_of(input: &mut impl Read) -> Result<Vec<u8>, io::Error> {
    let mut head = Vec::new();
    input.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

/// WAV, or its 64-bit kind.
pub fn is_riff(head: &[u8]) -> bool {
    head.starts_with(b"RIFF") || head.starts_with(b"RF64")
}

/// The length of an ID3v2 tag at the beginning, whose size is written in four times seven bits (id3v2.4 §3.1).
pub fn id3_bytes(head: &[u8]) -> u64 {
    match head {
        [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] => {
            let size = [a, b, c, d].iter().fold(0u64, |size, &&part| size << 7 | u64::from(part & 0x7f));
            let footer = if flags & 0x10 != 0 { 10 } else { 0 };
            10 + size + footer
        }
        _ => 0,
    }
}

/// Whether the last page of an Ogg file is incomplete or does not say that it is the last (RFC 3533 §6).
pub fn ogg_is_cut(file: &mut (impl Read + Seek)) -> Result<bool, io::Error> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(HEAD_BYTES + 1024)))?;
    let mut tail = Vec::new();
    file.take(HEAD_BYTES + 1024).read_to_end(&mut tail)?;
    let Some(at) = tail.windows(4).rposition(|four| four == b"OggS") else {
        return Ok(true);
    };
    let page = &tail[at..];
    let segments = page.get(26).map_or(0, |&count| usize::from(count));
    let whole = page.get(27..27 + segments).map(|lacing| {
        let body: usize = lacing.iter().map(|&bytes| usize::from(bytes)).sum();
        page.len() >= 27 + segments + body
    });
    Ok(whole != Some(true) || page[5] & 4 == 0)
}
