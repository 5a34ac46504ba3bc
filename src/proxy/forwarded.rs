//! What a proxy says of the visitor to the server behind it, and what it takes from nobody.
//!
//! In: headers of a request, the peer, the networks that are trusted. Out: the same headers without what belongs to
//! one connection and without what the visitor made up, with `Forwarded`, `X-Forwarded-For`, `-Proto`, `-Host`,
//! `X-Real-IP` and `Via` said anew. It opens nothing.

use std::{net::IpAddr, str::FromStr};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;

use super::{address::InvalidAddress, state::STATE};

/// Proxies whose word about the visitor counts.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::Trusted;
/// let trusted = Trusted::new(["10.0.0.0/8".parse().unwrap(), "unix".parse().unwrap()]);
/// assert!(trusted.includes(Some("10.1.2.3".parse().unwrap())));
/// assert!(trusted.includes(None));
/// assert!(!Trusted::default().includes(None));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trusted(Vec<TrustedNetwork>);

/// A network, an address, or everyone who may open our socket in the file system (`unix`).
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Trusted, TrustedNetwork};
/// let network: TrustedNetwork = "10.0.0.0/8".parse().unwrap();
/// assert_ne!(network, "10.0.0.1".parse().unwrap(), "one address, and all of them");
/// assert!(Trusted::new([network]).includes(Some("10.9.9.9".parse().unwrap())));
/// assert!("load-balancer".parse::<TrustedNetwork>().is_err(), "names are not believed");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedNetwork(Option<IpNet>);

impl FromStr for TrustedNetwork {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text == "unix" {
            return Ok(Self(None));
        }
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network
            .map(|network| Self(Some(network)))
            .map_err(|_| InvalidAddress::new(text, "network", "`127.0.0.1`, `10.0.0.0/8`, `fd00::/8` or `unix`"))
    }
}

impl Trusted {
    /// Makes a list of networks.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::Trusted;
    /// // What stands before this proxy, and nobody else, may say who the visitor is.
    /// let networks: Result<Vec<_>, _> = ["10.0.0.0/8", "fd00::/8", "unix"].iter().map(|text| text.parse()).collect();
    /// let trusted = Trusted::new(networks.unwrap());
    /// assert!(trusted.includes(Some("fd00::1".parse().unwrap())));
    /// ```
    pub fn new(networks: impl IntoIterator<Item = TrustedNetwork>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// Says whether a peer is trusted; `None` is one on a socket in the file system.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::Trusted;
    /// let trusted = Trusted::new(["10.0.0.0/8".parse().unwrap()]);
    /// assert!(trusted.includes(Some("::ffff:10.1.2.3".parse().unwrap())), "the same address in another form");
    /// assert!(!trusted.includes(Some("192.0.2.1".parse().unwrap())) && !trusted.includes(None));
    /// ```
    pub fn includes(&self, peer: Option<IpAddr>) -> bool {
        let peer = peer.map(|peer| peer.to_canonical());
        self.0.iter().any(|network| match (&network.0, peer) {
            (Some(network), Some(peer)) => network.contains(&peer),
            (None, None) => true,
            _ => false,
        })
    }
}

/// What is known of a connection.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// Nothing for a socket in the file system.
    address: Option<IpAddr>,
    /// The address as headers tell it, written once for all requests of the connection.
    told: Option<HeaderValue>,
    /// Whether TLS was spoken with us.
    tls: bool,
}

