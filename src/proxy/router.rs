//! From a request to its site: what is refused at once, what is cleaned, who answers.
//!
//! In: a visitor's connection. Out: the answers to its requests. It decides nothing about consent: the site's layer does.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use arc_swap::ArcSwap;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header, uri::Authority,
};
use http_body::Body;
use http_body_util::Either;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::Handle,
    task::{JoinError, JoinHandle},
};
use tower_service::Service;

use super::{
    access::{Exchange, Log},
    activity::{Watch, Watched},
    body::{Inbound, Outbound, Served},
    certificates::{Certificates, covers},
    compress::{Compressed, accepted, compressed},
    configuration::{Limits, SiteConfiguration, TimeOuts},
    forwarded::{self, Peer, Trusted},
    page::Fault,
    server::Report,
    upstream::{FromUpstream, Upgrading, Upstream, may_pass},
    workers::Held,
};
use crate::{
    endpoint::reads_store,
    layer::{Consent, GatedBody, PolicyHandle},
};

/// What every request needs.
pub(super) struct Shared {
    pub(super) sites: Vec<Site>,
    pub(super) trusted: Trusted,
    pub(super) time_outs: TimeOuts,
    pub(super) limits: Limits,
    pub(super) log: Arc<Log>,
    pub(super) certificates: Arc<Certificates>,
    /// What `Via` calls us; random, so that a request that comes back is known.
    pub(super) via: Via,
    pub(super) report: Report,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("sites", &self.sites.len()).finish_non_exhaustive()
    }
}

/// The name of this proxy in `Via`, as it is said for each version of HTTP (RFC 9110, section 7.6.3).
#[derive(Clone)]
pub(super) struct Via {
    name: String,
    http1: HeaderValue,
    http2: HeaderValue,
}

impl Via {
    /// `name` is made of letters, digits and hyphens.
    pub(super) fn new(name: &str) -> Self {
        let said = |version| HeaderValue::from_str(&format!("{version} {name}")).expect("letters, digits and hyphens");
        Self { name: name.to_owned(), http1: said("1.1"), http2: said("2.0") }
    }
}

/// What is known of a connection before a word was said on it.
pub(super) struct Coming {
    pub(super) peer: Peer,
    /// Whether it is only shown the way to https.
    pub(super) redirect: bool,
    /// The threads for what reads the store.
    pub(super) others: Handle,
    /// What the connection takes up, for as long as it or its tunnel lives.
    pub(super) held: Arc<Held>,
}

pub(super) struct Site {
    pub(super) name: Arc<str>,
    pub(super) hosts: Vec<String>,
    pub(super) service: Consent<Upstream>,
    pub(super) policy: PolicyHandle,
    /// Whether pages are compressed.
    pub(super) compress: bool,
    /// Headers the policy takes from a trusted proxy only, by the policy's version.
    pub(super) named: ArcSwap<(String, Vec<HeaderName>)>,
}

/// A site's response, or a page that belongs to none.
type Answer = Response<Served<Compressed<Either<GatedBody<Outbound>, Outbound>>>>;

