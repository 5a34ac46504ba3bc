//! The streaming gate over HTML.
//!
//! In: a page in pieces. Out: the same with what is withheld made inert, and the banner. What it does to a page is a
//! list of insertions, so what no rule touches is the same byte for byte, whatever its charset. Where a page can be
//! read in more than one way (`context`), it is read in all of them at once, and what is refused in any is withheld.
//! It holds back a tag, an inline script or a style that is not complete, never a page.

pub(crate) mod frame;
mod held;
mod made;
mod place;
mod plain;
mod release;

use std::{ops::Range, sync::Arc};

use bytes::{Bytes, BytesMut};
use encoding_rs::Encoding;
use url::Url;

use self::{
    frame::Placeholders,
    held::{Held, What},
};
use super::{
    Error, Rules,
    carrier::{Carrier, Edit, Element, Script, decode},
    charset::MARK,
    context::{Context, Doubts, Marks, Way},
    judge::{Findings, Judge, Met, Withheld},
    tokenizer::{Cursor, State, Tag, Token, Window},
};
use crate::decision::Decision;

/// The longest tag, inline script or style that is looked through, in bytes.
const LONGEST_HELD: usize = 2 << 20;
/// In how many ways a page may be read at once. Ordinary markup needs two, inside a `noscript`.
const MOST_READINGS: usize = 32;
/// Scripts inside scripts that are held at once; only svg can nest them.
const MOST_HELD: usize = 8;
/// `base` elements that are heeded. The first counts, in each way of reading.
const MOST_BASES: usize = 8;

/// Gates one page: feed it pieces, get gated pieces.
///
/// It does no input or output, so it serves servers that are not tower too. Any splitting of the page into pieces
/// gives the same bytes.
///
/// # Example
///
/// ```
/// use tower_consent::{Decision, Policy, gate::{Gate, Rules}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let decision = Decision::undecided(&policy);
/// let mut gate = Gate::new(&Rules::new(&policy), &decision, "https://news.example/").unwrap();
/// // However a page is cut into pieces, nothing of a service slips through between them.
/// let pieces = ["<img src=https://coun", "ter.yadro.ru/hit>"];
/// let mut page: Vec<u8> = pieces.iter().flat_map(|piece| gate.feed(piece.as_bytes()).unwrap()).collect();
/// page.extend(gate.finish().unwrap());
/// assert_eq!(page, b"<img data-tc=\"metrics\" data-tc-src=https://counter.yadro.ru/hit>");
/// ```
pub struct Gate {
    rules: Arc<Rules>,
    decision: Decision,
    bases: Vec<Url>,
    /// Whether whatever is relative to one of them is the site's own, and no service's.
    own_bases: bool,
    depth: u8,
    encoding: Option<&'static Encoding>,
    /// Input that has not gone out yet.
    pending: Bytes,
    /// How many bytes were fed at once that `pending` is the rest of.
    fed: usize,
    /// Place in the page of the first pending byte.
    offset: usize,
    readings: Vec<Reading>,
    doubts: Doubts,
    /// Changes still to be made, in order of their places.
    edits: Vec<Edit>,
    /// What goes first into `head`, until it has found its place.
    head: Option<Vec<u8>>,
    /// The banner, until it has found its place.
    banner: Option<Vec<u8>>,
    /// Whether only a document gets head and banner, and what may be a part of another page gets neither.
    documents_only: bool,
    /// Whether a document type or an `html`, `head` or `body` was met: then it is no part of another page.
    document: bool,
    /// Another banner for the language the page says it is in.
    translated: Option<Translated>,
    /// Makes what is shown in the place of withheld frames.
    placeholders: Option<Placeholders>,
    /// The language the page says it is in.
    language: Option<String>,
    findings: Findings,
    first: Option<Withheld>,
    ended: bool,
    /// Whether it ended where markup can follow: not inside of a tag, a comment, a script or the like.
    whole: bool,
    /// Whether the page is XML.
    xml: bool,
    name: String,
    /// Whether nothing is passed over: what everything else is held against.
    #[cfg(test)]
    strict: bool,
}

/// Returns another banner or link for the `lang` of a page, where there is one.
pub(crate) type Translated = Box<dyn FnOnce(&str) -> Option<Vec<u8>> + Send + Sync>;

/// One way to read the page.
#[derive(Clone, Debug)]
struct Reading {
    cursor: Cursor,
    context: Context,
    /// Whether the next end tag ends a text.
    text: bool,
    /// Scripts and styles whose end has not been seen: nothing from the start of the first on goes out.
    held: Vec<Held>,
    /// Whether more of the page is needed to read on.
    waits: bool,
    /// Place of the last raw text; without an end while it goes on.
    raw: Range<usize>,
}

