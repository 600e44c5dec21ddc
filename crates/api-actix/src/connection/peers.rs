use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use ipnet::IpNet;
use wiring::settings;

use crate::metrics::{self, Reason};

/// How many connections each peer has, over all workers.
pub(crate) struct Peers {
    most: usize,
    /// Proxies stand for many.
    proxies: Vec<IpNet>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place, given back when it is dropped.
pub(crate) struct Slot {
    peers: Arc<Peers>,
    key: Option<IpAddr>,
}

impl Peers {
    pub(crate) fn of(server: &settings::Server) -> Self {
        Self {
            most: server.max_connections_per_peer,
            proxies: server.trusted_proxies.clone(),
            open: Mutex::default(),
        }
    }

    #[cfg(test)]
    pub(super) fn with(most: usize) -> Self {
        Self {
            most,
            proxies: vec!["10.0.0.0/8".parse().unwrap()],
            open: Mutex::default(),
        }
    }

    /// `None` if the peer has as many as it may.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Slot> {
        let peer = peer.to_canonical();
        let key = (!self.proxies.iter().any(|it| it.contains(&peer))).then(|| network(peer));
        if let Some(key) = key {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let count = open.entry(key).or_default();
            if *count >= self.most {
                metrics::rejected(Reason::PeerLimit);
                return None;
            }
            *count += 1;
        }
        Some(Slot {
            peers: self.clone(),
            key,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut open = self
            .peers
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let left = open.get_mut(&key).map(|count| {
            *count -= 1;
            *count
        });
        if left == Some(0) {
            open.remove(&key);
        }
    }
}

/// Who has one IPv6 address has the 2^64 of its network.
fn network(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(most: usize) -> Arc<Peers> {
        Arc::new(Peers::with(most))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn rel_12_each_peer_has_its_own_cap() {
        let peers = peers(2);
        let [one, other] = [address("192.0.2.1"), address("192.0.2.2")];

        let first = peers.admit(one).unwrap();
        let second = peers.admit(address("::ffff:192.0.2.1")).unwrap();
        assert!(peers.admit(one).is_none());
        let third = peers.admit(other).unwrap();

        drop(first);
        assert!(peers.admit(one).is_some());
        drop((second, third));
        assert!(peers.open.lock().unwrap().is_empty());
    }

    #[test]
    fn rel_12_a_network_of_ipv6_counts_as_one_peer() {
        let peers = peers(1);

        let slot = peers.admit(address("2001:db8::1"));
        assert!(slot.is_some());
        assert!(peers.admit(address("2001:db8::2:1")).is_none());
        assert!(peers.admit(address("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn rel_12_proxies_of_ours_have_no_cap() {
        let peers = peers(1);

        let slots = [(); 3].map(|()| peers.admit(address("10.1.2.3")));
        assert!(slots.iter().all(Option::is_some));
    }
}
