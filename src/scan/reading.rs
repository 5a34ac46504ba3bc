//! One page to the list of what it includes: what a browser would load or run, and how it stands in the HTML.
//!
//! In: the bytes of a page, its charset and address. Out: addresses with the form they are included in, the texts of
//! inline scripts, names of elements that loaders fill, links to other pages, counts. It judges nothing and looks
//! nothing up.

use std::collections::BTreeSet;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use serde::Serialize;
use url::Url;

use super::tree::{Element, Tree};
use crate::gate::carrier::{Carrier, Script, candidates, refreshed, relation_loads, script_kind};

/// The address of a page that has none: what it names relatively is its own.
pub(super) const NOWHERE: &str = "http://page.invalid/";

/// Says whether a host is that of [`NOWHERE`].
pub(super) fn is_nowhere(host: &str) -> bool {
    host == "page.invalid"
}

/// HTML inside `srcdoc` inside `srcdoc`: what stands deeper is not read.
const DEEPEST: u8 = 3;

/// How a page includes something.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Form, Page, Scanner};
/// let mut scanner = Scanner::new(None);
/// scanner.read(&Page::new("front", b"<body><noscript><img src=https://mc.yandex.ru/watch/1></noscript>"));
/// let report = scanner.finish();
/// assert_eq!(report.services[0].forms[&Form::NoscriptImage], 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Form {
    /// A script with an address.
    Script,
    /// An inline script; most create a script element.
    InlineLoader,
    /// An inline script that calls `document.write`.
    DocumentWrite,
    /// An inline script that loads a picture.
    ScriptPixel,
    /// A script that another consent tool made inert and starts later (`type="text/plain"` and the like).
    KeptScript,
    /// The same without an address.
    KeptInline,
    /// A frame.
    Frame,
    /// A frame inside a `noscript`.
    NoscriptFrame,
    /// A picture.
    Image,
    /// A picture inside a `noscript`.
    NoscriptImage,
    /// A link that makes the browser connect or load ahead: `preconnect`, `preload` and the like.
    Hint,
    /// An empty element that a loader fills.
    Container,
    /// An address kept in an attribute such as `data-src`, for a script of the page to load.
    Lazy,
    /// A style sheet, or an address in style rules.
    Style,
    /// An icon or a manifest.
    Link,
    /// Sound, film, a plug-in.
    Media,
    /// A `meta` that leads elsewhere.
    Refresh,
    /// An address that is told when a link is followed.
    Ping,
}

impl Form {
    /// Returns the word for it, the same as in the catalogue where it has one.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(tower_consent::scan::Form::NoscriptImage.as_str(), "noscript-image");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::InlineLoader => "inline-loader",
            Self::DocumentWrite => "document-write",
            Self::ScriptPixel => "script-pixel",
            Self::KeptScript => "kept-script",
            Self::KeptInline => "kept-inline",
            Self::Frame => "frame",
            Self::NoscriptFrame => "noscript-frame",
            Self::Image => "image",
            Self::NoscriptImage => "noscript-image",
            Self::Hint => "hint",
            Self::Container => "container",
            Self::Lazy => "lazy",
            Self::Style => "style",
            Self::Link => "link",
            Self::Media => "media",
            Self::Refresh => "refresh",
            Self::Ping => "ping",
        }
    }

    /// By what the gate sees it carried; an address kept for later may become any of three.
    pub(crate) fn carriers(self) -> &'static [Carrier] {
        match self {
            Self::Script | Self::KeptScript => &[Carrier::Script],
            Self::InlineLoader | Self::KeptInline | Self::DocumentWrite | Self::ScriptPixel => &[Carrier::Inline],
            Self::Frame | Self::NoscriptFrame => &[Carrier::Frame],
            Self::Image | Self::NoscriptImage => &[Carrier::Image],
            Self::Hint | Self::Link => &[Carrier::Link],
            Self::Style => &[Carrier::Link, Carrier::Style],
            Self::Lazy => &[Carrier::Script, Carrier::Frame, Carrier::Image],
            Self::Media => &[Carrier::Media],
            Self::Refresh => &[Carrier::Refresh],
            Self::Container | Self::Ping => &[Carrier::Other],
        }
    }
}

