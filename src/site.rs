//! Everything the layer and the endpoints share about one site: policy, gate tables, banners, keys, writer, clock.
//!
//! In: a policy and a store. Out: a [`Site`], which a request holds from its start to its end, and [`Live`], which
//! holds the one in force. It serves nothing itself.

mod keys;
pub(crate) mod published;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderValue, Uri, header};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use url::Url;

use self::{keys::Secrets, published::Published};
use crate::{
    adapter::{self, SignalAdapter},
    banner::{Banners, placeholder},
    clock::{Clock, SystemClock},
    decision::Decision,
    documents::{self, Document},
    endpoint::{pace::Pace, report::Sample},
    gate::{
        Rules,
        cache::{self, Cache},
        cookies::Cleanup,
        headers::Variant,
    },
    language::{Language, negotiate},
    ledger::Ledger,
    policy::{Policy, Profile, Service},
    record::{Kind, Record},
    recorder::{Outbox, Recorder},
    rights::Daily,
    signal::{KeyRing, Remembered, Signals, Token, encode},
    store::{ConsentStore, Error, ErrorKind, absent, random_key, random_name, wait},
};

/// What follows the prefix, and the prefix a folder of the site, to be sent the cookies of that folder.
pub(crate) const EXPIRE: &str = "/expire";

/// One site, shared by every request.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) policy: Arc<Policy>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) cleanup: Arc<Cleanup>,
    pub(crate) ledger: Arc<Ledger>,
    /// Pages that were gated before.
    pub(crate) cache: Cache,
    pub(crate) banners: Arc<Banners>,
    /// The keys in force; another instance may replace them.
    ring: Arc<ArcSwap<KeyRing>>,
    pub(crate) recorder: Recorder,
    /// Destroys every day what need not be kept any more.
    retention: Daily,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) prefix: String,
    pub(crate) pace: Arc<Pace>,
    pub(crate) sample: Arc<Sample>,
    /// What pages tell scripts of others.
    pub(crate) adapters: Vec<Arc<dyn SignalAdapter>>,
    /// The consent document as it is served and its hash, by language.
    consents: Arc<BTreeMap<Language, (String, String)>>,
    pub(crate) origin: Url,
    /// Whether the origin was set by hand, so that another policy does not change it.
    pub(crate) fixed_origin: bool,
    /// The mark in the validators of pages that are the same for everyone.
    pub(crate) variant: Variant,
}

/// The site in force: a request takes it once and keeps it, so that none ever sees half of another policy.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    site: Arc<ArcSwap<Site>>,
    /// One policy is put into force at a time.
    publishing: Arc<Mutex<()>>,
}

impl Live {
    pub(crate) fn new(site: Site) -> Self {
        Self { site: Arc::new(ArcSwap::from_pointee(site)), publishing: Arc::default() }
    }

    /// Returns the site in force.
    pub(crate) fn site(&self) -> Arc<Site> {
        self.site.load_full()
    }

    /// Puts another policy into force: its texts are kept and its version is logged first, then it is swapped in
    /// whole. When the store fails, the policy in force stays.
    pub(crate) fn publish(&self, policy: Policy) -> Result<Arc<Site>, Error> {
        // The lock guards an order, no data; a panic elsewhere leaves nothing half done.
        let _turn = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let site = self.site().with_policy(policy);
        site.publish()?;
        site.retention.follow(&site.policy);
        self.site.store(Arc::new(site));
        Ok(self.site())
    }
}

impl Site {
    /// Brings a policy and a store together: reads the keys, starts the writer, publishes the texts.
    ///
    /// With an outbox that has known the store before, one that is away is no reason not to start, under the policy that was
    /// in force.
    pub(crate) fn start(
        policy: Policy,
        store: Arc<dyn ConsentStore>,
        outbox: Option<Arc<Outbox>>,
    ) -> Result<Self, Error> {
        let (secrets, away) = match (keys::read(&*store), &outbox) {
            (Ok(secrets), _) => (secrets, None),
            (Err(error), Some(outbox)) if error.kind() == ErrorKind::Unavailable => {
                (remembered(outbox, &policy, &error)?, Some(error))
            }
            (Err(error), _) => return Err(error),
        };
        let ring = keys::ring(&secrets, &secrets)?;
        let host = policy.site().origin.host_str().unwrap_or("localhost").to_owned();
        let port = policy.site().origin.port().map(|port| format!(":{port}")).unwrap_or_default();
        let origin = format!("{host}{port}/consent");
        let recorder = Recorder::start(store, &origin, SystemClock.now(), outbox)?;
        let site = Self::with(policy, ring, recorder)?;
        keys::follow(&site.ring, site.recorder.store(), site.recorder.outbox(), secrets)?;
        match (site.recorder.outbox(), away) {
            // What is in force is published; it was looked at.
            (Some(outbox), Some(why)) => outbox.gone(&why),
            _ => site.publish()?,
        }
        Ok(site)
    }

