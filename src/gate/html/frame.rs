//! What is shown in the place of a withheld frame, plug-in or film.
//!
//! In: the start tag of what is withheld. Out: what is told of it to whoever makes the placeholder, and the insertions
//! that show it. The element itself stays as it is; a placeholder is a document in a frame, so that it has the size the
//! page gives to the frame, whatever the page's style, and needs no request.

use std::{fmt, sync::Arc};

use url::Url;

use super::super::{
    carrier::{Edit, Element},
    judge::Withheld,
};

/// Frames up to this width or height are not for the eye.
const SMALLEST: u32 = 20;

/// A frame, plug-in or film that is withheld.
#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    /// Id of the service it belongs to; `None` where no service names its host.
    pub(crate) service: Option<String>,
    /// Its address, where it has one a browser could open.
    pub(crate) address: Option<Url>,
    /// Language of the page, as it says.
    pub(crate) language: Option<String>,
    /// Whether it may neither send forms nor lead the page elsewhere.
    pub(crate) sandboxed: bool,
}

/// What is shown: a name and a document.
#[derive(Clone, Debug)]
pub(crate) struct Placeholder {
    pub(crate) title: String,
    pub(crate) document: String,
}

/// Makes one placeholder; `None` where there is nothing to show.
type Make = dyn Fn(&Blocked) -> Option<Placeholder> + Send + Sync;

/// Makes the placeholders of a page.
#[derive(Clone)]
pub(crate) struct Placeholders(pub(crate) Arc<Make>);

impl fmt::Debug for Placeholders {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Placeholders")
    }
}

/// Returns what there is to tell of an element; `None` when it is none that is seen.
pub(super) fn blocked(
    element: &Element<'_>,
    withheld: &Withheld,
    bases: &[Url],
    language: Option<&str>,
) -> Option<Blocked> {
    let source = match element.name {
        "iframe" | "embed" | "video" => "src",
        "object" => "data",
        _ => return None,
    };
    let style = element.value("style").unwrap_or_default().to_ascii_lowercase();
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
    let tiny = ["width", "height"].iter().any(|side| {
        let value = element.value(side).unwrap_or_default();
        let digits: String = value.trim().chars().take_while(char::is_ascii_digit).collect();
        !value.contains('%') && digits.parse::<u32>().is_ok_and(|length| length <= SMALLEST)
    });
    if tiny
        || element.has("hidden")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
        || element.value("aria-hidden").is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    {
        return None;
    }
    // The last base that was met counts for what follows it, the page's own where there is none.
    let base = bases.get(1).or(bases.first())?;
    let address = element.value(source).and_then(|address| base.join(address.trim()).ok());
    Some(Blocked {
        service: withheld.service.clone(),
        address: address.filter(|url| matches!(url.scheme(), "http" | "https")),
        language: language.map(str::to_owned),
        sandboxed: element.has("sandbox"),
    })
}

/// Adds what shows a placeholder. `utf8` says that the page can hold any character.
pub(super) fn show(element: &Element<'_>, placeholder: &Placeholder, utf8: bool, edits: &mut Vec<Edit>) {
    let written = |text: &str| {
        let text = text.replace('&', "&amp;").replace('"', "&quot;");
        if utf8 { text } else { crate::banner::in_ascii(&text) }
    };
    let (title, document) = (written(&placeholder.title), written(&placeholder.document));
    if element.name == "iframe" {
        let title = if element.has("title") { String::new() } else { format!(" title=\"{title}\"") };
        let slash = element.window.get(&(element.tag.name.end..element.tag.name.end + 1)) == b"/";
        let end = if slash { " " } else { "" };
        edits.push(Edit::insert(element.tag.name.end, format!("{title} srcdoc=\"{document}\"{end}")));
        return;
    }
    let copied: String = ["width", "height", "class"]
        .iter()
        .filter_map(|name| Some(format!(" {name}=\"{}\"", written(&element.value(name)?))))
        .collect();
    let frame = format!("<iframe data-tc-for title=\"{title}\"{copied} srcdoc=\"{document}\"></iframe>");
    edits.push(Edit::insert(element.tag.span.start, frame));
    edits.push(Edit::insert(element.tag.name.end, " hidden"));
}
