//! Names to sign in with, and which passwords are good enough.

use std::fmt;
use std::str::FromStr;

/// OWASP and NIST SP 800-63B: length is what counts; shorter than this is guessed.
const PASSWORD_CHARS_MIN: usize = 10;

/// Longer ones only cost hashing time.
const PASSWORD_BYTES_MAX: usize = 256;

const LOGIN_CHARS_MAX: usize = 64;

/// What somebody types to sign in; letters are lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Login(String);

/// The text cannot be a login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a login: 2 to {LOGIN_CHARS_MAX} letters, digits, `.`, `-`, `_` or `@` are expected")]
pub struct BadLogin(String);

/// The password is too easy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    #[error("the password has {0} characters: at least {PASSWORD_CHARS_MIN} are needed")]
    Short(usize),
    #[error("the password has over {PASSWORD_BYTES_MAX} bytes: choose a shorter one")]
    Long,
    #[error("the password is the login, or one character over and over: choose another")]
    Plain,
}

impl Login {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Login {
    type Err = BadLogin;

    fn from_str(text: &str) -> Result<Self, BadLogin> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
        let length = text.chars().count();
        if !(2..=LOGIN_CHARS_MAX).contains(&length) || !text.chars().all(fits) {
            return Err(BadLogin(text.chars().take(LOGIN_CHARS_MAX).collect()));
        }
        Ok(Self(text.to_lowercase()))
    }
}

/// Whether a password is good enough for a login.
///
/// # Errors
/// It is too short, too long or plain.
pub fn check_password(password: &str, login: &Login) -> Result<(), BadPassword> {
    let length = password.chars().count();
    if length < PASSWORD_CHARS_MIN {
        return Err(BadPassword::Short(length));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(BadPassword::Long);
    }
    let first = password.chars().next();
    if password.to_lowercase() == login.0 || password.chars().all(|c| Some(c) == first) {
        return Err(BadPassword::Plain);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_plain_and_lower_case() {
        assert_eq!("Wang.Li".parse::<Login>().unwrap().as_str(), "wang.li");
        assert!("王力".parse::<Login>().is_ok());
        for text in ["", "x", "a b", "a/b", "a\n", &"x".repeat(65)] {
            assert!(text.parse::<Login>().is_err(), "{text}");
        }
    }

    #[test]
    fn length_is_what_counts_in_a_password() {
        let login = "long.enough".parse().unwrap();
        assert_eq!(check_password("correct horse", &login), Ok(()));
        assert_eq!(check_password("secret", &login), Err(BadPassword::Short(6)));
        assert_eq!(check_password("Long.Enough", &login), Err(BadPassword::Plain));
        assert_eq!(check_password("aaaaaaaaaaaa", &login), Err(BadPassword::Plain));
        assert_eq!(check_password(&"xy".repeat(200), &login), Err(BadPassword::Long));
        assert_eq!(check_password("春江花月夜秋水长天一色", &login), Ok(()));
    }
}