    /// Makes a site that has no store: it remembers nobody and records nothing.
    pub(crate) fn degraded(policy: Policy, why: &Error) -> Result<Self, Error> {
        // The true keys are where the store is: no cookie of before is believed, so that nothing is granted by mistake.
        let keys = KeyRing::new([random_key()?]).expect("there is a key");
        Self::with(policy, keys, Recorder::absent(absent(why), SystemClock.now()))
    }

    fn with(policy: Policy, keys: KeyRing, recorder: Recorder) -> Result<Self, Error> {
        let prefix = "/_consent".to_owned();
        let mut site = Self {
            variant: Variant::new([]),
            retention: Daily::start(&recorder, &policy)?,
            rules: Arc::new(Rules::new(&policy)),
            cleanup: Arc::default(),
            cache: Cache::new(cache::DEFAULT),
            ledger: Arc::new(Ledger::new(recorder.store().clone(), random_name()?)),
            consents: consents(&policy, &prefix),
            banners: Arc::new(Banners::new(&policy, &prefix)),
            origin: policy.site().origin.clone(),
            recorder,
            clock: Arc::new(SystemClock),
            policy: Arc::new(policy),
            ring: Arc::new(ArcSwap::from_pointee(keys)),
            prefix,
            pace: Arc::default(),
            sample: Arc::default(),
            adapters: Vec::new(),
            fixed_origin: false,
        };
        site.remark();
        Ok(site)
    }

    /// Makes the mark of validators anew: of all that stands in a page for everyone beside what the inner service sends.
    pub(crate) fn remark(&mut self) {
        let everyone = Decision::everyones(&self.policy);
        let told = self.tells(&everyone).unwrap_or_default();
        let banners = self.policy.site().languages.iter().filter_map(|language| self.banners.of(language));
        let mut parts =
            vec![self.policy.version(), env!("CARGO_PKG_VERSION"), &self.prefix, self.origin.as_str(), &told];
        parts.extend(banners.flat_map(|banner| [banner.hash.as_str(), banner.link(false)]));
        self.variant = Variant::new(parts);
    }

    /// Returns the same site under another policy.
    fn with_policy(&self, policy: Policy) -> Self {
        let mut site = Self {
            rules: Arc::new(Rules::new(&policy)),
            consents: consents(&policy, &self.prefix),
            banners: Arc::new(Banners::new(&policy, &self.prefix)),
            origin: if self.fixed_origin { self.origin.clone() } else { policy.site().origin.clone() },
            policy: Arc::new(policy),
            ..self.clone()
        };
        site.remark();
        site
    }

    /// Keeps everything the policy shows by its hash and tells the log that this version is in force.
    ///
    /// The order is: texts, list of them, event, mark of what is in force. A crash before the mark repeats the
    /// event at the next start, it never loses it; a text may be kept that nothing names.
    fn publish(&self) -> Result<(), Error> {
        let store = self.recorder.store();
        let version = self.policy.version();
        // What a record names by its hash is kept in any case: another release may write the same policy differently.
        let banners = self.policy.site().languages.iter().filter_map(|language| self.banners.of(language));
        let banners = banners.map(|banner| (banner.hash.clone(), banner.notice.clone().into_bytes()));
        let consents = self.consents.values().map(|(hash, page)| (hash.clone(), page.clone().into_bytes()));
        wait(store.put_documents(banners.chain(consents).collect()))?;
        let in_force = wait(store.note(published::IN_FORCE.to_owned()))?;
        if in_force.as_deref() == Some(version.as_bytes()) {
            return self.remember();
        }
        let now = self.clock.now();
        let mut shown: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (name, text) in self.policy.files() {
            shown.insert(name.clone(), text.clone().into_bytes());
        }
        for language in &self.policy.site().languages {
            for document in self.policy.documents() {
                let page = documents::render(&self.policy, language, document, &self.prefix).into_string();
                shown.insert(published::page_name(language, document), page.into_bytes());
            }
            if let Some(banner) = self.banners.of(language) {
                shown.insert(format!("shown/{language}/banner.html"), banner.notice.clone().into_bytes());
            }
        }
        let mut list = String::new();
        let mut texts = Vec::with_capacity(shown.len() + 1);
        for (name, bytes) in shown {
            let hash = base16ct::lower::encode_string(&Sha256::digest(&bytes));
            list.push_str(&format!("{hash}  {name}\n"));
            texts.push((hash, bytes));
        }
        texts.push((published::list_name(version), list.into_bytes()));
        wait(store.put_documents(texts))?;
        Published::add(&**store, version, now)?;
        let record = Record::of(Kind::PolicyPublished, now, version);
        self.recorder.submit_blocking(record).map_err(|source| {
            Error::new(ErrorKind::Unavailable, "cannot log the policy's version").with_source(source)
        })?;
        wait(store.put_note(published::IN_FORCE.to_owned(), version.as_bytes().to_vec()))?;
        self.remember()
    }

