//! The tables that say who processes data, how, where and for how long: site, operator, processing, storage,
//! retention, rights, destruction, recommendations.

use super::{Key, Kind, Need, OPERATIONS, PROFILES, Table};

pub(super) const SITE: Table = Table {
    name: "site",
    doc: "The site itself.",
    keys: &[&[
        Key {
            name: "name",
            kind: Kind::Text,
            need: Need::Required,
            doc: "Name of the site in the texts.",
            example: "{ ru = \"Вести Края\", en = \"Vesti Kraya\" }",
        },
        Key {
            name: "origin",
            kind: Kind::Url,
            need: Need::Required,
            doc: "Where visitors reach the site: scheme and host. `https` makes the choice cookie `__Host-` and `Secure`.",
            example: "\"https://news.example\"",
        },
        Key {
            name: "languages",
            kind: Kind::Languages,
            need: Need::Required,
            doc: "Languages of the texts, the default first; each has a folder with its texts.",
            example: "[\"ru\", \"en\"]",
        },
        Key {
            name: "binding",
            kind: Kind::String,
            need: Need::Optional,
            doc: "The language whose consent text binds: a change of that text asks visitors again, a changed \
                  translation does not. Without it the first of `languages`.",
            example: "\"ru\"",
        },
        Key {
            name: "profiles",
            kind: Kind::Words(&PROFILES),
            need: Need::Default("[\"base\"]"),
            doc: "The law the site keeps; `check` applies the rules of each. `base` (technique, accessibility) always \
                  counts. fr, de, es and it add their rules to eu's.",
            example: "[\"ru\", \"eu\"]",
        },
    ]],
};

pub(super) const OPERATOR: Table = Table {
    name: "operator",
    doc: "Who processes the data and answers for it (152-FZ, article 9(4); GDPR, article 13(1)(a)).",
    keys: &[&[
        Key {
            name: "name",
            kind: Kind::Text,
            need: Need::Required,
            doc: "Full name, as in the register of companies; the consent must name it.",
            example: "{ ru = \"ООО «Вести Края»\", en = \"Vesti Kraya LLC\" }",
        },
        Key {
            name: "address",
            kind: Kind::Text,
            need: Need::Required,
            doc: "Postal address; the consent must name it.",
            example: "{ ru = \"350000, г. Краснодар, ул. Примерная, д. 1\", en = \"1 Primernaya St., Krasnodar 350000, Russia\" }",
        },
        Key {
            name: "email",
            kind: Kind::Email,
            need: Need::Required,
            doc: "Where a person can write about his data.",
            example: "\"privacy@news.example\"",
        },
        Key {
            name: "country",
            kind: Kind::Country,
            need: Need::Required,
            doc: "Country of the operator, two letters (ISO 3166-1).",
            example: "\"RU\"",
        },
        Key {
            name: "phone",
            kind: Kind::String,
            need: Need::Optional,
            doc: "Telephone for requests about data.",
            example: "\"+7 861 000-00-00\"",
        },
        Key {
            name: "tax-id",
            kind: Kind::String,
            need: Need::Optional,
            doc: "Taxpayer number (ИНН), for the regulator's export.",
            example: "\"2300000000\"",
        },
        Key {
            name: "registration",
            kind: Kind::String,
            need: Need::Optional,
            doc: "Number in the register of companies (ОГРН), for the regulator's export.",
            example: "\"1022300000000\"",
        },
        Key {
            name: "responsible",
            kind: Kind::Table(&RESPONSIBLE),
            need: Need::Optional,
            doc: RESPONSIBLE.doc,
            example: "",
        },
        Key {
            name: "representative",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Representative in the European Union: name and address (GDPR, article 27), for operators outside it.",
            example: "\"Example Representative GmbH, Beispielstr. 1, 10115 Berlin, Germany\"",
        },
        Key { name: "notice", kind: Kind::Table(&NOTICE), need: Need::Optional, doc: NOTICE.doc, example: "" },
    ]],
};

