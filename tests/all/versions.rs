//! Versions of a policy: what asks visitors again and what does not, what was shown earlier, changes while serving.

use std::collections::BTreeMap;

use http::StatusCode;
use tower_consent::{ConsentLayer, Policy};

use super::{
    news_site::{Shared, Site, policy},
    random::Random,
};

type Files = BTreeMap<String, String>;

/// The seed policy's folder, without the known services that a version holds besides.
fn folder() -> Files {
    policy().files().clone()
}

fn compiled(files: Files) -> Policy {
    let (policy, found) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{found:#?}"))
}

fn replaced(file: &str, from: &str, to: &str) -> Files {
    let mut files = folder();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(from), "{file} does not hold {from}");
    *text = text.replace(from, to);
    files
}

fn materials(policy: &Policy) -> BTreeMap<String, String> {
    policy.purposes().iter().map(|purpose| (purpose.id.to_string(), policy.material(purpose).to_owned())).collect()
}

/// Names of the purposes visitors are asked about again.
fn asked(new: &Policy) -> Vec<String> {
    policy().difference(new).asked().map(ToString::to_string).collect()
}

/// Changes of order, comments, white space, wording beside the consent, and added translations ask nobody again.
#[test]
fn editorial_changes_ask_nobody() {
    let mut random = Random::seeded();
    let seed = policy();
    for round in 0..200 {
        let mut files = folder();
        let text = files.get_mut("policy.toml").unwrap();
        let mut table: toml::Table = text.parse().unwrap();
        // Order of purposes and services, of the items inside them, and of all keys.
        for list in ["purpose", "service"] {
            random.shuffle(table[list].as_array_mut().unwrap());
        }
        for purpose in table["purpose"].as_array_mut().unwrap() {
            random.shuffle(purpose["data"].as_array_mut().unwrap());
            purpose["title"]["en"] = format!("Another title {round}").into();
            // A further language of every text.
            for key in ["title", "description"] {
                purpose[key].as_table_mut().unwrap().insert("de".into(), format!("Titel {round}").into());
            }
            for item in purpose["data"].as_array_mut().unwrap() {
                item.as_table_mut().unwrap().insert("de".into(), format!("Angabe {round}").into());
            }
        }
        random.shuffle(table["processing"]["operations"].as_array_mut().unwrap());
        let mut keys: Vec<_> = table.into_iter().collect();
        random.shuffle(&mut keys);
        let mut written = String::new();
        for (key, value) in keys {
            let part = toml::Table::from_iter([(key, value)]);
            written.push_str(&format!("# comment {}\n\n{}\n", random.below(1000), toml::to_string(&part).unwrap()));
        }
        *text = written;
        // White space of the consent text, wording of every other text and of the translation.
        for (name, text) in &mut files {
            if name == "ru/consent.md" {
                *text = text.replace("\n\n", "\n\n\n  \n").replace(". ", ".  ");
            } else if name.ends_with(".md") {
                text.push_str(&format!("\n\nOne more sentence {round}.\n"));
            }
        }
        let changed = compiled(files);
        assert_ne!(changed.version(), seed.version());
        assert_eq!(materials(&changed), materials(&seed));
        assert!(seed.difference(&changed).asked().next().is_none());
    }
}

