//! tonic: a gRPC service on the same router as the pages. The layer goes around both; messages and trailers pass it untouched.

use ::axum::{Router, response::Html, routing::get};
use ::tonic::service::Routes;
use tokio::net::TcpListener;
use tower_consent::{ConsentLayer, Decision};

async fn news(decision: Decision) -> Html<String> {
    Html(crate::page(&decision))
}

pub async fn serve(listener: TcpListener, layer: ConsentLayer) -> std::io::Result<()> {
    let (_reporter, health) = tonic_health::server::health_reporter();
    let pages = Router::new().route("/", get(news));
    let app = Routes::new(health).into_axum_router().merge(pages).layer(layer);
    ::axum::serve(listener, app).await
}
