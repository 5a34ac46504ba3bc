//! The forms of a page, filled in as by a visitor without script.
//!
//! In: the text of a page, which button is pressed, which switches are on. Out: where the form goes and its body. It
//! knows of consent only what anybody sees in the page: the names of buttons and switches.

use url::form_urlencoded::Serializer;

use crate::scan::tree::{Element, Tree};

/// What a button sends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) action: String,
    pub(super) body: String,
}

/// Presses a button `choice` with this value in the first form that has one. `switched` names the purposes that are on; without
/// it the switches stay as they came.
///
/// # Errors
///
/// What the page lacks, in words for the message of a test.
pub(super) fn choice(page: &str, value: &str, switched: Option<&[&str]>) -> Result<Sent, String> {
    let tree = Tree::as_written(page, false);
    let is_button = |element: &Element<'_>| {
        element.name() == "button" && element.value("name") == Some("choice") && element.value("value") == Some(value)
    };
    let hidden: Vec<Element<'_>> = tree.elements().filter(|element| element.value("hidden").is_some()).collect();
    let in_hidden = |form: &Element<'_>| hidden.iter().any(|outer| outer.inside().any(|inner| inner.is(form)));
    let form =
        forms(&tree).filter(|form| !in_hidden(form)).find(|form| form.inside().any(|element| is_button(&element)));
    let form = form.ok_or_else(|| format!("it has no form with a button `choice` of the value `{value}`"))?;
    if let Some(wanted) = switched {
        let offered: Vec<&str> = form.inside().filter(is_switch).filter_map(|element| element.value("value")).collect();
        if let Some(missing) = wanted.iter().find(|purpose| !offered.contains(purpose)) {
            return Err(format!("its form has no switch for `{missing}`; it has: {}", offered.join(", ")));
        }
    }
    let mut body = fields(&form, switched);
    body.append_pair("choice", value);
    Ok(Sent { action: form.value("action").unwrap_or_default().to_owned(), body: body.finish() })
}

/// Presses the button of the first form whose address ends so.
pub(super) fn leading_to(page: &str, end: &str) -> Result<Sent, String> {
    let tree = Tree::as_written(page, false);
    let form = forms(&tree).find(|form| form.value("action").is_some_and(|action| action.ends_with(end)));
    let form = form.ok_or_else(|| format!("it has no form that leads to `{end}`"))?;
    let action = form.value("action").unwrap_or_default().to_owned();
    Ok(Sent { action, body: fields(&form, None).finish() })
}

fn forms(tree: &Tree) -> impl Iterator<Item = Element<'_>> {
    tree.elements().filter(|element| {
        element.name() == "form" && element.value("method").is_some_and(|method| method.eq_ignore_ascii_case("post"))
    })
}

fn is_switch(element: &Element<'_>) -> bool {
    element.name() == "input" && element.value("name") == Some("purpose") && element.value("type") == Some("checkbox")
}

/// The fields a browser sends with whatever button (HTML, 4.10.21.4), as far as the forms of consent have any.
fn fields(form: &Element<'_>, switched: Option<&[&str]>) -> Serializer<'static, String> {
    let mut body = Serializer::new(String::new());
    for element in form.inside() {
        let (Some(name), None) = (element.value("name"), element.value("disabled")) else {
            continue;
        };
        match (element.name(), element.value("type").unwrap_or("text")) {
            ("input", "checkbox" | "radio") => {
                let value = element.value("value").unwrap_or("on");
                let on = match switched.filter(|_| is_switch(&element)) {
                    Some(wanted) => wanted.contains(&value),
                    None => element.value("checked").is_some(),
                };
                if on {
                    body.append_pair(name, value);
                }
            }
            ("input", "submit" | "button" | "image" | "reset" | "file") => {}
            ("input", _) => {
                body.append_pair(name, element.value("value").unwrap_or_default());
            }
            ("textarea", _) => {
                body.append_pair(name, &element.text());
            }
            _ => {}
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<section hidden><form method=post action=/x><button name=choice value=accept>A</button></form></section>\
        <form action=/search><button name=choice value=accept>A</button></form>\
        <form method=post action=/_consent/choice><input type=checkbox checked disabled>\
        <input type=checkbox name=purpose value=metrics><input type=checkbox name=purpose value=video checked>\
        <input type=hidden name=token value='1.a&amp;b'><button name=choice value=save>S</button>\
        <button name=choice value=accept>A</button></form>\
        <form method=post action=/_consent/withdraw><input type=hidden name=back value=/></form>";

    #[test]
    fn a_form_is_sent_as_a_browser_sends_it() {
        let sent = |value, switched| choice(PAGE, value, switched).map(|sent| (sent.action, sent.body));
        let to = |body: &str| Ok(("/_consent/choice".to_owned(), body.to_owned()));
        assert_eq!(sent("accept", None), to("purpose=video&token=1.a%26b&choice=accept"));
        assert_eq!(sent("save", Some(&["metrics"])), to("purpose=metrics&token=1.a%26b&choice=save"));
        assert_eq!(sent("save", Some(&[])), to("token=1.a%26b&choice=save"));
        let withdrawn = leading_to(PAGE, "/withdraw").unwrap();
        assert_eq!((&*withdrawn.action, &*withdrawn.body), ("/_consent/withdraw", "back=%2F"));
    }

    #[test]
    fn what_a_page_lacks_is_told() {
        let error = choice(PAGE, "save", Some(&["metrics", "metricks"])).unwrap_err();
        assert_eq!(error, "its form has no switch for `metricks`; it has: metrics, video");
        assert_eq!(
            choice(PAGE, "refuse", None).unwrap_err(),
            "it has no form with a button `choice` of the value `refuse`"
        );
        assert_eq!(leading_to("<p>", "/withdraw").unwrap_err(), "it has no form that leads to `/withdraw`");
    }
}
