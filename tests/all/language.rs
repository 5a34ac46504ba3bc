//! Negotiation judged by published vectors: `language/` of the corpus, from the implementation browsers share.

use std::{convert::Infallible, fs, path::Path};

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_consent::{
    ConsentLayer,
    language::{Language, negotiate, negotiate_page},
    store::Memory,
};

use super::{
    corpus::corpus,
    news_site::{Site, policy},
};

/// One vector: what is asked for, what there is, the default, what is chosen, in this order.
#[derive(Debug)]
struct Vector {
    requested: Vec<String>,
    available: Vec<String>,
    default: Option<String>,
    output: Vec<String>,
}

fn strings(value: &serde_json::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn vectors(file: &Path) -> Vec<Vector> {
    let text = fs::read_to_string(file).unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let read = |vector: &serde_json::Value| Vector {
        requested: strings(&vector["input"][0]),
        available: strings(&vector["input"][1]),
        default: vector["input"].get(2).map(|tag| tag.as_str().unwrap().to_owned()),
        output: strings(&vector["output"]),
    };
    list.iter().map(read).collect()
}

/// Why a vector cannot be put to `negotiate`: each reason is looked at in the vector itself.
fn not_applicable(vector: &Vector) -> Option<&'static str> {
    if vector.available.iter().any(|tag| tag.parse::<Language>().is_err()) {
        // `fr_FR`, an empty tag, `2-1`, `ąółż`: folders and `site.languages` cannot be called so.
        return Some("a language that no policy can have");
    }
    if vector.available.is_empty() {
        return Some("nothing is available: a policy names at least one language");
    }
    None
}

/// The library filters (a list of all that match); a banner has one language, so the first of them counts. Where
/// none matches, ours answers in the vector's default, which stands first with us, or in the first available.
fn expected(vector: &Vector) -> (Vec<Language>, String) {
    let mut available = vector.available.clone();
    if let Some(default) = &vector.default {
        available.retain(|tag| tag != default);
        available.insert(0, default.clone());
    }
    let chosen = vector.output.first().unwrap_or(&available[0]).to_ascii_lowercase();
    (available.iter().map(|tag| tag.parse().unwrap()).collect(), chosen)
}

#[test]
fn published_vectors_of_negotiation() {
    let Some(folder) = corpus("language/negotiate") else { return };
    let (mut passed, mut left_out) = (0, Vec::new());
    for kind in ["filtering", "lookup", "matching"] {
        let mut files: Vec<_> = fs::read_dir(folder.join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            for vector in vectors(&file) {
                let name = format!("{kind}/{}", file.file_name().unwrap().to_str().unwrap());
                if let Some(reason) = not_applicable(&vector) {
                    left_out.push(format!("{name} {:?} → {:?}: {reason}", vector.requested, vector.available));
                    continue;
                }
                let (available, chosen) = expected(&vector);
                let accept = vector.requested.join(", ");
                assert_eq!(negotiate(Some(&accept), &available).as_str(), chosen, "{name}: {vector:?}");
                // What decides for a browser decides for a page in that language, too.
                if let [one] = &vector.requested[..] {
                    assert_eq!(negotiate_page(None, Some(one), &available).as_str(), chosen, "{name}: {vector:?}");
                }
                passed += 1;
            }
        }
    }
    for line in &left_out {
        println!("not applicable: {line}");
    }
    println!("{passed} vectors passed, {} not applicable", left_out.len());
    assert_eq!((passed, left_out.len()), (50, 11), "the corpus holds other vectors than it did");
}

#[test]
fn published_headers_keep_their_order() {
    let Some(folder) = corpus("language") else { return };
    let text = fs::read_to_string(folder.join("accepted_languages.json")).unwrap();
    let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(list.len(), 6);
    for vector in list {
        // The `;0.9` of these headers is no weight of RFC 9110: they all weigh 1, and the order written decides.
        let header = vector["input"].as_str().unwrap();
        let mut left = strings(&vector["output"]);
        while !left.is_empty() {
            let mut available: Vec<Language> = left.iter().rev().map(|tag| tag.parse().unwrap()).collect();
            available.insert(0, "ka".parse().unwrap());
            assert_eq!(negotiate(Some(header), &available).as_str(), left[0].to_ascii_lowercase(), "{header}");
            left.remove(0);
        }
        let only: [Language; 1] = ["ka".parse().unwrap()];
        assert_eq!(negotiate(Some(header), &only).as_str(), "ka", "{header}");
    }
}

