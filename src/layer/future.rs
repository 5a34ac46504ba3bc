//! From the inner service's response to the gated one.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body::Body;
use pin_project_lite::pin_project;
use time::OffsetDateTime;

use super::{
    body::GatedBody,
    notice::{self, Agreement},
    wanted::Wanted,
    watched::{Mint, Watched},
};
use crate::{
    banner::{
        Fill,
        placeholder::{self, Offer},
    },
    decision::{Decision, Glance},
    endpoint::report::style_hash,
    gate::{
        Blocked, Findings, Gate, Judge, Placeholder, Placeholders, Stream, Translated,
        cache::Key,
        charset::Charset,
        cookies::{Asked, withhold_cookies},
        csp::{self, Inline},
        headers::{
            self, Page, Sort, forget_body, is_not_stored, may_ask, narrow_caching, now_utf8, page, withhold_headers,
        },
    },
    language::{Language, negotiate_page},
    policy::Csp,
    site::{Site, host},
};

/// Stands in the extensions of a response that has a banner or a link of a layer further in.
#[derive(Clone, Copy, Debug)]
struct Dressed;

pin_project! {
    /// The response to come. Made by [`Consent`](super::Consent).
    ///
    /// # Example
    ///
    /// ```
    /// use http::{Request, Response};
    /// use tower::{Layer, Service, service_fn};
    /// use tower_consent::{ConsentLayer, Policy, layer::ResponseFuture, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
    /// let pages = |_: Request<String>| std::future::ready(Ok::<_, std::io::Error>(Response::new(String::new())));
    /// let mut site = layer.layer(service_fn(pages));
    /// let centre: ResponseFuture<_> = site.call(Request::get("/_consent/").body(String::new()).unwrap());
    /// let response = pollster::block_on(centre).unwrap();
    /// assert_eq!(response.status(), 200, "the layer's own paths never reach the inner service");
    /// ```
    #[project = Projected]
    pub struct ResponseFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProjected]
    enum Kind<F> {
        Inner { #[pin] future: F, passage: Option<Box<Passage>> },
        Own { future: OwnFuture },
    }
}

type OwnFuture = Pin<Box<dyn Future<Output = Response<Bytes>> + Send>>;

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResponseFuture")
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn inner(future: F, passage: Passage) -> Self {
        Self { kind: Kind::Inner { future, passage: Some(Box::new(passage)) } }
    }

    pub(super) fn own(future: OwnFuture) -> Self {
        Self { kind: Kind::Own { future } }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<GatedBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProjected::Own { future } => {
                Poll::Ready(Ok(ready!(future.as_mut().poll(context)).map(GatedBody::full)))
            }
            KindProjected::Inner { future, passage } => {
                if let Some(agreement) = passage.as_mut().and_then(|passage| passage.agreement.as_mut()) {
                    agreement.advance(context);
                }
                let response = ready!(future.poll(context));
                let passage = passage.take().expect("a future that is done is not polled again");
                Poll::Ready(response.map(|response| passage.gate(response)))
            }
        }
    }
}

/// How a page is to be gated, as its head says.
pub(super) struct Plan {
    sort: Sort,
    /// Whether nothing is looked for in it.
    open: bool,
    /// Whether the visitor may be asked on it.
    asks: bool,
    label: Option<&'static Encoding>,
    style: Inline,
    script: Inline,
    /// Whether frames may show pages of the site itself.
    framed: bool,
    /// What goes first into `head`.
    head: Option<Vec<u8>>,
    /// What follows the page.
    link: Option<Vec<u8>>,
}

/// What the response's way out must know of the request.
pub(super) struct Passage {
    site: Arc<Site>,
    decision: Decision,
    /// Tells whether the inner service asked the decision, where pages are the same for everyone.
    glance: Option<Glance>,
    /// Whether the inner service may answer that a page for everyone is unchanged.
    pub(super) revalidates: bool,
    now: OffsetDateTime,
    method: Method,
    uri: Uri,
    /// What was asked for.
    wanted: Wanted,
    /// The headers that still count: cookies, host, language.
    headers: HeaderMap,
    /// The visitor's agreement by opening this page, where the policy takes it so.
    agreement: Option<Agreement>,
}

