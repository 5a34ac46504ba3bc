//! Bodies and heads of every sort through the layer: what is left alone, what is gated, what is corrected.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_consent::{ConsentLayer, store::Memory};

use super::news_site::policy;

/// A page with something of a refused service in it, and what becomes of that.
const PAGE: &str = "<!DOCTYPE html><html><body><p>news</p><img src=https://counter.yadro.ru/hit></body></html>";
const LIVE: &str = "<img src=https://counter.yadro.ru/hit>";
const INERT: &str = "data-tc-src=https://counter.yadro.ru/hit>";
const BANNER: &str = "<section id=\"tc\"";

/// What an inner service answers.
struct Answer {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn answer(kind: &str, body: impl AsRef<[u8]>) -> Answer {
    let headers = if kind.is_empty() { Vec::new() } else { vec![("content-type", kind.to_owned())] };
    Answer { status: StatusCode::OK, headers, body: body.as_ref().to_vec() }
}

impl Answer {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn status(mut self, status: u16) -> Self {
        self.status = StatusCode::from_u16(status).unwrap();
        self
    }
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    /// `None` where the gate cut the body off.
    body: Option<Vec<u8>>,
}

impl Got {
    fn text(&self) -> String {
        String::from_utf8_lossy(self.body.as_deref().expect("the body is whole")).into_owned()
    }

    fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    fn assert_gated(&self, what: &str) {
        let text = self.text();
        assert!(!text.contains(LIVE) && text.contains(INERT), "{what}: {text}");
    }
}

/// Sends a request through the layer; the inner service answers in pieces of a size.
async fn send(request: Request<String>, answer: &Answer, size: usize) -> Got {
    let layer = ConsentLayer::new(policy(), Memory::default()).unwrap();
    let pieces: Vec<Result<Frame<Bytes>, std::convert::Infallible>> =
        answer.body.chunks(size).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    let response = response.body(StreamBody::new(tokio_stream::iter(pieces))).unwrap();
    let response = std::sync::Mutex::new(Some(response));
    let inner = service_fn(move |_: Request<String>| {
        let response = response.lock().unwrap().take().unwrap();
        async move { Ok::<_, std::convert::Infallible>(response) }
    });
    let (head, body) = layer.layer(inner).ready().await.unwrap().call(request).await.unwrap().into_parts();
    let body = body.collect().await.ok().map(|body| body.to_bytes().to_vec());
    Got { status: head.status, headers: head.headers, body }
}

async fn got(answer: &Answer) -> Got {
    send(Request::get("/a/b").body(String::new()).unwrap(), answer, 4096).await
}

fn asked(name: &str, value: &str) -> Request<String> {
    Request::get("/").header(name, value).body(String::new()).unwrap()
}

/// What is no page goes through byte for byte, with its head as it is.
#[tokio::test]
async fn what_is_no_page_is_left_alone() {
    for (kind, body) in [
        ("application/json", PAGE),
        ("text/plain", PAGE),
        ("text/event-stream", "data: <img src=https://counter.yadro.ru/hit>\n\n"),
        ("image/svg+xml", "<svg><image href='https://counter.yadro.ru/hit'/></svg>"),
        ("application/rss+xml", "<rss><image src='https://counter.yadro.ru/hit'/></rss>"),
        ("application/xml", "<a src='https://counter.yadro.ru/hit'/>"),
        ("application/octet-stream", PAGE),
    ] {
        let answer =
            answer(kind, body).with("content-length", "7").with("etag", "\"1\"").with("cache-control", "max-age=9");
        let got = got(&answer).await;
        assert_eq!(got.text(), body, "{kind}");
        assert!(got.has("content-length") && got.has("etag"), "{kind}");
        assert_eq!(got.headers["cache-control"], "max-age=9", "{kind}");
    }
}

/// A body of no type is a page where a browser would take it for one.
#[tokio::test]
async fn bodies_without_a_type_are_read_as_a_browser_guesses() {
    for (kind, page) in [("", true), ("*/*", true), ("html", true), ("unknown/unknown", true), ("text/x", false)] {
        let got = got(&answer(kind, PAGE)).await;
        assert_eq!(got.text().contains(INERT), page, "`{kind}`");
    }
    for body in
        ["\u{89}PNG <img src=https://counter.yadro.ru/hit>", "{\"a\":\"<img src=https://counter.yadro.ru/hit>\"}", ""]
    {
        for size in [1, 4096] {
            let request = Request::get("/").body(String::new()).unwrap();
            assert_eq!(send(request, &answer("", body), size).await.text(), body);
        }
    }
    let nosniff = answer("", PAGE).with("x-content-type-options", "nosniff");
    assert_eq!(got(&nosniff).await.text(), PAGE);
    let picture = send(asked("sec-fetch-dest", "image"), &answer("", PAGE), 9).await;
    assert_eq!(picture.text(), PAGE);
}

#[tokio::test]
async fn pages_of_xml_are_read_as_xml() {
    let xhtml = "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><head><script/>\
                 <title>x<!-- > --></title></head><body><![CDATA[<img src='a'/>]]>\
                 <h:script xmlns:h='http://www.w3.org/1999/xhtml'>//mc.yandex.ru/metrika</h:script>\
                 <img src='https://counter.yadro.ru/hit'/></body></html>";
    for size in [1, 4096] {
        let request = Request::get("/").body(String::new()).unwrap();
        let text = send(request, &answer("application/xhtml+xml", xhtml), size).await.text();
        assert!(text.contains("<img data-tc=\"metrics\" data-tc-src='https://counter.yadro.ru/hit'/>"), "{text}");
        assert!(text.contains("<h:script type=\"text/plain\" data-tc=\"metrics\" xmlns:h="), "{text}");
        assert!(text.contains("<![CDATA[<img src='a'/>]]>"), "{text}");
        assert!(!text.contains(BANNER), "{text}");
    }
    let styled =
        "<?xml-stylesheet href='https://smi2.ru/a.css'?><svg><image href='https://counter.yadro.ru/hit'/></svg>";
    let text = send(asked("sec-fetch-dest", "iframe"), &answer("image/svg+xml", styled), 3).await.text();
    assert_eq!(
        text,
        "<?tc-xml-stylesheet href='https://smi2.ru/a.css'?>\
         <svg><image data-tc=\"metrics\" data-tc-href='https://counter.yadro.ru/hit'/></svg>"
    );
    // Entities may stand for any markup.
    let entities = "<!DOCTYPE a [<!ENTITY e \"<img src='https://counter.yadro.ru/hit'/>\">]><a>&e;</a>";
    assert!(got(&answer("application/xhtml+xml", entities)).await.body.is_none());
    let doctype = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\"><html/>";
    assert_eq!(got(&answer("application/xhtml+xml", doctype)).await.text(), doctype);
}

#[tokio::test]
async fn statuses_without_a_body_and_parts() {
    for (method, status) in
        [(Method::HEAD, 200), (Method::GET, 204), (Method::GET, 205), (Method::GET, 304), (Method::GET, 103)]
    {
        let answer = answer("text/html", "")
            .status(status)
            .with("content-length", "5")
            .with("link", "<https://mc.yandex.ru>; rel=preconnect, </own.css>; rel=preload");
        let request = Request::builder().method(method.clone()).uri("/").body(String::new()).unwrap();
        let got = send(request, &answer, 9).await;
        assert_eq!((got.status.as_u16(), got.text()), (status, String::new()));
        assert_eq!(got.headers["link"], "</own.css>; rel=preload");
        assert!(!got.has("content-length"), "a page would have another length");
    }
    // Nobody asked for a part, for the header was taken away: what comes all the same is not let out.
    let part = answer("text/html", &PAGE[20..]).status(206).with("content-range", "bytes 20-99/100");
    assert_eq!(got(&part).await.status, StatusCode::BAD_GATEWAY);
    let part = answer("video/mp4", "abc").status(206).with("content-range", "bytes 20-22/100");
    let got = got(&part).await;
    assert_eq!((got.status.as_u16(), got.text()), (206, "abc".to_owned()));
    assert!(got.has("content-range"));
}

#[tokio::test]
async fn attachments_fragments_errors_and_empty_pages() {
    let attachment = answer("text/html", PAGE).with("content-disposition", " Attachment; filename=x.html");
    assert_eq!(got(&attachment).await.text(), PAGE);
    let inline = answer("text/html", PAGE).with("content-disposition", "inline");
    got(&inline).await.assert_gated("inline");
    for (name, value) in [
        ("hx-request", "true"),
        ("x-requested-with", "XMLHttpRequest"),
        ("turbo-frame", "x"),
        ("x-pjax", "true"),
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-dest", "iframe"),
    ] {
        let got = send(asked(name, value), &answer("text/html", PAGE), 5).await;
        got.assert_gated(name);
        assert!(!got.text().contains(BANNER), "{name}");
    }
    for status in [400, 404, 500, 503] {
        let got = got(&answer("text/html", PAGE).status(status)).await;
        got.assert_gated("an error page");
        assert!(got.text().contains(BANNER));
        assert_eq!(got.status.as_u16(), status);
    }
    assert_eq!(got(&answer("text/html", "")).await.text(), "");
    let posted = Request::post("/").body(String::new()).unwrap();
    send(posted, &answer("text/html", PAGE), 5).await.assert_gated("after a POST");
}

#[tokio::test]
async fn heads_are_corrected() {
    let mut page = answer("text/html; charset=utf-8", PAGE);
    let gone = [
        "content-length",
        "etag",
        "last-modified",
        "accept-ranges",
        "content-md5",
        "digest",
        "content-digest",
        "repr-digest",
        "expires",
        "surrogate-control",
        "cdn-cache-control",
    ];
    for name in gone {
        page = page.with(name, "1");
    }
    let page = page.with("cache-control", "public, max-age=600, s-maxage=900").with("vary", "Accept");
    let got = got(&page).await;
    for name in gone {
        assert!(!got.has(name), "{name}");
    }
    assert_eq!(got.headers["cache-control"], "private, no-cache");
    let vary: Vec<_> = got.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.contains(&"Accept") && vary.iter().any(|value| value.contains("Cookie")), "{vary:?}");
    assert_eq!(got.headers["content-type"], "text/html; charset=utf-8");
}

