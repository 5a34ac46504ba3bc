//! actix-web: it takes no tower layers, so `tower-consent serve` stands in front. The decision comes as the header `Tower-Consent`,
//! which no visitor can send past the proxy.

use std::net::TcpListener;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

async fn news(request: HttpRequest) -> HttpResponse {
    let consent = request.headers().get("tower-consent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(crate::page_for(crate::recommends(consent)))
}

/// Serves until the process ends; actix-web brings a runtime of its own.
pub fn serve(listener: TcpListener) -> std::io::Result<()> {
    let server = HttpServer::new(|| App::new().route("/", web::get().to(news)));
    actix_web::rt::System::new().block_on(server.workers(1).disable_signals().listen(listener)?.run())
}
