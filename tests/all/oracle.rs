//! Nothing refused is alive in what goes out: the tree html5ever builds is the judge, with scripting on and off.

use std::path::PathBuf;

use tower_consent::ConsentLayer;

use super::{
    alive::alive,
    corpus::{corpus, through},
    news_site::Site,
    random::Random,
    soup::soup,
};

/// The seed site, and the cookie of somebody who refused.
struct Judge {
    layer: ConsentLayer,
    refused: String,
}

impl Judge {
    async fn new() -> Self {
        let site = Site::new();
        let refused = site.choose("refuse", "").await;
        assert!(!site.get("/", &refused).await.text.contains("<section id=\"tc\""), "he is not asked again");
        Self { layer: site.layer().clone(), refused }
    }

    /// Feeds a page through the gate as UTF-8, for a new visitor and for one who refused; says whether the gate let it to its
    /// end.
    async fn judge(&self, page: &[u8], name: &str) -> bool {
        let mut whole = true;
        for (who, cookie) in [("a new visitor", ""), ("one who refused", &*self.refused)] {
            let name = format!("{who}, {name}");
            match through(&self.layer, page, 4096, "text/html; charset=utf-8", cookie).await {
                Some(out) => check(page, &out, &name),
                None => whole = false,
            }
        }
        whole
    }
}

/// Nothing refused is alive in what went out.
fn check(page: &[u8], out: &[u8], name: &str) {
    for scripting in [true, false] {
        let found = alive(out, scripting);
        assert!(
            found.is_empty(),
            "scripting {scripting}, {name}: {found:?} in\n{}\nfrom\n{}",
            String::from_utf8_lossy(out).split("</section>").collect::<Vec<_>>().join("[B]"),
            String::from_utf8_lossy(page),
        );
    }
}

#[tokio::test]
async fn html5lib_pages_with_counters_planted_hold_nothing_alive() {
    let Some(folder) = corpus("html5lib-tests/tree-construction") else { return };
    let judge = Judge::new().await;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut judged = 0;
    for file in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "dat")) {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        for (number, test) in text.split("#data\n").skip(1).enumerate() {
            let page = test.split("\n#errors").next().unwrap();
            // The page as it is with every address made a refused one, and with a live script planted behind it.
            let planted = page
                .replace("<img", "<img src=https://counter.yadro.ru/hit")
                .replace("<script", "<script src=https://mc.yandex.ru/metrika/tag.js");
            let behind = format!("{page}<script src=https://mc.yandex.ru/x></script><img src=//smi2.ru/p>");
            for page in [planted, behind] {
                let name = format!("{} {number}", file.display());
                assert!(judge.judge(page.as_bytes(), &name).await, "cut off: {name}: {page}");
                judged += 1;
            }
        }
    }
    println!("{judged} pages judged");
    assert!(judged > 2000);
}

#[tokio::test]
async fn real_pages_hold_nothing_alive() {
    let Some(folder) = corpus("pages") else { return };
    let judge = Judge::new().await;
    let mut hosts = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "html") {
            let page = std::fs::read(&path).unwrap();
            hosts += alive(&page, false).len();
            assert!(judge.judge(&page, &path.display().to_string()).await, "cut off: {}", path.display());
        }
    }
    assert!(hosts > 10, "the judge sees what is alive before: {hosts}");
}

#[tokio::test]
async fn random_markup_holds_nothing_alive() {
    let mut random = Random::seeded();
    let pages: usize = std::env::var("SOUP_PAGES").ok().and_then(|pages| pages.parse().ok()).unwrap_or(5_000);
    let judge = Judge::new().await;
    let mut cut = 0;
    for number in 0..pages {
        let page = soup(&mut |below| random.below(below));
        cut += usize::from(!judge.judge(page.as_bytes(), &format!("page {number}")).await);
    }
    println!("{pages} pages judged, {cut} of them cut off");
    assert!(cut * 1000 <= pages, "{cut} of {pages} pages were cut off");
}