#[tokio::test]
async fn headers_that_make_a_browser_ask_a_refused_service() {
    for (name, value, expected) in [
        ("link", "<https://mc.yandex.ru>; rel=\"preconnect\"", None),
        ("link", "</a,b.css>; rel=preload, <//smi2.ru/x.js>; rel=preload; as=script", Some("</a,b.css>; rel=preload")),
        ("link", "<https://smi2.ru/>; rel=canonical", Some("<https://smi2.ru/>; rel=canonical")),
        ("link", "</a.png>; rel=preload; imagesrcset=\"https://smi2.ru/a 1x\"", None),
        ("link", "<https://smi2.ru/x.js>; title=\";rel=canonical\"; rel=preload; as=script", None),
        ("link", "<https://smi2.ru/x.js>; rel=canonical; rel=preload; as=script", None),
        // Where a quote is open, escaped or single, a comma ends a link for one browser and not for another.
        ("link", "</a>; title=\"open, <https://smi2.ru/x.js>; rel=preload; as=script", None),
        ("link", "</a>; title=\"a\\\", <https://smi2.ru/x.js>; rel=preload; as=script; b=\"", None),
        ("link", "<https://smi2.ru/x.js>; title='a, b'; rel=preload; as=script", None),
        ("link", "<https://smi2.ru/x.js>; \"=x; rel=\"preload\"", None),
        ("link", "</a.png>; rel=preload; title=\"; imagesrcset=\"https://smi2.ru/a 1x\"", None),
        ("link", "</a>; title=\"open, </b.js>; rel=preload", Some("</a>; title=\"open, </b.js>; rel=preload")),
        (
            "link",
            "<https://smi2.ru/>; title=\"; rel=preload\"; rel=canonical",
            Some("<https://smi2.ru/>; title=\"; rel=preload\"; rel=canonical"),
        ),
        ("refresh", "3; url=https://smi2.ru/", None),
        ("refresh", "3; url=/next", Some("3; url=/next")),
        ("reporting-endpoints", "a=\"/own\", b=\"https://mc.yandex.ru/r\"", Some("a=\"/own\"")),
        ("speculation-rules", "\"https://smi2.ru/rules.json\"", None),
        ("report-to", "{\"group\":\"g\",\"endpoints\":[{\"url\":\"https://smi2.ru/r\"}]}", None),
        (
            "content-security-policy",
            "script-src 'self'; report-uri https://smi2.ru/r /own",
            Some("script-src 'self'; report-uri /own"),
        ),
        ("set-cookie", "_ym_uid=1; Path=/", None),
        ("set-cookie", "session=1; Path=/", Some("session=1; Path=/")),
    ] {
        for kind in ["text/html", "text/css"] {
            let got = got(&answer(kind, "").with(name, value)).await;
            assert_eq!(got.headers.get(name).map(|value| value.to_str().unwrap()), expected, "{name}: {value}");
        }
    }
    let reports = answer("text/html", "")
        .with("report-to", "{\"group\":\"g\",\"endpoints\":[{\"url\":\"https://smi2.ru/r\"}]}")
        .with("nel", "{\"report_to\":\"g\",\"max_age\":9}");
    assert!(!got(&reports).await.has("nel"));
}

