//! One request and its answer.
//!
//! In: an address. Out: the answer's head and at most 5 MiB of its body, within 30 seconds. It follows no redirects,
//! keeps no cookies, and waits between two requests.

use std::{
    io::Read,
    thread,
    time::{Duration, Instant},
};

use ureq::Agent;
use url::Url;

/// The most of a page that is read.
pub(super) const LARGEST: u64 = 5 << 20;

/// The name in `robots.txt`, and the first word of our `User-Agent`.
pub(super) const ROBOT: &str = "tower-consent";

#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    delay: Duration,
    last: Option<Instant>,
    pub(super) requests: usize,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    /// Type and subtype in lower case; nothing where the server does not say.
    pub(super) kind: Option<String>,
    pub(super) charset: Option<String>,
    pub(super) set_cookie: Vec<String>,
    pub(super) body: Vec<u8>,
    /// Whether the body was longer than what is read.
    pub(super) cut: bool,
}

impl Client {
    /// `delay` is in milliseconds.
    pub(super) fn new(delay: u64) -> Self {
        let configuration = Agent::config_builder()
            .user_agent(format!("{ROBOT}/{} (scan)", env!("CARGO_PKG_VERSION")))
            .accept("text/html,application/xhtml+xml;q=0.9,*/*;q=0.1")
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_secs(30)))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .build();
        Self { agent: configuration.new_agent(), delay: Duration::from_millis(delay), last: None, requests: 0 }
    }

    /// Asks for an address.
    ///
    /// # Errors
    ///
    /// When there is no answer in time, or none that can be understood; with the reason.
    pub(super) fn get(&mut self, address: &Url) -> Result<Answer, String> {
        if let Some(rest) = self.last.and_then(|last| self.delay.checked_sub(last.elapsed())) {
            thread::sleep(rest);
        }
        self.requests += 1;
        let answer = self.ask(address);
        self.last = Some(Instant::now());
        answer.map_err(|error| error.to_string())
    }

    fn ask(&self, address: &Url) -> Result<Answer, ureq::Error> {
        let mut response = self.agent.get(address.as_str()).call()?;
        let headers = response.headers();
        let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let kind = text("content-type").map(|value| value.to_ascii_lowercase());
        let charset = kind.as_ref().and_then(|kind| kind.split("charset=").nth(1));
        let charset =
            charset.map(|charset| charset.split(';').next().unwrap_or_default().trim_matches(['"', ' ']).to_owned());
        let mut answer = Answer {
            status: response.status().as_u16(),
            location: text("location"),
            kind: kind.as_ref().map(|kind| kind.split(';').next().unwrap_or_default().trim().to_owned()),
            charset,
            set_cookie: headers
                .get_all("set-cookie")
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                .collect(),
            body: Vec::new(),
            cut: false,
        };
        if answer.is_page() || address.path() == "/robots.txt" {
            // One byte more tells whether there is more.
            response.body_mut().as_reader().take(LARGEST + 1).read_to_end(&mut answer.body)?;
            answer.cut = answer.body.len() as u64 > LARGEST;
            answer.body.truncate(LARGEST as usize);
        }
        Ok(answer)
    }
}

impl Answer {
    /// Says whether it is a page: what a server does not name is taken for one, as a browser would look.
    pub(super) fn is_page(&self) -> bool {
        (200..300).contains(&self.status)
            && self.kind.as_deref().is_none_or(|kind| matches!(kind, "text/html" | "application/xhtml+xml"))
    }
}
