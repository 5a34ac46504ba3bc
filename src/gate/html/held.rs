//! What becomes of scripts and styles once their end is known.
//!
//! In: what was held, and where it ends. Out: insertions that make it inert, where it belongs to something refused.

use std::ops::Range;

use super::{
    super::{
        Error,
        carrier::{Element, decode},
        judge::{Judge, Withheld},
        tokenizer::{Tag, Window},
    },
    Gate,
};

/// A script or style whose end has not been seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) tag: Tag,
    pub(super) what: What,
    /// How deep it stands in svg or math; `None` where its text is raw.
    pub(super) depth: Option<usize>,
    /// Whether quotes may be taken for their own by other readings.
    pub(super) plain: bool,
    /// The texts it holds, where they are not raw.
    pub(super) texts: Vec<Text>,
}

/// A text within an element of svg or math.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    span: Range<usize>,
    /// Whether it stands in a CDATA section, where nothing is a reference.
    literal: bool,
    /// Whether it is the element's own, not one of an element in it.
    own: bool,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Script,
    /// A script that is a list of addresses.
    Addresses,
    Style,
    /// Something that is taken out, with its end tag.
    Removed,
}

/// Knows a text that stands this deep in svg or math as one of what is held.
pub(super) fn collect(held: &mut [Held], here: usize, span: &Range<usize>, literal: bool) {
    for held in held {
        let Some(depth) = held.depth else { continue };
        let text = Text { span: span.clone(), literal, own: here == depth };
        match held.texts.last_mut() {
            // However the page was split, it is one text.
            Some(last) if last.span.end == span.start && (last.literal, last.own) == (literal, text.own) => {
                last.span.end = span.end;
            }
            _ => held.texts.push(text),
        }
    }
}

impl Gate {
    /// Looks through what is held from a number on and ends at this place, and makes inert what must be.
    pub(super) fn let_go(&mut self, index: usize, from: usize, end: usize) -> Result<(), Error> {
        let held: Vec<Held> = self.readings[index].held[from..].to_vec();
        for Held { tag, what, depth, plain, texts } in held {
            let window = Window { bytes: &self.pending, offset: self.offset, last: false, xml: self.xml };
            let inside = tag.span.end..end.max(tag.span.end);
            let text = window.get(&inside);
            let mut judge = Judge {
                rules: &self.rules,
                decision: &self.decision,
                bases: &self.bases,
                findings: &mut self.findings,
                depth: self.depth,
            };
            // In svg and math the text is what stands in the element itself, without markup; what stands deeper is looked at
            // as well, since readings may differ about that.
            let of = |own: bool| -> String {
                let texts = texts.iter().filter(|text| !own || text.own);
                let read = texts.map(|text| match (decode(window.get(&text.span), self.encoding), text.literal) {
                    (decoded, true) => decoded.into_owned(),
                    (decoded, false) => htmlize::unescape(&*decoded).into_owned(),
                });
                read.collect()
            };
            let (read, all) = match depth {
                None => (decode(text, self.encoding).into_owned(), None),
                Some(_) => (of(true), texts.iter().any(|text| !text.own).then(|| of(false))),
            };
            let mut edits = Vec::new();
            let withheld = match what {
                What::Script => {
                    let other = depth.is_some() && read.as_bytes() != text;
                    let found = if other { judge.inline(read.as_bytes()) } else { None };
                    let deeper = all.and_then(|all| judge.inline(all.as_bytes()));
                    Withheld::both(Withheld::both(judge.inline(text), found), deeper)
                }
                What::Removed => None,
                What::Addresses => {
                    let deeper = all.and_then(|all| judge.json(all.as_bytes()));
                    Withheld::both(judge.json(read.as_bytes()), deeper)
                }
                What::Style => match judge.css(text, read.as_bytes(), inside.start, &mut edits) {
                    Some((withheld, true)) => Some(withheld),
                    Some((withheld, false)) => {
                        // What brings its addresses back must find it, and know when it may.
                        if self.rules.everyone.is_some() {
                            let element =
                                Element { name: "style", tag: &tag, window: &window, encoding: self.encoding };
                            element.inert(&[], false, &withheld.written(&self.rules), plain, &mut edits);
                        }
                        self.first = Withheld::both(self.first.take(), Some(withheld));
                        None
                    }
                    None => {
                        let deeper = all.and_then(|all| judge.css(b"", all.as_bytes(), 0, &mut Vec::new()));
                        deeper.map(|(withheld, _)| withheld)
                    }
                },
            };
            if let Some(withheld) = withheld {
                let name = if what == What::Style { "style" } else { "script" };
                let element = Element { name, tag: &tag, window: &window, encoding: self.encoding };
                let addresses = ["src", "href", "xlink:href"];
                let loading = tag.attributes.iter().filter(|attribute| {
                    addresses.iter().any(|name| window.get(&attribute.name).eq_ignore_ascii_case(name.as_bytes()))
                });
                let renamed: Vec<usize> = loading.map(|attribute| attribute.name.start).collect();
                element.inert(&renamed, true, &withheld.written(&self.rules), plain, &mut edits);
                self.first = Withheld::both(self.first.take(), Some(withheld));
            }
            edits.into_iter().for_each(|edit| self.insert(edit));
        }
        Ok(())
    }
}
