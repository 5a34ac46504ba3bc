//! Markdown to safe HTML and to plain text, with values and tables filled in.
//!
//! In: a text, what its placeholders stand for. Out: HTML, or lines of at most 76 columns. A value is put in after
//! Markdown is read, so that none can be read as Markdown. Raw HTML becomes text; a picture of another site becomes
//! a link, since loading it would tell that site who reads.

use pulldown_cmark::{Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html};

use super::{placeholder::placeholders, table::Table};

/// Columns of plain text: what e-mail shows without breaking lines itself.
const WIDTH: usize = 76;

/// The first of the private-use characters that stand for placeholders while Markdown is read.
const FIRST_MARK: u32 = 0xe000;
const LAST_MARK: u32 = 0xf8ff;

/// What a placeholder stands for.
#[derive(Debug)]
pub(super) enum Filling {
    Value(String),
    Tables(Vec<Table>),
}

/// A text whose placeholders are single characters.
#[derive(Debug)]
pub(super) struct Marked {
    text: String,
    fillings: Vec<Filling>,
}

/// A piece of a text that was read.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Event(Event<'a>),
    Tables(&'a [Table]),
}

impl Marked {
    /// Puts a mark in the place of everything that is filled; the rest stays as it is, marks of the text itself go.
    pub(super) fn new(text: &str, mut fill: impl FnMut(&str) -> Option<Filling>) -> Self {
        let mut marked = Self { text: String::with_capacity(text.len()), fillings: Vec::new() };
        let mut after = 0;
        for (span, name) in placeholders(text) {
            let Some(filling) = fill(name) else { continue };
            let Some(mark) = u32::try_from(marked.fillings.len()).ok().and_then(mark) else { break };
            marked.push(&text[after..span.start]);
            after = span.end;
            if matches!(filling, Filling::Tables(_)) && alone(text, span.start, span.end) {
                // A table is a block of its own, in the list item or quote its line is indented to.
                let line = marked.text.rfind('\n').map_or(0, |newline| newline + 1);
                let indent = marked.text.split_off(line);
                marked.text.push_str(&format!("\n{indent}{mark}\n"));
            } else {
                marked.text.push(mark);
            }
            marked.fillings.push(filling);
        }
        marked.push(&text[after..]);
        marked
    }

    fn push(&mut self, text: &str) {
        self.text.extend(text.chars().filter(|character| number(*character).is_none()));
    }

    /// Reads the text.
    pub(super) fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        let mut pictures = Vec::new();
        let mut links = 0_usize;
        let mut level = None;
        let events: Vec<_> = Parser::new_ext(&self.text, Options::ENABLE_TABLES).collect();
        let mut rest = &events[..];
        while let [event, after @ ..] = rest {
            if let Some((number, after)) = self.block(rest) {
                if let Some(Filling::Tables(tables)) = self.fillings.get(number) {
                    pieces.push(Piece::Tables(tables));
                }
                rest = after;
                continue;
            }
            rest = after;
            let event = match event.clone() {
                Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => Event::Text(self.filled(text)),
                Event::Code(text) => Event::Code(self.filled(text)),
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    links += 1;
                    let dest_url = allowed(self.filled(dest_url));
                    Event::Start(Tag::Link { link_type, dest_url, title: self.filled(title), id })
                }
                Event::End(TagEnd::Link) => {
                    links = links.saturating_sub(1);
                    Event::End(TagEnd::Link)
                }
                Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                    let (dest_url, title) = (self.filled(dest_url), self.filled(title));
                    let own = !dest_url.contains(':') && !dest_url.starts_with("//") && !dest_url.starts_with('\\');
                    let dest_url = allowed(dest_url);
                    let shown = match (own, links) {
                        (true, _) => Some((Tag::Image { link_type, dest_url, title, id }, TagEnd::Image)),
                        (false, 0) => Some((Tag::Link { link_type, dest_url, title, id }, TagEnd::Link)),
                        (false, _) => None,
                    };
                    let (start, end) = shown.unzip();
                    pictures.push(end);
                    match start {
                        Some(start) => Event::Start(start),
                        None => continue,
                    }
                }
                Event::End(TagEnd::Image) => match pictures.pop().flatten() {
                    Some(end) => Event::End(end),
                    None => continue,
                },
                Event::Start(Tag::Heading { level: written, .. }) => {
                    let fitting = fitting(level, written);
                    level = Some(fitting);
                    Event::Start(Tag::Heading { level: fitting, id: None, classes: Vec::new(), attrs: Vec::new() })
                }
                Event::End(TagEnd::Heading(written)) => Event::End(TagEnd::Heading(level.unwrap_or(written))),
                // An alignment would be a style of its own, which a strict content security policy refuses.
                Event::Start(Tag::Table(columns)) => Event::Start(Tag::Table(vec![Alignment::None; columns.len()])),
                other => other,
            };
            pieces.push(Piece::Event(event));
        }
        pieces
    }

    /// The numbers of the tables that stand as a block of their own, counted among the tables.
    pub(super) fn blocks(&self) -> Vec<usize> {
        let events: Vec<_> = Parser::new_ext(&self.text, Options::ENABLE_TABLES).collect();
        (0..events.len()).filter_map(|at| self.block(&events[at..])).map(|(number, _)| number).collect()
    }

    /// A paragraph that holds a table's mark and nothing else, and what comes after it.
    fn block<'e, 'a>(&self, events: &'e [Event<'a>]) -> Option<(usize, &'e [Event<'a>])> {
        let [Event::Start(Tag::Paragraph), Event::Text(text), Event::End(TagEnd::Paragraph), after @ ..] = events
        else {
            return None;
        };
        let mut characters = text.chars();
        let number = characters.next().and_then(number)?;
        let table = characters.next().is_none() && matches!(self.fillings.get(number), Some(Filling::Tables(_)));
        table.then_some((number, after))
    }

    fn filled<'a>(&self, text: CowStr<'a>) -> CowStr<'a> {
        if !text.chars().any(|character| number(character).is_some()) {
            return text;
        }
        let mut filled = String::new();
        for character in text.chars() {
            match number(character).map(|number| self.fillings.get(number)) {
                None => filled.push(character),
                Some(Some(Filling::Value(value))) => filled.push_str(value),
                // The check of the policy lets no table stand here.
                Some(_) => {}
            }
        }
        filled.into()
    }
}

