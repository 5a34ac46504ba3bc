//! The closed sets of words of a policy file, as types.

/// Declares an enum whose variants are words of a policy file, in the order of the words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the word a policy file uses.
            ///
            /// # Example
            ///
            /// ```
            #[doc = concat!("use tower_consent::policy::", stringify!($name), ";")]
            $(#[doc = concat!(
                "assert_eq!(", stringify!($name), "::", stringify!($variant), ".as_str(), \"", $word, "\");"
            )])+
            /// ```
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Returns the value a word stands for.
            pub(crate) fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }
    };
}

words! {
    /// The general way of processing (152-FZ, article 9(4)).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Method, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// // Requests on paper are registered by hand.
    /// assert_eq!(policy.processing().method, Method::Mixed);
    /// ```
    Method {
        /// By computer only.
        Automated = "automated",
        /// Both ways.
        Mixed = "mixed",
        /// By hand only.
        NonAutomated = "non-automated",
    }
}

words! {
    /// How a visitor's answer comes about.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Model, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// let text = files["policy.toml"].replace("model = \"opt-in\"", "model = \"notice\"");
    /// files.insert("policy.toml".to_owned(), text);
    /// // It can be used; the rules of `ru` and `eu` object to it.
    /// assert_eq!(Policy::check(files).0.unwrap().choice().rule.model, Model::Notice);
    /// ```
    Model {
        /// Opening a second page after the banner was shown counts as a yes.
        Notice = "notice",
        /// Nothing runs until the visitor says yes.
        OptIn = "opt-in",
        /// Everything runs until the visitor says no.
        OptOut = "opt-out",
    }
}

words! {
    /// A body of law a policy is held against.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Policy, Profile};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.site().profiles, [Profile::Ru, Profile::Base]);
    /// ```
    Profile {
        /// Technique and accessibility; always applies.
        Base = "base",
        /// Brazil.
        Br = "br",
        /// Germany, with the rules of the European Union.
        De = "de",
        /// Spain, with the rules of the European Union.
        Es = "es",
        /// The European Union.
        Eu = "eu",
        /// France, with the rules of the European Union.
        Fr = "fr",
        /// India.
        In = "in",
        /// Italy, with the rules of the European Union.
        It = "it",
        /// Russia.
        Ru = "ru",
        /// The United Kingdom.
        Uk = "uk",
        /// California and the states that follow it.
        UsCa = "us-ca",
    }
}

