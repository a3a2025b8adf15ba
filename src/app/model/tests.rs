use std::io::Write;
use std::net::TcpListener;

use super::*;

/// A model of a few bytes: `echo -n "a small model" | sha256sum`.
fn small() -> Model {
    Model {
        name: "small".into(),
        r#use: "tests".into(),
        languages: "none".into(),
        file: "small.bin".into(),
        bytes: 13,
        sha256: "a50fd29b7e23f0572fc34e254545cdc67c13a8bc3265cd133cb69a4a2bb629e6".into(),
        licence: "CC0-1.0".into(),
        r#where: "a drawer".into(),
    }
}

/// A folder with a file of that name, and where models go.
fn with(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("small.bin"), bytes).unwrap();
    let folder = place.path().join("data/models");
    (place, folder)
}

#[test]
fn the_manifest_names_each_model_once_and_whole() {
    let models = all();
    for model in &models {
        assert_eq!(model.sha256.len(), 64, "{}", model.name);
        assert!(model.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{}", model.name);
        assert!(model.bytes > 0 && model.r#where.starts_with("https://"), "{}", model.name);
        assert!(!model.file.contains('/') && !model.licence.is_empty(), "{}", model.name);
        let same = |other: &&Model| other.name == model.name || other.file == model.file;
        assert_eq!(models.iter().filter(same).count(), 1, "{}", model.name);
    }
    let unknown = named(&models, "whisper-bas").unwrap_err().to_string();
    assert!(unknown.contains("did you mean `whisper-base`?"), "{unknown}");
}

#[test]
fn a_model_comes_from_a_file_a_folder_or_an_address() {
    let (place, folder) = with(b"a small model");
    let address = served(b"a small model");
    let file = place.path().join("small.bin");
    for from in [place.path().to_str().unwrap(), file.to_str().unwrap(), &address] {
        assert_eq!(state(&small(), &folder), State::Absent);
        get(&small(), from, &folder).unwrap();
        assert_eq!(state(&small(), &folder), State::Whole, "{from}");
        fs::remove_dir_all(&folder).unwrap();
    }
}

#[test]
fn nothing_is_taken_that_is_another() {
    for (bytes, part) in [
        (b"a small mode".as_slice(), "it ends after 12 bytes"),
        (b"a small model!", "it is longer"),
        (b"a small m0del", "its SHA-256 is"),
    ] {
        let (place, folder) = with(bytes);
        for from in [place.path().to_str().unwrap().to_owned(), served(bytes)] {
            let refused = get(&small(), &from, &folder).unwrap_err();
            assert!(refused.contains(part) && refused.contains("take it from a drawer"), "{refused}");
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is left behind");
        }
    }
    let (place, folder) = with(b"");
    let absent = get(&small(), place.path().join("nowhere").to_str().unwrap(), &folder).unwrap_err();
    assert!(absent.contains("nowhere"), "{absent}");
}

#[test]
fn a_damaged_one_is_told_and_mended() {
    let (place, folder) = with(b"a small model");
    get(&small(), place.path().to_str().unwrap(), &folder).unwrap();
    fs::write(folder.join("small.bin"), b"a small m0del").unwrap();
    assert_eq!(state(&small(), &folder), State::Damaged);
    let refused = get(&small(), "/nowhere", &folder);
    assert!(
        refused.is_err() && folder.join("small.bin").exists(),
        "what is there stays until a whole one comes"
    );
    get(&small(), place.path().to_str().unwrap(), &folder).unwrap();
    assert_eq!(state(&small(), &folder), State::Whole);
}

/// Serves these bytes once.
fn served(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/small.bin", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
        let _ = stream.write_all(&[head.as_bytes(), bytes].concat());
    });
    address
}
