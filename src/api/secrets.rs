//! Random secrets and passwords. Hashing a password takes long and much memory: two at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::Semaphore;

use super::refusal::Refusal;

/// OWASP password storage: argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Hashes at a time, so that attempts to sign in cannot take all memory and both cores.
static TURNS: Semaphore = Semaphore::const_new(2);

/// What is verified when a login is not known, so that this takes as long as a wrong password.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmU$kL4hAyYmPRpgEHfBUO3tYQPGKyyEWRH2yeZXYK8yQZc";

fn argon() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// 256 random bits.
pub fn bits() -> [u8; 32] {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).expect("the kernel gives random numbers once it has started");
    bits
}

/// 256 random bits as text that fits into a link, a cookie and a header.
pub fn secret() -> String {
    URL_SAFE_NO_PAD.encode(bits())
}

/// A password as it is kept.
///
/// # Errors
/// The appliance is stopping.
pub async fn hash(password: String) -> Result<String, Refusal> {
    slowly(move || {
        let hash = argon().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|error| Refusal::Broken(error.to_string()))
    })
    .await?
}

/// Whether a password is the one that was kept; `None` for a login that is not known.
///
/// # Errors
/// The appliance is stopping.
pub async fn verify(password: String, kept: Option<String>) -> Result<bool, Refusal> {
    slowly(move || {
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| NOBODYS.into());
        let right = PasswordHash::new(&kept)
            .is_ok_and(|hash| argon().verify_password(password.as_bytes(), &hash).is_ok());
        known && right
    })
    .await
}

/// Runs on a thread of its own, which ends: of the pool's many each would keep its 19 MiB. Its turn ends with the work,
/// also when whoever asked has gone meanwhile.
async fn slowly<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let turn = TURNS.acquire().await.map_err(|_| crate::store::Error::Closed)?;
    let (done, answer) = tokio::sync::oneshot::channel();
    let hashing = std::thread::Builder::new().name("hashing".into()).spawn(move || {
        let worked = work();
        drop(turn);
        let _ = done.send(worked);
    });
    hashing.map_err(|error| Refusal::Broken(error.to_string()))?;
    answer.await.map_err(|error| Refusal::Broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_login_passes() {
        let kept = hash("correct horse".into()).await.unwrap();
        assert!(verify("correct horse".into(), Some(kept.clone())).await.unwrap());
        assert!(!verify("wrong horse".into(), Some(kept)).await.unwrap());
        assert!(!verify("correct horse".into(), None).await.unwrap());
        assert!(!verify("correct horse".into(), Some("not a hash".into())).await.unwrap());
    }

    #[tokio::test]
    async fn who_asks_and_goes_away_gives_up_no_turn() {
        use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
        static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        for _ in 0..10 {
            let asked = slowly(|| {
                MOST.fetch_max(AT_ONCE.fetch_add(1, SeqCst) + 1, SeqCst);
                std::thread::sleep(std::time::Duration::from_millis(50));
                AT_ONCE.fetch_sub(1, SeqCst);
            });
            let _ = tokio::time::timeout(std::time::Duration::from_millis(5), asked).await;
        }
        assert!((1..=2).contains(&MOST.load(SeqCst)), "{MOST:?} at once");
    }

    #[test]
    fn the_hash_of_nobody_is_a_hash() {
        assert!(PasswordHash::new(NOBODYS).is_ok());
    }

    #[test]
    fn secrets_differ_and_fit_everywhere() {
        let (one, other) = (secret(), secret());
        assert!(one != other && one.len() == 43);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }
}
