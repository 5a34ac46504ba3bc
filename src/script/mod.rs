//! The script that makes the visitor's side smoother where scripts run.
//!
//! In: nothing. Out: its bytes, as readable as they are here but for comments and indentation, and the file name that
//! holds their hash. It is one file, the same for every site; everything works without it.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The script and its name.
#[derive(Debug)]
pub(crate) struct Script {
    /// `<hash>.js`.
    pub(crate) name: String,
    pub(crate) source: String,
}

/// Returns the script.
pub(crate) fn script() -> &'static Script {
    static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
        let lines = include_str!("tower-consent.js").lines().map(str::trim);
        let source: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with("//")).collect();
        let source = source.join("\n");
        let hash = base16ct::lower::encode_string(&Sha256::digest(&source));
        Script { name: format!("{}.js", &hash[..16]), source }
    });
    &SCRIPT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_whole_and_writes_no_markup() {
        let Script { name, source } = script();
        assert!(source.starts_with("(() => {") && source.ends_with("})();"));
        assert!(name.len() == 19 && name.ends_with(".js"), "{name}");
        for forbidden in ["innerHTML", "insertAdjacentHTML", "eval(", "new Function", "//", "localStorage"] {
            assert!(!source.contains(forbidden), "{forbidden}");
        }
    }
}
