//! What a request says of the visitor's wishes, and the one place that knows the format of the choice cookie.
//!
//! In: request headers and a key ring. Out: the signals, as read; nothing is judged here and nothing fails: what
//! cannot be read is told as a reading that grants nothing. The signature of form tokens is made here too.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use aho_corasick::AhoCorasick;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, header};
use sha2::Sha256;
use time::OffsetDateTime;

use crate::purpose::{PurposeId, is_identifier};

/// The longest choice cookie that is looked at, in bytes (a browser keeps none over 4,096: RFC 6265bis, 5.5).
const LONGEST_COOKIE: usize = 4096;
const FORMAT: &str = "1";

/// A random name for a browser: 128 bits, known to that browser and to the log only.
///
/// # Example
///
/// ```
/// use tower_consent::signal::VisitorId;
/// let visitor = VisitorId::from_random([7; 16]);
/// let shown = visitor.to_string();
/// assert_eq!(VisitorId::parse(&shown), Some(visitor));
/// assert!(!format!("{visitor:?}").contains(&shown), "logs do not tell who it is");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitorId([u8; 16]);

impl VisitorId {
    /// Makes an id from 128 random bits.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::signal::VisitorId;
    /// let mut bits = [0; 16];
    /// getrandom::fill(&mut bits)?;
    /// let visitor = VisitorId::from_random(bits);
    /// assert_eq!(visitor.to_string().len(), 22, "as a cookie carries it");
    /// # Ok::<(), getrandom::Error>(())
    /// ```
    pub fn from_random(bits: [u8; 16]) -> Self {
        Self(bits)
    }

    /// Returns the bits.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::signal::VisitorId;
    /// let visitor = VisitorId::parse("AQEBAQEBAQEBAQEBAQEBAQ").unwrap();
    /// assert_eq!(visitor.as_bytes(), &[1; 16]);
    /// ```
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads an id as it is displayed.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::signal::VisitorId;
    /// assert!(VisitorId::parse("AQEBAQEBAQEBAQEBAQEBAQ").is_some());
    /// assert_eq!(VisitorId::parse("AQEBAQ"), None, "128 bits and no fewer");
    /// assert_eq!(VisitorId::parse("AQEBAQEBAQEBAQEBAQEBAR"), None, "each id is written in one way only");
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for VisitorId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for VisitorId {
    // Personal data does not belong into logs, where `Debug` ends up.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VisitorId(…)")
    }
}

/// What the log calls an account of the site: a keyed hash of the site's own name for it, of 128 bits.
///
/// Without the key, which the store keeps, it leads to no name; with the key only by trying names. The events of an account
/// are found as those of a visitor are, by its [`subject`](Self::subject).
///
/// # Example
///
/// ```
/// use tower_consent::signal::{AccountId, VisitorId};
/// let subject = VisitorId::from_random([1; 16]);
/// let account = AccountId::of_subject(subject);
/// assert_eq!((account.subject(), account.to_string()), (subject, subject.to_string()));
/// assert_eq!(format!("{account:?}"), "AccountId(…)", "logs do not tell who it is");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(VisitorId);

impl AccountId {
    /// Makes the id of a name, by HMAC-SHA-256 (RFC 2104) with a key of its own.
    pub(crate) fn of_name(key: &[u8; 32], name: &str) -> Self {
        let mut mac = keyed(key);
        mac.update(name.as_bytes());
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        Self(VisitorId(*hash.first_chunk().expect("sixteen of thirty-two bytes")))
    }

    /// Takes an id as the events of an account have it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::signal::{AccountId, VisitorId};
    /// // A disclosed event names the account it links with by its subject.
    /// let subject = VisitorId::parse("AQEBAQEBAQEBAQEBAQEBAQ").unwrap();
    /// assert_eq!(AccountId::of_subject(subject).to_string(), "AQEBAQEBAQEBAQEBAQEBAQ");
    /// ```
    pub fn of_subject(subject: VisitorId) -> Self {
        Self(subject)
    }

    /// Returns the id under which the events of the account are found.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{signal::{AccountId, VisitorId}, store::{ConsentStore, Memory}};
    /// let account = AccountId::of_subject(VisitorId::from_random([1; 16]));
    /// let events = pollster::block_on(Memory::default().by_visitor(account.subject())).unwrap();
    /// assert!(events.is_empty(), "nobody was ever linked with it");
    /// ```
    pub fn subject(self) -> VisitorId {
        self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccountId(…)")
    }
}

