//! Evidence of destruction, ready to sign: the act and the extract from the log of events (order of Roskomnadzor 179 of
//! 2022-10-28), in Russian and English.
//!
//! In: what the log tells of a destruction, a policy. Out: papers as HTML and as plain text. What the log cannot show, such
//! as names and paper carriers, is left blank to be filled in by hand; nothing is made up.

use std::{collections::BTreeMap, sync::LazyLock};

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{deadline::local_day, request::Request};
use crate::{
    audit::leaf_hash,
    language::{Labels, Language},
    policy::{Evidence, Method, Policy},
    recorder::links::WITHDRAWAL,
    store::{ConsentStore, Error, ErrorKind},
};

/// Columns of the plain text.
const WIDTH: usize = 76;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "verified_on")]
    _verified_on: toml::value::Datetime,
    #[serde(rename = "article")]
    _article: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "confidence")]
    _confidence: String,
    words: BTreeMap<String, BTreeMap<String, String>>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    let text = include_str!("destruction.toml");
    toml::from_str(text).unwrap_or_else(|error| panic!("src/rights/destruction.toml: {error}"))
});

/// What the log tells of one destruction.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use tower_consent::{rights::destructions, signal::VisitorId};
/// let mut choice = Record::of(Kind::Accept, now, "v1");
/// (choice.visitor, choice.page) = (Some(VisitorId::from_random([1; 16])), Some("/region/news".to_owned()));
/// log.append(vec![choice]).await.unwrap();
/// let erased = log.erase(VisitorId::from_random([1; 16]), "request 17", now).await.unwrap().unwrap();
/// let what = destructions(&*store, erased.index).await.unwrap().remove(0);
/// assert_eq!((what.reason.as_str(), what.events, what.targets), ("request 17", 1, vec![1]));
/// assert_eq!((what.values["subject"], what.values["page"]), (1, 1), "what was destroyed, by name and number");
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Destruction {
    /// Place of its event in the log.
    pub index: u64,
    /// When.
    pub time: OffsetDateTime,
    /// Why, as the event says.
    pub reason: String,
    /// How many events it was about.
    pub events: u64,
    /// Which, while that is kept.
    pub targets: Vec<u64>,
    /// Names of the values destroyed, and how many of each.
    pub values: BTreeMap<String, u64>,
    /// The event, as it stands in the log.
    pub entry: String,
}

/// A policy without what the papers must say.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, rights::{Papers, Unsaid}};
/// # let mut files = Policy::load("policies/news-site").unwrap().files().clone();
/// # let text = files["policy.toml"].clone();
/// # let (before, rest) = text.split_once("[destruction]").unwrap();
/// # files.insert("policy.toml".to_owned(), format!("{before}[rights]{}", rest.split_once("[rights]").unwrap().1));
/// # let policy = Policy::check(files).0.unwrap();
/// // This policy does not say by which method data is destroyed, nor who signs.
/// assert_eq!(Papers::new(&policy, &"ru".parse().unwrap(), &[], None), Err(Unsaid));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "policy.toml has no [destruction]: add `system`, `method`, `signatories` and `evidence`, which the papers must name"
)]
pub struct Unsaid;

