//! What the gate does to response headers, other than cookies.
//!
//! In: a response's headers, what is withheld. Out: the same without what would make a browser ask a withheld
//! service, and with what spoke of the body corrected. It never loosens what a site forbids.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{
    carrier::{Carrier, refreshed},
    judge::Judge,
    links::{parts, split, without_links},
};

/// Removes from response headers what would make a browser ask a withheld service: hints, reloads, addresses of
/// reports. Cookies are not looked at here.
pub(crate) fn withhold_headers(headers: &mut HeaderMap, judge: &mut Judge<'_>) {
    keep(headers, &header::LINK, |value| without_links(value, judge));
    keep(headers, &header::REFRESH, |value| {
        let withheld = refreshed(value).and_then(|address| judge.address(address, Carrier::Refresh));
        withheld.is_none().then(|| value.to_owned())
    });
    for name in ["reporting-endpoints", "speculation-rules"] {
        keep(headers, &HeaderName::from_static(name), |value| without_quoted(value, judge));
    }
    let groups = HeaderName::from_static("report-to");
    let before = headers.get_all(&groups).iter().count();
    keep(headers, &groups, |value| {
        // Objects between commas, as if they were in a list (Reporting API of 2018).
        let withheld = judge.json(format!("[{value}]").as_bytes());
        withheld.is_none().then(|| value.to_owned())
    });
    if headers.get_all(&groups).iter().count() < before {
        // What it names is gone.
        headers.remove("nel");
    }
    for name in [header::CONTENT_SECURITY_POLICY, header::CONTENT_SECURITY_POLICY_REPORT_ONLY] {
        keep(headers, &name, |value| Some(without_report_addresses(value, judge)));
    }
}

/// Says whether a response has headers that [`withhold_headers`] looks into.
pub(crate) fn may_ask(headers: &HeaderMap) -> bool {
    static OTHERS: [HeaderName; 4] = [
        HeaderName::from_static("reporting-endpoints"),
        HeaderName::from_static("speculation-rules"),
        HeaderName::from_static("report-to"),
        header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
    ];
    let known = [header::LINK, header::REFRESH, header::CONTENT_SECURITY_POLICY];
    known.iter().chain(&OTHERS).any(|name| headers.contains_key(name))
}

/// Keeps of each value of a header what is returned for it.
fn keep(headers: &mut HeaderMap, name: &HeaderName, mut kept: impl FnMut(&str) -> Option<String>) {
    if !headers.contains_key(name) {
        return;
    }
    let all: Vec<HeaderValue> = headers.get_all(name).iter().cloned().collect();
    headers.remove(name);
    for value in all {
        // A browser reads header bytes one by one as characters (Fetch, "isomorphic decode").
        let text: String = value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
        match kept(&text) {
            Some(same) if same == text => {
                headers.append(name, value);
            }
            Some(text) if !text.is_empty() => {
                let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
                if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                    headers.append(name, value);
                }
            }
            _ => {}
        }
    }
}

/// Leaves out the members whose quoted text is the address of a withheld service (RFC 9651).
fn without_quoted(value: &str, judge: &mut Judge<'_>) -> Option<String> {
    let all = parts(value);
    let kept: Vec<&str> = all
        .iter()
        .copied()
        .filter(|part| part.split('"').skip(1).step_by(2).all(|text| judge.address(text, Carrier::Header).is_none()))
        .collect();
    if kept.len() == all.len() { Some(value.to_owned()) } else { Some(kept.join(",").trim().to_owned()) }
}

/// Leaves out the addresses reports would go to; what a policy forbids stays forbidden.
fn without_report_addresses(policy: &str, judge: &mut Judge<'_>) -> String {
    let directives = policy.split(';').map(|directive| {
        let mut words = directive.split_ascii_whitespace();
        if !words.next().is_some_and(|name| name.eq_ignore_ascii_case("report-uri")) {
            return directive.to_owned();
        }
        let kept: Vec<&str> = words.clone().filter(|word| judge.address(word, Carrier::Header).is_none()).collect();
        match kept.len() {
            number if number == words.count() => directive.to_owned(),
            0 => String::new(),
            _ => format!(" report-uri {}", kept.join(" ")),
        }
    });
    directives.collect::<Vec<_>>().join(";")
}

