//! The key beside the database: what must not be read from a copy of the file alone is sealed with it, and heads of the
//! audit log are signed with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use sha2::Sha256;

use super::files;

/// The key in the data folder.
pub const FILE: &str = "undertone.key";

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// What is sealed begins with this, so that it is told from what an older program wrote in clear.
const SEALED: &str = "sealed1:";

/// 256 random bits; a purpose has a key of its own, drawn from them.
#[derive(Clone)]
pub struct Key {
    sealing: Arc<XChaCha20Poly1305>,
    signing: [u8; KEY_BYTES],
}

impl Key {
    /// The key of a data folder; made when there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, or is no key.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => Self::of(&bytes).ok_or_else(|| {
                let why =
                    "it is no key: put back the one from the backup, or move it away to begin a new one";
                io::Error::new(io::ErrorKind::InvalidData, why)
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(&path),
            Err(error) => Err(error),
        }
    }

    fn make(path: &Path) -> io::Result<Self> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).expect("the kernel gives random numbers once it has started");
        files::write_whole(path, &bytes)?;
        Ok(Self::of(&bytes).expect("it has the length of a key"))
    }

    /// A key as it is kept; `None` when these bytes are none.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let whole: [u8; KEY_BYTES] = bytes.try_into().ok()?;
        let sealing = XChaCha20Poly1305::new(&mac(&whole, b"seal").into());
        Some(Self { sealing: Arc::new(sealing), signing: mac(&whole, b"sign") })
    }

    /// A text as it is kept. Sealing it twice gives two different ones.
    pub fn seal(&self, text: &str) -> String {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).expect("the kernel gives random numbers once it has started");
        let sealed = self.sealing.encrypt(&XNonce::from(nonce), text.as_bytes());
        let sealed = sealed.expect("a text in memory is shorter than the cipher's limit of 256 GiB");
        format!("{SEALED}{}", STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    /// A text that was sealed; `None` when it was sealed with another key, or was changed.
    pub fn unseal(&self, kept: &str) -> Option<String> {
        let bytes = STANDARD.decode(kept.strip_prefix(SEALED)?).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let text = self.sealing.decrypt(&XNonce::from(*nonce), sealed).ok()?;
        String::from_utf8(text).ok()
    }

    /// What only who has the key can say of these bytes: 64 hexadecimal digits.
    pub fn sign(&self, bytes: &[u8]) -> String {
        mac(&self.signing, bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Lets statements of this connection say `seal(text)` and `unseal(text)`; the latter is null for what cannot be read.
    pub fn lend(&self, to: &Connection) -> rusqlite::Result<()> {
        let seal = self.clone();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
        to.create_scalar_function("seal", 1, flags, move |text| {
            let text: String = text.get(0)?;
            Ok(seal.seal(&text))
        })?;
        let unseal = self.clone();
        to.create_scalar_function("unseal", 1, flags, move |text| {
            let kept: Option<String> = text.get(0)?;
            Ok(kept.and_then(|kept| unseal.unseal(&kept)))
        })
    }
}

fn mac(key: &[u8], bytes: &[u8]) -> [u8; KEY_BYTES] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is taken");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// Where the key of a backup is.
pub fn of_backup(backup: &Path) -> PathBuf {
    files::beside(backup, ".key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_with_its_key_alone_and_only_unchanged() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [key, other] = folders.each_ref().map(|folder| Key::open(folder.path()).unwrap());
        let sealed = key.seal("whsec_x");
        assert!(!sealed.contains("whsec"), "{sealed}");
        assert_ne!(sealed, key.seal("whsec_x"));
        assert_eq!(key.unseal(&sealed).as_deref(), Some("whsec_x"));
        assert_eq!(Key::open(folders[0].path()).unwrap().unseal(&sealed).as_deref(), Some("whsec_x"));
        assert_eq!(other.unseal(&sealed), None);
        let mut changed = sealed.into_bytes();
        changed[40] ^= 1;
        assert_eq!(key.unseal(&String::from_utf8(changed).unwrap()), None);
        assert_ne!(key.sign(b"x"), other.sign(b"x"));
    }

    #[test]
    fn a_file_that_is_no_key_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "short").unwrap();
        assert!(Key::open(folder.path()).is_err());
        assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), b"short");
    }
}
