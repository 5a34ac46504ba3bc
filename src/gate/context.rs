//! What a tag means for the text behind it: whether a browser goes on to read elements or text.
//!
//! In: the tags of a page in order. Out: for each, every way a browser may go on reading. Most often there is one.
//! There are several where it depends on what the browser is (scripting on or off, an older `select`) or on a tree
//! that is not built here; then all are told, and the gate follows them all. It never decides for one that is only
//! probable.
//!
//! Only three things of the tree matter: whether the place is in svg or math (foreign content has no raw text, and
//! has CDATA sections), whether it is in a `select`, and where start tags may be ignored altogether.

use super::tokenizer::{Escape, State};

/// Where in the tree a place is, as far as that changes how text is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Context {
    /// Open elements from the outermost `svg` or `math` on; empty outside.
    stack: Vec<Frame>,
    /// Whether a `select` may be open.
    select: bool,
    /// Templates that are open.
    pub(super) templates: u16,
    /// Whether the page is XML: no element has raw text, and all may hold CDATA sections.
    xml: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Frame {
    /// An element of svg or math.
    Foreign { svg: bool, name: Box<str>, holds: Holds },
    /// An element of HTML inside of one that may hold HTML.
    Html(Box<str>),
    /// HTML, in svg or math or outside of both: the nesting is too broken to say.
    Unknown,
}

/// What may stand in an element of foreign content (HTML, 13.2.6, "integration point").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Foreign,
    /// `mi`, `mo`, `mn`, `ms`, `mtext`.
    Text,
    /// `annotation-xml`: elements of math, and `svg`.
    Svg,
    Html,
}

/// What was seen that makes a browser ignore start tags further on, in a way that is not followed here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Doubts {
    /// A `frameset`, or a `col` or a `select` in a `template`.
    ignores: bool,
}

/// One way to go on behind a start tag.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) context: Context,
    pub(super) state: State,
    /// How many elements of foreign content are open once the tag is read, if it opened one of them.
    pub(super) opened: Option<usize>,
}

/// What of a start tag's attributes matters here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) self_closing: bool,
    /// A `color`, `face` or `size`, which make a `font` leave foreign content.
    pub(super) font: bool,
    /// An `encoding` that makes an `annotation-xml` hold HTML.
    pub(super) html_encoding: bool,
}

/// Start tags that leave foreign content (HTML, 13.2.6.5).
const LEAVING: [&str; 44] = [
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "i",
    "img",
    "li",
    "listing",
    "menu",
    "meta",
    "nobr",
    "ol",
    "p",
    "pre",
    "ruby",
    "s",
    "small",
    "span",
    "strong",
    "strike",
    "sub",
    "sup",
    "table",
    "tt",
    "u",
    "ul",
    "var",
];
const VOID: [&str; 20] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "image", "img", "input", "keygen",
    "link", "meta", "param", "source", "track", "wbr", "command",
];
/// Tags that may end a table cell, a template or the whole body around an svg.
const OUTER: [&str; 16] = [
    "body", "caption", "col", "colgroup", "frameset", "head", "html", "table", "tbody", "td", "template", "tfoot",
    "th", "thead", "tr", "select",
];

/// Returns how text behind a start tag of HTML is read.
fn text_state(name: &str) -> Option<State> {
    Some(match name {
        "title" => State::Raw("title"),
        "textarea" => State::Raw("textarea"),
        "style" => State::Raw("style"),
        "xmp" => State::Raw("xmp"),
        "iframe" => State::Raw("iframe"),
        "noembed" => State::Raw("noembed"),
        "noframes" => State::Raw("noframes"),
        "noscript" => State::Raw("noscript"),
        "script" => State::Script(Escape::None),
        "plaintext" => State::Plain,
        _ => return None,
    })
}

impl Frame {
    fn is_html(&self) -> bool {
        !matches!(self, Self::Foreign { .. })
    }
}

impl Context {
    /// Returns the place before the first tag of a page of XML.
    pub(super) fn xml() -> Self {
        Self { xml: true, ..Self::default() }
    }

    /// Says whether a CDATA section may begin here, and whether it may be no section as well.
    pub(super) fn cdata(&self) -> (bool, bool) {
        match self.stack.last() {
            None => (false, true),
            Some(Frame::Foreign { holds: Holds::Foreign, .. }) => (true, false),
            Some(_) => (true, true),
        }
    }

