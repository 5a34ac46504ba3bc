//! A reverse proxy of hyper and nothing else: what `tower-consent serve`, which leaves HTTP to hyper too, cannot be cheaper
//! than. `passing LISTEN UPSTREAM`, each an address with a port.
//!
//! `benches/run proxy` calls it.

use http::{Uri, header, uri::Authority};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, upstream] = &arguments[..] else { return Err("passing LISTEN UPSTREAM".into()) };
    let upstream: Authority = upstream.parse()?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let listener = TcpListener::bind(listen).await?;
    eprintln!("ready");
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (client, upstream) = (client.clone(), upstream.clone());
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            let path = request.uri().path_and_query().cloned();
            let mut uri = Uri::builder().scheme("http").authority(upstream.clone());
            if let Some(path) = path {
                uri = uri.path_and_query(path);
            }
            *request.uri_mut() = uri.build().expect("its parts are those of an address");
            request.headers_mut().remove(header::CONNECTION);
            client.request(request)
        });
        // A connection that breaks off is its own end and no more.
        tokio::spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(stream), service).await });
    }
}
