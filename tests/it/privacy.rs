//! The promise: after a call its sound is nowhere, neither in a file nor in the memory of either process.
//!
//! With a planted leak the ear leaks on purpose, and the same search must find it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::appliance::{Appliance, connect, hear_close, say, send, wait_until};

const RATE_HZ: u32 = 16_000;
const SECONDS: usize = 3;

/// A trace is taken from every 5 ms of the signal, so that any 20 ms of it, however cut, hold one.
const EVERY_SAMPLES: usize = 80;

/// Bytes of a trace: 128 random bits do not meet by chance.
const TRACE_BYTES: usize = 16;

/// A frame of a WebSocket is masked by a random word of four bytes: what is this far apart has the same mask.
const MASK_BYTES: usize = 4;

/// Loud noise from a fixed seed (xorshift), so that the search knows every sample.
fn signal() -> Vec<i16> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as i16
    };
    (0..SECONDS * RATE_HZ as usize).map(|_| next()).collect()
}

/// What the signal looks like in memory, by the first eight bytes of each trace.
struct Traces {
    plain: HashMap<[u8; 8], [u8; 8]>,
    masked: HashMap<[u8; 8], [u8; 8]>,
}

impl Traces {
    fn of(signal: &[i16]) -> Self {
        let mut plain = HashMap::new();
        let mut masked = HashMap::new();
        for piece in signal.chunks_exact(EVERY_SAMPLES) {
            let whole: Vec<u8> = piece.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let float: Vec<u8> = piece.iter().flat_map(|&s| (f32::from(s) / 32768.0).to_le_bytes()).collect();
            put(&mut plain, &whole);
            put(&mut plain, &float);
            put(&mut masked, &differences(&whole));
        }
        Self { plain, masked }
    }

    /// How many traces lie in these bytes.
    fn count(&self, bytes: &[u8]) -> usize {
        count(&self.plain, bytes) + count(&self.masked, &differences(bytes))
    }
}

fn differences(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().zip(bytes.iter().skip(MASK_BYTES)).map(|(a, b)| a ^ b).collect()
}

fn put(traces: &mut HashMap<[u8; 8], [u8; 8]>, bytes: &[u8]) {
    let (first, rest) = bytes.split_first_chunk::<8>().unwrap();
    traces.insert(*first, *rest.first_chunk().unwrap());
}

fn count(traces: &HashMap<[u8; 8], [u8; 8]>, bytes: &[u8]) -> usize {
    let mut begins = vec![false; 1 << 16];
    for first in traces.keys() {
        begins[usize::from(u16::from_le_bytes([first[0], first[1]]))] = true;
    }
    let found = bytes.windows(TRACE_BYTES).filter(|window| {
        begins[usize::from(u16::from_le_bytes([window[0], window[1]]))]
            && window
                .split_first_chunk::<8>()
                .is_some_and(|(first, rest)| traces.get(first).is_some_and(|wanted| wanted[..] == *rest))
    });
    found.count()
}

/// Traces in all memory of a process. `None` when it may not be read (only root may read the ear).
fn in_memory(pid: u32, traces: &Traces) -> Option<usize> {
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw") && !line.contains("[v")) {
        let (start, end) = line.split_once(' ')?.0.split_once('-')?;
        let (start, end) = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
        for at in (start..end).step_by(1 << 20) {
            // Pieces overlap, so that no trace falls between two of them.
            let mut piece = vec![0; ((end - at) as usize).min((1 << 20) + 2 * TRACE_BYTES)];
            if memory.read_exact_at(&mut piece, at).is_ok() {
                found += traces.count(&piece);
            }
        }
    }
    Some(found)
}

/// Traces in files under a folder that changed since then.
fn in_files(folder: &Path, since: SystemTime, traces: &Traces) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let within = |entry: fs::DirEntry| {
        let Ok(about) = entry.metadata() else { return 0 };
        if about.is_dir() {
            return in_files(&entry.path(), since, traces);
        }
        let changed = about.modified().is_ok_and(|at| at >= since);
        let small = about.is_file() && about.len() < 64 << 20;
        if changed && small { fs::read(entry.path()).map_or(0, |bytes| traces.count(&bytes)) } else { 0 }
    };
    entries.flatten().map(within).sum()
}

/// Traces of a call's sound after it: in the ear, in the desk, in files. `None` where nobody may look.
fn traces_of_a_call(leak: bool) -> Option<(usize, usize, usize)> {
    let began = SystemTime::now();
    let appliance = Appliance::start_with(|command| {
        command.env("UNDERTONE_LOG", "trace");
        if leak {
            command.env("EAR_PLANTED_LEAK", "1");
        }
    });
    let (id, url) = appliance.open("mono");
    let sound = signal();
    let traces = Traces::of(&sound);
    let mut socket = connect(&url, RATE_HZ, 1);
    send(&mut socket, &sound, 640);
    say(&mut socket, &json!({ "type": "stop" }));
    assert_eq!(hear_close(&mut socket).0, 1000);
    drop(socket);
    wait_until("the receipt is there", || {
        appliance.get(&format!("/api/v1/calls/{id}/receipt")).1["running"] == json!(false)
    });
    std::thread::sleep(Duration::from_secs(2));

    let (_, receipt) = appliance.get(&format!("/api/v1/calls/{id}/receipt"));
    assert_eq!(receipt["audio_bytes_in"], json!(2 * sound.len()), "all of it was heard: {receipt}");
    assert!(appliance.log().len() > 100, "the log was on");
    let (desk, ear) = appliance.processes();
    let in_ear = in_memory(ear, &traces)?;
    let in_desk = in_memory(desk, &traces).unwrap();
    let in_files =
        in_files(appliance.folder.path(), began, &traces) + in_files(&std::env::temp_dir(), began, &traces);
    println!("traces: {in_ear} in the ear, {in_desk} in the desk, {in_files} in files");
    Some((in_ear, in_desk, in_files))
}

#[test]
fn the_sound_of_a_call_is_nowhere_afterwards() {
    match traces_of_a_call(false) {
        Some(found) => assert_eq!(found, (0, 0, 0)),
        None => println!("skipped: only root may read the memory of the ear"),
    }
}

#[test]
fn a_planted_leak_is_found() {
    match traces_of_a_call(true) {
        Some((in_ear, ..)) => assert!(in_ear > 500, "the search found {in_ear} traces of what was leaked"),
        None => println!("skipped: only root may read the memory of the ear"),
    }
}

#[test]
fn the_search_finds_sound_in_any_form_and_place() {
    let sound = signal();
    let traces = Traces::of(&sound);
    let whole: Vec<u8> = sound.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let float: Vec<u8> = sound.iter().flat_map(|&s| (f32::from(s) / 32768.0).to_le_bytes()).collect();
    let masked: Vec<u8> = whole.iter().zip([7, 99, 180, 3].iter().cycle()).map(|(a, b)| a ^ b).collect();
    for (form, width) in [(whole, 2), (float, 4), (masked, 2)] {
        let at = 12_347 * width;
        assert!(traces.count(&form[at..at + 320 * width]) > 0, "20 ms from anywhere hold a trace");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("deep"),
        sound[..1000].iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<_>>(),
    )
    .unwrap();
    assert!(in_files(folder.path(), SystemTime::UNIX_EPOCH, &traces) > 0);
    assert_eq!(traces.count(&vec![0; 100_000]), 0);
}
