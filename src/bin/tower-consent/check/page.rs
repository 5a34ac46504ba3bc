//! A saved page, read in the charset it says it has.

use std::{fs, io, path::Path};

use encoding_rs::{Encoding, UTF_8};
use tower_consent::lint::Page;

/// How far into a page a browser looks for its charset (HTML standard, "prescan a byte stream").
const PRESCAN: usize = 1_024;

/// Reads a page; bytes that its charset does not have become U+FFFD.
pub(super) fn read(path: &Path) -> io::Result<Page> {
    let bytes = fs::read(path)?;
    let (html, _, _) = charset(&bytes).decode(&bytes);
    Ok(Page { name: path.display().to_string(), html: html.into_owned() })
}

fn charset(bytes: &[u8]) -> &'static Encoding {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCAN)]).to_ascii_lowercase();
    let label = start.split("charset=").nth(1).map(|after| {
        let after = after.trim_start_matches(['"', '\'', ' ']);
        after.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).next().unwrap_or_default()
    });
    label.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(UTF_8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charset_is_the_one_the_page_names() {
        for (page, name) in [
            ("<meta charset=windows-1251>", "windows-1251"),
            ("<meta http-equiv=content-type content='text/html; charset=KOI8-R'>", "KOI8-R"),
            ("<meta charset=\"utf-8\">", "UTF-8"),
            ("<p>charset=nonsense", "UTF-8"),
            ("", "UTF-8"),
        ] {
            assert_eq!(charset(page.as_bytes()).name(), name, "{page}");
        }
    }
}
