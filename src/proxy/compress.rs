//! Compresses pages on their way out, as the site behind would have done.
//!
//! In: what a visitor's browser takes, a response as the layer leaves it. Out: the same in a content coding, piece by piece as
//! it comes. The layer asks the site for pages without any, so that it can gate them; without this they would go out
//! longer than before. What has a validator or a digest of its bytes is left as it is. tower-http 0.7 holds a page until its end
//! (its issue 292), so that a page would no longer be seen as it comes.

use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::gate::{
    coding::{Coding, Encoder},
    headers::{DIGESTS, is_not_transformed},
};

/// Below this a body fits into one packet either way, in bytes.
const SMALLEST: u64 = 1024;

/// Ours, the best one first: of equal weights it is taken. A page of 65 KB becomes 18.2 KB by zstd in half a millisecond of CPU,
/// 17.6 KB by gzip in 1.2 and 17.0 KB by brotli in 2.3.
const CODINGS: [(&str, Coding); 3] = [("zstd", Coding::Zstd), ("gzip", Coding::Gzip), ("br", Coding::Brotli)];

/// Returns the coding that a browser likes best of ours, by `Accept-Encoding` (RFC 9110, section 12.5.3); none where it takes
/// none, or likes the plain bytes better.
pub(super) fn accepted(headers: &HeaderMap) -> Option<(&'static str, Coding)> {
    let mut weights: [Option<u16>; 3] = [None; 3];
    let (mut identity, mut others) = (None, 0);
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        for item in value.to_str().ok()?.split(',') {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let weight = weight.map_or(Some(1000), thousandths)?;
            match name.as_str() {
                "identity" => identity = Some(weight),
                "*" => others = weight,
                _ => {
                    let name = if name == "x-gzip" { "gzip" } else { &name };
                    if let Some(place) = CODINGS.iter().position(|(ours, _)| *ours == name) {
                        weights[place] = Some(weight);
                    }
                }
            }
        }
    }
    let best = CODINGS.iter().zip(weights).map(|(coding, weight)| (weight.unwrap_or(others), coding));
    // Of equals the first.
    let (weight, coding) = best.rev().max_by_key(|(weight, _)| *weight)?;
    (weight > 0 && identity.is_none_or(|plain| plain <= weight)).then_some(*coding)
}

/// Reads a weight; none where it is none.
fn thousandths(text: &str) -> Option<u16> {
    let weight: f32 = text.parse().ok()?;
    // Three digits are all there may be, and 1000 the most.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
    (0.0..=1.0).contains(&weight).then(|| (weight * 1000.0).round() as u16)
}

/// Codes a response as its visitor likes it, where it is a text that comes plain and long enough. `head` says that the request
/// was for the head alone.
pub(super) fn compressed<B: Body<Data = Bytes>>(
    response: Response<B>,
    accepted: Option<(&'static str, Coding)>,
    head: bool,
) -> Response<Compressed<B>> {
    let (mut parts, body) = response.into_parts();
    if !may_be_coded(parts.status, &parts.headers) {
        return Response::from_parts(parts, Compressed::plain(body));
    }
    if !varies(&parts.headers) {
        parts.headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    // A head alone has no body, and says of it what the whole answer would say (RFC 9110, section 9.3.2).
    let told = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let length = if head { told } else { body.size_hint().exact() };
    let long = length.is_none_or(|length| length >= SMALLEST) && (head || !body.is_end_stream());
    let coded = accepted.filter(|_| long).and_then(|(name, coding)| Some((name, Encoder::new(coding).ok()?)));
    let Some((name, encoder)) = coded else {
        return Response::from_parts(parts, Compressed::plain(body));
    };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::ACCEPT_RANGES);
    if head {
        return Response::from_parts(parts, Compressed::plain(body));
    }
    Response::from_parts(parts, Compressed { body, encoder: Some(encoder), trailers: None })
}

/// Says whether something speaks of the very bytes. Who gives such a thing means to find them again: a validator that comes back
/// in `If-Match` must still match, and what a cache has kept must be the same as what `304` vouches for.
fn has_bytes_of_its_own(headers: &HeaderMap) -> bool {
    [header::ETAG, header::LAST_MODIFIED].into_iter().chain(DIGESTS).any(|name| headers.contains_key(name))
}

/// Says whether a response holds text that nobody has coded, and whether it may be.
fn may_be_coded(status: StatusCode, headers: &HeaderMap) -> bool {
    let whole = !status.is_informational()
        && !matches!(
            status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
        );
    whole
        && !is_not_transformed(headers)
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !has_bytes_of_its_own(headers)
        && is_text(headers)
}

/// Pages, feeds, what scripts ask for, and what belongs to ours. A stream of events is none: browsers read it piece by piece.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let text = kind.starts_with("text/") && kind != "text/event-stream";
    let named = ["application/javascript", "application/json", "application/xml"].contains(&kind.as_str());
    text || named || kind.ends_with("+xml") || kind.ends_with("+json")
}

