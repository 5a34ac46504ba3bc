//! The report of an export: what it shows, for people who read on paper.
//!
//! In: what the walk over the log gathered. Out: headings, tables and charts, which become a page of HTML or a PDF. The
//! same blocks in both; nothing is in the report that is not in the other files of the export.

mod html;
mod pdf;

use std::collections::BTreeMap;

pub(super) use self::{html::html, pdf::pdf};
use super::{
    Level, Wording, parts,
    pass::{NO_EVENTS, NO_POLICY, ON_DEMAND, Parts},
    table::Counts,
    texts::Version,
};
use crate::{language::Language, ledger::Enforcement, lint::Check, policy::Policy};

/// Bars of a chart by day; more days are told by month.
const MOST_BARS: usize = 45;
/// Rows of a table; what is beyond stands in the files.
const MOST_ROWS: usize = 25;

/// What an export knows when all events were seen.
pub(super) struct State<'s> {
    pub(super) policy: Option<&'s Policy>,
    pub(super) versions: &'s [Version],
    pub(super) counts: &'s Counts,
    pub(super) seen: &'s Enforcement,
    pub(super) parts: &'s Parts,
    pub(super) origin: &'s str,
    pub(super) key: String,
    pub(super) root: String,
    pub(super) size: u64,
    pub(super) events: u64,
    pub(super) complete: bool,
    pub(super) level: Level,
    pub(super) period: Option<&'s (String, String)>,
    pub(super) last: &'s str,
    pub(super) destroyed: u64,
}

/// A report, in one language.
pub(super) struct Report {
    pub(super) language: &'static str,
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) blocks: Vec<Block>,
    /// At the foot of each page.
    pub(super) foot: String,
    pub(super) page: &'static str,
}

/// A part of a report.
pub(super) enum Block {
    Heading(String),
    Text(String),
    /// A text that must be read sign by sign: a key, a hash.
    Code(String),
    /// Names and values.
    Facts(Vec<(String, String)>),
    /// Columns from `numbers` on are numbers.
    Table {
        caption: String,
        head: Vec<String>,
        rows: Vec<Vec<String>>,
        numbers: usize,
    },
    /// Bars of several parts, one for each day or thing.
    Chart {
        caption: String,
        legend: Vec<String>,
        bars: Vec<(String, Vec<u64>)>,
    },
}

/// The colours of a chart's parts: told apart without seeing colours, by their brightness.
pub(super) const COLOURS: [[u8; 3]; 3] = [[0x1b, 0x5e, 0x9b], [0xd9, 0x8e, 0x1a], [0x7a, 0x7a, 0x7a]];

impl Wording {
    fn say(self, english: &'static str, russian: &'static str) -> &'static str {
        if self == Self::Russian { russian } else { english }
    }

    fn words(self, words: &[(&'static str, &'static str)]) -> Vec<String> {
        words.iter().map(|(english, russian)| self.say(english, russian).to_owned()).collect()
    }
}

/// A number with its digits in groups of three.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (digit, place) in digits.chars().zip((0..digits.len()).rev()) {
        text.push(digit);
        if place > 0 && place % 3 == 0 {
            text.push('\u{a0}');
        }
    }
    text
}

/// A time without its fraction and in words of everyone: `2026-09-01 08:00 UTC`.
fn moment(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(clock)) => format!("{day} {clock} UTC"),
        _ => time.to_owned(),
    }
}

