//! The service inside the layer: asks the upstream.
//!
//! In: a request with its decision. Out: the upstream's response, or a page that tells why there is none. It never
//! fails, gathers no body, and passes on no upgrade but one that was asked for.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header, uri};
use http_body::Body;
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::{
    client::legacy::{Client, Error},
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tower_service::Service;

use super::{
    activity::{Watch, Watched},
    address::UpstreamAddress,
    body::{BodyFault, Inbound, Outbound},
    certificates::CertificateError,
    configuration::{Configuration, HostHeader, Protocol, SiteConfiguration},
    connect::Connector,
    forwarded::remove_hop_by_hop,
    health::Health,
    page::Fault,
    server::{Notice, Report},
    state::{STATE, state},
    workers::Held,
};
use crate::{decision::Decision, layer::PolicyHandle};

/// A protocol the visitor asks to change to, put into the request's extensions. `Upgrade` itself belongs to one
/// connection and is gone by then.
#[derive(Clone, Debug)]
pub(super) struct Upgrading(pub(super) HeaderValue, pub(super) Arc<Held>);

/// Marks a response that an upstream made.
#[derive(Clone, Copy, Debug)]
pub(super) struct FromUpstream;

/// The upstreams of one site.
#[derive(Clone, Debug)]
pub(super) struct Upstream(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    policy: PolicyHandle,
    servers: Vec<Server>,
    next: Arc<AtomicUsize>,
    protocol: Protocol,
    host_header: HostHeader,
    time_out: Duration,
    tunnel: Duration,
}

#[derive(Debug)]
struct Server {
    address: UpstreamAddress,
    scheme: uri::Scheme,
    authority: uri::Authority,
    /// The same, as `Host` says it.
    host: HeaderValue,
    connector: Connector,
    client: Client<Connector, Inbound>,
    health: Arc<Health>,
}

/// Makes a client with connections of its own, which live on the thread that asks for them.
fn client(connector: Connector, protocol: Protocol) -> Client<Connector, Inbound> {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http2_only(protocol == Protocol::H2)
        .http2_keep_alive_interval(Some(Duration::from_secs(30)))
        .build(connector)
}

impl Upstream {
    pub(super) fn new(
        configuration: &Configuration,
        site: &SiteConfiguration,
        policy: PolicyHandle,
    ) -> Result<Self, CertificateError> {
        let server = |address: &UpstreamAddress| {
            let authority = site.upstream_authority.as_deref();
            let connect = configuration.time_outs.connect;
            let connector = Connector::new(address.clone(), site.protocol, authority, connect)?;
            let tls = matches!(address, UpstreamAddress::Tcp { tls: true, .. });
            Ok(Server {
                scheme: if tls { uri::Scheme::HTTPS } else { uri::Scheme::HTTP },
                authority: address.authority().parse().unwrap_or(uri::Authority::from_static("localhost")),
                host: HeaderValue::from_str(&address.authority())
                    .map_err(|_| CertificateError::Name(address.authority()))?,
                address: address.clone(),
                client: client(connector.clone(), site.protocol),
                connector,
                health: Arc::default(),
            })
        };
        Ok(Self(Arc::new(Inner {
            policy,
            servers: site.upstreams.iter().map(server).collect::<Result<_, _>>()?,
            next: Arc::default(),
            protocol: site.protocol,
            host_header: site.host_header,
            time_out: configuration.time_outs.upstream,
            tunnel: configuration.time_outs.tunnel,
        })))
    }

    /// Returns the same upstreams with connections of their own, for another thread. Whose turn it is and what is
    /// known of their health is shared.
    pub(super) fn apart(&self) -> Self {
        let Inner { policy, servers, next, protocol, host_header, time_out, tunnel } = &*self.0;
        let server = |server: &Server| Server {
            address: server.address.clone(),
            scheme: server.scheme.clone(),
            authority: server.authority.clone(),
            host: server.host.clone(),
            client: client(server.connector.clone(), *protocol),
            connector: server.connector.clone(),
            health: server.health.clone(),
        };
        Self(Arc::new(Inner {
            policy: policy.clone(),
            servers: servers.iter().map(server).collect(),
            next: next.clone(),
            protocol: *protocol,
            host_header: *host_header,
            time_out: *time_out,
            tunnel: *tunnel,
        }))
    }

    /// Asks every server for a path, for ever, and tells when one falls ill or is well again.
    pub(super) async fn watch(self, path: String, interval: Duration, report: Report) {
        let Ok(path) = path.parse::<uri::PathAndQuery>() else {
            return;
        };
        loop {
            for server in &self.0.servers {
                let mut request = Request::new(Inbound::empty());
                let headers = request.headers_mut();
                headers.insert(header::HOST, server.host.clone());
                headers.insert(header::USER_AGENT, HeaderValue::from_static("tower-consent health"));
                *request.uri_mut() = server.uri(server.authority.clone(), path.clone());
                *request.version_mut() = self.version();
                let answer = tokio::time::timeout(self.0.time_out, server.client.request(request)).await;
                let well = matches!(answer, Ok(Ok(response)) if response.status().as_u16() < 400);
                if server.health.checked(well) {
                    let upstream = server.address.to_string();
                    report(if well { Notice::UpstreamWell { upstream } } else { Notice::UpstreamIll { upstream } });
                }
            }
            tokio::time::sleep(interval).await;
        }
    }

    fn version(&self) -> Version {
        match self.0.protocol {
            Protocol::Http1 => Version::HTTP_11,
            Protocol::H2 => Version::HTTP_2,
        }
    }

    /// Returns the servers in the order in which they are tried: in turn, those that are well first.
    fn order(&self) -> Vec<&Server> {
        let servers = &self.0.servers;
        let first = self.0.next.fetch_add(1, Ordering::Relaxed) % servers.len();
        let mut order: Vec<&Server> = servers[first..].iter().chain(&servers[..first]).collect();
        if order.len() > 1 {
            order.sort_by_key(|server| !server.health.is_well());
        }
        order
    }

    async fn ask(self, mut request: Request<Inbound>) -> Response<Outbound> {
        let asked = Telling::of(request.headers());
        if request.uri().path() == "*" {
            return self.tell(Fault::Method, &asked);
        }
        let upgrading = request.extensions_mut().remove::<Upgrading>();
        let visitor = upgrading.as_ref().map(|_| hyper::upgrade::on(&mut request));
        // What may be one answer for everyone is made without a look at who asks.
        let shared = matches!(*request.method(), Method::GET | Method::HEAD);
        let decision = request.extensions_mut().remove::<Decision>();
        let decision = decision.map(|decision| if shared { decision.for_everyone() } else { decision });
        if let Some(decision) = decision
            && let Some(value) = state(&self.0.policy.policy(), &decision)
        {
            request.headers_mut().insert(STATE, value);
        }
        // Our own server has said it already.
        request.headers_mut().remove(header::EXPECT);
        if self.0.protocol == Protocol::Http1 {
            request.headers_mut().remove(header::TE);
        }
        if let Some(Upgrading(protocol, _)) = &upgrading {
            request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            request.headers_mut().insert(header::UPGRADE, protocol.clone());
        }
        *request.version_mut() = self.version();
        request.extensions_mut().clear();
        let again = request.body().is_end_stream() && self.0.servers.len() > 1;
        let mut spare = again.then(|| request.headers().clone());
        let (method, target) = (request.method().clone(), request.uri().clone());
        let mut fault = Fault::Connect;
        let mut request = Some(request);
        for server in self.order() {
            let mut request = match (request.take(), &mut spare) {
                (Some(request), _) => request,
                // Nothing was sent to the server before, so nothing is done twice.
                (None, Some(headers)) => {
                    let mut request = Request::new(Inbound::empty());
                    *request.method_mut() = method.clone();
                    *request.uri_mut() = target.clone();
                    *request.version_mut() = self.version();
                    *request.headers_mut() = headers.clone();
                    request
                }
                (None, None) => break,
            };
            self.address(server, &mut request);
            match tokio::time::timeout(self.0.time_out, server.client.request(request)).await {
                Err(_) => {
                    fault = Fault::SlowUpstream;
                    break;
                }
                Ok(Err(error)) => {
                    fault = fault_of(&error);
                    #[cfg(feature = "tracing")]
                    tracing::warn!(upstream = %server.address, %error, fault = fault.as_str(), "no answer");
                    if !error.is_connect() {
                        break;
                    }
                    server.health.connected(false);
                }
                Ok(Ok(response)) => {
                    server.health.connected(true);
                    return self.pass(response, &asked, upgrading.zip(visitor));
                }
            }
        }
        self.tell(fault, &asked)
    }

    /// Makes the page that stands for an answer.
    fn tell(&self, fault: Fault, asked: &Telling) -> Response<Outbound> {
        fault.response(&asked.headers(), Some(&self.0.policy.policy()))
    }

    /// Writes where a request goes: the server's address, and the name it is asked for.
    fn address(&self, server: &Server, request: &mut Request<Inbound>) {
        let path = request.uri().path_and_query().cloned().unwrap_or(uri::PathAndQuery::from_static("/"));
        let named = self.0.host_header == HostHeader::Visitor && request.headers().contains_key(header::HOST);
        match self.0.protocol {
            // The address of the target names the pool of connections; the name stands in the header.
            Protocol::Http1 => {
                *request.uri_mut() = server.uri(server.authority.clone(), path);
                if !named {
                    request.headers_mut().insert(header::HOST, server.host.clone());
                }
            }
            // `:authority` is made from the target, and a second name beside it must not differ.
            Protocol::H2 => {
                let name = request.headers_mut().remove(header::HOST).filter(|_| named);
                let name = name.map_or_else(|| Ok(server.authority.clone()), |name| name.as_bytes().try_into());
                *request.uri_mut() = server.uri(name.unwrap_or(uri::Authority::from_static("localhost")), path);
            }
        }
    }

    /// Takes over a response, and the connection where both sides changed the protocol.
    fn pass(
        &self,
        mut response: Response<Incoming>,
        asked: &Telling,
        upgrading: Option<(Upgrading, OnUpgrade)>,
    ) -> Response<Outbound> {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let Some((Upgrading(protocol, held), visitor)) = upgrading else {
                return self.tell(Fault::Response, asked);
            };
            let same = response
                .headers()
                .get(header::UPGRADE)
                .is_some_and(|answered| answered.as_bytes().eq_ignore_ascii_case(protocol.as_bytes()));
            if !same {
                return self.tell(Fault::Response, asked);
            }
            let upstream = hyper::upgrade::on(&mut response);
            let tunnel = tunnel(visitor, upstream, self.0.tunnel);
            tokio::spawn(async move {
                tunnel.await;
                // The connection was done with HTTP long ago.
                drop(held);
            });
            let headers = response.headers_mut();
            remove_hop_by_hop(headers);
            headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(header::UPGRADE, protocol);
        } else if [header::TRANSFER_ENCODING, header::CONTENT_LENGTH]
            .iter()
            .all(|name| response.headers().contains_key(name))
        {
            // Two lengths: which of them others believe is how responses are split (RFC 9112, section 6.3). The rest of the
            // body is not read, so its connection is not used again.
            return self.tell(Fault::Response, asked);
        } else {
            remove_hop_by_hop(response.headers_mut());
        }
        *response.version_mut() = Version::HTTP_11;
        response.extensions_mut().clear();
        response.extensions_mut().insert(FromUpstream);
        let pace = self.0.time_out;
        response.map(|body| Outbound::upstream(body, pace))
    }
}