#[test]
fn each_material_field_asks_about_its_purpose_and_no_other() {
    let both = ["metrics", "recommendations"].map(str::to_owned).to_vec();
    let metrics = vec!["metrics".to_owned()];
    let file = "policy.toml";
    let counter = "[[service]]\ncatalogue = \"top-mail-ru\"\npurpose = \"metrics\"\n";
    let cases: [(&str, &str, &str, &[String]); 19] = [
        (
            file,
            "name = { ru = \"ООО «Вести Края»\", en = \"Vesti Kraya LLC\" }\naddress",
            "name = \"Другое\"\naddress",
            &both,
        ),
        (file, "country = \"RU\"\nresponsible", "country = \"KZ\"\nresponsible", &both),
        (file, "method = \"mixed\"", "method = \"automated\"", &both),
        (file, "\"block\", \"destroy\",", "\"block\", \"destroy\", \"crossborder\",", &both),
        (file, "kind = \"metrics\"", "kind = \"advertising\"", &metrics),
        (
            file,
            "basis = \"consent\"\ndata = [\n    { ru = \"IP",
            "basis = \"contract\"\ndata = [\n    { ru = \"IP",
            &metrics,
        ),
        (file, "сведения о браузере", "отпечаток браузера", &metrics),
        (file, "    { ru = \"адреса просмотренных страниц\", en = \"addresses of pages viewed\" },\n", "", &metrics),
        (file, "retention = \"365 days\"", "retention = \"366 days\"", &metrics),
        (file, "retention = \"365 days\"", "retention = \"365 days\"\nend = \"depersonalise\"", &metrics),
        (file, "retention = \"365 days\"", "retention = \"365 days\"\nsale = true", &metrics),
        (file, "retention = \"365 days\"", "retention = \"365 days\"\noperations = [\"collect\"]", &metrics),
        (file, counter, "", &metrics),
        (file, counter, &format!("{counter}country = \"US\"\n"), &metrics),
        (file, counter, &format!("{counter}operator = \"Another\"\n"), &metrics),
        (file, counter, &format!("{counter}role = \"processor\"\n"), &metrics),
        (file, counter, &format!("{counter}storage = \"US\"\n"), &metrics),
        (file, counter, &format!("{counter}cookies = [{{ name = \"x\", lifetime = \"1 day\" }}]\n"), &metrics),
        ("ru/consent.md", "свободно, своей волей", "свободно", &both),
    ];
    for (file, from, to, expected) in cases {
        let changed = compiled(replaced(file, from, to));
        assert_eq!(asked(&changed), expected, "{from} → {to}");
        let difference = policy().difference(&changed);
        assert!(difference.purposes.iter().all(|change| !change.parts.is_empty()), "{difference}");
    }
}

/// Cookie and storage key of one name are two things, each with its lifetime.
#[test]
fn a_storage_key_hides_no_cookie_of_its_name() {
    let counter = "[[service]]\ncatalogue = \"top-mail-ru\"\npurpose = \"metrics\"\n";
    let with = |cookie: &str, key: &str, place: &str| {
        let cookies = format!(
            "cookies = [{{ name = \"x\", lifetime = \"{cookie}\" }}, {{ name = \"x\", lifetime = \"{key}\", storage = \"{place}\" }}]\n"
        );
        compiled(replaced("policy.toml", counter, &format!("{counter}{cookies}")))
    };
    let before = with("1 day", "2 days", "local");
    for (cookie, key, place, count) in [
        ("1 day", "2 days", "local", 0),
        ("3 days", "2 days", "local", 1),
        ("1 day", "3 days", "local", 1),
        ("1 day", "2 days", "session", 1),
    ] {
        let after = with(cookie, key, place);
        assert_eq!(before.difference(&after).asked().count(), count, "{cookie}, {key}, {place}");
    }
}

#[test]
fn a_marked_wording_fix_asks_nobody_until_the_text_changes_again() {
    let fixed = compiled(replaced("ru/consent.md", "не объясняя причин", "без объяснения причин"));
    let mark = policy().difference(&fixed).mark.expect("the consent text changed");
    let mut files = fixed.files().clone();
    files.get_mut("policy.toml").unwrap().push_str(&format!(
        "\n[[editorial]]\nfile = \"{}\"\nsame-as = \"{}\"\ntext = \"{}\"\nreason = \"the same in other words\"\n",
        mark.file, mark.same_as, mark.text
    ));
    assert!(asked(&compiled(files.clone())).is_empty());

    let text = files.get_mut("ru/consent.md").unwrap();
    *text = text.replace("свободно, ", "");
    let (changed, found) = Policy::check(files);
    assert_eq!(found.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["editorial-stale"], "{found:?}");
    assert_eq!(asked(&changed.unwrap()), ["metrics", "recommendations"]);
}

#[test]
fn a_new_purpose_is_the_only_one_asked_about() {
    let mut files = folder();
    files.get_mut("policy.toml").unwrap().push_str(
        "\n[[purpose]]\nid = \"video\"\nkind = \"video\"\ntitle = \"Видео\"\ndescription = \"Видео.\"\nbasis = \"consent\"\n\
         data = [\"IP-адрес\"]\nretention = \"1 day\"\n",
    );
    let new = compiled(files);
    assert_eq!(asked(&new), ["video"]);
    let back = new.difference(&policy());
    assert_eq!(back.asked().count(), 0);
    assert!(back.to_string().contains("purpose `video` is gone"), "{back}");
}

