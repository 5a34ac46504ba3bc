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
    EndAction {
        /// It is depersonalised.
        Depersonalise = "depersonalise",
        /// It is destroyed.
        Destroy = "destroy",
    }
}

words! {
    /// A claim that a purpose needs no consent though it is not necessary.
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
    Party {
        /// On the site's own.
        First = "first",
        /// On the service's.
        Third = "third",
    }
}

words! {
    /// Where a browser keeps a value.
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
    Withheld {
        /// It stays in its place and cannot run or load.
        Inert = "inert",
        /// It is taken out of the page.
        Removed = "removed",
    }
}

words! {
    /// Whether the gate closes.
    GateMode {
        /// What is not allowed is withheld.
        Enforce = "enforce",
        /// What would be withheld is counted; nothing is withheld.
        ReportOnly = "report-only",
    }
}

words! {
    /// The Content-Security-Policy as a second lock.
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
    Pages {
        /// The same bytes for everyone.
        Neutral = "neutral",
        /// For each visitor's decision.
        PerVisitor = "per-visitor",
    }
}

words! {
    /// What `Sec-GPC` does.
    Gpc {
        /// `1` switches off purposes that sell or share data.
        Honour = "honour",
        /// Nothing.
        Ignore = "ignore",
    }
}

words! {
    /// What `DNT` does.
    Dnt {
        /// Nothing.
        Ignore = "ignore",
        /// `1` counts as a refusal; no banner is shown.
        Off = "off",
    }
}

words! {
    /// Google Consent Mode v2.
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
    BrowserField {
        /// Its family.
        Family = "family",
        /// Nothing.
        None = "none",
    }
}

words! {
    /// What a record keeps of the page on which a choice was made.
    PageField {
        /// Nothing.
        None = "none",
        /// Its path, without the query.
        Path = "path",
    }
}

words! {
    /// What proves a destruction (Order 179).
    Evidence {
        /// A signed act.
        Act = "act",
        /// An extract of the system's log.
        Log = "log",
    }
}

words! {
    /// What a finding of a rule counts as.
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
