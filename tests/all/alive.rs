//! What in a page would still run or be requested from a refused host: the tree html5ever builds is the judge, with
//! scripting on and off. It knows nothing of the gate; the fuzz target uses it too.

use cssparser::{ParseError, Parser, Token};
use html5ever::{ParseOpts, parse_document, tendril::TendrilSink, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// Hosts of the seed policy whose services nobody has allowed.
const REFUSED: [&str; 5] = ["mc.yandex.ru", "counter.yadro.ru", "top-fwz1.mail.ru", "smi2.ru", "smi2.net"];

/// Text of an inline counter.
const INLINE: &str = "mc.yandex.ru/metrika";

fn script_runs(kind: Option<String>, language: Option<String>) -> bool {
    let kind = match (kind, language) {
        (Some(kind), _) => kind,
        (None, Some(language)) if !language.is_empty() => format!("text/{language}"),
        (None, _) => String::new(),
    };
    ["", "module", "text/javascript", "application/javascript"].contains(&kind.trim().to_lowercase().as_str())
}

/// Returns an address without what a browser takes out of it (URL, 4.4), and what stands behind one of its schemes.
fn of_scheme(address: &str, scheme: &str) -> Option<String> {
    let clean: String = address.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let clean = clean.trim_start_matches(|c: char| c <= ' ');
    let start = clean.get(..scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| clean[scheme.len()..].to_owned())
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let url = url::Url::parse(&format!("data:,{text}")).map(|url| url.path()[1..].to_owned());
    percent_encoding::percent_decode_str(&url.unwrap_or_else(|_| text.to_owned())).collect()
}

/// Says whether an address holds a script that runs, or a page with something alive.
fn runs_by_itself(address: &str, scripting: bool) -> bool {
    if let Some(script) = of_scheme(address, "javascript:") {
        return scripting && String::from_utf8_lossy(&percent_decoded(&script)).contains(INLINE);
    }
    let Some((kind, data)) = of_scheme(address, "data:").and_then(|rest| {
        let (kind, data) = rest.split_once(',')?;
        Some((kind.to_ascii_lowercase(), data.to_owned()))
    }) else {
        return false;
    };
    kind.starts_with("text/html") && !kind.contains("base64") && !alive(&percent_decoded(&data), scripting).is_empty()
}

/// Says whether the address of a script holds the counter itself.
fn holds_script(address: &str) -> bool {
    of_scheme(address, "data:").is_some_and(|rest| String::from_utf8_lossy(&percent_decoded(&rest)).contains(INLINE))
}

/// Says whether a style loads something refused, as the tokens of Servo's parser have it.
fn loaded_by_style(css: &str, refused: &impl Fn(Option<String>) -> Option<String>) -> bool {
    fn tokens(parser: &mut Parser<'_>, loads: &mut impl FnMut(&str)) {
        let mut address_follows = false;
        while let Ok(token) = parser.next() {
            let token = token.clone();
            match &token {
                Token::UnquotedUrl(address) => loads(address),
                Token::QuotedString(address) if address_follows => loads(address),
                _ => {}
            }
            address_follows = matches!(&token, Token::AtKeyword(word) if word.eq_ignore_ascii_case("import"));
            let is_url = matches!(&token, Token::Function(name) if ["url", "src", "image-set", "-webkit-image-set"].iter().any(|of| name.eq_ignore_ascii_case(of)));
            if matches!(
                token,
                Token::Function(_) | Token::ParenthesisBlock | Token::SquareBracketBlock | Token::CurlyBracketBlock
            ) {
                let _ = parser.parse_nested_block(|inner| {
                    if is_url {
                        let start = inner.state();
                        while let Ok(token) = inner.next() {
                            if let Token::QuotedString(address) = token {
                                loads(&address.clone());
                            }
                        }
                        inner.reset(&start);
                    }
                    tokens(inner, loads);
                    Ok::<_, ParseError<()>>(())
                });
            }
        }
    }
    let mut loaded = false;
    tokens(&mut Parser::new(css), &mut |address| loaded |= refused(Some(address.to_owned())).is_some());
    loaded
}

/// Returns where a refresh leads to (HTML, 4.2.5.3), step by step as it stands there.
fn refreshed_to(content: &str) -> Option<&str> {
    let space = |c: char| matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ');
    let rest = content.trim_start_matches(space);
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if after.len() == rest.len() && !after.starts_with('.') {
        return None;
    }
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if !rest.starts_with(|c| space(c) || c == ';' || c == ',') {
        return None;
    }
    let rest = rest.trim_start_matches(space);
    let rest = rest.strip_prefix([';', ',']).unwrap_or(rest).trim_start_matches(space);
    let named = || {
        let rest = rest.strip_prefix(['u', 'U'])?.strip_prefix(['r', 'R'])?.strip_prefix(['l', 'L'])?;
        Some(rest.trim_start_matches(space).strip_prefix('=')?.trim_start_matches(space))
    };
    let address = named().unwrap_or(rest);
    let quoted = address.chars().next().filter(|c| matches!(c, '\'' | '"'));
    Some(quoted.map_or(address, |quote| address[1..].split(quote).next().unwrap_or_default()))
}

/// Returns what in a page would still run or be requested from a refused host.
pub(crate) fn alive(page: &[u8], scripting: bool) -> Vec<String> {
    let opts = ParseOpts {
        tree_builder: TreeBuilderOpts { scripting_enabled: scripting, ..Default::default() },
        ..Default::default()
    };
    let dom = parse_document(RcDom::default(), opts).from_utf8().one(page);
    let mut found = Vec::new();
    walk(&dom.document, scripting, &mut found);
    found
}

fn walk(node: &Handle, scripting: bool, found: &mut Vec<String>) {
    if let NodeData::Element { name, attrs, template_contents, .. } = &node.data {
        let tag = &*name.local;
        let attrs = attrs.borrow();
        let value =
            |wanted: &str| attrs.iter().find(|attr| &*attr.name.local == wanted).map(|attr| attr.value.to_string());
        let names_refused = |address: &str| {
            let base = url::Url::parse("https://news.example/").unwrap();
            let url = base.join(address).ok().filter(|url| ["http", "https", "ws", "wss"].contains(&url.scheme()));
            let host = url.and_then(|url| url.host_str().map(str::to_owned));
            host.is_some_and(|host| REFUSED.iter().any(|refused| host == *refused))
        };
        let refused = |address: Option<String>| address.filter(|text| names_refused(text));
        // A host may have a comma in it, so that only lists are taken apart.
        let one_refused =
            |list: &str| list.split([',', ';', ' ', '\n', '\t', '\r', '\x0c']).chain([list]).any(names_refused);
        let runs = tag == "script" && script_runs(value("type"), value("language"));
        for attr in attrs.iter() {
            let attribute = match attr.name.prefix.as_ref().map_or("", |prefix| prefix) {
                "" => attr.name.local.to_string(),
                prefix => format!("{prefix}:{}", attr.name.local),
            };
            let text = attr.value.to_string();
            let live = match (tag, attribute.as_str()) {
                ("iframe" | "frame" | "embed", "src") | ("object", "data") if runs_by_itself(&text, scripting) => true,
                ("script", "src" | "href" | "xlink:href") if runs && scripting && holds_script(&text) => true,
                ("script", "src" | "href" | "xlink:href") => runs && refused(Some(text.clone())).is_some(),
                ("a" | "area" | "base", "href" | "xlink:href") => false,
                ("link", "href" | "imagesrcset") => {
                    let relation = value("rel").unwrap_or_default().to_lowercase();
                    let loads = ["preconnect", "dns-prefetch", "preload", "prefetch", "modulepreload", "stylesheet"];
                    relation.split_whitespace().any(|word| loads.contains(&word))
                        && if attribute == "href" { names_refused(&text) } else { one_refused(&text) }
                }
                ("meta", "content") => {
                    value("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh"))
                        && refreshed_to(&text).is_some_and(names_refused)
                }
                ("iframe", "srcdoc") => !alive(text.as_bytes(), scripting).is_empty(),
                ("set" | "animate", "to" | "values") => one_refused(&text),
                ("object", "data") => names_refused(&text),
                (_, "srcset" | "ping" | "attributionsrc") => one_refused(&text),
                (_, "src" | "poster" | "background" | "href" | "xlink:href") => names_refused(&text),
                (_, "style" | "fill") => loaded_by_style(&text, &refused),
                (_, handler) if handler.starts_with("on") => text.contains(INLINE),
                _ => false,
            };
            if live {
                found.push(format!("<{tag} {attribute}={text}>"));
            }
        }
        let text = || -> String {
            let children = node.children.borrow();
            let texts = children.iter().filter_map(|child| match &child.data {
                NodeData::Text { contents } => Some(contents.borrow().to_string()),
                _ => None,
            });
            texts.collect()
        };
        if runs && scripting && text().contains(INLINE) {
            found.push(format!("<script>{}", text()));
        }
        // In MathML there is no such element.
        let styles = tag == "style"
            && &*name.ns != "http://www.w3.org/1998/Math/MathML"
            && value("type").is_none_or(|kind| ["", "text/css"].contains(&&*kind));
        if styles && loaded_by_style(&text(), &refused) {
            found.push(format!("<style>{}", text()));
        }
        if let Some(contents) = template_contents.borrow().as_ref() {
            walk(contents, scripting, found);
        }
    }
    for child in node.children.borrow().iter() {
        walk(child, scripting, found);
    }
}
