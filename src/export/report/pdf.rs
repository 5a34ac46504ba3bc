//! The report as a PDF: A4, its own fonts, no date but those it tells of.

use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    num::NormalizedF32,
    page::PageSettings,
    paint::Fill,
    text::{Font, TextDirection},
};
use ttf_parser::Face;

use super::{
    Block, COLOURS, Report,
    html::{short, spans},
    number,
};

const REGULAR: &[u8] = include_bytes!("font/Roboto-Regular.ttf");
const BOLD: &[u8] = include_bytes!("font/Roboto-Bold.ttf");

/// A4 in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 48.0;
const BOTTOM: f32 = PAGE.1 - 58.0;
const ROOM: f32 = PAGE.0 - 2.0 * MARGIN;
/// Between two columns.
const GAP: f32 = 10.0;
const INK: [u8; 3] = [0x1c, 0x1c, 0x1c];
const SOFT: [u8; 3] = [0x4a, 0x4a, 0x4a];
const LINE: [u8; 3] = [0xd8, 0xd8, 0xd8];
const SHADE: [u8; 3] = [0xf1, 0xf3, 0xf6];

/// Something drawn on a page.
enum Mark {
    Text { at: (f32, f32), size: f32, bold: bool, colour: [u8; 3], text: String },
    Box { at: (f32, f32), size: (f32, f32), colour: [u8; 3] },
}

/// A font to draw with and to measure with.
struct Letters<'f> {
    regular: Face<'f>,
    bold: Face<'f>,
}

impl Letters<'_> {
    fn width(&self, text: &str, size: f32, bold: bool) -> f32 {
        let face = if bold { &self.bold } else { &self.regular };
        let advance = |sign: char| {
            let glyph = face.glyph_index(sign).unwrap_or_default();
            f32::from(face.glyph_hor_advance(glyph).unwrap_or(0))
        };
        text.chars().map(advance).sum::<f32>() / f32::from(face.units_per_em()) * size
    }

    /// Breaks a text into lines; a word that is too long is broken where the room ends.
    fn lines(&self, text: &str, size: f32, bold: bool, room: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split(' ') {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer, size, bold) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for sign in word.chars() {
                line.push(sign);
                if self.width(&line, size, bold) > room && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, sign.to_string()));
                }
            }
        }
        lines.push(line);
        lines
    }
}