/// One thing a page includes.
#[derive(Debug)]
pub(crate) enum Include {
    /// An element with the addresses it loads, each once.
    Addresses(Form, BTreeSet<Url>),
    /// An inline script that runs.
    Inline(Form, String),
    /// The identifier (`#unit_1`) or class (`.adsbygoogle`) of an element.
    Mark(String),
}

/// How much of what a page holds; third-party is what lies on another registrable domain.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let address = "https://news.example/".parse().unwrap();
/// let page = Page::new("front", b"<img src=/logo.png><img src=https://counter.example/1.gif>").with_address(&address);
/// let mut scanner = Scanner::new(None);
/// scanner.read(&page);
/// let counts = scanner.finish().pages[0].counts;
/// assert_eq!((counts.imgs, counts.imgs_third_party), (2, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Elements, those of templates too.
    pub elements: usize,
    /// Scripts of every kind.
    pub scripts: usize,
    /// Scripts that are data and never run.
    pub data_scripts: usize,
    /// Scripts with an address that run, or that a consent tool starts later.
    pub external_scripts: usize,
    /// Of them third-party.
    pub external_third_party: usize,
    /// Inline scripts that run, or that a consent tool starts later.
    pub inline_scripts: usize,
    /// Of them calling `document.write`.
    pub scripts_with_document_write: usize,
    /// Frames.
    pub iframes: usize,
    /// Of them third-party.
    pub iframes_third_party: usize,
    /// Pictures.
    pub imgs: usize,
    /// Of them third-party.
    pub imgs_third_party: usize,
    /// `noscript` elements.
    pub noscript: usize,
    /// Third-party pictures inside them.
    pub noscript_imgs_third_party: usize,
    /// Third-party frames inside them.
    pub noscript_iframes_third_party: usize,
    /// Third-party link hints.
    pub hints_third_party: usize,
}

/// What was read in a page.
#[derive(Debug)]
pub(crate) struct Reading {
    tree: Tree,
    base: Url,
    pub(crate) includes: Vec<Include>,
    /// Pages it links to.
    pub(super) links: Vec<Url>,
    /// Where it says it belongs: `canonical` or `og:url`.
    pub(super) canonical: Option<Url>,
}

impl Reading {
    /// Reads a page; what the gate withheld counts as what it was before.
    pub(super) fn of(body: &[u8], charset: Option<&str>, address: Option<&Url>) -> Self {
        Self::of_text(&decoded(body, charset), address, Eyes::Scan, 0)
    }

    /// Reads a page as a browser with or without scripting has it, handlers in attributes too.
    #[cfg(feature = "testing")]
    pub(crate) fn as_written(text: &str, address: &Url, scripting: bool) -> Self {
        Self::of_text(text, Some(address), Eyes::Browser { scripting }, 0)
    }

    fn of_text(text: &str, address: Option<&Url>, eyes: Eyes, depth: u8) -> Self {
        let tree = match eyes {
            Eyes::Scan => Tree::of(text),
            #[cfg(feature = "testing")]
            Eyes::Browser { scripting } => Tree::as_written(text, scripting),
        };
        let mut base = address.cloned().unwrap_or_else(|| Url::parse(NOWHERE).expect("a literal address"));
        // The first `base` with an address counts (HTML, 4.2.3).
        let declared = tree.elements().find_map(|element| (element.name() == "base").then(|| element.value("href"))?);
        if let Some(joined) = declared.and_then(|declared| base.join(declared).ok())
            && joined.has_host()
        {
            base = joined;
        }
        let mut collected =
            Collected { base: &base, eyes, depth, includes: Vec::new(), links: Vec::new(), canonical: None };
        for element in tree.elements() {
            collected.element(&element);
        }
        let Collected { includes, links, canonical, .. } = collected;
        Self { tree, includes, links, canonical, base }
    }

    /// Says whether the page was left before its end.
    pub(crate) fn is_cut(&self) -> bool {
        self.tree.cut
    }

