//! Visitors in different states behind one cache, for tests of a site with whatever stands before it.
//!
//! In: the address of the site as its visitors reach it, through the cache, and its policy. Out: what one visitor was given that
//! was made for another. It judges by what each visitor has done, never by what the cache says he did.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use http::{HeaderMap, Method, StatusCode, header};
use time::OffsetDateTime;
use url::Url;

use super::{Judge, Leak, LeakKind, PREFIX, Page, Walked, form, jar::Jar, wire};
use crate::{
    clock::{Clock, SystemClock},
    decision::Decision,
    gate::Rules,
    policy::{Pages, Policy},
    purpose::PurposeId,
    signal::{Signals, VisitorId, tokens_in, visitor_of_cookie},
};

/// The query that makes an address one no cache has seen.
const QUERY: &str = "tc-walk";
/// Whom nobody has asked yet; there are two of them, who must not become one.
const UNDECIDED: &str = "undecided";

/// Walks visitors in every state through a site behind a shared cache, in several orders, and looks whether any of them is
/// given what was made for another.
///
/// The visitors: two who have not chosen, one who accepted, one who refused, one who allowed the first purpose alone, one who took
/// everything back, one whose browser sends `Sec-GPC: 1`; and in each order one who accepts and then takes it back between two
/// visits. In each order another visitor is the first to ask for an address, so that the cache keeps his. Each gets the pages
/// twice, the privacy centre and the state.
///
/// The site must be one that takes the address given here for its own
/// ([`with_origin`](crate::ConsentLayer::with_origin)). Choices are recorded in its log, so use a site for tests. It asks about 480
/// times for each path.
///
/// # Example
///
/// ```
/// use axum::{Router, response::Html, routing::get};
/// use tower_consent::{ConsentLayer, Policy, store::Memory, testing::CacheWalk};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let page = "<body>news<script src=https://mc.yandex.ru/metrika/tag.js></script>";
/// let policy = Policy::load("policies/news-site").unwrap();
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
/// // Here a caching proxy would stand between; the walk is given its address, and the layer the same.
/// let address = format!("http://{}", listener.local_addr().unwrap());
/// let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap().with_origin(&address).unwrap();
/// let app: Router = Router::new().route("/", get(move || async move { Html(page) })).layer(layer);
/// tokio::spawn(async move { axum::serve(listener, app).await });
///
/// let walked = CacheWalk::new(&address, &policy).walk().await;
/// walked.assert_isolated();
/// assert_eq!(walked.hits(), 0, "nothing stands between that could keep a page");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CacheWalk {
    base: Url,
    policy: Policy,
    rules: Arc<Rules>,
    paths: Vec<String>,
    hit: Option<(String, String)>,
}

/// One visitor: what he has done, and what he was given.
#[derive(Debug)]
struct Visitor {
    state: &'static str,
    jar: Jar,
    gpc: bool,
    /// What he said yes to, if he said anything.
    said: Option<BTreeSet<PurposeId>>,
    /// What a page that was made for him alone holds: services that are live, and whether he is asked.
    own: BTreeMap<String, (BTreeSet<String>, bool)>,
}

