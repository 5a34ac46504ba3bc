//! The script that makes the visitor's side smoother where scripts run.
//!
//! In: nothing. Out: its bytes, as readable as they are here but for comments and indentation, and the file name that
//! holds their hash. It is one file for pages that are made for each visitor and one for pages that are the same for
//! everyone, the same for every site. Of the first kind everything works without it; of the second the notice leads to
//! the privacy centre, where everything does.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The script and its name.
#[derive(Debug)]
pub(crate) struct Script {
    /// `<hash>.js`.
    pub(crate) name: String,
    pub(crate) source: String,
}

/// For which pages a script is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// Made for each visitor; and the privacy centre, always.
    Own,
    /// The same for everyone.
    Shared,
}

impl Script {
    fn new(pages: Pages) -> Self {
        let mark = match pages {
            Pages::Own => "own",
            Pages::Shared => "shared",
        };
        let lines = include_str!("tower-consent.js").lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
        let kept = |line: &'static str| match line.rsplit_once(" //@") {
            Some((line, only)) => (only == mark).then_some(line),
            None => Some(line),
        };
        let source = lines.filter_map(kept).collect::<Vec<_>>().join("\n");
        let hash = base16ct::lower::encode_string(&Sha256::digest(&source));
        Self { name: format!("{}.js", &hash[..16]), source }
    }
}

/// Returns the script for pages of a kind.
pub(crate) fn script(pages: Pages) -> &'static Script {
    static OWN: LazyLock<Script> = LazyLock::new(|| Script::new(Pages::Own));
    static SHARED: LazyLock<Script> = LazyLock::new(|| Script::new(Pages::Shared));
    match pages {
        Pages::Own => &OWN,
        Pages::Shared => &SHARED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_are_whole_and_write_no_markup_of_their_own() {
        for pages in [Pages::Own, Pages::Shared] {
            let Script { name, source } = script(pages);
            assert!(source.starts_with("(() => {") && source.ends_with("})();"));
            assert!(name.len() == 19 && name.ends_with(".js"), "{name}");
            // Nothing is kept in the browser by it: storage is only ever emptied.
            for forbidden in
                ["innerHTML", "insertAdjacentHTML", "eval(", "new Function", "//", "setItem", "localStorage", ".cookie"]
            {
                assert!(!source.contains(forbidden), "{forbidden}");
            }
            assert_eq!(source.matches(['(', '{', '[']).count(), source.matches([')', '}', ']']).count());
        }
        assert!(!script(Pages::Own).source.contains("?ask="), "pages for each visitor carry none of it");
    }

    /// Each may take 2 KiB as browsers fetch it.
    #[cfg(feature = "encodings")]
    #[test]
    fn the_scripts_are_small() {
        for pages in [Pages::Own, Pages::Shared] {
            let mut coded = Vec::new();
            let mut source = script(pages).source.as_bytes();
            let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
            brotli::BrotliCompress(&mut source, &mut coded, &parameters).unwrap();
            assert!(coded.len() <= 2048, "{pages:?}: {} bytes", coded.len());
        }
    }
}