    /// Counts elements; `third_party` says it of an address.
    pub(super) fn counts(&self, third_party: impl Fn(&Url) -> bool) -> Counts {
        let mut counts = Counts::default();
        for element in self.tree.elements() {
            counts.elements += 1;
            let third = |attribute: &str| {
                let address = element.value(attribute).and_then(|value| self.base.join(value).ok());
                usize::from(address.is_some_and(|address| third_party(&address)))
            };
            match element.name() {
                "script" => {
                    counts.scripts += 1;
                    if running(&element) == Running::Never {
                        counts.data_scripts += 1;
                    } else if element.value("src").is_some() {
                        counts.external_scripts += 1;
                        counts.external_third_party += third("src");
                    } else {
                        counts.inline_scripts += 1;
                        counts.scripts_with_document_write += usize::from(writes(&element.text()));
                    }
                }
                "iframe" => {
                    counts.iframes += 1;
                    counts.iframes_third_party += third("src");
                    counts.noscript_iframes_third_party += if element.in_noscript { third("src") } else { 0 };
                }
                "img" => {
                    counts.imgs += 1;
                    counts.imgs_third_party += third("src");
                    counts.noscript_imgs_third_party += if element.in_noscript { third("src") } else { 0 };
                }
                "noscript" => counts.noscript += 1,
                "link" if is_hint(element.value("rel").unwrap_or_default()) => {
                    counts.hints_third_party += third("href");
                }
                _ => {}
            }
        }
        counts
    }
}

/// As whom a page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Eyes {
    /// What it includes, whether or not the gate withheld it.
    Scan,
    /// What a browser would load or run of it.
    #[cfg(feature = "testing")]
    Browser { scripting: bool },
}

/// What is gathered on the way through a page.
struct Collected<'b> {
    base: &'b Url,
    eyes: Eyes,
    /// How many `srcdoc` the page stands in.
    depth: u8,
    includes: Vec<Include>,
    links: Vec<Url>,
    canonical: Option<Url>,
}