/// What a visitor chose, as the cookie carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) visitor: VisitorId,
    /// When the choice was made.
    pub(crate) at: OffsetDateTime,
    /// For each purpose: granted or not, and the material hash it was decided under.
    pub(crate) purposes: BTreeMap<PurposeId, (bool, String)>,
    /// Whether the browser sent `Sec-GPC: 1` with it, so that the choice was made in the knowledge of the signal.
    pub(crate) under_gpc: bool,
}

/// How reading the choice cookie went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// There is none.
    Absent,
    /// There are several of that name; none is believed.
    Duplicate,
    /// It is too long, not ASCII, not of our format, or its signature is wrong.
    Invalid,
    /// It was made by us.
    Valid(Remembered),
}

/// Everything a request says about consent.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    pub(crate) choice: Reading,
    /// `Sec-GPC: 1`: only this value counts, any other is as if absent; of several headers one is enough (Global
    /// Privacy Control, "the Sec-GPC header field").
    pub(crate) gpc: bool,
    /// `DNT: 1`.
    pub(crate) dnt: bool,
    /// Whether the browser calls itself a robot.
    pub(crate) bot: bool,
    /// The country a trusted proxy tells, as it tells it.
    pub(crate) country: Option<String>,
}

/// Longest country a proxy may tell: `US-CA`, with some room.
const LONGEST_COUNTRY: usize = 8;

impl Signals {
    /// Reads the headers; `name` is what the choice cookie is called on this site, `country` the header in which a
    /// proxy tells the visitor's country.
    pub(crate) fn read(headers: &HeaderMap, name: &str, country: Option<&str>, keys: &KeyRing) -> Self {
        let one = |name: &str| headers.get_all(name).iter().any(|value| value.as_bytes() == b"1");
        // Two countries are none.
        let mut countries = country.into_iter().flat_map(|name| headers.get_all(name));
        let country = countries.next().filter(|_| countries.next().is_none());
        let country = country.and_then(|value| value.to_str().ok()).filter(|text| text.len() <= LONGEST_COUNTRY);
        Self {
            choice: read_choice(headers, name, keys),
            gpc: one("sec-gpc"),
            dnt: one("dnt"),
            bot: headers.get(header::USER_AGENT).and_then(|name| name.to_str().ok()).is_some_and(is_bot),
            country: country.map(str::to_owned),
        }
    }

    /// What a visitor says who says nothing.
    pub(crate) fn none() -> Self {
        Self { choice: Reading::Absent, gpc: false, dnt: false, bot: false, country: None }
    }
}

/// Says whether a user agent names itself a robot: a word that ends in "bot" and is no brand, or one of the usual words.
/// A robot that pretends to be a person is asked as a person and answers nothing.
fn is_bot(agent: &str) -> bool {
    static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let words = ["bot", "crawl", "spider", "slurp", "lighthouse"];
        AhoCorasick::builder().ascii_case_insensitive(true).build(words).expect("a few words make an automaton")
    });
    let agent = agent.as_bytes();
    WORDS.find_iter(agent).any(|found| {
        if found.pattern().as_usize() > 0 {
            return true;
        }
        let (before, after) = agent.split_at(found.end());
        let start = before.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |place| place + 1);
        !after.first().is_some_and(u8::is_ascii_alphanumeric) && !before[start..].eq_ignore_ascii_case(b"cubot")
    })
}

fn read_choice(headers: &HeaderMap, name: &str, keys: &KeyRing) -> Reading {
    let mut found = Reading::Absent;
    for header in headers.get_all(header::COOKIE) {
        // A header with other people's bytes in it must not hide our cookie, nor may ours hold such bytes.
        for pair in header.as_bytes().split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            let Some(rest) = pair.strip_prefix(name.as_bytes()) else {
                continue;
            };
            let Some(value) = rest.trim_ascii_start().strip_prefix(b"=") else {
                continue;
            };
            let choice = std::str::from_utf8(value.trim_ascii()).ok().and_then(|value| decode(value, keys));
            found = match (found, choice) {
                (Reading::Absent, Some(choice)) => Reading::Valid(choice),
                (Reading::Absent, None) => Reading::Invalid,
                (Reading::Valid(one), Some(other)) => Reading::Valid(stricter(one, other)),
                // One of several cannot be believed: a neighbour may have written it to hide the other.
                _ => return Reading::Duplicate,
            };
        }
    }
    found
}

