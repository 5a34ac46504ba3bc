//! What a visitor can do beyond choosing: history, receipts, requests, being asked again about what changed.

use http::{Request, StatusCode};
use serde_json::{Value, json};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};
use tower_consent::{Policy, clock::Clock, rights};

use super::news_site::{METRICS, PAGE, RECOMMENDATIONS, Site, form_request, policy};

/// The news site with other data for recommendations, which asks about that purpose again.
fn changed() -> Policy {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    assert!(text.contains("stories read\""));
    *text = text
        .replace("stories read\"", "stories read and hearted\"")
        .replace("сведения о прочитанных материалах", "прочитанное и отмеченное");
    let (policy, found) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{found:#?}"))
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn a_changed_purpose_alone_is_asked_again() {
    let site = Site::new();
    let cookie = site.choose("accept", "").await;
    site.handle().publish(changed()).unwrap();

    let page = site.get("/a", &cookie).await;
    assert!(page.text.contains(METRICS), "the other choice stays: {}", page.text);
    assert!(!page.text.contains(RECOMMENDATIONS), "{}", page.text);
    let banner = page.text.split("<section id=\"tc\"").nth(1).expect("a banner").split("</section>").next().unwrap();
    assert!(banner.contains("<strong>") && banner.contains("Рекомендательные технологии"), "{banner}");
    assert!(banner.contains("name=\"asked\" value=\"recommendations\""), "{banner}");
    assert!(!banner.contains("value=\"metrics\""), "{banner}");

    let token = page.token();
    for (form, granted) in [
        ("choice=refuse", json!({ "metrics": true, "recommendations": false })),
        ("choice=save", json!({ "metrics": true, "recommendations": false })),
        ("choice=save&purpose=recommendations", json!({ "metrics": true, "recommendations": true })),
        ("choice=accept", json!({ "metrics": true, "recommendations": true })),
    ] {
        let token = site.get("/a", &cookie).await.token();
        let form = format!("{form}&asked=recommendations&token={token}&back=/a");
        let answer = site.post("/_consent/choice", &form, &cookie).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        assert_eq!(site.store.entries().pop().unwrap()["purposes"], granted, "{form}");
        let page = site.get("/a", &answer.choice()).await;
        assert!(!page.text.contains("<section id=\"tc\""), "asked once: {form}");
        assert!(page.text.contains(METRICS), "{form}");
    }
    // Nothing is granted that the form did not ask about, and nothing that is not a purpose.
    for form in ["choice=save&purpose=metrics&asked=recommendations", "choice=accept&asked=world-peace"] {
        let answer = site.post("/_consent/choice", &format!("{form}&token={token}"), "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{form}");
    }
    // Without the cookie the rest stays open, not refused and not granted.
    let answer = site.post("/_consent/choice", &format!("choice=accept&asked=recommendations&token={token}"), "").await;
    assert_eq!(site.store.entries().pop().unwrap()["purposes"], json!({ "recommendations": true }));
    let page = site.get("/a", &answer.choice()).await;
    assert!(page.text.contains("<section id=\"tc\"") && !page.text.contains(METRICS), "{}", page.text);
}

#[tokio::test]
async fn a_refusal_is_remembered_as_long_as_a_consent() {
    let site = Site::new();
    let mut ages = Vec::new();
    for choice in ["accept", "refuse"] {
        let token = site.get("/", "").await.token();
        let answer = site.post("/_consent/choice", &format!("choice={choice}&token={token}&back=/"), "").await;
        let cookie = answer.cookies().remove(0);
        ages.push(cookie.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().to_owned());
    }
    assert_eq!(ages, ["15552000", "15552000"]);
}

#[tokio::test]
async fn the_centre_shows_history_and_receipts_to_their_visitor_alone() {
    let site = Site::new();
    let nobody = site.get("/_consent/", "").await;
    assert!(!nobody.text.contains("/_consent/receipt"), "{}", nobody.text);
    let cookie = site.choose("accept", "").await;
    let cookie = site.choose("refuse", &cookie).await;
    let centre = site.get("/_consent/", &cookie).await;
    for part in ["Яндекс Метрика", "ООО", "Россия", "_ym_uid", "365\u{a0}дней", "разрешено", "отозвано", "download"]
    {
        assert!(centre.text.contains(part), "{part}: {}", centre.text);
    }

    let all = json_of(&site.get("/_consent/receipts", &cookie).await.text);
    let receipts = all["receipts"].as_array().unwrap();
    let kinds: Vec<&str> = receipts.iter().map(|receipt| receipt["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["accept", "withdraw"]);
    let index = receipts[1]["index"].as_u64().unwrap();
    assert!(centre.text.contains(&format!("/_consent/receipt/{index}\"")), "{}", centre.text);
    let path = format!("/_consent/receipt/{index}");
    let receipt = site.get(&path, &cookie).await;
    assert!(receipt.header("content-disposition").starts_with("attachment"), "{:?}", receipt.headers);
    let receipt = json_of(&receipt.text);
    assert_eq!(receipt["kind"], "withdraw");
    assert!(receipt["proof"].as_str().unwrap().starts_with("c2sp.org/tlog-proof@v1"), "{receipt}");
    assert_eq!(json_of(receipt["entry"].as_str().unwrap())["purposes"]["metrics"], false);

    let other = site.choose("refuse", "").await;
    for cookie in ["", &other] {
        assert_eq!(site.get(&path, cookie).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(site.get("/_consent/receipt/x", &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(json_of(&site.get("/_consent/receipts", "").await.text), json!({ "receipts": [] }));
}

/// A clock that stands.
#[derive(Debug)]
struct Stopped(OffsetDateTime);

impl Clock for Stopped {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

fn at(moment: OffsetDateTime) -> Site {
    Site::new().with(|layer| layer.with_clock(Stopped(moment)))
}

#[tokio::test]
async fn a_request_is_an_event_of_its_visitor_and_has_a_page_with_its_number_and_day() {
    let site = at(datetime!(2026-11-25 21:30 UTC));
    let token = site.get("/_consent/", "").await.token();
    let unknown = site.post("/_consent/requests", &format!("request=access&token={token}"), "").await;
    assert_eq!(unknown.status, StatusCode::CONFLICT, "{}", unknown.text);
    let cookie = site.choose("refuse", "").await;
    let mut pages = Vec::new();
    for (what, day) in [
        // Half past midnight on the 26th in Moscow: 27, 30 November, 1 to 4, 7 to 10 December.
        ("access", "10 декабря 2026"),
        ("correction", "7 декабря 2026"),
        ("stop", "10 декабря 2026"),
        ("erasure", "26 декабря 2026"),
        ("withdrawal", "26 декабря 2026"),
    ] {
        let token = site.get("/_consent/", &cookie).await.token();
        let form =
            format!("request={what}&contact=ivan%40mail.example&message=%3Cb%3E%0D%0A%D0%94%D0%B0%00&token={token}");
        let answer = site.post("/_consent/requests", &form, &cookie).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let path = answer.header("location").to_owned();
        let page = site.get(&path, &cookie).await;
        for part in [day, "Обращение № ", "ivan@mail.example", "&lt;b&gt;\nДа</dd>", "получено"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        let entry = site.store.entries().pop().unwrap();
        assert_eq!((&entry["kind"], &entry["facts"]), (&json!("request"), &json!({ "request": what })));
        assert!(!format!("{entry:?}").contains("mail.example"), "personal values are in the log as digests only");
        // The same form sent again is the same request; the one before may say something else with it.
        let again = site.post("/_consent/requests", &form, &cookie).await;
        assert_eq!(again.header("location"), path);
        pages.push(path);
    }
    let centre = site.get("/_consent/", &cookie).await;
    for path in &pages {
        assert!(centre.text.contains(&format!("href=\"{path}\"")), "{path}: {}", centre.text);
    }
    let other = site.choose("refuse", "").await;
    for cookie in ["", &other] {
        assert_eq!(site.get(&pages[0], cookie).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(site.store.kinds().iter().filter(|kind| *kind == "request").count(), 5);
}

#[tokio::test]
async fn a_request_needs_a_form_of_this_site() {
    let site = at(datetime!(2026-11-25 09:00 UTC));
    let cookie = site.choose("refuse", "").await;
    let token = site.get("/_consent/", &cookie).await.token();
    for bad in [
        format!("token={token}"),
        format!("request=money&token={token}"),
        format!("request=access&request=stop&token={token}"),
        format!("request=access&colour=red&token={token}"),
        format!("request=access&contact={}&token={token}", "a".repeat(4_001)),
    ] {
        assert_eq!(site.post("/_consent/requests", &bad, &cookie).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    for bad in ["request=access", "request=withdrawal", "request=access&token=1.a.ru.b.1.c.d"] {
        assert_eq!(site.post("/_consent/requests", bad, &cookie).await.status, StatusCode::FORBIDDEN, "{bad}");
    }
    let foreign = Request::post("/_consent/requests")
        .header("host", "news.example")
        .header("sec-fetch-site", "cross-site")
        .header("cookie", &cookie)
        .body(format!("request=erasure&token={token}"));
    assert_eq!(site.ask(foreign.unwrap()).await.status, StatusCode::FORBIDDEN);
    assert!(!site.store.kinds().contains(&"request".to_owned()));
    // Three days later the form is too old, but not for taking consent back.
    let later = site.with(|layer| layer.with_clock(Stopped(datetime!(2026-11-28 10:00 UTC))));
    for (what, status) in [("access", StatusCode::FORBIDDEN), ("withdrawal", StatusCode::SEE_OTHER)] {
        let answer = later.post("/_consent/requests", &format!("request={what}&token={token}"), &cookie).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_year_without_a_calendar_costs_no_one_his_right() {
    let site = at(datetime!(2027-12-27 09:00 UTC));
    let cookie = site.choose("refuse", "").await;
    let token = site.get("/_consent/", &cookie).await.token();
    let answer = site.post("/_consent/requests", &format!("request=access&token={token}"), &cookie).await;
    let page = site.get(answer.header("location"), &cookie).await;
    assert!(page.text.contains("в срок, установленный законом"), "{}", page.text);
    let register = rights::register(&site.store, &policy()).await.unwrap();
    assert!(register[0].is_overdue(date!(2027 - 12 - 28)), "the operator is alarmed");
    assert!(matches!(&register[0].due, rights::Due::Unknown(missing) if missing.year == 2028));
}

#[tokio::test]
async fn the_centre_lists_every_version_and_says_what_the_browser_signals() {
    let site = Site::new();
    let cookie = site.choose("refuse", "").await;
    let before = policy().version().to_owned();
    assert!(!site.get("/_consent/", &cookie).await.text.contains("?version="));
    site.handle().publish(changed()).unwrap();
    let centre = site.get("/_consent/", &cookie).await;
    let path = format!("/_consent/documents/consent?version={before}");
    assert!(centre.text.contains(&path), "{}", centre.text);
    assert_eq!(site.get(&path, "").await.status, StatusCode::OK);

    assert!(centre.text.contains("не передаёт сигнал Global Privacy Control"), "{}", centre.text);
    let signalling = Request::get("/_consent/").header("host", "news.example").header("sec-gpc", "1");
    let signalling = site.ask(signalling.body(String::new()).unwrap()).await;
    assert!(signalling.text.contains("сайт его соблюдает"), "{}", signalling.text);
}

#[tokio::test]
async fn the_script_is_kept_for_ever_and_the_state_never() {
    let site = Site::new();
    let page = site.get("/", "").await;
    let script = page.text.split("<script async src=\"").nth(1).expect("the script").split('"').next().unwrap();
    let answer = site.get(script, "").await;
    assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    assert!(answer.header("cache-control").contains("immutable"), "{:?}", answer.headers);
    assert!(answer.headers.get("vary").is_none() && answer.headers.get("set-cookie").is_none());
    assert_eq!(site.get("/_consent/assets/0000000000000000.js", "").await.status, StatusCode::NOT_FOUND);

    let cookie = site.choose("accept", "").await;
    let state = site.get("/_consent/state", &cookie).await;
    assert_eq!(state.header("cache-control"), "no-store");
    let decided = json!({ "granted": ["metrics", "recommendations"], "refused": [], "undecided": [], "gpc": false });
    assert_eq!(json_of(&state.text), decided);
    let undecided = json!({ "granted": [], "refused": [], "undecided": ["metrics", "recommendations"], "gpc": false });
    assert_eq!(json_of(&site.get("/_consent/state", "").await.text), undecided);

    let refused = site.choose("refuse", "").await;
    assert!(!site.get("/a", &refused).await.text.contains("/_consent/assets/"), "nothing runs: no script of ours");
    assert!(site.get("/a", &cookie).await.text.contains("data-state=\"metrics:1 recommendations:1\""));
}

#[tokio::test]
async fn a_robot_gets_no_record_and_no_grant() {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    *text = text.replace("model = \"opt-in\"", "model = \"opt-out\"");
    let site = Site::of(Policy::check(files).0.unwrap(), PAGE, "text/html; charset=utf-8");
    let as_agent = |agent: &str| {
        Request::get("/").header("host", "news.example").header("user-agent", agent).body(String::new()).unwrap()
    };
    let person = site.ask(as_agent("Mozilla/5.0 Firefox/145.0")).await;
    assert!(person.text.contains(METRICS));
    let robot = site.ask(as_agent("Mozilla/5.0 (compatible; YandexBot/3.0)")).await;
    assert!(!robot.text.contains(METRICS) && robot.text.contains("<p>news</p>"), "{}", robot.text);
    let choice = Request::post("/_consent/choice")
        .header("host", "news.example")
        .header("user-agent", "YandexBot/3.0")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("choice=accept&token={}", person.token()));
    let answer = site.ask(choice.unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    assert!(answer.headers.get("set-cookie").is_none());
    assert_eq!(site.store.kinds(), Vec::<String>::new());
}

/// What the centre says of `Sec-GPC` is what the decision heard: exactly `1`, in one header at least.
#[tokio::test]
async fn the_centre_tells_of_the_signal_what_the_decision_heard() {
    let site = Site::new();
    let mut told = Vec::new();
    for (values, heard) in [
        (&["1"][..], true),
        (&["0", "1"], true),
        (&["1", "0"], true),
        (&[], false),
        (&["0"], false),
        (&["true"], false),
        (&["1, 1"], false),
        (&["01"], false),
    ] {
        let ask = |path: &str| {
            let mut request = Request::get(path).header("host", "news.example");
            for value in values {
                request = request.header("sec-gpc", *value);
            }
            site.ask(request.body(String::new()).unwrap())
        };
        let state = json_of(&ask("/_consent/state").await.text);
        assert_eq!(state["gpc"], heard, "{values:?}");
        let page = ask("/_consent/").await.text;
        told.push((heard, page.lines().count(), without_token(&page)));
    }
    let (yes, no): (Vec<_>, Vec<_>) = told.into_iter().partition(|(heard, ..)| *heard);
    assert!(yes.iter().all(|page| *page == yes[0]) && no.iter().all(|page| *page == no[0]));
    assert_ne!(yes[0].2, no[0].2, "the page says whether the signal came");
}

fn without_token(page: &str) -> String {
    let mut parts = page.split("name=\"token\" value=\"");
    let mut rest = parts.next().unwrap().to_owned();
    for part in parts {
        rest.push_str(part.split_once('"').unwrap().1);
    }
    rest
}

/// California asks a site to show that it has heard the signal (CCPA regulations, § 7025(c)(6)); nobody is told what is
/// not so.
#[tokio::test]
async fn pages_tell_that_the_signal_was_processed_where_the_law_of_california_holds() {
    let with = |profiles: &str, sale: &str| {
        let mut files = policy().files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        *text = text
            .replacen("profiles = [\"ru\"]", &format!("profiles = {profiles}"), 1)
            .replacen("retention = \"365 days\"", &format!("retention = \"365 days\"\n{sale}"), 1)
            .replacen("[choice]", "[choice]\ncountry-header = \"x-country\"", 1);
        let (policy, found) = Policy::check(files);
        policy.unwrap_or_else(|| panic!("{found:#?}"))
    };
    let word = "Отказ, переданный браузером, учтён";
    let references: String =
        word.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("&#{};", u32::from(c)) }).collect();
    let told = |page: &str| page.contains(word) || page.contains(&references);
    for (profiles, sale, country, gpc, expected) in [
        ("[\"ru\", \"us-ca\"]", "sale = true", "", "1", true),
        ("[\"ru\", \"us-ca\"]", "sale = true", "US-CA", "1", true),
        ("[\"ru\", \"us-ca\"]", "sale = true", "RU", "1", false),
        ("[\"ru\", \"us-ca\"]", "sale = true", "", "0", false),
        ("[\"ru\", \"us-ca\"]", "", "", "1", false),
        ("[\"ru\"]", "sale = true", "", "1", false),
    ] {
        let site = Site::of(with(profiles, sale), PAGE, "text/html; charset=utf-8");
        let refused = site.choose("refuse", "").await;
        for cookie in ["", refused.as_str()] {
            let request = Request::get("/").header("host", "news.example").header("cookie", cookie);
            let request = request.header("sec-gpc", gpc).header("x-country", country);
            let page = site.ask(request.body(String::new()).unwrap()).await.text;
            assert_eq!(told(&page), expected, "{profiles} {sale} {country} {gpc} `{cookie}`: {page}");
        }
    }
    // Who chose otherwise in its knowledge is told nothing.
    let site = Site::of(with("[\"us-ca\"]", "sale = true"), PAGE, "text/html; charset=utf-8");
    let token = site.get("/", "").await.token();
    let form = form_request("/_consent/choice", "").header("sec-gpc", "1");
    let chosen = site.ask(form.body(format!("choice=accept&token={token}")).unwrap()).await.choice();
    let request = Request::get("/").header("host", "news.example").header("cookie", chosen).header("sec-gpc", "1");
    let page = site.ask(request.body(String::new()).unwrap()).await.text;
    assert!(!told(&page) && page.contains(METRICS), "{page}");
}
