//! Everything the layer and the endpoints share about one site: policy, gate tables, banners, keys, writer, clock.

use std::sync::Arc;

use http::{HeaderMap, Uri, header};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use url::Url;

use crate::{
    banner::{Banner, Banners},
    clock::{Clock, SystemClock},
    decision::Decision,
    endpoint::pace::Pace,
    gate::Matcher,
    language::{Language, negotiate},
    policy::Policy,
    record::{Kind, Record},
    recorder::Recorder,
    signal::{KeyRing, Signals, Token},
    store::{ConsentStore, Error, ErrorKind},
};

/// One site, shared by every request.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) policy: Arc<Policy>,
    pub(crate) matcher: Arc<Matcher>,
    pub(crate) banners: Arc<Banners>,
    pub(crate) keys: KeyRing,
    pub(crate) recorder: Recorder,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) prefix: String,
    pub(crate) pace: Arc<Pace>,
    pub(crate) origin: Url,
}

impl Site {
    /// Brings a policy and a store together: reads the keys, starts the writer, publishes the texts.
    pub(crate) fn start(policy: Policy, store: Arc<dyn ConsentStore>) -> Result<Self, Error> {
        let mut proposal = [0; 32];
        getrandom::fill(&mut proposal).map_err(|source| {
            Error::new(ErrorKind::Unavailable, "the system gives no random bits for a key").with_source(source)
        })?;
        let secret = pollster::block_on(store.secret("signing-1".to_owned(), proposal))?;
        let keys = KeyRing::new([secret]).expect("one key is a ring");
        let prefix = "/_consent".to_owned();
        let site = Self {
            matcher: Arc::new(Matcher::new(&policy)),
            banners: Arc::new(Banners::new(&policy, &prefix)),
            origin: policy.site().origin.clone(),
            recorder: Recorder::start(store)?,
            clock: Arc::new(SystemClock),
            policy: Arc::new(policy),
            keys,
            prefix,
            pace: Arc::default(),
        };
        site.publish()?;
        Ok(site)
    }

    /// Keeps the texts of the policy by their hashes, then tells the log that this version is in force. The list of
    /// the version's files is written last: a crash before it repeats the event, it never loses it.
    fn publish(&self) -> Result<(), Error> {
        let store = self.recorder.store();
        let manifest = format!("policy/{}", self.policy.version());
        if pollster::block_on(store.document(manifest.clone()))?.is_some() {
            return Ok(());
        }
        let mut list = String::new();
        for (name, text) in self.policy.files() {
            let hash = base16ct::lower::encode_string(&Sha256::digest(text));
            list.push_str(&format!("{hash}  {name}\n"));
            pollster::block_on(store.put_document(hash, text.clone().into_bytes()))?;
        }
        for banner in self.banners.all() {
            pollster::block_on(store.put_document(banner.hash.clone(), banner.notice.clone().into_bytes()))?;
        }
        let record = Record {
            kind: Kind::PolicyPublished,
            time: self.clock.now(),
            visitor: None,
            purposes: Default::default(),
            policy: self.policy.version().to_owned(),
            notice: None,
            language: None,
            method: "system",
            once: None,
        };
        self.recorder.submit_blocking(record).map_err(|source| {
            Error::new(ErrorKind::Unavailable, "cannot log the policy's version").with_source(source)
        })?;
        pollster::block_on(store.put_document(manifest, list.into_bytes()))
    }

    /// Says whether visitors come over TLS, which decides name and attributes of the cookie.
    pub(crate) fn secure(&self) -> bool {
        self.origin.scheme() == "https"
    }

    /// Returns the name of the choice cookie.
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.secure() { "__Host-tower-consent" } else { "tower-consent" }
    }

    pub(crate) fn decide(&self, headers: &HeaderMap, now: OffsetDateTime) -> Decision {
        let signals = Signals::read(headers, self.cookie_name(), &self.keys);
        Decision::make(&self.policy, &signals, now)
    }

    pub(crate) fn language(&self, headers: &HeaderMap) -> &Language {
        let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        negotiate(accept, &self.policy.site().languages)
    }

    /// Mints the token of one page's form.
    pub(crate) fn token(&self, language: &Language, banner: &Banner, now: OffsetDateTime) -> Option<String> {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let mut once = [0; 16];
        getrandom::fill(&mut once).ok()?;
        let token = Token {
            policy: self.policy.version()[..16].to_owned(),
            language: language.as_str().to_owned(),
            notice: banner.hash.clone(),
            minted: now,
            once: URL_SAFE_NO_PAD.encode(once),
        };
        Some(token.encode(&self.keys))
    }

    /// Returns the rest of a path under the prefix: `/choice` of `/_consent/choice`.
    pub(crate) fn own_path<'a>(&self, uri: &'a Uri) -> Option<&'a str> {
        let rest = uri.path().strip_prefix(self.prefix.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }
}

/// Returns the host a request is for, without its port.
pub(crate) fn host(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let authority = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let authority = authority.or_else(|| uri.authority().map(|authority| authority.as_str()))?;
    let host = authority.parse::<http::uri::Authority>().ok()?.host().to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}