/// Reads the destruction whose event stands at a place of the log; those of a retention run, when that is there.
///
/// # Errors
///
/// When the store cannot be read, and [`ErrorKind::Refused`] when the event there tells of no destruction.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use tower_consent::{rights::destructions, signal::VisitorId, store::ErrorKind};
/// let visitor = VisitorId::from_random([1; 16]);
/// let mut choice = Record::of(Kind::Accept, now, "v1");
/// choice.visitor = Some(visitor);
/// log.append(vec![choice]).await.unwrap();
/// let erased = log.erase(visitor, "retention", now).await.unwrap().unwrap();
/// assert_eq!(destructions(&*store, erased.index).await.unwrap()[0].reason, "retention");
/// assert_eq!(destructions(&*store, 1).await.unwrap_err().kind(), ErrorKind::Refused, "that is the choice");
/// # });
/// ```
pub async fn destructions(store: &dyn ConsentStore, index: u64) -> Result<Vec<Destruction>, Error> {
    let refused = |what: &str| Error::new(ErrorKind::Refused, format!("event {index} {what}"));
    let entry = store.read(index..index.saturating_add(1)).await?.pop().ok_or_else(|| refused("is not in the log"))?;
    let corrupt = |source| Error::new(ErrorKind::Corrupt, format!("event {index}")).with_source(source);
    let (fields, values) = (entry.fields().map_err(corrupt)?, entry.disclosed().map_err(corrupt)?);
    let fact = |name: &str| fields.get("facts").and_then(|facts| facts.get(name)?.as_str()).unwrap_or_default();
    match fields.get("kind").and_then(Value::as_str) {
        Some("retention") => {
            let mut all = Vec::new();
            for place in fact("erasures").split_whitespace().filter_map(|place| place.parse().ok()) {
                // An erasure has no erasures of its own, so this ends.
                all.extend(Box::pin(destructions(store, place)).await?);
            }
            match all.is_empty() {
                true => Err(refused("is a retention run that destroyed nobody's values")),
                false => Ok(all),
            }
        }
        Some("erase") => {
            let time = fields.get("time").and_then(Value::as_str);
            let time = time.and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
            let value = |part: &str| {
                let (name, count) = part.trim().rsplit_once(' ')?;
                Some((name.to_owned(), count.parse().ok()?))
            };
            let targets = values.get("targets").and_then(Value::as_array).into_iter().flatten();
            Ok(vec![Destruction {
                index,
                time: time.ok_or_else(|| refused("has no time"))?,
                reason: fact("reason").to_owned(),
                events: fact("events").parse().unwrap_or_default(),
                targets: targets.filter_map(Value::as_u64).collect(),
                values: fact("values").split(',').filter_map(value).collect(),
                entry: String::from_utf8_lossy(&entry.leaf).into_owned(),
            }])
        }
        _ => Err(refused("tells of no destruction")),
    }
}

/// One paper: a title, what it says item by item, and who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Paper {
    title: String,
    rows: Vec<(String, String)>,
    signatories: Vec<String>,
}

/// The papers that prove destructions, in one language.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::macros::datetime;
/// use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, rights::{Papers, destructions}};
/// use tower_consent::{signal::VisitorId, store::Memory};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let store = Arc::new(Memory::default());
/// pollster::block_on(async {
///     let now = datetime!(2026-11-25 09:00 UTC);
///     let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
///     let mut choice = Record::of(Kind::Accept, now, policy.version());
///     choice.visitor = Some(VisitorId::from_random([1; 16]));
///     log.append(vec![choice]).await.unwrap();
///     let erased = log.erase(VisitorId::from_random([1; 16]), "retention", now).await.unwrap().unwrap();
///     let what = destructions(&*store, erased.index).await.unwrap();
///     let papers = Papers::new(&policy, &"ru".parse().unwrap(), &what, None).unwrap();
///     assert!(papers.text().starts_with("Акт об уничтожении персональных данных\n"));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Papers {
    language: Language,
    papers: Vec<Paper>,
    closing: String,
}