/// Charsets: declared in the head, by a mark, in the page, not at all.
#[tokio::test]
async fn charsets() {
    let text = "<!DOCTYPE html><title>Новости</title><body>привет<img src=https://counter.yadro.ru/hit>";
    for label in ["windows-1251", "koi8-r", "utf-8", "iso-8859-5", "x-mac-cyrillic"] {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        let bytes = encoding.encode(text).0;
        for kind in [format!("text/html; charset={label}"), "text/html".to_owned()] {
            let out = got(&answer(&kind, &bytes)).await.body.unwrap();
            let (decoded, _, broken) = encoding.decode(&out);
            assert!(!broken && decoded.contains("привет<img data-tc="), "{kind}: {decoded}");
            assert!(decoded.contains("<body><section id=\"tc\""), "{kind}: {decoded}");
        }
    }
    // What is not ASCII in any way comes as UTF-8, with its mark.
    let utf16 = |big: bool, mark: bool| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for (kind, bytes) in [
        ("text/html; charset=utf-16", utf16(false, false)),
        ("text/html; charset=utf-16be", utf16(true, false)),
        ("text/html; charset=utf-16le", utf16(false, true)),
        ("text/html; charset=utf-8", utf16(false, true)),
        ("text/html", utf16(true, true)),
        ("text/html; charset=iso-2022-jp", text.replace(|c: char| !c.is_ascii(), "x").into_bytes()),
    ] {
        for size in [1, 3, 4096] {
            let request = Request::get("/").body(String::new()).unwrap();
            let got = send(request, &answer(kind, &bytes), size).await;
            let out = got.text();
            assert!(out.starts_with('\u{feff}') && out.contains("<img data-tc="), "{kind}: {out}");
            assert!(out.contains("<body><section id=\"tc\""), "{kind}: {out}");
            let declared = got.headers["content-type"].to_str().unwrap();
            assert!(!declared.contains("utf-16") && !declared.contains("2022"), "{declared}");
        }
    }
    // A mark stays the first.
    let marked = format!("\u{feff}<!-- a -->\n{PAGE}");
    let out = got(&answer("text/html", &marked)).await.text();
    assert!(out.starts_with("\u{feff}<!-- a -->\n<!DOCTYPE html><html><body><section"), "{out}");
    let out = got(&answer("text/html", "\u{feff}text alone")).await.text();
    assert!(out.starts_with("\u{feff}<section") && out.contains("</section>text alone<section id=\"tc-l\""), "{out}");
    // Some browsers would guess this to be ISO-2022-JP, in which more is markup.
    let shifts = "<body><scr\u{1b}(Bipt src=https://mc.yandex.ru/x></script>";
    assert!(got(&answer("text/html", shifts)).await.body.is_none());
    assert!(got(&answer("text/html; charset=utf-8", shifts)).await.body.is_some());
}

/// An address with letters of its own, in the charset of its page.
#[tokio::test]
async fn addresses_of_other_alphabets() {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    text.push_str(
        "\n[[service]]\nid = \"kraj\"\ntitle = \"x\"\npurpose = \"metrics\"\noperator = \"x\"\ncountry = \"RU\"\n\
         hosts = [\"xn--e1afmkfd.xn--p1ai\"]\n",
    );
    let (policy, faults) = tower_consent::Policy::check(files);
    let policy = policy.unwrap_or_else(|| panic!("{faults:?}"));
    let page = "<body><img src=//пример.рф/x><img src=//ПРИМЕР.РФ:8080/x><img src='//xn--e1afmkfd.xn--p1ai/x'>";
    for label in ["windows-1251", "utf-8"] {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
        for kind in ["text/html; charset=windows-1251", "text/html; charset=utf-8", "text/html"] {
            if kind.contains("charset") && !kind.contains(label) {
                continue;
            }
            let bytes = encoding.encode(page).0;
            let out = super::corpus::through(&layer, &bytes, 9, kind, "").await.unwrap();
            assert_eq!(encoding.decode(&out).0.matches("data-tc-src").count(), 3, "{label} as {kind}");
        }
    }
}

#[cfg(feature = "encodings")]
pub(crate) mod coded {
    use std::io::{Read, Write};

    use super::*;

