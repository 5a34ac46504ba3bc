//! What becomes of scripts and styles once their end is known.
//!
//! In: what was held, and where it ends. Out: insertions that make it inert, where it belongs to something refused.

use super::{
    super::{
        Error,
        carrier::{Element, decode},
        judge::{Judge, Withheld},
        tokenizer::Window,
    },
    Gate, Held, What,
};

impl Gate {
    /// Looks through what is held from a number on and ends at this place, and makes inert what must be.
    pub(super) fn let_go(&mut self, index: usize, from: usize, end: usize) -> Result<(), Error> {
        let held: Vec<Held> = self.readings[index].held[from..].to_vec();
        for Held { tag, what, depth, plain } in held {
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
            // In svg and math the text is what remains without markup.
            let read = match depth {
                None => decode(text, self.encoding).into_owned(),
                Some(_) => without_markup(&decode(text, self.encoding)),
            };
            let mut edits = Vec::new();
            let withheld = match what {
                What::Script => {
                    let read = judge.inline(read.as_bytes()).filter(|_| depth.is_some());
                    Withheld::both(judge.inline(text), read)
                }
                What::Removed => None,
                What::Addresses => judge.json(read.as_bytes()),
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
                    None => None,
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

/// Returns the text of an element of svg or math without comments and tags, its references resolved.
fn without_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        out.push_str(&htmlize::unescape(&rest[..open]));
        let markup = &rest[open..];
        let (inside, end) = if let Some(section) = markup.strip_prefix("<![CDATA[") {
            let length = section.find("]]>").unwrap_or(section.len());
            (&section[..length], 9 + length + 3)
        } else if markup.starts_with("<!--") {
            ("", markup.find("-->").map_or(markup.len(), |end| end + 3))
        } else {
            ("", markup.find('>').map_or(markup.len(), |end| end + 1))
        };
        out.push_str(inside);
        rest = markup.get(end..).unwrap_or_default();
    }
    out.push_str(&htmlize::unescape(rest));
    out
}
