//! Pages, policies and visitors.

use std::{collections::BTreeMap, fmt::Write, fs, io, path::Path};

use axum::body::Body;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::BodyExt;
use time::OffsetDateTime;
use tower::{Layer, ServiceExt, service_fn};
use tower_consent::{ConsentLayer, Policy, clock::Clock, signal::KeyRing, store::Memory};

/// The page of the corpus that is measured: 65 KB of a news site with three counters, a share button and two frames.
const REAL: &str = "pages/vesti-sochi.tv-home.html";

/// A machine's clock that stands still: what is done once a minute is never done.
#[derive(Debug)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_790_000_000).expect("it is a time")
    }
}

/// The page that is measured most, and where it is from.
pub fn page() -> (Bytes, String) {
    if let Some(corpus) = std::env::var_os("TOWER_CONSENT_CORPUS") {
        let path = Path::new(&corpus).join(REAL);
        match fs::read(&path) {
            Ok(bytes) => return (bytes.into(), format!("{REAL} of the corpus")),
            Err(error) => eprintln!("no {}: {error}", path.display()),
        }
    }
    (kept(), "the generated page benches/page/page.html: NO REAL PAGE, set TOWER_CONSENT_CORPUS".to_owned())
}

/// The page that is kept beside this program, so that counts mean the same everywhere.
pub fn kept() -> Bytes {
    Bytes::from_static(include_bytes!("../page.html"))
}

/// Writes a page of about so many bytes, as news sites have them, with so many trackers spread over it. The same numbers
/// give the same page.
pub fn generated(bytes: usize, trackers: usize) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"ru\">\n<head>\n<meta charset=\"utf-8\">\n<title>Вести Края</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"stylesheet\" href=\"/assets/site.css?v=41\">\n<link rel=\"icon\" href=\"/favicon.ico\">\n\
         <script src=\"/assets/site.js?v=41\" defer></script>\n<script>window.dataLayer = window.dataLayer || [];\
         var page = { kind: \"home\", section: \"news\", menu: document.querySelector(\"nav ul\") };</script>\n\
         <style>.card { display: grid } .card img { background: url(/assets/grey.png) }</style>\n\
         </head>\n<body class=\"home\">\n<nav><ul>",
    );
    for number in 0..24 {
        write!(page, "<li class=\"item\"><a href=\"/section/{number}/\">Раздел {number}</a></li>").expect("a string");
    }
    page.push_str("</ul></nav>\n<main id=\"main\">\n");
    let every = bytes / (trackers + 1);
    let mut put = 0;
    let mut number = 0;
    while page.len() < bytes {
        write!(
            page,
            "<article class=\"card card-{kind}\" data-id=\"{number}\">\n  <a class=\"card-link\" href=\"/news/2026/{number}.html\" \
             title=\"Новость {number}\"><img class=\"card-image\" src=\"/images/{number}/320x180.jpg\" width=\"320\" \
             height=\"180\" alt=\"Снимок {number}\" loading=\"lazy\"></a>\n  <div class=\"card-body\"><h2><a \
             href=\"/news/2026/{number}.html\">Заголовок новости номер {number} в две строки</a></h2>\n    <p>Первый абзац: \
             что случилось, где и когда, со слов пресс-службы &laquo;ведомства&raquo;.</p>\n    <time \
             datetime=\"2026-01-{day:02}T12:00\">{day} января</time> <span class=\"tag\">край</span>\n  </div>\n</article>\n",
            kind = number % 5,
            day = number % 28 + 1,
        )
        .expect("a string");
        number += 1;
        if number % 16 == 0 {
            writeln!(page, "<script>site.ready(function () {{ site.lazy(\"main .card-{}\"); }});</script>", number % 5)
                .expect("a string");
        }
        while put < trackers && page.len() > every * (put + 1) {
            page.push_str(&tracker(put));
            put += 1;
        }
    }
    (put..trackers).for_each(|number| page.push_str(&tracker(number)));
    page.push_str("</main>\n<footer><p>&copy; Вести Края</p></footer>\n</body>\n</html>\n");
    page
}

/// One of the ways in which a service comes into a page.
fn tracker(number: usize) -> String {
    match number % 5 {
        0 => format!("<script async src=\"https://mc.yandex.ru/metrika/tag.js?id={number}\"></script>\n"),
        1 => {
            format!("<script>(function (m) {{ m.ym = m.ym || []; }})(window); ym({number}, \"init\", {{}});</script>\n")
        }
        2 => format!("<img src=\"https://counter.yadro.ru/hit?r{number}\" width=\"1\" height=\"1\" alt=\"\">\n"),
        3 => format!("<iframe src=\"https://smi2.ru/widget/{number}\" width=\"300\" height=\"250\"></iframe>\n"),
        _ => format!("<noscript><div><img src=\"https://mc.yandex.ru/watch/{number}\" alt=\"\"></div></noscript>\n"),
    }
}

