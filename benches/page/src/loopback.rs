//! The same services behind sockets on this machine: one thread serves, and its clock alone is read.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use axum::{Router, routing::get};
use cpu_time::ThreadTime;

use crate::case::Case;

/// A thread that serves, and a connection to each of its services.
pub struct Loopback {
    clock: TcpStream,
    connections: Vec<TcpStream>,
    buffer: Vec<u8>,
}

impl Loopback {
    /// Starts a server for the cases.
    ///
    /// # Errors
    ///
    /// When there is no socket to be had.
    pub fn start(cases: &[Case]) -> io::Result<Self> {
        let clock = Router::new().route("/", get(|| async { ThreadTime::now().as_duration().as_nanos().to_string() }));
        let services = std::iter::once(clock).chain(cases.iter().map(|case| case.service.clone()));
        let mut sockets = Vec::new();
        for service in services {
            let socket = TcpListener::bind("127.0.0.1:0")?;
            socket.set_nonblocking(true)?;
            sockets.push((socket, service));
        }
        let addresses: Vec<SocketAddr> =
            sockets.iter().map(|(socket, _)| socket.local_addr()).collect::<io::Result<_>>()?;
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
            runtime.block_on(async {
                for (socket, service) in sockets {
                    let socket = tokio::net::TcpListener::from_std(socket).expect("a socket");
                    let socket = axum::serve::ListenerExt::tap_io(socket, |stream| {
                        stream.set_nodelay(true).expect("a socket takes the option");
                    });
                    tokio::spawn(async move { axum::serve(socket, service).await });
                }
                std::future::pending::<()>().await;
            });
        });
        let connect = |address: &SocketAddr| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let mut all = addresses.iter().map(connect).collect::<io::Result<Vec<_>>>()?;
        let clock = all.remove(0);
        Ok(Self { clock, connections: all, buffer: vec![0; 256 << 10] })
    }

    /// Returns how much time the serving thread has spent.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
    pub fn spent(&mut self) -> io::Result<Duration> {
        self.clock.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")?;
        let body = answer(&mut self.clock, &mut self.buffer)?;
        let text = std::str::from_utf8(&body).map_err(io::Error::other)?;
        Ok(Duration::from_nanos(text.parse().map_err(io::Error::other)?))
    }

    /// Asks the service of a case once and reads its answer; returns how long the answer is.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
    pub fn ask(&mut self, case: usize, request: &[u8]) -> io::Result<usize> {
        let connection = &mut self.connections[case];
        connection.write_all(request)?;
        answer(connection, &mut self.buffer).map(|body| body.len())
    }
}

/// Reads one answer: to the length it names, or to the last of its pieces, which are not taken apart.
fn answer(connection: &mut TcpStream, buffer: &mut [u8]) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut end = None;
    loop {
        let read = connection.read(buffer)?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
        }
        all.extend_from_slice(&buffer[..read]);
        if end.is_none()
            && let Some(place) = all.windows(4).position(|bytes| bytes == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&all[..place]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let none = head.starts_with("http/1.1 204");
            end = Some((place + 4, length.and_then(|text| text.parse().ok()).or(none.then_some(0_usize))));
        }
        match end {
            Some((start, Some(length))) if all.len() >= start + length => return Ok(all.split_off(start)),
            Some((start, None)) if all.ends_with(b"\r\n0\r\n\r\n") => return Ok(all.split_off(start)),
            _ => {}
        }
    }
}
