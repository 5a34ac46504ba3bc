//! The streaming gate over HTML. The only file that names the tokenizer.
//!
//! The tokenizer reads and never writes: what it reports becomes a list of edits to the input bytes, and the output
//! is the input with those edits. So what no rule touches is the same byte for byte, whatever its encoding.
//! It runs strict and bounded, without the graceful bail-out (which would let the rest of a page out ungated): an
//! error ends the page.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lol_html::{
    AsciiCompatibleEncoding, ElementContentHandlers, HandlerResult, MemorySettings, OutputSink, Selector,
    send::{Element, HtmlRewriter, SendHandlerTypes, Settings},
};
use sync_wrapper::SyncWrapper;
use url::Url;

use super::{
    Error,
    carrier::{Attribute, Edit, Script, StartTag, loading_attributes, script_kind, withheld},
    matcher::Matcher,
};
use crate::decision::Decision;

/// What the tokenizer may hold, in bytes: one tag or comment that is not complete.
const TOKENIZER_MEMORY: usize = 1 << 20;
/// The longest inline script or `noscript` that is looked through, in bytes.
const LONGEST_HELD: usize = 2 << 20;
/// Name of the mark behind the inside of a `noscript`.
const END: &str = "tc-end";
/// How deep HTML may be nested in HTML (`srcdoc` in `noscript` in `srcdoc`).
const DEEPEST: u8 = 3;

/// Gates one page: feed it pieces, get gated pieces.
///
/// It does no input or output, so it serves servers that are not tower too. Any splitting of the page into pieces
/// gives the same bytes.
#[derive(Debug)]
pub(crate) struct Gate {
    rewriter: SyncWrapper<Option<Box<HtmlRewriter<'static, Count>>>>,
    page: Arc<Mutex<Page>>,
}

/// What is known of the page so far.
struct Page {
    rules: Arc<Rules>,
    base: Url,
    /// Input that has not gone out yet.
    pending: Vec<u8>,
    /// Offset in the page of the first pending byte.
    offset: usize,
    /// How far the tokenizer has come.
    consumed: usize,
    /// Changes still to be made, in order of their places.
    edits: Vec<Edit>,
    /// A raw-text element whose end has not been seen: nothing from its start on goes out.
    held: Option<Held>,
    /// The banner, until it has found its place.
    banner: Option<Vec<u8>>,
    /// Whether the mark behind a `noscript`'s inside was read as an element of HTML.
    closed: bool,
    /// Whether a `math` is open.
    math: bool,
    /// Templates that are open: what is in them is not in the page.
    templates: usize,
    depth: u8,
    base_seen: bool,
}

/// What is withheld, and from whom.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) matcher: Arc<Matcher>,
    pub(crate) decision: Decision,
}

struct Held {
    /// Place of the start tag.
    tag: Range<usize>,
    attributes: Vec<Attribute>,
    name: &'static str,
}

/// Counts what the tokenizer has let through; its bytes are the input's, since it never changes any.
struct Count(Arc<Mutex<Page>>);

impl OutputSink for Count {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        lock(&self.0).consumed += chunk.len();
    }
}

impl std::fmt::Debug for Page {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The page itself may hold personal data.
        write!(formatter, "Page({} bytes pending)", self.pending.len())
    }
}

impl Gate {
    /// Makes a gate for one page. `base` is the page's address, `charset` the label its head names, `banner` what is
    /// put first into `body`.
    ///
    /// # Errors
    ///
    /// [`Error::Charset`] when the page's bytes cannot be told apart as ASCII (UTF-16, ISO-2022-JP).
    pub(crate) fn new(
        rules: Arc<Rules>,
        base: Url,
        charset: Option<&str>,
        banner: Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        Self::nested(rules, base, charset, banner, 0)
    }

