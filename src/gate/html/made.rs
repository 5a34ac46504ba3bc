//! How a gate over HTML is made, and what it is told before the first piece of the page.

use std::sync::Arc;

use bytes::Bytes;
use encoding_rs::Encoding;
use url::Url;

use super::{Gate, Reading, Translated, frame::Placeholders};
use crate::{
    decision::Decision,
    gate::{
        Error, Rules,
        context::{Context, Doubts},
        judge::Findings,
        tokenizer::{Cursor, State},
    },
};

impl Gate {
    /// Makes a gate for one page in UTF-8 at this address.
    ///
    /// Under `pages = "neutral"` the decision counts for nothing: the page is made for everyone.
    ///
    /// # Errors
    ///
    /// [`Error::Address`] when the address is none a page can have.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, gate::{Error, Gate, Rules}};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let (rules, decision) = (Rules::new(&policy), Decision::undecided(&policy));
    /// // What is relative in the page is read by its address.
    /// let mut gate = Gate::new(&rules, &decision, "https://counter.yadro.ru/").unwrap();
    /// gate.feed(b"<img src=hit>").unwrap();
    /// gate.finish().unwrap();
    /// assert_eq!(gate.met()[0].service, "liveinternet");
    /// assert!(matches!(Gate::new(&rules, &decision, "/news"), Err(Error::Address(_))));
    /// ```
    pub fn new(rules: &Rules, decision: &Decision, address: &str) -> Result<Self, Error> {
        let base = Url::parse(address).ok().filter(|url| !url.cannot_be_a_base());
        let base = base.ok_or_else(|| Error::Address(address.to_owned()))?;
        Ok(Self::on_page(Arc::new(rules.clone()), decision.clone(), base, Some(encoding_rs::UTF_8), None))
    }

    /// Makes a gate for one page. `base` is the page's address, `encoding` the charset its head names, `banner` what
    /// is put first into `body`.
    pub(crate) fn on_page(
        rules: Arc<Rules>,
        decision: Decision,
        base: Url,
        encoding: Option<&'static Encoding>,
        banner: Option<Vec<u8>>,
    ) -> Self {
        let start = Cursor::new(0, State::Data);
        let reading = Reading {
            cursor: start,
            context: Context::default(),
            text: false,
            held: Vec::new(),
            waits: false,
            raw: 0..0,
        };
        Self {
            decision: rules.everyone.clone().unwrap_or(decision),
            own_bases: rules.keeps(&base),
            rules,
            bases: vec![base],
            depth: 0,
            encoding,
            pending: Bytes::new(),
            fed: 0,
            offset: 0,
            readings: vec![reading],
            doubts: Doubts::default(),
            edits: Vec::new(),
            head: None,
            banner,
            documents_only: false,
            document: false,
            translated: None,
            placeholders: None,
            language: None,
            findings: Findings::default(),
            first: None,
            ended: false,
            whole: false,
            xml: false,
            name: String::new(),
            #[cfg(test)]
            strict: false,
        }
    }

    /// Passes nothing over.
    #[cfg(test)]
    pub(in crate::gate) fn strictly(self) -> Self {
        Self { strict: true, ..self }
    }

    /// Takes another banner where the page's root element says that it is in another language.
    pub(crate) fn in_language_of_page(self, translated: Translated) -> Self {
        Self { translated: Some(translated), ..self }
    }

    /// Returns the language the page's root element says it is in, as far as it has been read.
    pub(in crate::gate) fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// Shows something in the place of withheld frames.
    pub(crate) fn with_placeholders(self, placeholders: Placeholders) -> Self {
        Self { placeholders: Some(placeholders), ..self }
    }

    /// Reads the page as XML, as a browser does by its type.
    pub(crate) fn of_xml(mut self) -> Self {
        self.xml = true;
        self.readings[0].context = Context::xml();
        self
    }

    /// Puts something before everything else of `head`.
    pub(crate) fn with_head(mut self, head: Option<Vec<u8>>) -> Self {
        self.head = head;
        self
    }

    /// Sets the charset once the first bytes have told it.
    pub(in crate::gate) fn set_encoding(&mut self, encoding: Option<&'static Encoding>) {
        self.encoding = encoding;
    }

    /// Makes a gate for a document that stands in another as text.
    pub(in crate::gate) fn inside(rules: &Rules, decision: &Decision, bases: &[Url], depth: u8) -> Self {
        let mut gate = Self::on_page(Arc::new(rules.clone()), decision.clone(), bases[0].clone(), None, None);
        gate.bases = bases.to_vec();
        gate.own_bases = bases.iter().all(|base| rules.keeps(base));
        gate.encoding = Some(encoding_rs::UTF_8);
        gate.depth = depth;
        gate
    }
}