const RESPONSIBLE: Table = Table {
    name: "responsible",
    doc: "The person responsible for organising the processing (152-FZ, article 22.1), or the data-protection officer \
          (GDPR, article 37).",
    keys: &[&[
        Key {
            name: "name",
            kind: Kind::Text,
            need: Need::Required,
            doc: "Name or post of that person.",
            example: "{ ru = \"Специалист по защите данных\", en = \"Data protection officer\" }",
        },
        Key {
            name: "email",
            kind: Kind::Email,
            need: Need::Required,
            doc: "How to reach that person.",
            example: "\"dpo@news.example\"",
        },
    ]],
};

const NOTICE: Table = Table {
    name: "notice",
    doc: "The notice to the regulator before processing starts (152-FZ, article 22), or the ground for sending none.",
    keys: &[&[
        Key {
            name: "number",
            kind: Kind::String,
            need: Need::Optional,
            doc: "Number in the regulator's register of operators.",
            example: "\"23-24-000000\"",
        },
        Key {
            name: "date",
            kind: Kind::Date,
            need: Need::Optional,
            doc: "Day of the entry in the register.",
            example: "2024-03-01",
        },
        Key {
            name: "exemption",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Ground for processing without a notice (152-FZ, article 22(2)); then no number is needed.",
            example: "\"…\"",
        },
        Key {
            name: "operations",
            kind: Kind::Words(&OPERATIONS),
            need: Need::Optional,
            doc: "Operations as the notice lists them; `check` compares them with what is declared here.",
            example: "[\"collect\", \"record\", \"store\", \"use\", \"destroy\"]",
        },
    ]],
};

pub(super) const PROCESSING: Table = Table {
    name: "processing",
    doc: "How data is processed.",
    keys: &[&[
        Key {
            name: "method",
            kind: Kind::Word(&["automated", "non-automated", "mixed"]),
            need: Need::Required,
            doc: "The general way of processing (152-FZ, article 9(4)): by computer, by hand, or both.",
            example: "\"mixed\"",
        },
        Key {
            name: "operations",
            kind: Kind::Words(&OPERATIONS),
            need: Need::Required,
            doc: "Operations performed on the data, of the list of 152-FZ, article 3(3). `check` compares them with what \
                  the software really does.",
            example: "[\"collect\", \"record\", \"systematise\", \"accumulate\", \"store\", \"clarify\", \"clarify.update\", \"clarify.change\", \"retrieve\", \"use\", \"transfer\", \"transfer.provide\", \"transfer.access\", \"depersonalise\", \"block\", \"delete\", \"destroy\"]",
        },
        Key {
            name: "manual-steps",
            kind: Kind::Texts,
            need: Need::Optional,
            doc: "What is done by hand; mixed processing needs at least one step.",
            example: "[{ ru = \"Обращения на бумаге\", en = \"Requests on paper\" }]",
        },
        Key {
            name: "internal-network",
            kind: Kind::Boolean,
            need: Need::Default("true"),
            doc: "Whether data goes over the operator's internal network; the regulator's notice form asks for it.",
            example: "true",
        },
        Key {
            name: "internet",
            kind: Kind::Boolean,
            need: Need::Default("true"),
            doc: "Whether data goes over the Internet; the regulator's notice form asks for it.",
            example: "true",
        },
        Key {
            name: "depersonalisation",
            kind: Kind::Table(&DEPERSONALISATION),
            need: Need::Optional,
            doc: DEPERSONALISATION.doc,
            example: "",
        },
        Key {
            name: "special-categories",
            kind: Kind::Boolean,
            need: Need::Default("false"),
            doc: "Whether special or biometric data is processed (152-FZ, articles 10 and 11); a click on a page is no \
                  written consent, so `check` objects.",
            example: "false",
        },
        Key {
            name: "profiling",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "How recommendations or other automated decisions are made and what follows from them (GDPR, article \
                  13(2)(f)).",
            example: "{ ru = \"Материалы подбираются по темам прочитанного; решений с правовыми последствиями нет\", en = \"Stories are selected by topics read; no decisions with legal effect\" }",
        },
    ]],
};

