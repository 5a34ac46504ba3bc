//! Who may look: the token, sessions of browsers, and the marks of forms.
//!
//! In: headers and forms. Out: yes or no, and cookies. The token itself is never kept, never in an address and never
//! in a cookie: what is kept is a keyed hash of it, and a cookie holds a signed session. Every comparison takes
//! constant time. All of it ends with the process, and so do the sessions.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, header};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

/// A shorter token could be guessed.
const SHORTEST: usize = 16;
const LONGEST: usize = 512;
/// How long a browser stays signed in: a working day.
const SESSION: Duration = Duration::hours(10);
/// Ended sessions remembered; beyond that all sessions end.
const MOST_ENDED: usize = 1_024;

/// The secret that opens the dashboard; only a keyed hash of it is kept.
///
/// # Example
///
/// ```
/// use tower_consent::dashboard::AdminToken;
/// let token = AdminToken::new("4kFqvX2nR8sW0dLc").unwrap();
/// assert_eq!(format!("{token:?}"), "AdminToken(…)");
/// assert!(AdminToken::new("secret").unwrap_err().to_string().contains("16"));
/// ```
#[derive(Clone)]
pub struct AdminToken {
    key: [u8; 32],
    hash: [u8; 32],
}

/// Why a text is no token.
///
/// # Example
///
/// ```
/// use tower_consent::dashboard::{AdminToken, TokenError};
/// assert!(matches!(AdminToken::new("short"), Err(TokenError::Length(5))));
/// assert!(matches!(AdminToken::new("пароль-пароль-пароль"), Err(TokenError::Form)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The file cannot be read.
    #[error("cannot read the token from {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has signs that cannot stand in a header.
    #[error("the token has signs other than letters, digits and punctuation of ASCII")]
    Form,
    /// It is too short or too long.
    #[error("the token has {0} characters, it needs {SHORTEST} to {LONGEST}: make one with `openssl rand -hex 32`")]
    Length(usize),
    /// The environment has no such variable.
    #[error("the environment has no variable `{0}`, or not in UTF-8")]
    Variable(String),
}

impl AdminToken {
    /// Takes a token of at least 16 characters; white space around it is left out.
    ///
    /// # Errors
    ///
    /// [`TokenError::Length`] and [`TokenError::Form`].
    ///
    /// # Panics
    ///
    /// When the operating system gives no random bits.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::dashboard::AdminToken;
    /// assert!(AdminToken::new("  4kFqvX2nR8sW0dLc\n").is_ok(), "the end of line of a file is none of the token");
    /// assert!(AdminToken::new("4kFqvX2n R8sW0dLc").is_err());
    /// ```
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if !(SHORTEST..=LONGEST).contains(&text.len()) {
            return Err(TokenError::Length(text.chars().count()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Form);
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the operating system gives random bits");
        Ok(Self { key, hash: signed(&key, text) })
    }

    /// Makes a random token; the text is to be told to the operator, once.
    ///
    /// # Panics
    ///
    /// As [`AdminToken::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::dashboard::AdminToken;
    /// let (_token, text) = AdminToken::random();
    /// assert_eq!(text.len(), 43);
    /// ```
    pub fn random() -> (Self, String) {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).expect("the operating system gives random bits");
        let text = URL_SAFE_NO_PAD.encode(bits);
        let token = Self::new(&text).expect("base64url of 32 bytes is 43 signs of ASCII");
        (token, text)
    }

