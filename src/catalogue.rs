//! Services that are known beforehand, as data.
//!
//! In: a name. Out: the text of `policies/catalogue/<name>.toml`, which is part of the program. Each file names its
//! source and the day it was verified. No I/O.

const FILES: [(&str, &str); 4] = [
    ("liveinternet", include_str!("../policies/catalogue/liveinternet.toml")),
    ("smi2", include_str!("../policies/catalogue/smi2.toml")),
    ("top-mail-ru", include_str!("../policies/catalogue/top-mail-ru.toml")),
    ("yandex-metrika", include_str!("../policies/catalogue/yandex-metrika.toml")),
];

/// Returns the names of all known services, sorted.
///
/// # Example
///
/// ```
/// assert!(tower_consent::catalogue::ids().any(|id| id == "yandex-metrika"));
/// ```
pub fn ids() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(id, _)| *id)
}

/// Returns the text of one known service.
pub(crate) fn text(id: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == id).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_catalogue_is_embedded_and_clean() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/catalogue");
        let mut on_disk: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.strip_suffix(".toml").expect("only .toml files").to_owned())
            .collect();
        on_disk.sort();
        assert_eq!(on_disk, ids().collect::<Vec<_>>());
        for (id, text) in FILES {
            crate::policy::catalogue_service(id, text).unwrap_or_else(|faults| panic!("{faults:?}"));
        }
    }
}