/// What the fuzzer found worth keeping.
#[tokio::test]
async fn kept_pages_hold_nothing_alive() {
    let judge = Judge::new().await;
    let mut kept = 0;
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/html")).unwrap() {
        let path = entry.unwrap().path();
        let page = std::fs::read(&path).unwrap();
        judge.judge(page.get(1..).unwrap_or_default(), &path.display().to_string()).await;
        kept += 1;
    }
    assert!(kept > 0);
}

/// A judge that sees nothing proves nothing: each of these is alive as it stands, and not behind the gate.
#[tokio::test]
async fn the_judge_sees_every_form_and_the_gate_leaves_none() {
    let judge = Judge::new().await;
    for page in [
        "<script src=https://mc.yandex.ru/x></script>",
        "<script>s.src='https://mc.yandex.ru/metrika/tag.js'</script>",
        "<svg><script xlink:href=https://smi2.ru/x></script></svg>",
        "<script src=\"data:text/javascript,s.src='//mc.yandex.ru/metrika/tag.js'\"></script>",
        "<script src=\"data:,s.src='//mc.yandex.ru/metrik%61/tag.js'\"></script>",
        "<img src=/a onerror=\"s.src='https://mc.yandex.ru/metrika/tag.js'\">",
        "<body ONLOAD=\"s.src='https://mc.yandex.ru/metrika/tag.js'\">",
        "<iframe src=\"javascript:s.src='//mc.yandex.ru/metrika/tag.js'\"></iframe>",
        "<iframe src=\" java\tscript:s.src='//mc.yandex.ru/metrika/tag.js'\"></iframe>",
        "<iframe src=\"data:text/html,<img src=//smi2.ru/x>\"></iframe>",
        "<embed src=\"data:text/html,%3Cimg src=//smi2.ru/x%3E\">",
        "<object data=\"data:text/html,<script src=//smi2.ru/x></script>\"></object>",
        "<iframe srcdoc=\"<img src=//smi2.ru/x>\"></iframe>",
        "<img srcset='/a 1x, //smi2.ru/b 2x'>",
        "<video poster=//smi2.ru/p></video>",
        "<link rel=preconnect href=//smi2.ru>",
        "<meta http-equiv=refresh content='0;url=//smi2.ru/'>",
        "<style>a{b:url(//smi2.ru/x)}</style>",
        "<svg><style>a{b:url(//smi2.ru<x)}</style>",
        "<math><mtext><caption><mglyph><title/><img src=//smi2.ru/x>",
        "<math><mi><tr><malignmark><title/><img src=//smi2.ru/x>",
        "<svg><td><desc><col></td><noframes><img src=//smi2.ru/x>",
        "<svg><input><desc><tr></input><title><img src=//smi2.ru/x>",
        "<svg><style>a{/*<*/b:url(//smi2.ru/x)}</style>",
        "<svg><style>a{/*<!-- --!>*/b:url(//smi2.ru/x)}</style>",
        "<svg><style>a{b:url(//smi<g a='>'/>2.ru/x)}</style>",
        "<svg><style>a{/*<![CDATA[*/b:url(//smi2.ru/x)",
        "<svg><script>s.src='//mc.yandex<g a='>'></g>.ru/metrika/tag.js'</script>",
        "<svg><script>s.src='//mc.yandex<g>z</g>.ru/metrika/tag.js'</script>",
        "<svg><script>s.src='//mc.yandex<!-- --!>.ru/metrika/tag.js'</script>",
        "<p style='a:url(//smi2.ru/x)'>",
        "<template><img src=//smi2.ru/x></template>",
        "<noscript><img src=//smi2.ru/x></noscript>",
    ] {
        let found = [true, false].map(|scripting| alive(page.as_bytes(), scripting)).concat();
        assert!(!found.is_empty(), "not seen: {page}");
        assert!(judge.judge(page.as_bytes(), page).await, "cut off: {page}");
    }
}
