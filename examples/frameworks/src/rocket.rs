//! rocket: it takes no tower layers, so `tower-consent serve` stands in front. A guard reads the header `Tower-Consent`, which no
//! visitor can send past the proxy.

use std::{convert::Infallible, net::SocketAddr};

use ::rocket::{
    Config, Request, get,
    request::{FromRequest, Outcome},
    response::content::RawHtml,
    routes,
};

/// Whether the visitor allowed recommendations; without the header nobody did.
struct Recommendations(bool);

#[::rocket::async_trait]
impl<'r> FromRequest<'r> for Recommendations {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        let consent = request.headers().get_one("tower-consent").unwrap_or_default();
        Outcome::Success(Self(crate::recommends(consent)))
    }
}

#[get("/")]
fn news(recommendations: Recommendations) -> RawHtml<String> {
    RawHtml(crate::page_for(recommendations.0))
}

pub async fn serve(address: SocketAddr) -> Result<(), Box<::rocket::Error>> {
    let config = Config { address: address.ip(), port: address.port(), ..Config::release_default() };
    ::rocket::custom(config).mount("/", routes![news]).launch().await.map(drop).map_err(Box::new)
}
