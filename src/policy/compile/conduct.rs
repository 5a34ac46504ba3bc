//! Choice, cookie, record, banner, gate, signals, editorial marks, levels of rules.

use std::collections::BTreeMap;

use toml::Spanned;

use super::super::{
    conduct::{Choice, ChoiceRule, Editorial, Gating, Look, RecordFields, RuleLevel, SignalRules, Theme},
    operator::Site,
    read::{Faults, Section},
    text::{Term, Unit},
    word::{
        AddressField, BrowserField, ConsentMode, Csp, Dnt, GateMode, Gpc, Level, Model, PageField, Pages, Profile,
        Radius, Undeclared, Variant, Withheld,
    },
};

/// Longest time a browser keeps a cookie (RFC 6265bis, section 5.5): 400 days.
const LONGEST: Term = Term::new(400, Unit::Day);

pub(super) fn choice(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<Choice> {
    let rule = rule(faults, table);
    let ask_again = table.term(faults, "ask-again").map(Spanned::into_inner);
    let country_header = header(faults, table, "country-header");
    let wall = table.boolean(faults, "wall");
    let alternative = table.text(faults, "alternative");
    let reviewed_by = table.string(faults, "reviewed-by").map(Spanned::into_inner);
    let mut profiles = BTreeMap::new();
    for (profile, section) in table.by_profile(faults, "profiles") {
        if country_header.is_none() {
            let help =
                "add `country-header = \"…\"` to [choice]: the header in which your proxy tells the country".to_owned();
            let message = format!("nothing tells which visitors `{profile}` applies to");
            faults.add("missing-key", section.span(), message, help);
        }
        if let (Some(profile), Some(rule)) = (Profile::from_word(profile), self::rule(faults, &section)) {
            profiles.insert(profile, rule);
        }
    }
    Some(Choice { rule: rule?, ask_again: ask_again?, country_header, wall, alternative, reviewed_by, profiles })
}

/// Reads the name of a header, in lower case.
fn header(faults: &mut Faults<'_>, table: &Section<'_, '_>, key: &'static str) -> Option<String> {
    let value = table.string(faults, key)?;
    let name = value.get_ref().to_ascii_lowercase();
    if http::HeaderName::from_bytes(name.as_bytes()).is_ok() {
        return Some(name);
    }
    let help = "write the name of a header, such as \"x-real-ip\"".to_owned();
    faults.add("header", value.span(), format!("`{}` is no name of a header", value.get_ref()), help);
    None
}

fn rule(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<ChoiceRule> {
    let model = table.word(faults, "model").and_then(Model::from_word);
    let remember = table.term(faults, "remember").and_then(|term| {
        if term.get_ref().duration() <= LONGEST.duration() {
            return Some(*term.get_ref());
        }
        let help = "write at most \"400 days\": browsers keep no cookie longer (RFC 6265bis)".to_owned();
        faults.add("term", term.span(), format!("`{}` is longer than 400 days", term.get_ref()), help);
        None
    });
    Some(ChoiceRule { model: model?, remember: remember? })
}

/// Reads the domain of the choice cookie: the site's own host or a parent of it, never a public suffix.
pub(super) fn cookie_domain(faults: &mut Faults<'_>, root: &Section<'_, '_>, site: Option<&Site>) -> Option<String> {
    let value = root.table(faults, "cookie")?.string(faults, "domain")?;
    let domain = value.get_ref().trim_start_matches('.').to_ascii_lowercase();
    let host = site?.origin.host_str()?;
    let covers = host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'));
    // A suffix under which strangers register names would hand the cookie to all of them (Public Suffix List).
    let registered = psl::domain_str(&domain).is_some();
    if covers && registered {
        return Some(domain);
    }
    let (what, help) = if covers {
        ("is a public suffix", "name a domain of your own, or remove the key")
    } else {
        ("is not the site's host or a parent of it", "name a parent domain of `site.origin`, or remove the key")
    };
    faults.add("domain", value.span(), format!("`{}` {what}", value.get_ref()), help.to_owned());
    None
}

pub(super) fn record(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> RecordFields {
    let table = root.table(faults, "record");
    let address_header = table.as_ref().and_then(|table| header(faults, table, "address-header"));
    let mut word = |key| table.as_ref().and_then(|table| table.word(faults, key));
    let address = word("address").and_then(AddressField::from_word).unwrap_or(AddressField::None);
    let fields = RecordFields {
        address,
        address_header,
        browser: word("browser").and_then(BrowserField::from_word).unwrap_or(BrowserField::None),
        page: word("page").and_then(PageField::from_word).unwrap_or(PageField::None),
    };
    if let Some(table) = &table
        && fields.address != AddressField::None
        && fields.address_header.is_none()
    {
        table.needs(faults, "address-header");
    }
    fields
}

pub(super) fn look(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> Look {
    let Some(table) = root.table(faults, "banner") else {
        return Look {
            variant: Variant::Bar,
            close: false,
            brand: true,
            light: None,
            dark: None,
            radius: Radius::Small,
            text_size: 15,
            target_size: 44,
        };
    };
    let pixels = |word: Option<&str>, default: u8| {
        word.and_then(|word| word.strip_suffix("px")).and_then(|number| number.parse().ok()).unwrap_or(default)
    };
    Look {
        variant: table.word(faults, "variant").and_then(Variant::from_word).unwrap_or(Variant::Bar),
        close: table.boolean(faults, "close"),
        brand: table.boolean(faults, "brand"),
        light: table.table(faults, "light").and_then(|table| theme(faults, &table)),
        dark: table.table(faults, "dark").and_then(|table| theme(faults, &table)),
        radius: table.word(faults, "radius").and_then(Radius::from_word).unwrap_or(Radius::Small),
        text_size: pixels(table.word(faults, "text-size"), 15),
        target_size: pixels(table.word(faults, "target-size"), 44),
    }
}

fn theme(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<Theme> {
    let background = table.colour(faults, "background");
    let text = table.colour(faults, "text");
    let button = table.colour(faults, "button");
    let button_text = table.colour(faults, "button-text");
    let focus = table.colour(faults, "focus");
    Some(Theme { background: background?, text: text?, button: button?, button_text: button_text?, focus: focus? })
}

pub(super) fn gate(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> Gating {
    let table = root.table(faults, "gate");
    let mut word = |key| table.as_ref().and_then(|table| table.word(faults, key));
    Gating {
        undeclared: word("undeclared").and_then(Undeclared::from_word).unwrap_or(Undeclared::Report),
        withheld: word("withheld").and_then(Withheld::from_word).unwrap_or(Withheld::Inert),
        mode: word("mode").and_then(GateMode::from_word).unwrap_or(GateMode::Enforce),
        csp: word("csp").and_then(Csp::from_word).unwrap_or(Csp::Off),
        pages: word("pages").and_then(Pages::from_word).unwrap_or(Pages::PerVisitor),
    }
}

/// Tells what cannot be kept on pages that are the same for everyone.
pub(super) fn neutral(faults: &mut Faults<'_>, gate: &Gating, choice: Option<&Choice>) {
    if gate.pages != Pages::Neutral {
        return;
    }
    if gate.withheld == Withheld::Removed {
        let place = faults.place("gate.withheld");
        let message = "what is taken out of a page for everyone is gone for those who allowed it, too".to_owned();
        let help = "write `withheld = \"inert\"`, or `pages = \"per-visitor\"`".to_owned();
        faults.add("neutral", place, message, help);
    }
    let rules = choice.into_iter().flat_map(|choice| {
        let profiles =
            choice.profiles.iter().map(|(profile, rule)| (format!("choice.profiles.{}.model", profile.as_str()), rule));
        std::iter::once(("choice.model".to_owned(), &choice.rule)).chain(profiles)
    });
    for (path, _) in rules.filter(|(_, rule)| rule.model == Model::Notice) {
        let place = faults.place(&path);
        let message = "a page that is the same for everyone marks nobody as having seen the banner, so that no second page \
                       can count as an agreement";
        let help = "write `model = \"opt-in\"`, or `pages = \"per-visitor\"`".to_owned();
        faults.add("neutral", place, message.to_owned(), help);
    }
}

pub(super) fn signals(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> SignalRules {
    let table = root.table(faults, "signals");
    let gpc_since = table.as_ref().and_then(|table| table.date(faults, "gpc-since"));
    let mut word = |key| table.as_ref().and_then(|table| table.word(faults, key));
    SignalRules {
        gpc: word("gpc").and_then(Gpc::from_word).unwrap_or(Gpc::Honour),
        gpc_since,
        dnt: word("dnt").and_then(Dnt::from_word).unwrap_or(Dnt::Ignore),
        consent_mode: word("consent-mode").and_then(ConsentMode::from_word).unwrap_or(ConsentMode::Off),
    }
}

pub(super) fn editorial(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> Vec<Editorial> {
    let mut marks = Vec::new();
    for table in root.tables(faults, "editorial") {
        let file = table.string(faults, "file");
        let same_as = material_hash(faults, &table, "same-as");
        let text = material_hash(faults, &table, "text");
        let reason = table.string(faults, "reason");
        if let (Some(file), Some(same_as), Some(text), Some(reason)) = (file, same_as, text, reason) {
            marks.push(Editorial { file: file.into_inner(), same_as, text, reason: reason.into_inner() });
        }
    }
    marks
}

fn material_hash(faults: &mut Faults<'_>, table: &Section<'_, '_>, key: &'static str) -> Option<String> {
    let value = table.string(faults, key)?;
    let text = value.get_ref();
    if text.len() == 12 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Some(value.into_inner());
    }
    let help = "write the 12 hexadecimal digits that `tower-consent diff OLD NEW` prints".to_owned();
    faults.add("hash", value.span(), format!("`{text}` is no material hash for `{key}`"), help);
    None
}

pub(super) fn rules(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> Vec<RuleLevel> {
    let mut levels = Vec::new();
    for table in root.tables(faults, "rule") {
        let code = table.string(faults, "code");
        let level = table.word(faults, "level").and_then(Level::from_word);
        let reason = table.string(faults, "reason");
        if let (Some(code), Some(level), Some(reason)) = (code, level, reason) {
            levels.push(RuleLevel { code: code.into_inner(), level, reason: reason.into_inner() });
        }
    }
    levels
}