impl PartialEq for Reading {
    /// Says whether both will read the rest of the page in the same way.
    fn eq(&self, other: &Self) -> bool {
        // Where a section began matters only to what is held.
        let held = self.held.iter().any(|held| held.depth.is_some());
        let both_in_sections = [self, other].iter().all(|one| matches!(one.cursor.state, State::Cdata(_)));
        (self.cursor == other.cursor || !held && both_in_sections && self.cursor.at == other.cursor.at)
            && self.context == other.context
            && self.text == other.text
            && self.held == other.held
            && self.waits == other.waits
    }
}

impl Reading {
    /// Returns the place up to which all others may be read on: that of a tag, until it is complete.
    fn place(&self) -> usize {
        match &self.cursor.state {
            State::Tag(tag, _) => tag.span.start,
            _ => self.cursor.at,
        }
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The page itself may hold personal data.
        write!(formatter, "Gate({} bytes pending)", self.pending.len())
    }
}

impl Gate {
    /// Returns what of declared services the page was found to hold so far.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, gate::{Gate, Rules}};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let mut gate = Gate::new(&Rules::new(&policy), &Decision::undecided(&policy), "https://news.example/").unwrap();
    /// gate.feed(b"<img src=/logo.png><img src=https://counter.yadro.ru/hit>").unwrap();
    /// gate.finish().unwrap();
    /// assert!(gate.met().iter().map(|met| met.service.as_str()).eq(["liveinternet"]), "what is the site's own is not told");
    /// ```
    pub fn met(&self) -> &[Met] {
        &self.findings.met
    }

    /// Takes a piece of the page and returns what may go out.
    ///
    /// # Errors
    ///
    /// When a limit is reached; then nothing more of the page may go out.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, gate::{Gate, Rules}};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let mut gate = Gate::new(&Rules::new(&policy), &Decision::undecided(&policy), "https://news.example/").unwrap();
    /// assert_eq!(gate.feed(b"<p>news<img src=/lo").unwrap(), b"<p>news", "a tag waits until it is complete");
    /// assert_eq!(gate.feed(b"go.png>").unwrap(), b"<img src=/logo.png>");
    /// ```
    pub fn feed(&mut self, piece: &[u8]) -> Result<Vec<u8>, Error> {
        self.feed_bytes(&Bytes::copy_from_slice(piece))
    }