impl Passage {
    pub(super) fn new<B>(
        site: Arc<Site>,
        request: &Request<B>,
        decision: Decision,
        glance: Option<Glance>,
        now: OffsetDateTime,
    ) -> Self {
        let mut headers = HeaderMap::with_capacity(12);
        for name in [header::COOKIE, header::HOST, header::ACCEPT_LANGUAGE] {
            for value in request.headers().get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        let mut passage = Self {
            site,
            decision,
            glance,
            revalidates: false,
            now,
            method: request.method().clone(),
            uri: request.uri().clone(),
            wanted: Wanted::of(request.headers()),
            headers,
            agreement: None,
        };
        // A policy that takes a second page for an agreement has pages of each visitor's own.
        if !passage.is_shared() && passage.method == Method::GET && passage.wanted.shown && !passage.is_fragment() {
            passage.agreement = Agreement::begin(&passage.site, &passage.headers, &passage.decision, now);
        }
        passage
    }

    pub(super) fn site(&self) -> &Arc<Site> {
        &self.site
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.now
    }

    fn gate<R: Body>(self: Box<Self>, response: Response<R>) -> Response<GatedBody<R>> {
        let (mut head, body) = response.into_parts();
        let mut findings = Findings::default();
        let depends = withhold_cookies(&mut head.headers, &self.site.rules, &self.decision, &mut findings);
        // A page that came with a cookie was no page for shared caches to most of them, and must not become one.
        let was_own =
            depends.withheld && !head.headers.contains_key(header::SET_COOKIE) && !headers::is_public(&head.headers);
        let asked = self.glance.as_ref().is_some_and(Glance::end);
        // Whether the response is this visitor's alone.
        let own = !self.is_shared() || asked || depends.passed || was_own;
        if depends.passed || own && self.is_shared() {
            narrow_caching(&mut head.headers);
        }
        if may_ask(&head.headers) {
            let address = [self.page_address()];
            let mut judge = Judge {
                rules: &self.site.rules,
                decision: self.shown(),
                bases: &address,
                findings: &mut findings,
                depth: 0,
            };
            withhold_headers(&mut head.headers, &mut judge);
        }
        self.site.ledger.add(findings, self.site.policy.version(), self.now);
        if head.status == StatusCode::NOT_MODIFIED && self.revalidates {
            // It was asked by its own validator; what is kept has ours.
            self.site.variant.mark(&mut head.headers);
            return Response::from_parts(head, GatedBody::passed(body));
        }
        let bodiless = self.method == Method::HEAD
            || head.status.is_informational()
            || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
        let page = page(&head.headers);
        // What was fetched as a picture must not come out of a cache as a document.
        if page.as_ref().is_some_and(Page::depends_on_destination) && !body.is_end_stream() {
            head.headers.append(header::VARY, HeaderValue::from_static("Sec-Fetch-Dest, Accept"));
        }
        let Some(page) = page.filter(|page| self.wanted.shown || !page.only_shown) else {
            return Response::from_parts(head, GatedBody::passed(body));
        };
        if page.sort == Sort::Unknown
            && (bodiless || body.is_end_stream() || head.status.is_redirection() || !self.wanted.may_be_shown)
        {
            return Response::from_parts(head, GatedBody::passed(body));
        }
        let not_stored = is_not_stored(&head.headers);
        if !self.is_shared() && !depends.passed {
            narrow_caching(&mut head.headers);
        }
        if own {
            self.expire(&mut head.headers);
        }
        let whole = self.is_whole(&page);
        if whole && !attachment(&head.headers) {
            let (rules, policy) = (&self.site.rules, &self.site.policy);
            csp::lock(&mut head.headers, rules, policy, &self.decision, &self.site.prefix);
        }
        // Layers inside each other are one to a visitor: the innermost asks him.
        let asks = whole && head.extensions.get::<Dressed>().is_none();
        let (style, script) = (csp::style(&head.headers), csp::script(&head.headers));
        let link = if asks { self.link(&page, &style, &script) } else { None };
        if !self.site.rewrites(self.shown()) && link.is_none() || attachment(&head.headers) {
            return Response::from_parts(head, GatedBody::passed(body));
        }
        if asks {
            self.notice(&mut head.headers, head.status);
        }
        if asks && (self.shown().needs_banner() || link.is_some()) {
            head.extensions.insert(Dressed);
        }
        forget_body(&mut head.headers, (!own).then_some(&self.site.variant));
        if bodiless {
            return Response::from_parts(head, GatedBody::passed(body));
        }
        if head.status == StatusCode::PARTIAL_CONTENT {
            return self.cannot_gate("a part of a page cannot be gated");
        }
        let codings = codings(&head.headers);
        let plan = self.plan(&mut head.headers, &page, asks, link, style, script);
        if codings.is_empty()
            && !not_stored
            && let Some(key) = self.key(&plan)
        {
            return Response::from_parts(head, GatedBody::gated(body, Watched::planned(self, plan, key)));
        }
        match coded_in(self.begin(&plan, &Mint::default()), &codings) {
            Ok(stream) => {
                let watched = Watched::begun(stream, self.site.clone(), self.now);
                Response::from_parts(head, GatedBody::gated(body, watched))
            }
            Err(reason) => self.cannot_gate(&reason),
        }
    }

    /// Expires what the browser still sends of refused services.
    fn expire(&self, headers: &mut HeaderMap) {
        let host = host(&self.headers, &self.uri);
        let asked =
            Asked { headers: &self.headers, host: host.as_deref(), path: self.uri.path(), secure: self.site.secure() };
        self.site.cleanup.expire(asked, headers, &self.site.rules, &self.decision);
        self.site.ledger.cleaned(self.site.cleanup.cleaned());
    }

    /// Under the model `notice`: marks who is shown the banner, and hands out what has been recorded.
    fn notice(&self, headers: &mut HeaderMap, status: StatusCode) {
        if self.is_shared() || status != StatusCode::OK || !notice::applies(&self.site, &self.decision) {
            return;
        }
        let cookie = match &self.agreement {
            Some(agreement) => agreement.cookie(&self.site, &self.decision),
            None => notice::mark(&self.site, &self.headers, self.now),
        };
        if let Some(cookie) = cookie {
            headers.append(header::SET_COOKIE, cookie);
        }
    }

    /// Looks up in the response's head how the page is to be gated; `asks` says that the visitor may be asked on it.
    fn plan(
        &self,
        headers: &mut HeaderMap,
        page: &Page,
        asks: bool,
        link: Option<Vec<u8>>,
        style: Inline,
        script: Inline,
    ) -> Plan {
        // A label nobody knows counts as none (Encoding, 4.2).
        let label = page.charset.as_deref().and_then(|label| Encoding::for_label(label.as_bytes()));
        if label.is_some_and(|encoding| !encoding.is_ascii_compatible()) {
            now_utf8(headers);
        }
        let open = !self.is_shared() && !self.site.rewrites(self.shown());
        let head = if open || !self.is_whole(page) { None } else { self.signals(&script) };
        Plan { sort: page.sort, open, asks, label, style, script, framed: csp::frames_self(headers), head, link }
    }

    /// Returns what the outcome depends on besides the page's bytes; none where it is for this request alone, or where
    /// nothing is looked for.
    fn key(&self, plan: &Plan) -> Option<Key> {
        let nonce = [&plan.style, &plan.script].iter().any(|inline| matches!(inline, Inline::Nonce(_)));
        // A page for everyone is kept by the caches in front of the site.
        if nonce || self.is_shared() || plan.open || self.site.cache.longest() == 0 {
            return None;
        }
        let flags = [
            self.method == Method::GET,
            plan.asks,
            plan.framed,
            plan.head.is_some(),
            plan.link.is_some(),
            plan.style == Inline::Allowed,
            plan.script == Inline::Allowed,
            plan.sort == Sort::Xml,
            plan.sort == Sort::Unknown,
        ];
        Some(Key::of([
            self.uri.path_and_query().map_or("/", |path| path.as_str()).as_bytes(),
            self.decision.class().as_bytes(),
            self.language().as_str().as_bytes(),
            plan.label.map_or("", Encoding::name).as_bytes(),
            plan.head.as_deref().unwrap_or_default(),
            &flags.map(u8::from),
        ]))
    }

    /// Sets up the gate for a page.
    pub(super) fn begin(&self, plan: &Plan, mint: &Mint) -> Stream {
        let &Plan { sort, label, framed, .. } = plan;
        let charset = Charset::new(label, sort == Sort::Unknown);
        let (style, script) = (&plan.style, &plan.script);
        if let Some(link) = plan.link.as_ref().filter(|_| plan.open) {
            // Nothing but its language is looked for in the page.
            return Stream::open(charset).followed_by(link.clone(), self.translated_link(style, script));
        }
        let xml = sort == Sort::Xml;
        let banner = if plan.asks { self.banner(style, script, label == Some(UTF_8), mint) } else { None };
        let gate = Gate::on_page(self.site.rules.clone(), self.decision.clone(), self.page_address(), label, banner);
        let gate = if self.is_shared() { gate.into_documents_only() } else { gate };
        let gate = if xml { gate.of_xml() } else { gate.with_head(plan.head.clone()) };
        let gate = gate.with_placeholders(self.placeholders(style.clone(), framed, mint.clone()));
        let translated = self.translated(style.clone(), script.clone(), label == Some(UTF_8), mint.clone());
        let stream = Stream::new(charset, gate.in_language_of_page(translated));
        match &plan.link {
            Some(link) => stream.followed_by(link.clone(), self.translated_link(style, script)),
            None => stream,
        }
    }

    /// Answers in place of a page that cannot be gated: its bytes must not go out.
    fn cannot_gate<R: Body>(&self, reason: &str) -> Response<GatedBody<R>> {
        let mut response = Response::new(GatedBody::full(Bytes::from(format!("tower-consent: {reason}\n"))));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn banner(&self, style: &Inline, script: &Inline, utf8: bool, mint: &Mint) -> Option<Vec<u8>> {
        if !self.shown().needs_banner() {
            return None;
        }
        let banner = banner(&self.site, &self.decision, self.language(), self.back(), self.now, utf8, style, mint)?;
        Some(marked(banner, script))
    }

    /// What is shown in the place of withheld frames; `framed` says that they may show pages of the site itself.
    fn placeholders(&self, style: Inline, framed: bool, mint: Mint) -> Placeholders {
        let (site, now, back) = (self.site.clone(), self.now, self.back().to_owned());
        let asked = self.language().clone();
        let shared = self.is_shared();
        // The second lock, or the site's own, may forbid the frame to show what is withheld.
        let locked = site.policy.gate().csp == Csp::Enforce && !site.rules.only_reports;
        let once = !locked && framed;
        Placeholders(Arc::new(move |blocked: &Blocked| {
            let page = blocked.language.as_deref();
            let language = negotiate_page(Some(asked.as_str()), page, &site.policy.site().languages);
            let address = blocked.address.as_ref().map(url::Url::as_str);
            let css = site.banners.of(language)?.placeholder_style();
            let Some(id) = &blocked.service else {
                let host = blocked.address.as_ref()?.host_str()?;
                let document = placeholder::undeclared(&site.policy, language, css, host, address?);
                return Some(Placeholder { title: host.to_owned(), document: text(document, &style, &site.prefix)? });
            };
            let service = site.policy.service(id)?;
            let (_, hash) = site.placeholder(language, service)?;
            let token = if blocked.sandboxed || shared { None } else { mint.token(&site, language, hash, now) };
            let offer = Offer { address, token: token.as_deref(), once, back: &back };
            let document = placeholder::placeholder(&site.policy, language, &site.prefix, css, service, offer);
            let title = service.title.in_language(language).to_owned();
            Some(Placeholder { title, document: text(document, &style, &site.prefix)? })
        }))
    }

    /// The banner in the language of the page, where that is another than the browser's.
    fn translated(&self, style: Inline, script: Inline, utf8: bool, mint: Mint) -> Translated {
        let (now, back) = (self.now, self.back().to_owned());
        self.in_language_of_page(move |site, decision, language| {
            banner(site, decision, language, &back, now, utf8, &style, &mint).map(|banner| marked(banner, &script))
        })
    }

    /// The link in the language of the page, where that is another than the browser's: the one the banner was in.
    fn translated_link(&self, style: &Inline, script: &Inline) -> Translated {
        let (style, script) = (style.clone(), script.clone());
        self.in_language_of_page(move |site, decision, language| link(site, decision, language, &style, &script))
    }

    /// Makes something once the page has said in which language it is, unless that is the one it was made in before.
    fn in_language_of_page(
        &self,
        make: impl FnOnce(&Site, &Decision, &Language) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Translated {
        let (site, decision) = (self.site.clone(), self.decision.clone());
        let asked = self.language().clone();
        Box::new(move |page| {
            let language = negotiate_page(Some(asked.as_str()), Some(page), &site.policy.site().languages);
            if *language == asked { None } else { make(&site, &decision, language) }
        })
    }

    /// Returns the script that tells others of the decision, as it may stand in the page; none where the site's own
    /// policy lets none stand.
    fn signals(&self, inline: &Inline) -> Option<Vec<u8>> {
        let script = self.site.tells(self.shown())?;
        let mark = match inline {
            Inline::Allowed => String::new(),
            Inline::Nonce(nonce) => format!(" nonce=\"{nonce}\""),
            Inline::Linked => return None,
        };
        let ascii: String = script
            .chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{{{:x}}}", u32::from(c)) })
            .collect();
        // A page for everyone tells what holds for everyone; the script finds out by the name that there is more to tell.
        let name = if self.is_shared() { " id=tc-t" } else { "" };
        Some(format!("<script{name}{mark}>{ascii}</script>").into_bytes())
    }

    /// Where a choice leads back to.
    fn back(&self) -> &str {
        if self.method == Method::GET { self.uri.path_and_query().map_or("/", |path| path.as_str()) } else { "/" }
    }

    /// Returns the small link to the privacy centre. Beside a banner it does not show until that one is gone.
    fn link(&self, page: &Page, style: &Inline, script: &Inline) -> Option<Vec<u8>> {
        let signal = self.decision.tells_of_signal(&self.site.policy);
        let told = if self.is_shared() { Decision::may_tell_of_signal(&self.site.policy) } else { signal };
        let wanted = (self.site.policy.look().brand || told) && page.sort == Sort::Html;
        if !wanted {
            return None;
        }
        link(&self.site, &self.decision, self.language(), style, script)
    }

    /// Says whether pages are made for everyone.
    fn is_shared(&self) -> bool {
        self.site.rules.everyone.is_some()
    }

    /// What pages are made by.
    fn shown(&self) -> &Decision {
        self.site.rules.shown(&self.decision)
    }

    /// The language of what is put into the page, until the page says its own: a page for everyone heeds no browser's.
    fn language(&self) -> &Language {
        if self.is_shared() { self.site.language(&HeaderMap::new()) } else { self.site.language(&self.headers) }
    }

    /// Says whether it is a page of its own, which a banner can stand in: markup of HTML would end a page of XML, and a
    /// fragment becomes a part of a page that has its banner already.
    fn is_whole(&self, page: &Page) -> bool {
        matches!(page.sort, Sort::Html | Sort::Unknown) && !self.is_fragment()
    }

    /// Says whether the HTML becomes a part of a page. For a page that is the same for everyone, whatever it is asked
    /// for, its bytes say it; the gate looks at them.
    fn is_fragment(&self) -> bool {
        !self.is_shared() && self.wanted.fragment
    }

    fn page_address(&self) -> url::Url {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        self.site.origin.join(path).unwrap_or_else(|_| self.site.origin.clone())
    }
}

/// The bytes of a banner, with a token of its own.
#[expect(clippy::too_many_arguments, reason = "each is another thing the banner is made of")]
fn banner(
    site: &Site,
    decision: &Decision,
    language: &Language,
    back: &str,
    now: OffsetDateTime,
    utf8: bool,
    style: &Inline,
    mint: &Mint,
) -> Option<Vec<u8>> {
    let banner = site.banners.of(language)?;
    if site.rules.everyone.is_some() {
        let html = banner.shared(&site.policy, language, &site.prefix, !utf8);
        return dressed(html, style, &site.prefix);
    }
    let token = mint.token(site, language, &banner.hash, now)?;
    let (again, state, clear) = (decision.asked_again(), decision.signs(), site.clears(decision));
    let signal = decision.tells_of_signal(&site.policy);
    let fill = Fill { token: &token, back, state: &state, clear: clear.as_deref(), again: &again, signal };
    dressed(banner.bytes(&site.policy, language, &site.prefix, fill, !utf8), style, &site.prefix)
}

/// The bytes of the small link to the privacy centre, and of the script where something runs.
fn link(site: &Site, decision: &Decision, language: &Language, style: &Inline, script: &Inline) -> Option<Vec<u8>> {
    let shared = site.rules.everyone.is_some();
    let banner = site.banners.of(language)?;
    // On a page for everyone the script adds what the browser's signal did.
    let mut tail = banner.link(!shared && decision.tells_of_signal(&site.policy)).to_owned();
    // The banner has brought the script already.
    if !shared && decision.runs_something() && !decision.needs_banner() {
        tail.push_str(&banner.script(&decision.signs(), site.clears(decision).as_deref()));
    }
    Some(marked(dressed(tail.into_bytes(), style, &site.prefix)?, script))
}

/// Dresses markup of ours: its style stands in it as text, unless the site's own policy wants it marked or linked.
fn dressed(html: Vec<u8>, style: &Inline, prefix: &str) -> Option<Vec<u8>> {
    const START: &[u8] = b"<style>";
    const END: &[u8] = b"</style>";
    if *style == Inline::Allowed {
        return Some(html);
    }
    let start = memchr::memmem::find(&html, START)?;
    let (before, css) = (&html[..start], &html[start + START.len()..]);
    let end = memchr::memmem::find(css, END)?;
    Some(match style {
        Inline::Allowed => html,
        Inline::Nonce(nonce) => [before, format!("<style nonce=\"{nonce}\">").as_bytes(), css].concat(),
        Inline::Linked => {
            let name = style_hash(std::str::from_utf8(&css[..end]).ok()?);
            let link = format!("<link rel=\"stylesheet\" href=\"{prefix}/assets/{name}.css\">");
            [before, link.as_bytes(), &css[end + END.len()..]].concat()
        }
    })
}

/// Dresses a document of ours.
fn text(document: String, style: &Inline, prefix: &str) -> Option<String> {
    String::from_utf8(dressed(document.into_bytes(), style, prefix)?).ok()
}

/// Gives our script the nonce the site's own policy names; a policy of nonces alone would stop it.
fn marked(html: Vec<u8>, script: &Inline) -> Vec<u8> {
    const START: &[u8] = b"<script async ";
    let Inline::Nonce(nonce) = script else { return html };
    let Some(start) = memchr::memmem::rfind(&html, START) else { return html };
    let (before, after) = html.split_at(start + START.len());
    [before, format!("nonce=\"{nonce}\" ").as_bytes(), after].concat()
}

/// Returns the content codings of a response, in the order in which they were applied.
fn codings(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect()
}

fn attachment(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_DISPOSITION).map(HeaderValue::as_bytes).unwrap_or_default();
    value.trim_ascii_start().get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"attachment"))
}

/// Decodes what comes in these content codings, and codes it again.
fn coded_in(stream: Stream, codings: &[String]) -> Result<Stream, String> {
    match codings {
        [] => Ok(stream),
        [name] => coded(stream, name),
        _ => Err(format!("the page came in several content codings (`{}`)", codings.join(", "))),
    }
}

#[cfg(feature = "encodings")]
fn coded(stream: Stream, name: &str) -> Result<Stream, String> {
    let coding = crate::gate::coding::Coding::named(name)
        .ok_or_else(|| format!("the page came in the content coding `{name}`, which is not known here"))?;
    stream.coded(coding).map_err(|error| error.to_string())
}

#[cfg(not(feature = "encodings"))]
fn coded(_: Stream, name: &str) -> Result<Stream, String> {
    Err(format!(
        "the page came compressed (`{name}`) although it was asked for as it is: put compression outside the consent \
         layer, or switch on the feature `encodings`"
    ))
}
