//! The tables a text can have, made of `policy.toml`.
//!
//! In: a policy, a language, the name of a table. Out: tables. A column that would be empty is left out.

use super::{
    table::{Cell, Item, Table},
    value::operation,
};
use crate::{
    language::{Labels, Language},
    policy::{Cookie, Lifetime, OPERATIONS, Party, Place, Policy, Profile, Purpose, Role, Service, Term, Text},
    purpose::PurposeKind,
};

/// Names of all tables.
pub(super) const NAMES: [&str; 8] = [
    "table.cookies",
    "table.operations",
    "table.purposes",
    "table.purposes.recommendations",
    "table.rights",
    "table.services",
    "table.services.recommendations",
    "table.terms",
];

/// Returns the tables a name stands for; `None` where it stands for none.
pub(super) fn tables(policy: &Policy, language: &Language, name: &str, prefix: &str) -> Option<Vec<Table>> {
    let maker = Maker { policy, language, words: policy.words(language), prefix };
    Some(match name {
        "table.cookies" => vec![maker.cookies()],
        "table.operations" => vec![maker.operations()],
        "table.purposes" => policy.purposes().iter().map(|purpose| maker.purpose(purpose)).collect(),
        "table.purposes.recommendations" => policy
            .purposes()
            .iter()
            .filter(|purpose| recommends(purpose))
            .map(|purpose| maker.purpose(purpose))
            .collect(),
        "table.rights" => vec![maker.rights()],
        "table.services" => vec![maker.services(policy.services().iter().collect())],
        "table.services.recommendations" => {
            let serves = |service: &&Service| {
                let purposes = service.purposes.iter().filter_map(|id| policy.purpose(id.as_str()));
                purposes.into_iter().any(recommends)
            };
            vec![maker.services(policy.services().iter().filter(serves).collect())]
        }
        "table.terms" => vec![maker.terms()],
        _ => return None,
    })
}

/// Says whether the rules of recommendation technologies are about a purpose (149-FZ, article 10.2-2).
fn recommends(purpose: &Purpose) -> bool {
    purpose.kind == PurposeKind::Recommendations
}

struct Maker<'a> {
    policy: &'a Policy,
    language: &'a Language,
    words: Labels,
    prefix: &'a str,
}

/// A column: the label of its head, and its cell for one thing.
type Column<'a, T> = (&'static str, Box<dyn Fn(&T) -> Cell + 'a>);

impl<'a> Maker<'a> {
    fn word<'s>(&'s self, name: &'s str) -> &'s str {
        self.words.find(name).unwrap_or(name)
    }

    fn item(&self, text: &Text) -> Item {
        let (text, other) = text.shown(self.language);
        Item { language: other.cloned(), ..Item::new(text) }
    }