const DEPERSONALISATION: Table = Table {
    name: "depersonalisation",
    doc: "How data is depersonalised, where that operation is declared (152-FZ, article 13.1).",
    keys: &[&[
        Key {
            name: "method",
            kind: Kind::Text,
            need: Need::Required,
            doc: "The approved method that is used.",
            example: "{ ru = \"введение идентификаторов\", en = \"introduction of identifiers\" }",
        },
        Key {
            name: "assessed-on",
            kind: Kind::Date,
            need: Need::Required,
            doc: "Day on which the operator found the method adequate.",
            example: "2026-02-01",
        },
        Key {
            name: "separate",
            kind: Kind::Boolean,
            need: Need::Default("false"),
            doc: "Whether the additional information is kept apart from the depersonalised data; it must be.",
            example: "true",
        },
    ]],
};

pub(super) const STORAGE: Table = Table {
    name: "storage",
    doc: "Where the site's own databases with personal data are.",
    keys: &[&[
        Key {
            name: "country",
            kind: Kind::Country,
            need: Need::Required,
            doc: "Country of the databases. Data of Russian citizens is recorded in Russia first (152-FZ, article 18(5)).",
            example: "\"RU\"",
        },
        Key {
            name: "place",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Address of the data centre, as the notice to the regulator names it.",
            example: "{ ru = \"г. Краснодар, ул. Примерная, д. 2\", en = \"2 Primernaya St., Krasnodar\" }",
        },
        Key {
            name: "exception",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Ground for databases elsewhere (152-FZ, article 18(5) with article 6(1), items 2, 3, 4, 8).",
            example: "\"…\"",
        },
    ]],
};

pub(super) const RETENTION: Table = Table {
    name: "retention",
    doc: "How long the evidence is kept.",
    keys: &[&[
        Key {
            name: "records",
            kind: Kind::Term,
            need: Need::Default("\"3 years\""),
            doc: "Records of choices, counted from the end of the consent: the general limitation period.",
            example: "\"3 years\"",
        },
        Key {
            name: "short-lived",
            kind: Kind::Term,
            need: Need::Default("\"90 days\""),
            doc: "Address prefix, browser family and page of a record, where `[record]` keeps them: only as long as a \
                  dispute over them is likely.",
            example: "\"30 days\"",
        },
        Key {
            name: "requests",
            kind: Kind::Term,
            need: Need::Default("\"3 years\""),
            doc: "Requests of visitors and the answers; California asks for 24 months at least (11 CCR 7101).",
            example: "\"3 years\"",
        },
        Key {
            name: "destruction",
            kind: Kind::Term,
            need: Need::Default("\"3 years\""),
            doc: "Acts of destruction and the log extracts to them (Order 179).",
            example: "\"3 years\"",
        },
        Key {
            name: "screenshots",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Where dated screenshots of each version of the banner are kept, as a proof beside the log (CNIL \
                  2020-092).",
            example: "{ ru = \"Архив доказательств, папка «Баннер»\", en = \"Evidence archive, folder Banner\" }",
        },
    ]],
};