/// Of two choices this site signed, as on a host and on its parent domain: what both allow, as of the earlier one, so
/// that it ends first.
fn stricter(one: Remembered, other: Remembered) -> Remembered {
    let (newer, older) = if one.at >= other.at { (one, other) } else { (other, one) };
    let at = older.at;
    let mut purposes = BTreeMap::new();
    for (id, (granted, material)) in newer.purposes.iter().chain(&older.purposes) {
        let in_both = |choice: &Remembered| choice.purposes.get(id).is_some_and(|(yes, of)| *yes && of == material);
        // Decided by one alone, a "no" holds and a "yes" does not.
        let both = *granted && in_both(&newer) && in_both(&older);
        if both || !*granted {
            purposes.insert(id.clone(), (both, material.clone()));
        }
    }
    Remembered { visitor: newer.visitor, at, purposes, under_gpc: newer.under_gpc && older.under_gpc }
}

/// Mark of a choice that was made under `Sec-GPC: 1`.
const UNDER_GPC: &str = "g";

/// Writes the value of the choice cookie: `1.visitor.time.purpose*1hash~purpose*0hash.signature`, with `.g` before the
/// signature when the choice was made under `Sec-GPC: 1`.
pub(crate) fn encode(choice: &Remembered, keys: &KeyRing) -> String {
    let purposes: Vec<String> = choice
        .purposes
        .iter()
        .map(|(id, (granted, material))| format!("{id}*{}{material}", u8::from(*granted)))
        .collect();
    let mut payload = format!("{FORMAT}.{}.{}.{}", choice.visitor, choice.at.unix_timestamp(), purposes.join("~"));
    if choice.under_gpc {
        payload.push('.');
        payload.push_str(UNDER_GPC);
    }
    keys.sign(Use::Cookie, &payload)
}

fn decode(value: &str, keys: &KeyRing) -> Option<Remembered> {
    if value.len() > LONGEST_COOKIE {
        return None;
    }
    let payload = keys.verify(Use::Cookie, value)?;
    let mut parts = payload.split('.');
    let (format, visitor, at, purposes) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let under_gpc = match parts.next() {
        None => false,
        Some(UNDER_GPC) => true,
        Some(_) => return None,
    };
    if format != FORMAT || parts.next().is_some() {
        return None;
    }
    let mut decoded = BTreeMap::new();
    for entry in purposes.split('~').filter(|entry| !entry.is_empty()) {
        let (id, rest) = entry.split_once('*')?;
        let granted = match rest.chars().next()? {
            '1' => true,
            '0' => false,
            _ => return None,
        };
        decoded.insert(id.parse().ok()?, (granted, rest[1..].to_owned()));
    }
    Some(Remembered {
        visitor: VisitorId::parse(visitor)?,
        at: OffsetDateTime::from_unix_timestamp(at.parse().ok()?).ok()?,
        purposes: decoded,
        under_gpc,
    })
}

/// What a signature is for; one made for one use is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Cookie,
    Token,
}

/// The secrets that sign cookies and form tokens: the newest signs, all verify.
///
/// # Example
///
/// ```
/// use tower_consent::signal::KeyRing;
/// let ring = KeyRing::new([[7; 32]]).unwrap();
/// assert!(!format!("{ring:?}").contains('7'));
/// assert!(KeyRing::new([]).is_none());
/// ```
#[derive(Clone)]
pub struct KeyRing(Vec<Key>);

#[derive(Clone)]
struct Key {
    cookie: Hmac<Sha256>,
    token: Hmac<Sha256>,
    digest: Hmac<Sha256>,
}

