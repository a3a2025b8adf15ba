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
    [b"RIFF", b"RF64"].iter().any(|name| head.starts_with(*name)) && head.get(8..12) == Some(b"WAVE")
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

/// Layer III: bits a second in thousands, for the first version and for the lower rates of the others (ISO 11172-3).
const KBITS: [[u32; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];
const RATES_HZ: [u32; 4] = [44_100, 48_000, 32_000, 0];

/// The length of the MP3 frame whose header stands here.
fn mp3_frame_bytes(head: &[u8]) -> Option<usize> {
    let &[0xff, b, c, _, ..] = head else { return None };
    let (version, layer) = (b >> 3 & 3, b >> 1 & 3);
    if b & 0xe0 != 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let first = version == 3;
    let kbits = KBITS[usize::from(!first)][usize::from(c >> 4)];
    let rate_hz = RATES_HZ[usize::from(c >> 2 & 3)] >> [2, 0, 1, 0][usize::from(version)];
    if kbits == 0 || rate_hz == 0 {
        return None;
    }
    let bytes = if first { 144_000 } else { 72_000 } * kbits / rate_hz + u32::from(c >> 1 & 1);
    usize::try_from(bytes).ok()
}

/// Where the first of two MP3 frames in a row begins, or of the only one.
pub fn mp3_at(head: &[u8]) -> Option<usize> {
    (0..head.len()).find(|&at| {
        let next = mp3_frame_bytes(&head[at..]).map(|bytes| at + bytes);
        // The headers of one file agree in version, layer and rate.
        next.is_some_and(|next| match head.get(next..next + 4) {
            Some(four) => {
                mp3_frame_bytes(four).is_some()
                    && four[1] == head[at + 1]
                    && (four[2] ^ head[at + 2]) & 0x0c == 0
            }
            None => at == 0,
        })
    })
}

/// Whether an MP3 file says how long it is: without one of these, decoders guess from the length of the file.
pub fn mp3_says_its_length(head: &[u8]) -> bool {
    let first = &head[..head.len().min(256)];
    first.windows(4).any(|four| [b"Xing", b"Info", b"VBRI"].contains(&four.first_chunk().unwrap_or(&[0; 4])))
}

/// AAC in frames of its own (ISO 13818-7 §6.2).
pub fn is_adts(head: &[u8]) -> bool {
    matches!(head, [0xff, b, ..] if b & 0xf6 == 0xf0)
}

/// What a WAV format number stands for (RFC 2361, and what has come since) where no decoder is at hand.
pub fn wav_codec(tag: u16) -> Option<&'static str> {
    Some(match tag {
        1 | 2 | 3 | 6 | 7 | 0x11 => return None,
        0x10 | 0x17 => "Dialogic ADPCM",
        0x14 | 0x42 => "G.723",
        0x22 => "TrueSpeech",
        0x31 | 0x1500 => "GSM 6.10",
        0x40 | 0x45 | 0x64 => "G.726",
        0x41 | 0x65 | 0x28f => "G.722",
        0x50 => "MPEG audio of layer 1 or 2",
        0x57 | 0x38 | 0x7a21 | 0x7a22 => "AMR",
        0x83 | 0x133 => "G.729",
        0xff | 0x1600 | 0x1610 => "AAC inside WAV",
        0x160..=0x163 => "Windows Media Audio",
        0x704f => "Opus inside WAV",
        0xa109 => "Speex",
        _ => "of a kind that is not known",
    })
}

/// What a file is that no decoder is at hand for.
pub fn other_kind(head: &[u8]) -> Option<&'static str> {
    let holds = |what: &[u8]| head[..head.len().min(4096)].windows(what.len()).any(|part| part == what);
    let starts: [(&[u8], &str); 9] = [
        (b"#!AMR", "AMR"),
        (b"#!SILK", "SILK"),
        (b"\x02#!SILK", "SILK"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media Audio"),
        (b".snd", "Sun audio"),
        (b"riff\x2e\x91\xcf\x11", "Wave64"),
        (b"caff", "Core Audio"),
        (b".ra\xfd", "RealAudio"),
        (b"MAC ", "Monkey's Audio"),
    ];
    if head.starts_with(b"OggS") && holds(b"Speex   ") {
        return Some("Speex");
    }
    if is_mp4(head) && (holds(b"samr") || holds(b"sawb")) {
        return Some("AMR inside MP4");
    }
    starts.iter().find(|(start, _)| head.starts_with(start)).map(|(_, name)| *name)
}

/// MP4, M4A and 3GP.
pub fn is_mp4(head: &[u8]) -> bool {
    head.get(4..8).is_some_and(|name| name == b"ftyp")
}

/// An MP3 frame stands here, and another one where it ends.
pub fn is_mpeg(head: &[u8]) -> bool {
    matches!(head, [0xff, b, ..] if b & 0xe0 == 0xe0) && mp3_at(head) == Some(0)
}

/// The beginning of a file that needs no search for its first frame.
pub fn is_known(head: &[u8]) -> bool {
    let starts: [&[u8]; 4] = [b"fLaC", b"OggS", b"\x1a\x45\xdf\xa3", b"FORM"];
    starts.iter().any(|start| head.starts_with(start))
        || is_mp4(head)
        || is_adts(head)
        || other_kind(head).is_some()
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
