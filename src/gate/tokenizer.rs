//! Where tags, text and comments begin and end, byte by byte as a browser reads them (HTML, 13.2.5).
//!
//! In: the bytes of a page in pieces, of any charset whose ASCII bytes are ASCII. Out: start tags, end tags and runs
//! of text with their places in the page. What a start tag means for the text behind it is not known here: the caller
//! sets the state. It copies nothing and never goes back.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

/// How many bytes before the place that was read last are looked at again (`--!` before `>`).
const LOOKS_BACK: usize = 3;

/// A piece of the page: bytes, and the place of the first in the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    /// Whether nothing follows.
    pub(super) last: bool,
    /// Whether the page is XML, where every `<` is markup (XML 1.0, 2.4).
    pub(super) xml: bool,
}

impl<'a> Window<'a> {
    pub(super) fn get(&self, span: &Range<usize>) -> &'a [u8] {
        &self.bytes[span.start - self.offset..span.end - self.offset]
    }

    pub(super) fn from(&self, at: usize) -> &'a [u8] {
        &self.bytes[at - self.offset..]
    }

    fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }

    /// Says whether these bytes stand at a place; `None` when that cannot be told yet.
    pub(super) fn begins(&self, at: usize, with: &[u8]) -> Option<bool> {
        let bytes = self.from(at);
        if bytes.len() < with.len() && with.starts_with(bytes) && !self.last {
            return None;
        }
        Some(bytes.starts_with(with))
    }

    /// Returns so many bytes before a place, or none when they do not all stand behind `since`.
    fn behind(&self, place: usize, length: usize, since: usize) -> &'a [u8] {
        let start = place.saturating_sub(length);
        if start < since.max(self.offset) || start + length != place { &[] } else { self.get(&(start..place)) }
    }
}

/// What the bytes at a place are to a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Text and markup.
    Data,
    /// Inside a tag.
    Tag(Tag, TagStep),
    /// Inside a comment whose text begins at this place.
    Comment(usize),
    /// Up to the next `>`: a doctype, a processing instruction, what is no comment but begins like one.
    Bogus,
    /// A section of foreign content whose text begins at this place.
    Cdata(usize),
    /// Text up to an end tag of this name.
    Raw(&'static str),
    /// The text of a script, with what `<!--` makes of it.
    Script(Escape),
    /// Text without an end.
    Plain,
    /// A processing instruction of XML that begins at this place.
    Instruction(usize),
    /// The document type of XML.
    Doctype,
    /// A document type that declares entities, which may stand for any markup: this is read no further.
    Refused,
}

/// How the text of a script is read (HTML, 13.2.5.15 and after); the place is where the dashes of `<!--` begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    None,
    Once(usize),
    Twice(usize),
}

/// A start or end tag; all places are places in the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag {
    /// From `<` to behind `>`.
    pub(super) span: Range<usize>,
    pub(super) name: Range<usize>,
    pub(super) closing: bool,
    pub(super) self_closing: bool,
    pub(super) attributes: Vec<Attribute>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagStep {
    Name,
    BeforeName,
    AttributeName,
    AfterName,
    BeforeValue,
    Quoted(u8),
    Unquoted,
    AfterValue,
    SelfClosing,
}

#[derive(Debug)]
pub(super) enum Token {
    Start(Tag),
    End(Tag),
    Text(Range<usize>),
    /// The text of a CDATA section, in which nothing is a reference. What came before the window may be gone.
    Section(Range<usize>),
    /// A comment, or what counts as one, has ended.
    Skipped,
    Instruction(Range<usize>),
}

/// How far a page has been read, and what the bytes there are.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) at: usize,
    pub(super) state: State,
    /// Room for the attributes of the next tag.
    spare: Vec<Attribute>,
}

impl Clone for Cursor {
    fn clone(&self) -> Self {
        Self::new(self.at, self.state.clone())
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && self.state == other.state
    }
}

