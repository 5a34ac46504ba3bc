//! A visitor's connection that is watched: how long it is silent, and what was heard on it.
//!
//! In: a stream. Out: the same stream, which ends with an error when nobody speaks for too long, a request head does
//! not come to its end, or the visitor takes no more of a response. It changes no byte.
//!
//! It also remembers the last bytes heard on a connection of HTTP/1. hyper takes a request with both `Content-Length`
//! and `Transfer-Encoding` for a chunked one and drops the length, as RFC 9112, section 6.1, allows; nobody but an
//! attacker or a broken proxy sends such a request, and here it is refused.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::configuration::{Limits, TimeOuts};

/// What is known of one connection, shared by its stream and its requests.
#[derive(Debug)]
pub(super) struct Watch {
    state: Mutex<State>,
    header: Duration,
    idle: Duration,
    body: Duration,
    cap: usize,
}

#[derive(Debug)]
struct State {
    /// Requests that are being answered.
    busy: usize,
    /// Requests so far.
    served: u64,
    /// When something happened last.
    last: Instant,
    /// When the head that is being read began.
    head: Option<Instant>,
    /// The last bytes of a connection of HTTP/1; nothing once it turned out to be another.
    heard: Option<Vec<u8>>,
}

impl Watch {
    pub(super) fn new(time_outs: &TimeOuts, limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { busy: 0, served: 0, last: Instant::now(), head: None, heard: Some(Vec::new()) }),
            header: time_outs.header,
            idle: time_outs.idle,
            body: time_outs.body,
            // A head that is longer is refused; what is read beyond it at once is no longer than it.
            cap: limits.header * 2,
        })
    }

    /// Watches both ends of a tunnel: what is heard at either counts for both.
    pub(super) fn of_tunnel(silence: Duration) -> Arc<Self> {
        let state = State { busy: 0, served: 1, last: Instant::now(), head: None, heard: None };
        Arc::new(Self { state: Mutex::new(state), header: silence, idle: silence, body: silence, cap: 0 })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a request has come; until the guard is dropped the connection may be silent.
    pub(super) fn begin(self: &Arc<Self>, http1: bool) -> Busy {
        let mut state = self.state();
        state.busy += 1;
        state.served += 1;
        state.head = None;
        if !http1 {
            state.heard = None;
        }
        Busy(self.clone())
    }

    /// Says whether a request whose head was just heard named its length in two ways; to be asked of one that is chunked.
    pub(super) fn has_two_lengths(&self) -> bool {
        self.state().heard.as_deref().is_some_and(has_two_lengths)
    }

    /// Forgets what was heard when it can only be the head of the request that has come.
    pub(super) fn forget(&self) {
        if let Some(heard) = &mut self.state().heard
            && heard.ends_with(b"\r\n\r\n")
            && memchr::memmem::find_iter(heard, b"\r\n\r\n").count() == 1
        {
            heard.clear();
        }
    }

    /// Returns when silence becomes too long; `None` while a request is being answered.
    fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        if state.busy > 0 {
            return None;
        }
        Some(match state.head {
            // Frames between two requests of HTTP/2 are no head.
            Some(since) if state.heard.is_some() => since + self.header,
            _ if state.served == 0 => state.last + self.header,
            _ => state.last + self.idle,
        })
    }

    fn hear(&self, bytes: &[u8]) {
        let mut state = self.state();
        let now = Instant::now();
        state.last = now;
        if state.busy == 0 && state.head.is_none() {
            state.head = Some(now);
        }
        if let Some(heard) = &mut state.heard {
            let bytes = &bytes[bytes.len().saturating_sub(self.cap)..];
            let over = (heard.len() + bytes.len()).saturating_sub(self.cap);
            heard.drain(..over);
            heard.extend_from_slice(bytes);
        }
    }
}