fn mark(number: u32) -> Option<char> {
    (number <= LAST_MARK - FIRST_MARK).then(|| char::from_u32(FIRST_MARK + number)).flatten()
}

fn number(character: char) -> Option<usize> {
    let code = u32::from(character);
    (FIRST_MARK..=LAST_MARK).contains(&code).then(|| (code - FIRST_MARK) as usize)
}

/// Says whether a placeholder has its line for itself.
fn alone(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].rsplit('\n').next().unwrap_or_default();
    let after = text[end..].split('\n').next().unwrap_or_default();
    before.trim().is_empty() && after.trim().is_empty()
}

/// The level of a heading without a gap: one title, and no level left out below it.
fn fitting(last: Option<HeadingLevel>, written: HeadingLevel) -> HeadingLevel {
    let level = match last {
        None => 1,
        Some(last) => (written as usize).clamp(2, last as usize + 1),
    };
    HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6)
}

/// Keeps addresses of the web, mail, telephone and the site itself; everything else leads nowhere.
fn allowed(address: CowStr<'_>) -> CowStr<'_> {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https" | "mailto" | "tel") | None => address,
        Some(before) if before.contains(['/', '?', '#']) => address,
        Some(_) => "#".into(),
    }
}

/// Writes HTML; a text without a heading begins with `title`.
pub(super) fn html(pieces: &[Piece<'_>], title: Option<&str>) -> String {
    let mut events = Vec::with_capacity(pieces.len());
    if let Some(title) = title.filter(|_| !has_heading(pieces)) {
        let level = HeadingLevel::H1;
        events.push(Event::Start(Tag::Heading { level, id: None, classes: Vec::new(), attrs: Vec::new() }));
        events.push(Event::Text(title.into()));
        events.push(Event::End(TagEnd::Heading(level)));
    }
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Event(event @ Event::Start(Tag::Table(_))) => {
                events.push(Event::Html("<div class=\"tc-table\" tabindex=\"0\">".into()));
                events.push(event.clone());
            }
            Piece::Event(event @ Event::End(TagEnd::Table)) => {
                events.push(event.clone());
                events.push(Event::Html("</div>\n".into()));
            }
            Piece::Event(event) => events.push(event.clone()),
            Piece::Tables(tables) => {
                for table in *tables {
                    let html = table.html(named(&pieces[..at], table)).into_string();
                    events.push(Event::Html(format!("{html}\n").into()));
                }
            }
        }
    }
    let mut rendered = String::new();
    push_html(&mut rendered, events.into_iter());
    // Text is escaped, so only the renderer writes these tags.
    rendered.replace("<th>", "<th scope=\"col\">")
}

