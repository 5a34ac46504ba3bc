//! A visitor without script, and a crowd of them behind a cache, for your own tests of your own site.
//!
//! In: a service with the layer around it, and its policy. Out: pages, choices made by the forms that stand in them, and
//! assertions that say what went wrong. It does what a browser does, keeps cookies as one, and looks at nothing a
//! visitor could not see; it never asks the store.
//!
//! [`CacheWalk`] reaches a site over the network, through whatever stands before it, and finds out whether a cache there gives
//! one visitor what was made for another.
//!
//! A [`Client`] is for tests and panics, with a message, wherever something is not as it must be. The service takes
//! requests of [`String`] bodies, as an axum `Router`, a tower stack and a `service_fn` do.
//!
//! # Example: nothing leaks before a choice, after a refusal and after a withdrawal
//!
//! ```
//! use axum::{Router, response::Html, routing::get};
//! use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let page = "<body>news<script src=https://mc.yandex.ru/metrika/tag.js></script>";
//! let policy = Policy::load("policies/news-site").unwrap();
//! let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
//! let app: Router = Router::new().route("/", get(move || async move { Html(page) })).layer(layer);
//! let mut visitor = Client::new(app, &policy);
//!
//! let page = visitor.visit("/").await;
//! assert!(page.has_banner());
//! page.assert_nothing_refused();
//!
//! let page = visitor.accept_all(&page).await;
//! page.assert_loads_from("mc.yandex.ru");
//! visitor.assert_logged("accept", [("metrics", true), ("recommendations", true)]).await;
//!
//! visitor.withdraw().await;
//! visitor.visit("/").await.assert_nothing_from("mc.yandex.ru");
//! visitor.assert_no_refused_cookies().await;
//! visitor.assert_logged("withdraw", [("metrics", false)]).await;
//! # }
//! ```

mod cache;
mod form;
mod jar;
mod judge;
mod page;
mod walked;
mod wire;

use std::{collections::BTreeMap, fmt, future::poll_fn, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt;
use tower_service::Service;
use url::Url;

pub use self::{
    cache::CacheWalk,
    page::Page,
    walked::{Leak, LeakKind, Walked},
};
use self::{form::Sent, jar::Jar, judge::Judge};
use crate::{
    clock::{Clock, SystemClock},
    decision::Decision,
    gate::Rules,
    policy::Policy,
};

/// Where the layer answers.
const PREFIX: &str = "/_consent";
/// Redirects followed in a row.
const MOST_REDIRECTS: usize = 10;

/// A visitor of a site, with his own cookies.
///
/// The [module](self) has an example.
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
/// page.assert_nothing_from("mc.yandex.ru");
/// visitor.refuse_all(&page).await;
/// assert!(!visitor.visit("/").await.has_banner(), "he is not asked again");
/// # });
/// ```
#[derive(Debug)]
pub struct Client<S> {
    service: S,
    policy: Policy,
    rules: Arc<Rules>,
    origin: Url,
    headers: HeaderMap,
    clock: Box<dyn Clock>,
    jar: Jar,
}

/// One event of the visitor, as the log holds it.
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
/// visitor.choose(&page, ["metrics"]).await;
/// let event = visitor.logged().await.remove(0);
/// assert_eq!((event.kind.as_str(), event.purposes["metrics"], event.purposes["recommendations"]), ("partial", true, false));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logged {
    /// Its place in the log.
    pub index: u64,
    /// What it is: `accept`, `refuse`, `withdraw` and so on.
    pub kind: String,
    /// What was said about each purpose.
    pub purposes: BTreeMap<String, bool>,
}

