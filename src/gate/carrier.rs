//! Which elements make a browser request or run something, and how each is made inert.
//!
//! In: a start tag, the rules, what the visitor allowed. Out: insertions that make it inert, and what was met. An
//! inert element stays in its place with its address under another name (`data-tc-src`), so that it can be brought to
//! life later; nothing else of it changes.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use encoding_rs::Encoding;

use super::{
    Error,
    judge::{Judge, Withheld},
    tokenizer::{Tag, Window},
};

/// How much of an attribute's name is looked at: more than the longest that means anything has.
const LONGEST_NAME: usize = 24;

/// A change to the input: these bytes come in at this place, and so many go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) at: usize,
    /// How many bytes go.
    pub(super) out: usize,
    pub(super) with: Vec<u8>,
    /// What it says of the element, where that is what it does.
    mark: Option<Mark>,
}

/// What an element is marked with that was withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    /// Whether it is a script or style that must not run.
    stops: bool,
    /// Whether quotes may be taken for their own by other ways of reading.
    plain: bool,
    /// Whether a slash follows the name of the tag.
    slash: bool,
    purposes: BTreeSet<String>,
}

impl Mark {
    fn written(&self) -> Vec<u8> {
        // Of two attributes of one name the first counts (HTML, 13.2.5.33), so ours stand before all others.
        let (quote, space) = if self.plain { ("", "&#32;") } else { ("\"", " ") };
        let kind = if self.stops { format!(" type={quote}text/plain{quote}") } else { String::new() };
        let purposes = self.purposes.iter().map(String::as_str).collect::<Vec<_>>().join(space);
        format!("{kind} data-tc={quote}{purposes}{quote}{}", if self.slash { " " } else { "" }).into_bytes()
    }
}

impl Edit {
    pub(super) fn insert(at: usize, with: impl Into<Vec<u8>>) -> Self {
        Self { at, out: 0, with: with.into(), mark: None }
    }

    pub(super) fn remove(span: Range<usize>) -> Self {
        Self { at: span.start, out: span.len(), with: Vec::new(), mark: None }
    }

    fn mark(at: usize, mark: Mark) -> Self {
        Self { at, out: 0, with: mark.written(), mark: Some(mark) }
    }

    /// Takes in what another way of reading marks the same element with; says whether that is what the other one does.
    pub(super) fn takes(&mut self, other: &Self) -> bool {
        let (Some(mark), Some(more)) = (&mut self.mark, &other.mark) else { return false };
        if self.at != other.at {
            return false;
        }
        mark.stops |= more.stops;
        mark.plain |= more.plain;
        mark.purposes.extend(more.purposes.iter().cloned());
        self.with = mark.written();
        true
    }
}

/// By which sort of thing something is requested or run, for counts.
///
/// # Example
///
/// ```
/// use tower_consent::{Decision, Policy, gate::{Carrier, Gate, Rules}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let (rules, decision) = (Rules::new(&policy), Decision::undecided(&policy));
/// let mut gate = Gate::new(&rules, &decision, "https://news.example/").unwrap();
/// gate.feed(b"<iframe src=https://counter.yadro.ru/w></iframe><p style='a:url(//counter.yadro.ru/x)'>").unwrap();
/// gate.finish().unwrap();
/// let carriers: Vec<Carrier> = gate.met().iter().map(|met| met.carrier).collect();
/// assert_eq!(carriers, [Carrier::Frame, Carrier::Style]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Carrier {
    /// A script with an address, or a list of addresses for scripts.
    Script,
    /// A script in the page's text, or an attribute that holds one.
    Inline,
    /// A picture.
    Image,
    /// A page in the page.
    Frame,
    /// Sound, film, and other embedded things.
    Media,
    /// A `link`: style sheets and hints.
    Link,
    /// A style in the page's text.
    Style,
    /// A reload of another page, after a while.
    Refresh,
    /// Anything else with an address.
    Other,
    /// A response header other than a cookie's.
    Header,
    /// A cookie the server sets.
    Cookie,
    /// Something a browser reported against the page's Content-Security-Policy.
    Reported,
}