fn has_heading(pieces: &[Piece<'_>]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Event(Event::Start(Tag::Heading { .. }))))
}

/// Says whether what stands right before a table is a heading of its words.
fn named(before: &[Piece<'_>], table: &Table) -> bool {
    match before {
        [.., Piece::Event(Event::Text(heading)), Piece::Event(Event::End(TagEnd::Heading(_)))] => {
            **heading == table.caption
        }
        _ => false,
    }
}

/// Writes plain text; a text without a heading begins with `title`.
pub(super) fn text(pieces: &[Piece<'_>], title: Option<&str>) -> String {
    let mut writer = Writer::default();
    if let Some(title) = title.filter(|_| !has_heading(pieces)) {
        writer.line = title.to_owned();
        writer.heading(HeadingLevel::H1);
    }
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Event(event) => writer.event(event),
            Piece::Tables(tables) => {
                writer.block();
                for table in *tables {
                    writer.gap();
                    writer.out.push_str(&table.text(WIDTH, named(&pieces[..at], table)));
                }
            }
        }
    }
    writer.block();
    writer.out
}

/// Plain text being written.
#[derive(Debug, Default)]
struct Writer {
    out: String,
    /// Words of the block that is being read.
    line: String,
    /// Open lists with the number of their next item.
    lists: Vec<Option<u64>>,
    /// Written before the next block instead of its indent.
    bullet: Option<String>,
    /// Addresses of open links and the length of the line where their text begins.
    links: Vec<(String, usize)>,
    /// A list whose items follow each other without empty lines.
    tight: bool,
}

impl Writer {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.line.push_str(text),
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.line.push('\n'),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.links.push((dest_url.to_string(), self.line.len()));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some((address, start)) = self.links.pop()
                    && address != self.line[start..]
                    && address.strip_prefix("mailto:") != Some(&self.line[start..])
                {
                    self.line.push_str(&format!(" <{address}>"));
                }
            }
            Event::End(TagEnd::Heading(level)) => self.heading(*level),
            Event::Start(Tag::List(first)) => {
                self.block();
                self.tight = !self.lists.is_empty();
                self.lists.push(*first);
            }
            Event::End(TagEnd::List(_)) => {
                self.block();
                self.lists.pop();
                self.tight = false;
            }
            Event::Start(Tag::Item) => {
                self.block();
                let bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.bullet = Some(bullet);
            }
            Event::End(TagEnd::Item) => {
                self.block();
                self.tight = true;
            }
            Event::End(TagEnd::TableCell) => self.line.push_str("; "),
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => {
                let length = self.line.trim_end_matches("; ").len();
                self.line.truncate(length);
                self.block();
                self.tight = true;
            }
            Event::End(TagEnd::Table) => self.tight = false,
            Event::Rule => {
                self.gap();
                self.out.push_str(&format!("{}\n", "-".repeat(WIDTH / 2)));
            }
            Event::End(TagEnd::Paragraph | TagEnd::BlockQuote(_) | TagEnd::CodeBlock) => self.block(),
            _ => {}
        }
    }

    /// An empty line between blocks, none between the items of a list.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.tight {
            self.out.push('\n');
        }
        self.tight = false;
    }

    fn heading(&mut self, level: HeadingLevel) {
        let title = std::mem::take(&mut self.line);
        self.tight = false;
        self.gap();
        let lines = textwrap::wrap(title.trim(), WIDTH);
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        for line in &lines {
            self.out.push_str(&format!("{line}\n"));
        }
        match level {
            HeadingLevel::H1 => self.out.push_str(&format!("{}\n", "=".repeat(longest))),
            HeadingLevel::H2 => self.out.push_str(&format!("{}\n", "-".repeat(longest))),
            _ => {}
        }
    }

    /// Ends a block and writes it.
    fn block(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.trim().is_empty() {
            return;
        }
        self.gap();
        let depth = "  ".repeat(self.lists.len().saturating_sub(1));
        let (first, next) = match (self.bullet.take(), self.lists.is_empty()) {
            (Some(bullet), _) => (format!("{depth}{bullet}"), format!("{depth}{}", " ".repeat(bullet.chars().count()))),
            (None, false) => (format!("{depth}  "), format!("{depth}  ")),
            (None, true) => (String::new(), String::new()),
        };
        let options = textwrap::Options::new(WIDTH).initial_indent(&first).subsequent_indent(&next);
        for line in textwrap::wrap(line.trim(), options.break_words(false)) {
            self.out.push_str(&format!("{}\n", line.trim_end()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> Marked {
        Marked::new(text, |name| match name {
            "value" => Some(Filling::Value("a*b* <i>c</i> [d](http://e)".to_owned())),
            "path" => Some(Filling::Value("/_consent/".to_owned())),
            "script" => Some(Filling::Value("javascript:alert(1)".to_owned())),
            _ => None,
        })
    }

    fn rendered(text: &str) -> String {
        html(&marked(text).pieces(), None)
    }

    fn written(source: &str) -> String {
        text(&marked(source).pieces(), None)
    }

    #[test]
    fn raw_html_and_script_links_are_text() {
        let rendered =
            rendered("a <script>alert(1)</script> [x](javascript:alert(1)) [y](/_consent/) <b onclick=x>b</b>");
        assert!(!rendered.contains("<script"), "{rendered}");
        assert!(!rendered.contains("javascript:"), "{rendered}");
        assert!(!rendered.contains("<b "), "{rendered}");
        assert!(rendered.contains("href=\"/_consent/\""), "{rendered}");
    }

    #[test]
    fn only_some_addresses_are_links() {
        for good in
            ["https://a.example/", "HTTP://a.example", "mailto:a@b.example", "tel:+78610000000", "/a:b", "a/b", "#c"]
        {
            assert!(!rendered(&format!("[x]({good})")).contains("href=\"#\""), "{good}");
        }
        for bad in [
            "javascript:x",
            "JaVaScRiPt:x",
            "data:text/html,x",
            "vbscript:x",
            "&#106;avascript:x",
            "java\u{1}script:x",
            "{{ script }}",
        ] {
            let rendered = rendered(&format!("[x]({bad})"));
            assert!(rendered.contains("href=\"#\"") || !rendered.contains("href"), "{bad}: {rendered}");
        }
    }

    #[test]
    fn pictures_of_other_sites_are_links() {
        assert!(rendered("![a](/own.png)").contains("<img src=\"/own.png\" alt=\"a\""));
        for other in ["https://x.example/p.png", "//x.example/p.png", "data:image/png,x"] {
            let rendered = rendered(&format!("![a]({other}) [![b]({other})](/c)"));
            assert!(!rendered.contains("<img"), "{rendered}");
            assert_eq!(rendered.matches("<a ").count(), 2, "{rendered}");
        }
    }

    #[test]
    fn values_are_no_markdown() {
        let rendered = rendered("**{{ value }}** [x]({{ path }})");
        assert!(rendered.contains("<strong>a*b* &lt;i&gt;c&lt;/i&gt; [d](http://e)</strong>"), "{rendered}");
        assert!(rendered.contains("href=\"/_consent/\""), "{rendered}");
    }

    #[test]
    fn marks_of_the_text_itself_are_taken_out() {
        assert_eq!(rendered("a\u{e000}b {{ path }}"), "<p>ab /_consent/</p>\n");
    }

    #[test]
    fn headings_are_put_in_order() {
        let rendered = rendered("### a\n\n##### b\n\n# c\n\n#### d\n");
        assert_eq!(rendered, "<h1>a</h1>\n<h2>b</h2>\n<h2>c</h2>\n<h3>d</h3>\n");
    }

    #[test]
    fn tables_of_a_text_have_column_heads() {
        let rendered = rendered("| a | b |\n|---|:-:|\n| 1 | <th> |\n");
        assert!(rendered.contains("<th scope=\"col\">a</th>"), "{rendered}");
        assert!(!rendered.contains("style"), "{rendered}");
        assert!(rendered.contains("&lt;th&gt;"), "{rendered}");
    }

    #[test]
    fn plain_text_is_readable() {
        let source = "# Заголовок\n\nПервый\nабзац с [ссылкой]({{ path }}) и <a@b.example>.\n\n- пункт\n- другой\n  1. раз\n  2. два\n\n## Ещё\n\nКонец  \nстроки.\n";
        let expected = "Заголовок\n=========\n\nПервый абзац с ссылкой </_consent/> и a@b.example.\n\n- пункт\n- другой\n  1. раз\n  2. два\n\nЕщё\n---\n\nКонец\nстроки.\n";
        assert_eq!(written(source), expected);
        let long = "слово ".repeat(40);
        assert!(written(&long).lines().all(|line| line.chars().count() <= WIDTH));
    }
}
