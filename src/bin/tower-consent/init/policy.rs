//! The `policy.toml` to start from.

use std::fmt::Write;

use tower_consent::purpose::PurposeKind;

/// What the file is made of.
pub(super) struct Start<'a> {
    pub(super) name: &'a str,
    pub(super) origin: &'a str,
    pub(super) languages: &'a [&'a str],
    pub(super) kinds: &'a [PurposeKind],
    pub(super) services: &'a [(&'a str, PurposeKind)],
}

/// A text in Russian and English.
type Both = (&'static str, &'static str);

/// What is said of a purpose of a kind until somebody says it better.
struct Words {
    title: Both,
    description: Both,
    data: &'static [Both],
    retention: &'static str,
}

impl Start<'_> {
    /// Returns the text of the file.
    pub(super) fn text(&self) -> String {
        let russian = self.languages.contains(&"ru");
        let profile = if russian { "[\"ru\"]" } else { "[\"eu\"]" };
        let mut text = String::new();
        let mut line = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        line("# The privacy policy of the site: behaviour, documents and banner come from this folder.");
        line("# `tower-consent check DIR` tells what is wrong; policies/template.toml explains every key.");
        line("");
        line("[site]");
        line(&format!("name = {}", quoted(self.name)));
        line(&format!("origin = {}", quoted(self.origin)));
        line(&format!("languages = [{}]", self.languages.iter().map(|tag| quoted(tag)).collect::<Vec<_>>().join(", ")));
        line("# The law the site keeps; `check` holds the folder against it.");
        line(&format!("profiles = {profile}"));
        line("");
        line("# Fill this block: who processes the data and answers for it.");
        line("[operator]");
        line("# Full name, as in the register of companies.");
        line("name = \"\"");
        line("# Postal address.");
        line("address = \"\"");
        line("# Where a person can write about his data.");
        line("email = \"\"");
        line("# Two letters: \"RU\", \"DE\".");
        line("country = \"\"");
        line("# The person responsible for organising the processing, or the data-protection officer.");
        line("responsible = { name = \"\", email = \"\" }");
        if russian {
            line("# Number and day of the entry in the regulator's register of operators (152-FZ, article 22).");
            line("notice = { number = \"\", date = 2026-01-01 }");
        }
        line("");
        line("[processing]");
        line("method = \"automated\"");
        line("# What the software itself does with the data of a visitor; add what you do besides.");
        line("operations = [");
        line(
            "    \"collect\", \"record\", \"systematise\", \"accumulate\", \"store\", \"clarify\", \"clarify.update\", \"clarify.change\",",
        );
        // Whose services are in the pages has access to what they see.
        let access = if self.services.is_empty() { "" } else { " \"transfer.access\"," };
        line(&format!(
            "    \"retrieve\", \"use\", \"transfer\", \"transfer.provide\",{access} \"depersonalise\", \"block\", \"delete\", \"destroy\","
        ));
        line("]");
        line(&format!(
            "depersonalisation = {{ method = {}, assessed-on = 2026-01-01, separate = true }}",
            self.both(("введение идентификаторов", "introduction of identifiers"))
        ));
        if self.kinds.contains(&PurposeKind::Recommendations) {
            let words = (
                "Материалы подбираются по темам прочитанного; решений с правовыми последствиями не принимается.",
                "Items are selected by the topics read; no decision with legal effect is made.",
            );
            line(&format!("profiling = {}", self.both(words)));
        }
        line("");
        line("[storage]");
        line("# Country of your databases.");
        line(if russian { "country = \"RU\"" } else { "country = \"DE\"" });
        line("");
        line("[choice]");
        line("model = \"opt-in\"");
        line("remember = \"180 days\"");
        line("");
        line("[rights]");
        line(&format!(
            "authority = {}",
            if russian {
                self.both(("Роскомнадзор, rkn.gov.ru", "Roskomnadzor, rkn.gov.ru"))
            } else {
                quoted("The data protection authority of your country")
            }
        ));
        if russian {
            line("");
            line("# What an act of destruction says (Order 179 of 28.10.2022).");
            line("[destruction]");
            line(&format!("system = {}", self.both(("Журнал согласий сайта", "Consent log of the site"))));
            let method = (
                "уничтожение ключей и значений с перезаписью файлов",
                "destruction of keys and values, rewriting the files",
            );
            line(&format!("method = {}", self.both(method)));
            line(&format!("signatories = [{}]", self.both(("Руководитель", "Head"))));
        }
        for kind in self.kinds {
            self.purpose(*kind, &mut text);
        }
        for (id, kind) in self.services {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n[[service]]\ncatalogue = {}\npurpose = {}\n", quoted(id), quoted(kind.as_str()));
        }
        if self.services.is_empty() {
            text.push_str(
                "\n# Name what the pages include; `tower-consent scan` finds it and prints ready blocks.\n\
                 # [[service]]\n# catalogue = \"yandex-metrika\"\n# purpose = \"metrics\"\n",
            );
        }
        text
    }

    fn purpose(&self, kind: PurposeKind, text: &mut String) {
        let words = words(kind);
        let data: Vec<String> = words.data.iter().map(|item| format!("    {},\n", self.both(*item))).collect();
        let basis = if kind == PurposeKind::Necessary { "legitimate-interest" } else { "consent" };
        let _ = write!(
            text,
            "\n[[purpose]]\nid = \"{kind}\"\nkind = \"{kind}\"\ntitle = {}\ndescription = {}\nbasis = \"{basis}\"\ndata = [\n{}]\n\
             subjects = [{}]\nretention = \"{}\"\n",
            self.both(words.title),
            self.both(words.description),
            data.concat(),
            self.both(("посетители сайта", "visitors of the site")),
            words.retention,
            kind = kind.as_str(),
        );
    }

    /// Writes a text in the languages of the site.
    fn both(&self, (russian, english): Both) -> String {
        let words = |tag: &str| if tag == "ru" { russian } else { english };
        match self.languages {
            [only] => quoted(words(only)),
            several => {
                let parts: Vec<_> = several.iter().map(|tag| format!("{tag} = {}", quoted(words(tag)))).collect();
                format!("{{ {} }}", parts.join(", "))
            }
        }
    }
}

