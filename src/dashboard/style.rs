//! The style of the pages, under a name that holds its hash.

use std::sync::OnceLock;

use http::{HeaderValue, Response, StatusCode, header};
use sha2::{Digest, Sha256};

use super::body::AdminBody;

const CSS: &str = include_str!("dashboard.css");

/// The style and where it is.
pub(super) struct Style {
    pub(super) path: String,
}

pub(super) fn style() -> &'static Style {
    static STYLE: OnceLock<Style> = OnceLock::new();
    STYLE.get_or_init(|| {
        let hash = base16ct::lower::encode_string(&Sha256::digest(CSS)[..8]);
        Style { path: format!("/assets/{hash}.css") }
    })
}

impl Style {
    /// Anyone may have it, for as long as he likes: it holds no secret, and another style has another name.
    pub(super) fn response(&self) -> Response<AdminBody> {
        let mut response = Response::new(AdminBody::whole(CSS));
        *response.status_mut() = StatusCode::OK;
        for (name, value) in [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