/// Asks for a page with this root element; returns the `lang` of the banner in it.
async fn banner_language(layer: &ConsentLayer, root: &'static str, accept: &str, kind: &'static str) -> String {
    let inner = service_fn(move |_: Request<String>| async move {
        let page = format!("<!DOCTYPE html>{root}<head><title>t</title></head><body><p>text</p></body></html>");
        Ok::<_, Infallible>(
            Response::builder().header("content-type", kind).body(Full::<bytes::Bytes>::from(page)).unwrap(),
        )
    });
    let request = Request::get("/").header("accept", "text/html").header("accept-language", accept);
    let response = layer.layer(inner).oneshot(request.body(String::new()).unwrap()).await.unwrap();
    let page = response.into_body().collect().await.unwrap().to_bytes();
    let page = String::from_utf8(page.to_vec()).unwrap();
    let (_, banner) = page.split_once("id=\"tc\"").unwrap_or_else(|| panic!("{page}"));
    banner.split("lang=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_banner_speaks_the_language_of_the_page() {
    let layer = ConsentLayer::new(policy(), Memory::default()).unwrap();
    for (root, accept, expected) in [
        ("<html lang=en>", "ru", "en"),
        ("<html lang='ru-RU'>", "en", "ru"),
        ("<HTML class=x LANG=\"EN-us\">", "ru", "en"),
        // The site has no French and no empty language: the browser decides.
        ("<html lang=fr>", "en", "en"),
        ("<html lang=>", "en", "en"),
        ("<html>", "en", "en"),
        ("", "en", "en"),
    ] {
        for kind in ["text/html; charset=utf-8", "text/html"] {
            assert_eq!(banner_language(&layer, root, accept, kind).await, expected, "{root} {accept}");
        }
    }
}

/// Returns the language of the banner or of the link in a page, as its element says it.
fn spoken(page: &str, id: &str) -> String {
    let (_, element) = page.split_once(&format!("<section id=\"{id}\" ")).unwrap_or_else(|| panic!("{id}: {page}"));
    let element = element.split('>').next().unwrap();
    let value = |name: &str| element.split(&format!("{name}=\"")).nth(1).map(|rest| rest.split('"').next().unwrap());
    assert_eq!(value("dir"), Some("ltr"), "{element}");
    value("lang").unwrap().to_owned()
}

/// Returns a page as a browser with this language gets it.
async fn get_at(site: &Site, path: &str, accept: &str) -> String {
    let request = Request::get(path).header("host", "news.example").header("accept-language", accept);
    site.ask(request.body(String::new()).unwrap()).await.text
}

/// The link says it in the language the banner asked in, whatever the answer was: all refused, all allowed (the page is not
/// looked through), or one of two.
#[tokio::test]
async fn the_link_speaks_the_language_the_banner_spoke() {
    let neutral = {
        let mut files = policy().files().clone();
        files.get_mut("policy.toml").unwrap().push_str("\n[gate]\npages = \"neutral\"\n");
        tower_consent::Policy::check(files).0.unwrap()
    };
    for (root, accept, expected, of_everyone) in [
        ("<html lang=en>", "ru", "en", "en"),
        ("<!-- a -->\n<HTML class=x LANG=\"EN-us\">", "ru", "en", "en"),
        ("<html lang='ru-RU'>", "en", "ru", "ru"),
        // The page says nothing, or what the site has not: the browser decides, and for everyone's page the site.
        ("<html>", "en", "en", "ru"),
        ("<html>", "ru", "ru", "ru"),
        ("<html lang=fr>", "en", "en", "ru"),
        ("", "en", "en", "ru"),
    ] {
        let page = format!("<!DOCTYPE html>{root}<head><title>t</title></head><body><p>text</p></body></html>");
        for kind in ["text/html; charset=utf-8", "text/html"] {
            let get = async |site: &Site, cookie: &str| {
                let request = Request::get("/a").header("host", "news.example").header("accept", "text/html");
                let request = request.header("accept-language", accept).header("cookie", cookie);
                site.ask(request.body(String::new()).unwrap()).await.text
            };
            let site = Site::of(policy(), page.clone(), kind);
            let asking = get(&site, "").await;
            assert_eq!(spoken(&asking, "tc"), expected, "{root} {accept}");
            // Its links go on in that language, and so does what they lead to.
            let lang = format!("?lang={expected}\"");
            for link in asking.split("href=\"/_consent/").skip(1) {
                assert!(link.split_once('>').unwrap().0.ends_with(&lang), "{link}");
            }
            let centre = get_at(&site, &format!("/_consent/?lang={expected}"), accept).await;
            assert!(centre.contains(&format!("<html lang=\"{expected}\"")), "{centre}");
            for link in centre.split("href=\"/_consent/documents/").skip(1) {
                assert!(link.split('>').next().unwrap().contains(&format!("lang={expected}\"")), "{link}");
            }
            let other = if expected == "ru" { "en" } else { "ru" };
            let switch = format!("<a href=\"/_consent/?lang={other}\" hreflang=\"{other}\" lang=\"{other}\">");
            assert!(centre.contains(&switch), "{centre}");
            let unknown = get_at(&site, "/_consent/?lang=fr", accept).await;
            assert!(
                unknown.contains(&format!("<html lang=\"{accept}\"")),
                "the browser's, where it is none: {unknown}"
            );
            let partial = {
                let token = site.get("/_consent/", "").await.token();
                let form = format!("purpose=metrics&choice=save&token={token}&back=/");
                site.post("/_consent/choice", &form, "").await.choice()
            };
            for cookie in [site.choose("refuse", "").await, site.choose("accept", "").await, partial] {
                let decided = get(&site, &cookie).await;
                assert!(!decided.contains("id=\"tc\""), "{decided}");
                assert_eq!(spoken(&decided, "tc-l"), expected, "{root} {accept} {cookie}");
            }
            let everyone = Site::of(neutral.clone(), page.clone(), kind);
            if root.is_empty() {
                continue;
            }
            let shared = get(&everyone, "").await;
            assert_eq!([spoken(&shared, "tc"), spoken(&shared, "tc-l")], [of_everyone; 2], "{root} {accept}");
        }
    }
}