    /// As [`Gate::feed`]; a piece that meets nothing held is not copied.
    pub(super) fn feed_bytes(&mut self, piece: &Bytes) -> Result<Vec<u8>, Error> {
        if self.ended {
            return Err(Error::Ended);
        }
        if self.pending.is_empty() {
            self.pending = piece.clone();
        } else if !piece.is_empty() {
            // What is held grows in place: a copy for each piece would cost the square of its length.
            let held = std::mem::take(&mut self.pending);
            let mut held = held.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&*shared));
            held.extend_from_slice(piece);
            self.pending = held.freeze();
        }
        self.fed = self.pending.len();
        self.read(false).inspect_err(|_| self.ended = true)?;
        if self.pending.len() - self.releasable() > LONGEST_HELD {
            self.ended = true;
            return Err(Error::Memory);
        }
        Ok(self.release())
    }

    /// Ends the page and returns the rest of it.
    ///
    /// # Errors
    ///
    /// As [`Gate::feed`].
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, gate::{Gate, Rules}};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let mut gate = Gate::new(&Rules::new(&policy), &Decision::undecided(&policy), "https://news.example/").unwrap();
    /// let mut page = gate.feed(b"<p>news<!-- a comment that").unwrap();
    /// page.extend(gate.finish().unwrap());
    /// assert_eq!(page, b"<p>news<!-- a comment that", "nothing of the page is lost");
    /// ```
    pub fn finish(&mut self) -> Result<Vec<u8>, Error> {
        if self.ended {
            return Err(Error::Ended);
        }
        self.ended = true;
        self.read(true)?;
        let end = self.offset + self.pending.len();
        // A script without an end never runs, a style without one does: both are looked through all the same.
        for index in 0..self.readings.len() {
            let reading = &mut self.readings[index];
            if let State::Cdata(begin) = reading.cursor.state {
                held::collect(&mut reading.held, reading.context.depth(), &(begin..end), true);
            }
            self.let_go(index, 0, end)?;
            self.readings[index].held.clear();
        }
        // Behind an unfinished tag or comment the banner would become a part of it, and might finish it.
        self.whole =
            self.readings.iter().all(|reading| reading.cursor.state == State::Data && reading.cursor.at == end);
        if let Some(banner) = self.banner.take().filter(|_| self.whole && end > 0 && self.takes_banner()) {
            self.insert(Edit::insert(end, banner));
        }
        for reading in &mut self.readings {
            reading.cursor = Cursor::new(end + 1, State::Data);
        }
        Ok(self.release())
    }

    /// Returns how many bytes are held back.
    #[cfg(test)]
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    pub(crate) fn take_findings(&mut self) -> Findings {
        std::mem::take(&mut self.findings)
    }

    pub(super) fn first_withheld(&mut self) -> Option<Withheld> {
        self.first.take()
    }

    /// Reads on in all ways, the one that is furthest behind first, so that they meet again.
    fn read(&mut self, last: bool) -> Result<(), Error> {
        if self.offset == 0 && self.readings[0].cursor.at == 0 {
            // The mark of UTF-8 is no text; the banner goes behind it.
            if self.pending.starts_with(MARK) {
                self.readings[0].cursor.at = MARK.len();
            } else if !last && MARK.starts_with(&self.pending) {
                return Ok(());
            }
        }
        self.readings.iter_mut().for_each(|reading| reading.waits = false);
        loop {
            // Most often there is one.
            let index = if self.readings.len() == 1 {
                0
            } else {
                let going = self.readings.iter().enumerate().filter(|(_, reading)| !(last && reading.waits));
                let Some((index, _)) = going.min_by_key(|(_, reading)| reading.place()) else {
                    return Ok(());
                };
                index
            };
            // Nothing behind that place can go out, so the others wait with it.
            if self.readings[index].waits {
                return Ok(());
            }
            if self.readings.len() == 1 && self.is_plain() {
                self.skim(last)?;
            } else {
                self.step(index, last)?;
            }
            if self.readings.len() > 1 {
                self.join();
            }
            if self.readings.len() > MOST_READINGS {
                return Err(Error::Ambiguous);
            }
        }
    }

    /// Drops ways of reading that have become the same.
    fn join(&mut self) {
        let mut index = 1;
        while index < self.readings.len() {
            if self.readings[..index].contains(&self.readings[index]) {
                self.readings.remove(index);
            } else {
                index += 1;
            }
        }
    }

    fn step(&mut self, index: usize, last: bool) -> Result<(), Error> {
        let window = Window { bytes: &self.pending, offset: self.offset, last, xml: self.xml };
        let reading = &mut self.readings[index];
        let (section, comment) = reading.context.cdata();
        if section && comment && reading.cursor.state == State::Data {
            match window.begins(reading.cursor.at, b"<![CDATA[") {
                Some(true) => {
                    let mut other = reading.clone();
                    other.cursor.state = State::Bogus;
                    other.cursor.at += 2;
                    reading.cursor.at += b"<![CDATA[".len();
                    reading.cursor.state = State::Cdata(reading.cursor.at);
                    self.readings.push(other);
                    return Ok(());
                }
                Some(false) => {}
                None => {
                    reading.waits = true;
                    return Ok(());
                }
            }
        }
        if !self.document && self.documents_only && reading.cursor.state == State::Data {
            match place::begins_document_type(window.from(reading.cursor.at), last) {
                Some(begins) => self.document = begins,
                None => {
                    reading.waits = true;
                    return Ok(());
                }
            }
        }
        match reading.cursor.next(&window, section && !comment) {
            None if reading.cursor.state == State::Refused => Err(Error::Entities),
            None => {
                reading.waits = true;
                Ok(())
            }
            Some(Token::Skipped) => Ok(()),
            Some(Token::Instruction(span)) => {
                self.instruction(span);
                Ok(())
            }
            Some(token @ (Token::Text(_) | Token::Section(_))) => {
                let literal = matches!(token, Token::Section(_));
                let (Token::Text(span) | Token::Section(span)) = token else { return Ok(()) };
                held::collect(&mut reading.held, reading.context.depth(), &span, literal);
                let span = span.start.max(window.offset)..span.end;
                if (self.banner.is_some() || self.head.is_some())
                    && let Some(ink) = window.get(&span).iter().position(|byte| !byte.is_ascii_whitespace())
                {
                    self.place_head(None, span.start + ink);
                    self.place_banner(index, None, span.start, span.start + ink);
                }
                Ok(())
            }
            Some(Token::End(tag)) => self.end_tag(index, &tag),
            Some(Token::Start(tag)) => self.start_tag(index, tag),
        }
    }

    /// Judges a processing instruction: a style sheet of a page of XML.
    fn instruction(&mut self, span: Range<usize>) {
        let window = Window { bytes: &self.pending, offset: self.offset, last: false, xml: self.xml };
        let text = decode(window.get(&span), self.encoding);
        if !text.starts_with("<?xml-stylesheet") {
            return;
        }
        let mut judge = Judge {
            rules: &self.rules,
            decision: &self.decision,
            bases: &self.bases,
            findings: &mut self.findings,
            depth: self.depth,
        };
        let quoted = text.split(['"', '\'']).skip(1).step_by(2);
        let withheld = quoted.fold(None, |found, address| {
            Withheld::both(judge.address(&htmlize::unescape_attribute(address), Carrier::Link), found)
        });
        if withheld.is_some() {
            // By another name it is nothing to a browser.
            self.insert(Edit::insert(span.start + 2, "tc-"));
            self.first = Withheld::both(self.first.take(), withheld);
        }
    }

    fn end_tag(&mut self, index: usize, tag: &Tag) -> Result<(), Error> {
        if std::mem::take(&mut self.readings[index].text) {
            self.readings[index].raw.end = tag.span.start;
            // What stands in a raw text is the last that is held.
            if let Some(held) = self.readings[index].held.last().filter(|held| held.depth.is_none()) {
                if held.what == What::Removed {
                    let whole = held.tag.span.start..tag.span.end;
                    self.insert(Edit::remove(whole));
                }
                let last = self.readings[index].held.len() - 1;
                self.let_go(index, last, tag.span.start)?;
                self.readings[index].held.pop();
            }
            return Ok(());
        }
        self.lower(tag);
        if self.readings[index].context.ignores_end(self.name.as_bytes()) {
            return self.settle(index, tag.span.start);
        }
        let name = std::mem::take(&mut self.name);
        let context = std::mem::take(&mut self.readings[index].context);
        let mut ways = context.end(&name).into_iter();
        self.name = name;
        let Some(first) = ways.next() else {
            return Err(Error::Ambiguous);
        };
        for context in ways {
            let mut other = self.readings[index].clone();
            other.context = context;
            self.readings.push(other);
            self.settle(self.readings.len() - 1, tag.span.start)?;
        }
        self.readings[index].context = first;
        self.settle(index, tag.span.start)
    }

    /// Lets go of what was held for elements that are no longer open.
    fn settle(&mut self, index: usize, end: usize) -> Result<(), Error> {
        self.close_below(index, self.readings[index].context.depth(), end)
    }

    /// Lets go of what was held for elements deeper than this.
    fn close_below(&mut self, index: usize, depth: usize, end: usize) -> Result<(), Error> {
        let reading = &self.readings[index];
        let deeper = reading.held.iter().position(|held| held.depth.is_some_and(|opened| opened > depth));
        if let Some(from) = deeper {
            // It may be open still, and what follows may be its text.
            if reading.context.is_unknown() {
                return Err(Error::Ambiguous);
            }
            self.let_go(index, from, end)?;
            self.readings[index].held.truncate(from);
        }
        Ok(())
    }

    fn lower(&mut self, tag: &Tag) {
        let window = Window { bytes: &self.pending, offset: self.offset, last: false, xml: self.xml };
        self.name.clear();
        let mut name = window.get(&tag.name);
        if self.xml {
            // What a prefix stands for is declared anywhere: `h:script` may be a script.
            name = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        }
        self.name.extend(name.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
    }

    fn start_tag(&mut self, index: usize, tag: Tag) -> Result<(), Error> {
        self.lower(&tag);
        let name = std::mem::take(&mut self.name);
        self.document |= matches!(&*name, "html" | "head" | "body");
        self.place_head(Some(&name), if name == "head" { tag.span.end } else { tag.span.start });
        self.place_banner(
            index,
            Some(&name),
            tag.span.start,
            if name == "body" { tag.span.end } else { tag.span.start },
        );
        // Another way of reading may see this place inside a quoted value, unless it sees raw text.
        let mut others = self.readings.iter().enumerate().filter(|(other, _)| *other != index);
        let plain = others.any(|(_, other)| !other.raw.contains(&tag.span.start));
        let window = Window { bytes: &self.pending, offset: self.offset, last: false, xml: self.xml };
        let element = Element { name: &name, tag: &tag, window: &window, encoding: self.encoding };
        let marks = Marks {
            self_closing: tag.self_closing,
            font: name == "font" && ["color", "face", "size"].iter().any(|mark| element.has(mark)),
            html_encoding: name == "annotation-xml"
                && element.value("encoding").is_some_and(|encoding| {
                    encoding.eq_ignore_ascii_case("text/html") || encoding.eq_ignore_ascii_case("application/xhtml+xml")
                }),
        };
        match &*name {
            "base" if self.bases.len() < MOST_BASES => {
                let url = element.value("href").and_then(|href| self.bases[0].join(&href).ok());
                self.bases.extend(url);
                self.own_bases = self.bases.iter().all(|base| self.rules.keeps(base));
            }
            "html" if self.language.is_none() => {
                self.language = element.value("lang");
                if self.banner.is_some()
                    && let Some(language) = &self.language
                    && let Some(translated) = self.translated.take()
                {
                    self.banner = translated(language).or_else(|| self.banner.take());
                }
            }
            "meta" if self.encoding.is_none() => self.encoding = element.declared(),
            _ => {}
        }
        let mut edits = Vec::new();
        let mut judge = Judge {
            rules: &self.rules,
            decision: &self.decision,
            bases: &self.bases,
            findings: &mut self.findings,
            depth: self.depth,
        };
        let (withheld, anything) = element.withhold(&mut judge, plain, &mut edits)?;
        let stopped = withheld.is_some();
        // Where there are other ways to read the page, what is taken out in one would change another.
        let removes = stopped && self.rules.removes && self.readings.len() == 1;
        const VOID: [&str; 9] = ["img", "link", "embed", "source", "track", "input", "image", "param", "meta"];
        let void = removes && VOID.contains(&&*name);
        if removes && (void || matches!(&*name, "script" | "iframe")) {
            edits.clear();
            if void || tag.self_closing && name != "iframe" {
                edits.push(Edit::remove(tag.span.clone()));
            }
        }
        if let Some(withheld) = withheld.as_ref().filter(|_| !removes && self.readings.len() == 1)
            && let Some(placeholders) = &self.placeholders
            && !self.xml
            && self.readings[0].context.depth() == 0
            && let Some(blocked) = frame::blocked(&element, withheld, &self.bases, self.language.as_deref())
            && let Some(placeholder) = placeholders.0(&blocked)
        {
            frame::show(&element, &placeholder, self.encoding == Some(encoding_rs::UTF_8), &mut edits);
        }
        let what = match &*name {
            "script" if element.script() == Some(Script::Runs) => {
                let kind = element.value("type").unwrap_or_default();
                let list = ["importmap", "speculationrules"].iter().any(|list| kind.trim().eq_ignore_ascii_case(list));
                Some(if list { What::Addresses } else { What::Script })
            }
            "style" => Some(What::Style),
            _ => None,
        };
        self.first = Withheld::both(self.first.take(), anything);
        edits.into_iter().for_each(|edit| self.insert(edit));
        let reading = &mut self.readings[index];
        if reading.context.ignores_start(&name) {
            reading.text = false;
            self.name = name;
            let start = tag.span.start;
            reading.cursor.take_back(tag);
            return self.settle(index, start);
        }
        let context = std::mem::take(&mut reading.context);
        let ways = context.start(&mut self.doubts, &name, marks);
        self.name = name;
        let what = match (removes, &*self.name) {
            (true, "script" | "iframe") => Some(What::Removed),
            _ => what.filter(|_| !stopped),
        };
        self.go_on(index, tag, ways, what, plain)
    }

    /// Goes on in every way there is behind a start tag.
    fn go_on(&mut self, index: usize, tag: Tag, ways: Vec<Way>, what: Option<What>, plain: bool) -> Result<(), Error> {
        let before = (ways.len() > 1).then(|| self.readings[index].clone());
        let start = tag.span.start;
        for (number, way) in ways.into_iter().enumerate() {
            let raw = !matches!(way.state, State::Data);
            let target = match &before {
                Some(before) if number > 0 => {
                    self.readings.push(before.clone());
                    self.readings.len() - 1
                }
                _ => index,
            };
            let reading = &mut self.readings[target];
            reading.context = way.context;
            reading.text = raw;
            reading.cursor.state = way.state;
            if raw {
                reading.raw = tag.span.end..usize::MAX;
            }
            // What a start tag closes is over before what it opens begins.
            let opened = way.opened;
            let depth = self.readings[target].context.depth() - usize::from(opened.is_some());
            self.close_below(target, depth, start)?;
            let held = &mut self.readings[target].held;
            if let Some(what) = what
                && (raw || opened.is_some())
            {
                if held.len() >= MOST_HELD {
                    return Err(Error::Ambiguous);
                }
                held.push(Held { tag: tag.clone(), what, depth: opened, plain, texts: Vec::new() });
            }
        }
        Ok(())
    }
}
