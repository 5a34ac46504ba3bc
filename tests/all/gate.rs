//! The gate through its public API: what it changes in a tree, what it finds on published pages, its modes.

use std::{collections::BTreeMap, fs, path::Path};

use html5ever::{ParseOpts, parse_document, tendril::TendrilSink, tree_builder::TreeBuilderOpts};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use tower_consent::{
    Decision, Policy,
    gate::{Gate, Rules},
};

use super::{
    corpus::{corpus, matching_nothing},
    news_site::policy,
};

fn gated(rules: &Rules, decision: &Decision, page: &[u8], size: usize) -> Vec<u8> {
    let mut gate = Gate::new(rules, decision, "https://news.example/").unwrap();
    let mut out = Vec::new();
    for piece in page.chunks(size) {
        out.extend(gate.feed(piece).unwrap());
    }
    out.extend(gate.finish().unwrap());
    out
}

/// The pages of html5lib's tests of trees.
fn html5lib_pages() -> Option<Vec<(String, String)>> {
    let folder = corpus("html5lib-tests/tree-construction")?;
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "dat") {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for (number, test) in text.split("#data\n").skip(1).enumerate() {
                let name = format!("{} {number}", path.file_name().unwrap().to_string_lossy());
                pages.push((name, test.split("\n#errors").next().unwrap().to_owned()));
            }
        }
    }
    pages.sort();
    assert!(pages.len() > 1_000);
    Some(pages)
}

/// A tree in words, without what the gate puts into withheld elements.
fn tree(page: &[u8], scripting: bool) -> String {
    let opts = ParseOpts {
        tree_builder: TreeBuilderOpts { scripting_enabled: scripting, ..Default::default() },
        ..Default::default()
    };
    let dom = parse_document(RcDom::default(), opts).from_utf8().one(page);
    let mut out = String::new();
    write(&dom.document, 0, &mut out);
    out
}

fn write(node: &Handle, depth: usize, out: &mut String) {
    let line = match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let attrs = attrs.borrow();
            let withheld = attrs.iter().any(|attr| &*attr.name.local == "data-tc");
            let mut all = BTreeMap::new();
            for attr in attrs.iter() {
                let local = attr.name.local.to_string();
                match local.strip_prefix("data-tc-") {
                    _ if local == "data-tc" => {}
                    Some(original) => {
                        all.insert(original.to_owned(), attr.value.to_string());
                    }
                    None if withheld && local == "type" && &*attr.value == "text/plain" => {}
                    None => {
                        all.entry(local).or_insert_with(|| attr.value.to_string());
                    }
                }
            }
            format!("<{} {} {all:?}>", name.ns, name.local)
        }
        // In a `noscript` elements are text.
        NodeData::Text { contents } => format!("{:?}", without_marks(&contents.borrow())),
        NodeData::Comment { contents } => format!("<!-- {} -->", without_marks(contents)),
        NodeData::Doctype { name, .. } => format!("<!DOCTYPE {name}>"),
        NodeData::Document | NodeData::ProcessingInstruction { .. } => String::new(),
    };
    out.push_str(&format!("{:depth$}{line}\n", ""));
    if let NodeData::Element { template_contents, .. } = &node.data
        && let Some(contents) = &*template_contents.borrow()
    {
        write(contents, depth + 1, out);
    }
    for child in node.children.borrow().iter() {
        write(child, depth + 1, out);
    }
}

fn without_marks(text: &str) -> String {
    let mut text = text.to_owned();
    for mark in [" type=\"text/plain\"", " type=text/plain", " data-tc=\"metrics\"", " data-tc=metrics", "data-tc-"] {
        text = text.replace(mark, "");
    }
    text.replace(" /", "/")
}

/// Texts and comments are compared without what an insertion before a slash needs.
fn comparable(tree: &str) -> String {
    tree.replace(" /", "/")
}

#[test]
fn html5lib_pages_stay_as_they_are_where_nothing_matches() {
    let Some(pages) = html5lib_pages() else { return };
    let policy = matching_nothing();
    let (rules, decision) = (Rules::new(&policy), Decision::undecided(&policy));
    for (name, page) in pages {
        for size in [1, 5, 4096] {
            assert_eq!(gated(&rules, &decision, page.as_bytes(), size), page.as_bytes(), "{name} in pieces of {size}");
        }
    }
}

