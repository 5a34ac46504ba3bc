//! The questions that the nearest peer's own tests ask of a layer that puts a banner into pages (autumn-web 0.9.0,
//! `src/consent.rs` and `src/consent/banner.rs`: 111 of them), each asked of this one, in the order of that source.
//! Where this layer answers another way by design, the row says how.

use std::{
    convert::Infallible,
    fmt::Display,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_consent::{ConsentLayer, Decision, Policy, store::Memory};

use super::news_site::{METRICS, PAGE, RECOMMENDATIONS, form_request, policy};

const BANNER: &str = "<section id=\"tc\"";
const NECESSARY: &str = "necessary";

/// How every question was answered.
#[derive(Default)]
struct Answers {
    numbers: Vec<usize>,
    wrong: Vec<String>,
}

impl Answers {
    fn case(&mut self, number: usize, question: &str, holds: bool, seen: impl Display) {
        self.numbers.push(number);
        if !holds {
            self.wrong.push(format!("{number}. {question}\n    {:.600}", seen.to_string()));
        }
    }
}

/// A site: what it answers, and what it was asked.
#[derive(Clone)]
struct House {
    layer: ConsentLayer,
    answer: Arc<dyn Fn() -> Response<Bytes> + Send + Sync>,
    seen: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

fn html(body: impl Into<Bytes>) -> Response<Bytes> {
    of_type("text/html; charset=utf-8", body)
}

fn of_type(kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    with(Response::new(body.into()), "content-type", kind)
}

fn with(mut response: Response<Bytes>, name: &'static str, value: &'static str) -> Response<Bytes> {
    response.headers_mut().append(name, HeaderValue::from_static(value));
    response
}

struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
    text: String,
}

/// The bytes without the link to the privacy centre.
fn without_link(bytes: &[u8]) -> Vec<u8> {
    let Some(start) = memchr::memmem::find(bytes, b"<section id=\"tc-l\"") else { return bytes.to_vec() };
    let length = memchr::memmem::find(&bytes[start..], b"</section>").expect("its end") + 10;
    [&bytes[..start], &bytes[start + length..]].concat()
}

impl Seen {
    fn has_banner(&self) -> bool {
        self.text.contains(BANNER)
    }
    fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(", ")
    }
    /// The page without what the layer put into it.
    fn without_banner(&self) -> String {
        let (before, rest) = self.text.split_once(BANNER).expect("a banner");
        let rest = rest.split_once("</section>").expect("its end").1;
        format!("{before}{}", String::from_utf8_lossy(&without_link(rest.as_bytes())))
    }
    fn token(&self) -> String {
        self.text.split("name=\"token\" value=\"").nth(1).expect("a form").split('"').next().unwrap().to_owned()
    }
    fn choice(&self) -> String {
        let mut cookies = self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        cookies
            .find(|cookie| cookie.contains("tower-consent="))
            .expect("a choice")
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }
    fn private(&self) -> bool {
        self.header("cache-control") == "private, no-cache" && self.header("vary").contains("Cookie")
    }
}

impl House {
    fn new(answer: impl Fn() -> Response<Bytes> + Send + Sync + 'static) -> Self {
        Self::of(policy(), answer)
    }

    fn of(policy: Policy, answer: impl Fn() -> Response<Bytes> + Send + Sync + 'static) -> Self {
        let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
        Self { layer, answer: Arc::new(answer), seen: Arc::default() }
    }

    async fn ask(&self, request: Request<String>) -> Seen {
        let (answer, seen) = (self.answer.clone(), self.seen.clone());
        let inner = service_fn(move |request: Request<String>| {
            let allowed = request.extensions().get::<Decision>().expect("a decision").clone();
            seen.lock().unwrap().push((request.uri().to_string(), request.headers().clone()));
            let head = *request.method() == Method::HEAD;
            let mut response = answer();
            let names: Vec<_> = allowed.granted().map(ToString::to_string).collect();
            response.headers_mut().insert("x-allowed", HeaderValue::from_str(&names.join(",")).unwrap());
            if head {
                *response.body_mut() = Bytes::new();
            }
            async move { Ok::<_, Infallible>(response.map(http_body_util::Full::new)) }
        });
        read(self.layer.layer(inner).ready().await.unwrap().call(request).await.unwrap()).await
    }

    async fn get(&self, headers: &[(&str, &str)]) -> Seen {
        self.ask(request(Method::GET, "/a", headers)).await
    }

    async fn with_cookie(&self, cookie: &str) -> Seen {
        self.get(&[("cookie", cookie)]).await
    }

    /// Sends a form made of the token of a page and what is given; `back` is encoded as forms are.
    async fn post(&self, choice: &str, back: Option<&str>, cookie: &str) -> Seen {
        let back = back.map(|back| url::form_urlencoded::byte_serialize(back.as_bytes()).collect::<String>());
        self.post_raw(choice, &back.map(|back| format!("&back={back}")).unwrap_or_default(), cookie).await
    }

    async fn post_raw(&self, choice: &str, rest: &str, cookie: &str) -> Seen {
        let token = self.ask(request(Method::GET, "/_consent/", &[])).await.token();
        let form = format!("choice={choice}&token={token}{rest}");
        self.ask(form_request("/_consent/choice", cookie).body(form).unwrap()).await
    }

