//! One page as a visitor got it, and what may be asserted of it.
//!
//! In: a response read whole, what the visitor had allowed when he asked for it. Out: answers and assertions. The judge of
//! what is live is the tree html5ever builds, once with scripting and once without; it shares nothing with the gate but
//! the table of hosts.

use std::collections::BTreeSet;

use http::{HeaderMap, StatusCode, header};
use url::Url;

use super::Judge;
use crate::scan::{
    Form,
    reading::{Include, Reading, decoded},
};

/// A page as a visitor got it.
///
/// # Example
///
/// ```
/// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
/// # pollster::block_on(async {
/// # let policy = Policy::load("policies/news-site").unwrap();
/// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
/// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
/// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
/// # let mut visitor = Client::new(app, &policy);
/// let page = visitor.visit("/").await;
/// assert!(page.text().contains("data-tc-src=https://mc.yandex.ru"), "it stands there, and does not load");
/// page.assert_nothing_from("mc.yandex.ru");
/// # });
/// ```
#[derive(Debug)]
pub struct Page {
    address: Url,
    status: StatusCode,
    headers: HeaderMap,
    text: String,
    judge: Judge,
    live: BTreeSet<Live>,
}

/// Something a browser would load or run by itself.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Live {
    Address(Form, Url),
    Script(Form, String),
}

impl Page {
    pub(super) fn new(address: Url, status: StatusCode, headers: HeaderMap, body: &[u8], judge: Judge) -> Self {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let charset = kind.split_once("charset=").map(|(_, label)| label.trim_matches([' ', '"']).to_owned());
        let text = decoded(body, charset.as_deref());
        let lower = kind.to_ascii_lowercase();
        // Without a type a browser guesses by how the body begins.
        let is_page =
            lower.contains("html") || lower.contains("xml") || kind.is_empty() && text.trim_start().starts_with('<');
        let mut live = BTreeSet::new();
        if is_page {
            for scripting in [true, false] {
                let reading = Reading::as_written(&text, &address, scripting);
                assert!(
                    !reading.is_cut(),
                    "{address} is nested so deeply that it cannot be judged, and browsers would not show it as written"
                );
                reading.includes.into_iter().for_each(|include| add(&mut live, include));
            }
        }
        Self { address, status, headers, text, judge, live }
    }

    /// Returns the address it has after all redirects.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// let page = visitor.visit("/region/news").await;
    /// assert_eq!(page.address().as_str(), "https://news.example/region/news");
    /// # });
    /// ```
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// Returns its status.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// assert_eq!(visitor.visit("/").await.status(), 200);
    /// assert_eq!(visitor.visit("/_consent/none-of-ours").await.status(), 404);
    /// # });
    /// ```
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers it came with.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// let page = visitor.visit("/").await;
    /// assert!(page.headers()["cache-control"].to_str().unwrap().contains("private"), "it is made for one visitor");
    /// # });
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns its text, decoded.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// let page = visitor.visit_centre().await;
    /// assert!(page.text().contains("Метрические программы"));
    /// # });
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says whether the banner is in it, for all to see. A page that is the same for everyone (`pages = "neutral"`) has it
    /// hidden: a visitor without script sees a notice that leads to the privacy centre, and chooses there.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// let page = visitor.visit("/").await;
    /// assert!(page.has_banner());
    /// visitor.choose(&page, ["metrics"]).await;
    /// assert!(!visitor.visit("/").await.has_banner());
    /// # });
    /// ```
    pub fn has_banner(&self) -> bool {
        self.text.contains("<section id=\"tc\"") && !self.text.contains("aria-labelledby=\"tc-h\" hidden")
    }

    /// Asserts that a browser would load nothing from a host or a host below it, nor run a script that names it.
    ///
    /// # Panics
    ///
    /// When it would; the message names each address and script.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// let page = visitor.visit("/").await;
    /// // All hosts below it count too.
    /// page.assert_nothing_from("yandex.ru");
    /// # });
    /// ```
    #[track_caller]
    pub fn assert_nothing_from(&self, host: &str) {
        let found: Vec<&Live> = self.from(host).collect();
        assert!(found.is_empty(), "{} would load from `{host}`:{}", self.address, listed(found));
    }

