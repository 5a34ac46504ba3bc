//! Stored pages behind the layer, for the tests in a browser.
//!
//! `pages --policy FOLDER --pages FOLDER` listens on a free port of this machine and tells its address. `NAME.html` is
//! served as `/NAME.html`; `NAME.headers` beside it holds headers of its own, a line each. The log is kept in memory.

#![allow(clippy::print_stdout)] // it tells its address

use std::{error::Error, path::PathBuf};

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{Response, StatusCode},
    routing::get,
};
use tower_consent::{ConsentLayer, Policy, store::Memory};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut policy, mut pages) = (None, None);
    while let Some(name) = arguments.next() {
        let value = arguments.next().map(PathBuf::from);
        match name.as_str() {
            "--policy" => policy = value,
            "--pages" => pages = value,
            _ => return Err(format!("`{name}` is unknown: say --policy FOLDER --pages FOLDER").into()),
        }
    }
    let (policy, pages) = policy.zip(pages).ok_or("say --policy FOLDER --pages FOLDER")?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let layer = ConsentLayer::new(Policy::load(policy)?, Memory::default())?.with_origin(&origin)?;
    let app = Router::new().route("/{name}", get(page)).with_state(pages).layer(layer);
    println!("listening on {origin}/");
    axum::serve(listener, app).with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) }).await?;
    Ok(())
}

async fn page(State(pages): State<PathBuf>, Path(name): Path<String>) -> Result<Response<Body>, StatusCode> {
    let plain =
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) && !name.starts_with('.');
    let file = pages.join(&name);
    let body = std::fs::read(&file).ok().filter(|_| plain).ok_or(StatusCode::NOT_FOUND)?;
    let kind = match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        _ => "application/octet-stream",
    };
    let mut response = Response::builder().header("content-type", kind);
    let own = std::fs::read_to_string(file.with_extension("headers")).unwrap_or_default();
    for (name, value) in own.lines().filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
