//! `scan` of a site on the net, here of servers on this machine: budget, redirects, robots, cookies, exit codes.

use std::{
    convert::Infallible,
    net::SocketAddr,
    process::Output,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

/// What a server answers to a path: status, headers, body.
type Answers = fn(&str, SocketAddr) -> (u16, Vec<(&'static str, String)>, String);

/// A server with the paths it was asked for.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    /// The most requests that were under way at once.
    at_once: Arc<AtomicUsize>,
}

impl Server {
    /// `other` is the address of a second server, for pages that lead there.
    async fn start(other: Option<SocketAddr>, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let other = other.unwrap_or(address);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (now, at_once) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (log, most) = (Arc::clone(&asked), Arc::clone(&at_once));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (log, now, most) = (Arc::clone(&log), Arc::clone(&now), Arc::clone(&most));
                let service = service_fn(move |request: Request<Incoming>| {
                    let (log, now, most) = (Arc::clone(&log), Arc::clone(&now), Arc::clone(&most));
                    async move {
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        assert!(request.headers()["user-agent"].to_str().unwrap().starts_with("tower-consent/"));
                        assert!(!request.headers().contains_key("cookie"), "a scan is nobody in particular");
                        let path = request.uri().path_and_query().unwrap().to_string();
                        let (status, headers, body) = answers(&path, other);
                        log.lock().unwrap().push(path);
                        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                        let mut response = Response::builder().status(status);
                        for (name, value) in headers {
                            response = response.header(name, value);
                        }
                        now.fetch_sub(1, Ordering::SeqCst);
                        Ok::<_, Infallible>(response.body(Full::new(Bytes::from(body))).unwrap())
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, asked, at_once }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn scan(arguments: &[&str]) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_tower-consent"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["scan", "--delay", "0"])
        .args(arguments)
        .env_remove("http_proxy")
        .output()
        .await
        .unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn names(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap().to_owned()).collect()
}

fn html(body: &str) -> (u16, Vec<(&'static str, String)>, String) {
    (200, vec![("content-type", "text/html; charset=utf-8".to_owned())], body.to_owned())
}

fn leads_to(place: String) -> (u16, Vec<(&'static str, String)>, String) {
    (302, vec![("location", place)], String::new())
}

/// A news site: three sections, a private part, things that are no pages, redirects of every sort.
fn news(path: &str, other: SocketAddr) -> (u16, Vec<(&'static str, String)>, String) {
    match path {
        "/robots.txt" => (200, vec![], "User-agent: *\nDisallow: /private\n".to_owned()),
        "/" => {
            let (status, mut headers, body) = html(&format!(
                "<script src=https://mc.yandex.ru/metrika/tag.js></script><a href=/news/1>1</a><a href='/news/2#x'>2</a>\
                 <a href=/private/1>p</a><a href=/picture.jpg>j</a><a href=/data>d</a><a href=/gone>g</a><a href=/old>o</a>\
                 <a href=/round>r</a><a href=http://{other}/foreign>f</a><a href=/away>a</a><a href=/sport/1>s</a>\
                 <a href=/first>c</a><a href=/news/1?again>n</a>"
            ));
            headers.push(("set-cookie", "PHPSESSID=1; path=/".to_owned()));
            headers.push(("set-cookie", "_ym_uid=1; path=/".to_owned()));
            headers.push(("set-cookie", "__Host-tower-consent=1; path=/; Secure".to_owned()));
            (status, headers, body)
        }
        "/news/1" => html("<iframe src=https://www.youtube.com/embed/1></iframe><a href=/news/3>3</a>"),
        "/sport/1" => html("<img src=https://pixel.sport-counter.com/1.gif><a href=/sport/2>2</a>"),
        "/data" => (200, vec![("content-type", "application/json".to_owned())], "{}".to_owned()),
        "/gone" => {
            (404, vec![("content-type", "text/html".to_owned())], "<img src=https://on-the-404.com/1>".to_owned())
        }
        "/old" => leads_to("/news/1".to_owned()),
        "/round" => leads_to("/round?1".to_owned()),
        "/round?1" => leads_to("/round".to_owned()),
        "/away" => leads_to(format!("http://{other}/foreign")),
        "/first" => {
            let (_, mut headers, _) = leads_to("/first?seen".to_owned());
            headers.push(("set-cookie", "_ga=1; Max-Age=63072000".to_owned()));
            (302, headers, String::new())
        }
        path if path.starts_with("/private") => html("<img src=https://private-counter.com/1>"),
        _ => html("<p>nothing</p>"),
    }
}

fn empty(_: &str, _: SocketAddr) -> (u16, Vec<(&'static str, String)>, String) {
    html("<img src=https://on-the-foreign-site.com/1>")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_gone_through_within_its_origin_and_what_it_asks_of_robots() {
    let foreign = Server::start(None, empty).await;
    let site = Server::start(Some(foreign.address), news).await;
    let output = scan(&[&site.url("/"), "--policy", "policies/news-site", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = json(&output);
    assert_eq!((&report["format"], &report["clean"]), (&Value::from(1), &Value::from(false)));

    let asked = site.asked();
    assert_eq!(asked[0], "/robots.txt");
    let mut once = asked.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), asked.len(), "each address is asked for once: {asked:?}");
    assert!(!asked.iter().any(|path| path.starts_with("/private") || path.ends_with(".jpg")), "{asked:?}");
    assert_eq!(foreign.asked(), [""; 0], "another origin is left alone");
    assert_eq!(site.at_once.load(Ordering::SeqCst), 1, "one request at a time");

    let pages = names(&report["pages"], "name");
    for path in ["/", "/news/1", "/news/2", "/news/3", "/news/1?again", "/sport/1", "/sport/2", "/first?seen"] {
        assert!(pages.contains(&site.url(path)), "{path} in {pages:?}");
    }
    assert_eq!(pages.len(), 8, "{pages:?}");
    let not_read: Vec<_> = names(&report["not_read"], "name");
    for path in ["/private/1", "/data", "/gone"] {
        assert!(not_read.contains(&site.url(path)), "{path} in {not_read:?}");
    }
    let declared: Vec<_> = report["services"].as_array().unwrap().iter().map(|s| (&s["id"], &s["declared"])).collect();
    assert_eq!(
        declared,
        [(&Value::from("youtube"), &Value::from(false)), (&Value::from("yandex-metrika"), &Value::from(true))]
    );
    assert_eq!(names(&report["hosts"], "domain"), ["sport-counter.com"]);
    assert_eq!(names(&report["cookies"], "name"), ["PHPSESSID", "_ga"]);
    assert_eq!(report["cookies"][1]["service"], "google-analytics");
    assert_eq!(names(&report["blocks"], "about"), ["youtube", "google-analytics", "sport-counter.com", "PHP.net"]);
    assert!(String::from_utf8_lossy(&output.stderr).is_empty(), "fewer than ten pages: {output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_pages_are_read_than_are_asked_for_and_sections_take_turns() {
    let foreign = Server::start(None, empty).await;
    let site = Server::start(Some(foreign.address), news).await;
    let output = scan(&[&site.url("/"), "--pages", "3", "--format", "json"]).await;
    let report = json(&output);
    assert_eq!(names(&report["pages"], "name"), [site.url("/"), site.url("/news/1"), site.url("/sport/1")]);
    // The robots file, the pages, and what proved to be none on the way: not over three for each page and ten.
    assert!(site.asked().len() <= 2 + 3 * 3 + 10, "{:?}", site.asked());
    let text = String::from_utf8(scan(&[&site.url("/"), "--pages", "3"]).await.stdout).unwrap();
    assert!(text.contains("more addresses are linked to and were not read (--pages)"), "{text}");
}

/// Pages without end, each linking to ten others.
fn endless(path: &str, _: SocketAddr) -> (u16, Vec<(&'static str, String)>, String) {
    if path == "/robots.txt" {
        return (404, vec![], String::new());
    }
    html(&(0..10).map(|link| format!("<a href={}/{link}>x</a>", path.trim_end_matches('/'))).collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_site_ends_with_the_budget_and_progress_is_told() {
    let site = Server::start(None, endless).await;
    let output = scan(&[&site.url("/"), "--pages", "25"]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(site.asked().len(), 26);
    let progress = String::from_utf8(output.stderr).unwrap();
    assert_eq!(progress, "tower-consent: 10 of at most 25 pages read\ntower-consent: 20 of at most 25 pages read\n");
}

fn moved(path: &str, other: SocketAddr) -> (u16, Vec<(&'static str, String)>, String) {
    match path {
        "/robots.txt" => (404, vec![], String::new()),
        _ => leads_to(format!("http://{other}{path}")),
    }
}

fn broken_robots(path: &str, _: SocketAddr) -> (u16, Vec<(&'static str, String)>, String) {
    match path {
        "/robots.txt" => (503, vec![], String::new()),
        _ => html("<p>fine</p>"),
    }
}

fn closed(path: &str, _: SocketAddr) -> (u16, Vec<(&'static str, String)>, String) {
    match path {
        "/robots.txt" => (200, vec![], "User-agent: *\nAllow: /\nUser-agent: tower-consent\nDisallow: /\n".to_owned()),
        _ => html("<p>fine</p>"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_begins_may_lead_elsewhere_and_what_cannot_be_read_is_told() {
    let site = Server::start(None, news).await;
    let old = Server::start(Some(site.address), moved).await;
    let output = scan(&[&old.url("/"), "--pages", "1", "--format", "text"]).await;
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("{} leads to {}, which was scanned", old.url("/"), site.url("/"))), "{output:?}");

    let reason = |output: &Output| {
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr.clone()).unwrap()
    };
    assert!(reason(&scan(&[&site.url("/gone")]).await).contains("the server answered with 404"));
    assert!(reason(&scan(&[&site.url("/data")]).await).contains("it is no page but application/json"));
    assert!(reason(&scan(&[&site.url("/private/1")]).await).contains("robots.txt keeps robots from"));
    let dark = Server::start(None, broken_robots).await;
    assert!(reason(&scan(&[&dark.url("/")]).await).contains("its robots.txt is answered with 503"));
    assert_eq!(scan(&[&dark.url("/"), "--ignore-robots"]).await.status.code(), Some(0));
    let closed = Server::start(None, closed).await;
    assert!(reason(&scan(&[&closed.url("/")]).await).contains("`--ignore-robots`"));
    assert_eq!(closed.asked(), ["/robots.txt"]);
    // Nobody listens on the discard port.
    assert!(reason(&scan(&["http://127.0.0.1:9/"]).await).contains("cannot read http://127.0.0.1:9/"));
    assert!(reason(&scan(&["ftp://news.example/"]).await).contains("only http and https can"));
    assert!(reason(&scan(&["no/such/file.html"]).await).contains("cannot read no/such/file.html"));
    assert!(reason(&scan(&["src"]).await).contains("holds no pages"));
    assert!(reason(&scan(&["README.md", "--policy", "src"]).await).contains("`tower-consent check src` tells"));
    assert!(reason(&scan(&["README.md", "--own", "localhost"]).await).contains("`localhost` is no host"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_shows_what_is_printed() {
    let readme = include_str!("../../README.md");
    let shown = readme.split("```text\n").find(|part| part.contains("pages of public/ read")).unwrap();
    let shown = shown.split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let public = folder.path().join("public");
    std::fs::create_dir(&public).unwrap();
    let analytics = "<script async src=https://www.googletagmanager.com/gtag/js?id=G-1></script>";
    let front = format!(
        "<title>Front</title><link rel=preconnect href=https://www.googletagmanager.com>{analytics}<body>\
         <script>load(\"https://mc.yandex.ru/metrika/tag.js\")</script>\
         <noscript><img src=https://mc.yandex.ru/watch/1></noscript>"
    );
    std::fs::write(public.join("index.html"), front).unwrap();
    let video =
        "<iframe src=https://www.youtube.com/embed/1></iframe><img src=https://pixel.weather-widgets.example/1.gif>";
    std::fs::write(public.join("video.html"), format!("{analytics}{video}")).unwrap();
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_tower-consent"))
        .current_dir(folder.path())
        .args(["scan", "public", "--policy", concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")])
        .env("COLUMNS", "120")
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), shown);
}
