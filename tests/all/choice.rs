//! The four steps of a visitor without script, and everything that is refused.

use http::{Request, StatusCode, header};
use tower_consent::clock::Clock;

use super::news_site::{METRICS, PAGE, RECOMMENDATIONS, Site, policy};

#[tokio::test]
async fn load_refuse_accept_withdraw_without_script() {
    let site = Site::new();
    let first = site.get("/a?b=1", "").await;
    assert!(first.text.contains("<section id=\"tc\""), "{}", first.text);
    assert!(!first.text.contains(METRICS) && !first.text.contains(RECOMMENDATIONS), "{}", first.text);
    assert_eq!(first.header("x-allowed"), "necessary");
    assert_eq!(first.header("cache-control"), "private, no-cache");
    assert_eq!(first.headers.get("etag"), None);
    assert_eq!(first.headers.get("content-length"), None);
    assert_eq!(first.cookies(), ["session=1; Path=/"]);

    let form = format!("choice=refuse&token={}&back=%2Fa%3Fb%3D1", first.token());
    let refused = site.post("/_consent/choice", &form, "").await;
    assert_eq!((refused.status, refused.header("location")), (StatusCode::SEE_OTHER, "/a?b=1"));
    let cookie = refused.cookies().remove(0);
    assert!(cookie.starts_with("__Host-tower-consent=1."), "{cookie}");
    for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/", "; Max-Age=15552000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let cookie = refused.choice();
    let page = site.get("/a", &cookie).await;
    assert!(!page.text.contains("<section id=\"tc\""), "no banner after a refusal");
    assert!(!page.text.contains(METRICS) && !page.text.contains(RECOMMENDATIONS), "{}", page.text);

    let cookie = site.choose("accept", &cookie).await;
    let page = site.get("/a", &cookie).await;
    let link = page.text.strip_prefix(PAGE).expect("a visitor who allowed everything gets the page as it is");
    assert!(link.starts_with("<section id=\"tc-l\"") && link.ends_with("</script>"), "link and script: {link}");
    assert_eq!(page.header("x-allowed"), "metrics,necessary,recommendations");
    assert_eq!(page.cookies().len(), 2);

    let all = format!("{cookie}; _ym_uid=1; _ym_visorc_77=w; reading_history=3; session=1");
    let withdrawn = site.post("/_consent/withdraw", "back=/a", &all).await;
    assert_eq!((withdrawn.status, withdrawn.header("location")), (StatusCode::SEE_OTHER, "/a"));
    for name in ["_ym_uid", "_ym_visorc_77", "reading_history"] {
        let ended = withdrawn.cookies().into_iter().filter(|cookie| cookie.starts_with(&format!("{name}=;")));
        let ended: Vec<_> = ended.collect();
        assert!(ended.iter().all(|cookie| cookie.contains("Max-Age=0")), "{ended:?}");
        assert!(ended.iter().any(|cookie| !cookie.contains("Domain")), "{ended:?}");
        assert!(ended.iter().any(|cookie| cookie.contains("Domain=news.example")), "{ended:?}");
    }
    assert!(!withdrawn.cookies().iter().any(|cookie| cookie.starts_with("session=")));
    let page = site.get("/a", &withdrawn.choice()).await;
    assert!(!page.text.contains(METRICS) && !page.text.contains(RECOMMENDATIONS), "{}", page.text);
    assert_eq!(site.store.kinds(), ["refuse", "accept", "withdraw"]);
}