    /// Asserts that a browser would load something from a host or a host below it, or run a script that names it.
    ///
    /// # Panics
    ///
    /// When it would not; the message names what the page does load.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// let page = visitor.visit("/").await;
    /// let page = visitor.choose(&page, ["metrics"]).await;
    /// page.assert_loads_from("mc.yandex.ru");
    /// # });
    /// ```
    #[track_caller]
    pub fn assert_loads_from(&self, host: &str) {
        let all = || listed(self.live.iter().collect());
        assert!(self.from(host).next().is_some(), "{} loads nothing from `{host}`, but:{}", self.address, all());
    }

    /// Asserts that nothing of a service the visitor has not allowed would be loaded or run, and that the response sets no
    /// cookie of one.
    ///
    /// # Panics
    ///
    /// When something would; the message names the service, the purpose that is not allowed and each address and script.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// let page = visitor.visit("/").await;
    /// page.assert_nothing_refused();
    /// visitor.choose(&page, ["recommendations"]).await;
    /// visitor.visit("/").await.assert_nothing_refused();
    /// # });
    /// ```
    #[track_caller]
    pub fn assert_nothing_refused(&self) {
        let found: Vec<String> = self.refused().into_iter().map(|found| format!("\n  {found}")).collect();
        assert!(found.is_empty(), "{} holds what the visitor has not allowed:{}", self.address, found.concat());
    }

    /// Names the services a browser would load or run something of, allowed or not.
    pub(super) fn services(&self) -> BTreeSet<String> {
        self.live.iter().flat_map(|live| self.judge.asking(self.judge.of(live).into_iter())).collect()
    }

    /// Tells what is not allowed and yet there.
    pub(super) fn refused(&self) -> Vec<String> {
        let mut found = Vec::new();
        for live in &self.live {
            let services = self.judge.refused(self.judge.of(live).into_iter());
            found.extend(services.into_iter().map(|service| format!("{service}: {}", told(live))));
        }
        for line in self.headers.get_all(header::SET_COOKIE) {
            let line = String::from_utf8_lossy(line.as_bytes());
            let is_set = cookie::Cookie::parse(&*line)
                .is_ok_and(|cookie| cookie.max_age().is_none_or(|age| age.is_positive()) && !cookie.value().is_empty());
            let name = line.split('=').next().unwrap_or_default().trim();
            let services = self.judge.refused_cookie(name).into_iter().filter(|_| is_set);
            found.extend(services.map(|service| format!("{service}: cookie {name}")));
        }
        found
    }

    fn from<'p>(&'p self, host: &str) -> impl Iterator<Item = &'p Live> {
        let host = host.to_ascii_lowercase();
        self.live.iter().filter(move |live| match live {
            Live::Address(_, address) => address.host_str().is_some_and(|of| {
                of.strip_suffix(host.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }),
            Live::Script(_, text) => text.to_ascii_lowercase().contains(&host),
        })
    }
}

/// Keeps what runs by itself: not what stands ready for a script of the page or of a consent tool.
fn add(live: &mut BTreeSet<Live>, include: Include) {
    match include {
        Include::Addresses(Form::KeptScript | Form::Lazy, _) | Include::Inline(Form::KeptInline, _) => {}
        Include::Addresses(form, addresses) => {
            live.extend(addresses.into_iter().map(|address| Live::Address(form, address)));
        }
        Include::Inline(form, text) => {
            live.insert(Live::Script(form, text));
        }
        Include::Mark(_) => {}
    }
}

fn told(live: &Live) -> String {
    match live {
        Live::Address(form, address) => format!("{} {address}", form.as_str()),
        Live::Script(form, text) => {
            let start: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
            format!("{} {start}", form.as_str())
        }
    }
}

fn listed(all: Vec<&Live>) -> String {
    all.into_iter().map(|live| format!("\n  {}", told(live))).collect()
}
