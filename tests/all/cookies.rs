//! Cookies: the embedded table of known ones is the Open Cookie Database; expired ones are seen to be gone.

use std::{collections::BTreeSet, fs};

use http::{Request, StatusCode};
use tower_consent::ledger::Enforcement;

use super::{
    corpus::corpus,
    news_site::{Answered, Site},
};

#[test]
fn the_table_of_cookies_is_made_from_the_database() {
    let Some(folder) = corpus("open-cookie-database") else { return };
    let mut reader = csv::Reader::from_path(folder.join("open-cookie-database.csv")).unwrap();
    let headings = reader.headers().unwrap().clone();
    let column = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
    let kept = ["Cookie / Data Key name", "Platform", "Category", "Domain", "Retention period"].map(column);
    let wildcard = column("Wildcard match");
    let mut rows = BTreeSet::new();
    let mut read = 0;
    for record in reader.records() {
        let record = record.unwrap();
        read += 1;
        let mut values = kept.map(|column| record[column].split_whitespace().collect::<Vec<_>>().join(" "));
        if &record[wildcard] == "1" || values[0].ends_with('*') {
            values[0] = format!("{}*", values[0].trim_end_matches('*'));
        }
        rows.insert(values.join("\t"));
    }
    assert_eq!(read, 2_264);
    let mut made = "name\tplatform\tcategory\tdomain\tretention\n".to_owned();
    for row in rows {
        made.push_str(&row);
        made.push('\n');
    }
    let embedded = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/cookies.tsv")).unwrap();
    if made != embedded {
        let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/cookies.tsv");
        fs::write(fresh, made).unwrap();
        panic!("policies/cookies.tsv is not what the database gives; {fresh} is");
    }
}

/// A cookie a browser keeps.
#[derive(Clone, Debug, PartialEq)]
struct Kept {
    /// Its `Domain`; the host alone where it has none.
    domain: String,
    host_only: bool,
    path: String,
}

/// Keeps the one cookie `_ym_uid`, as a browser does (RFC 6265, 5.3 and 5.4).
struct Browser {
    site: Site,
    choice: String,
    kept: Option<Kept>,
    /// Whether it ignores what expires the cookie.
    stubborn: bool,
}

impl Browser {
    async fn open(&mut self, address: &str) -> Answered {
        let (host, path) = address.split_at(address.find('/').unwrap());
        let sent = self.kept.as_ref().is_some_and(|kept| {
            let domain = host == kept.domain || !kept.host_only && host.ends_with(&format!(".{}", kept.domain));
            let below = path == kept.path
                || path.strip_prefix(&*kept.path).is_some_and(|rest| kept.path.ends_with('/') || rest.starts_with('/'));
            domain && below
        });
        let cookie = if sent { format!("{}; _ym_uid=1", self.choice) } else { self.choice.clone() };
        let request = Request::get(path).header("host", host).header("accept", "text/html").header("cookie", cookie);
        let answer = self.site.ask(request.body(String::new()).unwrap()).await;
        for set in answer.cookies() {
            let set = cookie::Cookie::parse(set).unwrap();
            if set.name() != "_ym_uid" || self.stubborn {
                continue;
            }
            assert_eq!(set.max_age(), Some(time::Duration::ZERO), "{set}");
            assert!(set.domain().is_none_or(|domain| !["co.uk", "uk", "example"].contains(&domain)), "{set}");
            let host_only = set.domain().is_none();
            let domain = set.domain().unwrap_or(host).to_owned();
            let expired = Kept { domain, host_only, path: set.path().unwrap().to_owned() };
            if self.kept.as_ref() == Some(&expired) {
                self.kept = None;
            }
        }
        answer
    }
}