impl Peer {
    pub(super) fn new(address: Option<IpAddr>, tls: bool) -> Self {
        let address = address.map(|address| address.to_canonical());
        let told = address.and_then(|address| value(&address.to_string()));
        Self { address, told, tls }
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Headers of one connection only (RFC 9110, section 7.6.1), beside those `Connection` names.
static HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// What only a proxy says; servers believe it, so it is taken from nobody else.
const SPOKEN_BY_PROXIES: [&str; 10] = [
    "cf-connecting-ip",
    "fastly-client-ip",
    "forwarded",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
    "x-scheme",
];

/// Removes what belongs to one connection.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    // gRPC asks for trailers by `TE`, which is the only value a proxy may pass on (RFC 9113, section 8.2.2).
    let trailers = headers.get_all(header::TE).iter().any(|value| {
        value.to_str().is_ok_and(|value| {
            value
                .split(',')
                .any(|one| one.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("trailers"))
        })
    });
    remove(headers, |name| HOP_BY_HOP.contains(name) || named.contains(name));
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

/// Removes the headers of these names; mostly there is none.
fn remove(headers: &mut HeaderMap, goes: impl Fn(&HeaderName) -> bool) {
    let gone: Vec<HeaderName> = headers.keys().filter(|name| goes(name)).cloned().collect();
    for name in gone {
        headers.remove(name);
    }
}

/// Says whether a header is one that we alone say to the upstream. Servers that hand headers on as variables of the
/// environment cannot tell `_` from `-` (RFC 3875, section 4.1.18), so both count.
pub(super) fn is_ours(name: &HeaderName) -> bool {
    let name = name.as_str();
    // The first letter tells of most headers that they are none of these.
    name.starts_with(['c', 'f', 't', 'x'])
        && (is_spelled(name, STATE.as_str())
            || name.get(..12).is_some_and(|start| is_spelled(start, "x-forwarded-"))
            || SPOKEN_BY_PROXIES.iter().any(|ours| is_spelled(name, ours)))
}

/// Says whether a name is this one, with `_` for `-` perhaps.
fn is_spelled(name: &str, plain: &str) -> bool {
    let same = |(byte, plain): (u8, u8)| byte == plain || byte == b'_' && plain == b'-';
    name.len() == plain.len() && name.bytes().zip(plain.bytes()).all(same)
}

/// Removes from a request what its sender must not say; `named` are further headers of the policy that only a trusted
/// proxy sets.
pub(super) fn remove_forged(headers: &mut HeaderMap, trusted: bool, named: &[HeaderName]) {
    remove(headers, |name| {
        let state = is_spelled(name.as_str(), STATE.as_str());
        let other = is_ours(name) && (!trusted || name.as_str().contains('_'));
        state || other || (!trusted && named.contains(name))
    });
}

/// Says who the visitor is, by the peer and by what trusted proxies said before.
pub(super) fn say(headers: &mut HeaderMap, peer: &Peer, trusted: &Trusted, host: &str, via: &HeaderValue) {
    let before: Vec<&str> = headers
        .get_all(&FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .collect();
    let visitor = visitor(peer.address, &before, trusted);
    let real = match visitor == peer.address {
        true => peer.told.clone(),
        false => visitor.and_then(|address| value(&address.to_string())),
    };
    // A proxy on a socket in the file system has no address; whom it named is the last that is known.
    let chain = match (before.is_empty(), &peer.told) {
        (true, told) => told.clone(),
        (false, told) => {
            let told = told.iter().filter_map(|told| told.to_str().ok());
            value(&before.into_iter().chain(told).collect::<Vec<_>>().join(", "))
        }
    };
    let scheme = if peer.tls { "https" } else { "http" };
    let outer_scheme = match single(headers, &FORWARDED_PROTO) {
        Some("https") => "https",
        Some("http") => "http",
        _ => scheme,
    };
    let outer_host = value(single(headers, &FORWARDED_HOST).unwrap_or(host));
    let mut forwarded = String::with_capacity(96);
    for element in headers.get_all(header::FORWARDED).iter().filter_map(|value| value.to_str().ok()) {
        forwarded.extend([element, ", "]);
    }
    let node = peer.told.as_ref().and_then(|told| told.to_str().ok());
    match (node, peer.address) {
        // RFC 7239, section 6: in brackets and therefore quoted.
        (Some(node), Some(IpAddr::V6(_))) => forwarded.extend(["for=\"[", node, "]\""]),
        (Some(node), _) => forwarded.extend(["for=", node]),
        (None, _) => forwarded.push_str("for=unknown"),
    }
    forwarded.extend([";proto=", scheme]);
    if host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]_".contains(&byte)) {
        forwarded.extend([";host=\"", host, "\""]);
    }
    set(headers, &FORWARDED_FOR, chain);
    set(headers, &FORWARDED_PROTO, Some(HeaderValue::from_static(outer_scheme)));
    set(headers, &FORWARDED_HOST, outer_host);
    set(headers, &REAL_IP, real);
    set(headers, &header::FORWARDED, value(&forwarded));
    headers.append(header::VIA, via.clone());
}

/// Returns the visitor's address: the last one in the chain that is no trusted proxy.
fn visitor(peer: Option<IpAddr>, before: &[&str], trusted: &Trusted) -> Option<IpAddr> {
    if before.is_empty() || !trusted.includes(peer) {
        return peer;
    }
    let mut known = peer;
    for text in before.iter().rev() {
        // What is no address ends the chain: what stands before it was written by nobody we know.
        let Ok(address) = text.parse::<IpAddr>() else {
            break;
        };
        known = Some(address);
        if !trusted.includes(known) {
            break;
        }
    }
    known.map(|address| address.to_canonical())
}

/// Returns the first value of a header that only trusted proxies have set.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    let first = value.split(',').next()?.trim();
    (!first.is_empty()).then_some(first)
}

fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}