impl Carrier {
    /// Returns its name in counts.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::gate::Carrier;
    /// // The word in the counts of the ledger and of the dashboard.
    /// assert_eq!(Carrier::Image.as_str(), "image");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Inline => "inline",
            Self::Image => "image",
            Self::Frame => "frame",
            Self::Media => "media",
            Self::Link => "link",
            Self::Style => "style",
            Self::Refresh => "refresh",
            Self::Other => "other",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Reported => "reported",
        }
    }

    fn of(element: &str) -> Self {
        match element {
            "script" => Self::Script,
            "img" | "image" | "picture" | "input" | "feimage" => Self::Image,
            "iframe" | "frame" => Self::Frame,
            "video" | "audio" | "source" | "track" | "embed" | "object" | "applet" => Self::Media,
            "link" => Self::Link,
            "style" => Self::Style,
            "meta" => Self::Refresh,
            _ => Self::Other,
        }
    }
}

/// A start tag with the text it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    /// In lower case.
    pub(super) name: &'a str,
    pub(super) tag: &'a Tag,
    pub(super) window: &'a Window<'a>,
    pub(super) encoding: Option<&'static Encoding>,
}

/// What an attribute holds that a browser acts upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Load {
    /// One address; the element is nothing without it.
    Address,
    /// A `srcset`.
    Candidates,
    /// A whole document.
    Document,
    /// Addresses between spaces, for reports.
    Reports,
    /// Values of an animation, one after another.
    Values,
    Css,
    Handler,
    Refresh,
}

