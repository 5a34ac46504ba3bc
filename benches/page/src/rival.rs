//! The usual way to rewrite a page in a stream: `lol_html` with what a site would write to withhold the same.
//!
//! It resolves no relative address, follows no `noscript` and no `srcdoc`, and counts nothing: it does less.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use lol_html::{OutputSink, Settings, element, html_content::ContentType, send::HtmlRewriter, text};

/// Hosts that are withheld, as the policy of the measurements has them.
const HOSTS: [&str; 9] = [
    "mc.yandex.ru",
    "counter.yadro.ru",
    "smi2.ru",
    "top-fwz1.mail.ru",
    "counter.rambler.ru",
    "w.uptolike.com",
    "www.youtube.com",
    "www.google-analytics.com",
    "vk.com",
];

fn withheld(address: &str) -> bool {
    let rest = address.strip_prefix("https:").or_else(|| address.strip_prefix("http:")).unwrap_or(address);
    let Some(rest) = rest.strip_prefix("//") else { return false };
    HOSTS.contains(&rest.split(['/', '?', '#']).next().unwrap_or_default())
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().expect("one thread has it"))
    }
}

impl OutputSink for Sink {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        self.0.lock().expect("one thread has it").extend_from_slice(chunk);
    }
}

/// A body that is rewritten while it streams.
pub struct Rewritten {
    inner: Body,
    rewriter: Option<HtmlRewriter<'static, Sink>>,
    sink: Sink,
}

impl Rewritten {
    /// Begins a page; the banner is put first into `body`.
    pub fn new(inner: Body, banner: Arc<str>) -> Self {
        let sink = Sink::default();
        let settings = Settings::new_send()
            .append_element_content_handler(element!("body", move |body| {
                body.prepend(&banner, ContentType::Html);
                Ok(())
            }))
            .append_element_content_handler(element!("script[src], iframe[src], img[src], link[href]", |element| {
                let name = if element.tag_name() == "link" { "href" } else { "src" };
                let address = element.get_attribute(name).unwrap_or_default();
                if withheld(&address) {
                    element.remove_attribute(name);
                    element.set_attribute("data-src", &address)?;
                    element.set_attribute("data-purpose", "metrics")?;
                }
                Ok(())
            }))
            .append_element_content_handler(text!("script:not([src])", |script| {
                // It is too late for the tag when the text comes, so the text goes.
                if ["mc.yandex.ru", "ym(", "counter.yadro.ru"].iter().any(|word| script.as_str().contains(word)) {
                    script.remove();
                }
                Ok(())
            }));
        let rewriter = HtmlRewriter::new(settings, sink.clone());
        Self { inner, rewriter: Some(rewriter), sink }
    }
}

impl http_body::Body for Rewritten {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        loop {
            let Some(rewriter) = &mut this.rewriter else { return Poll::Ready(None) };
            match ready!(http_body::Body::poll_frame(Pin::new(&mut this.inner), context)) {
                Some(frame) => {
                    if let Ok(piece) = frame?.into_data() {
                        rewriter.write(&piece).map_err(axum::Error::new)?;
                    }
                }
                None => {
                    let rewriter = this.rewriter.take().expect("it is there");
                    rewriter.end().map_err(axum::Error::new)?;
                }
            }
            let out = this.sink.take();
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(out.into()))));
            }
        }
    }
}
