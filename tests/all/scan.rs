//! `scan` over real pages agrees with what was counted in them by other means, service by service.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use tower_consent::{
    Policy,
    policy::Diagnostic,
    scan::{Counts, Form, Page, Report, Scanner},
};
use url::Url;

use super::{corpus::corpus, news_site::policy};

/// The services of the counted table, and the entries of the catalogue each consists of.
const SERVICES: [(&str, &[&str]); 46] = [
    ("addthis-sharethis", &["addthis", "sharethis"]),
    ("adobe", &["adobe-analytics", "adobe-audience-manager", "adobe-launch"]),
    ("amazon-ads", &["amazon-ads"]),
    ("at-internet", &["at-internet"]),
    ("chartbeat", &["chartbeat"]),
    ("criteo", &["criteo"]),
    ("disqus", &["disqus"]),
    ("facebook", &["facebook"]),
    ("google-ads", &["google-ads"]),
    ("google-analytics", &["google-analytics"]),
    ("google-tag-manager", &["google-tag-manager"]),
    ("hotlog", &["hotlog"]),
    ("jwplayer", &["jw-player"]),
    ("krux", &["krux"]),
    ("lentainform-mgid", &["lentainform", "marketgid", "mgid"]),
    ("liveinternet", &["liveinternet"]),
    ("mediascope-tns", &["mediascope"]),
    ("newrelic", &["new-relic"]),
    ("ok-ru", &["ok-widgets"]),
    ("outbrain", &["outbrain"]),
    ("parsely", &["parsely"]),
    ("quantcast", &["quantcast"]),
    ("rambler-top100", &["rambler-top100"]),
    ("redtram", &["redtram"]),
    ("relap", &["relap"]),
    ("revcontent", &["revcontent"]),
    ("scorecardresearch", &["scorecardresearch"]),
    ("taboola", &["taboola"]),
    ("top-mail-ru", &["top-mail-ru"]),
    ("twitter", &["x-pixel", "x-widgets"]),
    ("uptolike", &["uptolike"]),
    ("vk-pixel", &["vk-pixel"]),
    ("vk-widgets", &["vk-widgets"]),
    ("yandex-ads", &["yandex-ads"]),
    ("yandex-metrika", &["yandex-metrika"]),
    ("yandex-share", &["yandex-share"]),
    ("youtube", &["youtube"]),
    ("zergnet", &["zergnet"]),
    // In the table of services, and counted on none of the pages.
    ("smi2", &["smi2"]),
    ("smi24", &["smi24"]),
    ("mytarget", &["mytarget"]),
    ("adfox", &["adfox"]),
    ("vimeo", &["vimeo"]),
    ("instagram", &["instagram"]),
    ("plista", &["plista"]),
    ("brightcove", &["brightcove"]),
];

