//! The dashboards of the sites, each at an address of its own beside the proxy.
//!
//! In: an address and a file with the token, a site's handle. Out: a served [`Admin`]. It speaks HTTP without TLS, for an
//! address that only the operator reaches, and never shows itself where visitors come in.

use std::{convert::Infallible, sync::Arc, time::Duration};

use http::Request;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::sync::{Semaphore, watch};
use tower_service::Service;

use super::{
    configuration::{AdminConfiguration, Listener, Secured},
    listen::Bound,
    server::{Notice, Report, ServerError, next_connection},
};
use crate::{
    dashboard::{self, Admin, AdminToken, TokenError},
    layer::PolicyHandle,
};

/// Connections to one dashboard at once; more wait.
const MOST_CONNECTIONS: usize = 64;

/// An address that is taken, and who may come in.
#[derive(Debug)]
pub(super) struct Entrance {
    bound: Bound,
    token: AdminToken,
}

/// A dashboard that is not served yet.
#[derive(Debug)]
pub(super) struct Dashboard {
    bound: Bound,
    admin: Admin,
}

/// Reads the token's file.
pub(super) fn token(configuration: &AdminConfiguration) -> Result<AdminToken, ServerError> {
    AdminToken::from_file(&configuration.token)
        .map_err(|source| ServerError::AdminToken { file: configuration.token.clone(), source })
}

/// Says why a token cannot be used, without its file.
pub(super) fn reason(error: &TokenError) -> String {
    match error {
        TokenError::File { source, .. } => format!("it cannot be read: {source}"),
        other => other.to_string(),
    }
}

impl Entrance {
    pub(super) fn take(configuration: &AdminConfiguration) -> Result<Self, ServerError> {
        let token = token(configuration)?;
        let bound = Bound::new(&Listener::new(configuration.address.clone(), Secured::Plain))?;
        Ok(Self { bound, token })
    }

    pub(super) fn of(self, site: PolicyHandle) -> Dashboard {
        Dashboard { bound: self.bound, admin: Admin::new(site, self.token) }
    }
}

impl Dashboard {
    /// Returns the address as it is told to people.
    pub(super) fn told(&self) -> String {
        self.bound.told()
    }

    /// Takes connections until it is told to stop; `head` is how long a request's head may take.
    pub(super) async fn keep(
        self,
        head: Duration,
        graceful: Arc<GracefulShutdown>,
        mut stopped: watch::Receiver<bool>,
        report: Report,
    ) {
        let open = match self.bound.open() {
            Ok(open) => open,
            Err(error) => return report(Notice::AcceptFailed(error)),
        };
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
        builder.http1().timer(TokioTimer::new()).header_read_timeout(head);
        while let Some((place, stream, address)) = next_connection(&open, &places, &mut stopped, &report).await {
            let admin = self.admin.clone();
            let service = service_fn(move |mut request: Request<Incoming>| {
                // Who guesses tokens is kept apart from the others by his address.
                if let Some(address) = address {
                    request.extensions_mut().insert(dashboard::Peer(address));
                }
                let answer = admin.clone().call(request);
                async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
            });
            let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // What ends a connection early is the affair of whoever opened it.
                let _ = connection.await;
                drop(place);
            });
        }
    }
}