/// What was given to whom, over all orders.
#[derive(Debug, Default)]
struct Seen {
    tokens: HashMap<String, usize>,
    ids: BTreeMap<String, usize>,
    walked: Walked,
    /// How many addresses were made that no cache has seen.
    fresh: usize,
    /// How many visitors there were.
    visitors: usize,
    /// What the page for everyone asks the state for.
    ask: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl CacheWalk {
    /// Walks a site by the address its visitors have, cache included.
    ///
    /// # Panics
    ///
    /// When the text is no `http` or `https` address.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, testing::CacheWalk};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let walk = CacheWalk::new("https://staging.news.example", &policy);
    /// assert!(format!("{walk:?}").contains("staging.news.example"));
    /// assert!(std::panic::catch_unwind(|| CacheWalk::new("staging.news.example", &policy)).is_err(), "no scheme");
    /// ```
    pub fn new(base: &str, policy: &Policy) -> Self {
        let url = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = url.unwrap_or_else(|| panic!("`{base}` is no http or https address of a site"));
        Self { base, policy: policy.clone(), rules: Arc::new(Rules::new(policy)), paths: Vec::new(), hit: None }
    }

    /// Adds a page to visit. Default: `/` alone, if none is added.
    ///
    /// It should include something of a service that waits for a choice; a walk over a page without any proves nothing and says so.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{Policy, testing::CacheWalk};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let walk = CacheWalk::new("http://127.0.0.1:8080", &policy).with_path("/").with_path("/article/1");
    /// assert!(format!("{walk:?}").contains(r#"["/", "/article/1"]"#));
    /// ```
    pub fn with_path(mut self, path: &str) -> Self {
        self.paths.push(path.to_owned());
        self
    }

    /// Says which header of the cache tells a hit, and by which word. Default: `Cache-Status` (RFC 9211) and headers that begin with
    /// `X-Cache` by the word `hit`, and an `Age` of more than nothing.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{Policy, testing::CacheWalk};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let walk = CacheWalk::new("http://127.0.0.1:8080", &policy).with_hit("CF-Cache-Status", "HIT");
    /// assert!(format!("{walk:?}").contains(r#"("cf-cache-status", "hit")"#), "in small letters and large ones");
    /// ```
    pub fn with_hit(mut self, header: &str, word: &str) -> Self {
        self.hit = Some((header.to_ascii_lowercase(), word.to_ascii_lowercase()));
        self
    }

    /// Walks.
    ///
    /// # Panics
    ///
    /// When the site cannot be reached, when a choice is not taken, or when a page holds nothing of any service, so that nothing
    /// could leak.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::CacheWalk};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    /// # let address = format!("http://{}", listener.local_addr().unwrap());
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap().with_origin(&address).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # tokio::spawn(async move { axum::serve(listener, app).await });
    /// let walked = CacheWalk::new(&address, &policy).with_path("/region/news").walk().await;
    /// // Visitors in seven states, each of them the first once.
    /// assert!((300..700).contains(&walked.requests()), "{}", walked.requests());
    /// # }
    /// ```
    pub async fn walk(&self) -> Walked {
        let mut seen = Seen::default();
        let mut visitors = Vec::new();
        for state in self.states() {
            visitors.push(self.visitor(state, &mut seen).await);
        }
        let paths = if self.paths.is_empty() { vec!["/".to_owned()] } else { self.paths.clone() };
        for path in &paths {
            self.measure(path, &mut visitors, &mut seen).await;
            let count = visitors.len();
            // Each is the first once, with the others behind him in this order and in the other.
            for (start, back) in (0..count).flat_map(|start| [(start, false), (start, true)]) {
                let order: Vec<usize> = (0..count)
                    .map(|step| if back { (start + count - step) % count } else { (start + step) % count })
                    .collect();
                self.order(path, &order, &mut visitors, &mut seen).await;
            }
        }
        let mut walked = seen.walked;
        walked.leaks.sort();
        walked.leaks.dedup();
        walked
    }

    fn is_neutral(&self) -> bool {
        self.policy.gate().pages == Pages::Neutral
    }

    fn states(&self) -> Vec<&'static str> {
        let mut states = vec![UNDECIDED, UNDECIDED, "accepted", "refused"];
        if self.policy.asked().count() > 1 {
            states.push("partial");
        }
        states.extend(["withdrawn", "gpc"]);
        states
    }

    /// Brings a visitor into a state, past the cache: by addresses it has not seen.
    async fn visitor(&self, state: &'static str, seen: &mut Seen) -> Visitor {
        let mut visitor = Visitor { state, jar: Jar::default(), gpc: state == "gpc", said: None, own: BTreeMap::new() };
        let who = seen.visitors;
        seen.visitors += 1;
        match state {
            "accepted" => self.choose(&mut visitor, who, "accept", seen).await,
            "refused" => self.choose(&mut visitor, who, "refuse", seen).await,
            "partial" => self.choose(&mut visitor, who, "save", seen).await,
            "withdrawn" => {
                self.choose(&mut visitor, who, "accept", seen).await;
                self.withdraw(&mut visitor, seen).await;
            }
            _ => {}
        }
        visitor
    }

