//! What is set is listed.

use super::super::{
    case::{Case, Found},
    markup::selector,
    rule::{Kind, Rule},
};
use crate::{
    catalogue::cookie,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "COOK-LIST",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup, Kind::Runtime],
    explanation: include_str!("cook_list.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        for script in html.select(&selector("script:not([src])")) {
            let text: String = script.text().collect();
            for (start, _) in text.match_indices("document.cookie") {
                let after = text[start + "document.cookie".len()..].trim_start();
                let Some(value) = after.strip_prefix('=').map(str::trim_start) else { continue };
                let Some(value) = value.strip_prefix(['"', '\'', '`']) else { continue };
                let name = value.split(['=', ';', '"', '\'', '`', '$']).next().unwrap_or_default().trim();
                if name.is_empty() || case.matcher().setting(name).next().is_some() {
                    continue;
                }
                let place = page.html.find(name).map_or(0..0, |start| start..start + name.len());
                let message = format!("the page sets the cookie `{name}`, which no service lists");
                // A name is no proof of whose it is, so the platform is told as what others know.
                let help = match cookie(name).filter(|known| !known.platform.is_empty()) {
                    Some(known) => format!(
                        "the Open Cookie Database knows it as one of {} ({}): declare that service, or add `{{ name = \"{}\", \
                         lifetime = \"{}\" }}` to the cookies of the one that sets it",
                        known.platform,
                        known.category.to_lowercase(),
                        known.name,
                        known.lifetime()
                    ),
                    None => format!(
                        "add `{{ name = \"{name}\", lifetime = \"…\" }}` to the cookies of the service that sets it"
                    ),
                };
                found.page(page, place, message, help);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        lint::{Check, Page},
        policy::Policy,
    };

    #[test]
    fn a_known_cookie_is_named_with_whose_it_is_known_to_be() {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/shop")).unwrap();
        let html =
            "<!doctype html><html lang=\"en\"><title>x</title><script>document.cookie = \"_hjid=1\"</script><p>x</p>";
        let pages = [Page { name: "x.html".to_owned(), html: html.to_owned() }];
        let report = Check::new(&policy).pages(&pages).run();
        let finding = report.findings().iter().find(|finding| finding.diagnostic.code == "COOK-LIST").unwrap();
        assert!(finding.diagnostic.message.contains("`_hjid`"), "{}", finding.diagnostic.message);
        let help = finding.diagnostic.help.as_str();
        assert!(help.contains("Hotjar") && help.contains("365 days"), "{help}");
    }
}
