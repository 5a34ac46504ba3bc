//! Bodies on their way through: limited, timed, without what only a proxy may say.
//!
//! In: what hyper reads from a visitor or an upstream. Out: the same pieces, or an error that ends the body. It
//! gathers nothing.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::{access::Exchange, forwarded};

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyFault {
    #[error("the connection broke off: {0}")]
    Broken(#[from] hyper::Error),
    #[error("no more came for {0:?}")]
    Slow(Duration),
    #[error("the body is longer than {0} bytes")]
    TooLarge(u64),
}

/// Waits for the next piece for a time.
#[derive(Debug)]
struct Pace {
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    fn new(limit: Duration) -> Self {
        Self { limit, sleep: None }
    }

    fn poll<B>(
        &mut self,
        body: Pin<&mut B>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BodyFault>>>
    where
        B: Body<Error = hyper::Error>,
    {
        if let Poll::Ready(frame) = body.poll_frame(context) {
            self.sleep = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyFault::from)));
        }
        let limit = self.limit;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(sleep.as_mut().poll(context));
        Poll::Ready(Some(Err(BodyFault::Slow(limit))))
    }
}

pin_project! {
    /// The body of a request.
    #[derive(Debug)]
    pub(super) struct Inbound {
        #[pin]
        body: Option<Incoming>,
        limit: u64,
        left: u64,
        pace: Pace,
    }
}

impl Inbound {
    pub(super) fn new(body: Incoming, limit: u64, pace: Duration) -> Self {
        Self { body: Some(body), limit, left: limit, pace: Pace::new(pace) }
    }

    pub(super) fn empty() -> Self {
        Self { body: None, limit: 0, left: 0, pace: Pace::new(Duration::ZERO) }
    }
}

impl Body for Inbound {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.project();
        let Some(body) = this.body.as_pin_mut() else {
            return Poll::Ready(None);
        };
        let Some(frame) = ready!(this.pace.poll(body, context)) else {
            return Poll::Ready(None);
        };
        let mut frame = frame?;
        if let Some(data) = frame.data_ref() {
            match this.left.checked_sub(data.len() as u64) {
                Some(left) => *this.left = left,
                None => return Poll::Ready(Some(Err(BodyFault::TooLarge(*this.limit)))),
            }
        }
        if let Some(trailers) = frame.trailers_mut() {
            forwarded::remove_hop_by_hop(trailers);
            forwarded::remove_forged(trailers, false, &[]);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

pin_project! {
    /// The body of a response before it is gated: the upstream's, or a page of the proxy.
    #[derive(Debug)]
    pub(super) struct Outbound {
        #[pin]
        body: Option<Incoming>,
        page: Option<Bytes>,
        pace: Pace,
    }
}

impl Outbound {
    pub(super) fn upstream(body: Incoming, pace: Duration) -> Self {
        Self { body: Some(body), page: None, pace: Pace::new(pace) }
    }

    pub(super) fn page(bytes: Bytes) -> Self {
        Self { body: None, page: (!bytes.is_empty()).then_some(bytes), pace: Pace::new(Duration::ZERO) }
    }
}

impl Body for Outbound {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.project();
        match this.body.as_pin_mut() {
            Some(body) => this.pace.poll(body, context),
            None => Poll::Ready(this.page.take().map(|page| Ok(Frame::data(page)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().map_or(self.page.is_none(), Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(self.page.as_ref().map_or(0, |page| page.len() as u64)),
        }
    }
}

pin_project! {
    /// A body on its way to the visitor; what is known of the exchange is written down when it ends.
    #[derive(Debug)]
    pub(super) struct Served<B> {
        #[pin]
        body: B,
        exchange: Exchange,
    }
}

impl<B> Served<B> {
    pub(super) fn new(body: B, exchange: Exchange) -> Self {
        Self { body, exchange }
    }
}

impl<B: Body<Data = Bytes>> Body for Served<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(context));
        match &frame {
            Some(Ok(frame)) => this.exchange.sent(frame.data_ref().map_or(0, Bytes::len)),
            Some(Err(_)) => this.exchange.cut(),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