impl Server {
    fn uri(&self, authority: uri::Authority, path: uri::PathAndQuery) -> Uri {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(authority);
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).expect("scheme, authority and path make an address")
    }
}

impl Service<Request<Inbound>> for Upstream {
    type Response = Response<Outbound>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Outbound>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Inbound>) -> Self::Future {
        let upstream = self.clone();
        Box::pin(async move { Ok(upstream.ask(request).await) })
    }
}

/// What a page of the proxy depends on in a request's headers.
struct Telling {
    accept: Option<HeaderValue>,
    language: Option<HeaderValue>,
}

impl Telling {
    fn of(headers: &HeaderMap) -> Self {
        let kept = |name| headers.get(name).cloned();
        Self { accept: kept(header::ACCEPT), language: kept(header::ACCEPT_LANGUAGE) }
    }

    fn headers(&self) -> HeaderMap {
        let Self { accept, language } = self;
        let kept = [(header::ACCEPT, accept), (header::ACCEPT_LANGUAGE, language)];
        kept.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

/// Says whose fault it is that there is no response.
fn fault_of(error: &Error) -> Fault {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = source {
        match one.downcast_ref::<BodyFault>() {
            Some(BodyFault::TooLarge(_)) => return Fault::TooLarge,
            Some(BodyFault::Slow(_)) => return Fault::SlowRequest,
            Some(BodyFault::Broken(_)) => return Fault::BadRequest,
            None => {}
        }
        if let Some(failed) = one.downcast_ref::<std::io::Error>()
            && error.is_connect()
            && failed.kind() == std::io::ErrorKind::TimedOut
        {
            return Fault::SlowUpstream;
        }
        source = one.source();
    }
    if error.is_connect() { Fault::Connect } else { Fault::Response }
}

/// Carries bytes both ways until one side ends, or nothing comes for a time.
async fn tunnel(visitor: OnUpgrade, upstream: OnUpgrade, silence: Duration) {
    let (Ok(visitor), Ok(upstream)) = tokio::join!(visitor, upstream) else {
        return;
    };
    let watch = Watch::of_tunnel(silence);
    let mut visitor = Watched::new(TokioIo::new(visitor), watch.clone());
    let mut upstream = Watched::new(TokioIo::new(upstream), watch);
    // Either side may go away at any time; that is how such connections end.
    let _ = tokio::io::copy_bidirectional(&mut visitor, &mut upstream).await;
}

/// Whether a method may be passed on: `CONNECT` asks for a tunnel to anywhere, `TRACE` shows headers scripts must not
/// see.
pub(super) fn may_pass(method: &Method) -> bool {
    *method != Method::CONNECT && *method != Method::TRACE
}