    async fn chosen(&self, choice: &str) -> String {
        self.post(choice, None, "").await.choice()
    }

    fn last_asked(&self) -> HeaderMap {
        self.seen.lock().unwrap().last().expect("a request").1.clone()
    }
}

async fn read<B: http_body::Body<Data = Bytes>>(response: Response<B>) -> Seen
where
    B::Error: Display,
{
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.map_err(|error| error.to_string()).unwrap().to_bytes().to_vec();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Seen { status: head.status, headers: head.headers, bytes, text }
}

fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<String> {
    let mut request = Request::builder().method(method).uri(path).header("host", "news.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(String::new()).unwrap()
}

/// The seed policy, changed in one place.
fn changed(file: &str, from: &str, to: &str) -> Policy {
    let mut files = policy().files().clone();
    let text = files.get_mut(file).unwrap();
    assert!(from.is_empty() || text.contains(from), "{file} does not hold {from}");
    *text = if from.is_empty() { format!("{text}{to}") } else { text.replace(from, to) };
    let (policy, faults) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{faults:?}"))
}

/// Without the link to the centre on every page, who allowed everything gets pages as they are.
fn plain() -> Policy {
    changed("policy.toml", "", "\n[banner]\nbrand = false\n")
}

#[tokio::test]
async fn every_question_of_the_nearest_peer_has_an_answer() {
    let mut answers = Answers::default();
    the_choice(&mut answers).await;
    the_way_back(&mut answers).await;
    the_block(&mut answers).await;
    the_place(&mut answers).await;
    the_type(&mut answers).await;
    the_token(&mut answers).await;
    the_response(&mut answers).await;
    the_request(&mut answers).await;
    the_rest(&mut answers).await;
    answers.numbers.sort_unstable();
    assert_eq!(answers.numbers, (1..=111).collect::<Vec<_>>(), "each question once");
    assert!(answers.wrong.is_empty(), "{} of 111:\n{}", answers.wrong.len(), answers.wrong.join("\n"));
}

/// 1–19: what a cookie says, and what is allowed by it.
async fn the_choice(answers: &mut Answers) {
    let policy = policy();
    let house = House::new(|| html(PAGE));
    let undecided = Decision::undecided(&policy);
    let nothing = undecided.since().is_none() && undecided.visitor().is_none();
    answers.case(1, "undecided is not decided", undecided.needs_banner() && nothing, format!("{undecided:?}"));
    let none = house.get(&[]).await;
    answers.case(2, "no cookie: undecided", none.header("x-allowed") == NECESSARY && none.has_banner(), &none.text);
    let other = house.with_cookie("theme=dark; sid=1").await;
    answers.case(
        3,
        "other cookies: undecided",
        other.header("x-allowed") == NECESSARY && other.has_banner(),
        &other.text,
    );
    let yes = house.chosen("accept").await;
    let all = "metrics,necessary,recommendations";
    let behind = house.with_cookie(&format!("junk; =x; a=\"b; {yes}")).await;
    answers.case(
        4,
        "a broken pair before the choice does not hide it",
        behind.header("x-allowed") == all,
        &behind.text,
    );
    let no = house.chosen("refuse").await;
    let two = house.with_cookie(&format!("{yes}; {no}")).await;
    answers.case(5, "two choices grant nothing", two.header("x-allowed") == NECESSARY, two.header("x-allowed"));
    answers.case(6, "what is necessary is allowed before any answer", undecided.allows(NECESSARY), "");
    answers.case(7, "nothing else is", !undecided.allows("metrics") && !undecided.allows("no such"), "");
    let page = house.with_cookie(&yes).await;
    let live = page.text.contains(METRICS) && page.text.contains(RECOMMENDATIONS);
    answers.case(8, "a yes comes back as a yes", page.header("x-allowed") == all && live, &page.text);
    let posted = house.post("accept", None, "").await;
    let cookie = posted.header("set-cookie");
    let parts = ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age="];
    answers.case(9, "the cookie has its attributes", parts.iter().all(|part| cookie.contains(part)), &cookie);
    let page = house.with_cookie(&no).await;
    let still = !page.text.contains(METRICS) && !page.text.contains(RECOMMENDATIONS) && !page.has_banner();
    answers.case(10, "a no comes back as a no", page.header("x-allowed") == NECESSARY && still, &page.text);
    let ended =
        house.ask(form_request("/_consent/withdraw", &format!("{yes}; _ym_uid=1")).body(String::new()).unwrap());
    let ended = ended.await;
    let cookies = ended.header("set-cookie");
    answers.case(
        11,
        "withdrawing ends the cookies of the services at once; the choice itself becomes a refusal, so that nobody asks again",
        cookies.contains("_ym_uid=;") && cookies.contains("Max-Age=0") && ended.choice() != yes,
        &cookies,
    );
    let back = house.with_cookie("_ym_uid=1").await;
    answers.case(
        12,
        "without its cookie a yes is undecided again",
        back.has_banner() && !back.text.contains(METRICS),
        &back.text,
    );
    answers.case(13, "the undecided are asked", none.has_banner(), &none.text);
    answers.case(14, "the decided are not", !page.has_banner(), &page.text);
    house
        .layer
        .handle()
        .publish(changed("policy.toml", "сведения о прочитанных материалах", "прочитанное и отмеченное"))
        .unwrap();
    let again = house.with_cookie(&yes).await;
    answers.case(15, "a purpose that changed is asked about again", again.has_banner(), &again.text);
    let denied = again.header("x-allowed") == "metrics,necessary" && !again.text.contains(RECOMMENDATIONS);
    answers.case(
        16,
        "and denied until then, though it was allowed before; the others stay",
        denied,
        again.header("x-allowed"),
    );
    let house = House::new(|| html(PAGE));
    let yes = house.chosen("accept").await;
    let name = "__Host-tower-consent=";
    let mut broken: Vec<String> = ["", "x", "1", "1.", "1....", "%zz", "\"", "true", "1.a.b.c.d.e.f", "2.x.1.m*1a.s"]
        .iter()
        .map(|value| format!("{name}{value}"))
        .collect();
    broken.extend((name.len()..yes.len()).step_by(7).map(|end| yes[..end].to_owned()));
    let mut wrong = Vec::new();
    for cookie in &broken {
        let page = house.with_cookie(cookie).await;
        if page.header("x-allowed") != NECESSARY || page.status != StatusCode::OK || !page.has_banner() {
            wrong.push(cookie.clone());
        }
    }
    answers.case(17, "a broken value is undecided, and no panic", wrong.is_empty(), wrong.join("\n"));
    let time = yes.split('.').nth(2).unwrap();
    let mut wrong = Vec::new();
    for other in ["", "0", "-1", "x", "99999999999999999999", "4102444800"] {
        let cookie = yes.replacen(time, other, 1);
        if house.with_cookie(&cookie).await.header("x-allowed") != NECESSARY {
            wrong.push(cookie);
        }
    }
    answers.case(18, "another time than that of the choice is undecided", wrong.is_empty(), wrong.join("\n"));
    let own = House::new(|| with(with(html(PAGE), "set-cookie", "sid=2; Path=/"), "set-cookie", "csrf=3; Path=/"));
    let page = own.with_cookie("sid=session-value; csrf=value").await;
    let asked = own.last_asked();
    let kept = asked["cookie"] == "sid=session-value; csrf=value"
        && page.header("set-cookie").contains("sid=2; Path=/, csrf=3; Path=/");
    answers.case(19, "session cookies of the undecided survive both ways", kept, page.header("set-cookie"));
}

/// 20–35: where a choice leads back to.
async fn the_way_back(answers: &mut Answers) {
    let house = House::new(|| html(PAGE));
    let path = "/a%20b/%D0%BF?q=1&r=%26+%3D;s='(x)'#no";
    let path = path.split('#').next().unwrap();
    let posted = house.post("refuse", Some(path), "").await;
    answers.case(
        20,
        "reserved characters come back as they were",
        posted.header("location") == path,
        posted.header("location"),
    );
    for (number, question, raw, expected) in [
        (21, "an escape that is cut off stays a text", "&back=/a%2", "/a%2"),
        (22, "an escape that is none stays a text", "&back=/a%zz", "/a%zz"),
    ] {
        let posted = house.post_raw("refuse", raw, "").await;
        answers.case(number, question, posted.header("location") == expected, posted.header("location"));
    }
    let long = format!("/{}", "a".repeat(3_000));
    for (number, question, back, expected) in [
        (23, "a path of the site", vec!["/a/b?c=d"], None),
        (24, "two slashes are another host", vec!["//evil.example", "///evil.example"], Some("/")),
        (25, "an address is another host", vec!["https://evil.example/", "javascript:alert(1)"], Some("/")),
        (26, "a path begins with a slash", vec!["a/b", "", "?a=b"], Some("/")),
        (27, "no line breaks", vec!["/a\r\nX-Evil: 1", "/a\nb"], Some("/")),
        (28, "a tab is not seen by browsers", vec!["/\t/evil.example", "\t//evil.example"], Some("/")),
        (
            29,
            "no control characters, and nothing too long",
            vec!["/a\u{0}", "/a\u{1f}", "/a\u{7f}", "/ a", &long],
            Some("/"),
        ),
        (30, "a backslash is a slash to browsers", vec!["/\\evil.example", "\\\\evil.example"], Some("/")),
    ] {
        let mut wrong = Vec::new();
        for back in back {
            let posted = house.post("refuse", Some(back), "").await;
            let expected = expected.unwrap_or(back);
            if posted.header("location") != expected || posted.status != StatusCode::SEE_OTHER {
                wrong.push(format!("{back:?} leads to {:?}", posted.header("location")));
            }
        }
        answers.case(number, question, wrong.is_empty(), wrong.join("\n"));
    }
    // No `Referer` is read here: the page itself carries the way back.
    let back = |page: &Seen| {
        let value = page.text.split("name=\"back\" value=\"").nth(1).expect("a way back").split('"').next().unwrap();
        value.replace("&amp;", "&")
    };
    let page = house.ask(request(Method::GET, "/a?b=c&d=%20", &[])).await;
    answers.case(31, "path and query of the page", back(&page) == "/a?b=c&d=%20", back(&page));
    let posted = house.post("refuse", None, "").await;
    answers.case(32, "none given: the front page", posted.header("location") == "/", posted.header("location"));
    let page = house.ask(request(Method::GET, "https://evil.example:8443/a?b", &[])).await;
    answers.case(33, "scheme and host of the request do not count", back(&page) == "/a?b", back(&page));
    let page = house.ask(request(Method::GET, "https://evil.example", &[])).await;
    answers.case(34, "no path: the front page", back(&page) == "/", back(&page));
    let nested = "/docs?source=https://vendor.example/x";
    let posted = house.post("refuse", Some(nested), "").await;
    answers.case(
        35,
        "an address inside the query is neither cut nor followed",
        posted.header("location") == nested,
        posted.header("location"),
    );
}

/// 36–41: the banner's markup.
async fn the_block(answers: &mut Answers) {
    let house = House::new(|| html(PAGE));
    let page = house.get(&[]).await;
    let start = page.text.find(BANNER).unwrap();
    let block = &page.text[start..start + page.text[start..].find("</section>").unwrap()];
    let label = block.contains("aria-labelledby=\"tc-h\"") && block.contains("id=\"tc-h\"");
    answers.case(36, "a region with a label", label, block);
    let buttons: Vec<_> =
        block.match_indices("<button").map(|(at, _)| block[at..].split('>').next().unwrap()).collect();
    let of = |value: &str| buttons.iter().find(|button| button.contains(&format!("value=\"{value}\""))).copied();
    let same = of("refuse").map(|button| button.replace("refuse", "accept")) == of("accept").map(str::to_owned);
    answers.case(
        37,
        "no and yes are the same button but for their words",
        same && of("accept").is_some(),
        buttons.join("\n"),
    );
    answers.case(
        38,
        "one token, the layer's own: the site needs none",
        block.matches("name=\"token\"").count() == 1,
        block,
    );
    let token = page.token();
    let hidden =
        block.contains(&format!("<input type=\"hidden\" name=\"token\" value=\"{token}\"")) && !token.is_empty();
    answers.case(39, "it stands in a hidden field", hidden, block);
    let handlers = block.contains(" on")
        && block
            .split(" on")
            .skip(1)
            .any(|rest| rest.split('=').next().unwrap().chars().all(char::is_alphabetic) && rest.contains("=\""));
    let form = block.contains("<form method=\"post\" action=\"/_consent/choice\"");
    answers.case(
        40,
        "a form that needs no script and no handler",
        form && !handlers && !block.contains("<script>"),
        block,
    );
    let native = buttons.len() >= 3
        && buttons.iter().all(|button| {
            !button.contains("tabindex") && !button.contains("type=\"button\"") && !button.contains("role=")
        });
    answers.case(41, "native buttons that send the form", native, buttons.join("\n"));
}

/// 42–55: where the banner stands.
async fn the_place(answers: &mut Answers) {
    // (question, page, what stands right before the banner; none where there is no banner)
    type Row = (usize, &'static str, Vec<(Vec<u8>, Option<&'static [u8]>)>);
    let bytes = |text: &str| text.as_bytes().to_vec();
    let rows: Vec<Row> = vec![
        (42, "first in the body", vec![(bytes("<html><body><p>a</p></body></html>"), Some(b"<html><body>"))]),
        (
            43,
            "a document without a body tag",
            vec![(bytes("<html><head><title>x</title></head><p>a</p></html>"), Some(b"</head>"))],
        ),
        (
            44,
            "text without any tag of a document",
            vec![(bytes("<p>hello</p>"), Some(b"")), (bytes("hello"), Some(b""))],
        ),
        (
            46,
            "white space of any sort in the tag",
            vec![
                (bytes("<html\n><body\n\tclass=a>hi"), Some(b"<body\n\tclass=a>")),
                (bytes("<html\x0clang=en><body\x0c>hi"), Some(b"<body\x0c>")),
                (bytes("<html\r\n><body\r\n>hi"), Some(b"<body\r\n>")),
            ],
        ),
        (
            48,
            "no tag inside a script or a comment",
            vec![
                (
                    bytes("<!doctype html><head><script>const a = \"<body>\";</script></head><body>x"),
                    Some(b"</head><body>"),
                ),
                (
                    bytes("<!doctype html><head><!-- <body> --><title><body></title></head><body>x"),
                    Some(b"</head><body>"),
                ),
                (bytes("<!doctype html><html><body>hi</body></html><!-- </body><body> -->"), Some(b"<html><body>")),
            ],
        ),
        (
            49,
            "the real one",
            vec![(bytes("<!doctype html><html><head></head><body>x</body></html>\n"), Some(b"<body>"))],
        ),
        (
            51,
            "a byte order mark stays the first",
            vec![
                (bytes("\u{feff}<!doctype html><html><body>hi"), Some(b"<body>")),
                (bytes("\u{feff}hi"), Some("\u{feff}".as_bytes())),
            ],
        ),
        (
            52,
            "a comment before the document",
            vec![(bytes("<!-- built -->\n<!doctype html><html><body>hi</body></html>"), Some(b"<html><body>"))],
        ),
        (
            53,
            "tags in capitals and mixed",
            vec![(bytes("<HTML><BODY>x</BODY></HTML>"), Some(b"<BODY>")), (bytes("<HtMl><bOdY>x"), Some(b"<bOdY>"))],
        ),
        (
            54,
            "a document in capitals without a body tag",
            vec![(bytes("<HTML><HEAD></HEAD><P>x</P></HTML>"), Some(b"</HEAD>"))],
        ),
        (
            55,
            "bytes that are no UTF-8 stay as they are",
            vec![(b"<html><body>\xcf\xf0\xe8\xe2\xe5\xf2 \xff\xfe\x80</body></html>".to_vec(), Some(b"<html><body>"))],
        ),
    ];
    for (number, question, pages) in rows {
        let mut wrong = Vec::new();
        for (page, before) in pages {
            let kept = page.clone();
            let seen = House::new(move || of_type("text/html", kept.clone())).get(&[]).await;
            let at = memchr::memmem::find(&seen.bytes, BANNER.as_bytes());
            let end = memchr::memmem::find(&seen.bytes, b"</section>").map(|end| end + 10);
            let good = match (before, at, end) {
                (Some(before), Some(at), Some(end)) => {
                    let rest = without_link(&seen.bytes[end..]);
                    seen.bytes[..at].ends_with(before) && [&seen.bytes[..at], &rest].concat() == page
                }
                (None, None, _) => seen.bytes == page,
                _ => false,
            };
            if !good {
                wrong.push(seen.text);
            }
        }
        answers.case(number, question, wrong.is_empty(), wrong.join("\n"));
    }
    // Only the request tells a fragment from a page without tags: its bytes do not.
    let fragments = ["<div id=\"nav\">hi</div>", "<li>a row</li>", "  <span>white space</span>"];
    let mentions = [
        "<div><script>var end = \"</body><body>\";</script></div>",
        "<li><!-- <body> --></li>",
        "<pre>&lt;body&gt;</pre>",
    ];
    for (number, question, texts) in
        [(45, "a fragment is left alone", fragments), (50, "a fragment that speaks of a body too", mentions)]
    {
        let mut wrong = Vec::new();
        for text in texts {
            for headers in [[("hx-request", "true")], [("sec-fetch-dest", "empty")]] {
                let seen = House::new(move || html(text)).get(&headers).await;
                if seen.text != text {
                    wrong.push(seen.text);
                }
            }
        }
        answers.case(number, question, wrong.is_empty(), wrong.join("\n"));
    }
    let file =
        House::new(|| with(html("<html><body>x</body></html>"), "content-disposition", "attachment; filename=x.html"));
    let seen = file.get(&[]).await;
    answers.case(47, "a download is left alone", seen.text == "<html><body>x</body></html>", &seen.text);
}