impl Papers {
    /// Writes the papers a policy asks for; those for automated and mixed processing are both (order 179, items 2 and 4).
    ///
    /// The words are Russian for the languages of Russian readers and English for all others.
    ///
    /// # Errors
    ///
    /// [`Unsaid`] when the policy has no `[destruction]`.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{Papers, What, destructions, received, request};
    /// let visitor = VisitorId::from_random([7; 16]);
    /// let asked = log.append(vec![received(What::Erasure, visitor, &policy, now)]).await.unwrap().remove(0).index;
    /// let asked = request(&*store, &policy, asked).await.unwrap().unwrap();
    /// let erased = log.erase(visitor, "request 1", now).await.unwrap().unwrap();
    /// let what = destructions(&*store, erased.index).await.unwrap();
    /// // The papers name the request by number and day, and nobody.
    /// let papers = Papers::new(&policy, &"en".parse().unwrap(), &what, Some(&asked)).unwrap();
    /// assert!(papers.text().contains("1") && !papers.text().contains(&visitor.to_string()));
    /// # });
    /// ```
    pub fn new(
        policy: &Policy,
        language: &Language,
        what: &[Destruction],
        request: Option<&Request>,
    ) -> Result<Self, Unsaid> {
        let destruction = policy.destruction().ok_or(Unsaid)?;
        let language: Language = match language.primary() {
            "ru" | "be" | "kk" => "ru".parse().expect("a literal tag"),
            _ => "en".parse().expect("a literal tag"),
        };
        let words = Words { labels: Labels::of(&language), own: &FILE.words[language.as_str()] };
        let operator = policy.operator();
        let automated = policy.processing().method == Method::Automated;
        let day = |moment: OffsetDateTime| words.labels.date(local_day(policy, moment));
        let person = |one: &Destruction| {
            let mut text = match one.targets.is_empty() {
                true => format!("{} {}", words.said("of-so-many"), one.events),
                false => {
                    let places: Vec<String> = one.targets.iter().map(u64::to_string).collect();
                    format!("{} {}", words.said("events"), places.join(", "))
                }
            };
            if let Some(request) = request {
                let received = day(request.received);
                text = format!("{} {} {} {received}; {text}", words.said("request"), request.number, words.said("of"));
            }
            text
        };
        let reason = |one: &Destruction| match one.reason.as_str() {
            super::retention::REASON => words.said("reason-retention").to_owned(),
            WITHDRAWAL => words.said("reason-withdrawal").to_owned(),
            other if other.strip_prefix("request ").is_some_and(|number| number.parse::<u64>().is_ok()) => {
                format!("{} № {}", words.said("reason-request"), &other["request ".len()..])
            }
            other => other.to_owned(),
        };
        let data = |all: &[Destruction]| {
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            for (name, count) in all.iter().flat_map(|one| &one.values) {
                *counts.entry(name).or_default() += count;
            }
            let item = |(name, count): (&&str, &u64)| {
                format!("{} ({count})", words.own.get(&format!("value-{name}")).map_or(*name, String::as_str))
            };
            let items: Vec<String> = counts.iter().map(|(name, count)| item((name, count))).collect();
            if items.is_empty() { words.said("blank").to_owned() } else { items.join("; ") }
        };
        let joined = |all: Vec<String>| {
            let mut seen = Vec::new();
            all.into_iter().for_each(|one| {
                if !seen.contains(&one) {
                    seen.push(one)
                }
            });
            seen.join("; ")
        };
        let row = |name: &str, text: String| (words.said(name).to_owned(), text);
        let text = |text: &crate::policy::Text| text.in_language(&language).to_owned();
        let mut papers = Vec::new();
        if destruction.evidence.contains(&Evidence::Act) || destruction.evidence.is_empty() {
            papers.push(Paper {
                title: words.said("act").to_owned(),
                rows: vec![
                    row("operator", text(&operator.name)),
                    row("address", text(&operator.address)),
                    row("processor", words.said("blank").to_owned()),
                    row("person", joined(what.iter().map(person).collect())),
                    row("data", data(what)),
                    row("carrier", words.said(if automated { "no-carrier" } else { "blank" }).to_owned()),
                    row("system", text(&destruction.system)),
                    row("method", text(&destruction.method)),
                    row("reason", joined(what.iter().map(reason).collect())),
                    row("date", joined(what.iter().map(|one| day(one.time)).collect())),
                ],
                signatories: destruction.signatories.iter().map(text).collect(),
            });
        }
        // Processing by hand alone has no log to show.
        let log = destruction.evidence.contains(&Evidence::Log) || policy.processing().method != Method::NonAutomated;
        for one in what.iter().filter(|_| log) {
            papers.push(Paper {
                title: words.said("extract").to_owned(),
                rows: vec![
                    row("person", person(one)),
                    row("data", data(std::slice::from_ref(one))),
                    row("system", text(&destruction.system)),
                    row("reason", reason(one)),
                    row("date", format!("{} ({})", day(one.time), words.labels.moment(one.time))),
                    row("place", one.index.to_string()),
                    row("entry", one.entry.clone()),
                    row("proof", format!("{} {}", words.said("how"), hexadecimal(one))),
                ],
                signatories: Vec::new(),
            });
        }
        Ok(Self { closing: format!("{} {}", words.said("order"), words.said("kept")), language, papers })
    }