#[test]
fn html5lib_trees_stay_as_they_are_but_for_gated_elements() {
    let Some(pages) = html5lib_pages() else { return };
    let policy = policy();
    let (rules, decision) = (Rules::new(&policy), Decision::granting(&policy, ["recommendations"]));
    let mut withheld = 0;
    for (name, page) in pages {
        let page =
            page.replace("<script", "<script src=https://mc.yandex.ru/x").replace("<img", "<img src=//mc.yandex.ru/p");
        let out = gated(&rules, &decision, page.as_bytes(), 4096);
        withheld += usize::from(out != page.as_bytes());
        for scripting in [true, false] {
            let (before, after) = (tree(page.as_bytes(), scripting), tree(&out, scripting));
            let shown = String::from_utf8_lossy(&out);
            assert_eq!(comparable(&before), comparable(&after), "{name}, scripting {scripting}: {shown}");
        }
    }
    assert!(withheld > 30, "{withheld} pages held a script or a picture");
}

/// html5lib's tests of tokens: whatever the pieces, the outcome is the same.
#[test]
fn html5lib_tokens_in_any_pieces() {
    let Some(folder) = corpus("html5lib-tests/tokenizer") else { return };
    let policy = policy();
    let (rules, decision) = (Rules::new(&policy), Decision::undecided(&policy));
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "test") {
            continue;
        }
        let tests: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for test in tests["tests"].as_array().into_iter().flatten() {
            let input = test["input"].as_str().unwrap();
            let page = format!("{input}<img src=//smi2.ru/x>{input}");
            let whole = gated(&rules, &decision, page.as_bytes(), usize::MAX);
            for size in [1, 3] {
                assert_eq!(gated(&rules, &decision, page.as_bytes(), size), whole, "{page:?} in pieces of {size}");
            }
            count += 1;
        }
    }
    assert!(count > 6_000, "{count} tests");
}

/// The seed policy with every service of the catalogue.
fn everything() -> Policy {
    let mut files = policy().files().clone();
    files.retain(|name, _| !name.starts_with("catalogue/"));
    let text = files.get_mut("policy.toml").unwrap();
    let end = text.find("[[service]]").unwrap();
    text.truncate(end);
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/catalogue");
    for entry in fs::read_dir(catalogue).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        text.push_str(&format!(
            "[[service]]\ncatalogue = \"{}\"\npurpose = \"metrics\"\n",
            name.trim_end_matches(".toml")
        ));
    }
    let (policy, faults) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{faults:?}"))
}

/// What `ground-truth.tsv` says of each page is found: by carrier, for every service that is known by the same name.
#[test]
fn published_pages_hold_what_the_ground_truth_says() {
    let Some(folder) = corpus("pages") else { return };
    let policy = everything();
    let (rules, decision) = (Rules::new(&policy), Decision::undecided(&policy));
    let truth = fs::read_to_string(folder.join("ground-truth.tsv")).unwrap();
    let mut checked = 0;
    let mut missing = Vec::new();
    for line in truth.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let Ok(page) = fs::read(folder.join(format!("{}.html", columns[0]))) else {
            panic!("no page {}", columns[0]);
        };
        let mut gate = Gate::new(&rules, &decision, "https://news.example/").unwrap();
        gate.feed(&page).unwrap();
        gate.finish().unwrap();
        for entry in columns.last().unwrap().split(' ').filter(|entry| entry.contains(':')) {
            let (service, codes) = entry.split_once(':').unwrap();
            if !policy.services().iter().any(|known| known.id == service) {
                continue;
            }
            for code in codes.chars() {
                // A script another manager has made inert already; an address inside another's address.
                if [("gamestar.de-2024", "outbrain", 'S'), ("money.cnn.com-2016", "krux", 'P')]
                    .contains(&(columns[0], service, code))
                {
                    continue;
                }
                let carriers: &[&str] = match code {
                    'S' => &["script"],
                    'F' => &["frame"],
                    'P' => &["image"],
                    'N' => &["image", "frame"],
                    'L' => &["link"],
                    // A script may name a service without loading it.
                    _ => continue,
                };
                // Where two services share a file, the catalogue gives it to one of them.
                let service = match (service, code) {
                    ("vk-pixel", 'S') => "vk-widgets",
                    ("google-tag-manager", 'S') => "google-analytics",
                    _ => service,
                };
                let met = gate
                    .met()
                    .iter()
                    .any(|met| met.service == service && met.withheld && carriers.contains(&met.carrier.as_str()));
                if !met {
                    missing.push(format!("{}: {service} by {code}", columns[0]));
                }
                checked += 1;
            }
        }
    }
    println!("{checked} facts of the ground truth checked");
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(checked > 60, "{checked}");
}