/// Corrects every header that spoke of the body as it was: it is changed now. `variant` keeps the validators of a page that
/// is the same for everyone.
pub(crate) fn forget_body(headers: &mut HeaderMap, variant: Option<&Variant>) {
    match variant {
        // The time stays, since caches without another word of the site reckon from it how long to keep a page (RFC 9111,
        // 4.2.2). Nobody is told "unchanged" by it.
        Some(variant) => variant.mark(headers),
        None => {
            headers.remove(header::ETAG);
            headers.remove(header::LAST_MODIFIED);
        }
    }
    for name in [header::CONTENT_LENGTH, header::ACCEPT_RANGES].into_iter().chain(DIGESTS) {
        headers.remove(name);
    }
}

/// Digests of a body's very bytes.
pub(crate) const DIGESTS: [HeaderName; 4] = [
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];

/// Says whether a response asks to be kept nowhere.
pub(crate) fn is_not_stored(headers: &HeaderMap) -> bool {
    says(headers, b"no-store")
}

/// Says whether a response asks to be left as it is by everybody on its way.
pub(crate) fn is_not_transformed(headers: &HeaderMap) -> bool {
    says(headers, b"no-transform")
}

fn says(headers: &HeaderMap, word: &[u8]) -> bool {
    let mut values = headers.get_all(header::CACHE_CONTROL).iter();
    values.any(|value| memchr::memmem::find(&value.as_bytes().to_ascii_lowercase(), word).is_some())
}

/// Keeps what depends on the visitor out of shared caches, and makes the browser ask before it shows a kept one: after a
/// withdrawal a page from the cache would still hold what was withdrawn. Who keeps others from changing the page still does.
pub(crate) fn narrow_caching(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("Cookie, Sec-GPC"));
    let value = match (is_not_stored(headers), is_not_transformed(headers)) {
        (true, false) => "no-store",
        (true, true) => "no-store, no-transform",
        (false, false) => "private, no-cache",
        (false, true) => "private, no-cache, no-transform",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    headers.remove(header::EXPIRES);
    // What caches of one maker or one kind heed in place of it (RFC 9213), by whatever name.
    let targeted: Vec<HeaderName> = headers.keys().filter(|name| is_targeted(name)).cloned().collect();
    for name in targeted {
        headers.remove(name);
    }
}

/// Says whether a header tells some caches what `Cache-Control` tells all: `CDN-Cache-Control` and its like, those of Fastly,
/// Akamai and Varnish, of Squid and LiteSpeed, and of nginx.
fn is_targeted(name: &HeaderName) -> bool {
    name.as_str().ends_with("-cache-control")
        || ["surrogate-control", "edge-control", "x-accel-expires"].contains(&name.as_str())
}

/// Says whether a site names a response one for shared caches in so many words (RFC 9111, 5.2.2).
pub(crate) fn is_public(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = values.flat_map(|value| value.split(',')).map(|word| word.trim().to_ascii_lowercase());
    directives.any(|word| word == "public" || word.starts_with("s-maxage="))
}

/// The validators of pages that are the same for everyone: the site's own, with a mark of what the gate made of them.
///
/// In: what decides, beside the page itself, what goes out. Out: `"abc"` of the site becomes `"abc-tc0123456789ab"`, and back.
/// A mark of another policy or another release matches nothing, so that no kept page outlives what made it.
#[derive(Clone, Debug)]
pub(crate) struct Variant(String);

impl Variant {
    /// Makes the mark; it is the same in every instance and for every visitor.
    pub(crate) fn new<'a>(of: impl IntoIterator<Item = &'a str>) -> Self {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for part in of {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(format!("-tc{}\"", &base16ct::lower::encode_string(&hash.finalize())[..12]))
    }

    /// Marks the validator of a response; one that is none (RFC 9110, 8.8.3) goes.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        let marked = headers.get(header::ETAG).and_then(|tag| {
            let open = tag.to_str().ok()?.trim().strip_suffix('"')?;
            let inside = open.strip_prefix("W/").unwrap_or(open).strip_prefix('"')?;
            (!inside.contains('"')).then(|| HeaderValue::from_str(&format!("{open}{}", self.0)).ok())?
        });
        match marked {
            Some(tag) => headers.insert(header::ETAG, tag),
            None => headers.remove(header::ETAG),
        };
    }

    /// Leaves of a request's conditions only validators with this mark, as the site knows them.
    pub(crate) fn unmark(&self, headers: &mut HeaderMap) {
        let known: Vec<String> = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(parts)
            .filter_map(|tag| Some(format!("{}\"", tag.trim().strip_suffix(self.0.as_str())?)))
            .collect();
        headers.remove(header::IF_NONE_MATCH);
        if let Ok(value) = HeaderValue::from_str(&known.join(", "))
            && !known.is_empty()
        {
            headers.insert(header::IF_NONE_MATCH, value);
        }
    }
}