impl Collected<'_> {
    fn element(&mut self, element: &Element<'_>) {
        let name = element.name();
        match name {
            "script" => self.script(element),
            "link" => self.link(element),
            "meta" => self.meta(element),
            "style" => self.style(&element.text()),
            "a" | "area" => {
                let target = element.value("href").and_then(|href| self.joined(href));
                self.links.extend(target.filter(|target| matches!(target.scheme(), "http" | "https")));
                for address in element.value("ping").unwrap_or_default().split_ascii_whitespace() {
                    self.addresses(Form::Ping, [address]);
                }
            }
            _ => self.loading(element),
        }
        if matches!(name, "iframe" | "frame")
            && let Some(inside) = element.value("srcdoc")
            && self.depth < DEEPEST
        {
            self.includes.extend(Reading::of_text(inside, Some(self.base), self.eyes, self.depth + 1).includes);
        }
        if let Some(rules) = element.value("style") {
            self.style(rules);
        }
        if self.eyes != Eyes::Scan {
            let handlers = element.attributes().filter(|(name, _)| name.starts_with("on"));
            self.includes.extend(handlers.map(|(_, text)| Include::Inline(Form::InlineLoader, text.to_owned())));
        }
        // Attributes by which pages keep an address back until it is needed; the page's own script loads it.
        let kept = ["data-src", "data-srcset", "data-lazy-src", "data-original", "data-lazy"];
        let kept = kept.iter().filter_map(|attribute| element.value(attribute));
        if matches!(name, "img" | "iframe" | "script" | "video" | "audio" | "source" | "embed") {
            self.addresses(Form::Lazy, kept.flat_map(pictures).filter(|text| text.contains("//")));
        }
        let id = element.value("id").map(|id| format!("#{id}"));
        let classes = element.value("class").unwrap_or_default().split_ascii_whitespace();
        self.includes.extend(id.into_iter().chain(classes.map(|class| format!(".{class}"))).map(Include::Mark));
    }

    fn script(&mut self, element: &Element<'_>) {
        let running = running(element);
        if running == Running::Never {
            return;
        }
        let kept = element.attributes().filter(|(name, _)| running == Running::Later && name.ends_with("src"));
        let addresses = loading_attributes("script").iter().filter_map(|attribute| element.value(attribute));
        let addresses: Vec<_> = addresses.chain(kept.map(|(_, value)| value)).collect();
        if !addresses.is_empty() {
            self.addresses(if running == Running::Now { Form::Script } else { Form::KeptScript }, addresses);
            return;
        }
        let text = element.text();
        if text.trim().is_empty() {
            return;
        }
        let makes =
            |kind: &str| ["'", "\""].iter().any(|quote| text.contains(&format!("createElement({quote}{kind}{quote}")));
        let form = if running == Running::Later {
            Form::KeptInline
        } else if writes(&text) {
            Form::DocumentWrite
        } else if (text.contains("new Image") || makes("img")) && !makes("script") {
            Form::ScriptPixel
        } else {
            Form::InlineLoader
        };
        self.includes.push(Include::Inline(form, text));
    }

    fn link(&mut self, element: &Element<'_>) {
        let relation = element.value("rel").unwrap_or_default();
        let is = |word: &str| relation.split_ascii_whitespace().any(|part| part.eq_ignore_ascii_case(word));
        let address = element.value("href").unwrap_or_default();
        if is("canonical") && self.canonical.is_none() {
            self.canonical = self.joined(address).filter(|address| address.as_str() != NOWHERE);
        }
        if !relation_loads(relation) {
            return;
        }
        let form = if is_hint(relation) {
            Form::Hint
        } else if is("stylesheet") {
            Form::Style
        } else {
            Form::Link
        };
        let pictures = element.value("imagesrcset").into_iter().flat_map(pictures);
        self.addresses(form, std::iter::once(address).chain(pictures));
    }

    fn meta(&mut self, element: &Element<'_>) {
        let content = element.value("content").unwrap_or_default();
        if element.value("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh")) {
            self.addresses(Form::Refresh, refreshed(content));
        }
        if element.value("property") == Some("og:url") && self.canonical.is_none() {
            self.canonical = self.joined(content).filter(|address| address.as_str() != NOWHERE);
        }
    }

    /// Addresses in style rules: `url(…)`, and `@import` of a plain string.
    fn style(&mut self, rules: &str) {
        let in_functions = rules.split("url(").skip(1).map(|rest| rest.split(')').next().unwrap_or_default());
        let imported = rules.split("@import").skip(1).filter_map(|rest| {
            let rest = rest.trim_start();
            let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
            rest[1..].split(quote).next()
        });
        let addresses: Vec<_> = in_functions.chain(imported).collect();
        for address in addresses {
            self.addresses(Form::Style, [address.trim().trim_matches(['\'', '"'])]);
        }
    }

    fn loading(&mut self, element: &Element<'_>) {
        let form = match element.name() {
            "img" | "image" | "feimage" | "use" | "input" if element.in_noscript => Form::NoscriptImage,
            "img" | "image" | "feimage" | "use" | "input" => Form::Image,
            "source" if element.value("srcset").is_some() => Form::Image,
            "iframe" | "frame" if element.in_noscript => Form::NoscriptFrame,
            "iframe" | "frame" => Form::Frame,
            _ => Form::Media,
        };
        let values = loading_attributes(element.name()).iter().filter(|attribute| **attribute != "srcdoc");
        let values: Vec<_> = values.filter_map(|attribute| Some((*attribute, element.value(attribute)?))).collect();
        let addresses = values.iter().flat_map(|(attribute, value)| {
            let several = if *attribute == "srcset" { *value } else { "" };
            let one = if *attribute == "srcset" { "" } else { *value };
            pictures(several).chain(std::iter::once(one))
        });
        self.addresses(form, addresses);
        if let Some(background) = element.value("background") {
            self.addresses(Form::Image, [background]);
        }
    }

    fn addresses<'a>(&mut self, form: Form, addresses: impl IntoIterator<Item = &'a str>) {
        let addresses: BTreeSet<Url> = addresses
            .into_iter()
            .filter(|address| !address.trim().is_empty())
            .filter_map(|address| self.joined(address))
            .filter(|address| matches!(address.scheme(), "http" | "https"))
            .collect();
        if !addresses.is_empty() {
            self.includes.push(Include::Addresses(form, addresses));
        }
    }

    fn joined(&self, address: &str) -> Option<Url> {
        self.base.join(address).ok().filter(Url::has_host)
    }
}