    /// Remembers in the outbox what a start without the store needs.
    fn remember(&self) -> Result<(), Error> {
        match self.recorder.outbox() {
            Some(outbox) => outbox.remember(&keys::read(&**self.recorder.store())?, self.policy.version()),
            None => Ok(()),
        }
    }

    /// Returns the keys that sign cookies and forms.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        self.ring.load_full()
    }

    /// Sets those keys for good: no other instance replaces them.
    pub(crate) fn set_keys(&mut self, keys: KeyRing) {
        self.ring = Arc::new(ArcSwap::from_pointee(keys));
    }

    /// Returns the hash of the consent document in a language.
    pub(crate) fn consent(&self, language: &str) -> Option<String> {
        let mut consents = self.consents.iter();
        consents.find(|(known, _)| known.as_str() == language).map(|(_, (hash, _))| hash.clone())
    }

    /// Says whether visitors come over TLS, which decides name and attributes of the cookie.
    pub(crate) fn secure(&self) -> bool {
        self.origin.scheme() == "https"
    }

    /// Returns the name of the choice cookie. The `__Host-` prefix binds it to this host, which a choice for all
    /// subdomains cannot have (RFC 6265bis, section 4.1.3).
    pub(crate) fn cookie_name(&self) -> &'static str {
        // The prefixes need TLS, which a test server on this machine does not have.
        if self.secure() { self.policy.cookie_name() } else { "tower-consent" }
    }

    /// Returns the cookie that holds a choice.
    pub(crate) fn choice_cookie(&self, choice: &Remembered, profile: Option<Profile>) -> Option<HeaderValue> {
        let rule = self.policy.choice().rule(profile);
        let cookie = cookie::Cookie::build((self.cookie_name(), encode(choice, &self.keys())))
            .path("/")
            .http_only(true)
            .secure(self.secure())
            .same_site(cookie::SameSite::Lax)
            .max_age(time::Duration::try_from(rule.duration()).ok()?);
        let cookie = match self.policy.cookie_domain() {
            Some(domain) => cookie.domain(domain.to_owned()).build(),
            None => cookie.build(),
        };
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    /// Reads what a request says.
    pub(crate) fn signals(&self, headers: &HeaderMap) -> Signals {
        let country = self.policy.choice().country_header.as_deref();
        Signals::read(headers, self.cookie_name(), country, &self.keys())
    }

    pub(crate) fn decide(&self, headers: &HeaderMap, now: OffsetDateTime) -> Decision {
        Decision::make(&self.policy, &self.signals(headers), now)
    }

    pub(crate) fn language(&self, headers: &HeaderMap) -> &Language {
        let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        negotiate(accept, &self.policy.site().languages)
    }

    /// Mints the token of a form: for what is shown, by its language and its hash.
    pub(crate) fn mint(&self, language: &str, notice: &str, now: OffsetDateTime) -> Option<String> {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let mut once = [0; 16];
        getrandom::fill(&mut once).ok()?;
        let token = Token {
            policy: self.policy.version()[..16].to_owned(),
            language: language.to_owned(),
            notice: notice.to_owned(),
            minted: now,
            once: URL_SAFE_NO_PAD.encode(once),
        };
        Some(token.encode(&self.keys()))
    }

    /// Keeps what a placeholder showed, where a form's token names it; says whether it does.
    pub(crate) async fn keep_placeholder(&self, service: &Service, language: &str, shown: &str) -> Result<bool, Error> {
        let Some(language) = self.policy.site().languages.iter().find(|known| known.as_str() == language) else {
            return Ok(false);
        };
        match self.placeholder(language, service) {
            Some((text, hash)) if hash == shown => {
                self.recorder.keep_document(hash.clone(), text.clone().into_bytes()).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Returns what a service's placeholder is recorded as showing, text and hash.
    pub(crate) fn placeholder(&self, language: &Language, service: &Service) -> Option<&(String, String)> {
        let banner = self.banners.of(language)?;
        let style = banner.placeholder_style();
        banner.placeholder(&service.id, || placeholder::notice(&self.policy, language, &self.prefix, style, service))
    }

    /// Returns the rules a choice is made under: where a proxy told the visitor's country, its law alone.
    pub(crate) fn jurisdiction(&self, decision: &Decision) -> Vec<String> {
        let names = |profiles: &[Profile]| profiles.iter().map(|profile| profile.as_str().to_owned()).collect();
        decision.profile().map_or_else(|| names(&self.policy.site().profiles), |profile| names(&[profile]))
    }

    /// Says whether anything of a page is changed for a decision.
    pub(crate) fn rewrites(&self, decision: &Decision) -> bool {
        !decision.grants_everything() || !self.adapters.is_empty() || adapter::of_policy(&self.policy).is_some()
    }

    /// Returns the storage keys that the script removes for a decision, as its element tells it.
    pub(crate) fn clears(&self, decision: &Decision) -> Option<String> {
        self.rules.storage.refused(decision).map(|names| names.to_string())
    }

    /// Returns the scripts that tell others of a decision, as one text.
    pub(crate) fn tells(&self, decision: &Decision) -> Option<String> {
        let own = adapter::of_policy(&self.policy).and_then(|mode| mode.script(&self.policy, decision));
        let others = self.adapters.iter().filter_map(|adapter| adapter.script(&self.policy, decision));
        let all: Vec<String> = own.into_iter().chain(others).filter(|script| adapter::is_safe(script)).collect();
        (!all.is_empty()).then(|| all.join("\n"))
    }

    /// Returns the rest of a path under the prefix: `/choice` of `/_consent/choice`. One is asked for in any folder:
    /// `/expire` of `/news/_consent/expire`.
    pub(crate) fn own_path<'a>(&self, uri: &'a Uri) -> Option<&'a str> {
        let path = uri.path();
        match path.strip_prefix(self.prefix.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Some(rest),
            _ => path.strip_suffix(EXPIRE)?.ends_with(&self.prefix).then_some(EXPIRE),
        }
    }
}

/// Returns the keys an outbox remembers, if it can stand in for a store that is away under this policy.
fn remembered(outbox: &Outbox, policy: &Policy, why: &Error) -> Result<Secrets, Error> {
    let secrets = keys::remembered(outbox)?;
    let refused = |what: String| Error::new(ErrorKind::Unavailable, format!("{what} ({why})"));
    if secrets.is_empty() {
        return Err(refused("the first start with an outbox needs the store: it has the keys".to_owned()));
    }
    match outbox.in_force()? {
        Some(version) if version == policy.version() => Ok(secrets),
        version => {
            let short = |version: &str| version.get(..16).unwrap_or(version).to_owned();
            Err(refused(format!(
                "while the store is away only the policy that was in force can be started, {}, and this is {}: start with \
                 that one, or when the store is back",
                version.as_deref().map_or_else(|| "none".to_owned(), short),
                short(policy.version())
            )))
        }
    }
}

fn consents(policy: &Policy, prefix: &str) -> Arc<BTreeMap<Language, (String, String)>> {
    let page = |language: &Language| {
        let page = documents::render(policy, language, Document::Consent, prefix).into_string();
        (language.clone(), (base16ct::lower::encode_string(&Sha256::digest(&page)), page))
    };
    Arc::new(policy.site().languages.iter().map(page).collect())
}

/// Returns the host a request is for, without its port.
pub(crate) fn host(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let authority = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let authority = authority.or_else(|| uri.authority().map(|authority| authority.as_str()))?;
    let host = authority.parse::<http::uri::Authority>().ok()?.host().to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}
