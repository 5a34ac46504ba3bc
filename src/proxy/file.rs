//! The configuration as a TOML file: each key declared once, every fault told with its place.
//!
//! In: text. Out: a [`Configuration`], or all faults. It touches no file.

use std::{ops::Range, path::PathBuf, str::FromStr, time::Duration};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    access::AccessLog,
    address::{InvalidAddress, ListenAddress, UpstreamAddress},
    configuration::{
        AdminConfiguration, Configuration, HostHeader, Listener, LoggedPath, Protocol, Secured, SiteConfiguration,
    },
    forwarded::Trusted,
};
use crate::policy::{Diagnostic, Fault, nearest};

const ROOT: &[&str] = &["listen", "site", "trusted", "time-outs", "limits", "log"];
const LISTEN: &[&str] = &["address", "speaks"];
const SITE: &[&str] = &[
    "policy",
    "hosts",
    "upstream",
    "protocol",
    "host-header",
    "upstream-authority",
    "store",
    "outbox",
    "origin",
    "certificate",
    "key",
    "compression",
    "health",
    "health-interval",
    "admin",
    "admin-token",
];
const TIME_OUTS: &[&str] = &["connect", "header", "idle", "body", "upstream", "tunnel", "drain"];
const LIMITS: &[&str] = &["connections", "header", "headers", "body", "streams", "threads"];
const LOG: &[&str] = &["access", "path"];

type Entry<'i> = Spanned<DeValue<'i>>;

pub(super) fn read(name: &str, text: &str) -> Result<Configuration, Vec<Diagnostic>> {
    let mut faults = Faults { file: name, text, found: Vec::new() };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let message = error.message().trim().replace('\n', "; ");
        let fix = "write valid TOML: `key = \"value\"`, tables as `[name]`, lists as `[[name]]`";
        faults.add("syntax", error.span().unwrap_or(0..0), message, fix);
    }
    let root = Section::new(&mut faults, "", ROOT, 0..0, document.get_ref());
    let mut configuration = Configuration::new(listeners(&mut faults, &root), sites(&mut faults, &root));
    let trusted = root.strings(&mut faults, "trusted");
    configuration.trusted = Trusted::new(trusted.into_iter().filter_map(|text| faults.parsed(&text)));
    if let Some(section) = root.table(&mut faults, "time-outs", TIME_OUTS) {
        let time_outs = &mut configuration.time_outs;
        for (name, value) in [
            ("connect", &mut time_outs.connect),
            ("header", &mut time_outs.header),
            ("idle", &mut time_outs.idle),
            ("body", &mut time_outs.body),
            ("upstream", &mut time_outs.upstream),
            ("tunnel", &mut time_outs.tunnel),
            ("drain", &mut time_outs.drain),
        ] {
            section.duration(&mut faults, name, value);
        }
    }
    if let Some(section) = root.table(&mut faults, "limits", LIMITS) {
        let limits = &mut configuration.limits;
        section.number(&mut faults, "connections", 1..=1_000_000, &mut limits.connections);
        // hyper reads heads into a buffer that is never smaller.
        section.number(&mut faults, "header", 8192..=16 << 20, &mut limits.header);
        section.number(&mut faults, "headers", 1..=10_000, &mut limits.headers);
        section.number(&mut faults, "body", 0..=u64::MAX, &mut limits.body);
        section.number(&mut faults, "streams", 1..=10_000, &mut limits.streams);
        section.number(&mut faults, "threads", 1..=1024, &mut limits.threads);
    }
    if let Some(section) = root.table(&mut faults, "log", LOG) {
        if let Some(text) = section.string(&mut faults, "access") {
            configuration.log = AccessLog::of(text.get_ref());
        }
        configuration.logged_path = section
            .word(
                &mut faults,
                "path",
                [("none", LoggedPath::None), ("section", LoggedPath::Section), ("full", LoggedPath::Full)],
            )
            .unwrap_or_default();
    }
    whole(&mut faults, &configuration);
    if faults.found.is_empty() {
        return Ok(configuration);
    }
    faults.found.sort_by_key(|fault| fault.span.start);
    Err(faults.found)
}

