//! The response body: passed on, gated while it streams, or one of our own pages.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::watched::Watched;

pin_project! {
    /// A body that has gone through the gate.
    ///
    /// Trailers are passed on. An error of the gate ends the body: nothing after it goes out.
    ///
    /// # Example
    ///
    /// ```
    /// use http::{Request, Response};
    /// use http_body_util::BodyExt;
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tower_consent::{ConsentLayer, Policy, layer::GatedBody, store::Memory};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
    /// let page = Response::builder().header("content-type", "text/html; charset=utf-8");
    /// let page = page.body("<body><img src=https://counter.yadro.ru/hit>".to_owned()).unwrap();
    /// let site = layer.layer(service_fn(move |_: Request<String>| std::future::ready(Ok::<_, std::io::Error>(page.clone()))));
    /// let request = Request::get("/").header("host", "news.example").body(String::new()).unwrap();
    /// let body: GatedBody<String> = site.oneshot(request).await.unwrap().into_body();
    /// let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    /// assert!(text.contains("data-tc-src=https://counter.yadro.ru/hit") && !text.contains(" src=https://counter"));
    /// # });
    /// ```
    pub struct GatedBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = Projected]
    enum Kind<B> {
        Passed { #[pin] inner: B },
        Gated { #[pin] inner: B, gate: Option<Watched>, ready: VecDeque<Bytes>, trailers: Option<HeaderMap> },
        Full { bytes: Option<Bytes> },
    }
}

impl<B> fmt::Debug for GatedBody<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            Kind::Passed { .. } => "GatedBody(passed)",
            Kind::Gated { .. } => "GatedBody(gated)",
            Kind::Full { .. } => "GatedBody(full)",
        })
    }
}

/// What ended a body before its end.
///
/// # Example
///
/// ```
/// use http::{Request, Response};
/// use http_body_util::BodyExt;
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_consent::{ConsentLayer, Policy, layer::BodyError, store::Memory};
/// # pollster::block_on(async {
/// # let policy = Policy::load("policies/news-site").unwrap();
/// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// // A tag that never ends is not held for ever, and not let through.
/// let page = format!("<body><img alt=\"{}", "a".repeat(3 << 20));
/// let page = Response::builder().header("content-type", "text/html; charset=utf-8").body(page).unwrap();
/// let site = layer.layer(service_fn(move |_: Request<String>| std::future::ready(Ok::<_, std::io::Error>(page.clone()))));
/// let request = Request::get("/").header("host", "news.example").body(String::new()).unwrap();
/// let error: BodyError = site.oneshot(request).await.unwrap().into_body().collect().await.unwrap_err();
/// assert!(error.to_string().contains("memory limit"), "{error}");
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the page was cut off: {0}")]
pub struct BodyError(Box<dyn std::error::Error + Send + Sync>);

impl<B> GatedBody<B> {
    pub(super) fn passed(inner: B) -> Self {
        Self { kind: Kind::Passed { inner } }
    }

    pub(super) fn gated(inner: B, gate: Watched) -> Self {
        Self { kind: Kind::Gated { inner, gate: Some(gate), ready: VecDeque::new(), trailers: None } }
    }

    pub(super) fn full(bytes: Bytes) -> Self {
        Self { kind: Kind::Full { bytes: (!bytes.is_empty()).then_some(bytes) } }
    }
}

impl<B> Body for GatedBody<B>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.project().kind.project() {
            Projected::Full { bytes } => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Projected::Passed { inner } => {
                let frame = ready!(inner.poll_frame(context));
                Poll::Ready(frame.map(|frame| {
                    let copied = |mut data: B::Data| data.copy_to_bytes(data.remaining());
                    frame.map(|frame| frame.map_data(copied)).map_err(|error| BodyError(error.into()))
                }))
            }
            Projected::Gated { mut inner, gate, ready, trailers } => loop {
                while let Some(bytes) = ready.pop_front() {
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(bytes))));
                    }
                }
                let Some(open) = gate else {
                    return Poll::Ready(trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
                };
                let polled = inner.as_mut().poll_frame(context);
                let out = match polled {
                    // What has come so far is shown, coded or not, before the rest is waited for.
                    Poll::Pending => match open.flush() {
                        Ok(bytes) if bytes.is_empty() => return Poll::Pending,
                        flushed => flushed.map(|bytes| [bytes].into()),
                    },
                    Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                        Ok(mut data) => {
                            let piece = data.copy_to_bytes(data.remaining());
                            open.feed(&piece, inner.is_end_stream())
                        }
                        // The body is over once trailers come; they follow what the gate still held.
                        Err(frame) => {
                            *trailers = frame.into_trailers().ok();
                            let rest = open.finish();
                            *gate = None;
                            rest.map(|bytes| [bytes].into())
                        }
                    },
                    Poll::Ready(Some(Err(error))) => {
                        *gate = None;
                        return Poll::Ready(Some(Err(BodyError(error.into()))));
                    }
                    Poll::Ready(None) => {
                        let rest = open.finish();
                        *gate = None;
                        rest.map(|bytes| [bytes].into())
                    }
                };
                match out {
                    Ok(pieces) => *ready = pieces,
                    Err(error) => {
                        *gate = None;
                        *trailers = None;
                        return Poll::Ready(Some(Err(BodyError(Box::new(error)))));
                    }
                }
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Passed { inner } => inner.is_end_stream(),
            // The gate may still hold bytes when the inner body has ended.
            Kind::Gated { gate, ready, trailers, .. } => gate.is_none() && ready.is_empty() && trailers.is_none(),
            Kind::Full { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Passed { inner } => inner.size_hint(),
            Kind::Gated { .. } => SizeHint::default(),
            Kind::Full { bytes } => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
        }
    }
}