/// States of the European Economic Area without a profile of their own (ISO 3166-1), as of 2026.
const EEA: [&str; 26] = [
    "AT", "BE", "BG", "CY", "CZ", "DK", "EE", "FI", "GR", "HR", "HU", "IE", "IS", "LI", "LT", "LU", "LV", "MT", "NL",
    "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

impl Profile {
    /// Returns the profile of a country (two letters), or of a state of the USA (`US-CA`); `None` for all others.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Profile;
    /// assert_eq!(Profile::of_country("ru"), Some(Profile::Ru));
    /// assert_eq!(Profile::of_country("PL"), Some(Profile::Eu));
    /// assert_eq!(Profile::of_country("US-CA"), Some(Profile::UsCa));
    /// assert_eq!(Profile::of_country("XX"), None);
    /// ```
    pub fn of_country(code: &str) -> Option<Self> {
        Some(match code.to_ascii_uppercase().as_str() {
            "BR" => Self::Br,
            "DE" => Self::De,
            "ES" => Self::Es,
            "FR" => Self::Fr,
            "GB" => Self::Uk,
            "IN" => Self::In,
            "IT" => Self::It,
            "RU" => Self::Ru,
            "US-CA" => Self::UsCa,
            state if EEA.contains(&state) => Self::Eu,
            _ => return None,
        })
    }

    /// Says whether this profile brings the rules of another one with it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Profile;
    /// assert!(Profile::Fr.includes(Profile::Eu));
    /// assert!(Profile::Fr.includes(Profile::Base));
    /// assert!(!Profile::Eu.includes(Profile::Fr));
    /// ```
    pub fn includes(self, other: Self) -> bool {
        self == other
            || other == Self::Base
            || (other == Self::Eu && matches!(self, Self::De | Self::Es | Self::Fr | Self::It))
    }
}

words! {
    /// What happens to data when its term is over (152-FZ, article 5(7)).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{EndAction, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// let text = files["policy.toml"].replace("\"365 days\"", "\"365 days\"\nend = \"depersonalise\"");
    /// files.insert("policy.toml".to_owned(), text);
    /// let policy = Policy::check(files).0.unwrap();
    /// assert_eq!(policy.purpose("metrics").unwrap().end, EndAction::Depersonalise);
    /// assert_eq!(policy.purpose("recommendations").unwrap().end, EndAction::Destroy);
    /// ```
    EndAction {
        /// It is depersonalised.
        Depersonalise = "depersonalise",
        /// It is destroyed.
        Destroy = "destroy",
    }
}

words! {
    /// A claim that a purpose needs no consent though it is not necessary.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Exemption, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// let text = files["policy.toml"].replace("\"365 days\"", "\"365 days\"\nexemption = \"audience-measurement\"");
    /// files.insert("policy.toml".to_owned(), text);
    /// let policy = Policy::check(files).0.unwrap();
    /// let metrics = policy.purpose("metrics").unwrap();
    /// assert_eq!(metrics.exemption, Some(Exemption::AudienceMeasurement));
    /// // It is a claim: the gate does not open by it.
    /// assert!(metrics.needs_consent());
    /// ```
    Exemption {
        /// The publisher's own audience measurement (CNIL 2020-091, article 5).
        AudienceMeasurement = "audience-measurement",
        /// Appearance of the service (PECR, Schedule A1).
        UkAppearance = "uk-appearance",
        /// Statistics of the service (PECR, Schedule A1).
        UkStatistics = "uk-statistics",
    }
}

words! {
    /// What the operator of a service is towards the site.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Policy, Role};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let role = |service: &str| policy.service(service).unwrap().role;
    /// assert_eq!(role("own-recommender"), Role::Own);
    /// // Counters use the data for themselves unless a contract says otherwise.
    /// assert_eq!(role("yandex-metrika"), Role::Controller);
    /// ```
    Role {
        /// It decides for itself what it does with the data.
        Controller = "controller",
        /// It decides together with the site.
        Joint = "joint",
        /// It acts on the site's instruction.
        Processor = "processor",
        /// It is the site itself.
        Own = "self",
    }
}

words! {
    /// On whose domain a cookie is set.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Party, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let cookies = &policy.service("yandex-metrika").unwrap().cookies;
    /// let party = |name: &str| cookies.iter().find(|cookie| cookie.name == name).unwrap().party;
    /// assert_eq!((party("_ym_uid"), party("yandexuid")), (Party::First, Party::Third));
    /// ```
    Party {
        /// On the site's own.
        First = "first",
        /// On the service's.
        Third = "third",
    }
}

words! {
    /// Where a browser keeps a value.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Place, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// let text = files["policy.toml"].replace("lifetime = \"180 days\"", "lifetime = \"1 day\", storage = \"local\"");
    /// files.insert("policy.toml".to_owned(), text);
    /// let policy = Policy::check(files).0.unwrap();
    /// assert_eq!(policy.service("own-recommender").unwrap().cookies[0].place, Place::Local);
    /// ```
    Place {
        /// As a cookie.
        Cookie = "cookie",
        /// In local storage.
        Local = "local",
        /// In session storage.
        Session = "session",
    }
}

words! {
    /// What happens to third parties that no service names.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Policy, Undeclared};
    /// let undeclared = |folder: &str| Policy::load(folder).unwrap().gate().undeclared;
    /// assert_eq!(undeclared("policies/shop"), Undeclared::Withhold);
    /// // Unless told, so that a new policy breaks no page.
    /// assert_eq!(undeclared("policies/news-site"), Undeclared::Report);
    /// ```
    Undeclared {
        /// They pass and nothing is said.
        Allow = "allow",
        /// They pass and are listed in the inventory.
        Report = "report",
        /// They are withheld and listed.
        Withhold = "withhold",
    }
}

words! {
    /// What becomes of a withheld element.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Policy, Withheld};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[gate]\nwithheld = \"removed\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().gate().withheld, Withheld::Removed);
    /// ```
    Withheld {
        /// It stays in its place and cannot run or load.
        Inert = "inert",
        /// It is taken out of the page.
        Removed = "removed",
    }
}

words! {
    /// Whether the gate closes.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{GateMode, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// // For the first days on a large site.
    /// files.get_mut("policy.toml").unwrap().push_str("[gate]\nmode = \"report-only\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().gate().mode, GateMode::ReportOnly);
    /// ```
    GateMode {
        /// What is not allowed is withheld.
        Enforce = "enforce",
        /// What would be withheld is counted; nothing is withheld.
        ReportOnly = "report-only",
    }
}

words! {
    /// The Content-Security-Policy as a second lock.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Csp, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// assert_eq!(Policy::check(files.clone()).0.unwrap().gate().csp, Csp::Off);
    /// files.get_mut("policy.toml").unwrap().push_str("[gate]\ncsp = \"report\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().gate().csp, Csp::Report);
    /// ```
    Csp {
        /// The browser enforces it.
        Enforce = "enforce",
        /// There is none.
        Off = "off",
        /// The browser reports what it would have stopped.
        Report = "report",
    }
}

words! {
    /// For whom pages are made.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Pages, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[gate]\npages = \"neutral\"\n");
    /// assert_eq!(Policy::check(files.clone()).0.unwrap().gate().pages, Pages::Neutral);
    /// // What is taken out for everyone is gone for those who allowed it, too.
    /// files.get_mut("policy.toml").unwrap().push_str("withheld = \"removed\"\n");
    /// assert_eq!(Policy::check(files).1[0].code, "neutral");
    /// ```
    Pages {
        /// The same bytes for everyone.
        Neutral = "neutral",
        /// For each visitor's decision.
        PerVisitor = "per-visitor",
    }
}

words! {
    /// What `Sec-GPC` does.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Gpc, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[signals]\ngpc = \"ignore\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().signals().gpc, Gpc::Ignore);
    /// ```
    Gpc {
        /// `1` switches off purposes that sell or share data.
        Honour = "honour",
        /// Nothing.
        Ignore = "ignore",
    }
}

words! {
    /// What `DNT` does.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Dnt, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[signals]\ndnt = \"off\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().signals().dnt, Dnt::Off);
    /// ```
    Dnt {
        /// Nothing.
        Ignore = "ignore",
        /// `1` counts as a refusal; no banner is shown.
        Off = "off",
    }
}

words! {
    /// Google Consent Mode v2.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{ConsentMode, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[signals]\nconsent-mode = \"basic\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().signals().consent_mode, ConsentMode::Basic);
    /// ```
    ConsentMode {
        /// Defaults are set and tags load before a choice.
        Advanced = "advanced",
        /// Defaults are set and tags are withheld until a choice.
        Basic = "basic",
        /// Nothing is set.
        Off = "off",
    }
}

words! {
    /// Where the banner stands.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Policy, Variant};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[banner]\nvariant = \"centred\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().look().variant, Variant::Centred);
    /// ```
    Variant {
        /// Across the bottom.
        Bar = "bar",
        /// A card in the middle.
        Centred = "centred",
        /// A card in a corner.
        Corner = "corner",
    }
}

words! {
    /// How round the banner's corners are.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Policy, Radius};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[banner]\nradius = \"none\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().look().radius, Radius::None);
    /// ```
    Radius {
        /// Very.
        Large = "large",
        /// Not at all.
        None = "none",
        /// A little.
        Small = "small",
    }
}

words! {
    /// What a record keeps of the visitor's IP address.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{AddressField, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[record]\naddress = \"keyed-hash\"\n");
    /// // Behind a proxy the address of the connection is the proxy's.
    /// assert!(Policy::check(files.clone()).1.iter().any(|fault| fault.message.contains("address-header")));
    /// files.get_mut("policy.toml").unwrap().push_str("address-header = \"x-real-ip\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().record().address, AddressField::KeyedHash);
    /// ```
    AddressField {
        /// A hash with a secret key of the site.
        KeyedHash = "keyed-hash",
        /// Nothing.
        None = "none",
        /// The first 24 bits, or 48 of an IPv6 address.
        Prefix = "prefix",
    }
}

words! {
    /// What a record keeps of the visitor's browser.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{BrowserField, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[record]\nbrowser = \"family\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().record().browser, BrowserField::Family);
    /// ```
    BrowserField {
        /// Its family.
        Family = "family",
        /// Nothing.
        None = "none",
    }
}

words! {
    /// What a record keeps of the page on which a choice was made.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{PageField, Policy};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[record]\npage = \"path\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().record().page, PageField::Path);
    /// ```
    PageField {
        /// Nothing.
        None = "none",
        /// Its path, without the query.
        Path = "path",
    }
}

words! {
    /// What proves a destruction (Order 179).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Evidence, Policy};
    /// let policy = Policy::load("policies/shop").unwrap();
    /// // Mixed processing needs both.
    /// assert_eq!(policy.destruction().unwrap().evidence, Evidence::ALL);
    /// ```
    Evidence {
        /// A signed act.
        Act = "act",
        /// An extract of the system's log.
        Log = "log",
    }
}

words! {
    /// What a finding of a rule counts as.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Level, Policy};
    /// let (_, found) = Policy::check([("policy.toml", "[site]\nnam = \"Вести Края\"\n")]);
    /// // The most severe one decides; the order is that of the words.
    /// assert_eq!(found.iter().map(|one| one.level).min(), Some(Level::Error));
    /// ```
    Level {
        /// It must be mended.
        Error = "error",
        /// It should be mended, or a reason given.
        Warning = "warning",
        /// It is worth knowing.
        Info = "info",
        /// It is not reported.
        Off = "off",
    }
}
