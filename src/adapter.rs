//! Signals to others: what a page tells scripts of third parties about the visitor's decision.
//!
//! In: a policy and a decision. Out: a script that runs before every other of the page. It decides nothing, and it is
//! no gate: what is withheld stays withheld, whatever a signal says.

use std::fmt;

use crate::{
    decision::Decision,
    policy::{ConsentMode, Policy},
    purpose::PurposeKind,
};

/// Tells others of a decision in a language of theirs: Google Consent Mode, or an adapter of yours for TCF or GPP.
///
/// Put one into the layer with [`ConsentLayer::with_adapter`](crate::ConsentLayer::with_adapter). Its script is put as the
/// first bytes into the `head` of every page, with the nonce of the site's Content-Security-Policy where there is one.
///
/// # Example
///
/// ```
/// use tower_consent::{Decision, Policy, adapter::SignalAdapter};
///
/// /// Tells a tag manager of the house.
/// #[derive(Debug)]
/// struct House;
///
/// impl SignalAdapter for House {
///     fn script(&self, _: &Policy, decision: &Decision) -> Option<String> {
///         Some(format!("window.houseMetrics={}", decision.allows("metrics")))
///     }
/// }
///
/// let policy = Policy::load("policies/news-site").unwrap();
/// let decision = Decision::undecided(&policy);
/// assert_eq!(House.script(&policy, &decision).unwrap(), "window.houseMetrics=false");
/// ```
pub trait SignalAdapter: fmt::Debug + Send + Sync {
    /// Returns the text of a script for a page made under this decision; `None` where there is nothing to tell.
    ///
    /// A text that would end its script element (`</script`, `<!--`) is left out.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, adapter::SignalAdapter};
    /// /// Lets the house's player count once metrics are allowed, and tells it nothing before.
    /// #[derive(Debug)]
    /// struct Player;
    /// impl SignalAdapter for Player {
    ///     fn script(&self, _: &Policy, decision: &Decision) -> Option<String> {
    ///         decision.allows("metrics").then(|| "window.playerMayCount=1".to_owned())
    ///     }
    /// }
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(Player.script(&policy, &Decision::undecided(&policy)), None);
    /// assert!(Player.script(&policy, &Decision::granting(&policy, ["metrics"])).is_some());
    /// ```
    fn script(&self, policy: &Policy, decision: &Decision) -> Option<String>;
}

/// Google Consent Mode v2: the defaults, all denied but security, and one update once the visitor has decided.
///
/// It is there without being asked for when the policy says `consent-mode = "basic"` or `"advanced"`.
///
/// # Example
///
/// ```
/// use tower_consent::{Decision, Policy, adapter::{GoogleConsentMode, SignalAdapter}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let script = GoogleConsentMode.script(&policy, &Decision::granting(&policy, ["metrics"])).unwrap();
/// assert!(script.contains("'default'") && script.contains("'update',{'ad_storage':'denied'"));
/// assert!(script.contains("'analytics_storage':'granted'"));
/// assert!(!GoogleConsentMode.script(&policy, &Decision::undecided(&policy)).unwrap().contains("'update'"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GoogleConsentMode;

/// Google's seven signals and the kinds of purposes that grant each; a signal that no purpose stands for stays denied.
const SIGNALS: [(&str, &[PurposeKind]); 7] = [
    ("ad_storage", &[PurposeKind::Advertising]),
    ("ad_user_data", &[PurposeKind::Advertising]),
    ("ad_personalization", &[PurposeKind::Advertising]),
    ("analytics_storage", &[PurposeKind::Metrics]),
    ("functionality_storage", &[PurposeKind::Preferences]),
    ("personalization_storage", &[PurposeKind::Preferences, PurposeKind::Recommendations]),
    ("security_storage", &[PurposeKind::Necessary]),
];

impl SignalAdapter for GoogleConsentMode {
    fn script(&self, policy: &Policy, decision: &Decision) -> Option<String> {
        let states = |granted: &dyn Fn(&[PurposeKind]) -> bool| {
            let all = SIGNALS
                .iter()
                .map(|(signal, kinds)| format!("'{signal}':'{}'", if granted(kinds) { "granted" } else { "denied" }));
            all.collect::<Vec<_>>().join(",")
        };
        let defaults = states(&|kinds| kinds == [PurposeKind::Necessary]);
        let mut script = format!(
            "window.dataLayer=window.dataLayer||[];function gtag(){{dataLayer.push(arguments)}}\
             gtag('consent','default',{{{defaults},'wait_for_update':500}});"
        );
        if !decision.needs_banner() {
            // Of several purposes of a kind all must be granted.
            let update = states(&|kinds| {
                kinds == [PurposeKind::Necessary]
                    || policy.purposes().iter().any(|purpose| kinds.contains(&purpose.kind))
                        && policy
                            .purposes()
                            .iter()
                            .filter(|purpose| kinds.contains(&purpose.kind))
                            .all(|purpose| decision.allows(purpose.id.as_str()))
            });
            script.push_str(&format!("gtag('consent','update',{{{update}}});"));
        }
        Some(script)
    }
}

/// Returns the adapters a policy asks for by itself.
pub(crate) fn of_policy(policy: &Policy) -> Option<GoogleConsentMode> {
    (policy.signals().consent_mode != ConsentMode::Off).then_some(GoogleConsentMode)
}

/// Says whether a text can stand in a script element.
pub(crate) fn is_safe(script: &str) -> bool {
    let lower = script.to_ascii_lowercase();
    !lower.contains("</script") && !lower.contains("<!--") && !lower.contains("<script")
}
