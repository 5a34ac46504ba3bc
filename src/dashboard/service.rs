//! The tower service: which path is what, who may come in, and the headers every answer has.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use time::OffsetDateTime;
use tower_service::Service;

use super::{
    AdminToken,
    access::{Door, Entrance, is_same_origin},
    attempts::{Attempts, Source},
    body::AdminBody,
    metrics,
    page::{self, Page, View},
    style::style,
    watch::Watch,
    words::Words,
};
use crate::layer::PolicyHandle;

/// The longest body of a form, in bytes.
const LONGEST_BODY: usize = 8 << 10;

/// Where a request comes from, for servers that know it: put into the request's extensions, it keeps those who guess
/// the token apart from those who have it.
///
/// Without it all requests count as one source, and a guesser makes everyone wait but those who are signed in.
///
/// # Example
///
/// ```
/// use http::{Request, StatusCode};
/// use http_body_util::Empty;
/// use tower::ServiceExt;
/// use tower_consent::{ConsentLayer, Policy, dashboard::{Admin, AdminToken, Peer}, store::Memory};
/// # let policy = Policy::load("policies/news-site").unwrap();
/// # let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// # let admin = Admin::new(layer.handle(), AdminToken::new("4kFqvX2nR8sW0dLc").unwrap());
/// let ask = |from: &str, token: &str| {
///     let request = Request::get("/metrics").header("authorization", format!("Bearer {token}"));
///     let mut request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
///     request.extensions_mut().insert(Peer(from.parse().unwrap()));
///     pollster::block_on(admin.clone().oneshot(request)).unwrap().status()
/// };
/// (0..6).for_each(|_| drop(ask("192.0.2.66", "a-guess-of-16-signs")));
/// assert_eq!(ask("192.0.2.66", "a-guess-of-16-signs"), StatusCode::TOO_MANY_REQUESTS);
/// assert_eq!(ask("192.0.2.1", "4kFqvX2nR8sW0dLc"), StatusCode::OK);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The dashboard of a running site: a tower service, to be served on an address that only its operator reaches.
///
/// `Service<http::Request<B>>` for any body `B`; it answers every request and never fails. Paths: `/` and the pages it
/// links, `/login`, `/metrics` (Prometheus; needs `Authorization: Bearer TOKEN`), `/healthz` (is the process up) and
/// `/readyz` (can choices be recorded, and if not, why); the last two need no token.
///
/// One thread follows the log while an `Admin` or a clone of it lives.
///
/// # Example
///
/// ```
/// use http::{Request, StatusCode};
/// use http_body_util::Empty;
/// use tower::ServiceExt;
/// use tower_consent::{ConsentLayer, Policy, dashboard::{Admin, AdminToken}, store::Memory};
///
/// let policy = Policy::load("policies/news-site").unwrap();
/// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// let admin = Admin::new(layer.handle(), AdminToken::new("4kFqvX2nR8sW0dLc").unwrap());
/// let ask = |token: &str| {
///     let request = Request::get("/metrics").header("authorization", format!("Bearer {token}"));
///     let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
///     pollster::block_on(admin.clone().oneshot(request)).unwrap().status()
/// };
/// assert_eq!(ask("4kFqvX2nR8sW0dLc"), StatusCode::OK);
/// assert_eq!(ask("another-token-of-16"), StatusCode::UNAUTHORIZED);
/// ```
#[derive(Clone)]
pub struct Admin(Arc<Inner>);

struct Inner {
    watch: Arc<Watch>,
    door: Door,
    attempts: Attempts,
    #[cfg(feature = "export")]
    download: super::download::Download,
}

impl fmt::Debug for Admin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Admin")
    }
}

