//! Storage keys: whom a refused service's names are told, and who gets none.

use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower_consent::Policy;

use super::news_site::{Answered, PAGE, Site, form_request, policy};

/// The seed with more of its services keeping something in storage, and an addition. Its counter does by the catalogue.
fn storing(more: &str) -> Policy {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    for (before, after) in [
        (
            "catalogue = \"top-mail-ru\"\n",
            "catalogue = \"top-mail-ru\"\ncookies = [\n\
             { name = \"_top*\", lifetime = \"unknown\", storage = \"local\" },\n\
             { name = \"a </script>&'\", lifetime = \"unknown\", storage = \"local\" },\n\
             { name = \"tab\", lifetime = \"session\", storage = \"session\" },\n\
             { name = \"theirs\", lifetime = \"unknown\", storage = \"local\", party = \"third\" }]\n",
        ),
        (
            "cookies = [{ name = \"reading_history\", lifetime = \"180 days\" }]",
            "cookies = [{ name = \"read\", lifetime = \"unknown\", storage = \"local\" }]",
        ),
    ] {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        *text = text.replace(before, after);
    }
    text.push_str(more);
    let (policy, faults) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{faults:#?}"))
}

fn site() -> Site {
    Site::of(storing(""), PAGE, "text/html; charset=utf-8")
}

fn metrics() -> Value {
    json!({ "localStorage": ["_top*", "_ym*", "a </script>&'"], "sessionStorage": ["_ym*", "tab"] })
}

fn all() -> Value {
    json!({ "localStorage": ["_top*", "_ym*", "a </script>&'", "read"], "sessionStorage": ["_ym*", "tab"] })
}

/// Posts as the script does.
async fn send(site: &Site, path: &str, form: &str, cookie: &str) -> Answered {
    let request = form_request(path, cookie).header("accept", "application/json");
    site.ask(request.body(form.to_owned()).unwrap()).await
}

fn clear(answer: &Answered) -> Option<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    serde_json::from_str::<Value>(&answer.text).unwrap().get("clear").cloned()
}

/// What the element of the script in a page tells it to remove, read as a browser does.
fn told(page: &str) -> Option<Value> {
    assert_eq!(page.matches("data-state=").count(), 1, "one script: {page}");
    let value = page.split("data-clear=\"").nth(1)?.split('"').next().unwrap();
    assert!(!value.contains(['<', '>']), "{value}");
    let text = value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    Some(serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn answers_name_the_keys_of_what_is_refused_and_of_nothing_else() {
    let site = site();
    assert_eq!(clear(&site.get("/_consent/state", "").await), None, "nobody has refused anything yet");
    let token = site.get("/a", "").await.token();
    for (form, expected) in [
        ("choice=accept", None),
        ("choice=save&purpose=recommendations", Some(metrics())),
        ("choice=save&purpose=metrics", Some(json!({ "localStorage": ["read"] }))),
        ("choice=refuse", Some(all())),
    ] {
        let answer = send(&site, "/_consent/choice", &format!("{form}&token={token}&back=/"), "").await;
        assert_eq!(clear(&answer), expected, "{form}");
        assert_eq!(clear(&site.get("/_consent/state", &answer.choice()).await), expected, "{form}: the state");
    }
    let accepted = site.choose("accept", "").await;
    assert_eq!(clear(&send(&site, "/_consent/withdraw", "", &accepted).await), Some(all()));
    // The JSON API as well, for which the form's encoding is another.
    let body = json!({ "purposes": { "metrics": false, "recommendations": true }, "token": token }).to_string();
    let request =
        Request::post("/_consent/choice").header("host", "news.example").header("content-type", "application/json");
    assert_eq!(clear(&site.ask(request.body(body).unwrap()).await), Some(metrics()));
}

#[tokio::test]
async fn pages_tell_the_script_where_there_is_one_and_weigh_no_more_elsewhere() {
    let site = site();
    let accepted = site.choose("accept", "").await;
    let partial = {
        let token = site.get("/_consent/", "").await.token();
        site.post("/_consent/choice", &format!("choice=save&purpose=recommendations&token={token}&back=/"), "")
            .await
            .choice()
    };
    // Without script: the form, then the privacy centre it leads to.
    let withdrawn = site.post("/_consent/withdraw", "back=/_consent/", &accepted).await;
    assert_eq!((withdrawn.status, withdrawn.header("location")), (StatusCode::SEE_OTHER, "/_consent/"));
    assert_eq!(withdrawn.text, "");
    for (path, cookie, expected) in [
        ("/_consent/", "", None),
        ("/_consent/", &*accepted, None),
        ("/_consent/", &partial, Some(metrics())),
        ("/_consent/", &withdrawn.choice(), Some(all())),
        ("/a", "", None),
        ("/a", &accepted, None),
        ("/a", &partial, Some(metrics())),
    ] {
        assert_eq!(told(&site.get(path, cookie).await.text), expected, "{path} {cookie}");
    }
    let decided = site.get("/a", &withdrawn.choice()).await.text;
    assert!(!decided.contains("data-clear") && !decided.contains("data-state"), "a link, and nothing else: {decided}");
    // The banner that is shown is the text that is recorded, whatever is to be removed.
    assert!(!site.get("/a", "").await.text.contains("data-clear"));
}

#[tokio::test]
async fn a_page_for_everyone_is_told_with_the_state() {
    let site = Site::of(storing("\n[gate]\npages = \"neutral\"\n"), PAGE, "text/html; charset=utf-8");
    let refused = site.choose("refuse", "").await;
    let (anyone, visitor) = (site.get("/a", "").await, site.get("/a", &refused).await);
    assert_eq!(anyone.text, visitor.text);
    assert!(!anyone.text.contains("data-clear"));
    assert_eq!(clear(&site.get("/_consent/state", "").await), None);
    assert_eq!(clear(&site.get("/_consent/state", &refused).await), Some(all()));
}

#[tokio::test]
async fn a_gate_that_only_reports_removes_nothing() {
    let site = Site::of(storing("\n[gate]\nmode = \"report-only\"\n"), PAGE, "text/html; charset=utf-8");
    let refused = site.choose("refuse", "").await;
    assert_eq!(clear(&site.get("/_consent/state", &refused).await), None);
    assert_eq!(told(&site.get("/_consent/", &refused).await.text), None);
}