/// Where the scan and the counted table differ, and why. `+S` is a form only the scan tells of, `-S` one only the
/// table has (its letters: script `S`, inline `I`, that one with `document.write` `w`, frame `F`, picture `P`, in a
/// `noscript` `N`, hint `L`); `2 → 3` is another number.
const DIFFERENCES: [(&str, &str); 27] = [
    // The table looks for host names; the scan knows inline scripts by what only the service's snippets hold as well.
    ("annaoriona.ru-home google-ads +I", "`(adsbygoogle = …).push({})` names no host"),
    ("civfanatics.ru-1 google-ads +I", "`(adsbygoogle = …).push({})` names no host"),
    ("globalnews.ca-2026 adobe +I", "`_satellite.track(…)` names no host"),
    ("globalnews.ca-2026 google-ads +I", "`googletag.cmd.push(…)` names no host"),
    ("lavanguardia.com-2025 google-ads +I", "`googletag.cmd` names no host"),
    ("lemonde.fr at-internet +I", "`xtparam`, the tracker's variable, names no host"),
    ("liberation.fr-next at-internet +I", "`xtparam`, the tracker's variable, names no host"),
    ("liberation.fr-next google-ads +I", "`google_conversion_id` names no host"),
    ("money.cnn.com-2016 addthis-sharethis +I", "`stLight.options(…)` names no host"),
    ("muzdom.ru-item vk-widgets +I", "`VK.Widgets.Comments(…)` names no host"),
    ("ohrana-bgd.narod.ru google-ads +I", "`google_ad_client = …` names no host"),
    ("rt.com-news google-ads +I", "`googletag.cmd.push(…)` names no host"),
    ("sumka-style.ru-home yandex-metrika +I", "`new Ya.Metrika(…)` names no host"),
    ("tmz.com taboola +I", "`_taboola.push(…)` names no host"),
    ("washingtontimes.com-2023 google-ads +I", "`googletag.cmd.push(…)` names no host"),
    ("winfuture.de-latin1 google-ads +w", "a script with `document.write` holds `adsbygoogle`, which names no host"),
    // Where one address serves two services.
    ("football.ua-news google-analytics +S", "`www.googletagmanager.com/gtag/js` is the loader of Google Analytics …"),
    ("football.ua-news google-tag-manager -S", "… and not a container of the tag manager, which loads `gtm.js`"),
    ("muzdom.ru-item vk-pixel -S", "`vk.com/js/api/openapi.js` serves pixel and widgets; the page calls widgets only"),
    ("slivki.by-home vk-pixel -I", "`vk.com/js/api/openapi.js` serves pixel and widgets; the page calls widgets only"),
    ("rp.pl-windows1250 facebook +L", "a hint to `www.facebook.com`; the table has that host with its paths only"),
    // What the table takes for something else.
    ("money.cnn.com-2016 krux -P", "the picture is of another host; `krxd.net` stands in its query"),
    ("winfuture.de-latin1 google-ads +S", "a script kept back with its address in `data-cmp-src`"),
    ("engadget.com data_scripts 2 → 3", "`text/x-spotim-options` is data too"),
    ("engadget.com inline_scripts 13 → 12", "`text/x-spotim-options` is data too"),
    ("football.ua-news data_scripts 0 → 8", "`text/x-jquery-tmpl` is data too"),
    ("football.ua-news inline_scripts 48 → 40", "`text/x-jquery-tmpl` is data too"),
];

fn scan(name: &str, body: &[u8], address: &Url) -> Report {
    let mut scanner = Scanner::new(None);
    scanner.read(&Page::new(name, body).with_address(address));
    scanner.finish()
}

/// The addresses the pages were stored from, out of the table that comes with them.
fn addresses(notice: &str) -> BTreeMap<String, Url> {
    let rows = notice.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let name = cells.next()?.strip_suffix(".html")?.to_owned();
        // One page has no address there; its site is in its name.
        let address = cells.next()?.parse().unwrap_or_else(|_| "http://football.ua/".parse().unwrap());
        Some((name, address))
    });
    rows.collect()
}

/// The letters of the counted table for the forms a report tells of some services.
fn letters(report: &Report, ids: &[&str]) -> BTreeSet<char> {
    let services = report.services.iter().filter(|service| ids.contains(&&*service.id));
    let forms = services.flat_map(|service| service.forms.keys());
    forms
        .flat_map(|form| {
            match form {
                Form::Script => "S",
                Form::InlineLoader | Form::ScriptPixel => "I",
                Form::DocumentWrite => "Iw",
                Form::Frame => "F",
                Form::Image => "P",
                Form::NoscriptImage => "N",
                // There, a frame counts as one wherever it stands.
                Form::NoscriptFrame => "FN",
                Form::Hint => "L",
                // Counted there as the script it will be.
                Form::KeptScript => "S",
                Form::KeptInline => "I",
                // Not counted there.
                _ => "",
            }
            .chars()
        })
        .collect()
}

#[test]
fn real_pages_include_what_was_counted_in_them() {
    let Some(folder) = corpus("pages") else { return };
    let addresses = addresses(&fs::read_to_string(folder.join("NOTICE.md")).unwrap());
    let table = fs::read_to_string(folder.join("ground-truth.tsv")).unwrap();
    let mut read = 0;
    let mut differences = BTreeSet::new();
    for row in table.lines().skip(1) {
        let cells: Vec<_> = row.split('\t').collect();
        let page = cells[0];
        let body = fs::read(folder.join(format!("{page}.html"))).unwrap();
        let report = scan(page, &body, &addresses[page]);
        read += 1;
        let counted: BTreeMap<&str, BTreeSet<char>> = cells[19]
            .split(' ')
            .filter_map(|entry| entry.split_once(':'))
            .map(|(service, forms)| (service, forms.chars().collect()))
            .collect();
        for service in counted.keys() {
            assert!(SERVICES.iter().any(|(name, _)| name == service), "{service} is in no row of SERVICES");
        }
        for (service, ids) in SERVICES {
            let ours = letters(&report, ids);
            let theirs = counted.get(service).cloned().unwrap_or_default();
            for more in ours.difference(&theirs) {
                differences.insert(format!("{page} {service} +{more}"));
            }
            for less in theirs.difference(&ours) {
                differences.insert(format!("{page} {service} -{less}"));
            }
        }
        differences.extend(counts(page, &cells, &report.pages[0].counts));
    }
    assert_eq!(read, 26);
    let explained: BTreeSet<String> = DIFFERENCES.iter().map(|(difference, _)| (*difference).to_owned()).collect();
    assert_eq!(explained.len(), DIFFERENCES.len(), "a difference is explained twice");
    let new: Vec<_> = differences.difference(&explained).collect();
    assert!(new.is_empty(), "differences nobody has explained: {new:#?}");
    let gone: Vec<_> = explained.difference(&differences).collect();
    assert!(gone.is_empty(), "explained, and no difference any more: {gone:#?}");
}