    /// Returns how many elements are open, from the outermost `svg` or `math` on.
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Says whether it is not known what is open here.
    pub(super) fn is_unknown(&self) -> bool {
        self.stack.last() == Some(&Frame::Unknown)
    }

    /// Says whether this place is in neither svg nor math, of a page of HTML.
    pub(super) fn is_plain(&self) -> bool {
        self.stack.is_empty() && !self.xml
    }

    /// Says whether a start tag of this name changes nothing here: there is one way to go on, in the same context, and
    /// what follows is markup. It may say "no" of one that changes nothing.
    pub(super) fn ignores_start(&self, name: &str) -> bool {
        let acts = matches!(name, "frameset" | "col" | "template" | "select" | "svg" | "math");
        self.is_plain() && !acts && text_state(name).is_none()
    }

    /// Says the same of an end tag, as it is written.
    pub(super) fn ignores_end(&self, written: &[u8]) -> bool {
        self.is_plain() && !["template", "select"].iter().any(|name| written.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Returns every way to go on behind a start tag. The doubts are those of the whole page.
    pub(super) fn start(mut self, doubts: &mut Doubts, name: &str, marks: Marks) -> Vec<Way> {
        if self.xml {
            if marks.self_closing {
                return vec![Way { context: self, state: State::Data, opened: None }];
            }
            self.stack.push(Frame::Foreign { svg: false, name: name.into(), holds: Holds::Foreign });
            let opened = Some(self.stack.len());
            return vec![Way { context: self, state: State::Data, opened }];
        }
        if self.is_unknown() && matches!(name, "mglyph" | "malignmark") {
            // In `mi`, `mo`, `mn`, `ms` and `mtext` it is one of MathML, anywhere else one of HTML (HTML, 13.2.6).
            let mut ways = self.clone().start_html(doubts, name, marks);
            if !marks.self_closing {
                self.stack.push(Frame::Foreign { svg: false, name: name.into(), holds: Holds::Foreign });
                let opened = Some(self.stack.len());
                ways.push(Way { context: self, state: State::Data, opened });
            }
            return ways;
        }
        let html = match self.stack.last() {
            None | Some(Frame::Html(_) | Frame::Unknown) => true,
            Some(Frame::Foreign { holds: Holds::Html, .. }) => true,
            Some(Frame::Foreign { holds: Holds::Text, .. }) => name != "mglyph" && name != "malignmark",
            Some(Frame::Foreign { holds: Holds::Svg, .. }) => name == "svg",
            Some(Frame::Foreign { .. }) => false,
        };
        if html {
            return self.start_html(doubts, name, marks);
        }
        if LEAVING.contains(&name) || name == "font" && marks.font {
            self.leave();
            return self.start_html(doubts, name, marks);
        }
        self.push_foreign(name, marks)
    }

    /// Closes elements of foreign content up to the next that may hold HTML.
    fn leave(&mut self) {
        while let Some(Frame::Foreign { holds: Holds::Foreign | Holds::Svg, .. }) = self.stack.last() {
            self.stack.pop();
        }
    }

    fn push_foreign(mut self, name: &str, marks: Marks) -> Vec<Way> {
        let svg = match self.stack.last() {
            Some(Frame::Foreign { svg, holds: Holds::Foreign | Holds::Text | Holds::Svg, .. }) if name != "svg" => *svg,
            Some(Frame::Foreign { svg, holds: Holds::Foreign, .. }) => *svg,
            _ => name == "svg",
        };
        if marks.self_closing {
            return vec![Way { context: self, state: State::Data, opened: None }];
        }
        let holds = match (svg, name) {
            (true, "foreignobject" | "desc" | "title") => Holds::Html,
            (false, "mi" | "mo" | "mn" | "ms" | "mtext") => Holds::Text,
            (false, "annotation-xml") if marks.html_encoding => Holds::Html,
            (false, "annotation-xml") => Holds::Svg,
            _ => Holds::Foreign,
        };
        self.stack.push(Frame::Foreign { svg, name: name.into(), holds });
        let opened = Some(self.stack.len());
        vec![Way { context: self, state: State::Data, opened }]
    }

    fn start_html(mut self, doubts: &mut Doubts, name: &str, marks: Marks) -> Vec<Way> {
        match name {
            "frameset" => doubts.ignores = true,
            "col" if self.templates > 0 => doubts.ignores = true,
            "template" => {
                doubts.ignores |= self.select;
                self.templates = self.templates.saturating_add(1);
            }
            "select" => {
                doubts.ignores |= self.templates > 0;
                self.select = !self.select || doubts.ignores;
            }
            _ => {}
        }
        // Inside svg and math a tag of a table may end what stands around both.
        if !self.stack.is_empty() && OUTER.contains(&name) {
            self.stack = vec![Frame::Unknown];
            return vec![Way { context: self, state: State::Data, opened: None }];
        }
        let ignored = doubts.ignores || self.select && !matches!(name, "script" | "textarea");
        if matches!(name, "svg" | "math") {
            let mut ways = Vec::with_capacity(2);
            if ignored {
                ways.push(Way { context: self.clone(), state: State::Data, opened: None });
            }
            // Its namespace is its own, wherever HTML may stand.
            if !marks.self_closing {
                let holds = Holds::Foreign;
                self.stack.push(Frame::Foreign { svg: name == "svg", name: name.into(), holds });
                let opened = Some(self.stack.len());
                ways.push(Way { context: self, state: State::Data, opened });
            } else if ways.is_empty() {
                ways.push(Way { context: self, state: State::Data, opened: None });
            }
            return ways;
        }
        if let Some(state) = text_state(name) {
            let mut ways = vec![Way { context: self.clone(), state, opened: None }];
            // Without scripting a `noscript` holds elements (HTML, 13.2.6.4.7).
            if ignored || name == "noscript" {
                if name == "noscript" && !self.stack.is_empty() {
                    self.push_html(name);
                }
                ways.push(Way { context: self, state: State::Data, opened: None });
            }
            return ways;
        }
        if !self.stack.is_empty() && !VOID.contains(&name) {
            self.push_html(name);
        }
        vec![Way { context: self, state: State::Data, opened: None }]
    }

    fn push_html(&mut self, name: &str) {
        if !self.is_unknown() {
            self.stack.push(Frame::Html(name.into()));
        }
    }

    /// Returns every way to go on behind an end tag that was read as markup.
    pub(super) fn end(mut self, name: &str) -> Vec<Self> {
        if self.xml {
            // A tag that does not fit ends a page of XML for a browser.
            self.stack.pop();
            return vec![self];
        }
        match name {
            "template" => self.templates = self.templates.saturating_sub(1),
            "select" => self.select = false,
            _ => {}
        }
        match self.stack.last() {
            None => return vec![self],
            Some(Frame::Html(open)) if **open == *name => {
                self.stack.pop();
                return vec![self];
            }
            Some(Frame::Html(_)) => self.stack = vec![Frame::Unknown],
            _ => {}
        }
        if self.is_unknown() {
            return self.end_unknown(name);
        }
        if matches!(name, "p" | "br") {
            self.leave();
            return vec![self];
        }
        for index in (0..self.stack.len()).rev() {
            match &self.stack[index] {
                Frame::Foreign { name: open, .. } if **open == *name => {
                    self.stack.truncate(index);
                    return vec![self];
                }
                Frame::Foreign { .. } => {}
                Frame::Html(_) | Frame::Unknown => break,
            }
        }
        // No element of foreign content has this name: it may end one of HTML around it, and all of it with that.
        let mut outside = self.clone();
        let nested = self.stack.iter().any(Frame::is_html);
        outside.stack = if nested { vec![Frame::Unknown] } else { Vec::new() };
        vec![self, outside]
    }

    /// An end tag where it is not known what is open: it may lead into svg or math.
    fn end_unknown(self, name: &str) -> Vec<Self> {
        // All others can be names of elements of svg or math: `<svg><td>` is one, and so is `<svg><input>`.
        if LEAVING.contains(&name) {
            return vec![self];
        }
        let inside = |svg: bool| {
            let frame = Frame::Foreign { svg, name: if svg { "svg" } else { "math" }.into(), holds: Holds::Foreign };
            Self { stack: vec![Frame::Unknown, frame], ..self.clone() }
        };
        let (svg, math) = (inside(true), inside(false));
        vec![self, svg, math]
    }
}
