//! A report for people: what is undeclared first, then what is in order, then what to add to the policy.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use tower_consent::scan::{Form, FoundCookie, FoundService, Report};

use super::{super::screen, NotRead};

/// More blocks than these would bury the rest; they are printed when asked for.
const MOST_BLOCKS: usize = 20;

/// Writes the report.
pub(super) fn text(report: &Report, not_read: &[NotRead], notes: &[String], with_policy: bool) -> String {
    let place = common(report.pages.iter().map(|page| page.name.as_str()));
    let mut out = Out { text: String::new(), place, pages: report.pages.len(), width: screen::width() };
    let undeclared: Vec<_> = report.services.iter().filter(|service| !service.declared).collect();
    let declared: Vec<_> = report.services.iter().filter(|service| service.declared).collect();
    let found = undeclared.len() + report.hosts.len() + report.cookies.len();
    let of = if place.is_empty() { String::new() } else { format!(" of {place}") };
    let pages = format!("{}{of}", plural(report.pages.len(), "page"));
    out.line(
        0,
        &match (found, with_policy) {
            (0, true) => format!("{pages} read: everything that was found is declared."),
            (0, false) => format!("{pages} read: nothing of others was found."),
            (_, true) => format!("{pages} read: {} undeclared.", plural_are(found, "thing")),
            (_, false) => format!(
                "{pages} read: {} from others. No policy was given, so none is declared.",
                plural(found, "thing")
            ),
        },
    );

    out.heading("Undeclared services of the catalogue", undeclared.len());
    for service in &undeclared {
        out.service(service);
    }
    out.heading("Undeclared third-party hosts", report.hosts.len());
    for host in &report.hosts {
        let names: Vec<_> = host.hosts.iter().map(String::as_str).collect();
        out.line(2, &listed(&names, 6));
        out.line(4, &format!("{} · {}", forms(&host.forms), out.on(&host.pages)));
    }
    out.heading("Undeclared cookies set by the server", report.cookies.len());
    for cookie in &report.cookies {
        out.line(2, &format!("{} · {} · {}", cookie.name, cookie.lifetime, known(cookie)));
        out.line(4, &out.on(&cookie.pages));
    }
    out.heading("Declared and found", declared.len());
    for service in &declared {
        out.service(service);
    }
    out.names("Declared, on none of these pages", report.unmet.iter().map(String::as_str));
    let named = report.named.iter().map(|named| named.domain.as_str());
    out.names("Unknown hosts that inline scripts name, and may load from", named);
    out.heading("Not read", not_read.len());
    for page in not_read.iter().take(10) {
        out.line(2, &format!("{}: {}", page.name, page.reason));
    }
    if not_read.len() > 10 {
        out.line(2, &format!("and {} more; --format json lists them all", not_read.len() - 10));
    }
    let cut = report.pages.iter().filter(|page| page.cut);
    let cut = cut.map(|page| format!("{}: nested without end, read in part", page.name));
    let notes: Vec<_> = notes.iter().cloned().chain(cut).collect();
    out.heading("Notes", notes.len());
    for note in &notes {
        out.line(2, note);
    }
    if report.blocks.len() > MOST_BLOCKS {
        out.text.push('\n');
        out.line(0, &format!("{} blocks for policy.toml: `--format toml` prints them.", report.blocks.len()));
    } else if !report.blocks.is_empty() {
        out.text.push('\n');
        out.line(0, "For policy.toml, where the site wants to keep them; what it does not need comes off the pages:");
        for block in &report.blocks {
            let _ = write!(out.text, "\n{}", block.toml);
        }
    }
    out.text
}

/// What all names begin with, up to a slash and never the whole of one; nothing for a single page.
fn common<'n>(mut names: impl Iterator<Item = &'n str>) -> &'n str {
    let Some(first) = names.next() else { return "" };
    let mut length = 0;
    for name in names {
        let limit = if length == 0 { first.len() } else { length };
        length = first.bytes().zip(name.bytes()).take(limit).take_while(|(one, other)| one == other).count();
        length = first.as_bytes()[..length].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        if length == 0 {
            return "";
        }
    }
    // The first slashes of an address belong to its scheme.
    if first[..length].ends_with("://") { "" } else { &first[..length] }
}