/// The counted numbers that the scan counts differently.
fn counts(page: &str, cells: &[&str], ours: &Counts) -> Vec<String> {
    let ours = [
        ("elements", 4, ours.elements),
        ("scripts", 5, ours.scripts),
        ("data_scripts", 6, ours.data_scripts),
        ("external_scripts", 7, ours.external_scripts),
        ("external_third_party", 8, ours.external_third_party),
        ("inline_scripts", 9, ours.inline_scripts),
        ("iframes", 10, ours.iframes),
        ("iframes_third_party", 11, ours.iframes_third_party),
        ("imgs", 12, ours.imgs),
        ("imgs_third_party", 13, ours.imgs_third_party),
        ("noscript", 14, ours.noscript),
        ("noscript_imgs_third_party", 15, ours.noscript_imgs_third_party),
        ("noscript_iframes_third_party", 16, ours.noscript_iframes_third_party),
        ("hints_third_party", 17, ours.hints_third_party),
        ("scripts_with_document_write", 18, ours.scripts_with_document_write),
    ];
    let different = ours.into_iter().filter(|(_, column, count)| cells[*column] != count.to_string());
    different.map(|(name, column, count)| format!("{page} {name} {} → {count}", cells[column])).collect()
}

/// The sample policy with these lines added, or every fault.
fn with_services(blocks: &str) -> Result<Policy, Vec<Diagnostic>> {
    let mut files = policy().files().clone();
    files.retain(|name, _| !name.starts_with("catalogue/"));
    files.get_mut("policy.toml").unwrap().push_str(blocks);
    let (policy, faults) = Policy::check(files);
    policy.ok_or(faults)
}