fn space(byte: u8) -> bool {
    // A carriage return becomes a line feed before the page is tokenized (HTML, 13.2.3.5).
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

/// Says whether `bytes` begins with `</name` and a byte that ends a name; `None` when that cannot be told yet.
fn closes(bytes: &[u8], name: &str, last: bool) -> Option<bool> {
    let length = name.len() + 2;
    let known = bytes.len().min(length);
    let begins = bytes[..known].iter().enumerate().all(|(index, byte)| match index {
        0 => *byte == b'<',
        1 => *byte == b'/',
        _ => byte.eq_ignore_ascii_case(&name.as_bytes()[index - 2]),
    });
    if !begins {
        return Some(false);
    }
    match bytes.get(length) {
        Some(byte) => Some(space(*byte) || matches!(byte, b'/' | b'>')),
        None if last => Some(false),
        None => None,
    }
}

impl Cursor {
    pub(super) fn new(at: usize, state: State) -> Self {
        Self { at, state, spare: Vec::new() }
    }

    /// Takes back a tag that is done with, for the room it has.
    pub(super) fn take_back(&mut self, mut tag: Tag) {
        tag.attributes.clear();
        self.spare = tag.attributes;
    }

    /// Returns the first place whose bytes are still needed to read on.
    pub(super) fn floor(&self) -> usize {
        match &self.state {
            State::Tag(tag, _) => tag.span.start,
            State::Instruction(start) => *start,
            State::Comment(_) | State::Script(_) => self.at.saturating_sub(LOOKS_BACK),
            _ => self.at,
        }
    }

    /// Reads the next token; `None` when more of the page is needed (or, at its end, when there is none).
    ///
    /// `foreign` says whether the text may hold CDATA sections here.
    pub(super) fn next(&mut self, window: &Window<'_>, foreign: bool) -> Option<Token> {
        loop {
            let start = self.at;
            let bytes = window.from(self.at);
            if bytes.is_empty() {
                return None;
            }
            match &mut self.state {
                State::Data => {
                    if bytes[0] != b'<' {
                        self.at += memchr(b'<', bytes).unwrap_or(bytes.len());
                        return Some(Token::Text(start..self.at));
                    }
                    if self.open(bytes, window, foreign)? {
                        return Some(Token::Text(start..self.at));
                    }
                }
                State::Tag(tag, step) => {
                    let done = step.read(tag, &mut self.at, window);
                    if !done {
                        return None;
                    }
                    let State::Tag(mut tag, _) = std::mem::replace(&mut self.state, State::Data) else {
                        return None;
                    };
                    tag.span.end = self.at;
                    return Some(if tag.closing { Token::End(tag) } else { Token::Start(tag) });
                }
                State::Comment(text) => {
                    let text = *text;
                    let Some(place) = memchr(b'>', bytes) else {
                        self.at = window.end();
                        return None;
                    };
                    let here = start + place;
                    self.at = here + 1;
                    let behind = |length: usize| window.behind(here, length, text);
                    let closes = here == text
                        || here == text + 1 && behind(1) == b"-"
                        || behind(2) == b"--"
                        || behind(3) == b"--!";
                    if closes {
                        self.state = State::Data;
                        return Some(Token::Skipped);
                    }
                }
                State::Bogus => match memchr(b'>', bytes) {
                    Some(end) => {
                        self.at += end + 1;
                        self.state = State::Data;
                        return Some(Token::Skipped);
                    }
                    None => {
                        self.at = window.end();
                        return None;
                    }
                },
                State::Cdata(begin) => match memmem::find(bytes, b"]]>") {
                    Some(end) => {
                        let text = *begin..start + end;
                        self.at += end + 3;
                        self.state = State::Data;
                        return Some(Token::Section(text));
                    }
                    None => {
                        self.at = window.end().saturating_sub(2).max(self.at);
                        return None;
                    }
                },
                State::Raw(name) => {
                    let name = *name;
                    match memchr(b'<', bytes) {
                        None => {
                            self.at = window.end();
                            return None;
                        }
                        Some(place) => {
                            self.at += place;
                            match closes(&bytes[place..], name, window.last)? {
                                true => self.end_tag(name.len()),
                                false => self.at += 1,
                            }
                        }
                    }
                }
                State::Script(escape) => {
                    let escape = *escape;
                    self.script(escape, window)?;
                }
                State::Plain => {
                    self.at = window.end();
                    return None;
                }
                State::Instruction(begin) => match memmem::find(bytes, b"?>") {
                    Some(end) => {
                        let whole = *begin..start + end + 2;
                        self.at = whole.end;
                        self.state = State::Data;
                        return Some(Token::Instruction(whole));
                    }
                    None => {
                        self.at = window.end().saturating_sub(1).max(self.at);
                        return None;
                    }
                },
                State::Doctype => match memchr2(b'>', b'[', bytes) {
                    Some(end) if bytes[end] == b'>' => {
                        self.at += end + 1;
                        self.state = State::Data;
                        return Some(Token::Skipped);
                    }
                    Some(_) => self.state = State::Refused,
                    None => {
                        self.at = window.end();
                        return None;
                    }
                },
                State::Refused => return None,
            }
        }
    }

    /// Reads `<` and what makes it markup; says whether it is text.
    fn open(&mut self, bytes: &[u8], window: &Window<'_>, foreign: bool) -> Option<bool> {
        let (last, xml) = (window.last, window.xml);
        let short = |needed: usize| bytes.len() < needed && !last;
        let Some(next) = bytes.get(1) else {
            if last {
                self.at += 1;
                return Some(true);
            }
            return None;
        };
        match next {
            letter if letter.is_ascii_alphabetic() => self.tag(false, 1),
            b'/' => match bytes.get(2) {
                Some(letter) if letter.is_ascii_alphabetic() || xml && !space(*letter) => self.tag(true, 2),
                Some(b'>') => self.at += 3,
                Some(_) => {
                    self.at += 2;
                    self.state = State::Bogus;
                }
                None if last => {
                    self.at += 2;
                    return Some(true);
                }
                None => return None,
            },
            b'!' => {
                let declared = &bytes[2..];
                if declared.starts_with(b"--") {
                    self.state = State::Comment(self.at + 4);
                    self.at += 4;
                } else if foreign && declared.starts_with(b"[CDATA[") {
                    self.at += 9;
                    self.state = State::Cdata(self.at);
                } else if short(4) && b"--".starts_with(declared)
                    || foreign && short(9) && b"[CDATA[".starts_with(declared)
                {
                    return None;
                } else {
                    self.at += 2;
                    self.state = if xml { State::Doctype } else { State::Bogus };
                }
            }
            b'?' => {
                self.state = if xml { State::Instruction(self.at) } else { State::Bogus };
                self.at += 1;
            }
            letter if xml && !space(*letter) => self.tag(false, 1),
            _ => {
                self.at += 1;
                return Some(true);
            }
        }
        Some(false)
    }

    fn tag(&mut self, closing: bool, name: usize) {
        let start = self.at;
        self.at += name;
        let attributes = if closing { Vec::new() } else { std::mem::take(&mut self.spare) };
        let tag = Tag { span: start..start, name: self.at..self.at, closing, self_closing: false, attributes };
        self.state = State::Tag(tag, TagStep::Name);
    }

    /// Goes on in the end tag at this place, whose name has this many letters.
    fn end_tag(&mut self, name: usize) {
        self.tag(true, 2);
        self.at += name;
    }

    /// Reads on in a script up to the next change of state.
    fn script(&mut self, escape: Escape, window: &Window<'_>) -> Option<()> {
        let (bytes, last) = (window.from(self.at), window.last);
        let found = match escape {
            Escape::None => memchr(b'<', bytes),
            Escape::Once(_) | Escape::Twice(_) => memchr2(b'<', b'>', bytes),
        };
        let Some(place) = found else {
            self.at += bytes.len();
            return None;
        };
        let here = self.at + place;
        self.at = here;
        if bytes[place] == b'>' {
            let (Escape::Once(since) | Escape::Twice(since)) = escape else {
                return Some(());
            };
            let dashes = window.behind(here, 2, since) == b"--";
            self.at += 1;
            if dashes {
                self.state = State::Script(Escape::None);
            }
            return Some(());
        }
        let rest = &bytes[place..];
        if escape == Escape::None {
            if closes(rest, "script", last)? {
                self.end_tag("script".len());
            } else if rest.starts_with(b"<!--") {
                self.at += 2;
                self.state = State::Script(Escape::Once(self.at));
            } else if rest.len() < 4 && !last && b"<!--".starts_with(rest) {
                return None;
            } else {
                self.at += 1;
            }
            return Some(());
        }
        match escape {
            Escape::Once(since) => {
                if closes(rest, "script", last)? {
                    self.end_tag("script".len());
                } else if opens_script(rest, last)? {
                    self.at += "<script".len();
                    // The byte behind the name is eaten with it, be it `>`.
                    self.at += 1;
                    self.state = State::Script(Escape::Twice(since));
                } else {
                    self.at += 1;
                }
            }
            Escape::Twice(since) => {
                if closes(rest, "script", last)? {
                    self.at += "</script".len() + 1;
                    self.state = State::Script(Escape::Once(since));
                } else {
                    self.at += 1;
                }
            }
            Escape::None => {}
        }
        Some(())
    }
}

/// Says whether `bytes` begins with `<script` and a byte that ends the name; `None` when that cannot be told yet.
fn opens_script(bytes: &[u8], last: bool) -> Option<bool> {
    const OPEN: &[u8] = b"<script";
    let known = bytes.len().min(OPEN.len());
    if !bytes[..known].eq_ignore_ascii_case(&OPEN[..known]) {
        return Some(false);
    }
    match bytes.get(OPEN.len()) {
        Some(byte) => Some(space(*byte) || matches!(byte, b'/' | b'>')),
        None if last => Some(false),
        None => None,
    }
}

/// Returns how long the name of a tag is, when its end is there.
fn name_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| space(*byte) || matches!(byte, b'/' | b'>'))
}

