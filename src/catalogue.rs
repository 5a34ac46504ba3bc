//! Services and cookies that are known beforehand, as data.
//!
//! In: a name. Out: the text of `policies/catalogue/<name>.toml`, which is part of the program. Each file names its
//! source and the day it was verified. What is known of cookies by their names is in [`cookie()`]. No I/O.

mod cookies;

pub use self::cookies::{KnownCookie, cookie, cookies};
use crate::purpose::PurposeKind;

const FILES: [(&str, &str); 72] = [
    ("addthis", include_str!("../policies/catalogue/addthis.toml")),
    ("adfox", include_str!("../policies/catalogue/adfox.toml")),
    ("adobe-analytics", include_str!("../policies/catalogue/adobe-analytics.toml")),
    ("adobe-audience-manager", include_str!("../policies/catalogue/adobe-audience-manager.toml")),
    ("adobe-launch", include_str!("../policies/catalogue/adobe-launch.toml")),
    ("adriver", include_str!("../policies/catalogue/adriver.toml")),
    ("amazon-ads", include_str!("../policies/catalogue/amazon-ads.toml")),
    ("at-internet", include_str!("../policies/catalogue/at-internet.toml")),
    ("begun", include_str!("../policies/catalogue/begun.toml")),
    ("between", include_str!("../policies/catalogue/between.toml")),
    ("brightcove", include_str!("../policies/catalogue/brightcove.toml")),
    ("buzzoola", include_str!("../policies/catalogue/buzzoola.toml")),
    ("chartbeat", include_str!("../policies/catalogue/chartbeat.toml")),
    ("criteo", include_str!("../policies/catalogue/criteo.toml")),
    ("disqus", include_str!("../policies/catalogue/disqus.toml")),
    ("dzen-widget", include_str!("../policies/catalogue/dzen-widget.toml")),
    ("facebook", include_str!("../policies/catalogue/facebook.toml")),
    ("giraff", include_str!("../policies/catalogue/giraff.toml")),
    ("google-ads", include_str!("../policies/catalogue/google-ads.toml")),
    ("google-analytics", include_str!("../policies/catalogue/google-analytics.toml")),
    ("google-tag-manager", include_str!("../policies/catalogue/google-tag-manager.toml")),
    ("hotjar", include_str!("../policies/catalogue/hotjar.toml")),
    ("hotlog", include_str!("../policies/catalogue/hotlog.toml")),
    ("hybrid", include_str!("../policies/catalogue/hybrid.toml")),
    ("infox", include_str!("../policies/catalogue/infox.toml")),
    ("instagram", include_str!("../policies/catalogue/instagram.toml")),
    ("jw-player", include_str!("../policies/catalogue/jw-player.toml")),
    ("krux", include_str!("../policies/catalogue/krux.toml")),
    ("lentainform", include_str!("../policies/catalogue/lentainform.toml")),
    ("liveinternet", include_str!("../policies/catalogue/liveinternet.toml")),
    ("marketgid", include_str!("../policies/catalogue/marketgid.toml")),
    ("matomo", include_str!("../policies/catalogue/matomo.toml")),
    ("mediametrics", include_str!("../policies/catalogue/mediametrics.toml")),
    ("mediascope", include_str!("../policies/catalogue/mediascope.toml")),
    ("mgid", include_str!("../policies/catalogue/mgid.toml")),
    ("microsoft-clarity", include_str!("../policies/catalogue/microsoft-clarity.toml")),
    ("mirtesen", include_str!("../policies/catalogue/mirtesen.toml")),
    ("mytarget", include_str!("../policies/catalogue/mytarget.toml")),
    ("new-relic", include_str!("../policies/catalogue/new-relic.toml")),
    ("ok-widgets", include_str!("../policies/catalogue/ok-widgets.toml")),
    ("openstat", include_str!("../policies/catalogue/openstat.toml")),
    ("otm", include_str!("../policies/catalogue/otm.toml")),
    ("outbrain", include_str!("../policies/catalogue/outbrain.toml")),
    ("parsely", include_str!("../policies/catalogue/parsely.toml")),
    ("plista", include_str!("../policies/catalogue/plista.toml")),
    ("quantcast", include_str!("../policies/catalogue/quantcast.toml")),
    ("rambler-top100", include_str!("../policies/catalogue/rambler-top100.toml")),
    ("redtram", include_str!("../policies/catalogue/redtram.toml")),
    ("relap", include_str!("../policies/catalogue/relap.toml")),
    ("revcontent", include_str!("../policies/catalogue/revcontent.toml")),
    ("rutube", include_str!("../policies/catalogue/rutube.toml")),
    ("scorecardresearch", include_str!("../policies/catalogue/scorecardresearch.toml")),
    ("sharethis", include_str!("../policies/catalogue/sharethis.toml")),
    ("smi2", include_str!("../policies/catalogue/smi2.toml")),
    ("smi24", include_str!("../policies/catalogue/smi24.toml")),
    ("sparrow", include_str!("../policies/catalogue/sparrow.toml")),
    ("sputnik-counter", include_str!("../policies/catalogue/sputnik-counter.toml")),
    ("statmedia", include_str!("../policies/catalogue/statmedia.toml")),
    ("taboola", include_str!("../policies/catalogue/taboola.toml")),
    ("top-mail-ru", include_str!("../policies/catalogue/top-mail-ru.toml")),
    ("uptolike", include_str!("../policies/catalogue/uptolike.toml")),
    ("vimeo", include_str!("../policies/catalogue/vimeo.toml")),
    ("vk-pixel", include_str!("../policies/catalogue/vk-pixel.toml")),
    ("vk-video", include_str!("../policies/catalogue/vk-video.toml")),
    ("vk-widgets", include_str!("../policies/catalogue/vk-widgets.toml")),
    ("x-pixel", include_str!("../policies/catalogue/x-pixel.toml")),
    ("x-widgets", include_str!("../policies/catalogue/x-widgets.toml")),
    ("yandex-ads", include_str!("../policies/catalogue/yandex-ads.toml")),
    ("yandex-metrika", include_str!("../policies/catalogue/yandex-metrika.toml")),
    ("yandex-share", include_str!("../policies/catalogue/yandex-share.toml")),
    ("youtube", include_str!("../policies/catalogue/youtube.toml")),
    ("zergnet", include_str!("../policies/catalogue/zergnet.toml")),
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

/// Returns what sort of purpose a known service usually serves.
///
/// # Example
///
/// ```
/// use tower_consent::{catalogue, purpose::PurposeKind};
/// assert_eq!(catalogue::kind("yandex-metrika"), Some(PurposeKind::Metrics));
/// assert_eq!(catalogue::kind("unheard-of"), None);
/// ```
pub fn kind(id: &str) -> Option<PurposeKind> {
    let table: toml::Table = text(id)?.parse().ok()?;
    let word = table.get("kind")?.as_str()?;
    PurposeKind::ALL.into_iter().find(|kind| kind.as_str() == word)
}

/// Returns the text of one known service.
pub(crate) fn text(id: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == id).map(|(_, text)| *text)
}

/// What `scan` needs of a known service besides the service itself.
#[cfg(feature = "scan")]
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Recognition {
    /// What sort of purpose it usually serves.
    pub(crate) kind: String,
    /// Identifiers (`#…`) and classes (`.…`) of the elements its loader fills.
    #[serde(default)]
    pub(crate) containers: Vec<String>,
}

/// Reads it from the text of a catalogue file, which is known to be clean.
#[cfg(feature = "scan")]
pub(crate) fn recognition(text: &str) -> Recognition {
    toml::from_str(text)
        .expect("catalogue files are checked: those of the program by a test, those of a policy at load")
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
