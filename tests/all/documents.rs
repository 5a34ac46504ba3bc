//! `render` writes what a visitor reads; the words of pages are labels that exist.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{NodeData, RcDom};
use tower_consent::{
    Policy,
    documents::{self, Document, statutory},
    language::label_names,
};

use super::news_site::{FOLDER, policy};

fn render(arguments: &[&str]) -> (i32, String, String) {
    let binary = env!("CARGO_BIN_EXE_tower-consent");
    let output = Command::new(binary).arg("render").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_document_is_written_in_the_form_and_language_asked_for() {
    let (code, text, _) = render(&[FOLDER, "--document", "consent"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("Согласие на обработку персональных данных\n====="), "the first language is the default");
    assert!(text.contains("- Данные: IP-адрес; сведения о браузере; адреса просмотренных страниц\n"), "{text}");
    let (code, page, _) =
        render(&[FOLDER, "--document", "policy", "--language", "en", "--format", "html", "--prefix", "/privacy"]);
    assert_eq!(code, 0);
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">") && page.ends_with("</html>"), "{page}");
    assert!(page.contains("href=\"/privacy/\"") && !page.contains("/_consent"), "{page}");
    let (_, rules, _) = render(&[FOLDER, "--document", "recommendations"]);
    for sentence in statutory() {
        assert!(sentence.is_in(&rules), "{}", sentence.text());
    }
}

#[test]
fn a_file_takes_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cookies.txt");
    let (code, screen, _) = render(&[FOLDER, "--document", "cookies", "--output", file.to_str().unwrap()]);
    assert_eq!((code, screen.as_str()), (0, ""));
    assert!(fs::read_to_string(&file).unwrap().contains("__Host-tower-consent"));
    let nowhere = folder.path().join("none/cookies.txt");
    let (code, _, error) = render(&[FOLDER, "--document", "cookies", "--output", nowhere.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(error.contains("cannot write"), "{error}");
}

#[test]
fn what_cannot_be_rendered_is_told() {
    let (code, _, error) = render(&[FOLDER, "--document", "consent", "--language", "de"]);
    assert_eq!((code, error.contains("has no texts in `de`; it has ru, en")), (2, true), "{error}");
    let (code, _, error) = render(&["/nowhere", "--document", "consent"]);
    assert_eq!((code, error.contains("/nowhere")), (2, true), "{error}");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.toml"), "[site]\nname = 1\n").unwrap();
    let (code, screen, error) = render(&[folder.path().to_str().unwrap(), "--document", "consent"]);
    assert_eq!((code, screen.as_str(), error.contains("fault(s)")), (1, "", true), "{error}");
}

/// Every label that the sources ask for by name; one that nobody wrote would be shown as its name.
#[test]
fn every_label_that_is_asked_for_exists() {
    let known: Vec<_> = label_names().collect();
    // What the operator reads has words of its own.
    let words = concat!(env!("CARGO_MANIFEST_DIR"), "/src/dashboard/words/en.ftl");
    let words = fs::read_to_string(words).unwrap();
    let own: Vec<_> = words.lines().filter_map(|line| line.split_once(" =")).map(|(name, _)| name).collect();
    let mut asked = 0;
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let of_dashboard = path.components().any(|part| part.as_os_str() == "dashboard");
            asked += labels_of(&path, if of_dashboard { &own } else { &known });
        }
    }
    assert!(asked > 30, "{asked}");
}

fn labels_of(path: &Path, known: &[&str]) -> usize {
    let Some("rs") = path.extension().and_then(|extension| extension.to_str()) else { return 0 };
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let mut asked = 0;
    for call in
        ["labels.get(\"", "words.get(\"", "labels.with(\"", "words.with(\"", "words.count(\"", "view.t(\"", ".word(\""]
    {
        for after in code.split(call).skip(1) {
            let name = after.split('"').next().unwrap();
            assert!(known.contains(&name), "{} asks for the label `{name}`", path.display());
            asked += 1;
        }
    }
    asked
}

/// What a browser builds of a rendered text: elements with their attributes.
fn elements(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(html);
    let mut found = Vec::new();
    let mut open = vec![dom.document.clone()];
    while let Some(node) = open.pop() {
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attributes = attrs.borrow();
            let attributes = attributes.iter().map(|own| (own.name.local.to_string(), own.value.to_string()));
            found.push((name.local.to_string(), attributes.collect()));
        }
        open.extend(node.children.borrow().iter().cloned());
    }
    found
}

/// Any text of a policy becomes HTML that runs nothing and loads nothing from other sites, and plain text.
#[test]
fn no_text_becomes_a_page_that_runs_or_loads_anything() {
    const PIECES: [&str; 34] = [
        "<script>x</script>",
        "<img src=//x.example/p onerror=x>",
        "<iframe src=\"https://x.example\">",
        "</p>",
        "<b>",
        "![a](https://x.example/p.png)",
        "![b](//x.example/q)",
        "![c](/own.png)",
        "[d](javascript:x)",
        "[e](https://e.example)",
        "<https://f.example>",
        "<javascript:x>",
        "[g]: data:text/html,x\n",
        "[g]",
        "# ",
        "##### ",
        "\n\n",
        "\n",
        "- ",
        "1. ",
        "> ",
        "    ",
        "| a | b |\n|:-:|---|\n| 1 | ",
        " |\n",
        "**",
        "`",
        "\n```\n",
        "{{ site.name }}",
        "\n{{ table.cookies }}\n",
        "{{ operator.email }}",
        "\\",
        "&#x6a;avascript:",
        "\u{e000}",
        "текст ",
    ];
    let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_125_u64);
    println!("SEED={seed}");
    let mut state = seed;
    let mut rendered = 0;
    for _ in 0..300 {
        let mut text = String::new();
        for _ in 0..14 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(PIECES[(state >> 33) as usize % PIECES.len()]);
        }
        let mut files = policy().files().clone();
        files.insert("ru/policy.md".to_owned(), text.clone());
        // A table inside a line is a fault; such texts are not rendered at all.
        let (Some(policy), _) = Policy::check(files) else { continue };
        rendered += 1;
        let russian = "ru".parse().unwrap();
        let page = documents::page(&policy, &russian, Document::Policy, "/_consent");
        for (name, attributes) in elements(&page) {
            let known = "html head meta title style body main h1 h2 h3 h4 h5 h6 p a em strong code pre ul ol li blockquote hr br \
                         img div table caption thead tbody tr th td span";
            assert!(known.split(' ').any(|known| known == name), "<{name}> of {text:?}");
            for (attribute, value) in attributes {
                assert!(!attribute.starts_with("on") && attribute != "style", "{attribute} of {text:?}");
                if name == "img" && attribute == "src" {
                    assert_eq!(value, "/own.png", "{text:?}");
                }
                if attribute == "href" {
                    let good =
                        ["https:", "http:", "mailto:", "tel:", "/", "#"].iter().any(|good| value.starts_with(good));
                    assert!(good || !value.contains(':'), "{value} of {text:?}");
                }
            }
        }
        let plain = documents::plain(&policy, &russian, Document::Policy, "/_consent");
        assert!(!plain.contains('\u{e000}') && !plain.contains("{{ site"), "{plain}");
    }
    assert!(rendered > 100, "{rendered}");
}
