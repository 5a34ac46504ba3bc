//! The body of an answer: a whole page, or a file that is written while it is sent.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of every answer of [`Admin`](super::Admin).
///
/// # Example
///
/// ```
/// use http::Request;
/// use http_body_util::{BodyExt, Empty};
/// use tower::ServiceExt;
/// use tower_consent::{ConsentLayer, Policy, dashboard::{Admin, AdminBody, AdminToken}, store::Memory};
/// # let policy = Policy::load("policies/news-site").unwrap();
/// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// let admin = Admin::new(layer.handle(), AdminToken::random().0);
/// let request = Request::get("/healthz").body(Empty::<bytes::Bytes>::new()).unwrap();
/// let body: AdminBody = pollster::block_on(admin.oneshot(request)).unwrap().into_body();
/// assert!(!pollster::block_on(body.collect()).unwrap().to_bytes().is_empty());
/// ```
#[derive(Debug)]
pub struct AdminBody(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Option<Bytes>),
    /// Pieces as a thread writes them; an error ends the answer in the middle, so that nobody takes it for whole.
    #[cfg(feature = "export")]
    Written(tokio::sync::mpsc::Receiver<io::Result<Bytes>>),
}

impl AdminBody {
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(Some(bytes.into()).filter(|bytes| !bytes.is_empty())))
    }
}

#[cfg(feature = "export")]
impl AdminBody {
    /// Sends what `write` writes, on a thread of its own, while it is written; it waits while nobody reads.
    pub(super) fn written<E>(
        write: impl FnOnce(&mut dyn io::Write) -> Result<(), E> + Send + 'static,
    ) -> io::Result<Self>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let (pieces, receiver) = tokio::sync::mpsc::channel(4);
        std::thread::Builder::new().name("tower-consent-export".to_owned()).spawn(move || {
            let mut out = io::BufWriter::with_capacity(PIECE, Pieces(pieces.clone()));
            let written = write(&mut out).map_err(io::Error::other).and_then(|()| io::Write::flush(&mut out));
            if let Err(error) = written {
                // Who went away does not hear it.
                let _ = pieces.blocking_send(Err(error));
            }
        })?;
        Ok(Self(Kind::Written(receiver)))
    }
}

/// The size of a piece, in bytes.
#[cfg(feature = "export")]
const PIECE: usize = 64 << 10;

#[cfg(feature = "export")]
struct Pieces(tokio::sync::mpsc::Sender<io::Result<Bytes>>);

#[cfg(feature = "export")]
impl io::Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = || io::Error::new(io::ErrorKind::BrokenPipe, "nobody takes the export any more");
        self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(|_| gone())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Body for AdminBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        #[cfg_attr(not(feature = "export"), allow(unused_variables))] context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            #[cfg(feature = "export")]
            Kind::Written(pieces) => pieces.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_none(),
            #[cfg(feature = "export")]
            Kind::Written(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            #[cfg(feature = "export")]
            Kind::Written(_) => SizeHint::default(),
        }
    }
}