struct Sheet<'f> {
    letters: Letters<'f>,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl Sheet<'_> {
    /// Begins a new page when there is no room for so much.
    fn need(&mut self, height: f32) -> bool {
        let full = self.y + height > BOTTOM;
        if full {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
        full
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn put(&mut self, x: f32, size: f32, bold: bool, colour: [u8; 3], text: &str) {
        let at = (x, self.y + size);
        self.mark(Mark::Text { at, size, bold, colour, text: text.to_owned() });
    }

    fn paragraph(&mut self, size: f32, bold: bool, colour: [u8; 3], text: &str) {
        for line in self.letters.lines(text, size, bold, ROOM) {
            self.need(size * 1.4);
            self.put(MARGIN, size, bold, colour, &line);
            self.y += size * 1.4;
        }
    }

    fn rule(&mut self, colour: [u8; 3], height: f32) {
        self.mark(Mark::Box { at: (MARGIN, self.y), size: (ROOM, height), colour });
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => {
                self.y += 16.0;
                // A heading does not stand alone at the foot of a page.
                self.need(90.0);
                self.paragraph(14.0, true, INK, text);
                self.rule(COLOURS[0], 1.5);
                self.y += 8.0;
            }
            Block::Text(text) => {
                self.paragraph(10.0, false, INK, text);
                self.y += 4.0;
            }
            Block::Code(text) => self.code(text),
            Block::Facts(facts) => self.facts(facts),
            Block::Table { caption, head, rows, numbers } => self.table(caption, head, rows, *numbers),
            Block::Chart { caption, legend, bars } => self.chart(caption, legend, bars),
        }
    }

    fn code(&mut self, text: &str) {
        let lines = self.letters.lines(text, 9.0, false, ROOM - 16.0);
        let height = lines.len() as f32 * 13.0 + 8.0;
        self.need(height);
        self.mark(Mark::Box { at: (MARGIN, self.y), size: (ROOM, height), colour: SHADE });
        self.y += 4.0;
        for line in lines {
            self.put(MARGIN + 8.0, 9.0, false, INK, &line);
            self.y += 13.0;
        }
        self.y += 10.0;
    }

    fn facts(&mut self, facts: &[(String, String)]) {
        let left = ROOM * 0.36;
        for (name, value) in facts {
            let names = self.letters.lines(name, 10.0, false, left - 12.0);
            let values = self.letters.lines(value, 10.0, false, ROOM - left);
            let height = names.len().max(values.len()) as f32 * 14.0 + 5.0;
            self.need(height);
            let top = self.y;
            for (lines, x, colour) in [(names, MARGIN, SOFT), (values, MARGIN + left, INK)] {
                self.y = top;
                for line in lines {
                    self.put(x, 10.0, false, colour, &line);
                    self.y += 14.0;
                }
            }
            self.y = top + height - 1.5;
            self.rule(LINE, 0.5);
            self.y = top + height;
        }
        self.y += 8.0;
    }

    /// Widths of columns: what each needs, and the rest to those that have more to say.
    fn widths(&self, head: &[String], rows: &[Vec<String>]) -> Vec<f32> {
        let room = ROOM - GAP * (head.len().saturating_sub(1)) as f32;
        let natural: Vec<f32> = (0..head.len())
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column));
                let cells = cells.map(|cell| self.letters.width(cell, 9.0, false));
                cells.fold(self.letters.width(&head[column], 9.0, true), f32::max).max(20.0)
            })
            .collect();
        let sum: f32 = natural.iter().sum();
        if sum <= room {
            let spare = (room - sum) / head.len().max(1) as f32;
            return natural.into_iter().map(|width| width + spare + GAP).collect();
        }
        // The narrow ones stay as they are; the wide ones share what is left.
        let fair = room / head.len() as f32;
        let narrow: f32 = natural.iter().filter(|width| **width <= fair).sum();
        let wide: f32 = natural.iter().filter(|width| **width > fair).map(|width| width.sqrt()).sum();
        let share = |width: f32| if width <= fair { width } else { (room - narrow) * width.sqrt() / wide };
        natural.into_iter().map(|width| share(width) + GAP).collect()
    }

    fn table(&mut self, caption: &str, head: &[String], rows: &[Vec<String>], numbers: usize) {
        let widths = self.widths(head, rows);
        self.y += 6.0;
        self.need(60.0);
        self.paragraph(10.0, true, INK, caption);
        self.row(head, &widths, numbers, true);
        for row in rows {
            // The head stands above the rest on the next page, too.
            if self.need(self.height(&self.broken(row, &widths, false))) {
                self.row(head, &widths, numbers, true);
            }
            self.row(row, &widths, numbers, false);
        }
        self.y += 8.0;
    }

    /// The lines of each cell.
    fn broken(&self, cells: &[String], widths: &[f32], bold: bool) -> Vec<Vec<String>> {
        let cells = cells.iter().zip(widths);
        cells.map(|(cell, width)| self.letters.lines(cell, 9.0, bold, width - GAP)).collect()
    }

    fn height(&self, lines: &[Vec<String>]) -> f32 {
        lines.iter().map(Vec::len).max().unwrap_or(1) as f32 * 12.5 + 6.0
    }

    fn row(&mut self, cells: &[String], widths: &[f32], numbers: usize, bold: bool) {
        let lines = self.broken(cells, widths, bold);
        let height = self.height(&lines);
        let top = self.y;
        let mut x = MARGIN;
        for ((lines, width), column) in lines.iter().zip(widths).zip(0..) {
            self.y = top + 2.0;
            for line in lines {
                let place = match column >= numbers {
                    true => x + width - GAP - self.letters.width(line, 9.0, bold),
                    false => x,
                };
                self.put(place, 9.0, bold, INK, line);
                self.y += 12.5;
            }
            x += width;
        }
        self.y = top + height - 1.0;
        self.rule(if bold { INK } else { LINE }, 0.5);
        self.y = top + height;
    }

    fn chart(&mut self, caption: &str, legend: &[String], bars: &[(String, Vec<u64>)]) {
        let step = 15.0;
        self.y += 6.0;
        self.need(30.0 + step * 3.0);
        self.paragraph(10.0, true, INK, caption);
        let mut x = MARGIN;
        for (part, name) in legend.iter().enumerate() {
            self.mark(Mark::Box { at: (x, self.y + 2.0), size: (8.0, 8.0), colour: COLOURS[part % COLOURS.len()] });
            self.put(x + 12.0, 9.0, false, INK, name);
            x += self.letters.width(name, 9.0, false) + 30.0;
        }
        self.y += 16.0;
        let names = bars.iter().map(|(name, _)| self.letters.width(&short(name), 9.0, false)).fold(40.0, f32::max);
        let room = ROOM - names - 60.0;
        let most = bars.iter().map(|(_, parts)| parts.iter().sum::<u64>()).max().unwrap_or(1).max(1) as f32;
        for (name, parts) in bars {
            self.need(step);
            let name = short(name);
            let left = MARGIN + names + 8.0;
            let width = self.letters.width(&name, 9.0, false);
            self.put(left - 8.0 - width, 9.0, false, INK, &name);
            for (part, (from, to)) in spans(parts).into_iter().enumerate().filter(|(_, (from, to))| to > from) {
                let at = (left + room * from as f32 / most, self.y + 1.0);
                let size = (room * (to - from) as f32 / most, 10.0);
                self.mark(Mark::Box { at, size, colour: COLOURS[part % COLOURS.len()] });
            }
            let sum: u64 = parts.iter().sum();
            self.put(left + room * sum as f32 / most + 5.0, 9.0, false, INK, &number(sum));
            self.y += step;
        }
        self.y += 10.0;
    }
}