    /// Reads the token from a file.
    ///
    /// # Errors
    ///
    /// [`TokenError::File`] when it cannot be read; as [`AdminToken::new`].
    ///
    /// # Panics
    ///
    /// As [`AdminToken::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::dashboard::{AdminToken, TokenError};
    /// # let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("consent-admin");
    /// assert!(matches!(AdminToken::from_file(&path), Err(TokenError::File { .. })));
    /// std::fs::write(&path, "4kFqvX2nR8sW0dLc\n").unwrap();
    /// assert!(AdminToken::from_file(&path).is_ok());
    /// ```
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, TokenError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path);
        Self::new(&text.map_err(|source| TokenError::File { path: path.to_owned(), source })?)
    }

    /// Reads the token from a variable of the environment.
    ///
    /// # Errors
    ///
    /// [`TokenError::Variable`] when there is none; as [`AdminToken::new`].
    ///
    /// # Panics
    ///
    /// As [`AdminToken::new`].
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::dashboard::AdminToken;
    /// let error = AdminToken::from_env("CONSENT_ADMIN_TOKEN_OF_NOBODY").unwrap_err();
    /// assert!(error.to_string().contains("`CONSENT_ADMIN_TOKEN_OF_NOBODY`"));
    /// ```
    pub fn from_env(name: &str) -> Result<Self, TokenError> {
        Self::new(&std::env::var(name).map_err(|_| TokenError::Variable(name.to_owned()))?)
    }

    fn is(&self, text: &str) -> bool {
        text.len() <= LONGEST && mac(&self.key, text.as_bytes()).verify_slice(&self.hash).is_ok()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AdminToken(…)")
    }
}

/// How a request came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entrance {
    /// With the token in `Authorization`: a program, which sends nothing it was not told to.
    Bearer,
    /// With a browser's session; its forms must carry this mark.
    Session { form_mark: String },
    /// With a token that is none.
    Wrong,
    /// With nothing, or a session that is over.
    None,
}

/// The door of one dashboard.
pub(super) struct Door {
    token: AdminToken,
    /// Signs sessions and marks of forms.
    key: [u8; 32],
    secure: bool,
    /// Sessions that were ended by their owners, with the time they would have ended.
    ended: Mutex<Ended>,
}

#[derive(Default)]
struct Ended {
    sessions: BTreeMap<String, i64>,
    /// Sessions begun up to here are over.
    all_before: i64,
}

impl fmt::Debug for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Door")
    }
}

impl Door {
    pub(super) fn new(token: AdminToken) -> Self {
        // Another key than the token's own: what is signed with one is worth nothing to the other.
        let key = signed(&token.key, "tower-consent dashboard sessions 1");
        Self { token, key, secure: false, ended: Mutex::default() }
    }

    pub(super) fn with_tls(self, secure: bool) -> Self {
        Self { secure, ..self }
    }

    pub(super) fn opens_with(&self, token: &str) -> bool {
        self.token.is(token.trim())
    }

