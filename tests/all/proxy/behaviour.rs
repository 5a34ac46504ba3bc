//! Pages, choices, streams, upgrades, failures of the upstream.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
};
use tower_consent::proxy::{AccessLog, Listener, LoggedPath, Secured, SiteConfiguration};

use super::{Proxy, path, upstream::Upstream};
use crate::news_site::{METRICS, PAGE, RECOMMENDATIONS, Shared};

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_asked_chooses_and_withdraws() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    for page in ["/", "/chunked"] {
        let first = proxy.get(page, &[("accept", "text/html")]).await;
        assert_eq!(first.status, 200);
        assert!(first.text.contains("<section id=\"tc\""), "{page}: {}", first.text);
        assert!(!first.text.contains(METRICS) && !first.text.contains(RECOMMENDATIONS), "{page}: {}", first.text);
    }
    let cookie = proxy.choose("accept").await;
    let accepted = proxy.get("/", &[("cookie", &cookie)]).await;
    assert!(accepted.text.contains(METRICS) && accepted.text.contains(RECOMMENDATIONS), "{}", accepted.text);
    assert!(!accepted.text.contains("<section id=\"tc\""));
    let refused = proxy.choose("refuse").await;
    let page = proxy.get("/", &[("cookie", &refused)]).await;
    assert!(!page.text.contains(METRICS) && !page.text.contains("<section id=\"tc\""), "{}", page.text);
    let withdrawn = proxy.post("/_consent/withdraw", String::new(), &cookie).await;
    assert_eq!(withdrawn.status, 303, "{}", withdrawn.text);
    let page = proxy.get("/", &[("cookie", &withdrawn.choice())]).await;
    assert!(!page.text.contains(METRICS), "{}", page.text);
    let centre = proxy.get("/_consent/", &[]).await;
    assert!(centre.text.contains("/_consent/withdraw"), "{}", centre.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_comes_compressed_is_gated_all_the_same() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let response = proxy.send(http::Request::get("/gzip").body(Default::default()).unwrap()).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
    assert!(text.contains("<section id=\"tc\"") && !text.contains(METRICS), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_streams_as_it_comes() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    stream.write_all(b"GET /pieces HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    let mut piece = [0; 65536];
    let first = tokio::time::timeout(Duration::from_millis(250), async {
        while !text.contains("<p>a") {
            let read = stream.read(&mut piece).await.unwrap();
            text.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    });
    first.await.expect("the first piece comes before the second is made");
    assert!(!text.contains("<p>b"));
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("<p>b"), "{text}");
}

/// A tunnel takes a place for as long as it lives.
#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_counts_among_the_connections() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::of(address, |configuration| configuration.limits.connections = 1).await;
    let mut tunnel = TcpStream::connect(proxy.address).await.unwrap();
    let asked = "GET /ws HTTP/1.1\r\nHost: news.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    tunnel.write_all(asked.as_bytes()).await.unwrap();
    let mut head = [0; 1024];
    let read = tunnel.read(&mut head).await.unwrap();
    assert!(head[..read].starts_with(b"HTTP/1.1 101 "));
    let page = proxy.get("/", &[]);
    tokio::pin!(page);
    tokio::time::timeout(Duration::from_millis(300), &mut page).await.expect_err("there is no place beside the tunnel");
    drop(tunnel);
    let answered = tokio::time::timeout(Duration::from_secs(10), page).await.expect("the tunnel's place is free again");
    assert_eq!(answered.status, 200);
}

/// Whatever the store does to those who look at their choices, pages go on, on every thread.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_disk_holds_up_no_page() {
    let (_, address) = Upstream::start().await;
    let store = Shared::default();
    let opened = store.clone();
    let proxy = Proxy::with(Proxy::configuration(address), move || Arc::new(opened.clone())).await;
    let cookie = proxy.choose("refuse").await;
    store.slow_down(1000);
    let begun = Instant::now();
    let centre = async |proxy: &Proxy| {
        let answer = proxy.get("/_consent/", &[("cookie", &cookie)]).await;
        (answer.status, begun.elapsed())
    };
    let pages = async {
        // Those above are with the store by now.
        tokio::time::sleep(Duration::from_millis(200)).await;
        for _ in 0..8 {
            assert_eq!(proxy.get("/", &[("cookie", &cookie)]).await.status, 200);
        }
        begun.elapsed()
    };
    let (first, second, third, fourth, pages) =
        tokio::join!(centre(&proxy), centre(&proxy), centre(&proxy), centre(&proxy), pages);
    for (status, took) in [first, second, third, fourth] {
        assert!(status == 200 && took >= Duration::from_secs(1), "{status} after {took:?}");
    }
    assert!(pages < Duration::from_secs(1), "pages waited for the store, until {pages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_the_upstream_are_used_again() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    for _ in 0..20 {
        assert_eq!(proxy.get("/headers", &[]).await.status, 200);
    }
    assert!(upstream.connections.load(Ordering::SeqCst) < 5, "{:?}", upstream.connections);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_is_passed_and_other_upgrades_are_not() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    let asked = "GET /ws HTTP/1.1\r\nHost: news.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 101 ") && head.contains("upgrade: websocket"), "{head}");
    for word in [&b"one"[..], b"two"] {
        stream.write_all(word).await.unwrap();
        let mut echo = [0; 3];
        stream.read_exact(&mut echo).await.unwrap();
        assert_eq!(echo, word);
    }
    drop(stream);

    let answer = proxy
        .raw("GET /headers HTTP/1.1\r\nHost: news.example\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("h2c"), "{answer}");
    // An upstream that changes the protocol when nobody asked, or to another one.
    for fields in ["", "Upgrade: websocket\r\nConnection: upgrade\r\n"] {
        let answer = proxy.raw(format!("GET /switch HTTP/1.1\r\nHost: news.example\r\n{fields}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    }
    assert!(upstream.said().contains("sec-websocket-key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_misbehaves_is_told_to_the_visitor_and_nothing_ungated_goes_out() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::of(address, |configuration| {
        configuration.time_outs.upstream = Duration::from_millis(500);
    })
    .await;
    let german = proxy.get("/close", &[("accept", "text/html"), ("accept-language", "de-AT")]).await;
    assert!(
        german.text.contains("<html lang=\"de\"") && german.text.contains("keine brauchbare Antwort"),
        "{}",
        german.text
    );
    for (target, status) in [
        ("/close", 502),
        ("/huge", 502),
        ("/garbage", 502),
        ("/two-lengths", 502),
        ("/length-and-chunks", 502),
        ("/chunks-and-length", 502),
        ("/never", 504),
    ] {
        let answer = proxy.get(target, &[("accept", "text/html"), ("accept-language", "ru-RU,ru")]).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.text);
        assert!(answer.text.contains("<html lang=\"ru\" "), "{target}: {}", answer.text);
        assert_eq!(answer.header("retry-after"), "30");
        assert!(!answer.text.contains(&address.port().to_string()), "{target}: {}", answer.text);
        assert!(!answer.text.contains("smuggled"), "{target}: {}", answer.text);
        // What the upstream had still to say is nobody else's answer.
        assert!(proxy.get("/headers", &[]).await.text.starts_with("GET /headers "), "{target}");
    }
    let json = proxy.get("/close", &[("accept", "application/json")]).await;
    assert!(json.text.contains("\"error\":\"upstream-broken\""), "{}", json.text);
    for target in ["/early", "/bad-chunk", "/slow"] {
        assert!(proxy.is_cut(target).await, "{target}");
    }
    let raw = proxy.raw("GET /bad-chunk HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\n\r\n").await;
    assert!(!raw.contains(METRICS) && !raw.ends_with("0\r\n\r\n"), "{raw}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_is_not_there_is_a_502_and_another_is_asked() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let proxy = Proxy::before(gone).await;
    let answer = proxy.get("/", &[("accept", "text/html"), ("accept-language", "en")]).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text.contains("The site cannot be reached right now"), "{}", answer.text);

    let (_, address) = Upstream::start().await;
    let proxy = Proxy::of(gone, |configuration| {
        configuration.sites[0].upstreams.push(format!("http://{address}").parse().unwrap());
    })
    .await;
    for _ in 0..6 {
        assert_eq!(proxy.get("/headers", &[]).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_asked_for_and_told() {
    let (_, address) = Upstream::start().await;
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let proxy = Proxy::of(gone, |configuration| {
        let site = &mut configuration.sites[0];
        site.upstreams.push(format!("http://{address}").parse().unwrap());
        site.health = Some("/headers".to_owned());
        site.health_interval = Duration::from_millis(50);
    })
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let notices = proxy.end().await;
    assert!(
        notices.iter().any(|notice| *notice == format!("http://{gone} does not answer as it should")),
        "{notices:?}"
    );
    assert_eq!(notices.iter().filter(|notice| notice.contains("does not answer")).count(), 1, "{notices:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_are_told_apart_by_host_name() {
    let (news, first) = Upstream::start().await;
    let (shop, second) = Upstream::start().await;
    let proxy = Proxy::of(first, |configuration| {
        configuration.sites[0].hosts = vec!["news.example".to_owned(), "*.news.example".to_owned()];
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/shop");
        let mut site = SiteConfiguration::new(folder, format!("http://{second}").parse().unwrap(), "memory:");
        site.hosts = vec!["shop.example".to_owned()];
        configuration.sites.push(site);
    })
    .await;
    for (host, status) in
        [("news.example", 200), ("WWW.News.example:8080", 200), ("shop.example", 200), ("other.example", 421)]
    {
        let answer = proxy.get("/headers", &[("host", host)]).await;
        assert_eq!(answer.status, status, "{host}");
    }
    assert_eq!(news.said().matches("GET /headers").count(), 2);
    assert_eq!(shop.said().matches("GET /headers").count(), 1);
    assert!(shop.said().contains("host: shop.example"), "{}", shop.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_in_the_file_system_serve_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = Upstream::start_unix(&path(&folder, "app.sock")).await;
    let own = path(&folder, "site.sock");
    let listening = own.clone();
    // A socket that was left behind by a process that is gone.
    drop(std::os::unix::net::UnixListener::bind(&own).unwrap());
    let proxy = Proxy::of(([127, 0, 0, 1], 1).into(), |configuration| {
        let address = format!("unix:{}", listening.display()).parse().unwrap();
        configuration.listeners.push(Listener::new(address, Secured::Plain));
        configuration.sites[0].upstreams =
            vec![format!("unix:{}", path(&folder, "app.sock").display()).parse().unwrap()];
    })
    .await;
    let mut stream = UnixStream::connect(&own).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200 ") && !text.contains(METRICS), "{text}");
    assert!(upstream.said().contains("forwarded: for=unknown;proto=http"), "{}", upstream.said());
    proxy.end().await;
    assert!(!own.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_log_names_nobody() {
    let (_, address) = Upstream::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = path(&folder, "access.log");
    let proxy = Proxy::of(address, |configuration| {
        configuration.log = AccessLog::File(file.clone());
        configuration.logged_path = LoggedPath::Section;
    })
    .await;
    let fields = [("cookie", "session=SECRET"), ("user-agent", "SECRET"), ("referer", "http://SECRET")];
    assert_eq!(proxy.get("/chunked/SECRET?q=SECRET", &fields).await.status, 200);
    assert_eq!(proxy.get("/_consent/SECRET", &fields).await.status, 404);
    assert_eq!(proxy.get("/close", &fields).await.status, 502);
    let length = proxy.get("/headers", &[]).await.text.len();
    proxy.end().await;
    let log = std::fs::read_to_string(&file).unwrap();
    assert!(!log.contains("SECRET") && !log.contains("127.0.0.1"), "{log}");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["path"].as_str().unwrap(), line["status"].as_u64().unwrap(), line["by"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("/chunked", 200, "upstream"),
            ("/_consent", 404, "layer"),
            ("/close", 502, "proxy"),
            ("/headers", 200, "upstream")
        ]
    );
    assert_eq!(lines[3]["bytes"], length);
    assert_eq!(lines[2]["fault"], "upstream-broken");
    assert_eq!(lines[0]["site"], "news.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_are_finished_before_the_end() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let at = proxy.address;
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(b"GET /late HTTP/1.1\r\nHost: news.example\r\n\r\n").await.unwrap();
    // A second connection that says nothing must not hold the end up.
    let _silent = TcpStream::connect(at).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    let end = tokio::spawn(proxy.end());
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200 ") && text.ends_with("late"), "{text}");
    let notices = end.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{notices:?}");
    assert!(notices[0].starts_with("ending"), "{notices:?}");
    assert!(TcpStream::connect(at).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_page_passes_as_it_is() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let all = proxy.choose("accept").await;
    let page = proxy.get("/", &[("cookie", &all)]).await;
    assert!(page.text.starts_with(PAGE), "{}", page.text);
    let hop = proxy.get("/hop", &[]).await;
    assert_eq!((hop.header("x-kept"), hop.header("x-hop"), hop.header("keep-alive")), ("1", "", ""));
}
