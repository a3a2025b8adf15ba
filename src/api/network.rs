//! Where a request comes from: the connection's other end, or what a trusted proxy says of it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use axum::http::HeaderMap;

/// What proxies append to: the address that each has heard.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// What an access line and a home have: 256 addresses of IPv4, and a /48 of IPv6, of which one customer has all.
const NETWORK_BITS_V4: u32 = 24;
const NETWORK_BITS_V6: u32 = 48;

/// A range of addresses: `10.1.0.0/16`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    first: IpAddr,
    bits: u32,
}

/// The text is no range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address or a range of them is expected, such as 10.1.0.0/16")]
pub struct BadRange;

impl FromStr for Range {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let first: IpAddr = address.trim().parse().map_err(|_| BadRange)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.trim().parse().map_err(|_| BadRange))?;
        if bits > most { Err(BadRange) } else { Ok(Self { first: cut(first, bits), bits }) }
    }
}

impl Range {
    pub fn holds(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && cut(address, self.bits) == self.first
    }
}

/// An address with only its first bits.
fn cut(address: IpAddr, bits: u32) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

/// The neighbourhood of an address: what one attacker has at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network(IpAddr);

impl Network {
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self(cut(address, if address.is_ipv4() { NETWORK_BITS_V4 } else { NETWORK_BITS_V6 }))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor {
    pub address: IpAddr,
    /// Somebody between has forwarded it, trusted or not.
    pub forwarded: bool,
}

impl Visitor {
    /// Of a chain of proxies the last address that is no trusted proxy's is meant: anybody may have written the others.
    pub fn of(peer: IpAddr, headers: &HeaderMap, proxies: &[Range]) -> Self {
        let trusted = |address: IpAddr| proxies.iter().any(|range| range.holds(address.to_canonical()));
        let said = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let said: Vec<&str> = said.flat_map(|text| text.split(',')).collect();
        let mut address = peer;
        for hop in said.iter().rev() {
            if !trusted(address) {
                break;
            }
            let Ok(before) = hop.trim().parse() else { break };
            address = before;
        }
        Self { address, forwarded: headers.contains_key(FORWARDED_FOR) || headers.contains_key("forwarded") }
    }

    pub fn network(&self) -> Network {
        Network::of(self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_addresses_and_no_others() {
        let holds =
            |range: &str, address: &str| range.parse::<Range>().unwrap().holds(address.parse().unwrap());
        assert!(holds("10.1.0.0/16", "10.1.255.7") && !holds("10.1.0.0/16", "10.2.0.1"));
        assert!(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("0.0.0.0/0", "9.9.9.9") && !holds("0.0.0.0/0", "::1") && holds("fd00::/8", "fd12::7"));
        assert!(
            ["", "10.1.0.0/33", "::/129", "proxy", "10.1/16"]
                .iter()
                .all(|text| text.parse::<Range>().is_err())
        );
    }

    #[track_caller]
    fn check(peer: &str, forwarded: &[&str], want: &str) {
        let proxies = ["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let visitor = Visitor::of(peer.parse().unwrap(), &headers, &proxies);
        assert_eq!(visitor.address, want.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
    }

    #[test]
    fn only_what_a_trusted_proxy_says_counts() {
        check("203.0.113.9", &[], "203.0.113.9");
        check("203.0.113.9", &["198.51.100.1"], "203.0.113.9");
        check("127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["1.2.3.4, 198.51.100.1, 10.9.9.9"], "198.51.100.1");
        check("127.0.0.1", &["1.2.3.4", "198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["198.51.100.1, nonsense"], "127.0.0.1");
        check("127.0.0.1", &["10.1.1.1"], "10.1.1.1");
    }
}