    /// Says how a request comes in.
    pub(super) fn entrance(&self, headers: &HeaderMap, now: OffsetDateTime) -> Entrance {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let bearer = value.to_str().ok().and_then(|value| {
                let (scheme, token) = value.split_once(' ')?;
                scheme.eq_ignore_ascii_case("bearer").then_some(token)
            });
            return match bearer {
                Some(token) if self.opens_with(token) => Entrance::Bearer,
                _ => Entrance::Wrong,
            };
        }
        match self.session(headers, now) {
            Some(session) => Entrance::Session { form_mark: self.form_mark(&session) },
            None => Entrance::None,
        }
    }

    /// Begins a session: the value of `Set-Cookie`.
    pub(super) fn begin(&self, now: OffsetDateTime) -> Option<HeaderValue> {
        let mut once = [0; 16];
        getrandom::fill(&mut once).ok()?;
        let payload = format!("1.{}.{}", now.unix_timestamp(), URL_SAFE_NO_PAD.encode(once));
        let signature = URL_SAFE_NO_PAD.encode(signed(&self.key, &payload));
        self.cookie(&format!("{payload}.{signature}"), SESSION)
    }

    /// Ends the session of a request: the value of `Set-Cookie`.
    pub(super) fn end(&self, headers: &HeaderMap, now: OffsetDateTime) -> Option<HeaderValue> {
        if let Some(session) = self.session(headers, now) {
            let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let now = now.unix_timestamp();
            ended.sessions.retain(|_, until| *until > now);
            if ended.sessions.len() >= MOST_ENDED {
                ended.sessions.clear();
                ended.all_before = now;
            }
            ended.sessions.insert(session, now + SESSION.whole_seconds());
        }
        self.cookie("", Duration::ZERO)
    }

    fn cookie(&self, value: &str, length: Duration) -> Option<HeaderValue> {
        let cookie = cookie::Cookie::build((self.cookie_name(), value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(cookie::SameSite::Strict)
            .max_age(length);
        HeaderValue::from_str(&cookie.build().to_string()).ok()
    }

    /// The prefix needs TLS (RFC 6265bis, section 4.1.3), which an address of this machine does without.
    fn cookie_name(&self) -> &'static str {
        if self.secure { "__Host-tower-consent-admin" } else { "tower-consent-admin" }
    }

    /// Returns the session a request carries, if it is one of ours and not over.
    fn session(&self, headers: &HeaderMap, now: OffsetDateTime) -> Option<String> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut ours = cookies.filter(|(name, _)| *name == self.cookie_name()).map(|(_, value)| value);
        let session = ours.next()?;
        // Two of one name: a neighbour on this host may have written one of them.
        if ours.next().is_some() || session.len() > 200 {
            return None;
        }
        let (payload, signature) = session.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        mac(&self.key, payload.as_bytes()).verify_slice(&signature).ok()?;
        let begun: i64 = payload.strip_prefix("1.")?.split('.').next()?.parse().ok()?;
        let age = now.unix_timestamp() - begun;
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let over = begun <= ended.all_before || ended.sessions.contains_key(session);
        // A clock that was set back must not end what it has just begun.
        (!over && (-60..SESSION.whole_seconds()).contains(&age)).then(|| session.to_owned())
    }

    /// The mark that forms of a session carry.
    fn form_mark(&self, session: &str) -> String {
        URL_SAFE_NO_PAD.encode(signed(&self.key, &format!("form {session}")))
    }

    /// Says whether a form carries the mark of its session.
    pub(super) fn is_mark(&self, mark: &str, said: &str) -> bool {
        // Compared as keyed hashes, so that the time tells nothing of where they differ.
        mac(&self.key, said.as_bytes()).verify_slice(&signed(&self.key, mark)).is_ok()
    }
}

/// Says whether a browser says that a form comes from this very origin.
///
/// `Origin` names scheme, host and port of the page (RFC 6454, section 7); where a browser leaves it out, its
/// `Sec-Fetch-Site` must say so. What says neither is no browser of today.
pub(super) fn is_same_origin(headers: &HeaderMap, host: Option<&str>) -> bool {
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
        return matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host));
    }
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

fn mac(key: &[u8; 32], text: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac
}

