//! Figures for tests.

use super::*;

/// A summary as it was kept before there were versions.
pub const OLD_SUMMARY: &str = r#"{"id":"00000000000000ff","layout":"rep-left","state":"ended","seconds":63.5,"sides":[
    {"channel":"rep","speech_rate_hz":{"value":4.312},"articulation_rate_hz":{"value":5.001},
     "pauses_per_min":{"value":12.0},"mean_pause_s":{"value":null,"unknown":"no_pause"},
     "pitch_sd_st":{"value":null,"unknown":"too_little_voice"},
     "response_latency_s":{"value":null,"unknown":"no_answer"},"talk_share":{"value":0.625},
     "speech_s":20.25,"nuclei":87,"pauses":4,"filled_pauses":1,"snr_db":23.4,"clipped_share":0.0,
     "dropped_share":0.12345679},
    {"channel":"client","speech_rate_hz":{"value":null,"unknown":"too_little_speech"},
     "articulation_rate_hz":{"value":null,"unknown":"no_sound"},
     "pauses_per_min":{"value":null,"unknown":"one_microphone"},"mean_pause_s":{"value":0.4},
     "pitch_sd_st":{"value":2.5},"response_latency_s":{"value":0.75},"talk_share":{"value":0.375},
     "speech_s":0.0,"nuclei":0,"pauses":0,"filled_pauses":0,"snr_db":null,"clipped_share":0.0,"dropped_share":0.0}
    ],"overlaps":2,"responses":3}"#;

/// A receipt of that time.
pub const OLD_RECEIPT: &str = r#"{"id":"00000000000000ff","streams":2,"heard_s":63.5,"audio_bytes_in":4064000,
    "audio_bytes_written":null,"observation_bytes_out":9000,"dropped_ms":20,"memory_locked":true,
    "sandbox":{"level":"degraded","why":["the kernel has no Landlock"],"landlock":"none","syscalls_filtered":true,
     "probes":[{"what":"write a file","refused":true,"answer":"Permission denied (os error 13)"},
      {"what":"connect","refused":false,"answer":"allowed"}]},"running":false}"#;

/// Moments of that time, one of each kind, and the end of a call that was interrupted.
pub const OLD_MOMENTS: [&str; 5] = [
    r#"{"event":"hint.shown","unix_ms":1764000000000,"hint":{"id":1,"at_ms":9000,"rule":"hesitation",
        "side":"client","kind":"objection","text":{"zh":"请他多说","en":"let them say more"},
        "drivers":[{"zh":"迟疑","en":"late"}],"because":{"zh":"因为","en":"because"},
        "model_id":"llr-1","playbook":"built-in"}}"#,
    r#"{"event":"hint.rated","unix_ms":1764000000001,"at_ms":9500,"hint_id":1,"rating":"not_now"}"#,
    r#"{"event":"objection.signalled","unix_ms":1764000000002,"objection":{"at_ms":9000,"onset_ms":8200,
        "score":3.217,"drivers":[{"zh":"迟疑","en":"late"}],"model_id":"llr-1"}}"#,
    r#"{"event":"call.ended","unix_ms":1764000000003,"at_ms":63500,"seconds":63.5,"hints":1,"objections":1,
        "outcome":"advanced","model_id":"llr-1","playbook":"built-in","interrupted":false}"#,
    r#"{"event":"call.ended","unix_ms":1764000000004,"at_ms":63500,"seconds":63.5,"hints":0,"objections":0,
        "outcome":null,"model_id":null,"playbook":null,"interrupted":true}"#,
];

pub fn summary(seconds: f64) -> StoredSummary {
    StoredSummary { v: Version::NOW, seconds, sides: Vec::new(), overlaps: 0, responses: 0 }
}

pub fn receipt() -> StoredReceipt {
    StoredReceipt {
        v: Version::NOW,
        streams: 1,
        heard_s: 4.0,
        audio_bytes_in: 8,
        audio_bytes_written: Some(0),
        observation_bytes_out: 2,
        dropped_ms: 0,
        memory_locked: true,
        sandbox: StoredSandbox::down(),
        running: false,
    }
}

/// A hint that was shown.
pub fn shown(id: u32) -> StoredMoment {
    let words = || StoredWords { zh: "请他多说".into(), en: "let them say more".into() };
    let hint = StoredHint {
        id,
        at_ms: 9_000,
        rule: "hesitation".into(),
        side: crate::units::Channel::Client,
        kind: "objection".into(),
        text: words(),
        drivers: vec![words()],
        because: words(),
        model_id: "m".into(),
        playbook: "built-in".into(),
    };
    StoredMoment { v: Version::NOW, unix_ms: 7, event: StoredEvent::HintShown { hint } }
}
