//! hyper: the layer goes around a tower service, which hyper serves through `hyper-util`. The page is a template of minijinja.

use std::convert::Infallible;

use ::hyper::body::Incoming;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use minijinja::{Environment, context};
use tokio::net::TcpListener;
use tower::{Layer, Service, service_fn};
use tower_consent::{ConsentLayer, Decision};

const NEWS: &str = r#"<!DOCTYPE html><meta charset=utf-8><title>News</title><body>
{% if "recommendations" in granted %}<p>News chosen for you</p>{% else %}<p>News for everyone</p>{% endif %}
{{ included|safe }}"#;

async fn news(request: Request<Incoming>) -> Result<Response<Full<bytes::Bytes>>, Infallible> {
    let decision = request.extensions().get::<Decision>().expect("the layer is around this service");
    let granted: Vec<String> = decision.granted().map(ToString::to_string).collect();
    let page =
        Environment::new().render_named_str("news.html", NEWS, context! { granted, included => crate::INCLUDED });
    let page = page.expect("the template is sound and names nothing that is not there");
    Ok(Response::builder().header("content-type", "text/html").body(Full::from(page)).expect("literal headers"))
}

pub async fn serve(listener: TcpListener, layer: ConsentLayer) -> std::io::Result<()> {
    accept(listener, layer.layer(service_fn(news))).await
}

/// Serves any tower service.
pub async fn accept<S, R>(listener: TcpListener, service: S) -> std::io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<R>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    R: http_body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let builder = auto::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