/// What sort of page a browser makes of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Html,
    /// HTML that can only be a part of a page.
    Part,
    /// Read as XML.
    Xml,
    /// Nothing is said, or nothing that is understood: a browser guesses from the bytes (MIME Sniffing, 7).
    Unknown,
}

/// What `Content-Type` says of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) sort: Sort,
    /// The charset it names, as it is named.
    pub(crate) charset: Option<String>,
    /// Whether it is a page only when it is asked for to be shown by itself: other sorts of XML are pictures and data
    /// otherwise.
    pub(crate) only_shown: bool,
}

impl Page {
    /// Says whether the response passes or is gated by what it is asked for: what is a picture in a page is a document when
    /// it is opened by itself.
    pub(crate) fn depends_on_destination(&self) -> bool {
        self.only_shown || self.sort == Sort::Unknown
    }
}

/// Returns the page that a response may become in a browser.
pub(crate) fn page(headers: &HeaderMap) -> Option<Page> {
    let nosniff = headers
        .get(header::X_CONTENT_TYPE_OPTIONS)
        .is_some_and(|value| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"nosniff"));
    let guessed = || (!nosniff).then_some(Page { sort: Sort::Unknown, charset: None, only_shown: false });
    // Most are written in one of these ways.
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    if let (Some(value), None) = (values.next(), values.next()) {
        let html = |charset: Option<&str>| {
            Some(Page { sort: Sort::Html, charset: charset.map(str::to_owned), only_shown: false })
        };
        match value.as_bytes() {
            b"text/html" => return html(None),
            b"text/html; charset=utf-8" | b"text/html;charset=utf-8" => return html(Some("utf-8")),
            b"application/json" | b"text/css" | b"text/javascript" | b"image/jpeg" | b"image/png" | b"image/webp" => {
                return None;
            }
            _ => {}
        }
    }
    // Of several the last that is understood counts, and the charset stays as long as the type does (Fetch, "extract a
    // MIME type").
    let values = headers.get_all(header::CONTENT_TYPE).iter().filter_map(|value| value.to_str().ok());
    let mut last: Option<(String, Option<String>)> = None;
    for value in values.flat_map(|value| split(value, ',', false)) {
        let mut parts = split(value, ';', false).into_iter().map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        if !essence.contains('/') || essence == "*/*" {
            continue;
        }
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let value = value.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
            name.trim().eq_ignore_ascii_case("charset").then_some(value)
        });
        let kept = last.take().filter(|(before, _)| *before == essence).and_then(|(_, charset)| charset);
        last = Some((essence, charset.or(kept)));
    }
    let Some((essence, charset)) = last else {
        return guessed();
    };
    let sort = match essence.as_str() {
        "text/html" => Sort::Html,
        // What Turbo puts into a page, scripts and all.
        "text/vnd.turbo-stream.html" => Sort::Part,
        "application/xhtml+xml" => Sort::Xml,
        "image/svg+xml" | "text/xml" | "application/xml" => Sort::Xml,
        "unknown/unknown" | "application/unknown" => return guessed(),
        _ => return None,
    };
    let only_shown = sort == Sort::Xml && essence != "application/xhtml+xml";
    Some(Page { sort, charset, only_shown })
}

