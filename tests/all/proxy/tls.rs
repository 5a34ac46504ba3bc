//! TLS on both sides, certificates by host name, and their replacement while the proxy runs.

use std::{path::Path, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};
use tower_consent::proxy::{Protocol, Secured, SiteConfiguration};

use super::{Proxy, path, upstream::Upstream};
use crate::news_site::METRICS;

/// Writes a certificate that signs itself and its key; returns the certificate.
fn certificate(folder: &tempfile::TempDir, name: &str, hosts: &[&str]) -> CertificateDer<'static> {
    let names: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(path(folder, &format!("{name}.pem")), made.cert.pem()).unwrap();
    std::fs::write(path(folder, &format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

async fn connect(
    proxy: &Proxy,
    host: &str,
    trust: &[CertificateDer<'static>],
    alpn: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    for certificate in trust {
        roots.add(certificate.clone()).unwrap();
    }
    let mut client = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![alpn.to_vec()];
    let stream = TcpStream::connect(proxy.address).await.unwrap();
    TlsConnector::from(Arc::new(client)).connect(ServerName::try_from(host.to_owned()).unwrap(), stream).await
}

async fn page(stream: TlsStream<TcpStream>, host: &str) -> String {
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get(format!("https://{host}/")).header("accept", "text/html");
    let response = sender.send_request(request.body(Empty::<bytes::Bytes>::new()).unwrap()).await.unwrap();
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_site_shows_its_certificate_and_takes_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let news = certificate(&folder, "news", &["news.example"]);
    let shop = certificate(&folder, "shop", &["shop.example"]);
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::of(address, |configuration| {
        configuration.listeners[0].secured = Secured::Tls;
        configuration.sites[0].hosts = vec!["news.example".to_owned()];
        configuration.sites[0].certificate = Some((path(&folder, "news.pem"), path(&folder, "news.key")));
        let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/shop");
        let mut site = SiteConfiguration::new(policy, format!("http://{address}").parse().unwrap(), "memory:");
        site.hosts = vec!["shop.example".to_owned()];
        site.certificate = Some((path(&folder, "shop.pem"), path(&folder, "shop.key")));
        configuration.sites.push(site);
    })
    .await;
    let stream = connect(&proxy, "news.example", std::slice::from_ref(&news), b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let text = page(stream, "news.example").await;
    assert!(text.contains("<section id=\"tc\"") && !text.contains(METRICS), "{text}");
    assert!(upstream.said().contains("x-forwarded-proto: https"), "{}", upstream.said());
    connect(&proxy, "shop.example", std::slice::from_ref(&shop), b"http/1.1").await.unwrap();
    connect(&proxy, "shop.example", std::slice::from_ref(&news), b"h2").await.unwrap_err();

    // A file with a fault changes nothing; a good one is taken. The files are looked at every ten seconds.
    std::fs::write(path(&folder, "news.key"), "no key").unwrap();
    wait_for(&proxy, "the certificates in force stay").await;
    connect(&proxy, "news.example", &[news], b"h2").await.unwrap();
    let newer = certificate(&folder, "news", &["news.example"]);
    wait_for(&proxy, "other certificates are in force").await;
    connect(&proxy, "news.example", &[newer], b"h2").await.unwrap();
}

async fn wait_for(proxy: &Proxy, notice: &str) {
    for _ in 0..300 {
        if proxy.notices.lock().unwrap().iter().any(|told| told.contains(notice)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never told: {notice}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_is_reached_by_tls_and_http2_and_must_show_its_name() {
    let folder = tempfile::tempdir().unwrap();
    certificate(&folder, "app", &["localhost"]);
    certificate(&folder, "other", &["other.example"]);
    let address = secure_upstream(&path(&folder, "app.pem"), &path(&folder, "app.key")).await;
    for (protocol, trust, status) in
        [(Protocol::H2, "app.pem", 200), (Protocol::Http1, "app.pem", 200), (Protocol::H2, "other.pem", 502)]
    {
        let proxy = Proxy::of(address, |configuration| {
            let site = &mut configuration.sites[0];
            site.upstreams = vec![format!("https://localhost:{}", address.port()).parse().unwrap()];
            site.protocol = protocol;
            site.upstream_authority = Some(path(&folder, trust));
        })
        .await;
        let answer = proxy.get("/", &[("te", "trailers"), ("connection", "te")]).await;
        assert_eq!(answer.status, status, "{protocol:?} {trust}: {}", answer.text);
        if status == 200 {
            let version = if protocol == Protocol::H2 { "HTTP/2.0" } else { "HTTP/1.1" };
            assert_eq!(answer.text, format!("{version} news.example metrics=0"), "{protocol:?}");
        }
    }
}

/// A server that speaks both versions over TLS and tells what it was asked by.
async fn secure_upstream(chain: &Path, key: &Path) -> std::net::SocketAddr {
    let chain = CertificateDer::pem_file_iter(chain).unwrap().map(Result::unwrap).collect();
    let mut server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
        .unwrap();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service = hyper::service::service_fn(|request: http::Request<Incoming>| async move {
                    let host = request.uri().authority().map(ToString::to_string);
                    let host = host.unwrap_or_else(|| request.headers()["host"].to_str().unwrap().to_owned());
                    let state =
                        request.headers()["tower-consent"].to_str().unwrap().split(',').next().unwrap().to_owned();
                    let text = format!("{:?} {host} {state}", request.version());
                    Ok::<_, std::convert::Infallible>(http::Response::new(http_body_util::Full::<bytes::Bytes>::from(
                        text,
                    )))
                });
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_only_shows_the_way() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::of(address, |configuration| configuration.listeners[0].secured = Secured::Redirect).await;
    let answer = proxy.get("/a?b=c", &[("host", "news.example:8080")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (308, "https://news.example/a?b=c"));
    assert_eq!(upstream.said(), "");
}