/// The policy of the news site with as many services as are told; `link` says whether pages have the permanent link.
pub fn policy(services: usize, link: bool) -> Policy {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/news-site");
    let mut files: BTreeMap<String, String> = Policy::read(&folder).expect("the policy can be read");
    let text = files.get_mut("policy.toml").expect("it is a policy");
    let rest = text.split_off(text.find("\n[destruction]").expect("services stand before it"));
    let already = text.matches("[[service]]").count();
    let known = ["rambler-top100", "uptolike", "youtube", "google-analytics", "vk-pixel"];
    for number in 0..services.saturating_sub(already) {
        match known.get(number) {
            Some(name) => write!(text, "\n[[service]]\ncatalogue = \"{name}\"\npurpose = \"metrics\"\n"),
            None => write!(
                text,
                "\n[[service]]\nid = \"service-{number}\"\ntitle = {{ ru = \"Служба {number}\", en = \"Service {number}\" }}\n\
                 purpose = \"metrics\"\noperator = \"Company {number}\"\ncountry = \"RU\"\n\
                 hosts = [\"*.service{number}.example\", \"cdn.example/{number}/\"]\ninline = [\"service{number}.push(\"]\n\
                 cookies = [{{ name = \"_s{number}_id\", lifetime = \"90 days\" }}]\n"
            ),
        }
        .expect("a string");
    }
    text.push_str(&rest);
    write!(text, "\n[banner]\nbrand = {link}\n").expect("a string");
    let (policy, found) = Policy::check(files);
    let policy = policy.unwrap_or_else(|| panic!("the policy is good: {:#?}", found.first()));
    assert_eq!(policy.services().len(), services, "the policy has as many services as are measured");
    policy
}

/// The layer over a policy, in memory, with the same keys and the same time whenever it is made.
pub fn layer(services: usize, link: bool) -> ConsentLayer {
    let keys = KeyRing::new([[7; 32]]).expect("there is a key");
    ConsentLayer::new(policy(services, link), Memory::default())
        .expect("memory fails never")
        .with_keys(keys)
        .with_clock(Standing)
}

/// Makes a choice as a browser does; returns the cookie, without its attributes.
pub fn choose(layer: &ConsentLayer, choice: &str) -> String {
    let nothing = service_fn(|_: Request<Body>| async { Ok::<_, io::Error>(http::Response::new(Body::empty())) });
    let ask = |request: Request<Body>| {
        let answer = pollster::block_on(layer.layer(nothing).oneshot(request)).expect("the service fails never");
        let (head, body) = answer.into_parts();
        let bytes = pollster::block_on(body.collect()).expect("the body is whole").to_bytes();
        (head, String::from_utf8_lossy(&bytes).into_owned())
    };
    let get = Request::get("/_consent/").header(header::HOST, "news.example").body(Body::empty()).expect("a request");
    let (_, centre) = ask(get);
    let token = centre.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let post = Request::post("/_consent/choice")
        .header(header::HOST, "news.example")
        .header(header::ORIGIN, "https://news.example")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("choice={choice}&token={token}&back=/")))
        .expect("a request");
    let (head, text) = ask(post);
    let cookies = head.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let choice = cookies.into_iter().find(|cookie| cookie.contains("tower-consent="));
    let choice = choice.unwrap_or_else(|| panic!("a choice is answered with a cookie: {} {text}", head.status));
    choice.split(';').next().expect("there is a first").to_owned()
}

/// A request as a browser sends it, with its choice.
pub fn request(choice: Option<&str>) -> Request<()> {
    let mut cookies = "session=5f2b7c0e9a; theme=dark; _reader=abcdefghij".to_owned();
    if let Some(choice) = choice {
        write!(cookies, "; {choice}").expect("a string");
    }
    Request::get("/")
        .header(header::HOST, "news.example")
        .header("connection", "keep-alive")
        .header("upgrade-insecure-requests", "1")
        .header(
            header::USER_AGENT,
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        )
        .header(header::ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8")
        .header("sec-fetch-site", "none")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")
        .header(header::ACCEPT_LANGUAGE, "ru,en;q=0.9")
        .header(header::COOKIE, cookies)
        .body(())
        .expect("a request")
}