impl<'a> Element<'a> {
    /// Returns the value of an attribute with its character references resolved; the first of a name counts.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let attribute = self.tag.attributes.iter().find(|attribute| self.named(&attribute.name, name))?;
        Some(self.decoded(&attribute.value).into_owned())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tag.attributes.iter().any(|attribute| self.named(&attribute.name, name))
    }

    fn named(&self, span: &Range<usize>, name: &str) -> bool {
        self.window.get(span).eq_ignore_ascii_case(name.as_bytes())
    }

    fn decoded(&self, span: &Range<usize>) -> Cow<'a, str> {
        match decode(self.window.get(span), self.encoding) {
            Cow::Borrowed(text) if !text.contains('&') => Cow::Borrowed(text),
            text => Cow::Owned(htmlize::unescape_attribute(text.as_ref()).into_owned()),
        }
    }

    /// Returns the charset it declares, where it is a `meta` element.
    pub(super) fn declared(&self) -> Option<&'static Encoding> {
        let label = self.value("charset").or_else(|| {
            let content = self.value("content").filter(|_| self.has("http-equiv"))?;
            let (_, label) = content.split_once("charset=")?;
            Some(label.trim_matches(['"', '\'', ' ']).split([';', ' ']).next().unwrap_or_default().to_owned())
        })?;
        Encoding::for_label(label.trim().as_bytes())
    }

    /// Says what sort of script it begins, if it begins one.
    pub(super) fn script(&self) -> Option<Script> {
        (self.name == "script").then(|| script_kind(self.value("type").as_deref(), self.value("language").as_deref()))
    }

    /// Says what an attribute holds; its name in lower case may be cut off behind [`LONGEST_NAME`] bytes.
    fn load(&self, attribute: &[u8], value: &Range<usize>) -> Option<Load> {
        let name = self.name;
        Some(match attribute {
            b"src" | b"poster" | b"background" | b"lowsrc" | b"dynsrc" => Load::Address,
            b"data" | b"code" | b"codebase" | b"archive" | b"classid"
                if matches!(name, "object" | "embed" | "applet") =>
            {
                Load::Address
            }
            b"manifest" if name == "html" => Load::Address,
            b"value" if name == "param" && self.names_address() => Load::Address,
            b"srcset" | b"imagesrcset" => Load::Candidates,
            b"srcdoc" => Load::Document,
            b"ping" | b"attributionsrc" => Load::Reports,
            b"href" | b"xlink:href" => match name {
                "a" | "area" | "base" => return None,
                "link" if !self.value("rel").is_some_and(|relation| relation_loads(&relation)) => return None,
                _ => Load::Address,
            },
            b"to" | b"from" | b"by" | b"values" if matches!(name, "set" | "animate") => Load::Values,
            b"content" if name == "meta" && self.value("http-equiv").is_some_and(|of| is(&of, "refresh")) => {
                Load::Refresh
            }
            _ if attribute.starts_with(b"data-") => return None,
            _ if attribute.starts_with(b"on") => Load::Handler,
            b"style" => Load::Css,
            // Presentation attributes of svg: `fill`, `filter`, `mask`, `cursor`, …
            _ if holds_url(self.window.get(value)) => Load::Css,
            _ => return None,
        })
    }

    /// Says whether a `param` of a plug-in holds an address.
    fn names_address(&self) -> bool {
        const NAMES: [&str; 8] = ["src", "movie", "url", "href", "data", "filename", "code", "codebase"];
        self.value("name").is_some_and(|own| NAMES.iter().any(|name| is(&own, name)))
    }

    /// Looks through all attributes; adds what makes the element inert. Returns what the whole of it is withheld for, and what
    /// anything of it is: a handler, or an address in a style.
    ///
    /// # Errors
    ///
    /// When documents are nested too deeply inside each other.
    pub(super) fn withhold(
        &self,
        judge: &mut Judge<'_>,
        plain: bool,
        edits: &mut Vec<Edit>,
    ) -> Result<(Option<Withheld>, Option<Withheld>), Error> {
        if self.tag.attributes.is_empty() || self.script() == Some(Script::Data) {
            return Ok((None, None));
        }
        let mut embedding = None;
        let mut single = None;
        let mut renamed: Vec<usize> = Vec::new();
        let mut loads: Vec<usize> = Vec::new();
        let mut css_edits = Vec::new();
        let carrier = Carrier::of(self.name);
        for attribute in &self.tag.attributes {
            let written = self.window.get(&attribute.name);
            let length = written.len().min(LONGEST_NAME);
            let mut name = [0; LONGEST_NAME];
            name[..length].copy_from_slice(&written[..length]);
            name.make_ascii_lowercase();
            let Some(load) = self.load(&name[..length], &attribute.value) else {
                continue;
            };
            // No attribute of HTML has such a name.
            if !written.is_ascii() && std::str::from_utf8(written).is_err() {
                continue;
            }
            let value = self.decoded(&attribute.value);
            let at = attribute.name.start;
            // Every attribute of a name is looked at, not only the one that counts.
            match load {
                Load::Address | Load::Candidates | Load::Document => {
                    loads.push(at);
                    let found = match load {
                        Load::Candidates => first(candidates(&value), |part| judge.address(part, carrier)),
                        Load::Document => judge.document(value.as_bytes())?,
                        _ if self.name == "link" && self.value("rel").is_some_and(|rel| relation_connects(&rel)) => {
                            judge.connection(&value)
                        }
                        _ => judge.embedded(&value, carrier)?,
                    };
                    embedding = Withheld::both(embedding, found);
                }
                Load::Reports | Load::Values | Load::Handler | Load::Refresh => {
                    let found = match load {
                        Load::Reports => {
                            first(value.split_ascii_whitespace(), |part| judge.address(part, Carrier::Other))
                        }
                        Load::Values => first(value.split(';'), |part| judge.address(part, carrier)),
                        Load::Handler => judge.inline(value.as_bytes()),
                        _ => refreshed(&value).and_then(|address| judge.address(address, Carrier::Refresh)),
                    };
                    if found.is_some() {
                        renamed.push(at);
                    }
                    single = Withheld::both(single, found);
                }
                Load::Css => {
                    let raw = self.window.get(&attribute.value);
                    let found = judge.css(raw, value.as_bytes(), attribute.value.start, &mut css_edits);
                    if let Some((withheld, whole)) = found {
                        if whole {
                            renamed.push(at);
                        }
                        single = Withheld::both(single, Some(withheld));
                    }
                }
            }
        }
        let Some(withheld) = Withheld::both(embedding.clone(), single) else {
            return Ok((None, None));
        };
        if embedding.is_some() {
            renamed.extend(loads);
        }
        self.inert(&renamed, embedding.is_some(), &withheld.written(judge.rules), plain, edits);
        edits.extend(css_edits);
        Ok((embedding, Some(withheld)))
    }

    /// Makes the element inert: attributes at these places get other names, and the purposes stand in `data-tc`.
    ///
    /// `plain` writes no quotes, which other readings of the page might take for their own; several purposes then have
    /// `&#32;` between them, which is a space to a browser and ends no value.
    pub(super) fn inert(&self, renamed: &[usize], whole: bool, purposes: &str, plain: bool, edits: &mut Vec<Edit>) {
        let stops = whole && matches!(self.name, "script" | "style");
        let slash = self.window.get(&(self.tag.name.end..self.tag.name.end + 1)) == b"/";
        let purposes = purposes.split(' ').map(str::to_owned).collect();
        edits.push(Edit::mark(self.tag.name.end, Mark { stops, plain, slash, purposes }));
        for attribute in &self.tag.attributes {
            let at = attribute.name.start;
            if renamed.contains(&at) || stops && self.named(&attribute.name, "type") {
                edits.push(Edit::insert(at, "data-tc-"));
            }
        }
    }
}

