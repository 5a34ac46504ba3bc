//! Gated pages that are kept, for bodies that come again byte for byte.
//!
//! In: what a page is gated under (address, state of the visitor, charset, …), its bytes, and what came out. Out: the same
//! for the same bytes. A page is found by what it is gated under; then its bytes are compared, all of them, so that no
//! two pages can be mistaken for each other. Tokens of forms are not kept: where one stood there is a gap, which whoever
//! asks fills with one of his own. Memory is bounded, and counted as what bodies and outcomes hold.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use time::Date;

use super::Findings;

/// How many bytes are held unless another number is told.
pub(crate) const DEFAULT: usize = 16 << 20;
/// What one page costs beyond its bytes, about.
const OVERHEAD: usize = 512;

/// Pages that were gated, up to so many bytes of memory.
pub(crate) struct Cache {
    limit: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    pages: HashMap<Key, Slot>,
    /// Keys in the order in which their pages are looked at when room is needed.
    order: VecDeque<Key>,
    bytes: usize,
}

struct Slot {
    page: Arc<GatedPage>,
    /// Whether it was asked for since it was looked at last.
    used: bool,
}

/// Everything an outcome depends on, but the page's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(Arc<[u8]>);

impl Key {
    /// Makes a key of parts; no two lists of parts make the same.
    pub(crate) fn of<const N: usize>(parts: [&[u8]; N]) -> Self {
        let mut all = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
        for part in parts {
            // A part of 4 GiB would be no part of a request.
            all.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            all.extend_from_slice(part);
        }
        Self(all.into())
    }
}

/// A page and what it became.
#[derive(Debug)]
pub(crate) struct GatedPage {
    body: Bytes,
    parts: Vec<Part>,
    /// What the tokens are for that stand in it.
    tokens: Vec<Shown>,
    /// What it was found to hold.
    pub(crate) found: Arc<Repeated>,
}

/// What a page was found to hold that comes again and again: its times are counted, and what it holds when counts are
/// written.
#[derive(Debug)]
pub(crate) struct Repeated {
    findings: Findings,
    times: Mutex<Times>,
}

#[derive(Debug, Default)]
struct Times {
    count: u64,
    /// The day they are of.
    day: Option<Date>,
}

impl Repeated {
    pub(crate) fn new(findings: Findings) -> Self {
        Self { findings, times: Mutex::default() }
    }

    pub(crate) fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Counts one time; returns those of a day that is over, and whether this is the first that is not yet counted.
    pub(crate) fn again(&self, today: Date) -> (Option<(u64, Date)>, bool) {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let over = times.day.filter(|day| *day != today && times.count > 0).map(|day| (times.count, day));
        if over.is_some() {
            times.count = 0;
        }
        times.day = Some(today);
        times.count += 1;
        (over, times.count == 1)
    }

    /// Returns how often it came since this was asked last, and on which day.
    pub(crate) fn take(&self) -> Option<(u64, Date)> {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let count = std::mem::take(&mut times.count);
        times.day.filter(|_| count > 0).map(|day| (count, day))
    }
}

/// A part of what goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The same for everyone in this state.
    Same(Bytes),
    /// A token, by its place among those of the page: it may stand in several forms.
    Token(usize),
}

/// What a token is for: the language of what is shown, and the hash of the notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) language: String,
    pub(crate) notice: String,
}

/// A token that was made for a page.
#[derive(Clone, Debug)]
pub(crate) struct Minted {
    pub(crate) token: String,
    pub(crate) shown: Shown,
}

impl GatedPage {
    /// Takes the tokens out of what went out; `None` where nothing sure can be kept.
    pub(crate) fn new(body: &Bytes, out: &[Bytes], minted: Vec<Minted>, found: Arc<Repeated>) -> Option<Self> {
        let mut parts = Vec::new();
        for piece in out.iter().filter(|piece| !piece.is_empty()) {
            let mut gaps: Vec<(usize, usize)> = Vec::new();
            for (index, Minted { token, .. }) in minted.iter().enumerate() {
                if token.is_empty() {
                    return None;
                }
                gaps.extend(memchr::memmem::find_iter(piece, token).map(|place| (place, index)));
            }
            gaps.sort_unstable();
            let mut at = 0;
            for (place, index) in gaps {
                // Tokens that overlap would be no tokens of ours.
                if place < at {
                    return None;
                }
                parts.extend((at < place).then(|| Part::Same(piece.slice(at..place))));
                parts.push(Part::Token(index));
                at = place + minted[index].token.len();
            }
            parts.extend((at < piece.len()).then(|| Part::Same(piece.slice(at..))));
        }
        // What others hold as well is not copied; what only this request holds may be larger than it shows.
        let body = if body.is_unique() { Bytes::copy_from_slice(body) } else { body.clone() };
        let tokens = minted.into_iter().map(|minted| minted.shown).collect();
        Some(Self { body, parts, tokens, found })
    }

    pub(crate) fn tokens(&self) -> &[Shown] {
        &self.tokens
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Says whether it was made of these bytes.
    fn is_of(&self, body: &Bytes) -> bool {
        // Bytes at the same place of memory are the same: they never change while anybody holds them.
        self.body.len() == body.len() && (self.body.as_ptr() == body.as_ptr() || self.body == *body)
    }

    fn size(&self) -> usize {
        let part = |part: &Part| if let Part::Same(bytes) = part { bytes.len() } else { 0 };
        OVERHEAD + self.body.len() + self.parts.iter().map(part).sum::<usize>()
    }
}

impl Cache {
    /// Makes a cache that holds about so many bytes at most; none keeps nothing.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, kept: Mutex::default() }
    }

