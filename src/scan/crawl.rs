//! Which page of a site to look at next.
//!
//! In: where to begin, and the links of each page read. Out: addresses of the same origin, each once, sections of the
//! site in turn, so that a small number of pages shows as many kinds of pages as can be. It fetches nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use url::{Origin, Url};

/// Addresses that are waiting to be fetched.
///
/// # Example
///
/// ```
/// use tower_consent::scan::Frontier;
/// let address = |path: &str| format!("https://news.example{path}").parse().unwrap();
/// let mut frontier = Frontier::new(&address("/"));
/// assert_eq!(frontier.next().unwrap(), address("/"));
/// frontier.add([address("/news/1"), address("/news/2"), address("/sport/1#top"), address("/photo.jpg")]);
/// frontier.add(["https://other.example/".parse().unwrap(), address("/news/1")]);
/// let rest: Vec<_> = frontier.collect();
/// assert_eq!(rest, [address("/news/1"), address("/sport/1"), address("/news/2")]);
/// ```
#[derive(Debug)]
pub struct Frontier {
    origin: Origin,
    /// First segment of the path → what waits under it, in the order in which it was linked to.
    sections: BTreeMap<String, VecDeque<Url>>,
    /// Sections in turn.
    turn: VecDeque<String>,
    seen: BTreeSet<Url>,
}

/// The most addresses that are remembered; a site may link to endlessly many.
const MOST: usize = 20_000;

/// Ends of paths that are no pages; a fetch would only cost.
const NO_PAGES: [&str; 34] = [
    "7z", "avi", "bmp", "css", "csv", "doc", "docx", "eot", "exe", "gif", "gz", "ico", "jpeg", "jpg", "js", "json",
    "mov", "mp3", "mp4", "ogg", "pdf", "png", "ppt", "rar", "rss", "svg", "tar", "ttf", "txt", "wav", "webp", "xls",
    "xml", "zip",
];

impl Frontier {
    /// Begins at an address; only its origin is gone through.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::Frontier;
    /// let mut frontier = Frontier::new(&"https://news.example/sport".parse().unwrap());
    /// frontier.add(["https://shop.example/".parse().unwrap()]);
    /// assert_eq!(frontier.next().unwrap().as_str(), "https://news.example/sport");
    /// assert_eq!(frontier.next(), None);
    /// ```
    pub fn new(start: &Url) -> Self {
        let mut frontier =
            Self { origin: start.origin(), sections: BTreeMap::new(), turn: VecDeque::new(), seen: BTreeSet::new() };
        frontier.add([start.clone()]);
        frontier
    }

    /// Adds the links of a page: those of the same origin that may be pages and were not there before.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::{Frontier, Page, Scanner};
    /// let front = "https://news.example/".parse().unwrap();
    /// let mut frontier = Frontier::new(&front);
    /// let page = Page::new("front", b"<a href=/1>One</a> <a href=/1#comments>Two</a> <a href=/1.jpg>Photo</a>");
    /// frontier.add(Scanner::new(None).read(&page.with_address(&front)));
    /// let found: Vec<_> = frontier.skip(1).collect();
    /// assert_eq!(found, ["https://news.example/1".parse().unwrap()]);
    /// ```
    pub fn add(&mut self, links: impl IntoIterator<Item = Url>) {
        for mut address in links {
            address.set_fragment(None);
            if address.origin() != self.origin || self.seen.len() >= MOST || !may_be_a_page(&address) {
                continue;
            }
            if self.seen.insert(address.clone()) {
                let section = address.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default();
                let waiting = self.sections.entry(section.to_owned()).or_default();
                if waiting.is_empty() {
                    self.turn.push_back(section.to_owned());
                }
                waiting.push_back(address);
            }
        }
    }

    /// Remembers an address as read, such as one a redirect led to; says whether it is new.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::Frontier;
    /// let address = |path: &str| format!("https://news.example{path}").parse().unwrap();
    /// let mut frontier = Frontier::new(&address("/"));
    /// // `/` redirects to `/front`, which need not be fetched again.
    /// assert!(frontier.mark(&address("/front")));
    /// frontier.add([address("/front"), address("/news")]);
    /// assert!(frontier.by_ref().all(|next| next != address("/front")));
    /// assert!(!frontier.mark(&address("/news")));
    /// ```
    pub fn mark(&mut self, address: &Url) -> bool {
        let mut address = address.clone();
        address.set_fragment(None);
        self.seen.insert(address)
    }

    /// Returns how many addresses wait.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::Frontier;
    /// let address = |path: &str| format!("https://news.example{path}").parse().unwrap();
    /// let mut frontier = Frontier::new(&address("/"));
    /// frontier.add([address("/news/1"), address("/news/2")]);
    /// frontier.next();
    /// assert_eq!(frontier.waiting(), 2);
    /// ```
    pub fn waiting(&self) -> usize {
        self.sections.values().map(VecDeque::len).sum()
    }
}

impl Iterator for Frontier {
    type Item = Url;

    fn next(&mut self) -> Option<Url> {
        let section = self.turn.pop_front()?;
        let waiting = self.sections.get_mut(&section)?;
        let address = waiting.pop_front();
        if !waiting.is_empty() {
            self.turn.push_back(section);
        }
        address
    }
}

fn may_be_a_page(address: &Url) -> bool {
    let last = address.path().rsplit('/').next().unwrap_or_default();
    match last.rsplit_once('.') {
        Some((_, ending)) => NO_PAGES.binary_search(&ending.to_ascii_lowercase().as_str()).is_err(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_endings_is_sorted() {
        assert!(NO_PAGES.is_sorted());
    }

    #[test]
    fn each_address_comes_once_and_foreign_ones_never() {
        let start: Url = "http://127.0.0.1:8080/a/".parse().unwrap();
        let mut frontier = Frontier::new(&start);
        assert_eq!(frontier.next(), Some(start.clone()));
        let link = |text: &str| start.join(text).unwrap();
        assert!(frontier.mark(&link("b")));
        frontier.add([
            link("b"),
            link("#x"),
            link("http://127.0.0.1/"),
            link("https://127.0.0.1:8080/"),
            link("c.PDF"),
        ]);
        assert_eq!(frontier.waiting(), 0);
        frontier.add([link("c?x=1"), link("c?x=2"), link("c?x=1#y")]);
        assert_eq!(frontier.collect::<Vec<_>>(), [link("c?x=1"), link("c?x=2")]);
    }
}
