//! What a gate saw on pages that were served: names without the pages they were on.

use url::Url;

use super::{Form, Page, Scanner, Site, registrable};
use crate::{catalogue, scan::report::CookieTally};

impl Scanner {
    /// Counts a third-party host that a running gate saw. A gate keeps no addresses, so what a known service has
    /// beside others on a host of many things is not told apart.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::Scanner;
    /// let mut scanner = Scanner::new(None);
    /// scanner.saw_host("mc.yandex.ru");
    /// scanner.saw_host("cdn.unknown.example");
    /// let report = scanner.finish();
    /// assert_eq!(report.services[0].id, "yandex-metrika");
    /// assert!(report.blocks[1].toml.contains("hosts = [\"cdn.unknown.example\"]"));
    /// ```
    pub fn saw_host(&mut self, host: &str) {
        let Ok(address) = Url::parse(&format!("https://{host}/")) else { return };
        let place = self.unnamed();
        let site = Site { own: self.own.clone() };
        if self.own.contains(&registrable(host)) {
            return;
        }
        let shared = self.addresses(Form::Lazy, &[address].into(), &site, place);
        self.settle(shared, place);
    }

    /// Counts a cookie that a running gate saw being set; how long it lives is what is known of its name.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::Scanner;
    /// let mut scanner = Scanner::new(None);
    /// scanner.saw_cookie("_ga");
    /// assert_eq!(scanner.finish().cookies[0].lifetime, "730 days");
    /// ```
    pub fn saw_cookie(&mut self, name: &str) {
        if name.is_empty() || super::is_choice_cookie(name) {
            return;
        }
        let place = self.unnamed();
        let declared_by = self.declared.cookie(name).map(|service| service.id.clone());
        let known = self.known.cookie(name).map(|service| service.id.clone());
        let covering = known.as_ref().and_then(|known| self.covered.get(known)).cloned();
        let lifetime = catalogue::cookie(name).map_or_else(|| "unknown".to_owned(), |known| known.lifetime());
        let tally = CookieTally { declared_by, covering, known, lifetime, pages: [place].into() };
        self.cookies.entry(name.to_owned()).or_insert(tally);
    }

    /// The place that stands for all pages nobody named.
    fn unnamed(&mut self) -> usize {
        if self.pages.is_empty() {
            self.read(&Page::new("served pages", b""));
        }
        0
    }
}