/// When a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    /// By itself.
    Now,
    /// When a consent tool of the page changes its type: `text/plain`, `didomi/javascript`, `script/…`.
    Later,
    /// It is data.
    Never,
}

fn running(script: &Element<'_>) -> Running {
    let kind = script.value("type");
    if script_kind(kind, script.value("language")) == Script::Runs {
        return Running::Now;
    }
    let kind = kind.unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "text/plain" || kind.contains("script") { Running::Later } else { Running::Never }
}

/// Attributes of an element that name something a browser loads.
fn loading_attributes(name: &str) -> &'static [&'static str] {
    match name {
        "script" => &["src", "href", "xlink:href"],
        "img" | "source" => &["src", "srcset"],
        "video" => &["src", "poster"],
        "object" | "applet" => &["data", "code", "codebase", "archive"],
        "image" | "feimage" | "use" => &["href", "xlink:href"],
        "html" => &["manifest"],
        _ => &["src"],
    }
}

/// The addresses of a `srcset`: what the gate would look up, without widths and densities.
fn pictures(set: &str) -> impl Iterator<Item = &str> {
    candidates(set).filter(|word| {
        let number = word.trim_end_matches(['w', 'x', 'h']);
        number.len() == word.len() || number.parse::<f64>().is_err()
    })
}

fn writes(script: &str) -> bool {
    script.contains("document.write")
}

fn is_hint(relation: &str) -> bool {
    const HINTS: [&str; 6] = ["preconnect", "dns-prefetch", "preload", "prefetch", "prerender", "modulepreload"];
    relation.split_ascii_whitespace().any(|word| HINTS.iter().any(|hint| word.eq_ignore_ascii_case(hint)))
}