async fn document(site: &Site, query: &str) -> (StatusCode, String) {
    let answer = site.get(&format!("/_consent/documents/consent{query}"), "").await;
    (answer.status, answer.text)
}

/// The part of a page that is the text itself.
fn text_of(page: &str) -> &str {
    let (before, _) = page.split_once("<p class=\"tc-small\">").expect("the version stands under the text");
    before.split_once("<main>").unwrap().1
}

#[tokio::test]
async fn every_published_version_is_read_back_as_it_was_shown() {
    let site = Site::new();
    let old = policy().version().to_owned();
    let (_, shown) = document(&site, "?lang=ru").await;

    let new = compiled(replaced("ru/consent.md", "не объясняя причин", "без объяснения причин"));
    let version = new.version().to_owned();
    let handle = site.handle();
    let difference = tokio::task::spawn_blocking(move || handle.publish(new)).await.unwrap().unwrap();
    assert_eq!((difference.old, difference.new), (old.clone(), version.clone()));

    let (_, now) = document(&site, "?lang=ru").await;
    assert!(now.contains("без объяснения причин") && now.contains(&version[..16]), "{now}");
    let (status, earlier) = document(&site, &format!("?lang=ru&version={old}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(text_of(&earlier), text_of(&shown));
    assert!(earlier.contains(&old[..16]) && earlier.contains("действующая редакция"), "{earlier}");
    for (query, expected) in [
        (format!("?version={}", "0".repeat(64)), StatusCode::NOT_FOUND),
        ("?version=../../etc/passwd".to_owned(), StatusCode::BAD_REQUEST),
        (format!("?lang=de&version={old}"), StatusCode::NOT_FOUND),
        ("?lang=de".to_owned(), StatusCode::NOT_FOUND),
        ("?lang=..".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(document(&site, &query).await.0, expected, "{query}");
    }
}

#[test]
fn each_publication_is_one_event() {
    let store = Shared::default();
    let published = || {
        let entries = store.entries().into_iter().filter(|fields| fields["kind"] == "policy-published");
        entries.map(|fields| fields["policy"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let layer = ConsentLayer::new(policy(), store.clone()).unwrap();
    drop(ConsentLayer::new(policy(), store.clone()).unwrap());
    let new = compiled(replaced("ru/policy.md", "посетителей", "читателей"));
    layer.handle().publish(new.clone()).unwrap();
    layer.handle().publish(new.clone()).unwrap();
    // Going back to an earlier text is a publication too.
    layer.handle().publish(policy()).unwrap();
    assert_eq!(published(), [policy().version(), new.version(), policy().version()]);

    store.break_down(true);
    assert!(layer.handle().publish(new).is_err());
    assert_eq!(layer.handle().policy().version(), policy().version());
}

/// Pages served while policies are swapped show the one or the other, whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_sees_half_of_another_policy() {
    let site = Site::new();
    let other = compiled({
        let mut files = replaced("policy.toml", "{ ru = \"Вести Края\", en = \"Vesti Kraya\" }", "\"Other News\"");
        let text = files.get_mut("en/banner.md").unwrap();
        *text = text.replacen("# ", "# Other News: ", 1);
        files
    });
    let handle = site.handle();
    let swapping = tokio::task::spawn_blocking(move || {
        for round in 0..40 {
            handle.publish(if round % 2 == 0 { other.clone() } else { policy() }).unwrap();
        }
    });
    let mut seen = [0; 2];
    while !swapping.is_finished() {
        let (_, page) = document(&site, "?lang=en").await;
        let other = page.matches("Other News").count();
        assert_eq!(page.contains("Vesti Kraya<") || page.contains("“Vesti Kraya”"), other == 0, "{page}");
        seen[usize::from(other > 0)] += 1;
    }
    swapping.await.unwrap();
    assert!(seen.iter().sum::<usize>() > 0, "{seen:?}");
}
