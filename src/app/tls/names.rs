//! Under which names and addresses this box is found.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a certificate speaks for: sorted, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Names {
    pub hosts: Vec<String>,
    pub addresses: Vec<IpAddr>,
}

impl Names {
    /// Of this box now, as Linux tells it, with the name under which others reach it.
    pub fn now(public_host: Option<&str>) -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let host = rustix::system::uname().nodename().to_string_lossy().to_ascii_lowercase();
        let mut addresses = ipv4(&read("/proc/self/net/fib_trie"));
        addresses.extend(ipv6(&read("/proc/self/net/if_inet6")));
        Self::of(&host, public_host, addresses)
    }

    fn of(host: &str, public_host: Option<&str>, mut addresses: Vec<IpAddr>) -> Self {
        let mut hosts = vec!["localhost".to_owned()];
        if is_name(host) && host != "localhost" {
            // What multicast DNS answers to stands beside what the office's own names are.
            let bare = host.split('.').next().unwrap_or(host);
            hosts.extend([host.to_owned(), format!("{bare}.local")]);
        }
        match public_host.map(|host| host.trim_matches(['[', ']'])) {
            Some(host) if is_name(host) => hosts.push(host.to_ascii_lowercase()),
            Some(host) => addresses.extend(host.parse::<IpAddr>()),
            None => {}
        }
        addresses.extend([Ipv4Addr::LOCALHOST.into(), IpAddr::from(Ipv6Addr::LOCALHOST)]);
        hosts.sort();
        hosts.dedup();
        addresses.sort();
        addresses.dedup();
        Self { hosts, addresses }
    }
}

/// A name of DNS that is no address.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.len() <= 253 && host.split('.').all(label) && host.parse::<IpAddr>().is_err()
}

/// Local addresses stand above a line that calls them so.
fn ipv4(trie: &str) -> Vec<IpAddr> {
    let lines = trie.lines().zip(trie.lines().skip(1));
    let local = lines.filter(|(_, below)| below.trim() == "/32 host LOCAL");
    let addresses =
        local.filter_map(|(above, _)| above.trim().strip_prefix("|-- ")?.parse::<Ipv4Addr>().ok());
    addresses.map(IpAddr::from).collect()
}

/// The first word of each line, 32 digits. Browsers do not take addresses that hold for one link only.
fn ipv6(list: &str) -> Vec<IpAddr> {
    let digits = list.lines().filter_map(|line| line.split_whitespace().next());
    let addresses = digits.filter_map(|word| u128::from_str_radix(word, 16).ok()).map(Ipv6Addr::from_bits);
    addresses.filter(|one| !one.is_unicast_link_local()).map(IpAddr::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_that_the_kernel_calls_local_are_found() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 127.0.0.0\n        /8 host LOCAL\n     |-- 127.0.0.1\n        /32 \
                    host LOCAL\n     |-- 192.168.7.20\n        /32 host LOCAL\n     |-- 192.168.7.255\n        /32 link \
                    BROADCAST\n";
        assert_eq!(ipv4(trie), ["127.0.0.1", "192.168.7.20"].map(|one| one.parse::<IpAddr>().unwrap()));
        let list = "fd000000000000000000000000000007 02 40 00 80 eth0\n\
                    fe800000000000000000000000000001 02 40 20 80 eth0\nnonsense\n";
        assert_eq!(ipv6(list), ["fd00::7".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn a_box_answers_to_its_name_here_and_to_the_one_it_is_given() {
        let names = Names::of("nuc-7.office.example", Some("Hints.Example"), vec![]);
        assert_eq!(names.hosts, ["hints.example", "localhost", "nuc-7.local", "nuc-7.office.example"]);
        let names = Names::of("no name", Some("[fd00::7]"), vec![]);
        assert_eq!(names.hosts, ["localhost"]);
        assert_eq!(
            names.addresses,
            ["127.0.0.1", "::1", "fd00::7"].map(|one| one.parse::<IpAddr>().unwrap())
        );
    }
}