    fn nested(
        rules: Arc<Rules>,
        base: Url,
        charset: Option<&str>,
        banner: Option<Vec<u8>>,
        depth: u8,
    ) -> Result<Self, Error> {
        if depth > DEEPEST {
            return Err(Error::Nesting);
        }
        let encoding = match charset {
            None => AsciiCompatibleEncoding::utf_8(),
            Some(label) => AsciiCompatibleEncoding::new(
                encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8),
            )
            .ok_or(Error::Charset)?,
        };
        let page = Arc::new(Mutex::new(Page {
            rules,
            base,
            pending: Vec::new(),
            offset: 0,
            consumed: 0,
            edits: Vec::new(),
            held: None,
            banner,
            closed: false,
            math: false,
            templates: 0,
            depth,
            base_seen: false,
        }));
        let every: Selector = "*".parse().expect("a literal selector");
        let handled = page.clone();
        let handler = ElementContentHandlers::<SendHandlerTypes>::default()
            .element(move |element: &mut Element<'_, '_>| start_tag(&handled, element));
        let settings = Settings::new_send()
            .with_encoding(encoding)
            .with_adjust_charset_on_meta_tag(charset.is_none())
            .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(TOKENIZER_MEMORY))
            .with_strict(true)
            .append_element_content_handler((std::borrow::Cow::Owned(every), handler));
        let rewriter = HtmlRewriter::new(settings, Count(page.clone()));
        Ok(Self { rewriter: SyncWrapper::new(Some(Box::new(rewriter))), page })
    }

    /// Takes a piece of the page and returns what may go out.
    ///
    /// # Errors
    ///
    /// When the markup is ambiguous or a limit is reached; then nothing more of the page may go out.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<Vec<u8>, Error> {
        lock(&self.page).pending.extend_from_slice(piece);
        let rewriter = self.rewriter.get_mut().as_mut().ok_or(Error::Ended)?;
        if let Err(source) = rewriter.write(piece) {
            *self.rewriter.get_mut() = None;
            return Err(Error::tokenizer(source));
        }
        let mut page = lock(&self.page);
        if page.pending.len() > LONGEST_HELD + TOKENIZER_MEMORY {
            drop(page);
            *self.rewriter.get_mut() = None;
            return Err(Error::Memory);
        }
        Ok(page.release())
    }

    /// Ends the page and returns the rest of it.
    ///
    /// # Errors
    ///
    /// As [`Gate::feed`].
    pub(crate) fn finish(&mut self) -> Result<Vec<u8>, Error> {
        let rewriter = self.rewriter.get_mut().take().ok_or(Error::Ended)?;
        rewriter.end().map_err(Error::tokenizer)?;
        let mut page = lock(&self.page);
        let end = page.offset + page.pending.len();
        // A script without an end never runs, a `noscript` without one may: both are looked through all the same.
        if page.held.is_some() {
            page.end_held(end)?;
        }
        page.consumed = end;
        let mut out = page.release();
        if let Some(banner) = page.banner.take()
            && end > 0
        {
            out.extend_from_slice(&banner);
        }
        Ok(out)
    }
}