fn listeners(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> Vec<Listener> {
    let mut listeners = Vec::new();
    for section in root.tables(faults, "listen", LISTEN) {
        let address = section.needed(faults, "address", "\"127.0.0.1:8080\"");
        let address: Option<ListenAddress> = address.and_then(|text| faults.parsed(&text));
        let speaks = section.word(
            faults,
            "speaks",
            [("http", Secured::Plain), ("https", Secured::Tls), ("redirect", Secured::Redirect)],
        );
        listeners.extend(address.map(|address| Listener::new(address, speaks.unwrap_or(Secured::Plain))));
    }
    listeners
}

fn sites(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> Vec<SiteConfiguration> {
    let mut sites: Vec<SiteConfiguration> = Vec::new();
    for section in root.tables(faults, "site", SITE) {
        let policy = section.needed(faults, "policy", "\"policies/my-site\"");
        let store = section.needed(faults, "store", "\"sled:/var/lib/tower-consent/my-site\"");
        let outbox = section.string(faults, "outbox");
        if let Some(place) = &outbox
            && place.get_ref().strip_prefix("sled:").is_none_or(str::is_empty)
        {
            let message = format!("`{}` is no outbox", place.get_ref());
            faults.add(
                "outbox",
                place.span(),
                message,
                "write a folder of this machine: `sled:/var/lib/tower-consent/outbox`",
            );
        }
        let upstreams = section.one_or_more(faults, "upstream");
        if !section.has("upstream") {
            section.missing(faults, "upstream", "\"http://127.0.0.1:3000\"");
        }
        let upstreams: Vec<UpstreamAddress> = upstreams.iter().filter_map(|text| faults.parsed(text)).collect();
        let mut hosts = Vec::new();
        for host in section.strings(faults, "hosts") {
            if !is_host(host.get_ref()) {
                let message = format!("`{}` is no host name", host.get_ref());
                faults.add("host", host.span(), message, "write it without scheme, port and path: `news.example`");
            } else if hosts.contains(host.get_ref()) || sites.iter().any(|site| site.hosts.contains(host.get_ref())) {
                let message = format!("`{}` stands here twice", host.get_ref());
                faults.add("duplicate", host.span(), message, "give each name to one site");
            } else {
                hosts.push(host.into_inner());
            }
        }
        let origin = section.string(faults, "origin").filter(|text| {
            let good = url::Url::parse(text.get_ref()).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !good {
                let message = format!("`{}` is no origin of a web site", text.get_ref());
                faults.add("origin", text.span(), message, "write scheme and host: `https://news.example`");
            }
            good
        });
        let certificate = section.string(faults, "certificate");
        let key = section.string(faults, "key");
        if certificate.is_some() != key.is_some() {
            let name = if key.is_none() { "key" } else { "certificate" };
            section.missing(faults, name, "\"/etc/tower-consent/file.pem\"");
        }
        let admin = section.string(faults, "admin");
        let token = section.string(faults, "admin-token");
        if admin.is_some() != token.is_some() {
            let (name, example) = match token {
                None => ("admin-token", "\"/run/secrets/consent-admin\""),
                Some(_) => ("admin", "\"127.0.0.1:9090\""),
            };
            section.missing(faults, name, example);
        }
        let admin: Option<ListenAddress> = admin.and_then(|text| faults.parsed(&text));
        let health = section.string(faults, "health").filter(|text| {
            let good = text.get_ref().starts_with('/') && text.get_ref().parse::<http::uri::PathAndQuery>().is_ok();
            if !good {
                let message = format!("`{}` is no path", text.get_ref());
                faults.add("path", text.span(), message, "write a path of the upstream: `/healthz`");
            }
            good
        });
        let protocol = section.word(faults, "protocol", [("http/1.1", Protocol::Http1), ("h2", Protocol::H2)]);
        let host_header =
            section.word(faults, "host-header", [("visitor", HostHeader::Visitor), ("upstream", HostHeader::Upstream)]);
        let authority = section.string(faults, "upstream-authority");
        let compress = section.word(faults, "compression", [("on", true), ("off", false)]);
        let mut health_interval = Duration::from_secs(10);
        section.duration(faults, "health-interval", &mut health_interval);
        let (Some(policy), Some(store), false) = (policy, store, upstreams.is_empty()) else {
            continue;
        };
        sites.push(SiteConfiguration {
            policy: policy.into_inner().into(),
            hosts,
            upstreams,
            protocol: protocol.unwrap_or_default(),
            host_header: host_header.unwrap_or_default(),
            upstream_authority: authority.map(|path| path.into_inner().into()),
            store: store.into_inner(),
            outbox: outbox.map(Spanned::into_inner),
            origin: origin.map(Spanned::into_inner),
            certificate: certificate
                .zip(key)
                .map(|(chain, key)| (PathBuf::from(chain.into_inner()), PathBuf::from(key.into_inner()))),
            compress: compress.unwrap_or(true),
            health: health.map(Spanned::into_inner),
            health_interval,
            admin: admin.zip(token).map(|(address, token)| AdminConfiguration::new(address, token.into_inner())),
        });
    }
    sites
}

/// What no single value shows.
fn whole(faults: &mut Faults<'_>, configuration: &Configuration) {
    if !faults.found.is_empty() {
        return;
    }
    let sites = &configuration.sites;
    if sites.iter().filter(|site| site.hosts.is_empty()).count() > 1 {
        let message = "two sites have no `hosts`, so nobody can tell whose a request is".to_owned();
        faults.add("hosts", 0..0, message, "add `hosts = [\"news.example\"]` to all sites but one at most");
    }
    for (number, site) in sites.iter().enumerate() {
        if sites[..number].iter().any(|other| other.store == site.store) && site.store != "memory:" {
            let message = format!("two sites keep their choices in `{}`", crate::store::without_password(&site.store));
            faults.add("store", 0..0, message, "give each site a store of its own");
        }
        if let Some(outbox) = &site.outbox
            && (sites.iter().any(|other| other.store == *outbox)
                || sites[..number].iter().any(|other| other.outbox.as_ref() == Some(outbox)))
        {
            let message = format!("`{outbox}` is used twice");
            faults.add("outbox", 0..0, message, "give each outbox a folder of its own");
        }
    }
    let secured = configuration.listeners.iter().any(|listener| listener.secured == Secured::Tls);
    if secured && sites.iter().all(|site| site.certificate.is_none()) {
        let message = "a listener speaks `https`, but no site has a certificate".to_owned();
        faults.add("certificate", 0..0, message, "add `certificate` and `key` to the site");
    }
}

/// Says whether a text is a name of a host, or all names one step below one.
fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}

struct Faults<'i> {
    file: &'i str,
    text: &'i str,
    found: Vec<Diagnostic>,
}