/// Says whether a start tag outside of svg and math is one that every way of reading passes over: an element without text
/// of its own, and no attribute a browser acts upon. It may say "no" of others. `own` says that relative addresses are
/// certain to stay on the site.
pub(super) fn holds_nothing(tag: &Tag, window: &Window<'_>, own: bool) -> bool {
    let name = window.get(&tag.name);
    is_passed(name)
        && tag.attributes.iter().all(|attribute| {
            let value = window.get(&attribute.value);
            let free = memchr::memchr(b'(', value).is_none();
            is_harmless(name, Attributed { name: window.get(&attribute.name), value, free, own })
        })
}

/// Says whether an element of this name is passed over when its attributes are harmless: those that are met most, of those
/// without text of their own that change nothing in how the page is read on (`context`).
pub(super) fn is_passed(name: &[u8]) -> bool {
    matches!(
        name,
        b"a" | b"abbr"
            | b"article"
            | b"aside"
            | b"b"
            | b"br"
            | b"button"
            | b"center"
            | b"dd"
            | b"div"
            | b"dl"
            | b"dt"
            | b"em"
            | b"figcaption"
            | b"figure"
            | b"footer"
            | b"form"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"header"
            | b"hr"
            | b"i"
            | b"img"
            | b"input"
            | b"label"
            | b"li"
            | b"main"
            | b"nav"
            | b"nobr"
            | b"noindex"
            | b"ol"
            | b"option"
            | b"p"
            | b"picture"
            | b"pre"
            | b"s"
            | b"section"
            | b"small"
            | b"span"
            | b"strong"
            | b"sub"
            | b"sup"
            | b"table"
            | b"tbody"
            | b"td"
            | b"tfoot"
            | b"th"
            | b"thead"
            | b"time"
            | b"tr"
            | b"u"
            | b"ul"
    )
}

/// An attribute as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributed<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    /// Whether the value holds no `(`, so that it calls nothing.
    pub(super) free: bool,
    /// Whether relative addresses are certain to stay on the site.
    pub(super) own: bool,
}

/// Says whether [`Element::load`] finds nothing in an attribute of one of the elements that are passed, or the judge
/// nothing in what it finds. Of names it knows those that are met most.
pub(super) fn is_harmless(element: &[u8], Attributed { name, value, free, own }: Attributed<'_>) -> bool {
    match name {
        b"action" | b"align" | b"alt" | b"autocomplete" | b"border" | b"cellpadding" | b"cellspacing" | b"checked"
        | b"class" | b"colspan" | b"color" | b"content" | b"datetime" | b"decoding" | b"dir" | b"disabled" | b"for"
        | b"height" | b"hidden" | b"hspace" | b"id" | b"itemprop" | b"itemscope" | b"itemtype" | b"lang"
        | b"loading" | b"maxlength" | b"method" | b"name" | b"placeholder" | b"rel" | b"role" | b"rowspan"
        | b"selected" | b"size" | b"tabindex" | b"target" | b"title" | b"type" | b"valign" | b"value" | b"vspace"
        | b"width" => free,
        b"href" => element == b"a" && free,
        b"src" => own && element == b"img" && free && stays(value),
        // Nothing of a style that holds neither strings nor functions, and nothing that might stand for them.
        b"style" => free && value.iter().all(|byte| byte.is_ascii() && !b"\"'\\&".contains(byte)),
        _ => name.starts_with(b"data-") || name.starts_with(b"aria-") && free,
    }
}

/// Says whether an address is plainly one on the host it is joined with: nothing in it is a scheme, a host, or a reference
/// to a character.
fn stays(address: &[u8]) -> bool {
    let begins = match address {
        [b'/', second, ..] => second.is_ascii_alphanumeric() || matches!(second, b'_' | b'-' | b'.'),
        [first, ..] => first.is_ascii_alphanumeric(),
        [] => false,
    };
    begins && address.iter().all(|byte| byte.is_ascii() && !matches!(byte, b':' | b'&' | b'\\'))
}

fn is(text: &str, word: &str) -> bool {
    text.trim().eq_ignore_ascii_case(word)
}

fn holds_url(value: &[u8]) -> bool {
    memchr::memchr_iter(b'(', value).any(|place| place >= 3 && value[place - 3..place].eq_ignore_ascii_case(b"url"))
}

/// Judges all parts, so that all are noted, and returns what one of them is withheld for.
fn first<'a>(
    parts: impl Iterator<Item = &'a str>,
    mut judge: impl FnMut(&'a str) -> Option<Withheld>,
) -> Option<Withheld> {
    parts.fold(None, |found, part| Withheld::both(judge(part), found))
}