fn lock(page: &Mutex<Page>) -> MutexGuard<'_, Page> {
    // A panic in a handler has ended the rewriter with it; the page is never released after that.
    page.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_tag(page: &Arc<Mutex<Page>>, element: &mut Element<'_, '_>) -> HandlerResult {
    let name = element.tag_name();
    let span = element.source_location().bytes();
    let attributes = if loading_attributes(&name).is_empty() && name != "base" {
        Vec::new()
    } else {
        element
            .attributes()
            .iter()
            .map(|attribute| Attribute {
                name: attribute.name(),
                value: attribute.value(),
                name_span: attribute.name_source_location().map_or(0..0, |place| place.bytes()),
            })
            .collect()
    };
    let mut state = lock(page);
    state.place_banner(&name, &span);
    let mut watch_end = None;
    match name.as_str() {
        "base" if !state.base_seen => {
            let tag = StartTag { name: &name, span, attributes: &attributes };
            if let Some(url) = tag.value("href").and_then(|href| state.base.join(&href).ok()) {
                state.base = url;
                state.base_seen = true;
            }
        }
        END => state.closed = element.namespace_uri() == "http://www.w3.org/1999/xhtml",
        // Inside `math` an `svg` is most often no svg to a browser, but it is to the tokenizer, which then takes for
        // text what the browser takes for elements.
        "annotation-xml" => return Err(Box::new(Error::Foreign)),
        "svg" if state.math => return Err(Box::new(Error::Foreign)),
        "math" => {
            state.math = true;
            watch_end = Some("math");
        }
        "template" => {
            state.templates += 1;
            watch_end = Some("template");
        }
        // Whether what stands in it is text or elements depends on where the tokenizer believes it is.
        // Only a script of foreign content can hold elements, and what is held is looked through as one thing.
        "noscript" | "script" if state.held.is_some() => return Err(Box::new(Error::Foreign)),
        "noscript" if element.namespace_uri() != "http://www.w3.org/1999/xhtml" => {
            return Err(Box::new(Error::Foreign));
        }
        "noscript" => {
            state.held = Some(Held { tag: span, attributes: Vec::new(), name: "noscript" });
            watch_end = Some("noscript");
        }
        "script" | "iframe" => {
            let tag = StartTag { name: &name, span: span.clone(), attributes: &attributes };
            let runs = name == "iframe"
                || script_kind(tag.value("type").as_deref(), tag.value("language").as_deref()) == Script::Runs;
            let rules = state.rules.clone();
            if runs {
                if let Some(purpose) = withheld(&tag, &state.base, &rules.matcher, &rules.decision) {
                    let mut edits = Vec::new();
                    tag.inert(loading_attributes(&name), &purpose, &mut edits);
                    state.edit(edits);
                } else if name == "iframe" {
                    let purpose = state.withheld_inside(tag.value("srcdoc"))?;
                    if let Some(purpose) = purpose {
                        let mut edits = Vec::new();
                        tag.inert(loading_attributes(&name), &purpose, &mut edits);
                        state.edit(edits);
                    }
                } else {
                    // With or without `src`: what stands inside decides as well.
                    state.held = Some(Held { tag: span, attributes, name: "script" });
                    watch_end = Some("script");
                }
            }
        }
        _ if !loading_attributes(&name).is_empty() => {
            let tag = StartTag { name: &name, span, attributes: &attributes };
            let rules = state.rules.clone();
            if let Some(purpose) = withheld(&tag, &state.base, &rules.matcher, &rules.decision) {
                let mut edits = Vec::new();
                tag.inert(loading_attributes(&name), &purpose, &mut edits);
                state.edit(edits);
            }
        }
        _ => {}
    }
    drop(state);
    if let Some(name) = watch_end {
        let ended = page.clone();
        let handlers = element.end_tag_handlers();
        match handlers {
            Some(handlers) => handlers.push(Box::new(move |end| {
                let mut state = lock(&ended);
                match name {
                    "template" => state.templates = state.templates.saturating_sub(1),
                    "math" => state.math = false,
                    _ => {}
                }
                let place = end.source_location().bytes().start;
                // In foreign content a `noscript` may hold elements: only its own end lets it go.
                if state.held.as_ref().is_some_and(|held| held.name == name) {
                    state.end_held(place)?;
                }
                Ok(())
            })),
            // A self-closed element of foreign content has no inside.
            None => {
                let mut state = lock(page);
                match name {
                    "template" => state.templates = state.templates.saturating_sub(1),
                    "math" => state.math = false,
                    _ => state.held = None,
                }
            }
        }
    }
    Ok(())
}

impl Page {
    /// Puts the banner right after `<body>`, or before the first element that can only stand in a body.
    fn place_banner(&mut self, name: &str, span: &Range<usize>) {
        const BEFORE_BODY: [&str; 13] = [
            "html", "head", "title", "meta", "link", "base", "script", "style", "template", "noscript", "basefont",
            "bgsound", "noframes",
        ];
        if self.banner.is_none() || self.templates > 0 || BEFORE_BODY.contains(&name) {
            return;
        }
        let Some(banner) = self.banner.take() else {
            return;
        };
        match name {
            "body" => self.edit(vec![Edit { span: span.end..span.end, with: banner }]),
            // A page of frames has no body that could hold it.
            "frameset" => {}
            _ => self.edit(vec![Edit { span: span.start..span.start, with: banner }]),
        }
    }

    fn edit(&mut self, edits: Vec<Edit>) {
        self.edits.extend(edits);
        // An element that was held is changed after those inside it (a script of foreign content has elements).
        self.edits.sort_by_key(|edit| edit.span.start);
    }

