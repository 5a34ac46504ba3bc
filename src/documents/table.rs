//! A generated table: HTML that a screen reader can walk, and a list in plain text.
//!
//! In: a caption, heads, cells. Out: HTML, or lines. It knows nothing of policies.

use maud::{Markup, html};

use crate::language::Language;

/// A table; the first cell of each row is the head of the row.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) caption: String,
    /// Heads of the columns; none where each row is a fact with its name.
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// What stands in place of no rows.
    pub(super) none: String,
}

/// What stands in a cell, item by item.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell(pub(super) Vec<Item>);

/// One thing of a cell.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) text: String,
    /// The language of the text, where it is another than the page's.
    pub(super) language: Option<Language>,
    pub(super) link: Option<String>,
}

impl Item {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), language: None, link: None }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(vec![Item::new(text)])
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Cell {
    fn html(&self) -> Markup {
        html! {
            @match &self.0[..] {
                [] => {}
                [item] => { (item.html()) }
                items => { ul { @for item in items { li { (item.html()) } } } }
            }
        }
    }

    fn text(&self) -> String {
        self.0.iter().map(Item::text).collect::<Vec<_>>().join("; ")
    }
}

impl Item {
    fn html(&self) -> Markup {
        let text = html! {
            @match &self.language {
                Some(language) => { span lang=(language) { (self.text) } }
                None => { (self.text) }
            }
        };
        html! {
            @match &self.link {
                Some(link) => { a href=(link) { (text) } }
                None => { (text) }
            }
        }
    }

    fn text(&self) -> String {
        match &self.link {
            Some(link) if link.strip_prefix("mailto:") != Some(&self.text) => format!("{} <{link}>", self.text),
            _ => self.text.clone(),
        }
    }
}

impl Table {
    /// Its caption, heads and cells, item by item; what stands in place of no rows.
    #[cfg(feature = "lint")]
    pub(super) fn into_texts(self) -> Vec<String> {
        if self.rows.is_empty() {
            return vec![self.caption, self.none];
        }
        let items = self.rows.into_iter().flatten().flat_map(|cell| cell.0).map(|item| item.text);
        [self.caption].into_iter().chain(self.heads).chain(items).collect()
    }

    /// `named` tells that a heading of the same words stands right before it: the caption is then for screen readers.
    pub(super) fn html(&self, named: bool) -> Markup {
        if self.rows.is_empty() {
            return html! { p { (self.caption) ": " (self.none) "." } };
        }
        html! {
            div.tc-table tabindex="0" role="region" aria-label=(self.caption) {
                table {
                    caption class=[named.then_some("tc-named")] { (self.caption) }
                    @if !self.heads.is_empty() {
                        thead { tr { @for head in &self.heads { th scope="col" { (head) } } } }
                    }
                    tbody {
                        @for row in &self.rows {
                            tr {
                                @for (column, cell) in row.iter().enumerate() {
                                    @if column == 0 { th scope="row" { (cell.html()) } } @else { td { (cell.html()) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A list: one item for each row, one line for each cell that is not empty; a table of two columns has one line
    /// for a row.
    pub(super) fn text(&self, width: usize, named: bool) -> String {
        if self.rows.is_empty() {
            return format!("{}: {}.\n", self.caption, self.none);
        }
        let mut out = if named { String::new() } else { format!("{}:\n\n", self.caption) };
        let mut put = |first: &str, next: &str, line: &str| {
            let options = textwrap::Options::new(width).initial_indent(first).subsequent_indent(next);
            for line in textwrap::wrap(line, options.break_words(false)) {
                out.push_str(&format!("{}\n", line.trim_end()));
            }
        };
        for row in &self.rows {
            if self.heads.len() <= 2 {
                let texts: Vec<_> = row.iter().map(Cell::text).collect();
                put("- ", "    ", &texts.join(": "));
                continue;
            }
            for (column, (head, cell)) in self.heads.iter().zip(row).enumerate() {
                if !cell.0.is_empty() {
                    let first = if column == 0 { "- " } else { "  " };
                    put(first, "    ", &format!("{head}: {}", cell.text()));
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let link = Item { link: Some("mailto:a@b.example".to_owned()), ..Item::new("a@b.example") };
        let russian = Item { language: Some("ru".parse().unwrap()), ..Item::new("да") };
        Table {
            caption: "Things & more".to_owned(),
            heads: vec!["Name".to_owned(), "What".to_owned()],
            rows: vec![vec!["<a>".into(), Cell(vec![link, russian])], vec!["b".into(), Cell::default()]],
            none: "none".to_owned(),
        }
    }

    #[test]
    fn html_has_caption_scopes_and_languages() {
        let html = table().html(false).into_string();
        for part in [
            "aria-label=\"Things &amp; more\"",
            "<caption>Things &amp; more</caption>",
            "<th scope=\"col\">Name</th>",
            "<th scope=\"row\">&lt;a&gt;</th>",
            "<li><a href=\"mailto:a@b.example\">a@b.example</a></li>",
            "<li><span lang=\"ru\">да</span></li>",
            "<th scope=\"row\">b</th><td></td>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn text_is_a_list() {
        assert_eq!(table().text(76, false), "Things & more:\n\n- <a>: a@b.example; да\n- b:\n");
    }

    #[test]
    fn wide_tables_name_each_cell_that_is_not_empty() {
        let mut wide = table();
        wide.heads.push("More".to_owned());
        wide.rows[0].push(Cell::default());
        wide.rows[1].push("c".into());
        assert_eq!(
            wide.text(76, false),
            "Things & more:\n\n- Name: <a>\n  What: a@b.example; да\n- Name: b\n  More: c\n"
        );
    }

    #[test]
    fn an_empty_table_is_a_sentence() {
        let empty = Table { rows: Vec::new(), ..table() };
        assert_eq!(empty.html(false).into_string(), "<p>Things &amp; more: none.</p>");
        assert_eq!(empty.text(76, false), "Things & more: none.\n");
    }
}