impl Shared {
    /// Serves a connection on this thread.
    pub(super) async fn connection<I>(
        self: Arc<Self>,
        stream: I,
        coming: Coming,
        watcher: hyper_util::server::graceful::Watcher,
    ) where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let watch = Watch::new(&self.time_outs, &self.limits);
        let stream = TokioIo::new(Watched::new(stream, watch.clone()));
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // `activity` knows a silent connection from a slow head, which hyper's own time does not.
            .header_read_timeout(None)
            .max_buf_size(self.limits.header)
            .max_headers(self.limits.headers);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(self.limits.header).unwrap_or(u32::MAX))
            .max_concurrent_streams(self.limits.streams)
            .keep_alive_interval(Some(Duration::from_secs(30)))
            .keep_alive_timeout(self.time_outs.header);
        let (shared, coming) = (self.clone(), Arc::new(coming));
        let service = service_fn(move |request| {
            let (shared, watch, coming) = (shared.clone(), watch.clone(), coming.clone());
            async move { Ok::<_, Infallible>(shared.answer(request, &coming, watch).await) }
        });
        let connection = builder.serve_connection_with_upgrades(stream, service).into_owned();
        // What ends a connection early (a reset, a silent visitor, broken HTTP) is the visitor's affair.
        let _ = watcher.watch(connection).await;
    }

    async fn answer(&self, request: Request<Incoming>, coming: &Coming, watch: Arc<Watch>) -> Answer {
        let http1 = request.version() <= Version::HTTP_11;
        let busy = watch.begin(http1);
        let mut exchange =
            Exchange::begin(self.log.clone(), busy, request.method(), request.uri().path(), request.version());
        let chunked = http1 && request.headers().contains_key(header::TRANSFER_ENCODING);
        if chunked && watch.has_two_lengths() {
            return own(closing(Fault::BadRequest.response(request.headers(), None)), exchange);
        }
        if request.body().is_end_stream() {
            watch.forget();
        }
        let answer = match self.prepare(request, coming) {
            Ok(Prepared::Site(site, request)) => {
                exchange.of_site(site.name.clone());
                let head = request.method() == Method::HEAD;
                // Before the layer asks for plain pages.
                let liked = if site.compress { accepted(request.headers()) } else { None };
                let response = site.answer(*request, &coming.others).await;
                let by = if response.extensions().get::<FromUpstream>().is_some() { "upstream" } else { "layer" };
                let fault = response.extensions().get::<Fault>().map(|fault| fault.as_str());
                exchange.answered(response.status(), if fault.is_some() { "proxy" } else { by }, fault);
                let response = response.map(Either::Left);
                let response =
                    if site.compress { compressed(response, liked, head) } else { response.map(Compressed::plain) };
                return response.map(|body| Served::new(body, exchange));
            }
            Ok(Prepared::Redirect(location)) => {
                let mut response = Response::new(Outbound::page(bytes::Bytes::new()));
                *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
                response.headers_mut().insert(header::LOCATION, location);
                response
            }
            Err(refused) if http1 => closing(refused.response()),
            Err(refused) => refused.response(),
        };
        own(answer, exchange)
    }

    /// Checks a request, cleans its headers and finds its site.
    fn prepare(&self, mut request: Request<Incoming>, coming: &Coming) -> Result<Prepared<'_>, Refused<'_>> {
        let Coming { peer, redirect, held, .. } = coming;
        let Some(host) = host(&request) else {
            return Err(Refused::new(Fault::BadRequest, &mut request, None));
        };
        if !may_pass(request.method()) {
            return Err(Refused::new(Fault::Method, &mut request, None));
        }
        if *redirect {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let name = host.host();
            return match HeaderValue::from_str(&format!("https://{name}{path}")) {
                Ok(location) => Ok(Prepared::Redirect(location)),
                Err(_) => Err(Refused::new(Fault::BadRequest, &mut request, None)),
            };
        }
        let Some(site) = self.site(&host.host().to_ascii_lowercase()) else {
            return Err(Refused::new(Fault::Misdirected, &mut request, None));
        };
        let length = request.body().size_hint().lower();
        if length > self.limits.body {
            return Err(Refused::new(Fault::TooLarge, &mut request, Some(site)));
        }
        let came_back = request
            .headers()
            .get_all(header::VIA)
            .iter()
            .any(|value| value.to_str().is_ok_and(|value| value.contains(&self.via.name)));
        if came_back {
            return Err(Refused::new(Fault::Loop, &mut request, Some(site)));
        }
        let upgrading = upgrading(&request, held);
        let via = if request.version() == Version::HTTP_2 { &self.via.http2 } else { &self.via.http1 };
        let trusted = self.trusted.includes(peer.address());
        let absolute = request.uri().authority().is_some();
        let headers = request.headers_mut();
        forwarded::remove_hop_by_hop(headers);
        forwarded::remove_forged(headers, trusted, &site.named());
        forwarded::say(headers, peer, &self.trusted, host.as_str(), via);
        one_cookie_line(headers);
        // A request in absolute form names its host there (RFC 9112, section 3.2.2).
        if absolute && let Ok(value) = HeaderValue::from_str(host.as_str()) {
            headers.insert(header::HOST, value);
        }
        if let Some(upgrading) = upgrading {
            request.extensions_mut().insert(upgrading);
        }
        let (limit, pace) = (self.limits.body, self.time_outs.body);
        Ok(Prepared::Site(site, Box::new(request.map(|body| Inbound::new(body, limit, pace)))))
    }

    fn site(&self, host: &str) -> Option<&Site> {
        let named = |site: &&Site| site.hosts.iter().any(|own| covers(own, host));
        self.sites.iter().find(named).or_else(|| self.sites.iter().find(|site| site.hosts.is_empty()))
    }
}

enum Prepared<'a> {
    Site(&'a Site, Box<Request<Inbound>>),
    Redirect(HeaderValue),
}

/// A request that goes no further: why, what it asked for, and whose words the answer is in.
struct Refused<'a> {
    fault: Fault,
    asked: HeaderMap,
    site: Option<&'a Site>,
}

