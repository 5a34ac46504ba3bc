//! The form that makes an export: for whom, in which form, of which days.

use maud::{Markup, html};

use super::{View, scroll};
use crate::{
    dashboard::download::{FORMATS, LEVELS, Refusal},
    record::Kind,
};

pub(super) fn page(view: &View<'_>, seen: &crate::dashboard::watch::Seen) -> Markup {
    html! {
        (form(view, None))
        section {
            h2 { (view.t("export-earlier")) }
            (earlier(view, seen))
        }
    }
}

/// The form again, with what was wrong with it.
pub(super) fn refused(view: &View<'_>, refusal: Refusal) -> Markup {
    let name = match refusal {
        Refusal::Form => "export-wrong",
        Refusal::Days => "export-wrong-days",
        Refusal::Table => "export-wrong-table",
        Refusal::Busy => "export-busy",
        Refusal::Unavailable => "export-unavailable",
    };
    form(view, Some(view.t(name)))
}

fn form(view: &View<'_>, message: Option<String>) -> Markup {
    let words = view.words;
    let today = view.now.date();
    html! {
        p.lead { (words.get("export-lead")) }
        @if let Some(message) = message { p.note.bad role="alert" { (message) } }
        @match &view.form_mark {
            None => p { (words.get("export-browser")) },
            Some(mark) => {
                form.export method="post" action=(view.link("/export", &[])) {
                    input type="hidden" name="mark" value=(mark);
                    fieldset {
                        legend { (words.get("export-level")) }
                        @for (place, level) in LEVELS.iter().enumerate() {
                            @let id = format!("level-{}", level.as_str());
                            div.choice {
                                input type="radio" name="level" id=(id) value=(level.as_str()) checked[place == 0]
                                    aria-describedby=(format!("{id}-note"));
                                label for=(id) { (words.find("level", level.as_str())) }
                                p.small id=(format!("{id}-note")) { (words.find("level-note", level.as_str())) }
                            }
                        }
                    }
                    fieldset {
                        legend { (words.get("export-format")) }
                        @for (place, format) in FORMATS.iter().enumerate() {
                            @let id = format!("format-{}", format.as_str());
                            div.choice {
                                input type="radio" name="format" id=(id) value=(format.as_str()) checked[place == 0];
                                label for=(id) { (words.find("format", format.as_str())) }
                            }
                        }
                    }
                    fieldset {
                        legend { (words.get("export-days")) }
                        div.days {
                            div { label for="from" { (words.get("export-from")) } input type="date" id="from" name="from" max=(today); }
                            div { label for="to" { (words.get("export-to")) } input type="date" id="to" name="to" max=(today); }
                        }
                        p.small { (words.get("export-days-note")) }
                    }
                    button { (words.get("export-make")) }
                    p.small { (words.get("export-note")) }
                }
            }
        }
    }
}

/// Exports that were made before, as the log tells.
fn earlier(view: &View<'_>, seen: &crate::dashboard::watch::Seen) -> Markup {
    let words = view.words;
    let made: Vec<_> = seen.events.iter().rev().filter(|event| event.kind == Kind::Export).take(20).collect();
    if made.is_empty() {
        return html! { p.empty { (words.get("export-none")) } };
    }
    let fact = |event: &crate::dashboard::watch::Event, name: &str| event.facts.get(name).cloned().unwrap_or_default();
    let day = |text: String| text.get(..10).unwrap_or("…").to_owned();
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get("column-time")) }
                th scope="col" { (words.get("export-level")) }
                th scope="col" { (words.get("export-format")) }
                th scope="col" { (words.get("export-days")) }
                th.number scope="col" { (words.get("column-index")) }
            } }
            tbody {
                @for event in made {
                    tr {
                        th scope="row" { (super::health::time(view, &event.time)) }
                        td { (words.find("level", &fact(event, "level"))) }
                        td { code { (fact(event, "format")) } }
                        td.date { (day(fact(event, "from"))) " – " (day(fact(event, "to"))) }
                        td.number { (words.number(event.index)) }
                    }
                }
            }
        }
    };
    scroll(&words.get("export-earlier"), table)
}