    /// Returns the longest body that is kept: one page never takes more than a quarter.
    pub(crate) fn longest(&self) -> usize {
        self.limit / 8
    }

    /// Returns what these bytes became under this key, where that is kept.
    pub(crate) fn get(&self, key: &Key, body: &Bytes) -> Option<Arc<GatedPage>> {
        let page = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = kept.pages.get_mut(key)?;
            slot.used = true;
            slot.page.clone()
        };
        page.is_of(body).then_some(page)
    }

    /// Keeps a page, in the place of another under the same key.
    pub(crate) fn put(&self, key: Key, page: GatedPage) {
        let size = page.size() + key.0.len();
        if size > self.limit / 4 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Slot { page: Arc::new(page), used: false };
        kept.bytes += size;
        match kept.pages.insert(key.clone(), slot) {
            Some(other) => kept.bytes -= other.page.size() + key.0.len(),
            None => kept.order.push_back(key),
        }
        while kept.bytes > self.limit {
            let Some(key) = kept.order.pop_front() else { return };
            // What was asked for gets a second chance.
            if kept.pages.get_mut(&key).is_some_and(|slot| std::mem::take(&mut slot.used)) {
                kept.order.push_back(key);
            } else if let Some(slot) = kept.pages.remove(&key) {
                kept.bytes -= slot.page.size() + key.0.len();
            }
        }
    }
}

impl Clone for Cache {
    /// Makes an empty one: what is kept belongs to one site under one policy with one set of keys.
    fn clone(&self) -> Self {
        Self::new(self.limit)
    }
}

impl fmt::Debug for Cache {
    // Pages may hold personal data.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Cache(up to {} bytes)", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &'static str, out: &'static str, tokens: &[&str]) -> Option<GatedPage> {
        let minted: Vec<Minted> = tokens
            .iter()
            .map(|token| Minted {
                token: (*token).to_owned(),
                shown: Shown { language: "ru".to_owned(), notice: (*token).to_owned() },
            })
            .collect();
        let found = Arc::new(Repeated::new(Findings::default()));
        GatedPage::new(&Bytes::from_static(body.as_bytes()), &[Bytes::from_static(out.as_bytes())], minted, found)
    }

    fn key(name: &str) -> Key {
        Key::of([name.as_bytes(), b""])
    }

    #[test]
    fn a_page_is_found_by_its_key_and_all_its_bytes() {
        let cache = Cache::new(1 << 20);
        cache.put(key("a"), page("one", "gated one", &[]).unwrap());
        let get = |name, body: &'static str| cache.get(&key(name), &Bytes::copy_from_slice(body.as_bytes()));
        assert_eq!(get("a", "one").unwrap().parts(), [Part::Same(Bytes::from_static(b"gated one"))]);
        for (name, body) in [("a", "onf"), ("a", "on"), ("a", "one "), ("b", "one"), ("", "one")] {
            assert!(get(name, body).is_none(), "{name} {body}");
        }
        // Another body in the same place takes it.
        cache.put(key("a"), page("two", "gated two", &[]).unwrap());
        assert!(get("a", "one").is_none() && get("a", "two").is_some());
        assert_ne!(Key::of([b"ab", b"c"]), Key::of([b"a", b"bc"]));
        assert!(cache.clone().get(&key("a"), &Bytes::from_static(b"two")).is_none(), "another site's is another");
    }

    #[test]
    fn tokens_are_gaps() {
        let kept = page("x", "<TOK1>TOK2TOK1", &["TOK1", "TOK2", "TOK3"]).unwrap();
        let parts: Vec<String> = kept
            .parts()
            .iter()
            .map(|part| match part {
                Part::Same(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Part::Token(index) => format!("[{}]", kept.tokens()[*index].notice),
            })
            .collect();
        assert_eq!(parts, ["<", "[TOK1]", ">", "[TOK2]", "[TOK1]"]);
        assert!(page("x", "aXYZ", &["XY", "YZ"]).is_none(), "they overlap");
        assert!(page("x", "a", &[""]).is_none());
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_stays_longest() {
        let limit = 40_000;
        let cache = Cache::new(limit);
        let body = Bytes::from(vec![b'x'; 2_000]);
        let kept = |number: usize| cache.kept.lock().unwrap().pages.contains_key(&key(&number.to_string()));
        for number in 0..1_000 {
            let found = Arc::new(Repeated::new(Findings::default()));
            let page = GatedPage::new(&body, std::slice::from_ref(&body), Vec::new(), found).unwrap();
            cache.put(key(&number.to_string()), page);
            assert!(cache.get(&key("0"), &body).is_some() && kept(number), "{number}");
            let state = cache.kept.lock().unwrap();
            let size: usize = state.pages.iter().map(|(key, slot)| slot.page.size() + key.0.len()).sum();
            assert!(size == state.bytes && size <= limit && state.order.len() == state.pages.len(), "{number}: {size}");
        }
        assert!(!kept(1));
        let large = Bytes::from(vec![b'x'; limit / 4]);
        let found = Arc::new(Repeated::new(Findings::default()));
        cache.put(key("large"), GatedPage::new(&large, &[], Vec::new(), found).unwrap());
        assert!(cache.get(&key("large"), &large).is_none());
        assert!(Cache::new(0).longest() == 0);
    }
}
