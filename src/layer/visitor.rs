//! The visitor of a request, and the account of the site he signs in with.

use std::{fmt, sync::Arc};

use crate::{
    decision::Decision,
    recorder::{LinkState, links},
    rights::{Elsewhere, elsewhere},
    signal::VisitorId,
    site::Site,
    store::{Error, ErrorKind},
};

/// The visitor's browser, by the random id in the choice cookie this site has signed. Who has not chosen yet has none.
///
/// It is found by the [`Decision`] in the extensions of a request; with the feature `axum` a handler takes `Option<Visitor>`.
/// Under `pages = "neutral"` to ask who it is makes the answer one for this visitor alone, as asking the decision does.
///
/// The id is personal data. It is good for what the visitor asked for himself, such as finding his own records; nothing he has
/// not allowed may hang on it.
///
/// # Example
///
/// ```
/// use tower_consent::{Decision, Policy, Visitor};
/// let policy = Policy::load("policies/news-site").unwrap();
/// assert!(Visitor::of(&Decision::undecided(&policy)).is_none());
/// let visitor = Visitor::of(&Decision::granting(&policy, ["metrics"])).unwrap();
/// assert_eq!(format!("{visitor:?}"), "Visitor(VisitorId(…))", "logs do not tell who it is");
/// ```
#[derive(Clone)]
pub struct Visitor {
    id: VisitorId,
    /// The site whose layer made the decision.
    site: Option<Arc<Site>>,
}

/// How a visitor and an account are linked, from [`Visitor::link`].
///
/// # Example
///
/// ```
/// # #[cfg(all(feature = "axum", feature = "testing"))]
/// # fn main() {
/// # use axum::{Router, routing::get};
/// # use tower_consent::{ConsentLayer, Policy, Visitor, layer::Link, recorder::LinkState, store::Memory, testing::Client};
/// # pollster::block_on(async {
/// # let policy = Policy::load("policies/news-site").unwrap();
/// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
/// /// Greets who signs in: whether this browser was known to be his.
/// async fn signed_in(visitor: Option<Visitor>) -> &'static str {
///     let Some(visitor) = visitor else { return "nobody" };
///     let Link { state, elsewhere, .. } = visitor.link("user-4711").await.unwrap();
///     assert!(elsewhere.is_none(), "he has chosen in no other browser");
///     if state == LinkState::Known { "known" } else { "new" }
/// }
/// let app: Router = Router::new().route("/signed-in", get(signed_in)).layer(layer);
/// # let mut visitor = Client::new(app, &policy);
/// # let centre = visitor.visit_centre().await;
/// # visitor.accept_all(&centre).await;
/// assert_eq!(visitor.visit("/signed-in").await.text(), "new");
/// assert_eq!(visitor.visit("/signed-in").await.text(), "known");
/// # });
/// # }
/// # #[cfg(not(all(feature = "axum", feature = "testing")))]
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// How the link stands.
    pub state: LinkState,
    /// What was chosen in the account's other browsers; `None` where nothing holds there, or he has taken everything back
    /// in this one.
    pub elsewhere: Option<Elsewhere>,
}

impl Visitor {
    /// Returns the visitor of a decision, if he brought an id we signed.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, Visitor};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let decision = Decision::granting(&policy, ["metrics"]);
    /// assert_eq!(Visitor::of(&decision).map(|visitor| visitor.id()), decision.visitor());
    /// ```
    pub fn of(decision: &Decision) -> Option<Self> {
        let site = decision.maker().cloned().and_then(|maker| maker.downcast().ok());
        decision.visitor().map(|id| Self { id, site })
    }

    /// Returns the random id of his browser.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, Visitor, signal::VisitorId};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let decision = Decision::granting(&policy, ["metrics"]);
    /// assert_eq!(Visitor::of(&decision).unwrap().id(), VisitorId::from_random([0; 16]));
    /// ```
    pub fn id(&self) -> VisitorId {
        self.id
    }

    /// Links this browser with an account of the site, so that what is kept of a person can be found, given out and erased by
    /// his account. Durable when it returns; to be called when somebody signs in, not on every page: it waits for the store.
    ///
    /// `account` is the site's own name for the account: a number, a login, an e-mail address. Any text will do, but it must
    /// be the same each time; a number that never changes is best. It is kept nowhere: the log has a hash of it (HMAC-SHA-256)
    /// with a key that the store keeps. Linking the same two again writes nothing.
    ///
    /// A link is ended with everything else of the visitor, by his erasure, by that of the account, and when he takes
    /// everything back (152-FZ, article 21(5); GDPR, article 17(1)(b)). After that he is not linked again until he has chosen
    /// something: then the state is [`LinkState::Withdrawn`].
    ///
    /// What was chosen in other browsers is told, and nothing of it comes into force here: consent is given by an act of the
    /// person who sits before this browser (GDPR, article 4(11)), who was shown the text here, and may share it with others.
    /// A site may offer it, by a link to the privacy centre.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] when the name is empty, or the decision was not made by a layer; [`ErrorKind::Unavailable`] when
    /// the log cannot be written now or too much waits to be, and it is to be tried again with the next sign-in. After an error
    /// in reading what was chosen elsewhere the link may stand.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(all(feature = "axum", feature = "testing"))]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use axum::{Router, http::StatusCode, routing::get};
    /// use tower_consent::{ConsentLayer, Policy, Visitor, rights, store::{Error, Memory}, testing::Client};
    ///
    /// async fn signed_in(visitor: Option<Visitor>) -> Result<StatusCode, Error> {
    ///     if let Some(visitor) = visitor {
    ///         // The password was right, and this is whom it belongs to.
    ///         visitor.link("user-4711").await?;
    ///     }
    ///     Ok(StatusCode::NO_CONTENT)
    /// }
    ///
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap();
    /// let store = layer.handle().store();
    /// let app: Router = Router::new().route("/signed-in", get(signed_in)).layer(layer);
    /// let mut visitor = Client::new(app, &policy);
    /// let centre = visitor.visit_centre().await;
    /// visitor.choose(&centre, ["metrics"]).await;
    /// assert_eq!(visitor.visit("/signed-in").await.status(), StatusCode::NO_CONTENT);
    ///
    /// let account = rights::account(&*store, "user-4711").await.unwrap().unwrap();
    /// assert_eq!(rights::linked(&*store, account).await.unwrap().len(), 1);
    /// # }
    /// # #[cfg(not(all(feature = "axum", feature = "testing")))]
    /// # fn main() {}
    /// ```
    pub async fn link(&self, account: &str) -> Result<Link, Error> {
        links::check_name(account)?;
        let site = self.site.as_ref().ok_or_else(|| {
            let what =
                "the decision was made by hand: take the one the consent layer puts into the request's extensions";
            Error::new(ErrorKind::Refused, what)
        })?;
        let now = site.clock.now();
        let linked = site.recorder.link(self.id, account, site.policy.version(), now).await;
        let (account, state) = linked
            .map_err(|source| Error::new(ErrorKind::Unavailable, "the link cannot be written").with_source(source))?;
        let elsewhere = match state {
            LinkState::Withdrawn => None,
            LinkState::Known | LinkState::Made => elsewhere(&**site.recorder.store(), account, self.id, now).await?,
        };
        Ok(Link { state, elsewhere })
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Visitor").field(&self.id).finish()
    }
}
