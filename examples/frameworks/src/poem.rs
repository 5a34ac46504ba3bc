//! poem: its `tower-compat` takes layers for its own sort of requests only, so the layer goes around the whole endpoint, which a
//! few lines make a tower service; hyper serves it.

use std::{convert::Infallible, sync::Arc};

use ::hyper::body::Incoming;
use ::poem::{
    Endpoint, EndpointExt, Request, Route, get, handler,
    http::uri::Scheme,
    web::{Data, Html, LocalAddr, RemoteAddr},
};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use tokio::net::TcpListener;
use tower::{Layer, service_fn};
use tower_consent::{ConsentLayer, Decision};

#[handler]
fn news(decision: Data<&Decision>) -> Html<String> {
    Html(crate::page(decision.0))
}

pub async fn serve(listener: TcpListener, layer: ConsentLayer) -> std::io::Result<()> {
    let endpoint = Arc::new(Route::new().at("/", get(news)).map_to_response());
    let service = service_fn(move |request: http::Request<Incoming>| {
        let endpoint = endpoint.clone();
        async move {
            // Extensions go along, so the endpoint finds the decision among its data.
            let request = Request::from((request, LocalAddr::default(), RemoteAddr::default(), Scheme::HTTP));
            let response: http::Response<_> = endpoint.get_response(request).await.into();
            Ok::<http::Response<BoxBody<Bytes, std::io::Error>>, Infallible>(response)
        }
    });
    crate::hyper::accept(listener, layer.layer(service)).await
}