/// Reads the bytes as UTF-8 if they are, whatever is said of them; else in the charset that is declared.
pub(crate) fn decoded(body: &[u8], charset: Option<&str>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return encoding.decode_without_bom_handling(&body[mark..]).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(body) {
        return text.to_owned();
    }
    let head = String::from_utf8_lossy(&body[..body.len().min(4_096)]).to_ascii_lowercase();
    let in_head = head.split_once("charset=").map(|(_, rest)| {
        let rest = rest.trim_start_matches(['"', '\'', ' ']);
        rest.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-' && sign != '_').next().unwrap_or_default()
    });
    let declared = charset.or(in_head).and_then(|label| Encoding::for_label(label.as_bytes()));
    // windows-1252 is what a browser takes where nothing is said (Encoding standard).
    let encoding = declared.filter(|encoding| *encoding != UTF_8).unwrap_or(WINDOWS_1252);
    encoding.decode_without_bom_handling(body).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(page: &str) -> Vec<String> {
        let address = Url::parse("https://news.example/a/").unwrap();
        let reading = Reading::of(page.as_bytes(), None, Some(&address));
        reading
            .includes
            .iter()
            .map(|include| match include {
                Include::Addresses(form, addresses) => {
                    let addresses: Vec<_> = addresses.iter().map(Url::as_str).collect();
                    format!("{} {}", form.as_str(), addresses.join(" "))
                }
                Include::Inline(form, text) => format!("{}: {text}", form.as_str()),
                Include::Mark(mark) => mark.clone(),
            })
            .collect()
    }

    #[test]
    fn every_form_is_read_with_its_addresses() {
        let cases: &[(&str, &[&str])] = &[
            ("<script src=//a.example/x.js></script>", &["script https://a.example/x.js"]),
            ("<svg><script href=//a.example/x.js></script>", &["script https://a.example/x.js"]),
            ("<script type=application/json>{}</script>", &[]),
            ("<script type=text/x-jquery-tmpl><img></script>", &[]),
            ("<script type=text/plain>load()</script>", &["kept-inline: load()"]),
            (
                "<script type=text/plain data-cmp-src=//a.example/x.js></script>",
                &["kept-script https://a.example/x.js"],
            ),
            ("<script type=didomi/javascript src=//a.example/x.js></script>", &["kept-script https://a.example/x.js"]),
            ("<script>load()</script>", &["inline-loader: load()"]),
            ("<script>document.write('x')</script>", &["document-write: document.write('x')"]),
            ("<script>new Image().src='x'</script>", &["script-pixel: new Image().src='x'"]),
            ("<iframe src=//a.example/f></iframe>", &["frame https://a.example/f"]),
            ("<body><noscript><iframe src=//a.example/f></iframe></noscript>", &["noscript-frame https://a.example/f"]),
            ("<body><noscript><img src=//a.example/p></noscript>", &["noscript-image https://a.example/p"]),
            (
                "<img src=p.png srcset='//a.example/1 1x, //a.example/2 2x'>",
                &["image https://a.example/1 https://a.example/2 https://news.example/a/p.png"],
            ),
            ("<picture><source srcset=//a.example/1></picture>", &["image https://a.example/1"]),
            ("<video src=//a.example/v poster=//b.example/p>", &["media https://a.example/v https://b.example/p"]),
            ("<link rel=preconnect href=//a.example>", &["hint https://a.example/"]),
            ("<link rel='Preload Stylesheet' href=//a.example/s>", &["hint https://a.example/s"]),
            ("<link rel=stylesheet href=//a.example/s>", &["style https://a.example/s"]),
            ("<link rel=icon href=//a.example/i>", &["link https://a.example/i"]),
            ("<link rel=alternate href=//a.example/s>", &[]),
            (
                "<style>@import '//a.example/1'; b{background:url( \"//a.example/2\" )}</style>",
                &["style https://a.example/2", "style https://a.example/1"],
            ),
            ("<p style='background:url(//a.example/2)'>", &["style https://a.example/2"]),
            ("<meta http-equiv=Refresh content='3; URL=//a.example/'>", &["refresh https://a.example/"]),
            ("<a href=//a.example ping=//b.example/p>", &["ping https://b.example/p"]),
            ("<img data-src=//a.example/p>", &["lazy https://a.example/p"]),
            ("<ins class='x adsbygoogle' id=y>", &["#y", ".x", ".adsbygoogle"]),
            ("<iframe srcdoc='<script src=//a.example/x></script>'></iframe>", &["script https://a.example/x"]),
            ("<body background=//a.example/b>", &["image https://a.example/b"]),
            ("<base href=https://b.example/c/><img src=p>", &["image https://b.example/c/p"]),
            ("<template><script src=//a.example/x></script></template>", &["script https://a.example/x"]),
            ("<img src=data:image/png;base64,xx><script src=javascript:0></script>", &[]),
        ];
        for (page, expected) in cases {
            assert_eq!(includes(page), *expected, "{page}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_read_as_declared() {
        let page = b"<meta charset=windows-1251><p>\xcf\xf0\xe8\xe2\xe5\xf2";
        assert!(decoded(page, None).ends_with("Привет"));
        assert!(decoded(b"\xcf\xf0", Some("windows-1251")).ends_with("Пр"));
        assert!(decoded("<meta charset=windows-1251>Привет".as_bytes(), None).ends_with("Привет"));
        assert!(decoded(b"\xff\xfe<\0p\0", None).ends_with("<p"));
        assert!(decoded(b"caf\xe9", None).ends_with("café"));
    }

    #[test]
    fn links_and_the_place_a_page_names_are_read() {
        let page = "<link rel=canonical href=https://news.example/x><a href=/b#c>b</a><a href=mailto:x@y.example>";
        let reading = Reading::of(page.as_bytes(), None, Some(&Url::parse("https://news.example/").unwrap()));
        assert_eq!(reading.canonical.unwrap().as_str(), "https://news.example/x");
        assert_eq!(reading.links.iter().map(Url::as_str).collect::<Vec<_>>(), ["https://news.example/b#c"]);
    }
}
