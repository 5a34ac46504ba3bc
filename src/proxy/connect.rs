//! Connections to an upstream: TCP, a socket in the file system, TLS on TCP.
//!
//! In: an upstream's address. Out: a stream within the time for connecting. It speaks no HTTP.

use std::{
    future::Future,
    io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_util::either::Either;
use tower_service::Service;

use super::{
    address::UpstreamAddress,
    certificates::{CertificateError, provider},
    configuration::Protocol,
    listen::Stream,
};

/// Connects to one upstream, whatever address a request names.
#[derive(Clone)]
pub(super) struct Connector {
    address: Arc<UpstreamAddress>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    time_out: Duration,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Connector({})", self.address)
    }
}

impl Connector {
    pub(super) fn new(
        address: UpstreamAddress,
        protocol: Protocol,
        authority: Option<&Path>,
        time_out: Duration,
    ) -> Result<Self, CertificateError> {
        let tls = match &address {
            UpstreamAddress::Tcp { host, tls: true, .. } => Some((
                TlsConnector::from(Arc::new(client(protocol, authority)?)),
                ServerName::try_from(host.clone()).map_err(|_| CertificateError::Name(host.clone()))?,
            )),
            _ => None,
        };
        Ok(Self { address: Arc::new(address), tls, time_out })
    }
}

/// Makes what TLS needs: the authorities of browsers, or those of a file.
fn client(protocol: Protocol, authority: Option<&Path>) -> Result<ClientConfig, CertificateError> {
    let mut roots = RootCertStore::empty();
    match authority {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let unusable = |why: String| CertificateError::File { path: path.to_owned(), why };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))? {
                let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(unusable("it holds no certificate".to_owned()));
            }
        }
    }
    let mut client = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = match protocol {
        Protocol::Http1 => vec![b"http/1.1".to_vec()],
        Protocol::H2 => vec![b"h2".to_vec()],
    };
    Ok(client)
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Link>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Link>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self { address, tls, time_out } = self.clone();
        Box::pin(async move {
            let link = tokio::time::timeout(time_out, connect(&address, tls)).await;
            link.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no connection in time")))
                .map(TokioIo::new)
        })
    }
}

async fn connect(address: &UpstreamAddress, tls: Option<(TlsConnector, ServerName<'static>)>) -> io::Result<Link> {
    match address {
        UpstreamAddress::Unix(path) => Ok(Link(Either::Left(Stream::Right(UnixStream::connect(path).await?)))),
        UpstreamAddress::Tcp { host, port, .. } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            match tls {
                None => Ok(Link(Either::Left(Stream::Left(stream)))),
                Some((connector, name)) => Ok(Link(Either::Right(Box::new(connector.connect(name, stream).await?)))),
            }
        }
    }
}

/// A stream to an upstream: its own type, because the client asks what it is connected to.
#[derive(Debug)]
pub(super) struct Link(Either<Stream, Box<TlsStream<TcpStream>>>);

impl Connection for Link {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Link {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Link {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(context)
    }
}