fn signed(key: &[u8; 32], text: &str) -> [u8; 32] {
    mac(key, text.as_bytes()).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "4kFqvX2nR8sW0dLc";
    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-25 12:00 UTC);

    fn headers(name: &str, value: &str) -> HeaderMap {
        let name: header::HeaderName = name.parse().unwrap();
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    fn session(door: &Door) -> HeaderMap {
        let cookie = door.begin(NOW).unwrap();
        headers("cookie", cookie.to_str().unwrap().split(';').next().unwrap())
    }

    #[test]
    fn tokens_are_checked_when_they_are_made() {
        for (text, kind) in [("short", "5 characters"), ("with a space inside it", "ASCII"), ("", "0 characters")] {
            assert!(AdminToken::new(text).unwrap_err().to_string().contains(kind), "{text}");
        }
        assert!(AdminToken::new(&"x".repeat(LONGEST + 1)).is_err());
        assert!(AdminToken::new(&format!("  {TOKEN}\n")).is_ok(), "a file ends with a line feed");
        assert!(AdminToken::from_file("/no/such/file").unwrap_err().to_string().contains("/no/such/file"));
        assert!(AdminToken::from_env("TOWER_CONSENT_NO_SUCH").unwrap_err().to_string().contains("NO_SUCH"));
    }

    #[test]
    fn only_the_token_itself_is_a_bearer() {
        let door = Door::new(AdminToken::new(TOKEN).unwrap());
        let entrance = |value: &str| door.entrance(&headers("authorization", value), NOW);
        assert_eq!(entrance(&format!("Bearer {TOKEN}")), Entrance::Bearer);
        assert_eq!(entrance(&format!("bearer {TOKEN}")), Entrance::Bearer);
        for wrong in
            [TOKEN, "Bearer", "Bearer ", &format!("Basic {TOKEN}"), &format!("Bearer {TOKEN}0"), "Bearer \u{e9}"]
        {
            assert_eq!(entrance(wrong), Entrance::Wrong, "{wrong}");
        }
        assert_eq!(door.entrance(&HeaderMap::new(), NOW), Entrance::None);
    }

    #[test]
    fn a_session_is_signed_ends_and_can_be_ended() {
        let door = Door::new(AdminToken::new(TOKEN).unwrap());
        let cookie = door.begin(NOW).unwrap().to_str().unwrap().to_owned();
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=36000"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains(TOKEN) && !cookie.contains("Secure"));
        let mine = session(&door);
        assert!(matches!(door.entrance(&mine, NOW), Entrance::Session { .. }));
        assert_eq!(door.entrance(&mine, NOW + SESSION), Entrance::None);
        assert_eq!(door.entrance(&mine, NOW - Duration::hours(1)), Entrance::None);
        let text = mine["cookie"].to_str().unwrap();
        for place in 0..text.len() {
            let mut other = text.to_owned().into_bytes();
            other[place] ^= 1;
            let Ok(other) = String::from_utf8(other) else { continue };
            assert_eq!(door.entrance(&headers("cookie", &other), NOW), Entrance::None, "{other}");
        }
        assert_eq!(door.entrance(&headers("cookie", &format!("{text}; {text}")), NOW), Entrance::None, "two of a name");
        let other = Door::new(AdminToken::new(TOKEN).unwrap());
        assert_eq!(other.entrance(&mine, NOW), Entrance::None, "another process has other keys");
        assert!(door.end(&mine, NOW).unwrap().to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(door.entrance(&mine, NOW), Entrance::None);
    }

    #[test]
    fn ended_sessions_take_bounded_room() {
        let door = Door::new(AdminToken::new(TOKEN).unwrap());
        let first = session(&door);
        for _ in 0..=MOST_ENDED {
            let later = session(&door);
            door.end(&later, NOW);
        }
        assert!(door.ended.lock().unwrap().sessions.len() <= MOST_ENDED);
        assert_eq!(door.entrance(&first, NOW), Entrance::None, "rather all end than one that was ended lives on");
    }

    #[test]
    fn over_tls_the_cookie_is_bound_to_its_host() {
        let door = Door::new(AdminToken::new(TOKEN).unwrap()).with_tls(true);
        let cookie = door.begin(NOW).unwrap().to_str().unwrap().to_owned();
        assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
    }

    #[test]
    fn a_form_carries_the_mark_of_its_own_session() {
        let door = Door::new(AdminToken::new(TOKEN).unwrap());
        let mark = |headers: &HeaderMap| match door.entrance(headers, NOW) {
            Entrance::Session { form_mark } => form_mark,
            other => panic!("{other:?}"),
        };
        let (one, other) = (mark(&session(&door)), mark(&session(&door)));
        assert!(door.is_mark(&one, &one));
        assert!(!door.is_mark(&one, &other) && !door.is_mark(&one, ""));
    }

    #[test]
    fn forms_of_other_origins_are_told_apart() {
        let host = Some("127.0.0.1:9090");
        assert!(is_same_origin(&headers("origin", "http://127.0.0.1:9090"), host));
        assert!(is_same_origin(&headers("sec-fetch-site", "same-origin"), host));
        for (name, value) in [
            ("origin", "null"),
            ("origin", "http://127.0.0.1:8080"),
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "none"),
            ("x-none", ""),
        ] {
            assert!(!is_same_origin(&headers(name, value), host), "{name}: {value}");
        }
    }
}
