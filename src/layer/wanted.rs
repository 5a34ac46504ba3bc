//! What a request asks for: a page to be shown, a part of one, or something else.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What the browser wants it for (Fetch Metadata, 2.1).
static DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// What scripts send with a request for HTML that they put into a page.
static FRAGMENTS: [HeaderName; 4] = [
    HeaderName::from_static("hx-request"),
    HeaderName::from_static("x-requested-with"),
    HeaderName::from_static("turbo-frame"),
    HeaderName::from_static("x-pjax"),
];
/// What scripts send when it is a whole page after all, which takes the place of the one shown.
static WHOLE: [HeaderName; 2] =
    [HeaderName::from_static("hx-boosted"), HeaderName::from_static("hx-history-restore-request")];
/// What a browser renders, whatever asked for it.
const SHOWN: [&[u8]; 6] = [b"document", b"iframe", b"frame", b"fencedframe", b"embed", b"object"];
/// What a script asked for.
const BY_SCRIPT: &[u8] = b"empty";

/// What a request asks for, as far as its response must know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Something the browser shows by itself.
    pub(super) shown: bool,
    /// Something that may be shown, now or by a script.
    pub(super) may_be_shown: bool,
    /// HTML that becomes a part of a page that has its banner already.
    pub(super) fragment: bool,
}

impl Wanted {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let shown = is_shown(headers);
        let may_be_shown = shown || destination(headers).is_none_or(|destination| destination == BY_SCRIPT);
        Self { shown, may_be_shown, fragment: is_fragment(headers) }
    }
}

/// Says whether the browser asks for something to show by itself.
fn is_shown(headers: &HeaderMap) -> bool {
    match destination(headers) {
        Some(destination) => SHOWN.contains(&destination),
        // An older browser; readers of feeds do not ask for HTML.
        None => takes_pages(headers, false) == Some(true),
    }
}

/// Says whether a browser may render what it gets: by the destination it names, and where that is a script or none, by
/// what it accepts. Who accepts everything may get a page.
pub(super) fn may_become_a_page(headers: &HeaderMap) -> bool {
    match destination(headers) {
        Some(destination) if destination != BY_SCRIPT => SHOWN.contains(&destination),
        _ => takes_pages(headers, true).unwrap_or(true),
    }
}

/// Says whether the HTML becomes a part of a page that has its banner already.
fn is_fragment(headers: &HeaderMap) -> bool {
    let destination = destination(headers);
    if destination.is_none_or(|destination| destination == BY_SCRIPT)
        && WHOLE.iter().any(|name| headers.get(name).is_some_and(|value| value == "true"))
    {
        return false;
    }
    destination.is_some_and(|destination| destination != b"document")
        || FRAGMENTS.iter().any(|name| headers.contains_key(name))
}

fn destination(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(&DESTINATION).map(HeaderValue::as_bytes)
}

/// Says whether `Accept` takes HTML or XHTML: of its ranges the most exact one decides, and a weight of 0 is a refusal
/// (RFC 9110, 12.5.1). `everything` lets `*/*` count. `None` where there is no such header, or one that cannot be read.
fn takes_pages(headers: &HeaderMap, everything: bool) -> Option<bool> {
    let mut found = false;
    // How exact the range was that spoke of the type, and whether it takes it; of equals one that takes counts.
    let (mut html, mut xhtml) = (None, None);
    // Several headers are one list.
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().ok()?.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            if name.is_empty() {
                continue;
            }
            found = true;
            let refused = parts
                .filter_map(|part| part.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
                .is_some_and(|(_, weight)| weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0));
            match name.as_str() {
                "text/html" => html = html.max(Some((2, !refused))),
                "application/xhtml+xml" => xhtml = xhtml.max(Some((2, !refused))),
                "text/*" => html = html.max(Some((1, !refused))),
                "application/*" => xhtml = xhtml.max(Some((1, !refused))),
                "*/*" if everything => {
                    html = html.max(Some((0, !refused)));
                    xhtml = xhtml.max(Some((0, !refused)));
                }
                _ => {}
            }
        }
    }
    found.then(|| [html, xhtml].into_iter().flatten().any(|(_, taken): (u8, bool)| taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn who_takes_pages() {
        // (ranges, with `*/*`, without)
        for (lines, page, shown) in [
            (&["text/html"][..], true, true),
            (&["text/html,application/xhtml+xml"], true, true),
            (&["*/*"], true, false),
            (&["application/json, */*;q=0.1"], true, false),
            (&["application/json"], false, false),
            (&["image/avif,image/webp"], false, false),
            (&["application/json", "text/html"], true, true),
            (&["application/json", "*/*"], true, false),
            (&["text/*"], true, true),
            (&["application/json, text/*;q=0.8"], true, true),
            (&["text/*;q=0"], false, false),
            (&["application/json, text/html;q=0"], false, false),
            (&["text/html;q=0.0"], false, false),
            (&["TEXT/HTML; Q=0.000"], false, false),
            (&["text/html;q=0.1"], true, true),
            (&["text/*;q=1, text/html;q=0"], false, false),
            (&["text/html;q=0, text/*;q=1"], false, false),
            (&["text/*;q=0, text/html"], true, true),
            (&["*/*, text/html;q=0, application/xhtml+xml;q=0"], false, false),
            (&["application/xhtml+xml"], true, true),
            (&["text/html;q=0, application/*"], true, true),
            (&["application/xhtml+xml;q=0, text/*"], true, true),
            (&["text/html;q=x"], true, true),
            (&[""], true, false),
            (&[], true, false),
        ] {
            let lines: Vec<_> = lines.iter().map(|line| ("accept", *line)).collect();
            let headers = headers(&lines);
            assert_eq!(may_become_a_page(&headers), page, "{lines:?}");
            assert_eq!(is_shown(&headers), shown, "{lines:?}");
        }
        // A script that says what it takes gets that; one that does not may get a page.
        assert!(may_become_a_page(&headers(&[("sec-fetch-dest", "empty"), ("accept", "*/*")])));
        assert!(!may_become_a_page(&headers(&[("sec-fetch-dest", "empty"), ("accept", "application/json")])));
        assert!(may_become_a_page(&headers(&[("sec-fetch-dest", "document"), ("accept", "application/json")])));
        assert!(!may_become_a_page(&headers(&[("sec-fetch-dest", "image"), ("accept", "*/*")])));
    }

    #[test]
    fn parts_of_pages() {
        for (lines, fragment) in [
            (&[][..], false),
            (&[("sec-fetch-dest", "document")], false),
            (&[("sec-fetch-dest", "empty")], true),
            (&[("sec-fetch-dest", "iframe")], true),
            (&[("hx-request", "true")], true),
            (&[("x-requested-with", "XMLHttpRequest")], true),
            (&[("turbo-frame", "x")], true),
            (&[("x-pjax", "true")], true),
            // Whole pages by script.
            (&[("hx-request", "true"), ("hx-boosted", "true")], false),
            (&[("hx-request", "true"), ("hx-history-restore-request", "true"), ("sec-fetch-dest", "empty")], false),
            (&[("hx-request", "true"), ("hx-boosted", "false")], true),
            (&[("sec-fetch-dest", "iframe"), ("hx-boosted", "true")], true),
        ] {
            assert_eq!(is_fragment(&headers(lines)), fragment, "{lines:?}");
        }
    }
}