impl<S> Client<S> {
    /// Makes a visitor of a service with the layer around it. The policy is the one the layer was given.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// let app: axum::Router = axum::Router::new().layer(layer);
    /// let mut visitor = Client::new(app, &policy);
    /// assert_eq!(visitor.visit_centre().await.status(), 200);
    /// assert!(visitor.cookies().is_empty(), "looking around leaves nothing behind");
    /// # });
    /// ```
    pub fn new(service: S, policy: &Policy) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("Mozilla/5.0 (tower_consent::testing)"));
        Self {
            service,
            policy: policy.clone(),
            rules: Arc::new(Rules::new(policy)),
            origin: policy.site().origin.clone(),
            headers,
            clock: Box::new(SystemClock),
            jar: Jar::default(),
        }
    }

    /// Says where the visitor reaches the site; the same as was said to
    /// [`ConsentLayer::with_origin`](crate::ConsentLayer::with_origin). Default: the policy's origin.
    ///
    /// # Panics
    ///
    /// When the text is no address.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// let app: axum::Router = axum::Router::new().layer(layer.with_origin("http://127.0.0.1:8080").unwrap());
    /// let mut visitor = Client::new(app, &policy).with_origin("http://127.0.0.1:8080");
    /// let centre = visitor.visit_centre().await;
    /// visitor.refuse_all(&centre).await;
    /// visitor.assert_logged("refuse", [("metrics", false)]).await;
    /// # });
    /// ```
    pub fn with_origin(mut self, origin: &str) -> Self {
        self.origin = Url::parse(origin).unwrap_or_else(|error| panic!("`{origin}` is no address: {error}"));
        self
    }

    /// Sends a header with every request, in place of the one it would send. Default: none of `Sec-GPC` or
    /// `Accept-Language`.
    ///
    /// # Panics
    ///
    /// When name or value cannot stand in a request.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let app: axum::Router = axum::Router::new().layer(layer);
    /// let mut visitor = Client::new(app, &policy).with_header("accept-language", "en");
    /// assert!(visitor.visit_centre().await.text().contains("Counting visitors"));
    /// # });
    /// ```
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let header = HeaderName::try_from(name).unwrap_or_else(|error| panic!("`{name}` is no header: {error}"));
        let value = HeaderValue::from_str(value).unwrap_or_else(|error| panic!("`{value}` in `{name}`: {error}"));
        self.headers.insert(header, value);
        self
    }

    /// Sets the clock cookies expire by; the one given to
    /// [`ConsentLayer::with_clock`](crate::ConsentLayer::with_clock). Default: the machine's.
    ///
    /// # Example
    ///
    /// ```
    /// # use time::{Duration, OffsetDateTime};
    /// # use tower_consent::{Policy, clock::{Clock, SystemClock}, testing::Client};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let service = ();
    /// #[derive(Debug)]
    /// struct Tomorrow;
    /// impl Clock for Tomorrow {
    ///     fn now(&self) -> OffsetDateTime {
    ///         SystemClock.now() + Duration::DAY
    ///     }
    /// }
    /// let mut visitor = Client::new(service, &policy);
    /// visitor.take_cookie("_ym_isad=1; Path=/; Max-Age=72000");
    /// assert_eq!(visitor.cookies(), ["_ym_isad"]);
    /// assert!(visitor.with_clock(Tomorrow).cookies().is_empty());
    /// ```
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Takes a cookie as if a script of the page had set it, in the form of `Set-Cookie`: scripts of others do not run
    /// here.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let service = ();
    /// let mut visitor = Client::new(service, &policy);
    /// visitor.take_cookie("_ym_uid=1; Path=/; Max-Age=31536000");
    /// assert_eq!(visitor.cookies(), ["_ym_uid"]);
    /// ```
    pub fn take_cookie(&mut self, line: &str) {
        self.jar.set(line, &self.origin, self.clock.now());
    }

    /// Returns the names of the cookies the visitor has.
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
    /// visitor.accept_all(&page).await;
    /// assert_eq!(visitor.cookies(), [policy.cookie_name()]);
    /// visitor.take_cookie("_ym_uid=1; Path=/; Max-Age=31536000");
    /// assert_eq!(visitor.cookies().len(), 2);
    /// # });
    /// ```
    pub fn cookies(&self) -> Vec<&str> {
        self.jar.names(self.clock.now()).collect()
    }

    fn absolute(&self, address: &str) -> Url {
        self.origin.join(address).unwrap_or_else(|error| panic!("`{address}` is no address of a page: {error}"))
    }
}

