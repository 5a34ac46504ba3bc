//! axum: the layer goes around the router, handlers take the decision as an argument. The page is a template of askama.

use ::axum::{Router, response::Html, routing::get};
use askama::Template;
use tokio::net::TcpListener;
use tower_consent::{ConsentLayer, Decision};

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!DOCTYPE html><meta charset=utf-8><title>News</title><body>
{% if decision.allows("recommendations") %}<p>News chosen for you</p>{% else %}<p>News for everyone</p>{% endif %}
{{ included|safe }}"#
)]
struct News {
    decision: Decision,
    included: &'static str,
}

async fn news(decision: Decision) -> Html<String> {
    Html(
        News { decision, included: crate::INCLUDED }
            .render()
            .expect("the template has no loops and calls nothing that fails"),
    )
}

pub async fn serve(listener: TcpListener, layer: ConsentLayer) -> std::io::Result<()> {
    let app = Router::new().route("/", get(news)).layer(layer);
    ::axum::serve(listener, app).await
}