impl Admin {
    /// Begins to follow the log of a site.
    ///
    /// Take the handle after all `with_` calls on the layer.
    ///
    /// # Example
    ///
    /// ```
    /// use http::{Request, StatusCode};
    /// use http_body_util::Empty;
    /// use tower::ServiceExt;
    /// use tower_consent::{ConsentLayer, Policy, dashboard::{Admin, AdminToken}, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
    /// let admin = Admin::new(layer.handle(), AdminToken::random().0);
    /// // Whether choices can be recorded is no secret: what starts the server may ask.
    /// let request = Request::get("/readyz").body(Empty::<bytes::Bytes>::new()).unwrap();
    /// assert_eq!(pollster::block_on(admin.oneshot(request)).unwrap().status(), StatusCode::OK);
    /// ```
    pub fn new(handle: PolicyHandle, token: AdminToken) -> Self {
        Self::behind(handle, Door::new(token))
    }

    /// As [`Admin::new`], for an address that is reached over TLS: the session's cookie is then bound to its host and
    /// never sent without TLS. Default: plain HTTP, which is right for an address of this machine and nowhere else.
    ///
    /// # Example
    ///
    /// ```
    /// use http::{Request, header};
    /// use tower::ServiceExt;
    /// use tower_consent::{ConsentLayer, Policy, dashboard::{Admin, AdminToken}, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
    /// let admin = Admin::over_tls(layer.handle(), AdminToken::new("4kFqvX2nR8sW0dLc").unwrap());
    /// let request = Request::post("/login")
    ///     .header(header::HOST, "admin.news.example")
    ///     .header(header::ORIGIN, "https://admin.news.example")
    ///     .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    ///     .body("token=4kFqvX2nR8sW0dLc".to_owned())
    ///     .unwrap();
    /// let response = pollster::block_on(admin.oneshot(request)).unwrap();
    /// let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    /// assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
    /// ```
    pub fn over_tls(handle: PolicyHandle, token: AdminToken) -> Self {
        Self::behind(handle, Door::new(token).with_tls(true))
    }

    fn behind(handle: PolicyHandle, door: Door) -> Self {
        Self(Arc::new(Inner {
            watch: Watch::start(handle),
            door,
            attempts: Attempts::default(),
            #[cfg(feature = "export")]
            download: super::download::Download::default(),
        }))
    }
}

impl<B> Service<Request<B>> for Admin
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<AdminBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<AdminBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inner = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let head_only = parts.method == Method::HEAD;
            let form = if parts.method == Method::POST {
                match Limited::new(body, LONGEST_BODY).collect().await {
                    Ok(collected) => Some(collected.to_bytes()),
                    Err(_) => return Ok(guarded(plain(StatusCode::PAYLOAD_TOO_LARGE, "the form is too long"))),
                }
            } else {
                None
            };
            let mut response = guarded(inner.answer(&parts, form).await);
            if head_only {
                *response.body_mut() = AdminBody::whole(Bytes::new());
            }
            Ok(response)
        })
    }
}

/// One request, as the pages see it.
struct Asked<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    source: Source,
    now: OffsetDateTime,
}

impl Inner {
    async fn answer(&self, parts: &Parts, form: Option<Bytes>) -> Response<AdminBody> {
        let asked = Asked {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
            source: parts.extensions.get::<Peer>().map_or(Source::Unknown, |peer| Source::of(peer.0)),
            now: self.watch.handle.site().clock.now(),
        };
        let reads = asked.method == Method::GET || asked.method == Method::HEAD;
        let path = asked.uri.path();
        if path == style().path {
            return if reads { style().response() } else { not_allowed("GET, HEAD") };
        }
        match (path, reads) {
            ("/healthz", true) => plain(StatusCode::OK, "ok\n"),
            ("/readyz", true) => self.readiness(),
            ("/login", true) => self.login_page(&asked, StatusCode::OK, None),
            ("/login", false) if asked.method == Method::POST => self.login(&asked, &form.unwrap_or_default()),
            ("/healthz" | "/readyz", false) => not_allowed("GET, HEAD"),
            _ => self.behind_the_door(&asked, reads, form).await,
        }
    }