fn set(headers: &mut HeaderMap, name: &'static HeaderName, value: Option<HeaderValue>) {
    match value.filter(|value| !value.is_empty()) {
        Some(value) => {
            headers.insert(name, value);
        }
        None => {
            headers.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn said(pairs: &[(&str, &str)], peer: &str, trusted: &[&str]) -> HeaderMap {
        let trusted = Trusted::new(trusted.iter().map(|text| text.parse().unwrap()));
        let peer = Peer::new(peer.parse().ok(), true);
        let mut headers = headers(pairs);
        remove_hop_by_hop(&mut headers);
        remove_forged(&mut headers, trusted.includes(peer.address()), &["x-country".parse().unwrap()]);
        say(&mut headers, &peer, &trusted, "news.example", &HeaderValue::from_static("1.1 proxy"));
        headers
    }

    #[test]
    fn what_belongs_to_one_connection_goes() {
        let mut headers = headers(&[
            ("connection", "close, X-Hop, ,bad name"),
            ("connection", "x-other"),
            ("x-hop", "1"),
            ("x-other", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers;q=0.5, deflate"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "x"),
            ("proxy-connection", "close"),
            ("x-kept", "1"),
            ("trailer", "x-sum"),
        ]);
        remove_hop_by_hop(&mut headers);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["te", "trailer", "x-kept"]);
        assert_eq!(headers["te"], "trailers");
    }

    #[test]
    fn what_only_we_say_is_known_by_any_spelling() {
        for name in SPOKEN_BY_PROXIES.into_iter().chain([STATE.as_str(), "x-forwarded-for", "x-forwarded-"]) {
            for spelling in [name.to_owned(), name.replace('-', "_"), name.replacen('-', "_", 1)] {
                assert!(is_ours(&spelling.parse().unwrap()), "{spelling}");
            }
        }
        for name in ["x-forwarded", "x-forwarde-for", "tower-consent-x", "cookie", "forwarded-for", "via", "x"] {
            assert!(!is_ours(&name.parse().unwrap()), "{name}");
        }
    }

    #[test]
    fn a_visitor_says_nothing_of_himself() {
        let headers = said(
            &[
                ("x-forwarded-for", "1.1.1.1"),
                ("x_forwarded_for", "1.1.1.1"),
                ("x-forwarded-port", "1"),
                ("forwarded", "for=1.1.1.1"),
                ("x-real-ip", "1.1.1.1"),
                ("x-country", "DE"),
                ("tower-consent", "metrics=1"),
                ("tower_consent", "metrics=1"),
                ("x-original-url", "/admin"),
                ("via", "1.1 before"),
                ("connection", "x-forwarded-for, x-real-ip"),
            ],
            "192.0.2.7",
            &["10.0.0.0/8"],
        );
        assert_eq!(headers["x-forwarded-for"], "192.0.2.7");
        assert_eq!(headers["x-real-ip"], "192.0.2.7");
        assert_eq!(headers["x-forwarded-proto"], "https");
        assert_eq!(headers["x-forwarded-host"], "news.example");
        assert_eq!(headers["forwarded"], "for=192.0.2.7;proto=https;host=\"news.example\"");
        assert_eq!(headers.get_all("via").iter().count(), 2);
        let name = |name: &str| headers.contains_key(name);
        for gone in
            ["x_forwarded_for", "x-forwarded-port", "x-country", "tower-consent", "tower_consent", "x-original-url"]
        {
            assert!(!name(gone), "{gone}");
        }
    }

    #[test]
    fn a_trusted_proxy_is_believed_but_for_the_choice() {
        let headers = said(
            &[
                ("x-forwarded-for", "6.6.6.6, 198.51.100.9, 10.0.0.2"),
                ("x-forwarded-proto", "http"),
                ("x-forwarded-host", "www.news.example"),
                ("forwarded", "for=198.51.100.9"),
                ("x-country", "DE"),
                ("tower-consent", "metrics=1"),
            ],
            "10.0.0.1",
            &["10.0.0.0/8"],
        );
        assert_eq!(headers["x-forwarded-for"], "6.6.6.6, 198.51.100.9, 10.0.0.2, 10.0.0.1");
        assert_eq!(headers["x-real-ip"], "198.51.100.9");
        assert_eq!(headers["x-forwarded-proto"], "http");
        assert_eq!(headers["x-forwarded-host"], "www.news.example");
        assert_eq!(headers["forwarded"], "for=198.51.100.9, for=10.0.0.1;proto=https;host=\"news.example\"");
        assert_eq!(headers["x-country"], "DE");
        assert!(!headers.contains_key("tower-consent"));
    }

    #[test]
    fn sockets_and_ipv6_are_told_in_their_forms() {
        let headers = said(&[("x-forwarded-for", "198.51.100.9")], "", &["unix"]);
        assert_eq!(
            (&headers["x-forwarded-for"], &headers["x-real-ip"]),
            (&"198.51.100.9".parse().unwrap(), &"198.51.100.9".parse().unwrap())
        );
        assert!(headers["forwarded"].to_str().unwrap().starts_with("for=unknown;"));
        let headers = said(&[], "2001:db8::1", &[]);
        assert!(headers["forwarded"].to_str().unwrap().starts_with("for=\"[2001:db8::1]\";"));
        let headers = said(&[("x-forwarded-for", "1.1.1.1")], "::ffff:10.0.0.1", &["10.0.0.0/8"]);
        assert_eq!(headers["x-real-ip"], "1.1.1.1");
    }
}