impl Faults<'_> {
    fn add(&mut self, code: &'static str, span: Range<usize>, message: String, help: &str) {
        let help = help.to_owned();
        self.found.push(Diagnostic::fault(Fault { code, file: self.file, text: self.text, span, message, help }));
    }

    fn parsed<T: FromStr<Err = InvalidAddress>>(&mut self, text: &Spanned<String>) -> Option<T> {
        text.get_ref().parse().map_err(|error: InvalidAddress| self.invalid(text.span(), &error)).ok()
    }

    fn invalid(&mut self, span: Range<usize>, error: &InvalidAddress) {
        let message = error.to_string();
        let message = message.split_once(": write ").map_or(message.as_str(), |(message, _)| message).to_owned();
        self.add("address", span, message, &format!("write {}", error.fix()));
    }

    fn wrong(&mut self, name: &str, entry: &Entry<'_>, expected: &str) {
        let message = format!("`{name}` is {} here", entry.get_ref().type_str());
        self.add("type", entry.span(), message, &format!("write {expected}"));
    }
}

/// One table of which only declared keys are read.
struct Section<'t, 'i> {
    name: &'static str,
    span: Range<usize>,
    table: &'t DeTable<'i>,
}

impl<'t, 'i> Section<'t, 'i> {
    fn new(
        faults: &mut Faults<'_>,
        name: &'static str,
        known: &[&'static str],
        span: Range<usize>,
        table: &'t DeTable<'i>,
    ) -> Self {
        for (key, _) in table.iter() {
            let written: &str = key.get_ref();
            if !known.contains(&written) {
                let help = match nearest(written, known.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("remove it; known keys are {}", known.join(", ")),
                };
                let place = if name.is_empty() { "here".to_owned() } else { format!("in [{name}]") };
                faults.add("unknown-key", key.span(), format!("`{written}` is no key {place}"), &help);
            }
        }
        Self { name, span, table }
    }

    fn has(&self, name: &str) -> bool {
        self.table.get(name).is_some()
    }

    fn missing(&self, faults: &mut Faults<'_>, name: &str, example: &str) {
        let message = format!("`{name}` is missing in [{}]", self.name);
        faults.add("missing-key", self.span.clone(), message, &format!("add `{name} = {example}`"));
    }

    fn table(&self, faults: &mut Faults<'_>, name: &'static str, known: &[&'static str]) -> Option<Section<'t, 'i>> {
        let entry = self.table.get(name)?;
        match entry.get_ref().as_table() {
            Some(table) => Some(Section::new(faults, name, known, entry.span(), table)),
            None => {
                faults.wrong(name, entry, "a table");
                None
            }
        }
    }

    /// Returns the tables of a list that must have one.
    fn tables(&self, faults: &mut Faults<'_>, name: &'static str, known: &[&'static str]) -> Vec<Section<'t, 'i>> {
        let Some(entry) = self.table.get(name) else {
            faults.add("missing-table", 0..0, format!("there is no `[[{name}]]`"), &format!("add `[[{name}]]`"));
            return Vec::new();
        };
        let Some(array) = entry.get_ref().as_array() else {
            faults.wrong(name, entry, "a list of tables: `[[name]]`");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::new(faults, name, known, item.span(), table)),
                None => faults.wrong(name, item, "a table"),
            }
        }
        sections
    }

    fn string(&self, faults: &mut Faults<'_>, name: &str) -> Option<Spanned<String>> {
        self.table.get(name).and_then(|entry| string(faults, name, entry))
    }

    fn needed(&self, faults: &mut Faults<'_>, name: &str, example: &str) -> Option<Spanned<String>> {
        if !self.has(name) {
            self.missing(faults, name, example);
        }
        self.string(faults, name)
    }

    fn strings(&self, faults: &mut Faults<'_>, name: &str) -> Vec<Spanned<String>> {
        let Some(entry) = self.table.get(name) else {
            return Vec::new();
        };
        let Some(array) = entry.get_ref().as_array() else {
            faults.wrong(name, entry, "a list of strings");
            return Vec::new();
        };
        array.iter().filter_map(|item| string(faults, name, item)).collect()
    }

    fn one_or_more(&self, faults: &mut Faults<'_>, name: &str) -> Vec<Spanned<String>> {
        match self.table.get(name).map(|entry| entry.get_ref().as_array().is_some()) {
            Some(true) => {
                let strings = self.strings(faults, name);
                if strings.is_empty() && faults.found.is_empty() {
                    let span = self.table.get(name).map_or(0..0, Spanned::span);
                    faults.add("empty", span, format!("`{name}` is empty"), "write at least one");
                }
                strings
            }
            Some(false) => self.string(faults, name).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn word<T: Copy, const N: usize>(
        &self,
        faults: &mut Faults<'_>,
        name: &str,
        words: [(&'static str, T); N],
    ) -> Option<T> {
        let text = self.string(faults, name)?;
        let found = words.iter().find(|(word, _)| word == text.get_ref());
        if found.is_none() {
            let help = match nearest(text.get_ref(), words.iter().map(|(word, _)| *word)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("use one of {}", words.map(|(word, _)| word).join(", ")),
            };
            faults.add("unknown-word", text.span(), format!("`{}` is no value of `{name}`", text.get_ref()), &help);
        }
        found.map(|(_, value)| *value)
    }

    fn duration(&self, faults: &mut Faults<'_>, name: &str, value: &mut Duration) {
        let Some(text) = self.string(faults, name) else {
            return;
        };
        match duration(text.get_ref()) {
            Some(duration) => *value = duration,
            None => {
                let message = format!("`{}` is no length of time for `{name}`", text.get_ref());
                let help = "write a whole number and a unit: \"500 milliseconds\", \"30 seconds\", \"1 hour\"";
                faults.add("term", text.span(), message, help);
            }
        }
    }

    /// Reads a whole number, or a size such as `64 KiB`.
    fn number<T>(&self, faults: &mut Faults<'_>, name: &str, range: std::ops::RangeInclusive<T>, value: &mut T)
    where
        T: TryFrom<u64> + PartialOrd + std::fmt::Display,
    {
        let Some(entry) = self.table.get(name) else {
            return;
        };
        let number = match entry.get_ref() {
            DeValue::Integer(integer) => u64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            DeValue::String(text) => size(text),
            _ => None,
        };
        let number = number.and_then(|number| T::try_from(number).ok()).filter(|number| range.contains(number));
        match number {
            Some(number) => *value = number,
            None => {
                let message = format!("`{name}` is out of range or no number");
                let help = format!(
                    "write a whole number from {} to {}, or a size such as \"64 KiB\"",
                    range.start(),
                    range.end()
                );
                faults.add("number", entry.span(), message, &help);
            }
        }
    }
}

fn string(faults: &mut Faults<'_>, name: &str, entry: &Entry<'_>) -> Option<Spanned<String>> {
    match entry.get_ref().as_str() {
        Some(text) if text.trim().is_empty() || text.contains(char::is_control) => {
            let message = format!("`{name}` is empty or holds a control character");
            faults.add("empty", entry.span(), message, "write a value or remove the key");
            None
        }
        Some(text) => Some(Spanned::new(entry.span(), text.to_owned())),
        None => {
            faults.wrong(name, entry, "a string");
            None
        }
    }
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(' ')?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    let unit = match unit {
        "millisecond" | "milliseconds" => Duration::from_millis(1),
        "second" | "seconds" => Duration::from_secs(1),
        "minute" | "minutes" => Duration::from_secs(60),
        "hour" | "hours" => Duration::from_secs(60 * 60),
        _ => return None,
    };
    unit.checked_mul(number)
}

fn size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    let shift = match unit {
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    number.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file of `docs/`, which names every key.
    const EXAMPLE: &str = include_str!("../../docs/serve/tower-consent.toml");

    const SOUND: &str = "[[listen]]\naddress = \":80\"\n[[site]]\npolicy = \"p\"\nstore = \"sled:s\"\n\
                         upstream = \"http://a\"\n";

    fn faults(text: &str) -> String {
        read("proxy.toml", text)
            .map(|_| String::new())
            .unwrap_or_else(|faults| faults.iter().map(Diagnostic::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn the_example_is_sound_and_names_every_key() {
        assert_eq!(faults(EXAMPLE), "");
        for key in [ROOT, LISTEN, SITE, TIME_OUTS, LIMITS, LOG].concat() {
            let named = EXAMPLE.lines().any(|line| {
                let line = line.trim_start_matches(['#', ' ', '[']);
                line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', ']', '=']))
            });
            assert!(named, "the example does not name `{key}`");
        }
    }

    #[test]
    fn every_fault_is_told_with_place_and_fix() {
        assert_eq!(faults(SOUND), "");
        let cases = [
            (
                SOUND.replace("address", "adress"),
                "proxy.toml:2:1: error[unknown-key]: `adress` is no key in [listen]\n  fix: did you mean `address`?",
            ),
            (SOUND.replace("\":80\"", "\"80\""), "`80` is no address to listen at"),
            (SOUND.replace("http://a", "http://a/b"), "`http://a/b` is no upstream"),
            (format!("{SOUND}protocol = \"h3\"\n"), "did you mean `h2`?"),
            (format!("{SOUND}hosts = [\"News.example\"]\n"), "`News.example` is no host name"),
            (format!("{SOUND}hosts = [\"a.b\", \"a.b\"]\n"), "`a.b` stands here twice"),
            (format!("{SOUND}certificate = \"a.pem\"\n"), "`key` is missing in [site]"),
            (format!("{SOUND}health = \"healthz\"\n"), "`healthz` is no path"),
            (format!("{SOUND}[time-outs]\nidle = \"10\"\n"), "`10` is no length of time for `idle`"),
            (format!("{SOUND}[limits]\nheader = 10\n"), "`header` is out of range"),
            (format!("{SOUND}[log]\npath = \"query\"\n"), "`query` is no value of `path`"),
            (format!("trusted = [\"10.0.0.0/99\"]\n{SOUND}"), "`10.0.0.0/99` is no network"),
            (
                format!("{SOUND}[[site]]\npolicy = \"q\"\nstore = \"sled:s\"\nupstream = \"http://b\"\n"),
                "two sites have no `hosts`",
            ),
            (
                format!("{SOUND}[[site]]\npolicy = \"q\"\nstore = \"sled:s\"\nupstream = \"http://b\"\n"),
                "two sites keep their choices",
            ),
            (SOUND.replace("\":80\"", "\":80\"\nspeaks = \"https\""), "no site has a certificate"),
            ("site = 1".to_owned(), "there is no `[[listen]]`"),
            ("= 1".to_owned(), "error[syntax]"),
        ];
        for (text, expected) in cases {
            let found = faults(&text);
            assert!(found.contains(expected), "{text}\n{found}");
        }
        let several = faults("[[listen]]\nadress = 1\n[[site]]\npolicy = 2\nhost = \"a\"\n");
        assert!(several.matches("error[").count() >= 5, "{several}");
    }

    #[test]
    fn values_become_what_they_say() {
        let text = format!(
            "{SOUND}hosts = [\"*.news.example\"]\n[time-outs]\ndrain = \"2 minutes\"\n[limits]\nbody = \"1 MiB\"\n\
             streams = 7\nthreads = 3\n[log]\naccess = \"-\"\npath = \"section\"\n"
        );
        let configuration = read("proxy.toml", &text).unwrap();
        assert_eq!(configuration.time_outs.drain, Duration::from_secs(120));
        assert_eq!(configuration.limits.body, 1 << 20);
        assert_eq!((configuration.limits.streams, configuration.limits.threads), (7, 3));
        assert_eq!(configuration.logged_path, LoggedPath::Section);
        assert_eq!(configuration.sites[0].hosts, ["*.news.example"]);
    }
}
