//! A text of the policy as a visitor reads it, searchable, and where each of its characters comes from.
//!
//! In: a policy, a language, a document. Out: words and headings of the rendered text, found by phrases, with the
//! bytes of the Markdown they stand at. A value filled into the text stands where its placeholder is. Case, ё and е,
//! kinds of spaces, quotes and dashes, soft hyphens make no difference. It judges nothing.
//!
//! A phrase is a row of words: `и др`. `*` stands for any ending of a word: `соглас*`. `…` stands for whatever lies
//! between two words of one sentence: `продолж* … соглас*`.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashMap},
    ops::Range,
    rc::Rc,
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::{
    documents::{self, Document},
    language::Language,
    policy::Policy,
};

/// Farthest that two words on either side of `…` may be apart.
const WIDEST_GAP: usize = 30;

/// The first of the characters that stand for placeholders while Markdown is parsed; no text has a private-use one.
const FIRST_MARK: u32 = 0xf_0000;

/// The texts of the cells of generated tables, by the names of their placeholders.
pub(crate) type Tables = BTreeMap<String, Rc<Vec<String>>>;

/// A text as a visitor reads it.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// Path of the file inside the folder.
    pub(crate) file: String,
    /// Rendered characters, made equal where the law makes no difference.
    normal: String,
    /// Runs of `normal`: where each begins, and the bytes of the source it comes from.
    origin: Vec<(usize, Range<usize>)>,
    words: Vec<Word>,
    /// Numbers of the words, in the order of their letters; made when first looked for.
    index: OnceCell<Vec<usize>>,
    headings: Vec<Range<usize>>,
    /// Bytes of the source at which placeholders stand.
    filled: Vec<Range<usize>>,
    /// Addresses of links and the bytes of the source.
    links: Vec<(String, Range<usize>)>,
    /// Length of the source.
    length: usize,
}

#[derive(Clone, Debug)]
struct Word {
    /// Bytes of `normal`.
    place: Range<usize>,
    block: usize,
    sentence: usize,
}