    async fn behind_the_door(&self, asked: &Asked<'_>, reads: bool, form: Option<Bytes>) -> Response<AdminBody> {
        // A token is looked at only when its source need not wait: else it could be guessed all the same.
        if asked.headers.contains_key(header::AUTHORIZATION)
            && let Some(wait) = self.attempts.wait(asked.source, asked.now)
        {
            return wait_for(plain(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens, wait\n"), wait);
        }
        let form_mark = match self.door.entrance(asked.headers, asked.now) {
            Entrance::Bearer => {
                self.attempts.right(asked.source);
                None
            }
            Entrance::Session { form_mark } => Some(form_mark),
            Entrance::Wrong => {
                self.attempts.wrong(asked.source, asked.now);
                return challenge();
            }
            Entrance::None if asked.uri.path() == "/metrics" || !reads => return challenge(),
            Entrance::None => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("to", asked.uri.path_and_query().map_or("/", |path| path.as_str()));
                return see_other(&format!("/login?{}", query.finish()));
            }
        };
        if asked.uri.path() == "/metrics" {
            return if reads { self.metrics() } else { not_allowed("GET, HEAD") };
        }
        if let Some(body) = form {
            // A program with the token sends what it means to; a browser may be made to send a form by another site.
            if let Some(mark) = &form_mark {
                let said = field(&body, "mark").unwrap_or_default();
                if !is_same_origin(asked.headers, host(asked)) || !self.door.is_mark(mark, &said) {
                    return plain(StatusCode::FORBIDDEN, "the form was not sent from this dashboard\n");
                }
            }
            return match asked.uri.path() {
                "/logout" => {
                    let mut response = see_other("/login");
                    if let Some(cookie) = self.door.end(asked.headers, asked.now) {
                        response.headers_mut().insert(header::SET_COOKIE, cookie);
                    }
                    response
                }
                #[cfg(feature = "export")]
                "/export" => {
                    let field = |name: &str| field(&body, name);
                    match self.download.begin(&self.watch.handle, field, asked.now).await {
                        Ok(response) => response,
                        Err(refusal) => {
                            let view = self.view(asked, form_mark);
                            html(refusal.status(), page::no_export(&view, refusal).into_string())
                        }
                    }
                }
                _ => not_allowed("GET, HEAD"),
            };
        }
        if !reads {
            return not_allowed("GET, HEAD, POST");
        }
        let Some(page) = Page::at(asked.uri.path()) else {
            let view = self.view(asked, form_mark);
            return html(StatusCode::NOT_FOUND, page::not_found(&view).into_string());
        };
        let view = self.view(asked, form_mark);
        html(StatusCode::OK, page.render(&view).into_string())
    }

    fn view(&self, asked: &Asked<'_>, form_mark: Option<String>) -> View<'_> {
        let lang = query(asked.uri, "lang");
        let accept = asked.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        View {
            watch: &self.watch,
            policy: self.watch.handle.policy(),
            words: Words::negotiate(lang.as_deref(), accept),
            lang: lang.filter(|lang| Words::has(lang)),
            query: asked.uri.query().unwrap_or_default().to_owned(),
            now: asked.now,
            form_mark,
        }
    }

    fn login_page(&self, asked: &Asked<'_>, status: StatusCode, refused: Option<page::Refused>) -> Response<AdminBody> {
        let view = self.view(asked, None);
        let to = query(asked.uri, "to").filter(|to| is_own(to)).unwrap_or_else(|| "/".to_owned());
        html(status, page::login(&view, &to, refused).into_string())
    }

    fn login(&self, asked: &Asked<'_>, form: &[u8]) -> Response<AdminBody> {
        if !is_same_origin(asked.headers, host(asked)) {
            return plain(StatusCode::FORBIDDEN, "the form was not sent from this dashboard\n");
        }
        if let Some(wait) = self.attempts.wait(asked.source, asked.now) {
            let refused = page::Refused::Wait(wait);
            return wait_for(self.login_page(asked, StatusCode::TOO_MANY_REQUESTS, Some(refused)), wait);
        }
        if !self.door.opens_with(&field(form, "token").unwrap_or_default()) {
            self.attempts.wrong(asked.source, asked.now);
            return self.login_page(asked, StatusCode::FORBIDDEN, Some(page::Refused::Wrong));
        }
        self.attempts.right(asked.source);
        let to = field(form, "to").filter(|to| is_own(to)).unwrap_or_else(|| "/".to_owned());
        let mut response = see_other(&to);
        if let Some(cookie) = self.door.begin(asked.now) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }

    /// Says whether choices can be recorded, and if not, why.
    fn readiness(&self) -> Response<AdminBody> {
        let health = self.watch.handle.health();
        let mut reasons = String::new();
        if let Some(since) = health.degraded {
            reasons.push_str(&format!("the log cannot be written since {}\n", page::rfc3339(since)));
        }
        if let Some(outbox) = &health.outbox
            && outbox.waiting >= outbox.room
        {
            reasons.push_str("the outbox is full\n");
        }
        // With an outbox choices are taken all the same.
        if let Some((_, since)) = &self.watch.seen().fault
            && health.outbox.is_none()
        {
            reasons.push_str(&format!("the store cannot be read since {}\n", page::rfc3339(*since)));
        }
        if health.waiting >= health.room {
            reasons.push_str("too many choices wait to be written\n");
        }
        if reasons.is_empty() {
            return match &health.outbox {
                Some(outbox) if outbox.waiting > 0 || outbox.away.is_some() => {
                    let waiting = outbox.waiting;
                    plain(
                        StatusCode::OK,
                        format!("ready; {waiting} choices wait in the outbox for the store to be back\n"),
                    )
                }
                _ => plain(StatusCode::OK, "ready\n"),
            };
        }
        plain(StatusCode::SERVICE_UNAVAILABLE, reasons)
    }

    fn metrics(&self) -> Response<AdminBody> {
        let text = metrics::render(&self.watch, self.attempts.failures());
        respond(StatusCode::OK, metrics::CONTENT_TYPE, text)
    }
}

/// Says whether a path leads to this dashboard and nowhere else: `//host` and `/\host` lead to another site.
fn is_own(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic())
}

fn host<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    let host = asked.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    host.or_else(|| asked.uri.authority().map(|authority| authority.as_str()))
}