/// Writes the PDF; `None` when the writer refuses what it is given, which no text can bring about.
pub(in crate::export) fn pdf(report: &Report) -> Option<Vec<u8>> {
    let letters = Letters { regular: Face::parse(REGULAR, 0).ok()?, bold: Face::parse(BOLD, 0).ok()? };
    let mut sheet = Sheet { letters, pages: vec![Vec::new()], y: MARGIN };
    sheet.paragraph(22.0, true, INK, &report.title);
    sheet.paragraph(13.0, false, SOFT, &report.subtitle);
    for block in &report.blocks {
        sheet.block(block);
    }
    let fonts = [Font::new(REGULAR.to_vec().into(), 0)?, Font::new(BOLD.to_vec().into(), 0)?];
    let mut document = Document::new();
    let title = format!("{} — {}", report.title, report.subtitle);
    document.set_metadata(Metadata::new().title(title).language(report.language.to_owned()));
    let count = sheet.pages.len();
    for (mut marks, place) in sheet.pages.into_iter().zip(1..) {
        for (x, text) in [(MARGIN, report.foot.clone()), (0.0, format!("{} {place} / {count}", report.page))] {
            let width = sheet.letters.width(&text, 8.0, false);
            let x = if x > 0.0 { x } else { PAGE.0 - MARGIN - width };
            marks.push(Mark::Text { at: (x, PAGE.1 - 30.0), size: 8.0, bold: false, colour: SOFT, text });
        }
        let mut page = document.start_page_with(PageSettings::from_wh(PAGE.0, PAGE.1)?);
        let mut surface = page.surface();
        for mark in marks {
            let paint = |[red, green, blue]: [u8; 3]| Fill {
                paint: rgb::Color::new(red, green, blue).into(),
                opacity: NormalizedF32::ONE,
                rule: Default::default(),
            };
            match mark {
                Mark::Text { at, size, bold, colour, text } => {
                    surface.set_fill(Some(paint(colour)));
                    let font = fonts[usize::from(bold)].clone();
                    surface.draw_text(Point::from_xy(at.0, at.1), font, size, &text, false, TextDirection::LeftToRight);
                }
                Mark::Box { at, size, colour } => {
                    let Some(rect) = Rect::from_xywh(at.0, at.1, size.0, size.1) else { continue };
                    let mut path = PathBuilder::new();
                    path.push_rect(rect);
                    surface.set_fill(Some(paint(colour)));
                    surface.draw_path(&path.finish()?);
                }
            }
        }
        surface.finish();
        page.finish();
    }
    document.finish().ok()
}
