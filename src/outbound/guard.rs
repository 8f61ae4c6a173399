//! Which addresses may be called. Checked where a name has become addresses, so that a name that points
//! elsewhere a moment later does not pass, and for addresses written into the URL.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Addresses that the configuration names although they are called by nobody else: those of a machine's own
/// network and of a cloud's metadata. Loopback and private networks need no leave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(BTreeSet<IpAddr>);

impl FromIterator<IpAddr> for Allowed {
    fn from_iter<I: IntoIterator<Item = IpAddr>>(addresses: I) -> Self {
        Allowed(addresses.into_iter().map(|address| address.to_canonical()).collect())
    }
}

impl Allowed {
    fn permits(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical()) || !is_forbidden(address)
    }
}

/// Where names become addresses.
#[derive(Clone, Default)]
pub enum Names {
    /// By the machine's resolver.
    #[default]
    System,
    /// As this says, so that tests can have a name that points where it must not.
    Given(GivenNames),
}

/// The addresses of a name.
pub type GivenNames = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Names::System => "System",
            Names::Given(_) => "Given",
        })
    }
}

/// An address that is not called.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("its address belongs to a machine's own network, and the configuration does not name it")]
pub(super) struct Forbidden;

/// The guard before the connection pool.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    allowed: Arc<Allowed>,
    names: Names,
}

impl Guard {
    pub(super) fn new(allowed: Allowed, names: Names) -> Self {
        Guard { allowed: Arc::new(allowed), names }
    }

    /// Judges a URL; the pool asks no resolver about an address that stands there as such.
    pub(super) fn check(&self, url: &Url) -> Result<(), Forbidden> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Forbidden),
        };
        self.allowed.permits(address).then_some(()).ok_or(Forbidden)
    }

    async fn addresses(self, name: String) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
        let found: Vec<SocketAddr> = match &self.names {
            Names::System => tokio::net::lookup_host((name, 0)).await?.collect(),
            Names::Given(given) => given(&name).into_iter().map(|address| (address, 0).into()).collect(),
        };
        if found.is_empty() {
            return Err("the name has no address".into());
        }
        // Names of a local network may have a link-local address beside one that may be called.
        let permitted = |address: &SocketAddr| self.allowed.permits(address.ip());
        let permitted: Vec<_> = found.into_iter().filter(permitted).collect();
        match permitted.is_empty() {
            true => Err(Box::new(Forbidden)),
            false => Ok(Box::new(permitted.into_iter())),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(self.clone().addresses(name.as_str().to_owned()))
    }
}

/// The URL that an answer names as the next, where it has the same origin as the one it came from. It may be
/// relative; credentials in it are refused, since they are none of ours.
pub fn same_origin(base: &Url, next: &str) -> Option<Url> {
    let next = base.join(next).ok()?;
    let same = next.scheme() == base.scheme()
        && next.host() == base.host()
        && next.port_or_known_default() == base.port_or_known_default();
    (same && next.username().is_empty() && next.password().is_none()).then_some(next)
}

fn is_forbidden(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_forbidden_v4(address),
        IpAddr::V6(address) => is_forbidden_v6(address) || carried(address).is_some_and(is_forbidden_v4),
    }
}

fn is_forbidden_v4(address: Ipv4Addr) -> bool {
    // Where Alibaba, Azure and Oracle answer with a machine's credentials, outside the link-local range.
    const METADATA: [Ipv4Addr; 3] =
        [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
    let first = address.octets()[0];
    // 0.0.0.0/8 is this machine to Linux; 240.0.0.0/4 is reserved and ends with the broadcast address.
    first == 0
        || first >= 240
        || address.is_link_local()
        || address.is_multicast()
        || METADATA.contains(&address)
}

fn is_forbidden_v6(address: Ipv6Addr) -> bool {
    // Where Amazon, Google and Scaleway answer with a machine's credentials.
    const METADATA: [Ipv6Addr; 3] = [
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
        Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
    ];
    address.is_unspecified()
        || address.is_multicast()
        || address.is_unicast_link_local()
        || METADATA.contains(&address)
}

/// The IPv4 address that an IPv6 address leads to: compatible, NAT64, or 6to4.
fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, high, low] = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match (a, b) {
        // ::1 is loopback and no such form.
        (0, 0) if [c, d, e, f, high] == [0; 5] && low == 1 => None,
        (0, 0) if [c, d, e, f] == [0; 4] => Some(v4(high, low)),
        (0x64, 0xff9b) => Some(v4(high, low)),
        (0x2002, _) => Some(v4(b, c)),
        _ => None,
    }
}