impl KeyRing {
    /// Makes a ring of 256-bit secrets, the newest first; `None` when there is none.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{ConsentLayer, Policy, signal::KeyRing, store::Memory};
    /// // The new key signs from now on; cookies of the old one stay good until it is left out.
    /// let (new, old) = ([2; 32], [1; 32]);
    /// let keys = KeyRing::new([new, old]).unwrap();
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap().with_keys(keys);
    /// assert!(layer.handle().health().degraded.is_none());
    /// ```
    pub fn new(secrets: impl IntoIterator<Item = [u8; 32]>) -> Option<Self> {
        let keys: Vec<Key> = secrets
            .into_iter()
            .map(|secret| {
                let derive = |purpose: &str| {
                    let mut mac = keyed(&secret);
                    mac.update(purpose.as_bytes());
                    keyed(&mac.finalize().into_bytes())
                };
                Key {
                    cookie: derive("tower-consent cookie 1"),
                    token: derive("tower-consent token 1"),
                    digest: derive("tower-consent digest 1"),
                }
            })
            .collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Returns the payload with a signature behind its last dot.
    pub(crate) fn sign(&self, usage: Use, payload: &str) -> String {
        let mut mac = self.0[0].of(usage);
        mac.update(payload.as_bytes());
        format!("{payload}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// Returns a short keyed hash: the same text gives the same 16 bytes, which only the key's holder can lead back by
    /// trying.
    pub(crate) fn digest(&self, text: &str) -> String {
        let mut mac = self.0[0].digest.clone();
        mac.update(text.as_bytes());
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..16])
    }

    /// Returns the payload if one of the keys signed it for this use. The comparison takes constant time.
    pub(crate) fn verify<'a>(&self, usage: Use, text: &'a str) -> Option<&'a str> {
        let (payload, signature) = text.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.0
            .iter()
            .any(|key| {
                let mut mac = key.of(usage);
                mac.update(payload.as_bytes());
                mac.verify_slice(&signature).is_ok()
            })
            .then_some(payload)
    }
}

impl Key {
    fn of(&self, usage: Use) -> Hmac<Sha256> {
        match usage {
            Use::Cookie => self.cookie.clone(),
            Use::Token => self.token.clone(),
        }
    }
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length (RFC 2104)")
}

impl fmt::Debug for KeyRing {
    // The secrets stay out of logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyRing({} keys)", self.0.len())
    }
}

/// What a page's form brings back: proof that this site served the banner, and which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// First 16 digits of the policy's version.
    pub(crate) policy: String,
    pub(crate) language: String,
    /// SHA-256 of the banner as shown, hexadecimal.
    pub(crate) notice: String,
    pub(crate) minted: OffsetDateTime,
    /// Random; the same form sent twice is one choice.
    pub(crate) once: String,
}

impl Token {
    pub(crate) fn encode(&self, keys: &KeyRing) -> String {
        let Self { policy, language, notice, minted, once } = self;
        keys.sign(Use::Token, &format!("{FORMAT}.{policy}.{language}.{notice}.{}.{once}", minted.unix_timestamp()))
    }

    pub(crate) fn decode(text: &str, keys: &KeyRing) -> Option<Self> {
        let payload = keys.verify(Use::Token, text)?;
        let parts: Vec<&str> = payload.split('.').collect();
        let [FORMAT, policy, language, notice, minted, once] = parts[..] else {
            return None;
        };
        Some(Self {
            policy: policy.to_owned(),
            language: is_identifier(language).then(|| language.to_owned())?,
            notice: notice.to_owned(),
            minted: OffsetDateTime::from_unix_timestamp(minted.parse().ok()?).ok()?,
            once: once.to_owned(),
        })
    }
}

/// Returns what looks like form tokens of a policy in any text, whoever signed them.
#[cfg(feature = "testing")]
pub(crate) fn tokens_in<'t>(text: &'t str, policy: &str) -> impl Iterator<Item = &'t str> {
    let start = format!("{FORMAT}.{policy}.");
    let places: Vec<usize> = text.match_indices(&start).map(|(at, _)| at).collect();
    places.into_iter().map(move |at| {
        let rest = &text[at..];
        let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        &rest[..rest.find(|c| !belongs(c)).unwrap_or(rest.len())]
    })
}