    /// Returns them as a whole HTML page that needs no other file, one paper on each sheet when printed.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{Papers, destructions};
    /// let mut choice = Record::of(Kind::Accept, now, policy.version());
    /// choice.visitor = Some(VisitorId::from_random([7; 16]));
    /// log.append(vec![choice]).await.unwrap();
    /// let erased = log.erase(VisitorId::from_random([7; 16]), "retention", now).await.unwrap().unwrap();
    /// let what = destructions(&*store, erased.index).await.unwrap();
    /// let page = Papers::new(&policy, &"ru".parse().unwrap(), &what, None).unwrap().html();
    /// assert!(page.contains("Акт об уничтожении персональных данных") && !page.contains("src="));
    /// # });
    /// ```
    pub fn html(&self) -> String {
        let words = &FILE.words[self.language.as_str()];
        let page = html! {
            (DOCTYPE)
            html lang=(self.language) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width";
                    title { (self.papers.first().map_or("", |paper| paper.title.as_str())) }
                    style { (PreEscaped(STYLE)) }
                }
                body { main { @for paper in &self.papers { (paper.html(words)) } p.small { (self.closing) } } }
            }
        };
        page.into_string()
    }

    /// Returns them as plain text of at most 76 columns, but for what must not be broken.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{Papers, destructions};
    /// let mut choice = Record::of(Kind::Accept, now, policy.version());
    /// choice.visitor = Some(VisitorId::from_random([7; 16]));
    /// log.append(vec![choice]).await.unwrap();
    /// let erased = log.erase(VisitorId::from_random([7; 16]), "retention", now).await.unwrap().unwrap();
    /// let what = destructions(&*store, erased.index).await.unwrap();
    /// let text = Papers::new(&policy, &"ru".parse().unwrap(), &what, None).unwrap().text();
    /// assert!(text.contains("уничтожение ключей и значений") && text.contains("Директор"), "as the policy has it");
    /// # });
    /// ```
    pub fn text(&self) -> String {
        let words = &FILE.words[self.language.as_str()];
        let mut text = String::new();
        for paper in &self.papers {
            let line = "=".repeat(paper.title.chars().count());
            text.push_str(&format!("{}\n{line}\n\n", paper.title));
            for (name, value) in &paper.rows {
                let indented = textwrap::Options::new(WIDTH).initial_indent("    ").subsequent_indent("    ");
                let value = textwrap::fill(value, indented.word_splitter(textwrap::WordSplitter::NoHyphenation));
                text.push_str(&format!("{}:\n{value}\n", textwrap::fill(name, WIDTH)));
            }
            if !paper.signatories.is_empty() {
                text.push_str(&format!("\n{}:\n", words["signed"]));
            }
            for post in &paper.signatories {
                text.push_str(&format!(
                    "\n    {post}\n    ________________________  ________________________\n    {:<24}  {}\n",
                    words["name"], words["signature"]
                ));
            }
            text.push('\n');
        }
        text.push_str(&textwrap::fill(&self.closing, WIDTH));
        text.push('\n');
        text
    }
}