    fn coded(coding: &str, plain: &[u8]) -> Vec<u8> {
        match coding {
            "gzip" => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap()
            }
            "deflate" => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap()
            }
            "raw deflate" => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap()
            }
            "br" => {
                let mut out = Vec::new();
                brotli::CompressorWriter::new(&mut out, 4096, 9, 22).write_all(plain).unwrap();
                out
            }
            "zstd" => zstd::encode_all(plain, 9).unwrap(),
            other => panic!("{other}"),
        }
    }

    pub(crate) fn plain(coding: &str, coded: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match coding {
            "gzip" => flate2::read::GzDecoder::new(coded).read_to_end(&mut out).map(drop),
            "deflate" => flate2::read::ZlibDecoder::new(coded).read_to_end(&mut out).map(drop),
            "br" => brotli::Decompressor::new(coded, 4096).read_to_end(&mut out).map(drop),
            "zstd" => zstd::stream::copy_decode(coded, &mut out),
            other => panic!("{other}"),
        }
        .unwrap();
        out
    }

    #[tokio::test]
    async fn coded_pages_are_gated_and_coded_again() {
        let filler: String = (0..3_000).map(|number| format!("<p class=a{number}>text {number}</p>")).collect();
        let page = PAGE.replace("<p>news</p>", &filler);
        let as_plain = got(&answer("text/html; charset=utf-8", &page)).await.text();
        let without_token = |text: &str| text.split("</section>").nth(1).unwrap().to_owned();
        for coding in ["gzip", "deflate", "raw deflate", "br", "zstd"] {
            let bytes = coded(coding, page.as_bytes());
            let name = coding.trim_start_matches("raw ");
            for size in [1, 100, 1 << 20] {
                let answer = answer("text/html; charset=utf-8", &bytes)
                    .with("content-encoding", name)
                    .with("content-length", "99");
                let request = Request::get("/a/b").body(String::new()).unwrap();
                let got = send(request, &answer, size).await;
                assert_eq!(got.headers["content-encoding"], name);
                assert!(!got.has("content-length"));
                let text = String::from_utf8(plain(name, &got.body.expect(coding))).unwrap();
                assert_eq!(without_token(&text), without_token(&as_plain), "{coding} in pieces of {size}");
            }
        }
    }

    #[tokio::test]
    async fn bombs_broken_and_unknown_codings_are_cut_off() {
        let zeros = vec![b' '; 20 << 20];
        for coding in ["gzip", "br", "zstd"] {
            let bomb = coded(coding, &zeros);
            let got = got(&answer("text/html", &bomb).with("content-encoding", coding)).await;
            // Deflate cannot grow more than a page might; it is followed piece by piece.
            assert_eq!(got.body.is_none(), coding != "gzip", "{coding} of {} bytes", bomb.len());
        }
        let whole = coded("gzip", PAGE.as_bytes());
        for (name, body) in [
            ("gzip", whole[..whole.len() - 12].to_vec()),
            ("gzip", PAGE.as_bytes().to_vec()),
            ("br", vec![0xff; 100]),
            ("zstd", PAGE.as_bytes().to_vec()),
        ] {
            assert!(got(&answer("text/html", &body).with("content-encoding", name)).await.body.is_none(), "{name}");
        }
        for name in ["compress", "gzip, br", "x", "dcb"] {
            let got = got(&answer("text/html", &whole).with("content-encoding", name)).await;
            assert_eq!(got.status, StatusCode::BAD_GATEWAY, "{name}");
        }
        let identity = got(&answer("text/html", PAGE).with("content-encoding", "identity")).await;
        identity.assert_gated("identity");
    }
}

/// What is asked of the inner service, and what is not.
#[tokio::test]
async fn the_inner_service_is_asked_for_whole_plain_pages() {
    let layer = ConsentLayer::new(policy(), Memory::default()).unwrap();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(HeaderMap::new()));
    let kept = seen.clone();
    let inner = service_fn(move |request: Request<String>| {
        *kept.lock().unwrap() = request.headers().clone();
        async { Ok::<_, std::convert::Infallible>(Response::new(String::new())) }
    });
    let request = Request::get("/")
        .header(header::ACCEPT_ENCODING, "gzip, br")
        .header(header::IF_NONE_MATCH, "\"1\"")
        .header(header::RANGE, "bytes=0-9")
        .header(header::ACCEPT, "text/html")
        .body(String::new())
        .unwrap();
    layer.layer(inner).ready().await.unwrap().call(request).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[header::ACCEPT_ENCODING], "identity");
    assert!(!seen.contains_key(header::IF_NONE_MATCH) && !seen.contains_key(header::RANGE));
}