/// 56–60: what is a page.
async fn the_type(answers: &mut Answers) {
    for (number, question, kind, page) in [
        (56, "a page by its type", "text/html; charset=utf-8", true),
        (57, "in any case", "Text/HTML;Charset=UTF-8", true),
        (58, "JSON is none", "application/json", false),
        (59, "nor is a type that holds the words", "application/vnd.text/html+json", false),
    ] {
        let seen = House::new(move || of_type(kind, PAGE)).get(&[]).await;
        let good = if page { seen.has_banner() && !seen.text.contains(METRICS) } else { seen.text == PAGE };
        answers.case(number, question, good, &seen.text);
    }
    let coded = House::new(|| with(of_type("text/html", PAGE), "content-encoding", "compress"));
    let seen = coded.get(&[]).await;
    let shut = seen.status == StatusCode::BAD_GATEWAY && !seen.text.contains(METRICS);
    answers.case(
        60,
        "a coding that is not known never goes out; the others are decoded (`bodies::coded`)",
        shut,
        &seen.text,
    );
}

/// 61–64, 70, 78: the form's token. The layer has its own, so no cookie of the site and no name of a field is needed.
async fn the_token(answers: &mut Answers) {
    let house = House::new(|| with(html(PAGE), "set-cookie", "autumn-csrf=fresh; Path=/"));
    let (first, second) = (house.get(&[]).await, house.get(&[]).await);
    answers.case(61, "each page has a token of its own", first.token() != second.token(), first.token());
    let none = House::new(|| html(PAGE));
    let answer = none.post("accept", None, "").await;
    answers.case(62, "a site without any token of its own", answer.status == StatusCode::SEE_OTHER, &answer.text);
    let named = House::new(|| with(html(PAGE), "set-cookie", "my-csrf=minted; Path=/"));
    let seen = named.get(&[("cookie", "my-csrf=old")]).await;
    let passed =
        seen.header("set-cookie").contains("my-csrf=minted; Path=/") && named.last_asked()["cookie"] == "my-csrf=old";
    answers.case(63, "the site's own token passes under any name, both ways", passed, seen.header("set-cookie"));
    let cookies =
        House::new(|| with(with(html(PAGE), "set-cookie", "reading_history=1"), "set-cookie", "session=1; Path=/"));
    let seen = cookies.get(&[]).await;
    let kept = seen.header("set-cookie");
    answers.case(
        64,
        "cookies of what is not allowed are withheld, the session is not",
        kept == "session=1; Path=/",
        kept.clone(),
    );
    let form = format!("choice=accept&token={}", first.token());
    let posted = house.ask(form_request("/_consent/choice", "").body(form).unwrap()).await;
    answers.case(
        69,
        "the token of this very page counts, whatever the response sets",
        posted.status == StatusCode::SEE_OTHER,
        &posted.text,
    );
    let block = first.token();
    answers.case(
        77,
        "a page is never shown with a form that cannot be sent: the first page's form can",
        !block.is_empty(),
        "",
    );
    let seen = none.get(&[]).await;
    answers.case(78, "a site without tokens gets its banner", seen.has_banner(), &seen.text);
    let strange = House::new(|| with(html(PAGE), "set-cookie", "token=theirs; Path=/"));
    let answer = strange.post("accept", None, "token=theirs").await;
    answers.case(
        101,
        "a cookie of the site called `token` changes nothing",
        answer.status == StatusCode::SEE_OTHER,
        &answer.text,
    );
    answers.case(102, "the field is called `token`", seen.text.matches("name=\"token\"").count() == 1, &seen.text);
    let extra = none.post_raw("accept", "&_csrf=theirs", "").await;
    answers.case(
        103,
        "fields of another name are refused, not ignored",
        extra.status == StatusCode::BAD_REQUEST,
        &extra.text,
    );
    let before = none.seen.lock().unwrap().len();
    let answer = none.post("refuse", None, "").await;
    let unseen = none.seen.lock().unwrap().len() == before;
    answers.case(
        104,
        "the site's own check of tokens never sees the form",
        unseen && answer.status == StatusCode::SEE_OTHER,
        before,
    );
}

