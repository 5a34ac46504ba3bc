//! The catalogue holds every service of the table of services met on real pages: hosts and cookies of each row.

use std::fs;

use tower_consent::{
    Policy,
    policy::Service,
    scan::{Page, Scanner},
};

use super::{corpus::corpus, news_site::policy};

/// The rows of the table, and the entries of the catalogue each consists of.
const ROWS: [(&str, &[&str]); 61] = [
    ("Yandex.Metrika", &["yandex-metrika"]),
    ("Top.Mail.Ru (the same code is the VK Ads pixel)", &["top-mail-ru"]),
    ("LiveInternet", &["liveinternet"]),
    ("Rambler Top100", &["rambler-top100"]),
    ("Mediascope (TNS)", &["mediascope"]),
    ("Sputnik counter", &["sputnik-counter"]),
    ("HotLog", &["hotlog"]),
    ("Openstat / SpyLog", &["openstat"]),
    ("StatMedia", &["statmedia"]),
    ("Google Analytics / gtag", &["google-analytics"]),
    ("Google Tag Manager", &["google-tag-manager"]),
    ("ScorecardResearch", &["scorecardresearch"]),
    ("Chartbeat", &["chartbeat"]),
    ("Quantcast", &["quantcast"]),
    ("Parse.ly", &["parsely"]),
    ("New Relic", &["new-relic"]),
    ("Hotjar", &["hotjar"]),
    ("Microsoft Clarity", &["microsoft-clarity"]),
    ("Adobe (launch, analytics)", &["adobe-analytics", "adobe-audience-manager", "adobe-launch"]),
    ("AT Internet", &["at-internet"]),
    ("Matomo (self-hosted is first-party)", &["matomo"]),
    ("Krux (Salesforce DMP)", &["krux"]),
    ("SMI2", &["smi2"]),
    ("24СМИ", &["smi24"]),
    ("Relap", &["relap"]),
    ("Lentainform / MGID / MarketGid", &["lentainform", "marketgid", "mgid"]),
    ("MediaMetrics", &["mediametrics"]),
    ("Infox", &["infox"]),
    ("Sparrow", &["sparrow"]),
    ("MirTesen", &["mirtesen"]),
    ("RedTram", &["redtram"]),
    ("Dzen (Zen) widget", &["dzen-widget"]),
    ("Giraff", &["giraff"]),
    ("Taboola", &["taboola"]),
    ("Outbrain", &["outbrain"]),
    ("Plista", &["plista"]),
    ("Revcontent", &["revcontent"]),
    ("ZergNet", &["zergnet"]),
    ("Yandex ads (RTB, Direct)", &["yandex-ads"]),
    ("AdFox", &["adfox"]),
    ("VK pixel (retargeting)", &["vk-pixel", "vk-widgets"]),
    ("myTarget / Mail.ru ads", &["mytarget"]),
    ("AdRiver", &["adriver"]),
    ("Begun / Rambler SSP", &["begun"]),
    ("Between, Hybrid, OTM, Buzzoola (bidders)", &["between", "buzzoola", "hybrid", "otm"]),
    ("Google ads (GPT, AdSense)", &["google-ads"]),
    ("Amazon ads", &["amazon-ads"]),
    ("Criteo", &["criteo"]),
    ("Facebook pixel and SDK", &["facebook"]),
    ("X (Twitter)", &["x-pixel", "x-widgets"]),
    ("VK widgets", &["vk-widgets"]),
    ("OK.ru widgets", &["ok-widgets"]),
    ("AddThis, ShareThis", &["addthis", "sharethis"]),
    ("UpToLike", &["uptolike"]),
    ("Yandex share", &["yandex-share"]),
    ("Instagram embed", &["instagram"]),
    ("Disqus", &["disqus"]),
    ("YouTube", &["youtube"]),
    ("Rutube, VK video", &["rutube", "vk-video"]),
    ("Vimeo", &["vimeo"]),
    ("JW Player, Brightcove", &["brightcove", "jw-player"]),
];

/// What the table names and the catalogue leaves out.
const LEFT_OUT: [(&str, &str, &str); 1] = [(
    "Rambler Top100",
    "last_visit",
    "only seen beside the counter's own; so common a name would take a site's own cookie with it",
)];

struct Row {
    service: String,
    operator: String,
    hosts: Vec<String>,
    forms: Vec<&'static str>,
    /// Name, and whether the cookie is third-party where the table says so.
    cookies: Vec<(String, Option<bool>)>,
}

fn rows(table: &str) -> Vec<Row> {
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")).filter_map(|line| {
        let cells: Vec<_> = line.trim_end_matches(" |").split(" | ").collect();
        if cells.len() != 6 || cells[0] == "service" {
            return None;
        }
        Some(Row {
            service: cells[0].to_owned(),
            operator: cells[1].to_owned(),
            hosts: hosts(cells[2]),
            forms: forms(cells[3]),
            cookies: cookies(cells[4]),
        })
    });
    rows.collect()
}