/// Makes the report.
pub(super) fn report(wording: Wording, state: &State<'_>) -> Report {
    let say = |english, russian| wording.say(english, russian);
    let language: Language = wording.as_str().parse().expect("the tag of a language");
    let mut blocks = vec![Block::Heading(say("What this is", "Что это").to_owned())];
    blocks.push(Block::Facts(facts(wording, state)));
    blocks.push(Block::Text(
        say(
            "The public key below must be the one you were given in another way than this archive.",
            "Открытый ключ ниже должен совпадать с полученным отдельно от архива.",
        )
        .to_owned(),
    ));
    blocks.push(Block::Code(state.key.clone()));
    blocks.push(Block::Text(say("Root of the tree over all events:", "Корень дерева по всем событиям:").to_owned()));
    blocks.push(Block::Code(state.root.clone()));
    if let Some(policy) = state.policy {
        blocks.extend(operator(wording, &language, policy));
        blocks.push(purposes(wording, &language, policy));
    }
    blocks.extend(choices(wording, state, &language));
    blocks.extend(gate(wording, state, &language));
    blocks.push(Block::Heading(say("Versions of the policy", "Редакции политики").to_owned()));
    blocks.push(Block::Table {
        caption: say(
            "Each with all its texts in the export, in texts/ and banner/",
            "Все тексты каждой редакции — в texts/ и banner/",
        )
        .to_owned(),
        head: wording.words(&[("Version", "Редакция"), ("From", "С"), ("Until", "По")]),
        rows: cut(state.versions.iter().map(|version| {
            let until = version.until.as_deref().map_or_else(|| say("in force", "действует").to_owned(), moment);
            vec![version.version.chars().take(16).collect(), moment(&version.since), until]
        })),
        numbers: 3,
    });
    if let Some(policy) = state.policy {
        blocks.extend(rules(wording, policy));
    }
    let absent = state.parts.iter().filter_map(|(number, part)| {
        let reason = (*part).err()?;
        Some(vec![number.to_string(), say(reason, in_russian(reason)).to_owned()])
    });
    let absent: Vec<_> = absent.collect();
    if !absent.is_empty() {
        blocks.push(Block::Heading(say("What is not in this export", "Чего в выгрузке нет").to_owned()));
        blocks.push(Block::Table {
            caption: say("Parts by their number in README", "Части по их номерам в README").to_owned(),
            head: wording.words(&[("Part", "Часть"), ("Why", "Почему")]),
            rows: absent,
            numbers: 2,
        });
    }
    let site = state.policy.map_or(state.origin, |policy| policy.site().name.in_language(&language));
    Report {
        language: wording.as_str(),
        title: say("Export of the consent log", "Выгрузка журнала согласий").to_owned(),
        subtitle: site.to_owned(),
        blocks,
        foot: format!("{} · {} {}", state.origin, number(state.size), say("events", "событий")),
        page: say("page", "стр."),
    }
}

