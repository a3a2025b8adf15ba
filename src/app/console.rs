//! Where the appliance is, for whoever stands before it: an address that others reach, and a picture of it for their phone.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::store::files;

/// Nobody is there (RFC 5737) and nothing is sent: the kernel says which of its addresses it would use.
const FAR: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// The file that the machine's console shows, in the folder that a service manager gives.
const FILE: &str = "console";

/// Where phones get the appliance's own certificate, and how it is told from another.
pub struct Install {
    pub url: String,
    pub fingerprint: String,
}

/// The address of the page for a browser. A socket for all addresses is called by the one that leads outward.
pub fn url(bound: SocketAddr, secure: bool) -> String {
    let ip = if bound.ip().is_unspecified() { outward() } else { bound.ip() };
    let (scheme, usual) = if secure { ("https", ":443") } else { ("http", ":80") };
    let shown = format!("{scheme}://{}", SocketAddr::new(ip, bound.port()));
    shown.strip_suffix(usual).map_or(shown.clone(), str::to_owned)
}

fn outward() -> IpAddr {
    let asked = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(FAR)?;
        socket.local_addr()
    });
    asked.map_or(Ipv4Addr::LOCALHOST.into(), |address| address.ip())
}

/// Writes down what the console shows. `setup` is the link that makes the first account; whoever stands here may.
///
/// # Errors
/// The folder cannot be written.
pub fn show(folder: &Path, url: &str, setup: Option<&str>, install: Option<&Install>) -> io::Result<()> {
    let mut text = format!("\nUndertone is at {url}\n");
    if let Some(setup) = setup {
        text += &format!("Nobody has an account yet; the first is made at {setup}\n");
    }
    if let Some(install) = install {
        text += &format!("Each phone installs its certificate once, from {}\n", install.url);
        text += &format!("The certificate's SHA-256: {}\n", install.fingerprint);
    }
    // Whoever has no certificate yet would be stopped at any other door.
    let first = install.map_or(setup.unwrap_or(url), |install| &install.url);
    if let Ok(picture) = QrCode::new(first) {
        // Consoles are dark.
        let mut picture = picture.render::<Dense1x2>();
        text += &picture.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        text.push('\n');
    }
    files::write_whole(&folder.join(FILE), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bound: &str, want: &str) {
        let secure = want.starts_with("https");
        assert_eq!(url(bound.parse().unwrap(), secure), want);
    }

    #[test]
    fn an_address_is_one_that_a_browser_takes() {
        check("127.0.0.1:7070", "http://127.0.0.1:7070");
        check("192.168.1.5:80", "http://192.168.1.5");
        check("[fd00::5]:80", "http://[fd00::5]");
        check("192.168.1.5:8080", "http://192.168.1.5:8080");
        check("192.168.1.5:443", "https://192.168.1.5");
        check("192.168.1.5:80", "http://192.168.1.5");
        check("192.168.1.5:7070", "https://192.168.1.5:7070");
        for bound in ["0.0.0.0:7070", "[::]:7070"] {
            let shown = url(bound.parse().unwrap(), false);
            let ip: IpAddr = shown.trim_start_matches("http://").trim_end_matches(":7070").parse().unwrap();
            assert!(!ip.is_unspecified(), "{shown}");
        }
    }
}
