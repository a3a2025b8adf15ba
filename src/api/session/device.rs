//! The browser that an account has signed in with before, known by a cookie that only this appliance can make. It lets
//! nobody in; it keeps others from locking its owner out. After a restart a browser is a new one until it signs in.

use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::api::secrets;
use crate::people::Login;

/// The browser's second cookie.
pub const DEVICE_COOKIE: &str = "undertone_device";

/// A browser, by the random part of its cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Device([u8; 16]);

/// What the cookies are signed with, as long as the program runs.
pub struct DeviceKey([u8; 32]);

impl Default for DeviceKey {
    fn default() -> Self {
        Self(secrets::bits())
    }
}

impl Device {
    #[cfg(test)]
    pub fn made(n: u8) -> Self {
        Self([n; 16])
    }
}

impl DeviceKey {
    fn mac(&self, login: &Login, device: Device) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.chain_update(device.0).chain_update(login.as_str())
    }

    /// A cookie for a browser that an account has signed in with.
    pub fn cookie(&self, login: &Login, secure: bool) -> Cookie<'static> {
        let mut random = [0; 16];
        random.copy_from_slice(&secrets::bits()[..16]);
        let mac = self.mac(login, Device(random)).finalize().into_bytes();
        let value = format!("{}.{}", URL_SAFE_NO_PAD.encode(random), URL_SAFE_NO_PAD.encode(mac));
        let cookie = Cookie::build((DEVICE_COOKIE, value)).path("/api/v1/session").http_only(true);
        let mut cookie = cookie.same_site(SameSite::Strict).secure(secure).build();
        cookie.make_permanent();
        cookie
    }

    /// The browser that shows a cookie of this account.
    pub fn known(&self, login: &Login, shown: &str) -> Option<Device> {
        let (random, mac) = shown.split_once('.')?;
        let device = Device(URL_SAFE_NO_PAD.decode(random).ok()?.try_into().ok()?);
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.mac(login, device).verify_slice(&mac).ok()?;
        Some(device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_for_its_account_and_nobody_makes_its_cookie() {
        let (key, other) = (DeviceKey::default(), DeviceKey::default());
        let (li, wu): (Login, Login) = ("Li".parse().unwrap(), "wu".parse().unwrap());
        let cookie = key.cookie(&li, false).value().to_owned();
        assert!(key.known(&"LI".parse().unwrap(), &cookie).is_some());
        assert!(key.known(&wu, &cookie).is_none() && other.known(&li, &cookie).is_none());
        assert!(["", ".", "AAAA.AAAA", "x"].iter().all(|shown| key.known(&li, shown).is_none()));
    }
}