impl TagStep {
    /// Reads on in a tag; says whether it is complete.
    fn read(&mut self, tag: &mut Tag, at: &mut usize, window: &Window<'_>) -> bool {
        let bytes = window.bytes;
        let mut index = *at - window.offset;
        let mut done = false;
        while let Some(&byte) = bytes.get(index) {
            let place = window.offset + index;
            index += 1;
            match self {
                Self::Name => {
                    let Some(length) = name_end(&bytes[index - 1..]) else {
                        index = bytes.len();
                        break;
                    };
                    tag.name.end = place + length;
                    index += length;
                    match bytes[index - 1] {
                        b'/' => *self = Self::SelfClosing,
                        b'>' => done = true,
                        _ => *self = Self::BeforeName,
                    }
                }
                Self::BeforeName => match byte {
                    _ if space(byte) => {}
                    b'/' | b'>' => {
                        *self = Self::AfterName;
                        index -= 1;
                    }
                    _ => {
                        // An `=` here is the first letter of a name.
                        tag.attributes.push(Attribute { name: place..place + 1, value: place..place });
                        *self = Self::AttributeName;
                    }
                },
                Self::AttributeName => {
                    let ends = |byte: &u8| space(*byte) || matches!(byte, b'/' | b'>' | b'=');
                    let Some(length) = bytes[index - 1..].iter().position(ends) else {
                        index = bytes.len();
                        break;
                    };
                    let end = place + length;
                    if let Some(attribute) = tag.attributes.last_mut() {
                        attribute.name.end = end;
                        attribute.value = end..end;
                    }
                    index += length;
                    if bytes[index - 1] == b'=' {
                        *self = Self::BeforeValue;
                        // Most often a quoted value follows, and its end is there.
                        if let Some(quote @ (b'"' | b'\'')) = bytes.get(index)
                            && let Some(length) = memchr(*quote, &bytes[index + 1..])
                        {
                            let start = window.offset + index + 1;
                            tag.value(start);
                            tag.value_end(start + length);
                            index += length + 2;
                            *self = Self::AfterValue;
                        }
                    } else {
                        *self = Self::AfterName;
                        index -= 1;
                    }
                }
                Self::AfterName => match byte {
                    _ if space(byte) => {}
                    b'/' => *self = Self::SelfClosing,
                    b'=' if !tag.attributes.is_empty() => *self = Self::BeforeValue,
                    b'>' => done = true,
                    _ => {
                        tag.attributes.push(Attribute { name: place..place + 1, value: place..place });
                        *self = Self::AttributeName;
                    }
                },
                Self::BeforeValue => match byte {
                    _ if space(byte) => {}
                    b'"' | b'\'' => {
                        tag.value(place + 1);
                        *self = Self::Quoted(byte);
                    }
                    b'>' => done = true,
                    _ => {
                        tag.value(place);
                        *self = Self::Unquoted;
                    }
                },
                Self::Quoted(quote) => {
                    let rest = &bytes[index - 1..];
                    match memchr(*quote, rest) {
                        Some(end) => {
                            tag.value_end(place + end);
                            index += end;
                            *self = Self::AfterValue;
                        }
                        None => index = bytes.len(),
                    }
                }
                Self::Unquoted => match byte {
                    _ if space(byte) => {
                        tag.value_end(place);
                        *self = Self::BeforeName;
                    }
                    b'>' => {
                        tag.value_end(place);
                        done = true;
                    }
                    _ => {}
                },
                Self::AfterValue => match byte {
                    _ if space(byte) => *self = Self::BeforeName,
                    b'/' => *self = Self::SelfClosing,
                    b'>' => done = true,
                    _ => {
                        *self = Self::BeforeName;
                        index -= 1;
                    }
                },
                Self::SelfClosing => match byte {
                    b'>' => {
                        tag.self_closing = true;
                        done = true;
                    }
                    _ => {
                        *self = Self::BeforeName;
                        index -= 1;
                    }
                },
            }
            if done {
                break;
            }
        }
        *at = window.offset + index;
        done
    }
}

impl Tag {
    fn value(&mut self, start: usize) {
        if let Some(attribute) = self.attributes.last_mut() {
            attribute.value = start..start;
        }
    }

    fn value_end(&mut self, end: usize) {
        if let Some(attribute) = self.attributes.last_mut() {
            attribute.value.end = end;
        }
    }
}
