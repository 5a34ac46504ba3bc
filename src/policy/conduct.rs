//! How the site behaves: the second half of a policy file as types.

use std::{collections::BTreeMap, fmt, time::Duration};

use time::Date;

use super::{
    text::{Term, Text},
    word::{
        AddressField, BrowserField, ConsentMode, Csp, Dnt, GateMode, Gpc, Level, Model, PageField, Pages, Profile,
        Radius, Undeclared, Variant, Withheld,
    },
};

/// How a visitor's answer comes about and how long it holds.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Policy, Profile};
/// let policy = Policy::load("policies/shop").unwrap();
/// let choice = policy.choice();
/// // The proxy tells the country; other rules hold for visitors from California alone.
/// assert_eq!(choice.country_header.as_deref(), Some("cf-ipcountry"));
/// assert!(choice.profiles.keys().eq([&Profile::UsCa]));
/// assert!(!choice.wall);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Choice {
    /// For everyone no profile speaks of.
    pub rule: ChoiceRule,
    /// How long after a refusal the banner stays away at least.
    pub ask_again: Term,
    /// Header in which a trusted proxy puts the visitor's country, in lower case.
    pub country_header: Option<String>,
    /// Whether the site is closed to those who refuse.
    pub wall: bool,
    /// What a refuser can use instead.
    pub alternative: Option<Text>,
    /// Who found that alternative a real one.
    pub reviewed_by: Option<String>,
    /// Other rules for visitors of some profiles.
    pub profiles: BTreeMap<Profile, ChoiceRule>,
}

impl Choice {
    /// Returns the rule for a visitor of a profile: its own, that of the profile it belongs to, or everyone's.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Model, Policy, Profile};
    /// let policy = Policy::load("policies/shop").unwrap();
    /// assert_eq!(policy.choice().rule(Some(Profile::UsCa)).model, Model::OptOut);
    /// assert_eq!(policy.choice().rule(Some(Profile::De)).model, Model::OptIn);
    /// assert_eq!(policy.choice().rule(None).model, Model::OptIn);
    /// ```
    pub fn rule(&self, profile: Option<Profile>) -> ChoiceRule {
        let Some(profile) = profile else {
            return self.rule;
        };
        let wider = || self.profiles.iter().find(|(other, _)| profile.includes(**other)).map(|(_, rule)| rule);
        self.profiles.get(&profile).or_else(wider).copied().unwrap_or(self.rule)
    }
}

/// Model and term of an answer.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Policy, Profile};
/// let policy = Policy::load("policies/shop").unwrap();
/// let remembered = |profile| policy.choice().rule(profile).remember.to_string();
/// assert_eq!(remembered(None), "180 days");
/// // California: nobody is asked to opt in again for a year.
/// assert_eq!(remembered(Some(Profile::UsCa)), "365 days");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChoiceRule {
    /// How it comes about.
    pub model: Model,
    /// How long it is kept.
    pub remember: Term,
}

impl ChoiceRule {
    /// Returns how long an answer holds.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// // Browsers keep no cookie longer than 400 days.
    /// assert!(policy.choice().rule.duration() <= Duration::from_secs(400 * 86_400));
    /// ```
    pub fn duration(&self) -> Duration {
        self.remember.duration()
    }
}

/// What a record keeps beyond the choice itself.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{AddressField, PageField, Policy};
/// let mut files = Policy::read("policies/news-site").unwrap();
/// let own = "[record]\naddress = \"prefix\"\naddress-header = \"X-Real-IP\"\n";
/// files.get_mut("policy.toml").unwrap().push_str(own);
/// let policy = Policy::check(files).0.unwrap();
/// let record = policy.record();
/// assert_eq!((record.address, record.page), (AddressField::Prefix, PageField::None));
/// assert_eq!(record.address_header.as_deref(), Some("x-real-ip"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordFields {
    /// Of the IP address.
    pub address: AddressField,
    /// Header in which a trusted proxy puts the address, in lower case.
    pub address_header: Option<String>,
    /// Of the browser.
    pub browser: BrowserField,
    /// Of the page.
    pub page: PageField,
}

/// How the banner looks.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Policy, Variant};
/// let policy = Policy::load("policies/shop").unwrap();
/// let look = policy.look();
/// // The Garante asks for a close button; the rest is as it is unless told.
/// assert!(look.close);
/// assert_eq!((look.variant, look.target_size), (Variant::Bar, 44));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Look {
    /// Where it stands.
    pub variant: Variant,
    /// Whether it has a close button, which refuses.
    pub close: bool,
    /// Whether every page has a small link to the centre.
    pub brand: bool,
    /// Colours for light systems; the system's own where absent.
    pub light: Option<Theme>,
    /// Colours for dark systems.
    pub dark: Option<Theme>,
    /// How round the corners are.
    pub radius: Radius,
    /// Size of the text in CSS pixels.
    pub text_size: u8,
    /// Least height of buttons in CSS pixels.
    pub target_size: u8,
}

/// The colours of a banner; both buttons have the same.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let mut files = Policy::read("policies/news-site").unwrap();
/// files.get_mut("policy.toml").unwrap().push_str(
///     "[banner.light]\nbackground = \"#ffffff\"\ntext = \"#1a1a1a\"\nbutton = \"#1a1a1a\"\n\
///      button-text = \"#ffffff\"\nfocus = \"#1a73e8\"\n",
/// );
/// let theme = Policy::check(files).0.unwrap().look().light.unwrap();
/// assert!(theme.button_text.contrast(theme.button) >= 4.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Theme {
    /// Behind the text.
    pub background: Colour,
    /// The text.
    pub text: Colour,
    /// Behind the words of the buttons.
    pub button: Colour,
    /// The words of the buttons.
    pub button_text: Colour,
    /// The focus ring.
    pub focus: Colour,
}