/// Why a part is absent, in Russian.
fn in_russian(reason: &'static str) -> &'static str {
    match reason {
        NO_POLICY => "в этом журнале не введена ни одна политика, или её текстов больше нет",
        NO_EVENTS => "в выгрузке этого уровня нет событий",
        ON_DEMAND => "составляется для посетителя по его обращению",
        other => other,
    }
}

fn cut(rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    rows.take(MOST_ROWS).collect()
}

fn facts(wording: Wording, state: &State<'_>) -> Vec<(String, String)> {
    let say = |english, russian| wording.say(english, russian);
    let scope = match (state.level, state.complete) {
        (Level::Public, _) => say("counts only, no events", "только числа, без событий"),
        (_, true) => say("all events of the log", "все события журнала"),
        (_, false) => say("a selection", "выборка"),
    };
    let mut facts = vec![
        (say("Log", "Журнал").to_owned(), state.origin.to_owned()),
        (say("Events in the log", "Событий в журнале").to_owned(), number(state.size)),
        (say("Events in this export", "Событий в выгрузке").to_owned(), format!("{} ({scope})", number(state.events))),
    ];
    if let Some((from, to)) = state.period {
        facts.push((say("Period", "Период").to_owned(), format!("{} — {}", moment(from), moment(to))));
    }
    facts.push((say("State of the log", "Состояние журнала на").to_owned(), moment(state.last)));
    facts.push((say("Level", "Уровень").to_owned(), state.level.as_str().to_owned()));
    facts.push((
        say("Written by", "Записано программой").to_owned(),
        concat!("tower-consent ", env!("CARGO_PKG_VERSION")).to_owned(),
    ));
    facts
}

fn operator(wording: Wording, language: &Language, policy: &Policy) -> [Block; 2] {
    let say = |english, russian| wording.say(english, russian);
    let operator = policy.operator();
    let mut facts = vec![
        (say("Name", "Наименование").to_owned(), operator.name.in_language(language).to_owned()),
        (say("Address", "Адрес").to_owned(), operator.address.in_language(language).to_owned()),
        (say("Mail", "Почта").to_owned(), operator.email.clone()),
    ];
    if let Some(tax) = &operator.tax_id {
        facts.push((say("Taxpayer number", "ИНН").to_owned(), tax.clone()));
    }
    if let Some(one) = &operator.responsible {
        let text = format!("{}, {}", one.name.in_language(language), one.email);
        facts.push((say("Responsible for processing", "Ответственный за обработку").to_owned(), text));
    }
    if let Some(number) = operator.notice.as_ref().and_then(|notice| notice.number.clone()) {
        facts.push((say("Number in the register of operators", "Номер в реестре операторов").to_owned(), number));
    }
    if let Some(storage) = policy.storage() {
        let place = storage.place.as_ref().map_or("", |place| place.in_language(language));
        facts.push((
            say("Databases", "Базы данных").to_owned(),
            format!("{}, {place}", storage.country).trim_end_matches([',', ' ']).to_owned(),
        ));
    }
    facts.push((say("Requests go to", "Обращения").to_owned(), policy.rights().email.clone()));
    [Block::Heading(say("Operator", "Оператор").to_owned()), Block::Facts(facts)]
}

fn purposes(wording: Wording, language: &Language, policy: &Policy) -> Block {
    let words = policy.words(language);
    let rows = policy.purposes().iter().map(|purpose| {
        let data: Vec<_> = purpose.data.iter().map(|item| item.in_language(language)).collect();
        let recipients: Vec<_> =
            parts::services(policy, purpose).map(|service| service.title.in_language(language)).collect();
        let basis = match (purpose.basis, wording) {
            ("consent", Wording::Russian) => "согласие",
            ("contract", Wording::Russian) => "договор",
            ("legal-obligation", Wording::Russian) => "обязанность по закону",
            ("legitimate-interest", Wording::Russian) => "законный интерес",
            ("public-task", Wording::Russian) => "публичная задача",
            ("vital-interest", Wording::Russian) => "жизненно важный интерес",
            (other, _) => other,
        };
        vec![
            purpose.title.in_language(language).to_owned(),
            basis.replace('-', " "),
            data.join("; "),
            recipients.join("; "),
            purpose.retention.in_words(&words),
        ]
    });
    Block::Table {
        caption: wording.say("What is processed, and for what", "Что и для чего обрабатывается").to_owned(),
        head: wording.words(&[
            ("Purpose", "Цель"),
            ("Ground", "Основание"),
            ("Data", "Данные"),
            ("Services", "Сервисы"),
            ("Kept", "Срок"),
        ]),
        rows: cut(rows),
        numbers: 5,
    }
}

fn choices(wording: Wording, state: &State<'_>, language: &Language) -> Vec<Block> {
    let say = |english, russian| wording.say(english, russian);
    let kinds = state.counts.by_kind();
    let names: [(&str, &str, &str); 12] = [
        ("accept", "everything allowed", "разрешено всё"),
        ("partial", "some allowed", "разрешена часть"),
        ("refuse", "everything refused", "отказ от всего"),
        ("renew", "the same said again", "то же подтверждено"),
        ("withdraw", "consent withdrawn", "согласие отозвано"),
        ("acknowledge", "went on after a notice", "продолжил после уведомления"),
        ("gpc", "objection of the browser", "возражение браузера"),
        ("expire", "term ended", "срок истёк"),
        ("request", "request of a visitor", "обращение посетителя"),
        ("link", "visitor linked with an account (two events)", "связь посетителя с учётной записью (два события)"),
        ("erase", "personal values destroyed", "персональные значения уничтожены"),
        ("export", "export", "выгрузка"),
    ];
    let rows = names.into_iter().filter_map(|(kind, english, russian)| {
        let count = *kinds.get(kind)?;
        Some(vec![say(english, russian).to_owned(), kind.to_owned(), number(count)])
    });
    let mut blocks = vec![
        Block::Heading(say("Choices of visitors", "Выбор посетителей").to_owned()),
        Block::Table {
            caption: say("Events by kind", "События по видам").to_owned(),
            head: wording.words(&[
                ("What happened", "Что произошло"),
                ("Word in the files", "Слово в файлах"),
                ("Number", "Число"),
            ]),
            rows: rows.collect(),
            numbers: 2,
        },
    ];
    let mut days: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let many =
        state.counts.kinds.keys().map(|(day, _, _)| day).collect::<std::collections::BTreeSet<_>>().len() > MOST_BARS;
    for ((day, _, _), kinds) in &state.counts.kinds {
        let key = if many { day.get(..7).unwrap_or(day) } else { day };
        let bar = days.entry(key.to_owned()).or_insert_with(|| vec![0; 3]);
        let sum = |names: &[&str]| names.iter().filter_map(|name| kinds.get(name)).sum::<u64>();
        bar[0] += sum(&["accept", "partial", "renew", "acknowledge"]);
        bar[1] += sum(&["refuse", "gpc"]);
        bar[2] += sum(&["withdraw", "expire"]);
    }
    let legend = wording.words(&[
        ("something allowed", "что-то разрешено"),
        ("everything refused", "отказ от всего"),
        ("withdrawn or ended", "отозвано или истекло"),
    ]);
    let caption = match many {
        true => say("Choices by month", "Выбор по месяцам"),
        false => say("Choices by day", "Выбор по дням"),
    };
    let bars: Vec<_> = days.into_iter().filter(|(_, bar)| bar.iter().sum::<u64>() > 0).collect();
    if !bars.is_empty() {
        blocks.push(Block::Chart { caption: caption.to_owned(), legend, bars });
    }
    let mut purposes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((_, purpose), (granted, refused)) in &state.counts.purposes {
        let sum = purposes.entry(purpose).or_default();
        *sum = (sum.0 + granted, sum.1 + refused);
    }
    if !purposes.is_empty() {
        let title = |id: &str| {
            let purpose = state.policy.and_then(|policy| policy.purpose(id));
            purpose.map_or(id, |purpose| purpose.title.in_language(language)).to_owned()
        };
        let rows = purposes.into_iter().map(|(id, (granted, refused))| {
            let share = (granted * 1000 / (granted + refused).max(1)) as f64 / 10.0;
            vec![title(id), number(granted), number(refused), format!("{share:.1} %")]
        });
        blocks.push(Block::Table {
            caption: say("By purpose", "По целям").to_owned(),
            head: wording.words(&[
                ("Purpose", "Цель"),
                ("Granted", "Разрешено"),
                ("Refused", "Отказано"),
                ("Share granted", "Доля разрешивших"),
            ]),
            rows: cut(rows),
            numbers: 1,
        });
    }
    let withdrawn = kinds.get("withdraw").copied().unwrap_or(0);
    blocks.push(Block::Facts(vec![
        (say("Withdrawals", "Отзывов согласия").to_owned(), number(withdrawn)),
        (
            say("Events whose personal values were destroyed", "Событий с уничтоженными персональными значениями")
                .to_owned(),
            number(state.destroyed),
        ),
    ]));
    blocks
}

fn gate(wording: Wording, state: &State<'_>, language: &Language) -> Vec<Block> {
    let say = |english, russian| wording.say(english, russian);
    let mut blocks = vec![Block::Heading(say("What the gate did", "Работа шлюза").to_owned())];
    let services = parts::by_service(state.seen);
    let title = |id: &str| {
        let services = state.policy.into_iter().flat_map(|policy| policy.services());
        let service = services.into_iter().find(|service| service.id == id);
        service.map_or(id, |service| service.title.in_language(language)).to_owned()
    };
    if services.is_empty() {
        let text = say("No page has been counted in this store.", "В этом хранилище страницы ещё не учитывались.");
        blocks.push(Block::Text(text.to_owned()));
    } else {
        let bars =
            services.iter().take(MOST_ROWS).map(|(id, withheld, released)| (title(id), vec![*released, *withheld]));
        blocks.push(Block::Chart {
            caption: say("Elements of pages by service", "Элементы страниц по сервисам").to_owned(),
            legend: wording.words(&[("let through", "пропущено"), ("withheld", "удержано")]),
            bars: bars.collect(),
        });
    }
    if !state.seen.undeclared.is_empty() {
        blocks.push(Block::Table {
            caption: say("Seen and not declared", "Замечено, но не объявлено").to_owned(),
            head: wording.words(&[
                ("Kind", "Вид"),
                ("Name", "Имя"),
                ("First", "Впервые"),
                ("Last", "В последний раз"),
                ("Times", "Раз"),
            ]),
            rows: cut(state.seen.undeclared.iter().map(|seen| {
                vec![seen.kind.clone(), seen.name.clone(), seen.first.clone(), seen.last.clone(), number(seen.count)]
            })),
            numbers: 4,
        });
    }
    blocks
}

fn rules(wording: Wording, policy: &Policy) -> Vec<Block> {
    let say = |english, russian| wording.say(english, russian);
    let found = Check::new(policy).run();
    let mut blocks = vec![Block::Heading(say("Rules of form", "Правила").to_owned())];
    if found.findings().is_empty() {
        let text = say("The rules find nothing in the policy in force.", "К действующей политике замечаний нет.");
        blocks.push(Block::Text(text.to_owned()));
    } else {
        blocks.push(Block::Table {
            caption: say("Findings in the policy in force", "Замечания к действующей политике").to_owned(),
            head: wording.words(&[("Rule", "Правило"), ("Counts as", "Вес"), ("Finding", "Замечание")]),
            rows: cut(found.findings().iter().map(|finding| {
                let place = &finding.diagnostic;
                vec![place.code.to_owned(), place.level.as_str().to_owned(), place.message.clone()]
            })),
            numbers: 3,
        });
    }
    if !policy.rules().is_empty() {
        blocks.push(Block::Table {
            caption: say("Rules the operator weighs otherwise", "Правила, которым оператор придал другой вес")
                .to_owned(),
            head: wording.words(&[("Rule", "Правило"), ("Counts as", "Вес"), ("Reason", "Обоснование")]),
            rows: cut(policy
                .rules()
                .iter()
                .map(|level| vec![level.code.clone(), level.level.as_str().to_owned(), level.reason.clone()])),
            numbers: 3,
        });
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1234), "1\u{a0}234");
        assert_eq!(number(1_234_567), "1\u{a0}234\u{a0}567");
    }
}
