//! salvo: `tower-compat` makes a hoop of the layer. It hangs on the service, not on a route, so that `/_consent` reaches it too.

use ::salvo::{
    Request, Router, Server, Service, conn::tcp::TcpAcceptor, handler, prelude::TowerLayerCompat, writing::Text,
};
use tokio::net::TcpListener;
use tower_consent::{ConsentLayer, Decision};

#[handler]
async fn news(request: &mut Request) -> Text<String> {
    let decision = request.extensions().get::<Decision>().expect("the layer is around this handler");
    Text::Html(crate::page(decision))
}

pub async fn serve(listener: TcpListener, layer: ConsentLayer) -> std::io::Result<()> {
    let service = Service::new(Router::new().get(news)).hoop(layer.compat());
    Server::new(TcpAcceptor::try_from(listener)?).try_serve(service).await
}
