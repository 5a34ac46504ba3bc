//! Cookies: the embedded table of known ones is the Open Cookie Database; expired ones are seen to be gone.

use std::{collections::BTreeSet, fs};

use http::Request;
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
