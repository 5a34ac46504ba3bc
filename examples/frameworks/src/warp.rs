//! warp: `warp::service` makes a tower service of the filters; the layer goes around it and hyper serves it.

use ::warp::{Filter, reply::html};
use tokio::net::TcpListener;
use tower::Layer;
use tower_consent::{ConsentLayer, Decision};

pub async fn serve(listener: TcpListener, layer: ConsentLayer) -> std::io::Result<()> {
    let news = ::warp::path::end().and(::warp::ext::get::<Decision>()).map(|decision| html(crate::page(&decision)));
    crate::hyper::accept(listener, layer.layer(::warp::service(news))).await
}
