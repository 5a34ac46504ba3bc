//! The samples of the explanations, run: the bad one of each rule makes it, and no other, find something; the good
//! one makes none find anything.
//!
//! A sample is one or more fenced blocks that change the sound policy of the rule's profile, named by their info
//! string: `replace FILE` (old text, a line `---`, new text), `append FILE`, `create FILE`, `excerpt FILE` (what the
//! sound policy says already), `page NAME` (a saved page of the site).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::{Check, Page, Rule, law, rules};
use crate::policy::{Level, Policy, Profile};

/// Headings of an explanation, in their order.
const SECTIONS: [&str; 5] = ["What it asks", "Why", "Bad", "Good", "How to mend"];

/// The files of the sound policy of a profile. That of the shop keeps many: here it keeps the one a rule is of.
fn base(profile: Profile) -> BTreeMap<String, String> {
    let folder = match profile {
        Profile::Ru => "policies/news-site",
        _ => "policies/shop",
    };
    let mut files = Policy::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    let text = files.get_mut("policy.toml").unwrap();
    let line = text.lines().find(|line| line.starts_with("profiles = ")).unwrap().to_owned();
    *text = text.replacen(&line, &format!("profiles = [\"{}\"]", profile.as_str()), 1);
    files
}

#[derive(Debug, Default)]
struct Sample {
    files: BTreeMap<String, String>,
    pages: Vec<Page>,
    blocks: usize,
}

impl Sample {
    fn new(profile: Profile) -> Self {
        Self { files: base(profile), ..Self::default() }
    }

    fn apply(&mut self, code: &str, info: &str, body: &str) {
        self.blocks += 1;
        let (verb, name) = info.split_once(' ').unwrap_or_else(|| panic!("{code}: `{info}` names no file"));
        let file = self.files.get_mut(name);
        match (verb, file) {
            ("replace", Some(text)) => {
                let (old, new) = body.split_once("\n---\n").unwrap_or_else(|| panic!("{code}: no `---` in {body}"));
                assert_eq!(text.matches(old).count(), 1, "{code}: must be in {name} once: {old}");
                *text = text.replacen(old, new.strip_suffix('\n').unwrap_or(new), 1);
            }
            ("append", Some(text)) => {
                text.push('\n');
                text.push_str(body);
            }
            ("excerpt", Some(text)) => assert!(text.contains(body.trim_end()), "{code}: not in {name}: {body}"),
            ("create", None) => {
                self.files.insert(name.to_owned(), body.to_owned());
            }
            ("page", None) => self.pages.push(Page { name: name.to_owned(), html: body.to_owned() }),
            (verb, file) => panic!("{code}: cannot {verb} `{name}`, which is there: {}", file.is_some()),
        }
    }

    /// Codes of everything found, and how often.
    fn codes(&self, code: &str) -> BTreeMap<&'static str, Vec<String>> {
        let (policy, faults) = Policy::check(self.files.clone());
        let policy = policy.unwrap_or_else(|| panic!("{code}: the sample is no policy: {faults:#?}"));
        let mut codes: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for finding in Check::new(&policy).pages(&self.pages).run().findings() {
            let place = &finding.diagnostic;
            let text = self.files.get(&place.file).map(String::as_str);
            let text = text.or_else(|| Some(&self.pages.iter().find(|page| page.name == place.file)?.html));
            let text = text.unwrap_or_else(|| panic!("{code}: `{}` is no file", place.file));
            assert!(text.get(place.span.clone()).is_some(), "{code}: {place:?} is not inside the file");
            codes.entry(place.code).or_default().push(place.to_string());
        }
        codes
    }
}

/// The sections of an explanation, each with its fenced blocks: info string and body.
fn sections(rule: &Rule) -> Vec<(String, Vec<(String, String)>)> {
    let mut sections: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let (mut heading, mut block) = (None, None);
    for event in Parser::new(rule.explanation) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => heading = Some((level as usize, String::new())),
            Event::End(TagEnd::Heading(_)) => {
                if let Some((2, text)) = heading.take() {
                    sections.push((text, Vec::new()));
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                block = Some((info.to_string(), String::new()))
            }
            Event::End(TagEnd::CodeBlock) => {
                if let (Some(block), Some((_, blocks))) = (block.take(), sections.last_mut()) {
                    blocks.push(block);
                }
            }
            Event::Text(text) | Event::Code(text) => match (&mut heading, &mut block) {
                (Some((_, heading)), _) => heading.push_str(&text),
                (_, Some((_, body))) => body.push_str(&text),
                _ => {}
            },
            _ => {}
        }
    }
    sections
}

#[test]
fn every_explanation_has_its_sections_and_a_sentence_as_its_heading() {
    for rule in rules() {
        let found: Vec<_> = sections(rule).into_iter().map(|(heading, _)| heading).collect();
        assert_eq!(found, SECTIONS, "{}", rule.code);
        let first = rule.explanation.lines().next().unwrap_or_default();
        assert!(first.starts_with("# ") && !first.ends_with('.'), "{}: {first}", rule.code);
    }
}

/// Runs the samples under one heading; returns for each rule what was found.
fn run(heading: &str) -> Vec<(&'static str, BTreeMap<&'static str, Vec<String>>)> {
    rules()
        .map(|rule| {
            let mut sample = Sample::new(rule.profiles[0]);
            for (_, blocks) in sections(rule).iter().filter(|(own, _)| own == heading) {
                blocks.iter().for_each(|(info, body)| sample.apply(rule.code, info, body));
            }
            assert!(sample.blocks > 0, "{} has no sample under {heading}", rule.code);
            (rule.code, sample.codes(rule.code))
        })
        .collect()
}

#[test]
fn a_bad_sample_makes_its_rule_and_no_other_find_something() {
    let wrong: Vec<_> = run("Bad").into_iter().filter(|(code, found)| !found.keys().eq([code])).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_good_sample_makes_no_rule_find_anything() {
    let wrong: Vec<_> = run("Good").into_iter().filter(|(_, found)| !found.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_rule_is_one_file_and_one_explanation_of_its_name() {
    let mut on_disk = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint");
    for family in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(family).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "md") {
                assert!(file.with_extension("rs").is_file(), "{} explains no rule", file.display());
                on_disk.insert(file.file_stem().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut codes = BTreeSet::new();
    for rule in rules() {
        assert!(codes.insert(rule.code.to_ascii_lowercase().replace(['-', '.'], "_")), "{} is there twice", rule.code);
    }
    assert_eq!(on_disk, codes);
}

#[test]
fn law_data_and_rules_speak_of_the_same_codes() {
    let codes: BTreeSet<_> = rules().map(Rule::code).collect();
    assert_eq!(law::codes().collect::<BTreeSet<_>>(), codes);
}

#[test]
fn levels_are_what_a_rule_can_have() {
    for rule in rules() {
        assert!(!rule.profiles.is_empty() && !rule.kinds.is_empty(), "{}", rule.code);
        assert_ne!(rule.level, Level::Off, "{}", rule.code);
        assert!(!rule.strict || rule.level == Level::Warning, "{}", rule.code);
    }
}