struct Out<'r> {
    text: String,
    /// What all pages' names begin with; it is left out of lists.
    place: &'r str,
    pages: usize,
    width: usize,
}

impl Out<'_> {
    fn heading(&mut self, title: &str, count: usize) {
        if count > 0 {
            let _ = write!(self.text, "\n{title} ({count})\n");
        }
    }

    /// A paragraph; lines after the first stand further in.
    fn line(&mut self, indent: usize, text: &str) {
        // Names come from pages, and a terminal obeys control characters.
        let text: String = text.chars().map(|sign| if sign.is_control() { '\u{fffd}' } else { sign }).collect();
        for (at, line) in screen::wrapped(&text, self.width.saturating_sub(indent + 2)).lines().enumerate() {
            let indent = if at == 0 { indent } else { indent + 2 };
            let _ = writeln!(self.text, "{:indent$}{line}", "");
        }
    }

    fn service(&mut self, service: &FoundService) {
        let kind = service.kind.as_ref().map_or(String::new(), |kind| format!(" · {kind}"));
        let country = if service.country == "ZZ" { String::new() } else { format!(", {}", service.country) };
        self.line(2, &format!("{} ({}){kind} · {}{country}", service.title, service.id, service.operator));
        self.line(4, &format!("{} · {}", forms(&service.forms), self.on(&service.pages)));
        if service.named_only > 0 {
            let scripts = plural(service.named_only, "inline script");
            let (verb, tail) = if service.named_only == 1 { ("names", "is") } else { ("name", "are") };
            self.line(4, &format!("{scripts} only {verb} its address and {tail} not withheld by the gate"));
        }
    }

    fn names<'n>(&mut self, title: &str, names: impl Iterator<Item = &'n str>) {
        let names: Vec<_> = names.collect();
        self.heading(title, names.len());
        if !names.is_empty() {
            self.line(2, &listed(&names, 20));
        }
    }

    fn on(&self, pages: &[String]) -> String {
        if self.pages == 1 {
            return "on the page".to_owned();
        }
        let names: Vec<_> = pages.iter().map(|name| &name[self.place.len()..]).collect();
        if pages.len() == self.pages {
            return if self.pages == 2 { "on both pages".to_owned() } else { format!("on all {} pages", self.pages) };
        }
        format!("on {} of {} pages: {}", pages.len(), self.pages, listed(&names, 3))
    }
}

fn forms(forms: &BTreeMap<Form, usize>) -> String {
    let forms: Vec<_> = forms.iter().map(|(form, count)| format!("{} {count}", form.as_str())).collect();
    forms.join(", ")
}

/// What is known of a cookie by its name.
fn known(cookie: &FoundCookie) -> String {
    if let Some(service) = &cookie.declared_service {
        return format!("known as a cookie of the declared service {service}, which does not list it");
    }
    if let Some(service) = &cookie.service {
        return format!("known as a cookie of {service}");
    }
    let platforms: BTreeSet<_> =
        cookie.platforms.iter().map(|(name, category)| format!("{name} ({category})")).collect();
    let platforms: Vec<_> = platforms.iter().map(String::as_str).collect();
    if platforms.is_empty() { "not known".to_owned() } else { format!("a name used by {}", listed(&platforms, 3)) }
}

fn listed(names: &[&str], most: usize) -> String {
    let shown = names.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    if names.len() > most { format!("{shown} and {} more", names.len() - most) } else { shown }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn plural_are(count: usize, noun: &str) -> String {
    format!("{} {}", plural(count, noun), if count == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_names_begin_with_ends_in_a_slash() {
        let common = |names: &[&'static str]| common(names.iter().copied());
        assert_eq!(common(&["a/b/1.html", "a/b/2.html", "a/c/1.html"]), "a/");
        assert_eq!(common(&["https://n.example/", "https://n.example/a"]), "https://n.example/");
        assert_eq!(common(&["https://n.example/", "https://m.example/a"]), "");
        assert_eq!(common(&["a/b.html"]), "");
        assert_eq!(common(&["ab.html", "ac.html"]), "");
        assert_eq!(common(&["ж/а", "ж/б"]), "ж/");
    }
}