fn varies(headers: &HeaderMap) -> bool {
    let mut names = headers.get_all(header::VARY).iter().filter_map(|value| value.to_str().ok());
    names.any(|value| {
        value.split(',').map(str::trim).any(|name| name == "*" || name.eq_ignore_ascii_case("accept-encoding"))
    })
}

pin_project! {
    /// A body in a content coding, or as it is.
    #[derive(Debug)]
    pub(super) struct Compressed<B> {
        #[pin]
        body: B,
        encoder: Option<Encoder>,
        trailers: Option<HeaderMap>,
    }
}

impl<B> Compressed<B> {
    pub(super) fn plain(body: B) -> Self {
        Self { body, encoder: None, trailers: None }
    }
}

impl<B> Body for Compressed<B>
where
    B: Body<Data = Bytes, Error = Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        if let Some(trailers) = this.trailers.take() {
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        loop {
            let polled = this.body.as_mut().poll_frame(context);
            let Some(encoder) = this.encoder else { return polled };
            let out = match polled {
                // What comes slowly is seen as it comes.
                Poll::Pending => match encoder.flush()? {
                    nothing if nothing.is_empty() => return Poll::Pending,
                    out => out,
                },
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        encoder.write(&data)?;
                        encoder.take()
                    }
                    Err(frame) => {
                        *this.trailers = frame.into_trailers().ok();
                        this.encoder.take().map_or(Ok(Vec::new()), Encoder::finish)?
                    }
                },
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => this.encoder.take().map_or(Ok(Vec::new()), Encoder::finish)?,
            };
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(out.into()))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.encoder.is_none() && self.trailers.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.encoder.is_none() { self.body.size_hint() } else { SizeHint::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (name.clone(), HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn the_best_liked_of_ours_is_taken() {
        for (lines, taken) in [
            (&["gzip, deflate, br, zstd"][..], Some("zstd")),
            (&["gzip, deflate, br"], Some("gzip")),
            (&["gzip, deflate"], Some("gzip")),
            (&["x-gzip"], Some("gzip")),
            (&["GZIP;Q=0.5, zstd;q=0.25"], Some("gzip")),
            (&["gzip", "zstd"], Some("zstd")),
            (&["gzip;q=1, br;q=0.999"], Some("gzip")),
            (&["*"], Some("zstd")),
            (&["*;q=0.5, zstd;q=0"], Some("gzip")),
            (&["br"], Some("br")),
            (&["identity;q=0.5, gzip;q=0.8"], Some("gzip")),
            (&["identity, gzip;q=0.8"], None),
            (&["identity;q=0"], None),
            (&["deflate, compress"], None),
            (&["br;q=0, gzip;q=0.000"], None),
            (&["*;q=0"], None),
            (&[""], None),
            (&[], None),
            // What cannot be read accepts nothing.
            (&["br;q=x"], None),
            (&["br;q=2"], None),
            (&["br;q=-1"], None),
            (&["br;q=NaN"], None),
        ] {
            let found = accepted(&headers(header::ACCEPT_ENCODING, lines)).map(|(name, _)| name);
            assert_eq!(found, taken, "{lines:?}");
        }
    }

    #[test]
    fn a_response_varies_once() {
        for (lines, said) in [
            (&["accept-encoding"][..], true),
            (&["Cookie, Accept-Encoding"], true),
            (&["Cookie", "Accept-Encoding"], true),
            (&["*"], true),
            (&["Cookie"], false),
            (&[], false),
        ] {
            assert_eq!(varies(&headers(header::VARY, lines)), said, "{lines:?}");
        }
    }
}