#[tokio::test]
async fn one_purpose_alone() {
    let site = Site::new();
    let token = site.get("/", "").await.token();
    let form = format!("purpose=metrics&choice=save&token={token}&back=/");
    let answer = site.post("/_consent/choice", &form, "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = site.get("/", &answer.choice()).await;
    assert!(page.text.contains(METRICS) && !page.text.contains(RECOMMENDATIONS), "{}", page.text);
    let entry = site.store.entries().pop().unwrap();
    assert_eq!(entry["kind"], "partial");
    assert_eq!(entry["purposes"], serde_json::json!({ "metrics": true, "recommendations": false }));
    assert_eq!(entry["policy"], policy().version());
    assert_eq!(entry["language"], "ru");
}

#[tokio::test]
async fn json_answers_with_the_receipt() {
    let site = Site::new();
    let token = site.get("/", "").await.token();
    let request = Request::post("/_consent/choice")
        .header("host", "news.example")
        .header("content-type", "application/json")
        .body(format!(r#"{{"purposes":{{"metrics":true,"recommendations":false}},"token":"{token}"}}"#));
    let answer = site.ask(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(body["granted"], serde_json::json!(["metrics"]));
    assert_eq!(body["refused"], serde_json::json!(["recommendations"]));
    assert_eq!(body["receipt"]["index"], 2, "the log's beginning is entry 0, the policy's publication 1");
    let proof: tower_consent::audit::Proof = body["receipt"]["proof"].as_str().unwrap().parse().unwrap();
    let key = site.store.entries()[0]["facts"]["key"].as_str().unwrap().parse().unwrap();
    let entry = body["receipt"]["entry"].as_str().unwrap();
    let checkpoint = proof.verify(entry.as_bytes(), &[key]).expect("the visitor can prove his choice offline");
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("news.example/consent", 3));
    assert_eq!(serde_json::from_str::<serde_json::Value>(entry).unwrap()["kind"], "partial");
}

#[tokio::test]
async fn the_same_form_twice_is_one_event() {
    let site = Site::new();
    let token = site.get("/", "").await.token();
    let form = format!("choice=accept&token={token}&back=/");
    let first = site.post("/_consent/choice", &form, "").await;
    let second = site.post("/_consent/choice", &form, "").await;
    assert_eq!((first.status, second.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(site.store.kinds(), ["accept"]);
}

#[tokio::test]
async fn every_4xx_says_why_and_writes_nothing() {
    let site = Site::new();
    let token = site.get("/", "").await.token();
    let foreign = Site::new().get("/", "").await.token();
    let form = "application/x-www-form-urlencoded";
    let json = "application/json";
    let long = "a".repeat(9000);
    let good = format!("choice=accept&token={token}");
    type Case = (u16, &'static str, &'static str, &'static str, String, &'static [(&'static str, &'static str)]);
    let cases: Vec<Case> = vec![
        (400, "malformed", "POST", form, String::new(), &[]),
        (400, "malformed", "POST", form, format!("token={token}"), &[]),
        (400, "malformed", "POST", form, format!("choice=maybe&token={token}"), &[]),
        (400, "malformed", "POST", form, format!("choice=save&purpose=world-peace&token={token}"), &[]),
        (400, "malformed", "POST", form, format!("choice=save&purpose=necessary&token={token}"), &[]),
        (400, "malformed", "POST", form, format!("choice=accept&choice=refuse&token={token}"), &[]),
        (400, "malformed", "POST", form, format!("choice=accept&extra=1&token={token}"), &[]),
        (400, "malformed", "POST", json, "{".to_owned(), &[]),
        (400, "malformed", "POST", json, format!(r#"{{"purposes":{{"metrics":1}},"token":"{token}"}}"#), &[]),
        (400, "malformed", "POST", json, format!(r#"{{"purposes":{{}},"token":"{token}","x":1}}"#), &[]),
        (403, "token", "POST", form, "choice=accept".to_owned(), &[]),
        (403, "token", "POST", form, "choice=accept&token=1.2.3".to_owned(), &[]),
        (403, "token", "POST", form, format!("choice=accept&token={foreign}"), &[]),
        (403, "cross-origin", "POST", form, good.clone(), &[("sec-fetch-site", "cross-site")]),
        (403, "cross-origin", "POST", form, good.clone(), &[("sec-fetch-site", "same-site")]),
        (403, "cross-origin", "POST", form, good.clone(), &[("origin", "https://evil.example")]),
        (403, "cross-origin", "POST", form, good.clone(), &[("origin", "null")]),
        (403, "cross-origin", "POST", form, good.clone(), &[("origin", "https://news.example:444")]),
        (405, "method", "GET", form, good.clone(), &[]),
        (405, "method", "PUT", form, good.clone(), &[]),
        (413, "too-large", "POST", form, format!("choice=accept&token={token}&back={long}"), &[]),
        (415, "media-type", "POST", "text/plain", good.clone(), &[]),
        (415, "media-type", "POST", "multipart/form-data; boundary=x", good.clone(), &[]),
        (415, "media-type", "POST", form, good.clone(), &[("content-encoding", "gzip")]),
    ];
    for (status, code, method, kind, body, headers) in cases {
        for json in [false, true] {
            let mut request = Request::builder()
                .method(method)
                .uri("/_consent/choice")
                .header("host", "news.example")
                .header("content-type", kind);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            if json {
                request = request.header("accept", "application/json");
            }
            let answer = site.ask(request.body(body.clone()).unwrap()).await;
            let case = format!("{method} {body:.60} {headers:?}");
            assert_eq!(answer.status.as_u16(), status, "{case}: {}", answer.text);
            assert!(answer.text.contains(code), "{case}: {}", answer.text);
            assert_eq!(answer.cookies(), Vec::<String>::new(), "{case}");
            assert_eq!(answer.header("cache-control"), "no-store", "{case}");
        }
    }
    assert_eq!(site.get("/_consent/nowhere", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.store.kinds(), Vec::<String>::new());
}

#[tokio::test]
async fn a_flood_of_one_visitor_is_slowed_but_he_can_always_withdraw() {
    let site = Site::new();
    let cookie = site.choose("accept", "").await;
    let mut last = None;
    for _ in 0..40 {
        let token = site.get("/_consent/", &cookie).await.token();
        last = Some(site.post("/_consent/choice", &format!("choice=accept&token={token}"), &cookie).await);
    }
    let last = last.unwrap();
    assert_eq!((last.status, last.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert!(last.text.contains("too-many"), "{}", last.text);
    assert_eq!(last.cookies(), Vec::<String>::new());
    let written = site.store.kinds().len();
    assert_eq!(site.post("/_consent/withdraw", "", &cookie).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.store.kinds().len(), written + 1);
}

#[tokio::test]
async fn the_page_a_choice_was_made_on_is_forgotten_by_itself() {
    use tower_consent::{
        ConsentLayer,
        clock::SystemClock,
        record::{Kind, Record},
        recorder::Log,
        signal::VisitorId,
        store::ConsentStore,
    };
    let store = super::news_site::Shared::default();
    let now = SystemClock.now();
    let choice = |days: i64| {
        let mut record = Record::of(Kind::Accept, now - time::Duration::days(days), "v1");
        record.visitor = Some(VisitorId::from_random([7; 16]));
        record.page = Some("/a".into());
        record
    };
    let mut log = Log::open(std::sync::Arc::new(store.clone()), "news.example/consent", now).await.unwrap();
    log.append(vec![choice(31), choice(29)]).await.unwrap();
    let names = |entry: &tower_consent::audit::Entry| entry.disclosed().unwrap().into_keys().collect::<Vec<_>>();
    let before = store.read(1..3).await.unwrap();
    assert_eq!(names(&before[0]), ["page", "subject"]);
    assert_eq!(names(&before[1]), ["page", "previous", "subject"]);
    let _layer = ConsentLayer::new(policy(), store.clone()).unwrap();
    for _ in 0..100 {
        if store.read(1..2).await.unwrap()[0].brief.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let after = store.read(1..3).await.unwrap();
    assert_eq!(names(&after[0]), ["subject"]);
    assert_eq!(after[1], before[1], "the other one has a day left");
}

#[tokio::test]
async fn what_was_written_though_it_was_answered_with_503_is_not_written_twice() {
    let site = Site::new();
    let token = site.get("/", "").await.token();
    let form = format!("choice=accept&token={token}&back=/");
    site.store.deny(true);
    assert_eq!(site.post("/_consent/choice", &form, "").await.status, StatusCode::SERVICE_UNAVAILABLE);
    site.store.deny(false);
    assert_eq!(site.post("/_consent/choice", &form, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.post("/_consent/choice", &form, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.store.kinds(), ["accept"]);
}

#[tokio::test]
async fn a_store_that_cannot_write_acknowledges_nothing_and_pages_go_on() {
    let site = Site::new();
    let cookie = site.choose("accept", "").await;
    site.store.break_down(true);
    let token = site.get("/", "").await.token();
    let answer = site.post("/_consent/choice", &format!("choice=accept&token={token}"), "").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    assert_eq!(answer.cookies(), Vec::<String>::new());
    assert!(!site.get("/", "").await.text.contains(METRICS), "pages are served and gated");
    let answer = site.post("/_consent/withdraw", "", &cookie).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "not recorded, and not said to be");
    assert!(!site.get("/", &answer.choice()).await.text.contains(METRICS), "but what was withdrawn stops at once");
    site.store.break_down(false);
    let answer = site.post("/_consent/choice", &format!("choice=accept&token={token}"), "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "choices work again without a restart");
    assert_eq!(site.store.kinds(), ["accept", "withdraw", "accept"], "the withdrawal was kept and written first");
    let outage = site.store.entries().into_iter().find(|entry| entry["kind"] == "log-degraded").unwrap();
    assert_eq!(outage["facts"]["refused"], "2");
}

#[derive(Debug)]
struct Later(time::Duration);

impl Clock for Later {
    fn now(&self) -> time::OffsetDateTime {
        tower_consent::clock::SystemClock.now() + self.0
    }
}

#[tokio::test]
async fn an_old_form_grants_nothing_but_takes_back() {
    let site = Site::new();
    let cookie = site.choose("accept", "").await;
    let token = site.get("/_consent/", &cookie).await.token();
    let later = site.clone().with(|layer| layer.with_clock(Later(time::Duration::days(3))));
    let answer = later.post("/_consent/choice", &format!("choice=accept&token={token}"), &cookie).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let answer = later.post("/_consent/choice", &format!("choice=refuse&token={token}"), &cookie).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let answer = later.post("/_consent/choice", "choice=refuse", &cookie).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "a withdrawal needs no token");
    assert_eq!(site.store.kinds(), ["accept", "withdraw", "withdraw"]);
}

#[tokio::test]
async fn changed_texts_are_asked_again() {
    let site = Site::new();
    let token = site.get("/", "").await.token();
    let mut files = policy().files().clone();
    files.get_mut("ru/banner.md").unwrap().push_str("\nЕщё одно слово.\n");
    let (changed, faults) = tower_consent::Policy::check(files);
    assert!(faults.is_empty(), "{faults:?}");
    let keys = || tower_consent::signal::KeyRing::new([[5; 32]]).unwrap();
    let before = site.with(|layer| layer.with_keys(keys()));
    let old = before.get("/", "").await.token();
    let after = Site::of(changed.unwrap(), PAGE, "text/html").with(|layer| layer.with_keys(keys()));
    let answer = after.post("/_consent/choice", &format!("choice=accept&token={old}"), "").await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
    let answer = after.post("/_consent/choice", &format!("choice=refuse&token={old}"), "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "a refusal holds under any text");
    let _ = token;
}

#[tokio::test]
async fn cookies_that_are_not_ours_grant_nothing_and_the_page_is_served() {
    let site = Site::new();
    let good = site.choose("accept", "").await;
    assert!(site.get("/", &good).await.text.starts_with(PAGE));
    let foreign = Site::new().choose("accept", "").await;
    let tampered = good.replace("metrics*1", "metrics*2");
    let turned = site.choose("refuse", "").await.replace("*0", "*1");
    let bytes = |text: &[u8]| http::HeaderValue::from_bytes(text).unwrap();
    let name = "__Host-tower-consent=";
    for (what, cookie) in [
        ("tampered", bytes(tampered.as_bytes())),
        ("turned from no to yes", bytes(turned.as_bytes())),
        ("foreign", bytes(foreign.as_bytes())),
        ("hidden behind another", bytes(format!("{good}; {name}x").as_bytes())),
        ("oversized", bytes(format!("{name}{}", "a".repeat(20_000)).as_bytes())),
        ("not UTF-8", bytes(&[name.as_bytes(), b"\xff\xfe\x80"].concat())),
        ("written by a list", bytes(format!("{name}true").as_bytes())),
        ("another name", bytes(good.replace("__Host-", "").as_bytes())),
    ] {
        let request = Request::get("/").header(header::COOKIE, cookie).body(String::new()).unwrap();
        let answer = site.ask(request).await;
        assert_eq!(answer.status, StatusCode::OK, "{what}");
        assert_eq!(answer.header("x-allowed"), "necessary", "{what}");
        assert!(!answer.text.contains(METRICS) && answer.text.contains("<section id=\"tc\""), "{what}");
    }
}

#[tokio::test]
async fn the_way_back_leads_nowhere_else() {
    let site = Site::new();
    for back in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a%0d%0aX:1\r\n"]
    {
        let token = site.get("/", "").await.token();
        let back = url::form_urlencoded::byte_serialize(back.as_bytes()).collect::<String>();
        let answer = site.post("/_consent/choice", &format!("choice=refuse&token={token}&back={back}"), "").await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"), "{back}");
    }
}

#[tokio::test]
async fn documents_and_centre_are_readable_without_a_choice() {
    let site = Site::new();
    for path in ["consent", "policy", "recommendations", "cookies"] {
        let answer = site.get(&format!("/_consent/documents/{path}"), "").await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.text.contains("{{") && !answer.text.contains('\u{2063}'), "{path}: {}", answer.text);
    }
    let consent = site.get("/_consent/documents/consent", "").await.text;
    assert!(consent.contains("ООО «Вести Края»") && consent.contains("<table>"), "{consent}");
    let rules = site.get("/_consent/documents/recommendations", "").await.text;
    assert!(rules.contains("На информационном ресурсе применяются рекомендательные технологии"), "{rules}");
    let request = Request::get("/_consent/").header("accept-language", "en-GB").body(String::new()).unwrap();
    let centre = site.ask(request).await;
    assert!(centre.text.contains("Privacy centre"), "{}", centre.text);
    assert!(centre.header("content-security-policy").contains("frame-ancestors 'none'"));
}

#[tokio::test]
async fn what_is_not_a_page_passes_untouched() {
    let json = r#"{"a":"<script src=https://mc.yandex.ru/x></script>"}"#;
    let site = Site::of(policy(), json, "application/json");
    let answer = site.get("/api", "").await;
    assert_eq!(answer.text, json);
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.header("content-length"), json.len().to_string());
    let site = Site::new();
    let request = Request::get("/").header("hx-request", "true").body(String::new()).unwrap();
    let fragment = site.ask(request).await;
    assert!(!fragment.text.contains("<section id=\"tc\"") && !fragment.text.contains(METRICS), "gated, no banner");
}

/// The seed policy with another line in place of one of its lines.
fn policy_with(from: &str, to: &str) -> tower_consent::Policy {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
    let (policy, found) = tower_consent::Policy::check(files);
    policy.unwrap_or_else(|| panic!("{found:#?}"))
}

#[tokio::test]
async fn silence_is_a_yes_only_where_the_policy_says_opt_out() {
    let opt_out = policy_with("model = \"opt-in\"", "model = \"opt-out\"");
    let site = Site::of(opt_out, PAGE, "text/html; charset=utf-8");
    let page = site.get("/", "").await;
    assert!(page.text.contains(METRICS) && page.text.contains(RECOMMENDATIONS), "{}", page.text);
    assert!(page.text.contains("<section id=\"tc\""), "the visitor is told and can say no");
    let cookie = site.choose("refuse", "").await;
    let page = site.get("/", &cookie).await;
    assert!(!page.text.contains(METRICS) && !page.text.contains("<section id=\"tc\""), "{}", page.text);
    // Nothing had been granted by a word of the visitor's, so this is a refusal and no withdrawal.
    assert_eq!(site.store.kinds(), ["refuse"]);
    // A cookie that was tampered with is not silence.
    let page = site.get("/", "__Host-tower-consent=1.x.y.z").await;
    assert!(!page.text.contains(METRICS), "{}", page.text);
}

#[tokio::test]
async fn a_choice_for_all_subdomains_has_its_domain_in_the_cookie() {
    let wide = policy_with("[choice]", "[cookie]\ndomain = \"news.example\"\n\n[choice]");
    let site = Site::of(wide, PAGE, "text/html; charset=utf-8");
    let token = site.get("/_consent/", "").await.token();
    let answer = site.post("/_consent/choice", &format!("choice=accept&token={token}"), "").await;
    let cookies = answer.cookies();
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("__Secure-tower-consent=")).expect("a choice cookie");
    assert!(cookie.contains("; Domain=news.example") && cookie.contains("; Secure"), "{cookie}");
    let page = site.get("/", &answer.choice()).await;
    assert!(page.text.contains(METRICS), "{}", page.text);
    for (domain, reason) in [("example", "public suffix"), ("other.example", "not the site's host")] {
        let mut files = policy().files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        *text = text.replacen("[choice]", &format!("[cookie]\ndomain = \"{domain}\"\n\n[choice]"), 1);
        let (none, found) = tower_consent::Policy::check(files);
        assert!(none.is_none() && found[0].message.contains(reason), "{found:?}");
    }
}

#[tokio::test]
async fn a_choice_made_under_the_signal_holds_against_it() {
    let selling = policy_with("retention = \"365 days\"", "retention = \"365 days\"\nsale = true");
    let site = Site::of(selling, PAGE, "text/html; charset=utf-8");
    let get = |cookie: &str| {
        let request = Request::get("/").header("host", "news.example").header("sec-gpc", "1").header("cookie", cookie);
        site.ask(request.body(String::new()).unwrap())
    };
    // Chosen without the signal: it refuses what is sold, and nothing else.
    let cookie = site.choose("accept", "").await;
    assert!(site.get("/", &cookie).await.text.contains(METRICS));
    let page = get(&cookie).await.text;
    assert!(!page.contains(METRICS) && page.contains(RECOMMENDATIONS), "{page}");
    // Chosen anew with the signal on: the choice is the later word.
    let token = site.get("/_consent/", &cookie).await.token();
    let request = Request::post("/_consent/choice")
        .header("host", "news.example")
        .header("origin", "https://news.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-gpc", "1")
        .header("cookie", &cookie);
    let answer = site.ask(request.body(format!("choice=accept&token={token}")).unwrap()).await;
    assert!(get(&answer.choice()).await.text.contains(METRICS));
}

/// The way of the original footer: going on is a yes. It takes a second page, a durable record and nothing less.
#[tokio::test]
async fn opening_a_second_page_is_a_yes_only_under_notice_and_only_when_recorded() {
    let notice = policy_with("model = \"opt-in\"", "model = \"notice\"");
    let site = Site::of(notice, PAGE, "text/html; charset=utf-8");
    let open = |path: &'static str, cookie: String| {
        let request = Request::get(path).header("host", "news.example").header("sec-fetch-dest", "document");
        site.ask(request.header("cookie", cookie).body(String::new()).unwrap())
    };
    let mark_of = |answer: &super::news_site::Answered| {
        let cookies = answer.cookies();
        let mark = cookies.iter().find(|cookie| cookie.starts_with("__Host-tower-consent-shown="));
        mark.map(|cookie| cookie.split(';').next().unwrap().to_owned())
    };
    let first = open("/a", String::new()).await;
    assert!(!first.text.contains(METRICS) && first.text.contains("<section id=\"tc\""), "{}", first.text);
    let mark = mark_of(&first).expect("the page marks who was shown the banner");
    assert!(site.store.kinds().is_empty(), "one page is no agreement");

    // Neither a mark of another site, nor two marks, nor a picture, nor a store that cannot write.
    for cookie in ["__Host-tower-consent-shown=1.x".to_owned(), format!("{mark}; {mark}")] {
        open("/b", cookie).await;
    }
    let picture = Request::get("/b").header("host", "news.example").header("sec-fetch-dest", "image");
    site.ask(picture.header("cookie", &mark).body(String::new()).unwrap()).await;
    site.store.break_down(true);
    let failing = open("/b", mark.clone()).await;
    assert!(!failing.cookies().iter().any(|cookie| cookie.contains("tower-consent=")), "{:?}", failing.cookies());
    site.store.break_down(false);
    assert!(site.store.kinds().is_empty(), "{:?}", site.store.kinds());

    // The second page stays gated; when the record is durable it, or a later one, carries the choice.
    let mut choice = None;
    for _ in 0..200 {
        let page = open("/c", mark.clone()).await;
        assert!(!page.text.contains(METRICS), "{}", page.text);
        let cookies = page.cookies();
        if let Some(cookie) = cookies.iter().find(|cookie| cookie.starts_with("__Host-tower-consent=")) {
            choice = Some(cookie.split(';').next().unwrap().to_owned());
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let choice = choice.expect("the record is durable in time");
    assert_eq!(site.store.kinds(), ["acknowledge"], "the same mark is one event");
    let page = open("/d", choice.clone()).await;
    assert!(page.text.contains(METRICS) && !page.text.contains("<section id=\"tc\""), "{}", page.text);
    // And it is taken back as any other.
    let answer = site.post("/_consent/withdraw", "", &choice).await;
    assert!(!open("/e", answer.choice()).await.text.contains(METRICS));
    assert_eq!(site.store.kinds(), ["acknowledge", "withdraw"]);

    // Under opt-in nobody is marked and no second page means anything.
    let strict = Site::new();
    let first = strict.get("/a", "").await;
    assert_eq!(mark_of(&first), None);
    strict.get("/b", &mark).await;
    assert!(strict.store.kinds().is_empty());
}

#[tokio::test]
async fn the_link_to_the_centre_stands_on_pages_and_shows_once_no_banner_does() {
    let site = Site::new();
    let cookie = site.choose("refuse", "").await;
    let page = site.get("/a", &cookie).await;
    assert_eq!(page.text.matches("<section id=\"tc-l\"").count(), 1, "{}", page.text);
    assert!(page.text.contains("<a href=\"/_consent/?lang=ru\">"), "{}", page.text);
    let first = site.get("/a", "").await;
    assert_eq!(first.text.matches("<section id=\"tc-l\"").count(), 1, "{}", first.text);
    assert!(
        first.text.contains("html:has(#tc:not([hidden])) #tc-l{display:none}"),
        "the banner leads there: {}",
        first.text
    );
    assert_eq!(first.text.matches("<script async src=\"/_consent/").count(), 1, "{}", first.text);
    let fragment = Request::get("/a").header("host", "news.example").header("hx-request", "true");
    let fragment = site.ask(fragment.header("cookie", &cookie).body(String::new()).unwrap()).await;
    assert!(!fragment.text.contains("tc-l"), "{}", fragment.text);

    // Markup behind a tag that is left open would finish it, and bring to life what it loads.
    for open in [
        "<img src=https://counter.yadro.ru/hit alt=\"",
        "<img src=https://counter.yadro.ru/hit alt",
        "<!-- ",
        "<title>",
    ] {
        let page: &'static str = format!("<!DOCTYPE html><body><p>news{open}").leak();
        let site = Site::of(policy(), page, "text/html; charset=utf-8");
        let cookie = site.choose("refuse", "").await;
        assert_eq!(site.get("/a", &cookie).await.text, page);
    }

    let mut files = policy().files().clone();
    files.get_mut("policy.toml").unwrap().push_str("\n[banner]\nbrand = false\n");
    let without = tower_consent::Policy::check(files).0.unwrap();
    let site = Site::of(without, PAGE, "text/html; charset=utf-8");
    let cookie = site.choose("accept", "").await;
    assert_eq!(site.get("/a", &cookie).await.text, PAGE, "not a byte of ours");
}

#[tokio::test]
async fn a_test_server_without_tls_has_a_plain_cookie() {
    let site = Site::new().with(|layer| layer.with_origin("http://127.0.0.1:8080").unwrap());
    let cookie = site.choose("accept", "").await;
    assert!(cookie.starts_with("tower-consent="), "a browser refuses the prefixes over plain HTTP: {cookie}");
    assert!(site.get("/a", &cookie).await.text.contains(METRICS));
}

#[cfg(feature = "sled")]
#[tokio::test]
async fn without_a_store_pages_go_on_gated_and_no_choice_is_acknowledged() {
    use tower_consent::{ConsentLayer, store::Sled};
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("store");
    drop(ConsentLayer::new(policy(), Sled::open(&place).unwrap()).unwrap());
    // The writer lets go of the store a moment after the layer is gone.
    let anchor = folder.path().join("store.anchor");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let damaged = loop {
        std::fs::write(&anchor, b"damaged").unwrap();
        match Sled::open(&place) {
            Err(why) if !why.to_string().contains("another process") => break why,
            _ if std::time::Instant::now() > until => panic!("a damaged anchor is noticed"),
            _ => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    };
    let before = Site::new();
    let cookie = before.choose("accept", "").await;
    let site = Site::new().with(|_| ConsentLayer::degraded(policy(), &damaged).unwrap());
    assert!(site.handle().health().degraded.is_some(), "and whoever looks after the site is told");
    for cookie in ["", cookie.as_str()] {
        let page = site.get("/", cookie).await;
        assert_eq!((page.status, page.header("x-allowed")), (StatusCode::OK, "necessary"));
        assert!(!page.text.contains(METRICS) && !page.text.contains(RECOMMENDATIONS), "{}", page.text);
    }
    let token = site.get("/", "").await.token();
    for (path, form) in
        [("/_consent/choice", format!("choice=accept&token={token}")), ("/_consent/withdraw", String::new())]
    {
        let answer = site.post(path, &form, "").await;
        assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"), "{path}");
    }
    assert_eq!(site.get("/_consent/documents/consent", "").await.status, StatusCode::OK, "the texts can be read");
}
