//! Random markup out of pieces that browsers and the gate may read in different ways. The long runs (`tests/soup`) use it too.

/// What a page is made of: what is refused, what hides it, what opens and closes what it is in.
const PIECES: &[&str] = &[
    "<script>'https://mc.yandex.ru/metrika/tag.js'</script>",
    "<script><!--",
    "<script>",
    "-->mc.yandex.ru/metrika",
    "<style>a{b:url(//smi2.ru/x)}</style>",
    "<style>@import \"https://smi2.ru/x\"",
    "<p style='b:url(https://smi2.ru/x)'>",
    "<b onclick=\"mc.yandex.ru/metrika\">",
    "<meta http-equiv=refresh content='0;url=https://smi2.ru/'>",
    "<body background=https://smi2.ru/>",
    "<set to=https://smi2.ru/>",
    "<iframe srcdoc='<script src=https://smi2.ru/x></script>'>",
    "<col>",
    "<tr>",
    "<caption>",
    "<colgroup>",
    "</table>",
    "</td>",
    "</foreignObject>",
    "</desc>",
    "</mtext>",
    "</mi>",
    "</p>",
    "</br>",
    "<b>",
    "</b>",
    "<div>",
    "</div>",
    "<a>",
    "</a>",
    "<mglyph>",
    "<annotation-xml>",
    "</annotation-xml>",
    "<font color=x>",
    "<input>",
    "<option>",
    "<form>",
    "</form>",
    "<li>",
    "<object>",
    "</object>",
    "<html>",
    "</body>",
    "</html>",
    "</frameset>",
    "<image src=//smi2.ru/p>",
    "<?xml >",
    "<!doctype html>",
    "</",
    "</script ",
    "<title/>",
    "<svg/>",
    "<script/>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<mi>",
    "<annotation-xml encoding=text/html>",
    "<foreignObject>",
    "<desc>",
    "<noscript>",
    "</noscript>",
    "<script>",
    "</script>",
    "<script src=https://mc.yandex.ru/x>",
    "<img src=//counter.yadro.ru/hit>",
    "<iframe src=https://smi2.ru/>",
    "</iframe>",
    "<template>",
    "</template>",
    "<body>",
    "<p>",
    "text",
    "<!--",
    "-->",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<select>",
    "</select>",
    "<xmp>",
    "</xmp>",
    "<style>",
    "</style>",
    "<plaintext>",
    "<noembed>",
    "</noembed>",
    "<noframes>",
    "</noframes>",
    "<head>",
    "</head>",
    "<table>",
    "<td>",
    "<frameset>",
    "<link rel=preload href=https://smi2.ru/a.js>",
    "<a ",
    "'",
    "<![CDATA[",
    "]]>",
];

/// What one place of a page may become.
const SLIPS: &[&str] = &[
    "<", ">", "\"", "'", "=", "/", "-", "!", "&", ";", " ", "\t", "\n", "\u{c}", "\0", "x", "&#x2f;", "\u{feff}", "ſ",
    "",
];

/// Returns a page of up to fourteen pieces; in one of four some places are not as they were written.
pub(crate) fn soup(below: &mut impl FnMut(usize) -> usize) -> String {
    let mut page: String = (0..=below(14)).map(|_| PIECES[below(PIECES.len())]).collect();
    if below(4) == 0 {
        for _ in 0..=below(3) {
            let places: Vec<usize> = page.char_indices().map(|(place, _)| place).collect();
            let place = places[below(places.len())];
            let next = page[place..].chars().next().map_or(place, |one| place + one.len_utf8());
            page.replace_range(place..if below(2) == 0 { next } else { place }, SLIPS[below(SLIPS.len())]);
            if page.is_empty() {
                break;
            }
        }
    }
    page
}