fn query(uri: &Uri, name: &str) -> Option<String> {
    field(uri.query().unwrap_or_default().as_bytes(), name)
}

/// Returns a field of a form that occurs once.
fn field(form: &[u8], name: &str) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(form).filter(|(known, _)| known == name);
    let value = fields.next()?.1.into_owned();
    fields.next().is_none().then_some(value)
}

fn respond(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<AdminBody> {
    let mut response = Response::new(AdminBody::whole(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<AdminBody> {
    respond(status, "text/plain; charset=utf-8", text)
}

fn html(status: StatusCode, text: String) -> Response<AdminBody> {
    respond(status, "text/html; charset=utf-8", text)
}

fn see_other(to: &str) -> Response<AdminBody> {
    let mut response = plain(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/")));
    response
}

fn not_allowed(methods: &'static str) -> Response<AdminBody> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "this path is not asked in this way\n");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

fn challenge() -> Response<AdminBody> {
    let mut response = plain(StatusCode::UNAUTHORIZED, "the token is missing or wrong\n");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tower-consent\""));
    response
}

fn wait_for(mut response: Response<AdminBody>, wait: time::Duration) -> Response<AdminBody> {
    // Rounded up: who comes at the very second is let in.
    let seconds = wait.whole_seconds() + i64::from(wait.subsec_nanoseconds() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The headers of every answer: it loads nothing but its style, is framed by nobody, is kept by no cache.
fn guarded(mut response: Response<AdminBody>) -> Response<AdminBody> {
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // With `no-referrer` browsers send `Origin: null` along with forms (Fetch, section 3.2), and the check of the
        // origin would refuse its own. Nothing goes to other sites either way.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_this_dashboard_only() {
        for own in ["/", "/ledger?days=30", "/a%2f%2fb"] {
            assert!(is_own(own), "{own}");
        }
        for other in
            ["//evil.example", "/\\evil.example", "https://evil.example", "", "ledger", "/\r\nset-cookie:x", "/ж"]
        {
            assert!(!is_own(other), "{other}");
        }
    }

    #[test]
    fn a_field_that_comes_twice_is_none() {
        assert_eq!(field(b"a=1&b=%D0%B6", "b").as_deref(), Some("ж"));
        assert_eq!(field(b"a=1&a=1", "a"), None);
    }
}
