//! Addresses that are taken: TCP and sockets in the file system.
//!
//! In: a listener of the configuration. Out: connections and who they come from. It reads nothing from them.

use std::{io, net::IpAddr, path::PathBuf};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_util::either::Either;

use super::{
    address::ListenAddress,
    configuration::{Listener, Secured},
    server::ServerError,
};

/// An address that is taken but not served yet; needs no runtime.
#[derive(Debug)]
pub(super) struct Bound {
    socket: Socket,
    address: ListenAddress,
    pub(super) secured: Secured,
}

#[derive(Debug)]
enum Socket {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener, Path),
}

/// The path of a socket, which goes with it.
#[derive(Debug)]
pub(super) struct Path(PathBuf);

impl Drop for Path {
    fn drop(&mut self) {
        // Another process may have taken it over; then it is not there, or stays as it is for that one to mend.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Bound {
    pub(super) fn new(listener: &Listener) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Listen { address: listener.address.to_string(), source };
        let (socket, address) = match &listener.address {
            ListenAddress::Tcp(address) => {
                let socket = std::net::TcpListener::bind(address).map_err(failed)?;
                socket.set_nonblocking(true).map_err(failed)?;
                // Port 0 has become a real one.
                let address = ListenAddress::Tcp(socket.local_addr().map_err(failed)?);
                (Socket::Tcp(socket), address)
            }
            ListenAddress::Unix(path) => {
                remove_stale(path);
                let socket = std::os::unix::net::UnixListener::bind(path).map_err(failed)?;
                socket.set_nonblocking(true).map_err(failed)?;
                (Socket::Unix(socket, Path(path.clone())), listener.address.clone())
            }
        };
        Ok(Self { socket, address, secured: listener.secured })
    }

    /// Returns the address as it is told to people.
    pub(super) fn told(&self) -> String {
        let scheme = if self.secured == Secured::Tls { "https" } else { "http" };
        match &self.address {
            ListenAddress::Tcp(address) => format!("{scheme}://{address}"),
            ListenAddress::Unix(path) => format!("{scheme} on unix:{}", path.display()),
        }
    }

    /// Hands the socket to the runtime.
    pub(super) fn open(self) -> io::Result<Open> {
        Ok(match self.socket {
            Socket::Tcp(socket) => Open::Tcp(TcpListener::from_std(socket)?),
            Socket::Unix(socket, path) => Open::Unix(UnixListener::from_std(socket)?, path),
        })
    }
}

/// Removes a socket that a process left behind when it was killed; one that answers stays.
fn remove_stale(path: &std::path::Path) {
    use std::os::unix::fs::FileTypeExt;
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        // When it cannot be removed, binding tells why.
        let _ = std::fs::remove_file(path);
    }
}

/// An address that is served.
#[derive(Debug)]
pub(super) enum Open {
    Tcp(TcpListener),
    Unix(UnixListener, #[expect(dead_code, reason = "it is held to be dropped with the listener")] Path),
}

impl Open {
    /// Waits for the next connection; its address is nothing for a socket in the file system.
    pub(super) async fn accept(&self) -> io::Result<(Stream, Option<IpAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // Small answers must not wait for more to come.
                stream.set_nodelay(true)?;
                Ok((Stream::Left(stream), Some(address.ip())))
            }
            Self::Unix(listener, _) => Ok((Stream::Right(listener.accept().await?.0), None)),
        }
    }
}

/// A visitor's stream, or one to an upstream without TLS.
pub(super) type Stream = Either<TcpStream, UnixStream>;

/// A stream between two runtimes.
#[derive(Debug)]
pub(super) enum Detached {
    Tcp(std::net::TcpStream),
    Unix(std::os::unix::net::UnixStream),
}

impl Detached {
    /// Takes a stream out of its runtime.
    pub(super) fn new(stream: Stream) -> io::Result<Self> {
        Ok(match stream {
            Either::Left(stream) => Self::Tcp(stream.into_std()?),
            Either::Right(stream) => Self::Unix(stream.into_std()?),
        })
    }

    /// Hands it to the runtime of this thread.
    pub(super) fn attach(self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(stream) => Either::Left(TcpStream::from_std(stream)?),
            Self::Unix(stream) => Either::Right(UnixStream::from_std(stream)?),
        })
    }
}