impl<S, R> Client<S>
where
    S: Service<Request<String>, Response = Response<R>>,
    S::Error: fmt::Display,
    R: Body,
    R::Error: fmt::Display,
{
    /// Asks for a page and follows redirects within the site.
    ///
    /// # Panics
    ///
    /// When the service fails, when the page ends before its end (the gate ends what it cannot read), or when no layer answers.
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
    /// let page = visitor.visit("/region/news?page=2").await;
    /// assert_eq!((page.status().as_u16(), page.address().path()), (200, "/region/news"));
    /// assert!(page.has_banner());
    /// # });
    /// ```
    pub async fn visit(&mut self, path: &str) -> Page {
        let address = self.absolute(path);
        self.go(Method::GET, address, String::new(), "none").await
    }

    /// Opens the privacy centre, where a choice can be changed.
    ///
    /// # Panics
    ///
    /// As [`visit`](Self::visit).
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
    /// let centre = visitor.visit_centre().await;
    /// visitor.choose(&centre, ["recommendations"]).await;
    /// visitor.assert_logged("partial", [("recommendations", true)]).await;
    /// # });
    /// ```
    pub async fn visit_centre(&mut self) -> Page {
        self.visit(&format!("{PREFIX}/")).await
    }

    /// Presses "accept all" in the banner or the privacy centre, and returns the page this leads to.
    ///
    /// # Panics
    ///
    /// When the page has no such button, or the choice is not taken.
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
    /// let page = visitor.accept_all(&page).await;
    /// assert!(!page.has_banner());
    /// page.assert_loads_from("mc.yandex.ru");
    /// # });
    /// ```
    pub async fn accept_all(&mut self, page: &Page) -> Page {
        self.press(page, form::choice(page.text(), "accept", None)).await
    }

    /// Presses "refuse all" in the banner or the privacy centre, and returns the page this leads to.
    ///
    /// # Panics
    ///
    /// When the page has no such button, or the choice is not taken.
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
    /// let page = visitor.refuse_all(&page).await;
    /// assert!(!page.has_banner());
    /// page.assert_nothing_from("mc.yandex.ru");
    /// # });
    /// ```
    pub async fn refuse_all(&mut self, page: &Page) -> Page {
        self.press(page, form::choice(page.text(), "refuse", None)).await
    }

    /// Switches these purposes on and all others off, presses "save", and returns the page this leads to.
    ///
    /// # Panics
    ///
    /// When the page has no such switch, or the choice is not taken.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// # let app: axum::Router = axum::Router::new()
    /// #     .route("/", axum::routing::get(|| async { axum::response::Html("<body>") })).layer(layer);
    /// # let mut visitor = Client::new(app, &policy);
    /// let page = visitor.visit("/").await;
    /// visitor.choose(&page, ["metrics"]).await;
    /// visitor.assert_logged("partial", [("metrics", true), ("recommendations", false)]).await;
    /// # }
    /// ```
    pub async fn choose<'p>(&mut self, page: &Page, purposes: impl IntoIterator<Item = &'p str>) -> Page {
        let purposes: Vec<&str> = purposes.into_iter().collect();
        self.press(page, form::choice(page.text(), "save", Some(&purposes))).await
    }

    /// Takes everything back by the button of the privacy centre, and returns the page this leads to.
    ///
    /// # Panics
    ///
    /// When the privacy centre has no such button, or the withdrawal is not taken.
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
    /// visitor.accept_all(&page).await;
    /// visitor.withdraw().await;
    /// visitor.visit("/").await.assert_nothing_refused();
    /// assert_eq!(visitor.logged().await.last().unwrap().kind, "withdraw");
    /// # });
    /// ```
    pub async fn withdraw(&mut self) -> Page {
        let centre = self.visit_centre().await;
        self.press(&centre, form::leading_to(centre.text(), "/withdraw")).await
    }

    /// Asserts that the visitor has no cookie that a service declares which he has not allowed.
    ///
    /// # Panics
    ///
    /// When he has; the message names the cookie, the service and the purpose.
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
    /// visitor.refuse_all(&page).await;
    /// visitor.take_cookie("region=krasnodar; Path=/");
    /// // A cookie no service declares is the site's own.
    /// visitor.assert_no_refused_cookies().await;
    /// assert!(visitor.cookies().contains(&"region"));
    /// # });
    /// ```
    pub async fn assert_no_refused_cookies(&mut self) {
        let judge = self.judge().await;
        let told = |name: &str| {
            judge
                .refused_cookie(name)
                .into_iter()
                .map(|service| format!("\n  {service}: cookie {name}"))
                .collect::<Vec<_>>()
        };
        let found: Vec<String> = self.cookies().into_iter().flat_map(told).collect();
        assert!(found.is_empty(), "the visitor has cookies of what he has not allowed:{}", found.concat());
    }

    /// Returns the visitor's events in the log, oldest first, from the receipts the site gives him.
    ///
    /// # Panics
    ///
    /// When the log cannot be read.
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
    /// assert!(visitor.logged().await.is_empty(), "who has said nothing is not in the log");
    /// let page = visitor.visit("/").await;
    /// visitor.accept_all(&page).await;
    /// visitor.withdraw().await;
    /// let kinds: Vec<String> = visitor.logged().await.into_iter().map(|event| event.kind).collect();
    /// assert_eq!(kinds, ["accept", "withdraw"]);
    /// # });
    /// ```
    pub async fn logged(&mut self) -> Vec<Logged> {
        let (status, text) = self.own("/receipts").await;
        read_receipts(&text)
            .unwrap_or_else(|| panic!("the log cannot be read: {PREFIX}/receipts answered {status}: {text}"))
    }

    /// Asserts that the visitor's newest event in the log is of this kind (`accept`, `refuse`, `partial`, `withdraw`) and says this
    /// about these purposes.
    ///
    /// # Panics
    ///
    /// When it is not; the message says what the log holds of him.
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
    /// visitor.refuse_all(&page).await;
    /// visitor.assert_logged("refuse", [("metrics", false), ("recommendations", false)]).await;
    /// # });
    /// ```
    pub async fn assert_logged<'p>(&mut self, kind: &str, purposes: impl IntoIterator<Item = (&'p str, bool)>) {
        let all = self.logged().await;
        let Some(last) = all.last() else {
            panic!("the log holds nothing of this visitor, not `{kind}`");
        };
        let holds = |(purpose, granted): (&str, bool)| last.purposes.get(purpose) == Some(&granted);
        let agrees = last.kind == kind && purposes.into_iter().all(holds);
        assert!(
            agrees,
            "the newest event of this visitor is `{}` with {:?}, not `{kind}` as expected",
            last.kind, last.purposes
        );
    }

    /// Sends the form of a page and follows where it leads.
    async fn press(&mut self, page: &Page, sent: Result<Sent, String>) -> Page {
        let sent = sent
            .unwrap_or_else(|lacks| panic!("nothing can be chosen on {} ({}): {lacks}", page.address(), page.status()));
        let address = page.address().join(&sent.action);
        let address = address.unwrap_or_else(|error| panic!("the form leads to `{}`: {error}", sent.action));
        let after = self.go(Method::POST, address, sent.body, "same-origin").await;
        assert!(
            after.address().path() != sent.action,
            "the choice was not taken: {} answered {}: {}",
            sent.action,
            after.status(),
            after.text()
        );
        after
    }

    /// Asks for an address and for those it leads to.
    async fn go(&mut self, mut method: Method, mut address: Url, mut body: String, from: &'static str) -> Page {
        for _ in 0..=MOST_REDIRECTS {
            // Before the page: what it is judged by is what the visitor had said when he asked for it.
            let judge = self.judge().await;
            let (head, bytes) = self.send(&method, &address, std::mem::take(&mut body), "document", from).await;
            let location = head.headers.get(header::LOCATION).filter(|_| head.status.is_redirection());
            let target = location.and_then(|value| address.join(value.to_str().ok()?).ok());
            let target = target.filter(|target| target.origin() == self.origin.origin());
            let keeps = matches!(head.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            match target {
                Some(target) if method == Method::GET || !keeps => (method, address) = (Method::GET, target),
                _ => return Page::new(address, head.status, head.headers, &bytes, judge),
            }
        }
        panic!("{address} redirects more than {MOST_REDIRECTS} times");
    }

    /// Asks what is allowed now.
    async fn judge(&mut self) -> Judge {
        let (status, text) = self.own("/state").await;
        let granted = read_granted(&text).unwrap_or_else(|| {
            panic!(
                "{PREFIX}/state answered {status}: is a `ConsentLayer` around the whole service, outside of its router?"
            )
        });
        let decision = Decision::granting(&self.policy, granted.iter().map(String::as_str));
        Judge { rules: Arc::clone(&self.rules), decision }
    }

    /// Asks for something of the layer, as a script of the page would.
    async fn own(&mut self, path: &str) -> (StatusCode, String) {
        let address = self.absolute(&format!("{PREFIX}{path}"));
        let (head, bytes) = self.send(&Method::GET, &address, String::new(), "empty", "same-origin").await;
        (head.status, String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn send(
        &mut self,
        method: &Method,
        address: &Url,
        body: String,
        destination: &'static str,
        from: &'static str,
    ) -> (http::response::Parts, Bytes) {
        let target = &address[url::Position::BeforePath..url::Position::AfterQuery];
        let host = &address[url::Position::BeforeHost..url::Position::AfterPort];
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, host)
            .header("sec-fetch-dest", destination)
            .header("sec-fetch-mode", if destination == "document" { "navigate" } else { "cors" })
            .header("sec-fetch-site", from);
        if let Some(line) = self.jar.line(address, self.clock.now()) {
            request = request.header(header::COOKIE, line);
        }
        if *method == Method::POST {
            request = request
                .header(header::ORIGIN, self.origin.origin().ascii_serialization())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::CONTENT_LENGTH, body.len());
        }
        let mut request = request.body(body).unwrap_or_else(|error| panic!("{address} cannot be asked for: {error}"));
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        let failed = |error: &dyn fmt::Display| -> ! { panic!("the service failed at {method} {address}: {error}") };
        if let Err(error) = poll_fn(|context| self.service.poll_ready(context)).await {
            failed(&error);
        }
        let response = match self.service.call(request).await {
            Ok(response) => response,
            Err(error) => failed(&error),
        };
        let (head, body) = response.into_parts();
        let bytes = match body.collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) => panic!("{address} ended before its end: {error}"),
        };
        let now = self.clock.now();
        for line in head.headers.get_all(header::SET_COOKIE) {
            self.jar.set(&String::from_utf8_lossy(line.as_bytes()), address, now);
        }
        (head, bytes)
    }
}

fn read_granted(text: &str) -> Option<Vec<String>> {
    let state: serde_json::Value = serde_json::from_str(text).ok()?;
    let granted = state.get("granted")?.as_array()?;
    granted.iter().map(|id| id.as_str().map(str::to_owned)).collect()
}

fn read_receipts(text: &str) -> Option<Vec<Logged>> {
    let all: serde_json::Value = serde_json::from_str(text).ok()?;
    let one = |receipt: &serde_json::Value| {
        let entry: serde_json::Value = serde_json::from_str(receipt.get("entry")?.as_str()?).ok()?;
        let purposes = entry.get("purposes").and_then(|purposes| purposes.as_object()).into_iter().flatten();
        Some(Logged {
            index: receipt.get("index")?.as_u64()?,
            kind: entry.get("kind")?.as_str()?.to_owned(),
            purposes: purposes.filter_map(|(id, granted)| Some((id.clone(), granted.as_bool()?))).collect(),
        })
    };
    all.get("receipts")?.as_array()?.iter().map(one).collect()
}