pub(super) const RIGHTS: Table = Table {
    name: "rights",
    doc: "How a visitor uses his rights, and within which terms he is answered.",
    keys: &[&[
        Key {
            name: "email",
            kind: Kind::Email,
            need: Need::Optional,
            doc: "Where requests go. Without it the operator's address.",
            example: "\"privacy@news.example\"",
        },
        Key {
            name: "access",
            kind: Kind::Term,
            need: Need::Default("\"10 working days\""),
            doc: "Answer to a request for access (152-FZ, articles 14(3) and 20(1); GDPR gives a month).",
            example: "\"10 working days\"",
        },
        Key {
            name: "extension",
            kind: Kind::Term,
            need: Need::Default("\"5 working days\""),
            doc: "Longest extension of that term, with a reasoned notice (152-FZ, article 14(3)).",
            example: "\"5 working days\"",
        },
        Key {
            name: "correction",
            kind: Kind::Term,
            need: Need::Default("\"7 working days\""),
            doc: "Correction of data shown to be wrong (152-FZ, article 20(3)).",
            example: "\"7 working days\"",
        },
        Key {
            name: "stop",
            kind: Kind::Term,
            need: Need::Default("\"10 working days\""),
            doc: "End of processing after a demand to stop (152-FZ, article 21(5.1)).",
            example: "\"10 working days\"",
        },
        Key {
            name: "withdrawal",
            kind: Kind::Term,
            need: Need::Default("\"30 days\""),
            doc: "Destruction after a withdrawal (152-FZ, article 21(5)); the gate closes at once in any case.",
            example: "\"30 days\"",
        },
        Key {
            name: "block",
            kind: Kind::Term,
            need: Need::Default("\"180 days\""),
            doc: "Longest blocking where data cannot be destroyed in time (152-FZ, article 21(6)).",
            example: "\"180 days\"",
        },
        Key {
            name: "time-zone",
            kind: Kind::Zone,
            need: Need::Optional,
            doc: "The operator's time zone, in which days of a term begin and end. Without it that of the capital of the \
                  operator's country, where it is known, else UTC.",
            example: "\"Europe/Moscow\"",
        },
        Key {
            name: "opt-out-link",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Words of the link by which a visitor opts out of sale or sharing (11 CCR 7026); it leads to the centre.",
            example: "\"Do Not Sell or Share My Personal Information\"",
        },
        Key {
            name: "authority",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Authority a visitor can complain to: name and address.",
            example: "{ ru = \"Роскомнадзор, rkn.gov.ru\", en = \"Roskomnadzor, rkn.gov.ru\" }",
        },
    ]],
};

pub(super) const DESTRUCTION: Table = Table {
    name: "destruction",
    doc: "What an act of destruction says (Order 179 of 28.10.2022); needed where data is destroyed.",
    keys: &[&[
        Key {
            name: "system",
            kind: Kind::Text,
            need: Need::Required,
            doc: "Name of the information system the data is destroyed in.",
            example: "{ ru = \"Журнал согласий сайта\", en = \"Consent log of the site\" }",
        },
        Key {
            name: "method",
            kind: Kind::Text,
            need: Need::Required,
            doc: "How the data is destroyed.",
            example: "{ ru = \"уничтожение ключей и значений, перезапись файлов\", en = \"destruction of keys and values, rewriting of files\" }",
        },
        Key {
            name: "signatories",
            kind: Kind::Texts,
            need: Need::Required,
            doc: "Posts of those who sign the act.",
            example: "[{ ru = \"Директор\", en = \"Director\" }]",
        },
        Key {
            name: "evidence",
            kind: Kind::Words(&["act", "log"]),
            need: Need::Default("[\"act\", \"log\"]"),
            doc: "What proves a destruction; automated and mixed processing need both the act and the log extract.",
            example: "[\"act\", \"log\"]",
        },
    ]],
};

pub(super) const RECOMMENDATIONS: Table = Table {
    name: "recommendations",
    doc: "The owner's data that rules of recommendation technologies must hold (149-FZ, article 10.2-2).",
    keys: &[&[
        Key {
            name: "email",
            kind: Kind::Email,
            need: Need::Optional,
            doc: "Address for legally significant messages. Without it the operator's.",
            example: "\"legal@news.example\"",
        },
        Key {
            name: "owner",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Name of the site's owner. Without it the operator's name.",
            example: "{ ru = \"ООО «Вести Края»\", en = \"Vesti Kraya LLC\" }",
        },
    ]],
};