/// Returns the id in the value of a choice cookie, whoever signed it.
#[cfg(feature = "testing")]
pub(crate) fn visitor_of_cookie(value: &str) -> Option<VisitorId> {
    value.strip_prefix(FORMAT)?.strip_prefix('.')?.split('.').next().and_then(VisitorId::parse)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn ring(byte: u8) -> KeyRing {
        KeyRing::new([[byte; 32]]).unwrap()
    }

    fn choice() -> Remembered {
        Remembered {
            visitor: VisitorId::from_random([9; 16]),
            at: OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap(),
            purposes: [("metrics".parse().unwrap(), (true, "0123456789ab".to_owned()))].into(),
            under_gpc: false,
        }
    }

    #[test]
    fn only_a_signal_of_exactly_one_counts() {
        let keys = ring(1);
        for (values, expected) in [
            (&["1"][..], true),
            (&["0", "1"], true),
            (&[], false),
            (&[""], false),
            (&["0"], false),
            (&["true"], false),
            (&["1, 1"], false),
            (&["1;a"], false),
            (&["01"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("sec-gpc", HeaderValue::from_static(value));
                headers.append("dnt", HeaderValue::from_static(value));
            }
            let signals = Signals::read(&headers, "tower-consent", None, &keys);
            assert_eq!((signals.gpc, signals.dnt), (expected, expected), "{values:?}");
        }
    }

    #[test]
    fn a_country_is_told_once_and_short_or_not_at_all() {
        let keys = ring(1);
        for (values, expected) in
            [(&["US-CA"][..], Some("US-CA")), (&["RU", "RU"], None), (&["a long sentence"], None), (&[], None)]
        {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-country", HeaderValue::from_static(value));
            }
            let signals = Signals::read(&headers, "tower-consent", Some("x-country"), &keys);
            assert_eq!(signals.country.as_deref(), expected, "{values:?}");
            assert_eq!(Signals::read(&headers, "tower-consent", None, &keys).country, None);
        }
    }

    #[test]
    fn a_choice_made_under_the_signal_is_remembered_as_such() {
        let keys = ring(1);
        let knowing = Remembered { under_gpc: true, ..choice() };
        let cookie = format!("tower-consent={}", encode(&knowing, &keys));
        assert_eq!(read(cookie.as_bytes(), &keys), Reading::Valid(knowing));
        let other = keys.sign(Use::Cookie, "1.CQkJCQkJCQkJCQkJCQkJCQ.1764000000.metrics*10123456789ab.x");
        assert_eq!(read(format!("tower-consent={other}").as_bytes(), &keys), Reading::Invalid);
    }

    fn read(cookie: &[u8], keys: &KeyRing) -> Reading {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_bytes(cookie).unwrap());
        Signals::read(&headers, "tower-consent", None, keys).choice
    }

    #[test]
    fn the_cookie_reads_back_among_others() {
        let keys = ring(1);
        let value = encode(&choice(), &keys);
        for cookie in [
            format!("tower-consent={value}"),
            format!("a=b; tower-consent={value}; tower-consent-not=1; x"),
            format!("a=\"; {{json}}\";tower-consent={value}"),
        ] {
            assert_eq!(read(cookie.as_bytes(), &keys), Reading::Valid(choice()), "{cookie}");
        }
        let mut other = b"x=\xff\xfe; tower-consent=".to_vec();
        other.extend_from_slice(value.as_bytes());
        assert_eq!(read(&other, &keys), Reading::Valid(choice()));
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let keys = ring(1);
        let value = encode(&choice(), &keys).into_bytes();
        for position in 0..value.len() * 8 {
            let mut flipped = value.clone();
            flipped[position / 8] ^= 1 << (position % 8);
            let mut cookie = b"tower-consent=".to_vec();
            cookie.extend_from_slice(&flipped);
            let Ok(header) = HeaderValue::from_bytes(&cookie) else {
                continue;
            };
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, header);
            let reading = Signals::read(&headers, "tower-consent", None, &keys).choice;
            assert_ne!(reading, Reading::Valid(choice()), "bit {position}");
            assert!(!matches!(reading, Reading::Valid(_)), "bit {position}");
        }
    }

    #[test]
    fn foreign_duplicated_oversized_and_unreadable_cookies_are_not_valid() {
        let keys = ring(1);
        let value = encode(&choice(), &keys);
        assert_eq!(read(format!("tower-consent={}", encode(&choice(), &ring(2))).as_bytes(), &keys), Reading::Invalid);
        for (one, other) in [(value.as_str(), "x"), ("x", value.as_str()), (value.as_str(), "")] {
            let cookies = format!("tower-consent={one}; tower-consent={other}");
            assert!(!matches!(read(cookies.as_bytes(), &keys), Reading::Valid(_)), "{cookies}");
        }
        assert_eq!(read(format!("tower-consent={}", "a".repeat(9000)).as_bytes(), &keys), Reading::Invalid);
        assert_eq!(read(b"tower-consent=\xff\xfe", &keys), Reading::Invalid);
        assert_eq!(read(b"other=1", &keys), Reading::Absent);
    }

    #[test]
    fn of_two_choices_of_this_site_the_stricter_holds() {
        let keys = ring(1);
        let made = |seconds: i64, purposes: &[(&str, bool, &str)]| Remembered {
            at: choice().at + time::Duration::seconds(seconds),
            purposes: purposes
                .iter()
                .map(|(id, granted, material)| (id.parse().unwrap(), (*granted, (*material).to_owned())))
                .collect(),
            ..choice()
        };
        let both = |one: &Remembered, other: &Remembered| {
            let cookies = format!("tower-consent={}; tower-consent={}", encode(one, &keys), encode(other, &keys));
            match read(cookies.as_bytes(), &keys) {
                Reading::Valid(choice) => choice,
                other => panic!("{other:?}"),
            }
        };
        let one = made(0, &[("ads", true, "a"), ("metrics", true, "a"), ("video", true, "a"), ("social", false, "a")]);
        let other = made(9, &[("ads", true, "a"), ("metrics", false, "a"), ("video", true, "b"), ("maps", true, "a")]);
        let expected = made(0, &[("ads", true, "a"), ("metrics", false, "a"), ("social", false, "a")]);
        assert_eq!(both(&one, &other), expected);
        assert_eq!(both(&other, &one), expected);
        assert_eq!(both(&one, &one), one);
    }

    #[test]
    fn a_robot_names_itself() {
        for robot in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "Mozilla/5.0 (compatible; MegaIndex.ru/2.0; +http://megaindex.com/crawler)",
            "Mozilla/5.0 (Linux; Android 11) Chrome/141.0 Mobile Safari/537.36 Chrome-Lighthouse",
        ] {
            assert!(is_bot(robot), "{robot}");
        }
        for person in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36",
            "",
        ] {
            assert!(!is_bot(person), "{person}");
        }
    }

    #[test]
    fn an_older_key_verifies_and_a_use_is_not_another() {
        let old = ring(1);
        let rotated = KeyRing::new([[2; 32], [1; 32]]).unwrap();
        let value = old.sign(Use::Cookie, "x.y");
        assert_eq!(rotated.verify(Use::Cookie, &value), Some("x.y"));
        assert_eq!(rotated.verify(Use::Token, &value), None);
    }

    #[test]
    fn names_are_shown_to_visitors_and_not_to_logs() {
        let visitor = VisitorId::from_random([9; 16]);
        assert_eq!((visitor.as_bytes(), visitor.to_string().as_str()), (&[9; 16], "CQkJCQkJCQkJCQkJCQkJCQ"));
        assert_eq!(VisitorId::parse("CQkJCQkJCQkJCQkJCQkJCQ"), Some(visitor));
        for other in ["", "CQkJCQkJCQkJCQkJCQkJ", "CQkJCQkJCQkJCQkJCQkJCQkJ", "CQkJCQkJCQkJCQkJCQkJCQ==", "?"] {
            assert_eq!(VisitorId::parse(other), None, "{other}");
        }
        let account = AccountId::of_subject(visitor);
        assert_eq!((account.subject(), account.to_string()), (visitor, visitor.to_string()));
        let keys = KeyRing::new([[2; 32], [1; 32]]).unwrap();
        assert_eq!(format!("{visitor:?} {account:?} {keys:?}"), "VisitorId(…) AccountId(…) KeyRing(2 keys)");
    }

    #[test]
    fn an_account_is_named_by_the_published_hash() {
        // RFC 4231, test case 1: its key of 20 bytes, filled up with zeros as HMAC does it.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let expected = 0xb034_4c61_d8db_3853_5ca8_afce_af0b_f12b_u128.to_be_bytes();
        assert_eq!(AccountId::of_name(&key, "Hi There").subject().as_bytes(), &expected);
    }

    #[test]
    fn the_longest_cookie_a_browser_keeps_is_read_and_no_longer_one() {
        let keys = ring(1);
        let of_length = |length: usize| {
            let with = |material: usize| Remembered {
                purposes: [("metrics".parse().unwrap(), (true, "a".repeat(material)))].into(),
                ..choice()
            };
            let choice = with(length - encode(&with(0), &keys).len());
            let value = encode(&choice, &keys);
            assert_eq!(value.len(), length);
            (read(format!("tower-consent={value}").as_bytes(), &keys), choice)
        };
        let (longest, choice) = of_length(4096);
        assert_eq!(longest, Reading::Valid(choice));
        assert_eq!(of_length(4097).0, Reading::Invalid);
    }

    #[test]
    fn what_this_site_signed_in_another_format_is_no_choice() {
        let keys = ring(1);
        let reading = |payload: &str| {
            let signed = keys.sign(Use::Cookie, payload);
            read(format!("tower-consent={signed}").as_bytes(), &keys)
        };
        let payload = "1.CQkJCQkJCQkJCQkJCQkJCQ.1764000000.metrics*10123456789ab";
        assert_eq!(reading(payload), Reading::Valid(choice()));
        for other in [
            payload.replacen("1.", "2.", 1),
            payload.replacen("CQ.", "CQk.", 1),
            payload.replacen("1764000000", "now", 1),
            payload.replacen("*1", "*2", 1),
            payload.replacen("*1", "", 1),
            payload.replacen("metrics", "Metrics", 1),
            payload.replacen(".metrics*10123456789ab", "", 1),
            format!("{payload}.g.g"),
            format!("{payload}.g."),
            String::new(),
        ] {
            assert_eq!(reading(&other), Reading::Invalid, "{other}");
        }
    }

    #[test]
    fn of_two_choices_one_alone_does_not_know_of_the_signal() {
        let keys = ring(1);
        let both = |one: bool, other: bool| {
            let [one, other] = [one, other].map(|under_gpc| encode(&Remembered { under_gpc, ..choice() }, &keys));
            match read(format!("tower-consent={one}; tower-consent={other}").as_bytes(), &keys) {
                Reading::Valid(choice) => choice.under_gpc,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!([both(true, true), both(true, false), both(false, true)], [true, false, false]);
    }

    #[test]
    fn digests_are_short_and_lead_back_by_the_newest_key_only() {
        let keys = ring(1);
        let digest = keys.digest("198.51.100.7");
        assert_eq!(URL_SAFE_NO_PAD.decode(&digest).unwrap().len(), 16);
        assert_eq!(KeyRing::new([[1; 32], [2; 32]]).unwrap().digest("198.51.100.7"), digest);
        assert_ne!(keys.digest("198.51.100.8"), digest);
        assert_ne!(ring(2).digest("198.51.100.7"), digest);
    }

    fn token() -> Token {
        Token {
            policy: "0123456789abcdef".to_owned(),
            language: "pt-br".to_owned(),
            notice: "ab".repeat(32),
            minted: OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap(),
            once: "b25jZQ-_".to_owned(),
        }
    }

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        let keys = ring(1);
        let text = token().encode(&keys);
        assert!(text.starts_with("1.0123456789abcdef.pt-br.abab"), "{text}");
        assert_eq!(Token::decode(&text, &keys), Some(token()));
        assert_eq!(Token::decode(&text, &ring(2)), None);
        let (payload, _) = text.rsplit_once('.').unwrap();
        assert_eq!(Token::decode(&keys.sign(Use::Cookie, payload), &keys), None, "a cookie is no token");
        for other in [
            payload.replacen("1.", "2.", 1),
            payload.replacen("pt-br", "../etc", 1),
            payload.replacen("pt-br", "", 1),
            payload.replacen("1764000000", "99999999999999999", 1),
            format!("{payload}.more"),
            payload.rsplit_once('.').unwrap().0.to_owned(),
        ] {
            assert_eq!(Token::decode(&keys.sign(Use::Token, &other), &keys), None, "{other}");
        }
    }

    #[cfg(feature = "testing")]
    #[test]
    fn tokens_and_visitors_are_found_whoever_signed_them() {
        let text = token().encode(&ring(1));
        let page = format!("<input value=\"{text}\"><input value={text}>1.fedcba9876543210.ru.x {text}");
        assert_eq!(tokens_in(&page, "0123456789abcdef").collect::<Vec<_>>(), [&text; 3]);
        assert_eq!(tokens_in(&page, "0123").count(), 0);
        let cookie = encode(&choice(), &ring(1));
        assert_eq!(visitor_of_cookie(&cookie), Some(choice().visitor));
        for other in ["", "1", "1.", &cookie[2..], &format!("2{}", &cookie[1..])] {
            assert_eq!(visitor_of_cookie(other), None, "{other}");
        }
    }
}
