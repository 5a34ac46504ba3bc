//! The same layer on axum, on bare hyper and on plain tower.

use std::convert::Infallible;

use axum::{Extension, Router, response::Html, routing::get};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, service_fn};
use tower_consent::{ConsentLayer, Decision, store::Memory};

use super::news_site::{METRICS, PAGE, Site, policy};

async fn fetch(address: std::net::SocketAddr, path: &str) -> (http::response::Parts, String) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get(path).header("host", address.to_string()).body(Empty::<Bytes>::new()).unwrap();
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    (head, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

fn assert_gated(text: &str) {
    assert!(text.contains("<section id=\"tc\""), "{text}");
    assert!(!text.contains(METRICS), "{text}");
    assert!(text.contains("data-tc-src=https://mc.yandex.ru/metrika/tag.js"), "{text}");
}

#[tokio::test]
async fn axum_server() {
    let layer = ConsentLayer::new(policy(), Memory::default()).unwrap();
    let page = |Extension(decision): Extension<Decision>| async move {
        assert!(!decision.allows("recommendations"));
        Html(PAGE)
    };
    let app = Router::new().route("/", get(page)).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    assert_gated(&fetch(address, "/").await.1);
    let (head, centre) = fetch(address, "/_consent/").await;
    assert_eq!(head.status, 200);
    assert!(centre.contains("/_consent/withdraw"), "{centre}");
}

#[tokio::test]
async fn bare_hyper_server() {
    let layer = ConsentLayer::new(policy(), Memory::default()).unwrap();
    let inner = service_fn(|_: Request<hyper::body::Incoming>| async {
        let response = Response::builder().header("content-type", "text/html");
        Ok::<_, Infallible>(response.body(Full::new(Bytes::from(PAGE))).unwrap())
    });
    let service = TowerToHyperService::new(layer.layer(inner));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        connection.await.unwrap();
    });
    assert_gated(&fetch(address, "/").await.1);
}

#[tokio::test]
async fn plain_tower_service() {
    assert_gated(&Site::new().get("/", "").await.text);
}

#[test]
fn the_body_suits_every_server() {
    fn suits<T: Send + Sync + 'static>() {}
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    suits::<tower_consent::layer::GatedBody<Full<Bytes>>>();
    error::<tower_consent::layer::BodyError>();
}
