//! dioxus: its components are rendered on the server, in a handler of axum; the layer goes around the router. A component finds the
//! decision in its context.

use ::axum::{Router, response::Html, routing::get};
use ::dioxus::prelude::*;
use tokio::net::TcpListener;
use tower_consent::{ConsentLayer, Decision};

#[component]
fn News() -> Element {
    let chosen = consume_context::<Decision>().allows("recommendations");
    rsx! {
        if chosen {
            p { "News chosen for you" }
        } else {
            p { "News for everyone" }
        }
        div { dangerous_inner_html: crate::INCLUDED }
    }
}

async fn news(decision: Decision) -> Html<String> {
    let mut page = VirtualDom::new(News).with_root_context(decision);
    page.rebuild_in_place();
    Html(format!("<!DOCTYPE html><meta charset=utf-8><title>News</title><body>{}", dioxus_ssr::render(&page)))
}

pub async fn serve(listener: TcpListener, layer: ConsentLayer) -> std::io::Result<()> {
    let app = Router::new().route("/", get(news)).layer(layer);
    ::axum::serve(listener, app).await
}