fn with(changes: &str) -> Policy {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    if let Some(start) = text.find("\n[gate]") {
        let end = text[start + 1..].find("\n[").map_or(text.len(), |length| start + 1 + length);
        text.replace_range(start..end, "\n");
    }
    text.push_str(changes);
    let (policy, faults) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{faults:?}"))
}

#[test]
fn modes_of_the_policy() {
    let page = "<p>a<script src=https://mc.yandex.ru/x>b</script><img src=//smi2.ru/x alt=c>d<iframe src=//smi2.ru/y>e</iframe>\
                <script>ym('https://mc.yandex.ru/metrika/tag.js')</script><img src=https://cdn.example.org/x>";
    let outcome = |changes: &str| {
        let policy = with(changes);
        let rules = Rules::new(&policy);
        let outs: Vec<String> = [1, 4096]
            .iter()
            .map(|size| {
                String::from_utf8(gated(&rules, &Decision::undecided(&policy), page.as_bytes(), *size)).unwrap()
            })
            .collect();
        assert_eq!(outs[0], outs[1]);
        outs[0].clone()
    };
    let inert = outcome("");
    assert_eq!(inert.matches("data-tc=").count(), 4, "{inert}");
    assert_eq!(outcome("\n[gate]\nmode = \"report-only\"\n"), page);
    assert_eq!(
        outcome("\n[gate]\nwithheld = \"removed\"\n"),
        "<p>ad<script type=\"text/plain\" data-tc=\"metrics\">ym('https://mc.yandex.ru/metrika/tag.js')</script>\
         <img src=https://cdn.example.org/x>"
    );
    let withheld = outcome("\n[gate]\nundeclared = \"withhold\"\n");
    assert!(withheld.ends_with("<img data-tc=\"undeclared\" data-tc-src=https://cdn.example.org/x>"), "{withheld}");
}

/// `prove` as a user runs it.
#[cfg(feature = "cli")]
#[test]
fn prove_finds_nothing_alive_and_tells_what_is() {
    let prove = |folder: &Path, pages: &Path| {
        std::process::Command::new(env!("CARGO_BIN_EXE_tower-consent"))
            .args(["prove", super::news_site::FOLDER, "--format", "json", "--pages"])
            .arg(pages)
            .current_dir(folder)
            .output()
            .unwrap()
    };
    let temporary = tempfile::tempdir().unwrap();
    let empty = prove(temporary.path(), temporary.path());
    assert_eq!(empty.status.code(), Some(2), "a folder without pages proves nothing");
    // A data block that a browser never runs, which the gate leaves, and a script that it withholds.
    fs::write(
        temporary.path().join("a.html"),
        "<script type=application/json>1</script><script src=//smi2.ru/x></script>",
    )
    .unwrap();
    let one = prove(temporary.path(), temporary.path());
    let report: serde_json::Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(
        (one.status.code(), &report["states"], &report["withheld"]),
        (Some(0), &4.into(), &2.into()),
        "{report}"
    );
    // What cannot be read ends a page, and is told.
    fs::write(temporary.path().join("b.html"), format!("<script>{}", "x".repeat(3 << 20))).unwrap();
    let cut = prove(temporary.path(), temporary.path());
    assert_eq!(cut.status.code(), Some(1));
    let Some(pages) = corpus("pages") else { return };
    let all = prove(temporary.path(), &pages);
    let report: serde_json::Value = serde_json::from_slice(&all.stdout).unwrap();
    assert_eq!(all.status.code(), Some(0), "{report}");
    assert!(report["withheld"].as_u64() > Some(80), "{report}");
}