/// The addresses of a cell: words with a dot in them that are no file names in parentheses.
fn hosts(cell: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut depth = 0;
    for word in cell.split([' ', ',', ';']) {
        depth += word.matches('(').count();
        if depth == 0 {
            let word = word.trim_matches(['`', ':']);
            if let Some(path) = word.strip_prefix('/').filter(|_| !found.is_empty()) {
                // `www.facebook.com/tr, /plugins`
                let host = found[found.len() - 1].split('/').next().unwrap().to_owned();
                found.push(format!("{host}/{path}"));
            } else if let Some((domain, also)) = word.split_once("/.") {
                // `*.brightcove.com/.net`
                found.push(domain.to_owned());
                found.push(format!("{}.{also}", domain.rsplit_once('.').unwrap().0));
            } else if word.contains('.') {
                found.push(word.to_owned());
            }
        }
        depth -= word.matches(')').count();
    }
    found.into_iter().map(|host| host.replace("*.", "sub.").replace('*', "1")).collect()
}

/// The forms of a cell by their codes, in the words of the catalogue; codes in the middle of prose too.
fn forms(cell: &str) -> Vec<&'static str> {
    let codes = [
        ("IL", "inline-loader"),
        ("SS", "script"),
        ("DW", "document-write"),
        ("JP", "script-pixel"),
        ("IM", "image"),
        ("NI", "noscript-image"),
        ("NF", "noscript-frame"),
        ("FR", "frame"),
        ("LH", "hint"),
        ("CT", "container"),
        ("BD", "bundle"),
        ("XR", "data-call"),
    ];
    let words: Vec<_> = cell.split(|sign: char| !sign.is_ascii_alphanumeric()).collect();
    codes.into_iter().filter(|(code, _)| words.contains(code)).map(|(_, form)| form).collect()
}

/// The names between backticks; `1p` and `3p` before them say on whose domain.
fn cookies(cell: &str) -> Vec<(String, Option<bool>)> {
    let mut found = Vec::new();
    let mut third = None;
    for (at, part) in cell.split('`').enumerate() {
        if at % 2 == 0 {
            let (first, other) = (part.rfind("1p"), part.rfind("3p"));
            third = match (first, other) {
                (None, None) => third,
                (Some(_), Some(_)) => None,
                (first, other) => Some(other > first),
            };
        } else {
            let name = part.trim_end_matches('*');
            let name = name.replace("<N>", "1").replace("<id>", "12").replace("<project>", "34");
            found.push((name, third));
        }
    }
    found
}

/// A policy that declares the whole catalogue.
fn everything() -> Policy {
    let mut files = policy().files().clone();
    files.retain(|name, _| !name.starts_with("catalogue/"));
    let text = files.get_mut("policy.toml").unwrap();
    text.truncate(text.find("[[service]]").unwrap());
    for id in tower_consent::catalogue::ids() {
        text.push_str(&format!("[[service]]\ncatalogue = \"{id}\"\npurpose = \"metrics\"\n"));
    }
    let (policy, faults) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{faults:#?}"))
}

#[test]
fn every_service_met_on_real_pages_is_in_the_catalogue() {
    let Some(folder) = corpus("pages") else { return };
    let table = fs::read_to_string(folder.join("../trackers.md")).unwrap();
    let rows = rows(&table);
    let everything = everything();
    assert_eq!(rows.len(), ROWS.len());
    let mut missing = Vec::new();
    let mut scanner = Scanner::new(Some(&everything));
    for host in rows.iter().flat_map(|row| &row.hosts) {
        // Some hosts are the service's only in frames, or only in links.
        let page = format!(
            "<script src=https://{host}></script><iframe src=https://{host}></iframe><img src=https://{host}>\
             <link rel=preconnect href=https://{host}>"
        );
        scanner.read(&Page::new(host, page.as_bytes()));
    }
    let report = scanner.finish();
    let (mut hosts, mut cookies, mut forms) = (0, 0, 0);
    for (row, (name, ids)) in rows.iter().zip(ROWS) {
        assert_eq!(row.service, name);
        let services: Vec<&Service> =
            everything.services().iter().filter(|service| ids.contains(&&*service.id)).collect();
        assert_eq!(services.len(), ids.len(), "{name}");
        for host in &row.hosts {
            hosts += 1;
            let found = report.services.iter().filter(|found| found.pages.contains(host));
            if !found.into_iter().any(|found| ids.contains(&&*found.id)) {
                missing.push(format!("{name}: host {host}"));
            }
        }
        for (cookie, third) in &row.cookies {
            cookies += 1;
            if LEFT_OUT.iter().any(|(row, left_out, _)| *row == name && left_out == cookie) {
                continue;
            }
            let declared: Vec<_> = services.iter().flat_map(|service| &service.cookies).collect();
            let found = declared.iter().filter(|declared| declared.matches(cookie)).any(|declared| {
                third.is_none_or(|third| third == (declared.party == tower_consent::policy::Party::Third))
            });
            if !found {
                missing.push(format!("{name}: cookie {cookie}, third-party {third:?}"));
            }
        }
        for form in &row.forms {
            forms += 1;
            if !services.iter().any(|service| service.forms.contains(form)) {
                missing.push(format!("{name}: form {form}"));
            }
        }
        // Two letters at the end of "Yandex, RU"; several or none for the rest.
        let country = row.operator.trim_end_matches(" (m)").rsplit([' ', ',']).next().unwrap_or_default();
        if country.len() == 2 && services.iter().any(|service| service.country != country && service.country != "ZZ") {
            missing.push(format!("{name}: country {country}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    // What is read from the table, so that a change of its shape cannot empty the test.
    assert_eq!((hosts, cookies, forms), (131, 90, 163));
}
