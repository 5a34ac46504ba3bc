//! A page on its way through the gate, whose findings are counted when it is done, or when the client goes away before.
//!
//! A body that comes whole is looked up among those that came before; every other one streams. In: pieces. Out: pieces.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use time::OffsetDateTime;

use super::future::{Passage, Plan};
use crate::{
    gate::{
        Error, Stream,
        cache::{GatedPage, Key, Minted, Part, Repeated, Shown},
    },
    language::Language,
    site::Site,
};

/// Parts up to this length are copied together: each piece by itself costs more to send.
const SHORT: usize = 2 << 10;

pub(super) struct Watched {
    work: Work,
    site: Arc<Site>,
    now: OffsetDateTime,
}

enum Work {
    /// Nothing has come yet, and what comes may be known.
    Planned(Box<Planned>),
    Begun(Box<Stream>),
    Done,
}

struct Planned {
    passage: Box<Passage>,
    plan: Plan,
    key: Key,
}

/// Makes the tokens of one page and remembers them.
#[derive(Clone, Debug, Default)]
pub(super) struct Mint(Arc<Mutex<Vec<Minted>>>);

impl Mint {
    /// Makes a token for what is shown, by its hash.
    pub(super) fn token(&self, site: &Site, language: &Language, notice: &str, now: OffsetDateTime) -> Option<String> {
        let token = site.mint(language.as_str(), notice, now)?;
        let shown = Shown { language: language.as_str().to_owned(), notice: notice.to_owned() };
        let mut minted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        minted.push(Minted { token: token.clone(), shown });
        Some(token)
    }

    fn take(&self) -> Vec<Minted> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Watched {
    /// Watches a page that streams.
    pub(super) fn begun(stream: Stream, site: Arc<Site>, now: OffsetDateTime) -> Self {
        Self { work: Work::Begun(Box::new(stream)), site, now }
    }

    /// Watches a page that may have come before under this key.
    pub(super) fn planned(passage: Box<Passage>, plan: Plan, key: Key) -> Self {
        let (site, now) = (passage.site().clone(), passage.now());
        Self { work: Work::Planned(Box::new(Planned { passage, plan, key })), site, now }
    }

    /// Takes a piece and returns what may go out. `whole` says that nothing follows it; then the page is done.
    ///
    /// # Errors
    ///
    /// As [`Stream::feed`].
    pub(super) fn feed(&mut self, piece: &Bytes, whole: bool) -> Result<VecDeque<Bytes>, Error> {
        match &self.work {
            Work::Planned(planned) if whole && piece.len() <= self.site.cache.longest() => {
                let known = self.site.cache.get(&planned.key, piece);
                if let Some((page, out)) = known.and_then(|page| Some((page.clone(), self.filled(&page)?))) {
                    self.site.ledger.again(&page.found, self.site.policy.version(), self.now);
                    self.work = Work::Done;
                    return Ok(out);
                }
                self.keep(piece)
            }
            _ => self.begin()?.feed(piece).map(|out| [out].into()),
        }
    }

    /// Returns what is held only to be coded better, when the inner service pauses.
    ///
    /// # Errors
    ///
    /// As [`Stream::flush`].
    pub(super) fn flush(&mut self) -> Result<Bytes, Error> {
        match &mut self.work {
            Work::Begun(stream) => stream.flush(),
            Work::Planned(_) | Work::Done => Ok(Bytes::new()),
        }
    }

    /// Ends the page and returns the rest of it.
    ///
    /// # Errors
    ///
    /// As [`Stream::finish`].
    pub(super) fn finish(&mut self) -> Result<Bytes, Error> {
        match &self.work {
            Work::Done => Ok(Bytes::new()),
            _ => self.begin()?.finish(),
        }
    }

    fn begin(&mut self) -> Result<&mut Stream, Error> {
        if let Work::Planned(planned) = &self.work {
            let stream = planned.passage.begin(&planned.plan, &Mint::default());
            self.work = Work::Begun(Box::new(stream));
        }
        match &mut self.work {
            Work::Begun(stream) => Ok(stream),
            Work::Planned(_) | Work::Done => Err(Error::Ended),
        }
    }

    /// Gates a whole page and keeps what it becomes.
    fn keep(&mut self, piece: &Bytes) -> Result<VecDeque<Bytes>, Error> {
        let Work::Planned(planned) = std::mem::replace(&mut self.work, Work::Done) else {
            return Err(Error::Ended);
        };
        let mint = Mint::default();
        // From here on what is found is counted, whatever happens.
        self.work = Work::Begun(Box::new(planned.passage.begin(&planned.plan, &mint)));
        let stream = self.begin()?;
        let out = [stream.feed(piece)?, stream.finish()?];
        let findings = stream.take_findings();
        self.work = Work::Done;
        self.site.ledger.add(findings.clone(), self.site.policy.version(), self.now);
        if let Some(page) = GatedPage::new(piece, &out, mint.take(), Arc::new(Repeated::new(findings))) {
            self.site.cache.put(planned.key, page);
        }
        Ok(out.into())
    }

    /// Fills the gaps of a page with new tokens.
    fn filled(&self, page: &GatedPage) -> Option<VecDeque<Bytes>> {
        let mint = |shown: &Shown| self.site.mint(&shown.language, &shown.notice, self.now);
        let tokens: Vec<String> = page.tokens().iter().map(mint).collect::<Option<_>>()?;
        let mut out = VecDeque::with_capacity(page.parts().len());
        let mut short: Vec<u8> = Vec::new();
        for part in page.parts() {
            match part {
                Part::Same(bytes) if bytes.len() > SHORT => {
                    if !short.is_empty() {
                        out.push_back(std::mem::take(&mut short).into());
                    }
                    out.push_back(bytes.clone());
                }
                Part::Same(bytes) => short.extend_from_slice(bytes),
                Part::Token(index) => short.extend_from_slice(tokens[*index].as_bytes()),
            }
        }
        if !short.is_empty() {
            out.push_back(short.into());
        }
        Some(out)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Work::Begun(stream) = &mut self.work {
            let findings = stream.take_findings();
            self.site.ledger.add(findings, self.site.policy.version(), self.now);
        }
    }
}