/// Where a cookie was set, the pages that are opened after the refusal, after how many of them it is gone, and whether
/// that is known then.
#[tokio::test]
async fn an_expired_cookie_is_seen_to_be_gone_wherever_it_was_set() {
    let kept = |domain: &str, host_only: bool, path: &str| {
        Some(Kept { domain: domain.to_owned(), host_only, path: path.to_owned() })
    };
    let cases = [
        // On this host alone, on it and what is below, on every parent.
        (kept("news.example", true, "/"), &["news.example/a", "news.example/b/c", "news.example/d"][..], 1, (1, 1, 0)),
        (kept("news.example", false, "/"), &["news.example/", "news.example/"], 1, (1, 1, 0)),
        (kept("news.example", false, "/"), &["www.news.example/a", "www.news.example/a"], 1, (1, 1, 0)),
        (kept("m.news.example", false, "/"), &["a.m.news.example/", "a.m.news.example/"], 1, (1, 1, 0)),
        // The registered domain stands below a public suffix of two labels.
        (kept("shop.co.uk", false, "/"), &["www.shop.co.uk/", "www.shop.co.uk/"], 1, (1, 1, 0)),
        (kept("shop.co.uk", true, "/"), &["shop.co.uk/", "shop.co.uk/"], 1, (1, 1, 0)),
        (kept("127.0.0.1", true, "/"), &["127.0.0.1/", "127.0.0.1/"], 1, (1, 1, 0)),
        // The folder of the page is tried at once, for this host.
        (kept("news.example", true, "/a"), &["news.example/a/b", "news.example/a/b"], 1, (1, 1, 0)),
        (kept("news.example", true, "/a/"), &["news.example/a/", "news.example/a/"], 1, (1, 1, 0)),
        // With another path or a domain it comes again, and goes with the second try.
        (
            kept("news.example", false, "/a"),
            &["news.example/a/b", "news.example/a/b", "news.example/a/b"],
            2,
            (1, 1, 0),
        ),
        (
            kept("news.example", false, "/a/"),
            &["news.example/a/b", "news.example/a/c", "news.example/a/d"],
            2,
            (1, 1, 0),
        ),
        (
            kept("news.example", true, "/a/b"),
            &["news.example/a/b", "news.example/a/b", "news.example/a/b"],
            2,
            (1, 1, 0),
        ),
        // Its silence elsewhere proves nothing: it is expired there once more, on every path it may have.
        (kept("news.example", false, "/a"), &["news.example/a/b", "news.example/z"], 2, (1, 0, 0)),
        (kept("news.example", false, "/a"), &["news.example/a/b", "news.example/z", "news.example/z"], 2, (1, 1, 0)),
        // Another host does not get it, and cannot expire it.
        (kept("www.news.example", true, "/a/b"), &["www.news.example/a/b", "news.example/"], 9, (1, 0, 0)),
    ];
    for (kept, pages, gone_after, counts) in cases {
        let site = Site::new();
        let choice = site.choose("refuse", "").await;
        let mut browser = Browser { site: site.clone(), choice, kept: kept.clone(), stubborn: false };
        for (number, page) in pages.iter().enumerate() {
            browser.open(page).await;
            assert_eq!(browser.kept.is_none(), number + 1 >= gone_after, "{kept:?} after {page}, {pages:?}");
        }
        drop(browser);
        println!("{kept:?} {pages:?}");
        settled(site, counts).await;
    }
}