impl Reading {
    /// Reads a text of a policy. `prefix` is the path the endpoints live under, `tables` those made before in this
    /// language.
    pub(crate) fn new(
        policy: &Policy,
        language: &Language,
        document: Document,
        prefix: &str,
        tables: &mut Tables,
    ) -> Option<Self> {
        let source = policy.text(language, document)?;
        let mut reading =
            Self { file: format!("{language}/{}.md", document.as_str()), length: source.len(), ..Self::default() };
        let mut values = Vec::new();
        let mut marked = String::with_capacity(source.len());
        // Bytes of `marked` at which a run of the source begins, and where that run is in the source.
        let mut runs = vec![(0, 0)];
        let mut after = 0;
        for (span, name) in documents::placeholders(source) {
            marked.push_str(&source[after..span.start]);
            runs.push((marked.len(), span.start));
            marked.push(u32::try_from(values.len()).ok().and_then(|n| char::from_u32(FIRST_MARK + n))?);
            runs.push((marked.len(), span.end));
            let cells =
                match documents::value(policy, language, name, prefix) {
                    Some(value) => Rc::new(vec![value]),
                    None => Rc::clone(tables.entry(name.to_owned()).or_insert_with(|| {
                        Rc::new(documents::cells(policy, language, name, prefix).unwrap_or_default())
                    })),
                };
            reading.filled.push(span.clone());
            values.push((cells, span.clone()));
            after = span.end;
        }
        marked.push_str(&source[after..]);
        let to_source = |place: Range<usize>| {
            let at = |offset: usize| {
                let run = runs.partition_point(|(start, _)| *start <= offset) - 1;
                let (start, source) = runs[run];
                let limit = runs.get(run + 1).map_or(usize::MAX, |(_, source)| *source);
                (source + (offset - start)).min(limit)
            };
            at(place.start)..at(place.end)
        };
        let unmark = |text: &str| {
            let mut filled = String::new();
            for character in text.chars() {
                match values.get((character as usize).wrapping_sub(FIRST_MARK as usize)) {
                    Some((cells, _)) => filled.push_str(&cells.join(" ")),
                    None => filled.push(character),
                }
            }
            filled
        };
        let mut heading = None;
        for (event, place) in Parser::new_ext(&marked, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) | Event::Code(text) => {
                    let same = *text == marked[place.clone()];
                    for (offset, character) in text.char_indices() {
                        let start = place.start + offset;
                        match values.get((character as usize).wrapping_sub(FIRST_MARK as usize)) {
                            Some((cells, span)) => {
                                for (number, cell) in cells.iter().enumerate() {
                                    if number > 0 {
                                        reading.end_block();
                                    }
                                    cell.chars().for_each(|character| reading.push(character, span.clone()));
                                }
                            }
                            None if same => {
                                reading.push(character, to_source(start..start + character.len_utf8()));
                            }
                            // An escape or a character reference: the whole of it is the place.
                            None => reading.push(character, to_source(place.clone())),
                        }
                    }
                }
                Event::SoftBreak | Event::HardBreak => reading.push(' ', to_source(place)),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    reading.links.push((unmark(&dest_url), to_source(place)));
                }
                Event::Start(Tag::Emphasis | Tag::Strong)
                | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link) => {}
                Event::Start(Tag::Heading { .. }) => {
                    reading.end_block();
                    heading = Some(reading.normal.len());
                }
                Event::End(TagEnd::Heading(_)) => {
                    if let Some(start) = heading.take() {
                        reading.headings.push(start..reading.normal.len());
                    }
                    reading.end_block();
                }
                _ => reading.end_block(),
            }
        }
        reading.split();
        Some(reading)
    }

    /// Reads plain text, such as that of a page; places are its own bytes.
    pub(crate) fn of_plain(text: &str) -> Self {
        let mut reading = Self { length: text.len(), ..Self::default() };
        for (start, character) in text.char_indices() {
            if character == '\n' {
                reading.end_block();
            } else {
                reading.push(character, start..start + character.len_utf8());
            }
        }
        reading.split();
        reading
    }

    fn push(&mut self, character: char, source: Range<usize>) {
        let before = self.normal.len();
        match character {
            'a'..='z' | 'а'..='я' | '0'..='9' => self.normal.push(character),
            _ => character.to_lowercase().for_each(|character| self.push_normal(character)),
        }
        if self.normal.len() > before {
            self.begin(before, source);
        }
    }

    fn push_normal(&mut self, character: char) {
        match character {
            // Soft hyphen, zero-width characters, byte-order mark.
            '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            'ё' => self.normal.push('е'),
            '«' | '»' | '„' | '“' | '”' | '‟' | '"' => self.normal.push('"'),
            '‘' | '’' | '‚' | '\'' => self.normal.push('\''),
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => self.normal.push('-'),
            space if space.is_whitespace() => {
                if !self.normal.is_empty() && !self.normal.ends_with([' ', '\n']) {
                    self.normal.push(' ');
                }
            }
            other => self.normal.push(other),
        }
    }

    /// Begins a run of `normal` that comes from some bytes of the source; those of one value are one run.
    fn begin(&mut self, start: usize, source: Range<usize>) {
        if self.origin.last().is_none_or(|(_, last)| *last != source) {
            self.origin.push((start, source));
        }
    }

    /// Returns the bytes of the source that some bytes of `normal` come from.
    fn origin(&self, normal: Range<usize>) -> Range<usize> {
        let first = self.origin.partition_point(|(start, _)| *start <= normal.start).saturating_sub(1);
        let after = self.origin.partition_point(|(start, _)| *start < normal.end);
        let runs = self.origin.get(first..after).unwrap_or_default();
        let start = runs.iter().map(|(_, source)| source.start).min().unwrap_or(0);
        let end = runs.iter().map(|(_, source)| source.end).max().unwrap_or(start);
        start..end.max(start)
    }

    fn end_block(&mut self) {
        if !self.normal.is_empty() && !self.normal.ends_with('\n') {
            self.normal.push('\n');
        }
    }

    /// Finds words, sentences and blocks.
    fn split(&mut self) {
        let (mut block, mut sentence, mut start) = (0, 0, None);
        let mut words = Vec::new();
        let mut characters = self.normal.char_indices().peekable();
        while let Some((offset, character)) = characters.next() {
            if matches!(character, 'a'..='z' | 'а'..='я' | '0'..='9') || character.is_alphanumeric() {
                start.get_or_insert(offset);
                continue;
            }
            if let Some(start) = start.take() {
                words.push(Word { place: start..offset, block, sentence });
            }
            match character {
                '\n' => {
                    block += 1;
                    sentence += 1;
                }
                // A short word before the full stop is an abbreviation: "ст.", "д.".
                '.' | '!' | '?' | '…' if characters.peek().is_none_or(|(_, next)| next.is_whitespace()) => {
                    let long =
                        words.last().is_some_and(|word: &Word| self.normal[word.place.clone()].chars().count() > 2);
                    sentence += usize::from(long || character != '.');
                }
                _ => {}
            }
        }
        if let Some(start) = start {
            words.push(Word { place: start..self.normal.len(), block, sentence });
        }
        self.words = words;
    }

    fn index(&self) -> &[usize] {
        self.index.get_or_init(|| {
            // Few words are different ones, and only those are sorted.
            let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
            for number in 0..self.words.len() {
                places.entry(self.word(number)).or_default().push(number);
            }
            let mut places: Vec<(&str, Vec<usize>)> = places.into_iter().collect();
            places.sort_unstable_by_key(|(word, _)| *word);
            places.into_iter().flat_map(|(_, numbers)| numbers).collect()
        })
    }

    /// Returns the numbers of the words a pattern matches, in the order of the index.
    fn matching(&self, pattern: &str) -> &[usize] {
        let (stem, is_open) = match pattern.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (pattern, false),
        };
        let index = self.index();
        let from = index.partition_point(|word| self.word(*word) < stem);
        let matches = |word: &str| if is_open { word.starts_with(stem) } else { word == stem };
        let count = index[from..].partition_point(|word| matches(self.word(*word)));
        &index[from..from + count]
    }

    /// Returns the numbers of the words a row of patterns can begin with, the first first: looked for by the rarest of
    /// its words, since a name such as `Service 7` begins as two thousand others do.
    fn starts(&self, patterns: &[String]) -> Vec<usize> {
        let rarest = patterns
            .iter()
            .enumerate()
            .map(|(offset, pattern)| (offset, self.matching(pattern)))
            .min_by_key(|(_, words)| words.len());
        let Some((offset, words)) = rarest else {
            return Vec::new();
        };
        let mut starts: Vec<usize> = words.iter().filter_map(|word| word.checked_sub(offset)).collect();
        starts.sort_unstable();
        starts
    }

    /// Says whether a word is part of a value that was filled in.
    fn is_filled(&self, word: usize) -> bool {
        let place = self.origin(self.words[word].place.clone()).start;
        let after = self.filled.partition_point(|filled| filled.start <= place);
        after > 0 && self.filled[after - 1].contains(&place)
    }

    fn word(&self, index: usize) -> &str {
        &self.normal[self.words[index].place.clone()]
    }

    /// Returns the bytes of the source a range of words comes from.
    fn source(&self, words: Range<usize>) -> Range<usize> {
        let place = self.words[words.start].place.start..self.words[words.end - 1].place.end;
        self.origin(place)
    }

    /// Finds a phrase; returns the bytes of the source it stands at.
    pub(crate) fn find(&self, phrase: &str) -> Option<Range<usize>> {
        self.find_from(phrase, |_| true)
    }

    /// Finds a phrase that begins at a word of some sort.
    fn find_from(&self, phrase: &str, is_start: impl Fn(usize) -> bool) -> Option<Range<usize>> {
        let pieces: Vec<Vec<String>> = phrase.split('…').map(pattern).filter(|piece| !piece.is_empty()).collect();
        let first = pieces.first()?;
        self.starts(first).into_iter().filter(|start| is_start(*start)).find_map(|start| {
            let mut end = self.piece(first, start)?;
            for piece in &pieces[1..] {
                let sentence = self.words[start].sentence;
                let within = (end..self.words.len().min(end + WIDEST_GAP))
                    .take_while(|index| self.words[*index].sentence == sentence);
                end = within.into_iter().find_map(|index| self.piece(piece, index))?;
            }
            Some(self.source(start..end))
        })
    }

    /// Finds the first of several phrases that the text itself has; what values bring in is told where they are.
    pub(crate) fn find_written<'a>(&self, phrases: impl IntoIterator<Item = &'a String>) -> Option<Range<usize>> {
        phrases.into_iter().find_map(|phrase| self.find_from(phrase, |word| !self.is_filled(word)))
    }

    /// Finds the first of several phrases that is there.
    pub(crate) fn find_any<'a>(
        &self,
        phrases: impl IntoIterator<Item = &'a String>,
    ) -> Option<(&'a str, Range<usize>)> {
        phrases.into_iter().find_map(|phrase| Some((phrase.as_str(), self.find(phrase)?)))
    }

    /// Says whether a value stands in the text as it is written in the policy; its punctuation makes no difference.
    pub(crate) fn says(&self, value: &str) -> bool {
        let plain: String = value.chars().filter(|character| !matches!(character, '*' | '…')).collect();
        self.find(&plain).is_some()
    }

    /// Says whether a sentence stands in the text word for word, with its punctuation.
    pub(crate) fn quotes(&self, sentence: &str) -> bool {
        let wanted = Self::of_plain(sentence).normal;
        self.normal.contains(wanted.trim().trim_end_matches('.'))
    }

    /// Finds a heading that has one of several phrases.
    pub(crate) fn heading<'a>(&self, phrases: impl IntoIterator<Item = &'a String>) -> Option<Range<usize>> {
        phrases.into_iter().find_map(|phrase| {
            self.headings.iter().find_map(|heading| {
                let text = &self.normal[heading.clone()];
                Self::of_plain(text).find(phrase)?;
                Some(self.origin(heading.clone()))
            })
        })
    }

    /// Returns what is listed between the colon after a phrase and the end of that sentence: items and places.
    pub(crate) fn list_after<'a>(
        &self,
        phrases: impl IntoIterator<Item = &'a String>,
    ) -> Option<Vec<(String, Range<usize>)>> {
        let first = phrases.into_iter().find_map(|phrase| {
            let piece = pattern(phrase);
            self.starts(&piece).into_iter().find_map(|start| self.piece(&piece, start))
        })?;
        let rest = self.words.get(first)?;
        let before = self.words[first - 1].place.end..rest.place.start;
        if rest.sentence != self.words[first - 1].sentence || !self.normal[before].contains(':') {
            return None;
        }
        let end = self.words[first..].iter().take_while(|word| word.sentence == rest.sentence).last()?.place.end;
        let mut items = Vec::new();
        let mut start = rest.place.start;
        // What stands in brackets belongs to the word before them.
        let mut open = 0_usize;
        let list = &self.normal[start..end];
        let stops = list.char_indices().filter_map(|(offset, character)| {
            match character {
                '(' => open += 1,
                ')' => open = open.saturating_sub(1),
                _ => {}
            }
            (open == 0 && matches!(character, ',' | ';')).then_some(rest.place.start + offset)
        });
        for stop in stops.chain([end]).collect::<Vec<_>>() {
            let item = self.normal[start..stop].trim_start_matches([',', ';', ' ']);
            let from = stop - item.len();
            if !item.trim().is_empty() {
                let place = self.origin(from..stop);
                items.push((item.trim().to_owned(), place));
            }
            start = stop;
        }
        Some(items)
    }

    /// Says whether fewer of its letters are Cyrillic than Latin.
    pub(crate) fn is_mostly_latin(&self) -> bool {
        let cyrillic = self.normal.chars().filter(|letter| matches!(letter, 'а'..='я')).count();
        cyrillic < self.normal.chars().filter(char::is_ascii_alphabetic).count()
    }

    /// Returns the addresses it links to, with their places.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.links.iter().map(|(address, place)| (address.as_str(), place.clone()))
    }

    /// Returns the place of what is missing altogether: the first heading, or the start of the text.
    pub(crate) fn whole(&self) -> Range<usize> {
        match self.headings.first() {
            Some(heading) => self.origin(heading.clone()),
            None => 0..self.words.first().map_or(0, |_| self.source(0..1).end).min(self.length),
        }
    }

    /// Says where a row of word patterns that begins at `start` ends.
    fn piece(&self, patterns: &[String], start: usize) -> Option<usize> {
        let end = start + patterns.len();
        if end > self.words.len() || self.words[start].block != self.words[end - 1].block {
            return None;
        }
        let matches = patterns.iter().enumerate().all(|(offset, pattern)| {
            let word = self.word(start + offset);
            match pattern.strip_suffix('*') {
                Some(stem) => word.starts_with(stem),
                None => word == pattern,
            }
        });
        matches.then_some(end)
    }
}