    fn texts<'t>(&self, texts: impl IntoIterator<Item = &'t Text>) -> Cell {
        Cell(texts.into_iter().map(|text| self.item(text)).collect())
    }

    fn term(&self, term: Term) -> String {
        term.in_words(&self.words)
    }

    fn words_of(&self, operations: &[&str]) -> Cell {
        super::value::operations(&self.words, operations).into()
    }

    /// A table of one row for each thing; a column without a single entry is left out.
    fn list<T>(&self, caption: &str, things: &[T], columns: Vec<Column<'_, T>>) -> Table {
        let filled = columns.iter().filter(|(_, cell)| things.iter().any(|thing| !cell(thing).0.is_empty()));
        let filled: Vec<_> = filled.collect();
        Table {
            caption: self.word(caption).to_owned(),
            heads: filled.iter().map(|(head, _)| self.word(head).to_owned()).collect(),
            rows: things.iter().map(|thing| filled.iter().map(|(_, cell)| cell(thing)).collect()).collect(),
            none: self.word("table-none").to_owned(),
        }
    }

    /// What 152-FZ, article 18.1(1)(2), asks of a policy for each purpose.
    fn purpose(&self, purpose: &Purpose) -> Table {
        let subjects = match &purpose.subjects[..] {
            [] => self.word("people-visitors").into(),
            subjects => self.texts(subjects),
        };
        let operations = purpose.operations.as_deref().unwrap_or(&self.policy.processing().operations);
        let facts: [(&str, Cell); 7] = [
            ("table-description", self.texts([&purpose.description])),
            ("table-people", subjects),
            ("table-data", self.texts(&purpose.data)),
            ("table-operations", self.words_of(operations)),
            ("table-basis", self.word(&format!("basis-{}", purpose.basis)).into()),
            ("table-retention", self.term(purpose.retention).into()),
            ("table-end", self.word(&format!("end-{}", purpose.end.as_str())).into()),
        ];
        Table {
            caption: purpose.title.in_language(self.language).to_owned(),
            heads: Vec::new(),
            rows: facts.into_iter().map(|(head, cell)| vec![self.word(head).into(), cell]).collect(),
            none: String::new(),
        }
    }

    fn titles(&self, service: &Service) -> Cell {
        let purposes = service.purposes.iter().filter_map(|id| self.policy.purpose(id.as_str()));
        self.texts(purposes.map(|purpose| &purpose.title))
    }

    fn services(&self, services: Vec<&Service>) -> Table {
        let columns: Vec<Column<'_, &Service>> = vec![
            ("table-service", Box::new(|service| self.texts([&service.title]))),
            ("table-operator", Box::new(|service| self.texts([&service.operator].into_iter().chain(&service.address)))),
            ("table-country", Box::new(|service| self.word(self.words.country(&service.country)).into())),
            ("table-role", Box::new(|service| self.word(role(service.role)).into())),
            ("table-purpose", Box::new(|service| self.titles(service))),
            (
                "table-contract",
                Box::new(|service| {
                    Cell(service.contract.iter().map(|contract| Item::new(&contract.reference)).collect())
                }),
            ),
            (
                "table-safeguard",
                Box::new(|service| {
                    let notice = service.transfer_notice.iter().map(Item::new);
                    Cell(service.safeguard.iter().map(|text| self.item(text)).chain(notice).collect())
                }),
            ),
        ];
        self.list("caption-services", &services, columns)
    }

    fn cookies(&self) -> Table {
        let own = Own { name: self.policy.cookie_name(), term: self.policy.choice().rule.remember };
        let services = self.policy.services().iter();
        let kept = services.flat_map(|service| service.cookies.iter().map(move |cookie| (service, cookie)));
        let kept: Vec<Kept<'_>> = std::iter::once(Kept::Own(own)).chain(kept.map(Kept::Service)).collect();
        let columns: Vec<Column<'_, Kept<'_>>> = vec![
            ("table-cookie", Box::new(|kept| kept.name().into())),
            (
                "table-service",
                Box::new(|kept| match kept {
                    Kept::Own(_) => self.texts([&self.policy.site().name]),
                    Kept::Service((service, _)) => self.texts([&service.title]),
                }),
            ),
            ("table-purpose", Box::new(|kept| self.cookie_purpose(kept))),
            (
                "table-lifetime",
                Box::new(|kept| match kept {
                    Kept::Own(own) => self.term(own.term).into(),
                    Kept::Service((_, cookie)) => self.lifetime(cookie).into(),
                }),
            ),
            (
                "table-party",
                Box::new(|kept| match kept {
                    Kept::Service((_, Cookie { party: Party::Third, domain, .. })) => match domain {
                        Some(domain) => domain.as_str().into(),
                        None => self.word("party-third").into(),
                    },
                    _ => self.word("party-first").into(),
                }),
            ),
            (
                "table-place",
                Box::new(|kept| match kept {
                    Kept::Service((_, cookie)) if cookie.place == Place::Local => self.word("place-local").into(),
                    Kept::Service((_, cookie)) if cookie.place == Place::Session => self.word("place-session").into(),
                    _ => Cell::default(),
                }),
            ),
        ];
        self.list("caption-cookies", &kept, columns)
    }

    fn cookie_purpose(&self, kept: &Kept<'_>) -> Cell {
        match kept {
            Kept::Own(_) => {
                let necessary = self.policy.purposes().iter().filter(|purpose| !purpose.needs_consent());
                match necessary.map(|purpose| &purpose.title).next() {
                    Some(title) => self.texts([title]),
                    None => self.word("kind-necessary").into(),
                }
            }
            Kept::Service((_, Cookie { purpose: Some(purpose), .. })) => self.texts([purpose]),
            Kept::Service((service, _)) => self.titles(service),
        }
    }

    fn lifetime(&self, cookie: &Cookie) -> String {
        match (cookie.lifetime, cookie.place) {
            (Lifetime::Limited(term), _) => self.term(term),
            (Lifetime::Session, _) | (_, Place::Session) => self.word("lifetime-session").to_owned(),
            // A value of local storage has no lifetime of its own.
            (Lifetime::Unknown, Place::Local) => self.word("lifetime-persistent").to_owned(),
            (Lifetime::Unknown, Place::Cookie) => self.word("lifetime-unknown").to_owned(),
        }
    }

    fn operations(&self) -> Table {
        let columns: Vec<Column<'_, &str>> = vec![
            ("table-operation", Box::new(|word| operation(&self.words, word).into())),
            (
                "table-purpose",
                Box::new(|word| {
                    let purposes = self.policy.purposes().iter().filter(|purpose| {
                        purpose.operations.as_ref().is_none_or(|operations| operations.contains(word))
                    });
                    self.texts(purposes.map(|purpose| &purpose.title))
                }),
            ),
        ];
        let declared = &self.policy.processing().operations;
        let declared: Vec<&str> = OPERATIONS.into_iter().filter(|known| declared.contains(known)).collect();
        self.list("caption-operations", &declared, columns)
    }

    /// A term that may be extended with reasons given.
    fn extendable(&self, term: Term) -> String {
        let extension = self.term(self.policy.rights().extension);
        self.words.with("term-extendable", &[("term", &self.term(term)), ("extension", &extension)])
    }

    fn after_receipt(&self, term: Term) -> String {
        self.words.with("term-receipt", &[("term", &self.term(term))])
    }

    fn terms(&self) -> Table {
        let (rights, retention) = (self.policy.rights(), self.policy.retention());
        let terms = [
            ("duty-choice", self.term(self.policy.choice().rule.remember)),
            ("duty-access", self.extendable(rights.access)),
            ("duty-correction", self.term(rights.correction)),
            ("duty-stop", self.extendable(rights.stop)),
            ("duty-withdrawal", self.after_receipt(rights.withdrawal)),
            ("duty-block", self.term(rights.block)),
            ("duty-records", self.term(retention.records)),
            ("duty-requests", self.term(retention.requests)),
            ("duty-destruction", self.term(retention.destruction)),
        ];
        let columns: Vec<Column<'_, (&str, String)>> = vec![
            ("table-duty", Box::new(|(duty, _)| self.word(duty).into())),
            ("table-term", Box::new(|(_, term)| term.as_str().into())),
        ];
        self.list("caption-terms", &terms, columns)
    }

    fn rights(&self) -> Table {
        let rights = self.policy.rights();
        let site = self.policy.site();
        let mut rows = vec![
            ("right-access", self.extendable(rights.access)),
            ("right-rectification", self.term(rights.correction)),
            ("right-blocking", String::new()),
            ("right-erasure", self.term(rights.correction)),
            ("right-withdraw", self.after_receipt(rights.withdrawal)),
            ("right-stop", self.extendable(rights.stop)),
        ];
        // GDPR, articles 20 and 21; the United Kingdom kept them.
        if site.keeps(Profile::Eu) || site.keeps(Profile::Uk) {
            rows.push(("right-object", String::new()));
            rows.push(("right-portability", self.extendable(rights.access)));
        }
        rows.push(("right-complaint", String::new()));
        let columns: Vec<Column<'_, (&str, String)>> = vec![
            ("table-right", Box::new(|(right, _)| self.word(right).into())),
            (
                "table-channel",
                Box::new(|(right, _)| match (*right, &rights.authority) {
                    ("right-complaint", Some(authority)) => self.texts([authority]),
                    ("right-complaint", None) => Cell::default(),
                    _ => self.channels(),
                }),
            ),
            ("table-term", Box::new(|(_, term)| if term.is_empty() { Cell::default() } else { term.as_str().into() })),
        ];
        self.list("caption-rights", &rows, columns)
    }

    /// Where requests go: the centre, by mail, by letter.
    fn channels(&self) -> Cell {
        let email = &self.policy.rights().email;
        let centre = Item { link: Some(format!("{}/", self.prefix)), ..Item::new(self.word("channel-centre")) };
        let mail = Item { link: Some(format!("mailto:{email}")), ..Item::new(email) };
        Cell(vec![centre, mail, Item::new(self.word("channel-post"))])
    }
}