/// The privacy centre is sent no cookie that has a page's folder for its path: it asks for it in the folder of the page he came from.
#[tokio::test]
async fn the_centre_ends_what_the_page_before_it_kept_for_its_folder() {
    let ask = |path: &str, cookie: &str, referer: &str| {
        let request = Request::get(path).header("host", "news.example").header("cookie", cookie);
        request.header("referer", referer).body(String::new()).unwrap()
    };
    for (page, path) in [("/a/b", "/a"), ("/a/", "/a/"), ("/a/b", "/a/"), ("/a", "/"), ("/%D0%BA/1", "/%D0%BA")] {
        let site = Site::new();
        let accepted = site.choose("accept", "").await;
        let centre = site.ask(ask("/_consent/", &accepted, &format!("https://news.example{page}?q=1"))).await.text;
        assert!(!centre.contains("/expire\""), "nothing is refused: {centre}");
        assert!(
            centre.contains(&format!("<a href=\"{page}\">Вернуться на сайт")),
            "the way back leads to {page}: {centre}"
        );
        let back = centre.split("name=\"back\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let back = back.replace("&amp;", "&");
        let form: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("back", &back).finish();
        let withdrawn = site.post("/_consent/withdraw", &form, &accepted).await;
        assert_eq!(withdrawn.header("location"), back);
        let choice = withdrawn.choice();
        let centre = site.ask(ask(&back, &choice, "https://news.example/_consent/")).await.text;
        let asked = centre.split("<img src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(asked, format!("{}/_consent/expire", &page[..page.rfind('/').unwrap()]));
        let kept = Some(Kept { domain: "news.example".to_owned(), host_only: true, path: path.to_owned() });
        let mut browser = Browser { site, choice, kept, stubborn: false };
        let answer = browser.open(&format!("news.example{asked}")).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::NO_CONTENT, "no-store"));
        assert_eq!(browser.kept, None, "{page}, {path}");
    }
    // What is not of this site, and what is the centre itself, is no page he came from.
    let site = Site::new();
    let refused = site.choose("refuse", "").await;
    for (path, referer) in [
        ("/_consent/", "https://evil.example/a"),
        ("/_consent/", "https://news.example/_consent/documents/policy"),
        ("/_consent/", "about:blank"),
        ("/_consent/?from=//evil.example/a", ""),
        ("/_consent/?from=https://evil.example/a", ""),
        ("/_consent/?from=/a%0d%0aX:1", ""),
        ("/_consent/?from=/a?b", ""),
    ] {
        let centre = site.ask(ask(path, &refused, referer)).await.text;
        assert!(
            !centre.contains("<img") && centre.contains("<a href=\"/\">Вернуться на сайт"),
            "{path}, {referer}: {centre}"
        );
    }
    // Who refused nothing loses nothing, and no other way of asking does anything.
    let accepted = site.choose("accept", "").await;
    let answer = site.get("/a/_consent/expire", &format!("{accepted}; _ym_uid=1")).await;
    assert_eq!((answer.status, answer.cookies().len()), (StatusCode::NO_CONTENT, 0));
    let answer = site.post("/a/_consent/expire", "", &refused).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(
        site.get("/a/_consent/choice", &refused).await.text.contains("<section id=\"tc-l\""),
        "a page of the site's own"
    );
}

/// A cookie that comes again however often it is expired is counted as one that stays, once.
#[tokio::test]
async fn a_cookie_that_stays_is_counted_once() {
    let site = Site::new();
    let choice = site.choose("refuse", "").await;
    let kept = Some(Kept { domain: "news.example".to_owned(), host_only: true, path: "/".to_owned() });
    let mut browser = Browser { site: site.clone(), choice, kept, stubborn: true };
    for _ in 0..9 {
        let answer = browser.open("news.example/a/b").await;
        assert!(answer.cookies().len() < 120, "a head has its bounds");
        assert!(answer.cookies().iter().any(|cookie| cookie.starts_with("_ym_uid=;")), "it is tried again");
    }
    drop(browser);
    settled(site, (1, 0, 1)).await;
}

/// Stops the site, which writes its counts, and reads them: until they are as expected, or for five seconds.
async fn settled(site: Site, expected: (u64, u64, u64)) {
    let store = site.store.clone();
    drop(site);
    let mut found = (0, 0, 0);
    for _ in 0..250 {
        let counts = Enforcement::read(&store).await.unwrap();
        found = (counts.expired, counts.gone, counts.staying);
        if found == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(found, expected, "expired, gone, staying");
}