impl Paper {
    fn html(&self, words: &BTreeMap<String, String>) -> Markup {
        html! {
            section {
                h1 { (self.title) }
                dl { @for (name, text) in &self.rows { dt { (name) } dd { (text) } } }
                @if !self.signatories.is_empty() {
                    h2 { (words["signed"]) }
                    @for post in &self.signatories {
                        div.sign {
                            div { span.line { (post) } small { (words["post"]) } }
                            div { span.line { "\u{a0}" } small { (words["name"]) } }
                            div { span.line { "\u{a0}" } small { (words["signature"]) } }
                        }
                    }
                }
            }
        }
    }
}

const STYLE: &str = "body{font:16px/1.45 system-ui,'Noto Sans',Arial,sans-serif;margin:0;color:#000;background:#fff}\
main{max-width:46rem;margin:auto;padding:1.5rem}section{break-after:page;margin-bottom:3rem}h1{font-size:1.4rem}h2{font-size:1.05rem}\
dt{font-weight:600;margin-top:.7rem}dd{margin:0;overflow-wrap:anywhere}.sign{display:grid;grid-template-columns:2fr 2fr 1fr;\
gap:1rem;margin:1.6rem 0}.line{display:block;border-bottom:1px solid #000;min-height:1.5em}small,.small{font-size:.8rem}\
@media print{main{max-width:none;padding:0}}";

struct Words<'a> {
    labels: Labels,
    own: &'a BTreeMap<String, String>,
}

impl Words<'_> {
    fn said(&self, name: &str) -> &str {
        self.own.get(name).map_or("", String::as_str)
    }
}

/// The leaf's hash, by which the log's tree holds the entry.
fn hexadecimal(one: &Destruction) -> String {
    base16ct::lower::encode_string(&leaf_hash(one.entry.as_bytes()))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn policy() -> Policy {
        Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
    }

    fn destroyed(reason: &str) -> Destruction {
        Destruction {
            index: 21,
            time: datetime!(2026-12-01 21:30 UTC),
            reason: reason.into(),
            events: 3,
            targets: vec![5, 7, 9],
            values: [("subject".into(), 3), ("contact".into(), 1)].into(),
            entry: r#"{"kind":"erase"}"#.into(),
        }
    }

    #[test]
    fn both_languages_have_the_same_words() {
        let (russian, english) = (&FILE.words["ru"], &FILE.words["en"]);
        assert!(russian.keys().eq(english.keys()));
        assert!(russian.values().chain(english.values()).all(|text| !text.trim().is_empty()));
    }

    #[test]
    fn the_papers_say_what_the_order_asks_for() {
        let (policy, language) = (policy(), "ru".parse().unwrap());
        let papers = Papers::new(&policy, &language, &[destroyed("retention")], None).unwrap();
        for text in [papers.text().replace("\n    ", " "), papers.html()] {
            for part in [
                "Акт об уничтожении персональных данных",
                "Выгрузка из журнала регистрации событий",
                // Half past midnight of the next day in Moscow.
                "2 декабря 2026",
                "№ 5, 7, 9",
                "случайный идентификатор посетителя (3)",
                "контакт для ответа (1)",
                "истёк срок хранения",
                "Директор",
                "Специалист по защите данных",
                "подпись",
                policy.operator().address.in_language(&language),
                policy.destruction().unwrap().system.in_language(&language),
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
        let english = Papers::new(&policy, &"de".parse().unwrap(), &[destroyed("request 17")], None).unwrap().text();
        assert!(english.contains("a request of the person № 17"), "{english}");
        // Words of the operator go as they are, and never as markup.
        let own = Papers::new(&policy, &language, &[destroyed("<b>")], None).unwrap();
        assert!(own.html().contains("&lt;b&gt;") && !own.html().contains("<b>"));
    }

    #[test]
    fn what_a_policy_does_not_say_is_not_made_up() {
        let mut files = policy().files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        let start = text.find("[destruction]").unwrap();
        let end = start + text[start..].find("\n[").unwrap();
        text.replace_range(start..end, "");
        let policy = Policy::check(files).0.unwrap();
        assert_eq!(Papers::new(&policy, &"ru".parse().unwrap(), &[destroyed("x")], None), Err(Unsaid));
    }
}
