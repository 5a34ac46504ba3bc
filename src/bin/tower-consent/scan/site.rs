//! A site on the net, gone through within its origin.
//!
//! In: where to begin, and what the site asks of robots. Out: its pages, read into the scan, as many as may be.

use tower_consent::{
    clock::{Clock, SystemClock},
    scan::{Frontier, Page, Robots},
};
use url::Url;

use super::{
    Run,
    fetch::{Answer, Client, ROBOT},
};

/// Requests for each page that may be read, since some are redirects, documents, errors …
const REQUESTS: usize = 3;
/// … and some more, without which a small number of pages would end with the first errors.
const MORE_REQUESTS: usize = 10;
/// How often one address may lead to the next.
const HOPS: usize = 10;

/// Where a fetch ended.
enum End {
    Page {
        address: Url,
        answer: Answer,
    },
    /// It leads to another site.
    Elsewhere(Url),
    /// It leads to a page that was read before.
    Known,
    Refused(Url),
    NoPage(String),
}

/// Goes through a site.
///
/// # Errors
///
/// When its first page cannot be read.
pub(super) fn scan(run: &mut Run, client: &mut Client, start: Url, ignore_robots: bool) -> Result<(), String> {
    if run.left == 0 {
        run.skip(start, "the number of pages given by --pages was reached before");
        return Ok(());
    }
    let mut start = start;
    // A start may lead to the site's real place: from http to https, from the bare domain to `www`.
    for _ in 0..HOPS {
        let mut site = Site { client, robots: None, ignore_robots, frontier: Frontier::new(&start) };
        site.read_robots(&start)?;
        let first = site.frontier.next().expect("a frontier begins with its start");
        run.progress.at(first.as_str());
        match site.fetch(first)? {
            End::Elsewhere(real) => {
                run.notes.push(format!("{start} leads to {real}, which was scanned"));
                start = real;
            }
            End::Page { address, answer } => {
                site.read(run, &address, answer);
                return site.go_on(run, &start);
            }
            End::Refused(address) => {
                return Err(format!(
                    "robots.txt keeps robots from {address}; when the site is yours, `--ignore-robots` reads it"
                ));
            }
            End::NoPage(reason) => return Err(format!("cannot read {start}: {reason}")),
            End::Known => return Err(format!("cannot read {start}: it leads to itself")),
        }
    }
    Err(format!("cannot read {start}: it leads from one site to the next without end"))
}

struct Site<'c> {
    client: &'c mut Client,
    robots: Option<Robots>,
    ignore_robots: bool,
    frontier: Frontier,
}

impl Site<'_> {
    fn read_robots(&mut self, start: &Url) -> Result<(), String> {
        if self.ignore_robots {
            return Ok(());
        }
        let mut address = start.join("/robots.txt").map_err(|error| format!("cannot read {start}: {error}"))?;
        let unreachable = |reason: String| {
            // RFC 9309, section 2.3.1.4: then everything is forbidden.
            format!(
                "cannot read {start}: its robots.txt is {reason}; when the site is yours, `--ignore-robots` goes on without it"
            )
        };
        for _ in 0..5 {
            let answer = self.client.get(&address).map_err(|reason| format!("cannot read {start}: {reason}"))?;
            match (answer.status, &answer.location) {
                (200..300, _) => {
                    let text = String::from_utf8_lossy(&answer.body);
                    self.robots = Some(Robots::parse(&text, ROBOT));
                    return Ok(());
                }
                (300..400, Some(location)) => match address.join(location) {
                    Ok(next) if matches!(next.scheme(), "http" | "https") => address = next,
                    _ => return Ok(()),
                },
                (500.., _) => return Err(unreachable(format!("answered with {}", answer.status))),
                // Not there: nothing is asked for (section 2.3.1.3).
                _ => return Ok(()),
            }
        }
        // More than five redirects count as not there (section 2.3.1.2).
        Ok(())
    }

    fn go_on(&mut self, run: &mut Run, start: &Url) -> Result<(), String> {
        let most = self.client.requests + run.left * REQUESTS + MORE_REQUESTS;
        while run.left > 0
            && let Some(address) = self.frontier.next()
        {
            if self.client.requests >= most {
                run.notes
                    .push(format!("{start}: the scan ended after {most} requests, since too few of them were pages"));
                break;
            }
            run.progress.at(address.as_str());
            match self.fetch(address.clone()) {
                Ok(End::Page { address, answer }) => self.read(run, &address, answer),
                Ok(End::Refused(address)) => run.skip(address, "robots.txt keeps robots from it"),
                Ok(End::NoPage(reason)) | Err(reason) => run.skip(address, reason),
                Ok(End::Elsewhere(_) | End::Known) => {}
            }
        }
        let waiting = self.frontier.waiting();
        if run.left == 0 && waiting > 0 {
            run.notes.push(format!("{start}: {waiting} more addresses are linked to and were not read (--pages)"));
        }
        Ok(())
    }

    fn read(&mut self, run: &mut Run, address: &Url, answer: Answer) {
        if answer.cut {
            run.notes.push(format!("{address}: only the first {} MiB were read", super::fetch::LARGEST >> 20));
        }
        let page = Page::new(address.as_str(), &answer.body)
            .with_address(address)
            .with_charset(answer.charset.as_deref())
            .with_cookies(&answer.set_cookie, SystemClock.now());
        let links = run.scanner.read(&page);
        self.frontier.add(links);
        run.progress.read();
        run.left -= 1;
    }

    /// Fetches an address, following redirects within the origin.
    fn fetch(&mut self, address: Url) -> Result<End, String> {
        let mut address = address;
        let mut set_cookie = Vec::new();
        for _ in 0..HOPS {
            let path = &address[url::Position::BeforePath..url::Position::AfterQuery];
            if self.robots.as_ref().is_some_and(|robots| !robots.allows(path)) {
                return Ok(End::Refused(address));
            }
            let mut answer = self.client.get(&address)?;
            set_cookie.append(&mut answer.set_cookie);
            if let (300..400, Some(location)) = (answer.status, &answer.location) {
                let next = address.join(location).map_err(|error| format!("it leads to `{location}`: {error}"))?;
                if !matches!(next.scheme(), "http" | "https") {
                    return Ok(End::NoPage(format!("it leads to `{location}`")));
                }
                if next.origin() != address.origin() {
                    return Ok(End::Elsewhere(next));
                }
                // A site that sets a cookie and sends the browser back to the same place does so once.
                if next != address && !self.frontier.mark(&next) {
                    return Ok(End::Known);
                }
                address = next;
                continue;
            }
            if answer.is_page() {
                answer.set_cookie = set_cookie;
                return Ok(End::Page { address, answer });
            }
            return Ok(End::NoPage(match answer.kind {
                Some(kind) if (200..300).contains(&answer.status) => format!("it is no page but {kind}"),
                _ => format!("the server answered with {}", answer.status),
            }));
        }
        Ok(End::NoPage(format!("it leads on more than {HOPS} times")))
    }
}