/// A colour, written `#rrggbb`.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Colour;
/// let accent = Colour::from_channels([0x1a, 0x73, 0xe8]);
/// assert_eq!(accent.to_string(), "#1a73e8");
/// // Readable on white (WCAG 2.2, 1.4.3).
/// assert!(accent.contrast(Colour::from_channels([255; 3])) >= 4.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub(super) [u8; 3]);

impl Colour {
    /// Reads `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let mut channels = [0; 3];
        base16ct::mixed::decode(digits, &mut channels).ok()?;
        Some(Self(channels))
    }

    /// Returns red, green and blue.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Colour;
    /// let accent = Colour::from_channels([0x1a, 0x73, 0xe8]);
    /// let darker = Colour::from_channels(accent.channels().map(|channel| channel / 2));
    /// assert_eq!(darker.to_string(), "#0d3974");
    /// ```
    pub fn channels(self) -> [u8; 3] {
        self.0
    }

    /// Returns the contrast to another colour, from 1 to 21 (WCAG 2.2, "contrast ratio").
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Colour;
    /// let (black, white) = (Colour::from_channels([0; 3]), Colour::from_channels([255; 3]));
    /// assert!((black.contrast(white) - 21.0).abs() < 0.01);
    /// ```
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Makes a colour of red, green and blue.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Colour;
    /// const GREY: Colour = Colour::from_channels([0x76; 3]);
    /// assert_eq!(GREY.to_string(), "#767676");
    /// ```
    pub const fn from_channels(channels: [u8; 3]) -> Self {
        Self(channels)
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// What happens to what is not allowed.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{GateMode, Policy, Undeclared};
/// let policy = Policy::load("policies/shop").unwrap();
/// let gate = policy.gate();
/// // What nobody declared does not run, and this is meant in earnest.
/// assert_eq!((gate.undeclared, gate.mode), (Undeclared::Withhold, GateMode::Enforce));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gating {
    /// To third parties no service names.
    pub undeclared: Undeclared,
    /// To withheld elements.
    pub withheld: Withheld,
    /// Whether the gate closes.
    pub mode: GateMode,
    /// The second lock.
    pub csp: Csp,
    /// For whom pages are made.
    pub pages: Pages,
}

/// What is read from browsers and told to others.
///
/// # Example
///
/// ```
/// use time::macros::date;
/// use tower_consent::policy::{Gpc, Policy};
/// let policy = Policy::load("policies/shop").unwrap();
/// let signals = policy.signals();
/// assert_eq!((signals.gpc, signals.gpc_since), (Gpc::Honour, Some(date!(2026-01-01))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalRules {
    /// `Sec-GPC`.
    pub gpc: Gpc,
    /// Since when support is declared in `/.well-known/gpc.json`.
    pub gpc_since: Option<Date>,
    /// `DNT`.
    pub dnt: Dnt,
    /// Google Consent Mode v2.
    pub consent_mode: ConsentMode,
}

/// A wording fix that asks nobody again.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let mut files = Policy::read("policies/news-site").unwrap();
/// files.get_mut("policy.toml").unwrap().push_str(
///     "[[editorial]]\nfile = \"ru/consent.md\"\nsame-as = \"0123456789ab\"\ntext = \"ba9876543210\"\n\
///      reason = \"a comma\"\n",
/// );
/// let (policy, warnings) = Policy::check(files);
/// assert_eq!(policy.unwrap().editorial()[0].same_as, "0123456789ab");
/// // The text is another one by now, so that the mark no longer counts.
/// assert!(warnings.iter().any(|warning| warning.code == "editorial-stale"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Editorial {
    /// The text that was fixed.
    pub file: String,
    /// Material hash of the text visitors agreed to.
    pub same_as: String,
    /// Material hash of the fixed text.
    pub text: String,
    /// Why it changes nothing.
    pub reason: String,
}

/// Another level for one rule of `check`.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Level, Policy};
/// let mut files = Policy::read("policies/news-site").unwrap();
/// let own = "[[rule]]\ncode = \"RU-152-9-GRAN\"\nlevel = \"info\"\nreason = \"one purpose, one switch\"\n";
/// files.get_mut("policy.toml").unwrap().push_str(own);
/// let policy = Policy::check(files).0.unwrap();
/// assert_eq!((&*policy.rules()[0].code, policy.rules()[0].level), ("RU-152-9-GRAN", Level::Info));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleLevel {
    /// The rule.
    pub code: String,
    /// What its findings count as.
    pub level: Level,
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_six_digits() {
        assert_eq!(Colour::parse("#1A73e8").unwrap().to_string(), "#1a73e8");
        for bad in ["1a73e8", "#fff", "#1a73e", "#1a73eg", "#1a73e8a", ""] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn contrast_of_published_pairs() {
        // #767676 on white is the well-known grey that just reaches 4.5:1.
        let grey = Colour::parse("#767676").unwrap();
        let ratio = grey.contrast(Colour::from_channels([255; 3]));
        assert!((4.5..4.6).contains(&ratio), "{ratio}");
    }
}