/// 65–68, 71–76, 82–85, 89, 95, 110, 111: heads and bodies.
async fn the_response(answers: &mut Answers) {
    let page = || with(with(html(PAGE), "content-length", "7"), "etag", "\"1\"");
    let house = House::new(page);
    let undecided = house.get(&[]).await;
    answers.case(
        65,
        "no choice: a banner",
        undecided.has_banner() && undecided.text.matches(BANNER).count() == 1,
        &undecided.text,
    );
    let yes = house.chosen("accept").await;
    let decided = house.with_cookie(&yes).await;
    answers.case(66, "a choice: none", !decided.has_banner(), &decided.text);
    let changing = House::new(page);
    let old = changing.chosen("accept").await;
    changing
        .layer
        .handle()
        .publish(changed("policy.toml", "сведения о прочитанных материалах", "прочитанное и отмеченное"))
        .unwrap();
    let seen = changing.with_cookie(&old).await;
    answers.case(67, "a choice under what has changed: asked again", seen.has_banner(), &seen.text);
    let json = House::new(|| with(of_type("application/json", "{\"a\":1}"), "etag", "\"1\"")).get(&[]).await;
    answers.case(
        68,
        "what is no page is left alone",
        json.text == "{\"a\":1}" && json.header("etag") == "\"1\"",
        &json.text,
    );
    answers.case(
        70,
        "no length of what it was",
        undecided.header("content-length").is_empty(),
        undecided.header("content-length"),
    );
    answers.case(
        71,
        "a page with a banner is no other visitor's",
        undecided.private(),
        undecided.header("cache-control"),
    );
    answers.case(
        72,
        "nor is one without: what is live in it is this visitor's choice",
        decided.private(),
        decided.header("cache-control"),
    );
    let plain = House::of(plain(), page);
    let all = plain.chosen("accept").await;
    let untouched = plain.with_cookie(&all).await;
    let vary = untouched.header("vary").contains("Cookie") && untouched.text == PAGE;
    answers.case(73, "`Vary` though nothing is put in", vary, untouched.header("vary"));
    let head = house.ask(request(Method::HEAD, "/a", &[])).await;
    let same = head.header("cache-control") == undecided.header("cache-control")
        && head.header("vary") == undecided.header("vary")
        && head.header("content-length").is_empty()
        && head.header("etag").is_empty();
    answers.case(
        74,
        "HEAD says what GET says; the length is not known before the page",
        same,
        format!("{:?}", head.headers),
    );
    let head = plain.ask(request(Method::HEAD, "/a", &[("cookie", &all)])).await;
    let whole = head.header("content-length") == "7" && head.header("etag") == "\"1\"";
    answers.case(75, "HEAD of who gets the page as it is: as it is", whole, format!("{:?}", head.headers));
    let large = format!("<html><body>{}</body></html>", "x".repeat(20 << 20));
    let kept = Bytes::from(large.clone());
    let seen = House::new(move || html(kept.clone())).get(&[]).await;
    answers.case(
        76,
        "a page of 20 MiB streams, whole, with its banner",
        seen.without_banner() == large,
        seen.text.len(),
    );
    answers.case(95, "and is as private", seen.private(), seen.header("vary"));

    let mut wrong = Vec::new();
    type Case = (&'static str, &'static [(&'static str, &'static str)], fn() -> Response<Bytes>);
    let pages: [Case; 5] = [
        ("undecided", &[], || html(PAGE)),
        ("fragment", &[("hx-request", "true")], || html(PAGE)),
        ("attachment", &[], || with(html(PAGE), "content-disposition", "attachment")),
        ("empty", &[], || html("")),
        ("not found", &[], || {
            let mut response = html(PAGE);
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }),
    ];
    for (what, headers, answer) in pages {
        let seen = House::new(answer).get(headers).await;
        if !seen.private() {
            wrong.push(format!("{what}: {:?}", seen.headers));
        }
    }
    answers.case(82, "every page varies, whatever happens to it", wrong.is_empty(), wrong.join("\n"));
    #[cfg(feature = "encodings")]
    let coded = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(PAGE.as_bytes()).unwrap();
        ("gzip", Bytes::from(encoder.finish().unwrap()))
    };
    #[cfg(not(feature = "encodings"))]
    let coded = ("identity", Bytes::from(PAGE));
    let (name, body) = coded;
    let seen = House::new(move || with(html(body.clone()), "content-encoding", name)).get(&[]).await;
    answers.case(83, "a compressed one too", seen.private() && seen.status == StatusCode::OK, seen.header("vary"));
    answers.case(84, "JSON gains no `Vary`", json.header("vary").is_empty(), json.header("vary"));
    let seen = House::new(|| html("<p>a</p>")).get(&[("hx-request", "true")]).await;
    answers.case(85, "a fragment varies", seen.private(), seen.header("vary"));
    let seen = House::new(|| html("")).get(&[]).await;
    answers.case(89, "an empty page stays empty", seen.text.is_empty() && seen.private(), &seen.text);
    let seen = House::new(|| {
        with(with(with(html(PAGE), "etag", "\"1\""), "content-digest", "sha-256=:x:"), "accept-ranges", "bytes")
    });
    let seen = seen.get(&[]).await;
    let gone = ["etag", "content-digest", "accept-ranges"].iter().all(|name| seen.header(name).is_empty());
    answers.case(110, "what spoke of the body as it was goes", gone, format!("{:?}", seen.headers));
    let seen =
        House::new(|| with(with(of_type("application/json", "{}"), "etag", "\"kept\""), "accept-ranges", "bytes"));
    let seen = seen.get(&[("accept", "application/json")]).await;
    let kept = seen.header("etag") == "\"kept\"" && seen.header("accept-ranges") == "bytes";
    answers.case(111, "and stays with what is left alone", kept, format!("{:?}", seen.headers));
}