/// A phrase to patterns of words; a `*` belongs to the word before it.
fn pattern(phrase: &str) -> Vec<String> {
    let mut normal = Reading::default();
    phrase.chars().for_each(|character| normal.push(character, 0..0));
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    for character in normal.normal.chars() {
        match character {
            letter if letter.is_alphanumeric() => {
                if !inside {
                    words.push(String::new());
                }
                if let Some(word) = words.last_mut() {
                    word.push(letter);
                }
                inside = true;
            }
            '*' if inside => {
                if let Some(word) = words.last_mut() {
                    word.push('*');
                }
                inside = false;
            }
            _ => inside = false,
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(change: impl Fn(&str) -> String) -> (Policy, Reading) {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = policy.files().clone();
        let text = files.get_mut("ru/consent.md").unwrap();
        *text = change(text);
        let policy = Policy::check(files).0.unwrap();
        let reading =
            Reading::new(&policy, &"ru".parse().unwrap(), Document::Consent, "/_consent", &mut Tables::new()).unwrap();
        (policy, reading)
    }

    #[test]
    fn phrases_are_found_where_they_stand_in_the_source() {
        let (policy, reading) = seed(|text| {
            format!(
                "{text}\nПро\u{ad}дол\u{ad}жая\u{a0}**пользоваться** сайтом, вы даёте «своё» &laquo;cогласие&raquo; и\u{a0}т.\u{a0}п.\n"
            )
        });
        let source = &policy.files()["ru/consent.md"];
        let found = reading.find("продолж* польз*").unwrap();
        assert_eq!(&source[found], "Про\u{ad}дол\u{ad}жая\u{a0}**пользоваться");
        assert_eq!(&source[reading.find("Продолжая … свое").unwrap()].chars().last(), &Some('ё'));
        assert_eq!(&source[reading.find("и т.п.").unwrap()], "и\u{a0}т.\u{a0}п");
        assert_eq!(reading.find("продолж* … отозвать"), None);
    }

    #[test]
    fn values_and_tables_are_part_of_the_text_and_stand_at_their_placeholder() {
        let (policy, reading) = seed(str::to_owned);
        let source = &policy.files()["ru/consent.md"];
        assert!(reading.says("ООО \"Вести Края\""));
        let address = &policy.operator().address;
        assert_eq!(
            &source[reading.find(address.in_language(&"ru".parse().unwrap())).unwrap()],
            "{{ operator.address }}"
        );
        assert_eq!(&source[reading.find("метрические программы").unwrap()], "{{ table.purposes }}");
        assert!(reading.links().any(|(address, place)| address == "/_consent/" && source[place].contains("centre")));
        assert_eq!(&source[reading.heading([&"срок*".to_owned()]).unwrap()], "Срок действия");
    }

    #[test]
    fn statutory_sentences_are_compared_word_for_word() {
        let reading = Reading::of_plain("Текст.\nНа ресурсе применяются «технологии».");
        assert!(reading.quotes("на ресурсе применяются \"технологии\""));
        assert!(!reading.quotes("на ресурсе применяются эти \"технологии\""));
    }

    #[test]
    fn words_of_two_blocks_are_no_phrase() {
        let reading = Reading::of_plain("Способ\nобработки. Далее и др. слова");
        assert_eq!(reading.find("способ обработки"), None);
        assert!(reading.find("и др").is_some());
        assert_eq!(reading.find("и д"), None);
        // An abbreviation does not end a sentence.
        assert!(reading.find("далее … слова").is_some());
    }
}