    async fn choose(&self, visitor: &mut Visitor, who: usize, button: &str, seen: &mut Seen) {
        let centre = self.fresh(&format!("{PREFIX}/"), seen);
        let answer = self.send(visitor, Method::GET, &centre, "", seen).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let first = self.policy.asked().next().map(|purpose| purpose.id.clone());
        let switched: Option<Vec<&str>> = (button == "save").then(|| first.iter().map(PurposeId::as_str).collect());
        let sent = form::choice(&text, button, switched.as_deref())
            .unwrap_or_else(|lacks| panic!("nothing can be chosen on {centre} ({}): {lacks}", answer.status));
        let address = self.absolute(&sent.action);
        let answer = self.send(visitor, Method::POST, &address, &sent.body, seen).await;
        assert!(
            answer.status == StatusCode::SEE_OTHER && answer.headers.contains_key(header::SET_COOKIE),
            "the choice of `{}` was not taken: {address} answered {}: {}",
            visitor.state,
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        let said = |id: &PurposeId| button == "accept" || button == "save" && Some(id) == first.as_ref();
        visitor.said = Some(self.policy.asked().map(|purpose| purpose.id.clone()).filter(said).collect());
        for line in answer.headers.get_all(header::SET_COOKIE) {
            if let Some(id) = self.visitor_in(&String::from_utf8_lossy(line.as_bytes())) {
                seen.ids.insert(id.to_string(), who);
            }
        }
    }

    async fn withdraw(&self, visitor: &mut Visitor, seen: &mut Seen) {
        let address = self.absolute(&format!("{PREFIX}/withdraw"));
        let answer = self.send(visitor, Method::POST, &address, "", seen).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "the withdrawal was not taken by {address}");
        visitor.said = Some(BTreeSet::new());
    }

    /// Looks at what a page holds when it is made for each visitor alone.
    async fn measure(&self, path: &str, visitors: &mut [Visitor], seen: &mut Seen) {
        let mut held = false;
        for visitor in visitors.iter_mut() {
            let address = self.fresh(path, seen);
            let answer = self.send(visitor, Method::GET, &address, "", seen).await;
            assert_eq!(answer.status, StatusCode::OK, "{address} cannot be visited");
            let page = self.page(visitor, &address, &answer);
            let (services, asked) = (page.services(), page.has_banner());
            held |= !services.is_empty() || self.is_neutral() && page.text().contains("data-tc=");
            visitor.own.insert(path.to_owned(), (services, asked));
        }
        assert!(
            held,
            "{path} holds nothing of a service that waits for a choice, so that a walk over it proves nothing"
        );
    }

    /// Sends all visitors to one address, one after another, and again.
    async fn order(&self, path: &str, order: &[usize], visitors: &mut [Visitor], seen: &mut Seen) {
        let address = self.fresh(path, seen);
        let first = visitors[order[0]].state;
        let mut same: Option<Vec<u8>> = None;
        for round in 0..2 {
            for &who in order {
                let visitor = &mut visitors[who];
                self.visit(visitor, who, first, path, &address, &mut same, seen).await;
                if round == 1 {
                    self.own_paths(visitor, who, first, seen).await;
                }
            }
        }
        // Who takes it back between two visits of the same page is done with what the first one held.
        let who = seen.visitors;
        let mut leaving = self.visitor("accepted", seen).await;
        leaving.state = "accepted, then withdrawn";
        leaving.own.extend(
            visitors
                .iter()
                .find(|other| other.state == "accepted")
                .map(|other| other.own.clone())
                .into_iter()
                .flatten(),
        );
        self.visit(&mut leaving, who, first, path, &address, &mut same, seen).await;
        self.withdraw(&mut leaving, seen).await;
        leaving.own.extend(
            visitors
                .iter()
                .find(|other| other.state == "withdrawn")
                .map(|other| other.own.clone())
                .into_iter()
                .flatten(),
        );
        self.visit(&mut leaving, who, first, path, &address, &mut same, seen).await;
    }