    fn bytes(&self, span: Range<usize>) -> &[u8] {
        &self.pending[span.start - self.offset..span.end - self.offset]
    }

    /// The end of a held element was found at this place: looks through what stands inside, and lets it go.
    fn end_held(&mut self, end: usize) -> Result<(), Error> {
        let Some(held) = self.held.take() else {
            return Ok(());
        };
        let inside = held.tag.end..end.max(held.tag.end);
        let rules = self.rules.clone();
        if held.name == "noscript" {
            let text = self.bytes(inside.clone()).to_vec();
            let gated = self.gate_noscript(&text)?;
            // What the tokenizer saw inside, in foreign content, is gated as part of the whole.
            self.edits.retain(|edit| edit.span.start < inside.start);
            if gated != text {
                self.edit(vec![Edit { span: inside, with: gated }]);
            }
        } else if let Some(service) = rules.matcher.withheld_inline(self.bytes(inside), &rules.decision)
            && let Some(purpose) = rules.decision.withholds(service)
        {
            let tag = StartTag { name: held.name, span: held.tag, attributes: &held.attributes };
            let mut edits = Vec::new();
            tag.inert(loading_attributes(held.name), purpose.as_str(), &mut edits);
            self.edit(edits);
        }
        Ok(())
    }

    /// Gates the inside of a `noscript`. Without script a browser reads it as elements, and what it leaves open (a
    /// comment, raw text, `svg`) goes on behind `</noscript>`, where the tokenizer has long gone on in another way:
    /// such a page ends. A mark behind the inside tells, by how it is read.
    fn gate_noscript(&self, html: &[u8]) -> Result<Vec<u8>, Error> {
        let mut inner = Gate::nested(self.rules.clone(), self.base.clone(), None, None, self.depth + 1)?;
        let mark = format!("<{END}>");
        let mut gated = inner.feed(html)?;
        gated.extend(inner.feed(mark.as_bytes())?);
        gated.extend(inner.finish()?);
        let closed = lock(&inner.page).closed && gated.ends_with(mark.as_bytes());
        if !closed {
            return Err(Error::Foreign);
        }
        gated.truncate(gated.len() - mark.len());
        Ok(gated)
    }

    /// Gates HTML that stands as text inside this page.
    fn gate_inside(&self, html: &[u8]) -> Result<Vec<u8>, Error> {
        let mut inner = Gate::nested(self.rules.clone(), self.base.clone(), None, None, self.depth + 1)?;
        let mut gated = inner.feed(html)?;
        gated.extend(inner.finish()?);
        Ok(gated)
    }

    /// Returns the purpose a document written as `srcdoc` is withheld for, if anything in it is.
    fn withheld_inside(&self, document: Option<String>) -> Result<Option<String>, Error> {
        let Some(document) = document else {
            return Ok(None);
        };
        let gated = self.gate_inside(document.as_bytes())?;
        if gated == document.as_bytes() {
            return Ok(None);
        }
        let gated = String::from_utf8_lossy(&gated);
        let purpose = gated.split("data-tc=\"").nth(1).and_then(|rest| rest.split('"').next());
        Ok(purpose.map(str::to_owned))
    }

    /// Returns everything that may go out now, with its edits made.
    fn release(&mut self) -> Vec<u8> {
        let limit = self.held.as_ref().map_or(self.consumed, |held| held.tag.start.min(self.consumed));
        let mut out = Vec::with_capacity(limit.saturating_sub(self.offset) + 64);
        let mut at = self.offset;
        let mut made = 0;
        for edit in &self.edits {
            if edit.span.end > limit {
                break;
            }
            out.extend_from_slice(&self.pending[at - self.offset..edit.span.start - self.offset]);
            out.extend_from_slice(&edit.with);
            at = edit.span.end;
            made += 1;
        }
        // An insertion at the limit itself waits for the bytes around it; an edit across it holds them back.
        let limit = self.edits.get(made).map_or(limit, |edit| limit.min(edit.span.start)).max(at);
        out.extend_from_slice(&self.pending[at - self.offset..limit - self.offset]);
        self.edits.drain(..made);
        self.pending.drain(..limit - self.offset);
        self.offset = limit;
        out
    }
}
