//! The same visit to every framework, over HTTP: banner, gate, choice, withdrawal.

use std::{
    future::Future,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_util::{client::legacy, rt::TokioExecutor};
use tokio::net::TcpListener;
use tower::{Service, service_fn};
use tower_consent::{ConsentLayer, Policy, store::Memory, testing::Client};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/news-site");

/// A service that asks a server on this machine.
fn asking(address: SocketAddr) -> impl Service<Request<String>, Response = Response<Incoming>, Error = legacy::Error> {
    let client = legacy::Client::builder(TokioExecutor::new()).build_http::<String>();
    service_fn(move |mut request: Request<String>| {
        let target = format!("http://{address}{}", request.uri());
        *request.uri_mut() = target.parse::<Uri>().expect("the client asks for a path");
        client.request(request)
    })
}

async fn visit(address: SocketAddr) {
    let policy = Policy::load(FOLDER).unwrap();
    let mut visitor = Client::new(asking(address), &policy).with_origin(&format!("http://{address}"));
    let page = visitor.visit("/").await;
    assert_eq!(page.status(), 200, "{}", page.text());
    assert!(page.has_banner() && page.text().contains("News for everyone"), "{}", page.text());
    page.assert_nothing_refused();

    let page = visitor.accept_all(&page).await;
    assert!(!page.has_banner() && page.text().contains("News chosen for you"), "{}", page.text());
    page.assert_loads_from("mc.yandex.ru");
    page.assert_loads_from("smi2.ru");
    visitor.assert_logged("accept", [("metrics", true), ("recommendations", true)]).await;

    let centre = visitor.visit_centre().await;
    visitor.choose(&centre, ["metrics"]).await;
    let page = visitor.visit("/").await;
    assert!(page.text().contains("News for everyone"), "{}", page.text());
    page.assert_loads_from("mc.yandex.ru");
    page.assert_nothing_refused();

    visitor.withdraw().await;
    let page = visitor.visit("/").await;
    page.assert_nothing_from("mc.yandex.ru");
    page.assert_nothing_refused();
    visitor.assert_no_refused_cookies().await;
    visitor.assert_logged("withdraw", [("metrics", false), ("recommendations", false)]).await;
}

/// Starts a server with the layer around it.
async fn start<F>(serve: impl FnOnce(TcpListener, ConsentLayer) -> F) -> SocketAddr
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let layer = ConsentLayer::new(Policy::load(FOLDER).unwrap(), Memory::default()).unwrap();
    tokio::spawn(serve(listener, layer.with_origin(&format!("http://{address}")).unwrap()));
    address
}

#[tokio::test]
async fn axum() {
    visit(start(frameworks::axum::serve).await).await;
}

#[tokio::test]
async fn hyper_and_tower() {
    visit(start(frameworks::hyper::serve).await).await;
}

#[tokio::test]
async fn warp() {
    visit(start(frameworks::warp::serve).await).await;
}

#[tokio::test]
async fn poem() {
    visit(start(frameworks::poem::serve).await).await;
}

#[tokio::test]
async fn salvo() {
    visit(start(frameworks::salvo::serve).await).await;
}

#[tokio::test]
async fn dioxus_on_the_server() {
    visit(start(frameworks::dioxus::serve).await).await;
}

#[tokio::test]
async fn pages_beside_tonic() {
    use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

    let address = start(frameworks::tonic::serve).await;
    visit(address).await;
    let channel = tonic::transport::Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let asked = HealthCheckRequest { service: String::new() };
    let answer = HealthClient::new(channel.clone()).check(asked).await.unwrap();
    assert!(answer.metadata().get("set-cookie").is_none() && answer.metadata().get("vary").is_none(), "{answer:?}");
    assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    // Errors of gRPC come in headers or trailers, which the layer must not lose.
    let asked = HealthCheckRequest { service: "unknown".to_owned() };
    let error = HealthClient::new(channel).check(asked).await.unwrap_err();
    assert_eq!(error.code(), tonic::Code::NotFound);
}

/// A proxy that ends with the test.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Puts the proxy in front of a server that is about to listen, and visits it there.
async fn visit_behind_the_proxy(upstream: SocketAddr) {
    let binary = std::env::var("TOWER_CONSENT")
        .expect("TOWER_CONSENT names the binary of tower-consent, with the feature proxy");
    // The proxy must know its address beforehand, as its origin.
    let address = free();
    let (upstream, origin) = (format!("http://{upstream}"), format!("http://{address}"));
    let site = ["--policy", FOLDER, "--upstream", &upstream, "--store", "memory:"];
    let mut command = Command::new(binary);
    command.arg("serve").args(site).args(["--listen", &address.to_string(), "--origin", &origin]);
    let mut proxy = Proxy(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(proxy.0.stderr.take().unwrap());
    let mut told = String::new();
    while !told.contains("ready after") {
        assert!(lines.read_line(&mut told).unwrap() > 0, "it ended: {told}");
    }
    visit(address).await;
}

/// An address that nobody listens at.
fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn actix_web_behind_the_proxy() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || frameworks::actix::serve(listener));
    visit_behind_the_proxy(address).await;
}

#[tokio::test]
async fn rocket_behind_the_proxy() {
    let address = free();
    tokio::spawn(frameworks::rocket::serve(address));
    // It takes no listener, only an address: until it has that, nobody answers there.
    while tokio::net::TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    visit_behind_the_proxy(address).await;
}