/// 79–81, 86–88, 90–94, 105, 106, 108, 109: what is asked of the site.
async fn the_request(answers: &mut Answers) {
    let house = House::new(|| html("<html><body>x</body></html>"));
    const HTMX: (&str, &str) = ("hx-request", "true");
    const ANY: (&str, &str) = ("accept", "*/*");
    // (headers, validators reach the site, a banner)
    type Row = (usize, &'static str, Vec<(Vec<(&'static str, &'static str)>, bool, Option<bool>)>);
    let accepts = |values: &[&'static str], kept: bool| {
        values.iter().map(|value| (vec![("accept", *value)], kept, None)).collect::<Vec<_>>()
    };
    let mut quality =
        accepts(&["text/*", "application/json, text/*;q=0.8", "text/html;q=0.1", "application/json, text/html"], false);
    quality.extend(accepts(
        &["text/*;q=0", "application/json, text/html;q=0", "text/html;q=0.0", "text/html; q=0.000"],
        true,
    ));
    let mut exact = accepts(&["text/*;q=1, text/html;q=0", "text/html;q=0, text/*;q=1"], true);
    exact.extend(accepts(&["text/*;q=0, text/html"], false));
    let rows: Vec<Row> = vec![
        (79, "who asks for JSON keeps his validators", accepts(&["application/json"], true)),
        (
            80,
            "who asks for a page does not",
            vec![(vec![("accept", "text/html,application/xhtml+xml")], false, Some(true))],
        ),
        (81, "a fragment has no banner", vec![(vec![HTMX], false, Some(false))]),
        (
            86,
            "a page that htmx navigates to loses them",
            vec![(vec![HTMX, ("hx-boosted", "true"), ANY], false, Some(true))],
        ),
        (87, "a weight of nothing is a refusal", quality),
        (
            90,
            "a page that htmx brings back is a page",
            vec![(vec![HTMX, ("hx-history-restore-request", "true"), ANY], false, Some(true))],
        ),
        (
            91,
            "no page by script is taken from a cache unasked; one that does not say it is whole keeps the banner on show (`script`)",
            vec![
                (vec![HTMX, ("hx-boosted", "true"), ANY], false, Some(true)),
                (vec![HTMX, ("hx-history-restore-request", "true"), ANY], false, Some(true)),
                (vec![HTMX, ANY], false, Some(false)),
            ],
        ),
        (
            92,
            "a script that asks for JSON keeps them",
            vec![
                (vec![("x-requested-with", "XMLHttpRequest"), ("accept", "application/json")], true, None),
                (vec![("sec-fetch-dest", "empty"), ("accept", "application/json")], true, None),
            ],
        ),
        (
            93,
            "a page that htmx navigates to has the banner",
            vec![(vec![HTMX, ("hx-boosted", "true"), ("sec-fetch-dest", "empty")], false, Some(true))],
        ),
        (94, "without those headers it has", vec![(vec![], false, Some(true))]),
        (
            105,
            "unasked nothing is answered with \"unchanged\"",
            vec![(vec![("sec-fetch-dest", "document")], false, Some(true))],
        ),
        (109, "the most exact range decides", exact),
    ];
    let validators = [("if-none-match", "\"abc\""), ("if-modified-since", "Wed, 21 Oct 2015 07:28:00 GMT")];
    for (number, question, asked) in rows {
        let mut wrong = Vec::new();
        for (headers, kept, banner) in asked {
            let seen = house.get(&[&headers[..], &validators].concat()).await;
            let reached = house.last_asked();
            let all = validators.iter().all(|(name, _)| reached.contains_key(*name));
            let any = validators.iter().any(|(name, _)| reached.contains_key(*name));
            if (all, any) != (kept, kept) || banner.is_some_and(|banner| banner != seen.has_banner()) {
                wrong.push(format!("{headers:?}: {reached:?} {}", seen.text));
            }
        }
        answers.case(number, question, wrong.is_empty(), wrong.join("\n"));
    }
    let mut split = request(Method::GET, "/a", &validators);
    for value in ["application/json", "text/html"] {
        split.headers_mut().append(header::ACCEPT, HeaderValue::from_static(value));
    }
    house.ask(split).await;
    let reached = house.last_asked();
    answers.case(
        108,
        "what is accepted may stand in several headers",
        !reached.contains_key("if-none-match"),
        format!("{reached:?}"),
    );
    let plain = House::of(plain(), || html(PAGE));
    let yes = plain.chosen("accept").await;
    plain.get(&[&[("cookie", yes.as_str())][..], &validators].concat()).await;
    let reached = plain.last_asked();
    answers.case(
        106,
        "who gets pages as they are keeps them",
        reached.contains_key("if-none-match"),
        format!("{reached:?}"),
    );
    let part = House::new(|| {
        let mut response = with(html("<img src=https://counter.yadro.ru/hit>"), "content-range", "bytes 1-39/100");
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        response
    });
    let seen = part.get(&[("range", "bytes=1-39")]).await;
    let asked = part.last_asked();
    let shut = seen.status == StatusCode::BAD_GATEWAY && !seen.text.contains("yadro") && !asked.contains_key("range");
    answers.case(88, "no part is asked for, and one that comes is not let out", shut, &seen.text);
}

/// 96–100, 107: banners that are there already, bodies that break, pages rendered beforehand.
async fn the_rest(answers: &mut Answers) {
    let nested = |inner: Policy, outer: Policy| async move {
        let (inner, outer) = (ConsentLayer::new(inner, Memory::default()), ConsentLayer::new(outer, Memory::default()));
        let page =
            service_fn(|_: Request<String>| async { Ok::<_, Infallible>(html(PAGE).map(http_body_util::Full::new)) });
        let mut both = outer.unwrap().layer(inner.unwrap().layer(page));
        read(both.ready().await.unwrap().call(request(Method::GET, "/a", &[])).await.unwrap()).await
    };
    let seen = nested(policy(), policy()).await;
    let once = seen.text.matches(BANNER).count() == 1 && !seen.text.contains(METRICS);
    answers.case(96, "layers inside each other ask once", once, &seen.text);
    answers.case(97, "and leave the page private", seen.private(), seen.header("cache-control"));
    let prose =
        House::new(|| html("<html><body><p>Style <code>&lt;section id=\"tc\"</code>, #tc and tc-h.</p></body></html>"));
    let seen = prose.get(&[]).await;
    answers.case(
        98,
        "a page that speaks of the banner is asked on",
        seen.text.matches("<section id=\"tc\" ").count() == 1,
        &seen.text,
    );
    let seen = House::new(|| html(PAGE)).get(&[]).await;
    answers.case(
        99,
        "the banner can be told by its first bytes",
        seen.text.contains("<body><section id=\"tc\" lang="),
        &seen.text,
    );

    let pieces: Vec<Result<Frame<Bytes>, std::io::Error>> = vec![
        Ok(Frame::data(Bytes::from_static(b"<html><body><p>first</p><img src=https://counter.yadro.ru/hit>"))),
        Err(std::io::Error::other("the upstream went away")),
    ];
    let body = Mutex::new(Some(StreamBody::new(tokio_stream::iter(pieces))));
    let inner = service_fn(move |_: Request<String>| {
        let response =
            Response::builder().header("content-type", "text/html").body(body.lock().unwrap().take().unwrap());
        async move { Ok::<_, Infallible>(response.unwrap()) }
    });
    let layer = ConsentLayer::new(policy(), Memory::default()).unwrap();
    let response = layer.layer(inner).ready().await.unwrap().call(request(Method::GET, "/a", &[])).await.unwrap();
    let mut body = std::pin::pin!(response.into_body());
    let (mut out, mut error) = (Vec::new(), String::new());
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => out.extend(frame.into_data().unwrap_or_default()),
            Err(failed) => {
                error = format!(
                    "{failed:#} {}",
                    std::error::Error::source(&failed).map(ToString::to_string).unwrap_or_default()
                );
                break;
            }
        }
    }
    let out = String::from_utf8(out).unwrap();
    let told = out.contains("<p>first</p>")
        && !out.contains(" src=https://counter")
        && error.contains("the upstream went away");
    answers.case(
        100,
        "a body that breaks ends with its own error, after what was gated",
        told,
        format!("{out}\n{error}"),
    );

    // A page rendered for later, beside the layer, holds no banner; what is served of it does, once.
    let rendered = html(PAGE).into_body();
    let served = House::new(move || html(rendered.clone())).get(&[]).await;
    let once = !PAGE.contains(BANNER) && served.text.matches(BANNER).count() == 1;
    answers.case(107, "what is rendered beforehand is asked on when it is served, and not before", once, &served.text);
}