/// Says whether a request head with both a length and a transfer coding begins at any line.
///
/// What came before the head is unknown (the end of a body, another request), so every line is tried. A body that holds
/// such a head as text right after a chunked request's own head is refused too; that is the safe side.
fn has_two_lengths(heard: &[u8]) -> bool {
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', heard).map(|newline| newline + 1));
    starts.into_iter().any(|start| {
        let mut fields = [httparse::EMPTY_HEADER; 256];
        let mut request = httparse::Request::new(&mut fields);
        if !heard[start..].first().is_some_and(u8::is_ascii_alphabetic) {
            return false;
        }
        // Partial: the head is at most what is known; it is looked at all the same.
        let _ = request.parse(&heard[start..]);
        let has = |name: &str| request.headers.iter().any(|field| field.name.eq_ignore_ascii_case(name));
        request.version.is_some() && has("content-length") && has("transfer-encoding")
    })
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Busy(Arc<Watch>);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.busy -= 1;
        state.last = Instant::now();
    }
}

/// The stream of a watched connection.
#[derive(Debug)]
pub(super) struct Watched<I> {
    inner: I,
    watch: Arc<Watch>,
    silence: Option<Pin<Box<Sleep>>>,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<I> Watched<I> {
    pub(super) fn new(inner: I, watch: Arc<Watch>) -> Self {
        Self { inner, watch, silence: None, stalled: None }
    }

    /// Follows an attempt to write: one that does not go on in time ends the connection.
    fn written<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let limit = self.watch.body;
        let sleep = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        match sleep.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(too_long())),
            Poll::Pending => Poll::Pending,
        }
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the visitor was silent for too long")
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.inner).poll_read(context, buffer) {
            if read.is_ok() && buffer.filled().len() > before {
                self.watch.hear(&buffer.filled()[before..]);
            }
            return Poll::Ready(read);
        }
        let Some(deadline) = self.watch.deadline() else {
            return Poll::Pending;
        };
        let sleep = self.silence.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        match sleep.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(too_long())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.written(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.written(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(context);
        self.written(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_shutdown(context);
        self.written(context, polled)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn watch() -> Arc<Watch> {
        let time_outs = TimeOuts {
            header: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body: Duration::from_secs(30),
            ..TimeOuts::default()
        };
        Watch::new(&time_outs, &Limits { header: 8192, ..Limits::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_a_connection_but_not_a_request() {
        let (mut visitor, ours) = tokio::io::duplex(64);
        let watch = watch();
        let mut stream = Watched::new(ours, watch.clone());
        let begun = Instant::now();
        // One byte each 4 seconds is a head that never ends.
        let slow = tokio::spawn(async move {
            for _ in 0..10 {
                visitor.write_all(b"G").await.unwrap();
                tokio::time::sleep(Duration::from_secs(4)).await;
            }
            visitor
        });
        let error = loop {
            if let Err(error) = stream.read_u8().await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), 10);
        let _visitor = slow.await.unwrap();

        let busy = watch.begin(true);
        let silent = tokio::time::timeout(Duration::from_secs(500), async { while stream.read_u8().await.is_ok() {} });
        assert!(silent.await.is_err(), "a request may take its time");
        drop(busy);
        let begun = Instant::now();
        assert_eq!(stream.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_secs(), 75);
    }

    #[tokio::test(start_paused = true)]
    async fn a_visitor_who_takes_nothing_is_left() {
        let (_visitor, ours) = tokio::io::duplex(4);
        let mut stream = Watched::new(ours, watch());
        let error = stream.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn two_lengths_are_found_wherever_the_head_begins() {
        let both = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let padded = format!(
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nX: {}\r\ncontent-length:1\r\n\r\n",
            "x".repeat(4000)
        );
        for (heard, expected) in [
            (both.to_owned(), true),
            (chunked.to_owned(), false),
            (padded, true),
            (format!("end of a body\r\n{both}"), true),
            (format!("\r\n{both}"), true),
            (format!("{chunked}0\r\n\r\n{both}"), true),
            (format!("part\r\nContent-Length: 4\r\n\r\n{chunked}"), false),
            (format!("GET / HTTP/1.1\r\nHost: a\r\n\r\n{both}5\r\nhello"), true),
        ] {
            assert_eq!(has_two_lengths(heard.as_bytes()), expected, "{heard}");
        }
        let watch = watch();
        watch.hear(&vec![b'x'; 100_000]);
        watch.hear(both.as_bytes());
        assert!(watch.has_two_lengths());
        assert!(watch.state().heard.as_ref().unwrap().len() <= 16_384);
    }
}
