//! Network and browser of a visitor, as far as the policy asks a record to keep them.

use std::net::IpAddr;

use http::{HeaderMap, header};

use crate::{
    policy::{AddressField, BrowserField, RecordFields},
    signal::KeyRing,
};

/// Browsers by what their identification holds; those that pretend to be another come before that one.
const FAMILIES: [(&str, &str); 8] = [
    ("YaBrowser/", "Yandex"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Returns what is kept: shortened or hashed address, family of the browser; `None` when the policy wants neither, or
/// the request tells neither.
pub(super) fn client(fields: &RecordFields, headers: &HeaderMap, keys: &KeyRing) -> Option<String> {
    let parts: Vec<String> = [network(fields, headers, keys), browser(fields, headers)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn network(fields: &RecordFields, headers: &HeaderMap, keys: &KeyRing) -> Option<String> {
    if fields.address == AddressField::None {
        return None;
    }
    // Two addresses are none: nobody knows which the proxy wrote.
    let mut values = headers.get_all(fields.address_header.as_deref()?).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let address: IpAddr = value.to_str().ok()?.trim().parse().ok()?;
    let address = address.to_canonical();
    Some(match fields.address {
        AddressField::KeyedHash => keys.digest(&address.to_string()),
        _ => prefix(address),
    })
}

/// The first 24 bits of an IPv4 address, 48 of an IPv6 address: a network, no household.
fn prefix(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

fn browser(fields: &RecordFields, headers: &HeaderMap) -> Option<String> {
    if fields.browser != BrowserField::Family {
        return None;
    }
    let name = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let family = FAMILIES.iter().find(|(mark, _)| name.contains(mark)).map_or("other", |(_, family)| family);
    Some(family.to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::policy::Policy;

    fn fields(record: &str) -> RecordFields {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = policy.files().clone();
        files.get_mut("policy.toml").unwrap().push_str(&format!("\n[record]\n{record}"));
        let (policy, found) = Policy::check(files);
        policy.unwrap_or_else(|| panic!("{found:?}")).record().clone()
    }

    fn kept(record: &str, sent: &[(&'static str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        client(&fields(record), &headers, &KeyRing::new([[1; 32]]).unwrap())
    }

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
    const YANDEX: &str =
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/138.0.0.0 YaBrowser/25.8 Safari/537.36";

    #[test]
    fn nothing_is_kept_unless_the_policy_asks() {
        assert_eq!(kept("", &[("x-real-ip", "192.0.2.7"), ("user-agent", FIREFOX)]), None);
        assert_eq!(kept("browser = \"family\"", &[("x-real-ip", "192.0.2.7")]), None);
    }

    #[test]
    fn addresses_are_shortened_and_browsers_are_families() {
        let prefix = "address = \"prefix\"\naddress-header = \"X-Real-IP\"\n";
        for (address, expected) in [
            ("192.0.2.7", Some("192.0.2.0/24")),
            ("::ffff:192.0.2.7", Some("192.0.2.0/24")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1::/48")),
            ("unknown", None),
            ("192.0.2.7, 198.51.100.1", None),
        ] {
            assert_eq!(kept(prefix, &[("x-real-ip", address)]).as_deref(), expected, "{address}");
        }
        assert_eq!(kept(prefix, &[("x-real-ip", "192.0.2.7"), ("x-real-ip", "192.0.2.7")]), None);
        for (name, expected) in [(FIREFOX, "Firefox"), (YANDEX, "Yandex"), ("curl/8", "other")] {
            assert_eq!(kept("browser = \"family\"", &[("user-agent", name)]).as_deref(), Some(expected));
        }
        let both =
            kept(&format!("{prefix}browser = \"family\""), &[("x-real-ip", "192.0.2.7"), ("user-agent", FIREFOX)]);
        assert_eq!(both.as_deref(), Some("192.0.2.0/24, Firefox"));
    }

    #[test]
    fn a_hash_is_the_same_for_the_same_address_and_names_it_not() {
        let hashed = "address = \"keyed-hash\"\naddress-header = \"x-real-ip\"";
        let one = kept(hashed, &[("x-real-ip", "192.0.2.7")]).unwrap();
        assert_eq!(Some(&one), kept(hashed, &[("x-real-ip", "192.0.2.7")]).as_ref());
        assert_ne!(Some(&one), kept(hashed, &[("x-real-ip", "192.0.2.8")]).as_ref());
        assert!(!one.contains("192"), "{one}");
    }
}