/// The cookie of the choice itself.
struct Own {
    name: &'static str,
    term: Term,
}

/// Something kept in the browser.
enum Kept<'a> {
    Own(Own),
    Service((&'a Service, &'a Cookie)),
}

impl Kept<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Own(own) => own.name,
            Self::Service((_, cookie)) => &cookie.name,
        }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Controller => "role-controller",
        Role::Joint => "role-joint",
        Role::Processor => "role-processor",
        Role::Own => "role-self",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(more: &str) -> Policy {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = policy.files().clone();
        files.get_mut("policy.toml").unwrap().push_str(more);
        let (policy, faults) = Policy::check(files);
        policy.unwrap_or_else(|| panic!("{faults:?}"))
    }

    fn text(policy: &Policy, tag: &str, name: &str) -> String {
        let tables = tables(policy, &tag.parse().unwrap(), name, "/_consent").unwrap();
        tables.iter().map(|table| table.text(200, false)).collect()
    }

    #[test]
    fn every_table_has_its_words_in_every_language_of_the_policy() {
        let policy = policy("");
        for name in NAMES {
            for language in &policy.site().languages {
                for table in tables(&policy, language, name, "/_consent").unwrap() {
                    assert!(!table.caption.is_empty() && !table.rows.is_empty(), "{name}");
                    for text in table.heads.iter().chain([&table.caption]) {
                        assert!(!text.contains("table-") && !text.contains("caption-"), "{name}: {text}");
                    }
                    for row in &table.rows {
                        assert!(table.heads.is_empty() || row.len() == table.heads.len());
                    }
                }
            }
        }
        assert!(tables(&policy, &"ru".parse().unwrap(), "table.nothing", "/").is_none());
    }

    #[test]
    fn the_matrix_of_purposes_is_complete() {
        let text = text(&policy(""), "ru", "table.purposes");
        for part in [
            "Метрические программы:",
            "- Для чего: Подсчёт посетителей и чтения статей.",
            "- Чьи данные: посетители сайта",
            "- Данные: IP-адрес; сведения о браузере",
            "- Действия с данными: сбор, запись, систематизация,",
            "- Основание: ваше согласие",
            "- Срок: 365\u{a0}дней",
            "- По окончании срока: уничтожение",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn services_tell_country_role_and_contract_where_there_is_one() {
        let plain = text(&policy(""), "ru", "table.services");
        assert!(plain.contains("  Страна: Россия\n  Роль: сам сайт\n"), "{plain}");
        assert!(!plain.contains("Договор"), "{plain}");
        let policy = policy(
            "\n[[service]]\nid = \"host\"\ntitle = \"Host\"\noperator = \"Host LLC\"\naddress = \"1 Street\"\n\
             country = \"DE\"\nrole = \"processor\"\npurpose = \"metrics\"\nhosts = [\"host.example\"]\n\
             safeguard = \"SCC\"\ntransfer-notice = \"No. 5\"\n\
             contract = { reference = \"No. 7\", operations = [\"store\"], settles = [\"security\"] }\n",
        );
        let english = text(&policy, "en", "table.services");
        assert!(english.contains("Operator: Host LLC; 1 Street\n  Country: Germany\n"), "{english}");
        assert!(english.contains("Contract: No. 7"), "{english}");
        assert!(english.contains("SCC; No. 5"), "{english}");
    }

    #[test]
    fn cookies_begin_with_our_own_and_tell_whose_they_are() {
        let policy = policy(
            "\n[[service]]\nid = \"x\"\ntitle = \"X\"\noperator = \"X\"\ncountry = \"DE\"\npurpose = \"metrics\"\n\
             hosts = [\"x.example\"]\ncookies = [\n{ name = \"third\", lifetime = \"1 year\", party = \"third\", domain = \"x.example\" },\n\
             { name = \"kept\", lifetime = \"unknown\", storage = \"local\" }]\n",
        );
        let text = text(&policy, "ru", "table.cookies");
        assert!(
            text.starts_with("Файлы cookie:\n\n- Файл cookie: __Host-tower-consent\n  Сервис: Вести Края\n"),
            "{text}"
        );
        assert!(text.contains("third\n  Сервис: X\n  Цель: Метрические программы\n  Срок действия: 1\u{a0}год\n  Кем установлен: x.example\n"), "{text}");
        assert!(text.contains("Срок действия: пока не будет удалён\n  Кем установлен: этим сайтом\n  Где хранится: локальное хранилище\n"), "{text}");
    }

    #[test]
    fn rules_of_recommendations_speak_of_recommendations_only() {
        let policy = policy("");
        let purposes = text(&policy, "ru", "table.purposes.recommendations");
        assert!(purposes.contains("Рекомендательные технологии:") && !purposes.contains("Метрические"), "{purposes}");
        let services = text(&policy, "ru", "table.services.recommendations");
        assert!(services.contains("СМИ2") && services.contains("Собственные рекомендации"), "{services}");
        assert!(!services.contains("Яндекс"), "{services}");
    }

    #[test]
    fn rights_have_channel_and_term() {
        let text = text(&policy(""), "ru", "table.rights");
        assert!(
            text.contains("Как воспользоваться: центр приватности </_consent/>; privacy@news.example; письмо"),
            "{text}"
        );
        assert!(
            text.contains("Срок: 10\u{a0}рабочих дней; может быть продлён не более чем на 5\u{a0}рабочих дней"),
            "{text}"
        );
        assert!(text.contains("Срок: 30\u{a0}дней со дня получения"), "{text}");
        assert!(text.contains("Роскомнадзор"), "{text}");
        assert!(!text.contains("возразить"), "{text}");
        let european = policy("").files()["policy.toml"].replace("profiles = [\"ru\"]", "profiles = [\"ru\", \"eu\"]");
        let mut files = policy("").files().clone();
        files.insert("policy.toml".to_owned(), european);
        let policy = Policy::check(files).0.unwrap();
        assert!(tests::text(&policy, "ru", "table.rights").contains("возразить"));
    }

    #[test]
    fn a_text_in_another_language_is_marked() {
        let policy = policy(
            "\n[[service]]\nid = \"x\"\ntitle = { ru = \"Икс\" }\noperator = \"X\"\ncountry = \"DE\"\n\
             purpose = \"metrics\"\nhosts = [\"x.example\"]\n",
        );
        let tables = tables(&policy, &"en".parse().unwrap(), "table.services", "/").unwrap();
        assert!(tables[0].html(false).into_string().contains("<span lang=\"ru\">Икс</span>"));
    }
}