/// Writes a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn words(kind: PurposeKind) -> Words {
    const ADDRESS: Both = ("IP-адрес", "IP address");
    const BROWSER: Both = ("сведения о браузере", "browser details");
    const PAGES: Both = ("адреса просмотренных страниц", "addresses of pages viewed");
    match kind {
        PurposeKind::Necessary => Words {
            title: ("Необходимые", "Necessary"),
            description: (
                "Работа сайта, защита форм и память о вашем выборе.",
                "Running the site, protecting its forms and remembering your choice.",
            ),
            data: &[
                ("случайный номер выбора", "random number of the choice"),
                ("время выбора", "time of the choice"),
                ("язык", "language"),
            ],
            retention: "180 days",
        },
        PurposeKind::Metrics => Words {
            title: ("Метрические программы", "Metrics"),
            description: ("Подсчёт посетителей и просмотров страниц.", "Counting visitors and page views."),
            data: &[ADDRESS, BROWSER, PAGES],
            retention: "365 days",
        },
        PurposeKind::Recommendations => Words {
            title: ("Рекомендательные технологии", "Recommendations"),
            description: ("Подбор материалов по тому, что вы читали.", "Selecting items by what you have read."),
            data: &[("сведения о прочитанных материалах", "items read"), ADDRESS],
            retention: "180 days",
        },
        PurposeKind::Advertising => Words {
            title: ("Реклама", "Advertising"),
            description: (
                "Показ рекламы и измерение её показов.",
                "Showing advertisements and measuring how often they are shown.",
            ),
            data: &[ADDRESS, BROWSER, PAGES],
            retention: "365 days",
        },
        PurposeKind::Social => Words {
            title: ("Социальные сети", "Social networks"),
            description: (
                "Кнопки и записи социальных сетей на страницах сайта.",
                "Buttons and posts of social networks on the pages of the site.",
            ),
            data: &[ADDRESS, BROWSER, PAGES],
            retention: "365 days",
        },
        PurposeKind::Video => Words {
            title: ("Видео", "Video"),
            description: ("Проигрыватели видео на страницах сайта.", "Video players on the pages of the site."),
            data: &[ADDRESS, BROWSER],
            retention: "365 days",
        },
        _ => Words {
            title: ("Настройки", "Preferences"),
            description: ("Память о ваших настройках сайта.", "Remembering your settings of the site."),
            data: &[("выбранные настройки", "settings chosen")],
            retention: "365 days",
        },
    }
}