/// Reads bytes of the page as text; what is no text of its charset becomes replacement characters.
pub(super) fn decode<'a>(bytes: &'a [u8], encoding: Option<&'static Encoding>) -> Cow<'a, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && (text.is_ascii() || encoding.is_none_or(|encoding| encoding == encoding_rs::UTF_8))
    {
        return Cow::Borrowed(text);
    }
    encoding.unwrap_or(encoding_rs::WINDOWS_1251).decode_without_bom_handling(bytes).0
}

/// Returns the address of a `Refresh` (HTML, 4.2.5.3, "shared declarative refresh steps").
pub(crate) fn refreshed(content: &str) -> Option<&str> {
    let space = |c: char| c.is_ascii_whitespace();
    let behind = content.trim_start_matches(space).trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = behind.trim_start_matches(space).trim_start_matches([';', ',']).trim_start_matches(space);
    let address = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => {
            let value = rest[3..].trim_start_matches(space);
            value.strip_prefix('=').map_or(rest, |value| value.trim_start_matches(space))
        }
        _ => rest,
    };
    let address = match address.chars().next()? {
        quote @ ('"' | '\'') => address[1..].split(quote).next().unwrap_or_default(),
        _ => address,
    };
    (!address.is_empty()).then_some(address)
}

/// Says what sort of script a tag begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// A browser runs it.
    Runs,
    /// A data block: a browser never runs it, and it is never touched.
    Data,
}

/// Decides by `type` and `language` as a browser does (HTML, 4.12.1.1, "prepare the script element").
pub(crate) fn script_kind(kind: Option<&str>, language: Option<&str>) -> Script {
    let kind = match (kind, language) {
        (Some(""), _) => return Script::Runs,
        (Some(kind), _) => kind.trim_matches(|c: char| c.is_ascii_whitespace()).to_ascii_lowercase(),
        (None, Some(language)) if !language.is_empty() => {
            format!("text/{}", language.to_ascii_lowercase())
        }
        (None, _) => return Script::Runs,
    };
    // Speculation rules are data that makes the browser load, so they count as running.
    const RUNNING: [&str; 19] = [
        "module",
        "speculationrules",
        "importmap",
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "text/ecmascript",
        "text/javascript",
        "text/javascript1.0",
        "text/javascript1.1",
        "text/javascript1.2",
        "text/javascript1.3",
        "text/javascript1.4",
        "text/javascript1.5",
        "text/jscript",
        "text/livescript",
        "text/x-ecmascript",
        "text/x-javascript",
    ];
    if RUNNING.contains(&kind.as_str()) { Script::Runs } else { Script::Data }
}

/// Says whether a link of this relation makes the browser connect or load.
pub(crate) fn relation_loads(relation: &str) -> bool {
    const LOADING: [&str; 16] = [
        "preconnect",
        "dns-prefetch",
        "preload",
        "prefetch",
        "modulepreload",
        "prerender",
        "subresource",
        "stylesheet",
        "icon",
        "mask-icon",
        "apple-touch-icon",
        "apple-touch-icon-precomposed",
        "apple-touch-startup-image",
        "manifest",
        "search",
        "compression-dictionary",
    ];
    relation.split_ascii_whitespace().any(|word| LOADING.iter().any(|load| word.eq_ignore_ascii_case(load)))
}

/// Says whether a link of this relation makes the browser connect and no more.
pub(crate) fn relation_connects(relation: &str) -> bool {
    let mut words = relation.split_ascii_whitespace();
    words.any(|word| word.eq_ignore_ascii_case("preconnect") || word.eq_ignore_ascii_case("dns-prefetch"))
}

/// Every text in a `srcset` that a browser might take for an address: split at white space, and at commas too.
pub(crate) fn candidates(srcset: &str) -> impl Iterator<Item = &str> {
    let words = srcset.split_ascii_whitespace();
    words
        .flat_map(|word| std::iter::once(word.trim_matches(',')).chain(word.split(',')))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refresh_addresses() {
        for (content, expected) in [
            ("5; url=https://x/", Some("https://x/")),
            ("0;URL='https://x/' y", Some("https://x/")),
            ("0,https://x/", Some("https://x/")),
            (" 1.5 ; Url = //x", Some("//x")),
            ("5", None),
            ("url", Some("url")),
        ] {
            assert_eq!(refreshed(content), expected, "{content}");
        }
    }
}
