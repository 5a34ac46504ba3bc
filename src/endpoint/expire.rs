//! The end of the cookies of refused services, where the site can see them.
//!
//! In: a request and a decision. Out: `Set-Cookie` headers. A browser sends a cookie only to paths below the cookie's own, so
//! that the privacy centre does not see those a page set for its own folder: it loads `FOLDER/_consent/expire`, which does.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};

use super::{Asked, respond};
use crate::{
    decision::Decision,
    gate::cookies::Asked as CookiesAsked,
    site::{EXPIRE, Site, host},
};

/// Ends the cookies of refused services that this request brought, as one to `path` brings them.
pub(super) fn expire(site: &Site, asked: &Asked, path: &str, decision: &Decision, response: &mut HeaderMap) {
    let host = host(&asked.headers, &asked.uri);
    let sent = CookiesAsked { headers: &asked.headers, host: host.as_deref(), path, secure: site.secure() };
    site.cleanup.expire(sent, response, &site.rules, decision);
}

/// `GET FOLDER/_consent/expire`: ends what a page in this folder would end, were it asked for.
pub(super) fn on_path(site: &Site, asked: &Asked) -> Response<Bytes> {
    let folder = asked.uri.path().strip_suffix(EXPIRE).and_then(|path| path.strip_suffix(site.prefix.as_str()));
    let path = format!("{}/", folder.unwrap_or_default());
    let mut response = respond(StatusCode::NO_CONTENT, "text/plain; charset=utf-8", Bytes::new());
    let decision = site.decide(&asked.headers, site.clock.now());
    expire(site, asked, &path, &decision, response.headers_mut());
    site.ledger.cleaned(site.cleanup.cleaned());
    response
}