impl<'a> Refused<'a> {
    fn new(fault: Fault, request: &mut Request<Incoming>, site: Option<&'a Site>) -> Self {
        Self { fault, asked: std::mem::take(request.headers_mut()), site }
    }

    fn response(&self) -> Response<Outbound> {
        self.fault.response(&self.asked, self.site.map(|site| site.policy.policy()).as_deref())
    }
}

/// Work on another thread; who no longer waits for it ends it.
struct Asked<T>(JoinHandle<T>);

impl<T> Future for Asked<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Asked<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Site {
    pub(super) fn new(
        configuration: &SiteConfiguration,
        name: String,
        service: Consent<Upstream>,
        policy: PolicyHandle,
    ) -> Self {
        let named = ArcSwap::from_pointee((String::new(), Vec::new()));
        let (hosts, compress) = (configuration.hosts.clone(), configuration.compress);
        Self { name: name.into(), hosts, service, policy, compress, named }
    }

    /// Asks the layer. Where it reads the store for its answer, a disk that is slow would make every visitor of this thread wait.
    async fn answer(&self, request: Request<Inbound>, others: &Handle) -> Response<GatedBody<Outbound>> {
        let mut service = self.service.clone();
        let waits = self.policy.site().own_path(request.uri()).is_some_and(reads_store);
        let asked = service.call(request);
        if !waits {
            let Ok(response) = asked.await;
            return response;
        }
        // Who goes away has nothing done for him any more.
        match Asked(others.spawn(asked)).await {
            Ok(Ok(response)) => response,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The proxy is ending, and so is this connection.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Returns the headers that the policy in force takes from a trusted proxy.
    fn named(&self) -> Vec<HeaderName> {
        let policy = self.policy.policy();
        let known = self.named.load();
        if known.0 == policy.version() {
            return known.1.clone();
        }
        let named = [policy.choice().country_header.as_deref(), policy.record().address_header.as_deref()];
        let named: Vec<HeaderName> = named
            .into_iter()
            .flatten()
            .filter_map(|name| name.parse().ok())
            // Those are said anew for every visitor.
            .filter(|name: &HeaderName| !forwarded::is_ours(name))
            .collect();
        self.named.store(Arc::new((policy.version().to_owned(), named.clone())));
        named
    }
}

/// Wraps an answer of the proxy that belongs to no site.
fn own(response: Response<Outbound>, mut exchange: Exchange) -> Answer {
    let fault = response.extensions().get::<Fault>().map(|fault| fault.as_str());
    exchange.answered(response.status(), "proxy", fault);
    response.map(|body| Served::new(Compressed::plain(Either::Right(body)), exchange))
}

/// Ends the connection behind an answer: whoever sent what cannot be passed on may have meant more than one request
/// (RFC 9112, section 6.1).
fn closing(mut response: Response<Outbound>) -> Response<Outbound> {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Returns the one host a request is for; two different ones are none.
fn host(request: &Request<Incoming>) -> Option<Authority> {
    let mut values = request.headers().get_all(header::HOST).iter();
    let header = match (values.next(), values.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().ok()?.parse::<Authority>().ok()?),
        (Some(_), Some(_)) => return None,
    };
    let target = request.uri().authority().cloned();
    let host = match (target, header) {
        (Some(target), Some(header)) if target != header => return None,
        (Some(target), _) => target,
        (None, header) => header?,
    };
    (!host.host().is_empty() && !host.as_str().contains('@')).then_some(host)
}

/// Returns the protocol a visitor asks to change to, where it is one that is passed on. `h2c` is not: an upstream that
/// takes it speaks with the visitor past everything here.
fn upgrading(request: &Request<Incoming>, held: &Arc<Held>) -> Option<Upgrading> {
    let headers = request.headers();
    let asks = headers.get_all(header::CONNECTION).iter().any(|value| {
        value.to_str().is_ok_and(|value| value.split(',').any(|one| one.trim().eq_ignore_ascii_case("upgrade")))
    });
    let protocol = headers.get(header::UPGRADE)?;
    let passes = asks
        && request.version() == Version::HTTP_11
        && *request.method() == Method::GET
        && protocol.as_bytes().eq_ignore_ascii_case(b"websocket");
    passes.then(|| Upgrading(protocol.clone(), held.clone()))
}

/// Joins the cookies that HTTP/2 may send in several lines (RFC 9113, section 8.2.3).
fn one_cookie_line(headers: &mut HeaderMap) {
    if headers.get_all(header::COOKIE).iter().count() < 2 {
        return;
    }
    let lines: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}
