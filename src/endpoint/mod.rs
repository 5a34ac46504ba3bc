//! The paths under the prefix: choice, centre, documents, receipts, requests, withdrawal, state, script.
//!
//! In: a request whose body was read within its limit. Out: a whole response. It writes through the recorder only.

mod asset;
mod centre;
mod choice;
mod client;
mod expire;
mod once;
pub(crate) mod pace;
mod page;
mod refusal;
pub(crate) mod report;
mod request;
mod state;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use self::refusal::Refusal;
use crate::{
    documents::Document,
    language::Language,
    script::{self, script},
    site::{self, Site},
};

/// The longest body of a choice, in bytes.
const LONGEST_BODY: usize = 8 << 10;

/// A request under the prefix, with its body read.
#[derive(Debug)]
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Asked {
    /// Returns a value of the address.
    fn query(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Returns the language to answer in: that of the page the visitor came from, which its links name, else his browser's.
    fn language<'s>(&self, site: &'s Site) -> &'s Language {
        let named = self.query("lang").and_then(|tag| tag.parse::<Language>().ok());
        let known = named.and_then(|named| site.policy.site().languages.iter().find(|known| **known == named));
        known.unwrap_or_else(|| site.language(&self.headers))
    }
}

/// Answers a request under the prefix; `path` is what follows it.
pub(crate) async fn answer<B>(site: Arc<Site>, path: String, request: Request<B>) -> Response<Bytes>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    let mut asked = Asked { method: head.method, uri: head.uri, headers: head.headers, body: Bytes::new() };
    if let Some(name) = path.strip_prefix("/assets/")
        && name.ends_with(".css")
        && (asked.method == Method::GET || asked.method == Method::HEAD)
    {
        let mut response = report::style(&site, name).unwrap_or_else(|refusal| refusal.response(&site, &asked));
        if asked.method == Method::HEAD {
            *response.body_mut() = Bytes::new();
        }
        return response;
    }
    let known = route(&path);
    let response = match known {
        None => Err(Refusal::not_found()),
        Some((allowed, _)) if !allowed.contains(&asked.method) => Err(Refusal::method(allowed)),
        Some((_, page)) => {
            if asked.method == Method::POST {
                match read(body).await {
                    Ok(bytes) => {
                        asked.body = bytes;
                        page.answer(&site, &asked).await
                    }
                    Err(refusal) => Err(refusal),
                }
            } else {
                page.answer(&site, &asked).await
            }
        }
    };
    let mut response = response.unwrap_or_else(|refusal| refusal.response(&site, &asked));
    if asked.method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

#[derive(Clone, Copy, Debug)]
enum Page {
    Asset(script::Pages),
    /// A script by the name of another release.
    Earlier,
    Centre,
    Choice,
    Document(Document),
    Expire,
    Kept([u8; 32]),
    Once,
    Receipt(u64),
    Receipts,
    Reports,
    Request,
    Requested(u64),
    Signals,
    State,
    StateStyle,
    Withdraw,
}

impl Page {
    async fn answer(self, site: &Site, asked: &Asked) -> Result<Response<Bytes>, Refusal> {
        match self {
            Self::Asset(pages) => Ok(asset::script(pages)),
            Self::Earlier if site.rules.everyone.is_some() => Ok(asset::later(&site.prefix)),
            Self::Earlier => Err(Refusal::not_found()),
            Self::Centre => Ok(centre::centre(site, asked).await),
            Self::Choice => choice::choose(site, asked).await,
            Self::Document(document) => page::document(site, asked, document).await,
            Self::Expire => Ok(expire::on_path(site, asked)),
            Self::Kept(hash) => centre::kept(site, asked, hash).await,
            Self::Once => once::once(site, asked).await,
            Self::Receipt(index) => centre::receipt(site, asked, index).await,
            Self::Receipts => centre::receipts(site, asked).await,
            Self::Request => request::request(site, asked).await,
            Self::Requested(number) => request::shown(site, asked, number).await,
            Self::Signals => Ok(state::signals(site, asked)),
            Self::State => Ok(state::state(site, asked)),
            Self::StateStyle => Ok(state::style(site, asked)),
            Self::Reports => report::violations(site, asked),
            Self::Withdraw => choice::withdraw(site, asked).await,
        }
    }
}

/// Says whether the answer at a path reads the store, on the thread that asks: it may wait for the disk. A choice does not: the
/// recorder has a thread of its own.
#[cfg(feature = "proxy")]
pub(crate) fn reads_store(path: &str) -> bool {
    use Page::{Asset, Choice, Earlier, Expire, Reports, Signals, State, StateStyle, Withdraw};
    let quick = |page: &Page| {
        matches!(page, Asset(_) | Choice | Earlier | Expire | Reports | Signals | State | StateStyle | Withdraw)
    };
    route(path).is_some_and(|(_, page)| !quick(&page))
}

fn route(path: &str) -> Option<(&'static [Method], Page)> {
    const READ: &[Method] = &[Method::GET, Method::HEAD];
    const WRITE: &[Method] = &[Method::POST];
    Some(match path {
        "" | "/" => (READ, Page::Centre),
        "/choice" => (WRITE, Page::Choice),
        site::EXPIRE => (READ, Page::Expire),
        "/once" => (WRITE, Page::Once),
        "/receipts" => (READ, Page::Receipts),
        "/requests" => (WRITE, Page::Request),
        "/signals.js" => (READ, Page::Signals),
        "/state" => (READ, Page::State),
        "/state.css" => (READ, Page::StateStyle),
        "/csp" => (WRITE, Page::Reports),
        "/withdraw" => (WRITE, Page::Withdraw),
        _ => {
            if let Some(name) = path.strip_prefix("/assets/") {
                let mut all = [script::Pages::Own, script::Pages::Shared].into_iter();
                let stem = name.strip_suffix(".js").filter(|stem| stem.len() == 16)?;
                return Some(match all.find(|pages| script(*pages).name == name) {
                    Some(pages) => (READ, Page::Asset(pages)),
                    None if stem.bytes().all(|byte| byte.is_ascii_hexdigit()) => (READ, Page::Earlier),
                    None => return None,
                });
            }
            if let Some(index) = path.strip_prefix("/receipt/") {
                let mut hash = [0; 32];
                if base16ct::lower::decode(index, &mut hash).is_ok_and(|bytes| bytes.len() == 32) {
                    return Some((READ, Page::Kept(hash)));
                }
                return Some((READ, Page::Receipt(index.parse().ok()?)));
            }
            if let Some(number) = path.strip_prefix("/requests/") {
                return Some((READ, Page::Requested(number.parse().ok()?)));
            }
            let name = path.strip_prefix("/documents/")?;
            let document = Document::PAGES.into_iter().find(|document| document.as_str() == name)?;
            (READ, Page::Document(document))
        }
    })
}

async fn read<B>(body: B) -> Result<Bytes, Refusal>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::too_large(LONGEST_BODY)),
        Err(_) => Err(Refusal::malformed("the body broke off")),
    }
}

/// Headers of every page of ours: it loads nothing of others, is framed by nobody, is kept by no shared cache.
fn guard(headers: &mut HeaderMap) {
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Cookie, Accept-Language"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn respond(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    guard(response.headers_mut());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Says whether the caller wants JSON rather than a page.
fn wants_json(headers: &HeaderMap) -> bool {
    let has = |name: header::HeaderName| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("application/json"))
    };
    has(header::ACCEPT) || has(header::CONTENT_TYPE)
}
