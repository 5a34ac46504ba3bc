//! What must not reach the upstream, and what must not be believed.

use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tower_consent::proxy::Trusted;

use super::{Proxy, upstream::Upstream};

/// The second request that an attacker hides in the first.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: news.example\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn smuggled_requests_are_refused() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let post = |fields: &str, body: &str| format!("POST / HTTP/1.1\r\nHost: news.example\r\n{fields}\r\n{body}");
    let cases = [
        post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{HIDDEN}")),
        post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", &format!("0\r\n\r\n{HIDDEN}")),
        post("Transfer-Encoding: chunked\r\nX: 1\r\ncontent-length : 6\r\n", &format!("0\r\n\r\n{HIDDEN}")),
        post("Content-Length: 5\r\nContent-Length: 6\r\n", &format!("aaaaa{HIDDEN}")),
        post("Content-Length: 5, 6\r\n", &format!("aaaaa{HIDDEN}")),
        post("Content-Length: +5\r\n", &format!("aaaaa{HIDDEN}")),
        post("Content-Length: 0x5\r\n", &format!("aaaaa{HIDDEN}")),
        post("Content-Length: -1\r\n", HIDDEN),
        post("Content-Length: 99999999999999999999999\r\n", HIDDEN),
        post("Content-Length : 5\r\n", &format!("aaaaa{HIDDEN}")),
        post("Transfer-Encoding: xchunked\r\n", &format!("0\r\n\r\n{HIDDEN}")),
        post("Transfer-Encoding: chunked, identity\r\n", &format!("0\r\n\r\n{HIDDEN}")),
        post("Transfer-Encoding : chunked\r\n", &format!("0\r\n\r\n{HIDDEN}")),
        post("Transfer-Encoding:\r\n chunked\r\n", &format!("0\r\n\r\n{HIDDEN}")),
        post("X: 1\r\n obs-fold: 2\r\n", HIDDEN),
        post("X: a\rContent-Length: 5\r\n", &format!("aaaaa{HIDDEN}")),
        post("X: \0\r\n", HIDDEN),
        post("Host: other.example\r\n", HIDDEN),
        format!("POST / HTTP/1.0\r\nHost: news.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
        format!("GET http://other.example/ HTTP/1.1\r\nHost: news.example\r\n\r\n{HIDDEN}"),
        format!("GET / HTTP/1.1\r\n\r\n{HIDDEN}"),
        format!("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n{HIDDEN}"),
        "CONNECT news.example:443 HTTP/1.1\r\nHost: news.example:443\r\n\r\n".to_owned(),
        "TRACE / HTTP/1.1\r\nHost: news.example\r\n\r\n".to_owned(),
    ];
    for case in &cases {
        let answer = proxy.raw(case).await;
        let status = answer.split(' ').nth(1).unwrap_or("closed");
        assert!(matches!(status, "400" | "405" | "closed"), "{case}\n--\n{answer}");
    }
    // What a server behind must not have seen, whatever the visitor was told.
    assert!(!upstream.said().contains("/hidden"), "{}", upstream.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_lengths_are_refused_behind_another_request_too() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let both =
        "POST /both HTTP/1.1\r\nHost: news.example\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n";
    for (before, first) in [
        ("GET /headers HTTP/1.1\r\nHost: news.example\r\n\r\n", 200),
        ("POST /headers HTTP/1.1\r\nHost: news.example\r\nContent-Length: 3\r\n\r\nabc", 200),
        // What stands behind a chunked request may be its body or the next request: refused at once.
        (
            "POST /headers HTTP/1.1\r\nHost: news.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            400,
        ),
    ] {
        let answer = proxy.raw(format!("{before}{both}{HIDDEN}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {first} ")), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 400 ").count(), 1, "{before}{answer}");
    }
    assert!(!upstream.said().contains("/both") && !upstream.said().contains("/hidden"), "{}", upstream.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_pieces_of_a_body_end_the_request() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    for body in [
        "zz\r\nabc\r\n0\r\n\r\n",
        "-1\r\nabc\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\nabc\r\n",
        "3 \n\r\nabc",
    ] {
        let head = "POST /headers HTTP/1.1\r\nHost: news.example\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = proxy.raw(format!("{head}{body}{HIDDEN}")).await;
        assert!(!answer.contains(" 200 OK"), "{body}\n--\n{answer}");
    }
    assert!(!upstream.said().contains("/hidden"), "{}", upstream.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_cannot_speak_for_a_proxy_or_for_the_layer() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let forged = [
        ("tower-consent", "metrics=1, recommendations=1"),
        ("tower_consent", "metrics=1"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x_forwarded_for", "203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("connection", "close, forwarded, x-real-ip"),
    ];
    let head = proxy.get("/headers", &forged).await.text.to_ascii_lowercase();
    assert!(!head.contains("203.0.113.9") && !head.contains("evil"), "{head}");
    assert!(!head.contains("tower_consent"), "{head}");
    for expected in [
        "\r\nx-forwarded-for: 127.0.0.1\r\n",
        "\r\nx-real-ip: 127.0.0.1\r\n",
        "\r\nx-forwarded-proto: http\r\n",
        "\r\nx-forwarded-host: news.example\r\n",
        "\r\nforwarded: for=127.0.0.1;proto=http;host=\"news.example\"\r\n",
        "\r\nhost: news.example\r\n",
        "\r\nvia: 1.1 tower-consent-",
    ] {
        assert!(format!("\r\n{head}\r\n").contains(expected), "{expected}{head}");
    }
    let state = head.split("\r\n").find_map(|line| line.strip_prefix("tower-consent: ")).unwrap().to_owned();
    assert!(state.starts_with("metrics=0, recommendations=0;v=\""), "{state}");

    let proxy = Proxy::of(address, |configuration| {
        configuration.trusted = Trusted::new(["127.0.0.0/8".parse().unwrap()]);
    })
    .await;
    let head = proxy.get("/headers", &forged).await.text.to_ascii_lowercase();
    assert!(head.contains("x-real-ip: 203.0.113.9") && head.contains("tower-consent: metrics=0"), "{head}");
    assert!(!head.contains("x_forwarded_for") && !head.contains("tower_consent"), "{head}");
}

/// The header as a reader of structured fields that is not ours reads it.
#[tokio::test(flavor = "multi_thread")]
async fn the_choice_reaches_the_upstream_as_a_structured_field() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let accepted = proxy.choose("accept").await;
    let refused = proxy.choose("refuse").await;
    for (cookie, expected) in [("", [0, 0]), (accepted.as_str(), [1, 1]), (refused.as_str(), [0, 0])] {
        let head = proxy.get("/headers", &[("cookie", cookie)]).await.text;
        let value = head.lines().find_map(|line| line.strip_prefix("tower-consent: ")).unwrap();
        let read: sfv::Dictionary = sfv::Parser::new(value).parse().unwrap();
        let members: Vec<(&str, i64)> = read
            .iter()
            .map(|(name, entry)| match entry {
                sfv::ListEntry::Item(item) => (name.as_str(), item.bare_item.as_integer().unwrap().into()),
                sfv::ListEntry::InnerList(_) => panic!("{value}"),
            })
            .collect();
        assert_eq!(members, [("metrics", expected[0]), ("recommendations", expected[1])]);
        let sfv::ListEntry::Item(last) = &read["recommendations"] else { panic!("{value}") };
        let version = last.params["v"].as_string().unwrap().as_str();
        assert!(crate::news_site::policy().version().starts_with(version) && version.len() == 16, "{value}");
        assert_eq!(sfv::FieldType::serialize(&read).unwrap(), value, "in the canonical form");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trailers_say_nothing_of_the_choice() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let answer = proxy
        .raw(
            "POST /headers HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
             Trailer: tower-consent, x-sum, x-forwarded-for\r\n\r\n3\r\nabc\r\n0\r\nTower-Consent: metrics=1\r\n\
             X-Forwarded-For: 203.0.113.9\r\nX-Sum: 42\r\n\r\n",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let said = upstream.said().to_ascii_lowercase();
    assert!(said.contains("x-sum: 42"), "{said}");
    assert!(!said.contains("tower-consent: metrics=1") && !said.contains("203.0.113.9"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::of(address, |configuration| {
        configuration.limits.header = 8192;
        configuration.limits.headers = 20;
        configuration.limits.body = 1000;
        configuration.time_outs.header = Duration::from_millis(600);
        configuration.time_outs.body = Duration::from_millis(600);
        configuration.time_outs.idle = Duration::from_millis(600);
    })
    .await;
    let long = format!("GET /headers HTTP/1.1\r\nHost: news.example\r\nX: {}\r\n\r\n", "x".repeat(20_000));
    assert!(proxy.raw(long).await.starts_with("HTTP/1.1 431 "));
    let many = format!("GET /headers HTTP/1.1\r\nHost: news.example\r\n{}\r\n", "X: 1\r\n".repeat(30));
    assert!(proxy.raw(many).await.starts_with("HTTP/1.1 431 "));
    let declared =
        format!("POST /headers HTTP/1.1\r\nHost: news.example\r\nContent-Length: 2000\r\n\r\n{}", "x".repeat(2000));
    assert!(proxy.raw(declared).await.starts_with("HTTP/1.1 413 "));
    let pieces = format!("3e8\r\n{}\r\n", "x".repeat(1000)).repeat(2);
    let chunked =
        format!("POST /headers HTTP/1.1\r\nHost: news.example\r\nTransfer-Encoding: chunked\r\n\r\n{pieces}0\r\n\r\n");
    assert!(proxy.raw(chunked).await.starts_with("HTTP/1.1 413 "));
    let slow = "POST /headers HTTP/1.1\r\nHost: news.example\r\nContent-Length: 10\r\n\r\nabc";
    assert!(proxy.raw(slow).await.starts_with("HTTP/1.1 408 "));
    for silent in ["", "GET /head", "GET /headers HTTP/1.1\r\nHost: news.example\r\n\r\n"] {
        let mut stream = TcpStream::connect(proxy.address).await.unwrap();
        stream.write_all(silent.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "{silent:?} keeps a connection for ever");
    }
    assert!(!upstream.said().contains("/head "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_back_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let own = super::path(&folder, "loop.sock");
    let address = format!("unix:{}", own.display());
    let proxy = Proxy::of(([127, 0, 0, 1], 1).into(), |configuration| {
        use tower_consent::proxy::{Listener, Secured};
        configuration.listeners.push(Listener::new(address.parse().unwrap(), Secured::Plain));
        configuration.sites[0].upstreams = vec![address.parse().unwrap()];
    })
    .await;
    assert_eq!(proxy.get("/", &[]).await.status, 508);
}

#[tokio::test(flavor = "multi_thread")]
async fn http2_is_spoken_without_tls_too_and_its_cookies_become_one_line() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let stream = TcpStream::connect(proxy.address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let body = StreamBody::new(tokio_stream::iter([Ok::<_, std::io::Error>(Frame::data(Bytes::new()))]));
    let request = http::Request::get("http://news.example/headers").header("cookie", "a=1").header("cookie", "b=2");
    let response = sender.send_request(request.body(body).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    let head = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(head.starts_with("GET /headers HTTP/1.1\r\n") && head.contains("cookie: a=1; b=2"), "{head}");
    assert!(head.contains("host: news.example") && head.contains("via: 2.0 tower-consent-"), "{head}");
}

/// An answer to `GET` may be kept for everyone, so nobody is named; what is sent is answered to its sender.
#[tokio::test(flavor = "multi_thread")]
async fn where_pages_are_for_everyone_the_upstream_hears_of_nobody() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in crate::news_site::policy().files() {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let gate = if name == "policy.toml" { "\n[gate]\npages = \"neutral\"\n" } else { "" };
        std::fs::write(file, format!("{text}{gate}")).unwrap();
    }
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::of(address, |configuration| configuration.sites[0].policy = folder.path().to_owned()).await;
    let token = proxy.get("/_consent/", &[]).await.token();
    let answer = proxy.post("/_consent/choice", format!("choice=accept&token={token}&back=/"), "").await;
    let cookie = answer.choice();
    let told = |text: &str| text.lines().find_map(|line| line.strip_prefix("tower-consent: ")).unwrap().to_owned();
    let got = proxy.get("/headers", &[("cookie", &cookie)]).await;
    assert!(told(&got.text).starts_with("metrics=0, recommendations=0;"), "{}", got.text);
    assert!(got.headers.get("cache-control").is_none_or(|value| value != "private, no-cache"), "{:?}", got.headers);
    let request = http::Request::post("/headers").header("cookie", &cookie).header("content-length", "0");
    let sent = proxy.ask(request.body(http_body_util::Full::default()).unwrap()).await;
    assert!(told(&sent.text).starts_with("metrics=1, recommendations=1;"), "{}", sent.text);
}