    #[allow(clippy::too_many_arguments)] // one visit, and what it is held against
    async fn visit(
        &self,
        visitor: &mut Visitor,
        who: usize,
        first: &'static str,
        path: &str,
        address: &Url,
        same: &mut Option<Vec<u8>>,
        seen: &mut Seen,
    ) {
        let answer = self.send(visitor, Method::GET, address, "", seen).await;
        let mut found = Vec::new();
        let page = self.page(visitor, address, &answer);
        let refused = page.refused();
        let quiet = refused.is_empty();
        found.extend(refused.into_iter().map(|what| (LeakKind::Refused, what)));
        self.marks(who, &answer, &mut found, seen);
        if self.is_neutral() {
            let own = |name: &str| {
                answer
                    .headers
                    .get_all(name)
                    .iter()
                    .map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase())
            };
            let alone = own("cache-control").any(|value| value.contains("private") || value.contains("no-store"));
            // A page its handler made for one visitor says so; what else is in it is the site's.
            if !alone {
                if own("vary").any(|value| value.contains("cookie") || value.contains("sec-gpc") || value.contains('*'))
                {
                    found.push((LeakKind::Bytes, "it varies by the visitor".to_owned()));
                }
                if own("set-cookie").any(|value| value.contains("tower-consent")) {
                    found.push((LeakKind::Bytes, "it sets the choice cookie".to_owned()));
                }
                let expected = same.get_or_insert_with(|| answer.body.clone());
                if *expected != answer.body {
                    found.push((
                        LeakKind::Bytes,
                        format!("it has {} bytes, not the {} of before", answer.body.len(), expected.len()),
                    ));
                }
            }
            if let Some(mark) = page.text().split("data-ask=\"").nth(1).and_then(|rest| rest.split('"').next()) {
                seen.ask = format!("?ask={mark}");
            }
            if page.text().contains("name=\"token\" value=\"1.") {
                found.push((LeakKind::Bytes, "it holds the token of a form".to_owned()));
            }
        } else if let Some((services, asked)) = visitor.own.get(path).filter(|_| quiet) {
            let got = page.services();
            let missing: Vec<&str> = services.difference(&got).map(String::as_str).collect();
            if !missing.is_empty() {
                found.push((LeakKind::Withheld, format!("{} are not live", missing.join(", "))));
            }
            if page.has_banner() != *asked {
                let what = if *asked { "he is not asked" } else { "he is asked again" };
                found.push((LeakKind::State, what.to_owned()));
            }
        }
        note(found, visitor.state, first, path, seen);
    }

    /// Asks for the state and the privacy centre, at the addresses all visitors have in common.
    async fn own_paths(&self, visitor: &mut Visitor, who: usize, first: &'static str, seen: &mut Seen) {
        let path = format!("{PREFIX}/state{}", seen.ask);
        let answer = self.send(visitor, Method::GET, &self.absolute(&path), "", seen).await;
        let mut found = Vec::new();
        self.marks(who, &answer, &mut found, seen);
        let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let decision = self.decision(visitor);
        let ids = |wanted: &dyn Fn(&PurposeId) -> bool| -> Vec<String> {
            self.policy.asked().map(|purpose| &purpose.id).filter(|id| wanted(id)).map(ToString::to_string).collect()
        };
        let expected = serde_json::json!({
            "granted": ids(&|id| decision.allows(id.as_str())),
            "undecided": ids(&|id| decision.asks().any(|asked| asked == id)),
        });
        for list in ["granted", "undecided"] {
            if told.get(list) != expected.get(list) {
                let got = told.get(list).cloned().unwrap_or_default();
                found.push((LeakKind::State, format!("`{list}` is {got}, not {}", expected[list])));
            }
        }
        note(std::mem::take(&mut found), visitor.state, first, &path, seen);
        let path = format!("{PREFIX}/");
        let answer = self.send(visitor, Method::GET, &self.absolute(&path), "", seen).await;
        self.marks(who, &answer, &mut found, seen);
        let text = String::from_utf8_lossy(&answer.body);
        let signs = format!("data-state=\"{}\"", decision.signs());
        if answer.status != StatusCode::OK || !text.contains(&signs) {
            found.push((LeakKind::State, format!("it does not say {signs}")));
        }
        note(found, visitor.state, first, &path, seen);
    }

    /// Looks for tokens and ids of other visitors.
    fn marks(&self, who: usize, answer: &Answer, found: &mut Vec<(LeakKind, String)>, seen: &mut Seen) {
        let text = String::from_utf8_lossy(&answer.body);
        for token in tokens_in(&text, &self.policy.version()[..16]) {
            let owner = *seen.tokens.entry(token.to_owned()).or_insert(who);
            if owner != who {
                found.push((LeakKind::Token, "the token of a form that was given to another visitor".to_owned()));
            }
        }
        let headers = answer.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let all: String = headers.chain([text.into_owned()]).collect::<Vec<_>>().join("\n");
        for (id, owner) in &seen.ids {
            if *owner != who && all.contains(id.as_str()) {
                found.push((LeakKind::Visitor, "the id of another visitor".to_owned()));
            }
        }
    }

    /// What this visitor may have, by what he has done.
    fn decision(&self, visitor: &Visitor) -> Decision {
        match &visitor.said {
            Some(yes) => Decision::granting(&self.policy, yes.iter().map(PurposeId::as_str)),
            None => {
                let signals = Signals { gpc: visitor.gpc, ..Signals::none() };
                Decision::make(&self.policy, &signals, SystemClock.now())
            }
        }
    }

    fn page(&self, visitor: &Visitor, address: &Url, answer: &Answer) -> Page {
        let judge = Judge { rules: Arc::clone(&self.rules), decision: self.decision(visitor) };
        Page::new(address.clone(), answer.status, answer.headers.clone(), &answer.body, judge)
    }

    fn visitor_in(&self, line: &str) -> Option<VisitorId> {
        let (name, rest) = line.split_once('=')?;
        let name = name.trim();
        let own = name == "tower-consent" || name == self.policy.cookie_name();
        own.then(|| visitor_of_cookie(rest.split(';').next().unwrap_or_default()))?
    }

    fn absolute(&self, path: &str) -> Url {
        self.base.join(path).unwrap_or_else(|error| panic!("`{path}` is no address of a page: {error}"))
    }

    /// Returns an address no cache has seen.
    fn fresh(&self, path: &str, seen: &mut Seen) -> Url {
        let mut address = self.absolute(path);
        seen.fresh += 1;
        // Of another walk, too.
        let run = OffsetDateTime::unix_timestamp_nanos(SystemClock.now()) / 1_000;
        address.query_pairs_mut().append_pair(QUERY, &format!("{run}-{}", seen.fresh));
        address
    }

    async fn send(&self, visitor: &mut Visitor, method: Method, address: &Url, body: &str, seen: &mut Seen) -> Answer {
        let is_own = address.path().ends_with("/state");
        let mut request = http::Request::builder()
            .method(&method)
            .uri(address.as_str())
            .header(
                header::ACCEPT,
                if is_own { "application/json" } else { "text/html,application/xhtml+xml,*/*;q=0.8" },
            )
            .header(header::ACCEPT_ENCODING, "identity")
            .header(header::USER_AGENT, "Mozilla/5.0 (tower_consent::testing)")
            .header("sec-fetch-dest", if is_own { "empty" } else { "document" })
            .header("sec-fetch-site", if method == Method::POST || is_own { "same-origin" } else { "none" });
        if visitor.gpc {
            request = request.header("sec-gpc", "1");
        }
        if let Some(line) = visitor.jar.line(address, SystemClock.now()) {
            request = request.header(header::COOKIE, line);
        }
        if method == Method::POST {
            request = request
                .header(header::ORIGIN, self.base.origin().ascii_serialization())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(body.as_bytes().to_vec());
        let request = request.unwrap_or_else(|error| panic!("{address} cannot be asked for: {error}"));
        let response = wire::ask(request).await;
        let (head, body) = response.unwrap_or_else(|error| panic!("{method} {address}: {error}")).into_parts();
        for line in head.headers.get_all(header::SET_COOKIE) {
            visitor.jar.set(&String::from_utf8_lossy(line.as_bytes()), address, SystemClock.now());
        }
        seen.walked.requests += 1;
        seen.walked.hits += usize::from(self.is_hit(&head.headers));
        Answer { status: head.status, headers: head.headers, body }
    }

    fn is_hit(&self, headers: &HeaderMap) -> bool {
        headers.iter().any(|(name, value)| {
            let (name, value) = (name.as_str(), String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
            match &self.hit {
                Some((header, word)) => name == header && value.contains(word.as_str()),
                None if name == "age" => value.trim() != "0",
                None => (name == "cache-status" || name.starts_with("x-cache")) && value.contains("hit"),
            }
        })
    }
}

fn note(found: Vec<(LeakKind, String)>, visitor: &'static str, first: &'static str, path: &str, seen: &mut Seen) {
    let leaks = found.into_iter().map(|(kind, what)| Leak { kind, visitor, first, path: path.to_owned(), what });
    seen.walked.leaks.extend(leaks);
}
