//! The door: a form that takes the token.

use maud::{DOCTYPE, Markup, html};
use time::Duration;

use super::{View, head, languages};

/// Why the form is shown again.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Refused {
    /// The token was wrong.
    Wrong,
    /// Too many were; how long to wait.
    Wait(Duration),
}

/// The form. It names the site, and tells nothing else of it.
pub(in super::super) fn login(view: &View<'_>, to: &str, refused: Option<Refused>) -> Markup {
    let words = view.words;
    let site = view.policy.site().name.in_language(&words.language).to_owned();
    let message = refused.map(|refused| match refused {
        Refused::Wrong => words.get("login-wrong"),
        Refused::Wait(wait) => words.count("login-wait", u64::try_from(wait.whole_seconds()).unwrap_or(1).max(1)),
    });
    html! {
        (DOCTYPE)
        html lang=(words.language) {
            (head(&format!("{} · {site}", words.get("login-title"))))
            body.door {
                main {
                    p.brand { strong { (site) } span { (words.get("product")) } }
                    h1 { (words.get("login-title")) }
                    @if let Some(message) = &message { p.note.bad role="alert" id="refused" { (message) } }
                    form method="post" action=(view.link("/login", &[])) {
                        input type="hidden" name="to" value=(to);
                        // For the password manager, which keeps a name with each password.
                        input type="text" name="username" value="admin" autocomplete="username" hidden;
                        label for="token" { (words.get("login-token")) }
                        input id="token" name="token" type="password" autocomplete="current-password" required autofocus
                            aria-describedby=[message.is_some().then_some("refused")]
                            aria-invalid=[message.is_some().then_some("true")];
                        button { (words.get("login-enter")) }
                    }
                    p.small { (words.get("login-help")) }
                    (languages(view, "/login"))
                }
            }
        }
    }
}