#[test]
fn the_blocks_are_good_once_they_are_filled_in_and_then_nothing_is_left() {
    let page = "<script src=https://sb.scorecardresearch.com/b.js></script><script src=//mc.yandex.ru/w.js></script>\
                <iframe src=https://player.vimeo.com/video/1></iframe><img src=https://1.pics.example.co.uk/a.png>\
                <script src='https://a_b.odd.com/x'></script><img src=https://a.many.org/1><img src=https://b.many.org/1>\
                <img src=https://c.many.org/1><img src=https://d.many.org/1><img src=https://e.many.org/1>\
                <script src=https://own-recommender.com/r.js></script>";
    let cookies = [
        "_hjSessionUser_12=1; Max-Age=31536000",
        "amplitude_test=1; Max-Age=3600",
        "quite\"own=1",
        "_ga=1; Max-Age=63072000",
        "reading_history=1",
        "_ym_uid=1",
        "__Host-tower-consent=1",
        "gone=; Max-Age=0",
    ];
    let cookies = cookies.map(str::to_owned);
    let scan = |policy: &Policy| {
        let mut scanner = Scanner::new(Some(policy));
        let page = Page::new("front", page.as_bytes()).with_cookies(&cookies, time::OffsetDateTime::UNIX_EPOCH);
        scanner.read(&page);
        scanner.finish()
    };
    let report = scan(&policy());
    let declared: Vec<_> = report.services.iter().map(|service| (&*service.id, service.declared)).collect();
    assert_eq!(declared, [("scorecardresearch", false), ("vimeo", false), ("yandex-metrika", true)]);
    let domains: Vec<_> = report.hosts.iter().map(|host| &*host.domain).collect();
    assert_eq!(domains, ["example.co.uk", "many.org", "odd.com", "own-recommender.com"]);
    let names: Vec<_> = report.cookies.iter().map(|cookie| &*cookie.name).collect();
    assert_eq!(names, ["_ga", "_hjSessionUser_12", "amplitude_test", "quite\"own"]);

    let blocks: String = report.blocks.iter().map(|block| format!("\n{}", block.toml)).collect();
    // A kind the policy has a purpose for is filled in; the others are marked.
    assert!(blocks.contains("catalogue = \"scorecardresearch\"\npurpose = \"metrics\"\n"), "{blocks}");
    assert!(
        blocks.contains("catalogue = \"vimeo\"\npurpose = \"\" # FILL IN: the policy has no purpose of kind video")
    );
    assert!(blocks.contains("hosts = [\"*.many.org\"]"), "{blocks}");
    let faults = with_services(&blocks).unwrap_err();
    let marks = blocks.lines().filter(|line| line.contains("FILL IN")).count();
    let empty = faults.iter().filter(|fault| fault.code == "empty").count();
    assert_eq!(empty, marks, "each mark is a fault until it is filled in: {faults:#?}");

    let filled: String = blocks
        .lines()
        .map(|line| match line.split(" = ").next() {
            Some("purpose") => line.replace("\"\"", "\"metrics\""),
            Some("country") => line.replace("\"\"", "\"GB\""),
            _ => line.replace("= \"\"", "= \"Somebody\""),
        })
        .map(|line| line + "\n")
        .collect();
    let policy = with_services(&filled).unwrap_or_else(|faults| panic!("{faults:#?}\n{filled}"));
    let left = scan(&policy);
    // A cookie with a quotation mark in its name cannot be declared: no such name is allowed (RFC 6265, 4.1.1).
    assert!(left.services.iter().all(|service| service.declared) && left.hosts.is_empty(), "{left:#?}");
    assert_eq!(left.cookies.iter().map(|cookie| &*cookie.name).collect::<Vec<_>>(), ["quite\"own"], "{left:#?}");
    assert_eq!(left.unmet, ["google-analytics", "hotjar", "liveinternet", "smi2", "top-mail-ru"]);
}

#[test]
fn a_service_described_by_the_site_covers_the_known_one() {
    let described = "\n[[service]]\nid = \"our-video\"\ntitle = \"Video\"\npurpose = \"metrics\"\noperator = \"V\"\n\
                     country = \"US\"\nhosts = [\"player.vimeo.com\"]\n";
    let policy = with_services(described).unwrap();
    let mut scanner = Scanner::new(Some(&policy));
    scanner.read(&Page::new(
        "1",
        b"<iframe src=//player.vimeo.com/video/1></iframe><script>var u='//player.vimeo.com/'</script>",
    ));
    let report = scanner.finish();
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!((&*report.services[0].id, report.services[0].named_only), ("our-video", 1));
}

#[test]
fn what_only_stands_in_text_or_is_linked_to_is_no_inclusion() {
    let page = "<a href=https://vk.com/id1>VK</a><p>mc.yandex.ru</p><!-- <script src=//mc.yandex.ru/x></script> -->\
                <script type=application/ld+json>{\"url\":\"https://mc.yandex.ru/metrika/watch.js\"}</script>\
                <script>var social = 'https://unknown-host.com/x';</script><a href=https://elsewhere.com/>x</a>";
    let mut scanner = Scanner::new(None);
    scanner.read(&Page::new("1", page.as_bytes()));
    let report = scanner.finish();
    assert!(report.is_clean() && report.services.is_empty(), "{report:#?}");
    let named: Vec<_> = report.named.iter().map(|named| &*named.domain).collect();
    assert_eq!(named, ["unknown-host.com"]);
}

#[test]
fn a_hint_to_a_host_two_services_share_goes_to_the_one_that_is_there() {
    let ids = |page: &str| -> Vec<String> {
        let mut scanner = Scanner::new(None);
        scanner.read(&Page::new("1", page.as_bytes()));
        scanner.finish().services.into_iter().map(|service| service.id).collect()
    };
    let hint = "<link rel=preconnect href=https://www.googletagmanager.com>";
    let gtag = "<script async src=https://www.googletagmanager.com/gtag/js?id=G-1></script>";
    assert_eq!(ids(&format!("{hint}{gtag}")), ["google-analytics"]);
    assert_eq!(ids(hint), ["google-analytics", "google-tag-manager"]);
}