/// Says that the body is UTF-8 now, whatever it was.
pub(crate) fn now_utf8(headers: &mut HeaderMap) {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    if let Ok(value) = HeaderValue::from_str(&format!("{essence}; charset=utf-8")) {
        headers.insert(header::CONTENT_TYPE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn validators_are_marked_and_only_marked_ones_come_back() {
        let variant = Variant::new(["policy", "1"]);
        let other = Variant::new(["policy1", ""]);
        assert_ne!(variant.0, other.0);
        for (own, kept) in
            [("\"a,b\"", true), ("W/\"x\"", true), ("\"\"", true), ("x", false), ("\"", false), ("\"a\"b\"", false)]
        {
            let mut headers = of(&[("etag", own)]);
            variant.mark(&mut headers);
            assert_eq!(headers.contains_key("etag"), kept, "{own}");
            let Some(marked) = headers.get("etag").map(|tag| tag.to_str().unwrap().to_owned()) else { continue };
            assert!(marked.ends_with("\"") && marked != own, "{marked}");
            let mut request = of(&[("if-none-match", &format!("\"z\", {marked}")), ("if-none-match", own)]);
            variant.unmark(&mut request);
            assert_eq!(request.get_all("if-none-match").iter().collect::<Vec<_>>(), [own]);
            let mut request = of(&[("if-none-match", &marked)]);
            other.unmark(&mut request);
            assert!(request.is_empty(), "{marked} of another policy");
        }
        let mut request = of(&[("if-none-match", "*")]);
        variant.unmark(&mut request);
        assert!(request.is_empty());
    }

    #[test]
    fn what_depends_on_the_visitor_is_kept_by_no_shared_cache() {
        let mut headers = of(&[
            ("cache-control", "public, s-maxage=600"),
            ("expires", "x"),
            ("x-accel-expires", "600"),
            ("surrogate-control", "max-age=600"),
            ("cdn-cache-control", "max-age=600"),
            ("cloudflare-cdn-cache-control", "max-age=600"),
            ("x-litespeed-cache-control", "public"),
        ]);
        assert!(is_public(&headers));
        narrow_caching(&mut headers);
        assert!(!is_public(&headers));
        assert_eq!(headers, of(&[("vary", "Cookie, Sec-GPC"), ("cache-control", "private, no-cache")]));
        assert!(!is_public(&of(&[("cache-control", "max-age=600")])));
        // Several lines are one list, whichever of them forbids to keep it.
        let mut headers = of(&[("cache-control", "max-age=600"), ("cache-control", "No-Store")]);
        narrow_caching(&mut headers);
        assert_eq!(headers, of(&[("vary", "Cookie, Sec-GPC"), ("cache-control", "no-store")]));
        // Nobody else on the way may change the page, as before.
        for (before, after) in [
            ("max-age=600, No-Transform", "private, no-cache, no-transform"),
            ("no-transform, no-store", "no-store, no-transform"),
        ] {
            let mut headers = of(&[("cache-control", before)]);
            narrow_caching(&mut headers);
            assert_eq!(headers["cache-control"], after);
        }
    }

    #[test]
    fn what_is_read_by_its_destination() {
        for (kind, depends) in
            [("image/svg+xml", true), ("text/xml", true), ("text/html", false), ("image/png", false), ("", true)]
        {
            let found = page(&of(&[("content-type", kind)])).is_some_and(|page| page.depends_on_destination());
            assert_eq!(found, depends, "{kind}");
        }
    }

    #[test]
    fn media_types_in_any_writing() {
        for (value, shown, expected) in [
            ("text/html", false, Some((Sort::Html, None))),
            ("Text/HTML; Charset=\"Windows-1251\"", false, Some((Sort::Html, Some("windows-1251")))),
            ("text/html; charset=utf-8", false, Some((Sort::Html, Some("utf-8")))),
            ("text/css", true, None),
            ("text/plain, text/html;charset=utf-8", false, Some((Sort::Html, Some("utf-8")))),
            ("text/html;charset=utf-16le, text/html", false, Some((Sort::Html, Some("utf-16le")))),
            ("text/html;charset=utf-16le, text/plain, text/html", false, Some((Sort::Html, None))),
            ("text/html;charset=utf-16le, */*", false, Some((Sort::Html, Some("utf-16le")))),
            ("text/html;a=\";charset=utf-16le;\";charset=utf-8", false, Some((Sort::Html, Some("utf-8")))),
            ("text/plain;<, text/html", false, Some((Sort::Html, None))),
            ("application/xhtml+xml;charset=utf-8", false, Some((Sort::Xml, Some("utf-8")))),
            ("text/vnd.turbo-stream.html; charset=utf-8", false, Some((Sort::Part, Some("utf-8")))),
            ("image/svg+xml", false, None),
            ("image/svg+xml", true, Some((Sort::Xml, None))),
            ("text/plain", true, None),
            ("application/json", true, None),
            ("", true, Some((Sort::Unknown, None))),
            ("html", true, Some((Sort::Unknown, None))),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            let found = page(&headers).filter(|page| shown || !page.only_shown).map(|page| (page.sort, page.charset));
            assert_eq!(found, expected.map(|(sort, charset)| (sort, charset.map(str::to_owned))), "{value}");
        }
        assert_eq!(page(&HeaderMap::new()).unwrap().sort, Sort::Unknown);
        let mut headers = HeaderMap::new();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        assert_eq!(page(&headers), None);
    }
}
