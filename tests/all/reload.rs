//! A policy folder that changes while the site is served: what is right comes into force, what is wrong changes
//! nothing and is told.

use std::{
    fs,
    path::Path,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use tower_consent::reload::{PolicyWatch, Reload};

use super::news_site::{FOLDER, Site, policy};

/// Longer than any machine needs: only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

fn edit(folder: &Path, from: &str, to: &str) {
    let path = folder.join("policy.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

struct Watched {
    site: Site,
    folder: tempfile::TempDir,
    said: Receiver<Reload>,
    _watch: PolicyWatch,
}

fn watched() -> Watched {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new(FOLDER), folder.path());
    let site = Site::new();
    let (tell, said) = channel();
    let watch = PolicyWatch::start(folder.path(), site.handle(), move |reload| {
        let _ = tell.send(reload);
    });
    Watched { site, folder, said, _watch: watch.unwrap() }
}

#[test]
fn a_policy_of_one_instance_comes_into_force_in_all() {
    use std::sync::Arc;
    use tower_consent::{
        ConsentLayer, Policy,
        store::{ConsentStore, Memory},
    };
    let store: Arc<dyn ConsentStore> = Arc::new(Memory::default());
    let instance = || ConsentLayer::shared(policy(), store.clone()).unwrap().handle();
    let (one, other) = (instance(), instance());
    let (tell, said) = channel();
    // The folder of the other one stays as it was, and is not put into force again.
    let watch = PolicyWatch::start(FOLDER, other.clone(), move |reload| drop(tell.send(reload))).unwrap();
    let mut files = one.policy().files().clone();
    let text = files["policy.toml"].replacen("en = \"Vesti Kraya\"", "en = \"Kray News\"", 1);
    files.insert("policy.toml".to_owned(), text);
    let published = one.publish(Policy::check(files).0.unwrap()).unwrap();
    let reload = said.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(&reload, Reload::Followed(followed) if followed.new == published.new), "{reload}");
    assert_eq!(other.policy().version(), published.new);
    while let Ok(reload) = said.recv_timeout(Duration::from_secs(4)) {
        // A signal of another test may ask what there is.
        assert!(matches!(reload, Reload::Unchanged), "{reload}");
    }
    assert_eq!(one.policy().version(), published.new);
    drop(watch);
    // Opened, published, published: it is logged once.
    assert_eq!(pollster::block_on(store.head()).unwrap().size(), 3);
}

#[tokio::test]
async fn a_good_edit_comes_into_force_and_a_broken_one_changes_nothing() {
    let Watched { site, folder, said, _watch } = watched();
    edit(folder.path(), "en = \"Vesti Kraya\"", "en = \"Kray News\"");
    let reload = said.recv_timeout(PATIENCE).unwrap();
    let Reload::Published(difference) = reload else { panic!("{reload}") };
    assert_eq!(difference.asked().count(), 0);
    let version = site.handle().policy().version().to_owned();
    assert_eq!(version, difference.new);
    let page = site.get("/_consent/documents/consent?lang=en", "").await.text;
    assert!(page.contains("Kray News"), "{page}");

    // A fault is told once, with its place, and the good policy stays.
    edit(folder.path(), "remember = \"180 days\"", "remembr = \"180 days\"");
    let reload = said.recv_timeout(PATIENCE).unwrap();
    let Reload::Refused(faults) = reload else { panic!("{reload}") };
    assert!(faults.iter().any(|fault| fault.code == "unknown-key" && fault.line > 1), "{faults:?}");
    assert!(said.recv_timeout(Duration::from_secs(3)).is_err(), "told once");
    assert_eq!(site.handle().policy().version(), version);

    fs::remove_file(folder.path().join("ru/consent.md")).unwrap();
    let reload = said.recv_timeout(PATIENCE).unwrap();
    assert!(reload.to_string().contains("ru/consent.md is missing"), "{reload}");
    assert_eq!(site.handle().policy().version(), version);

    // Mended back to the very first state: that is another version than the one in force.
    fs::remove_dir_all(folder.path()).unwrap();
    copy(Path::new(FOLDER), folder.path());
    loop {
        match said.recv_timeout(PATIENCE).unwrap() {
            Reload::Published(difference) => break assert_eq!(difference.new, policy().version()),
            // The folder may have been read while it was away or half there.
            Reload::Unreadable(_) | Reload::Refused(_) => {}
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_store_that_cannot_write_keeps_the_policy_in_force_and_is_tried_again() {
    let Watched { site, folder, said, _watch } = watched();
    site.store.break_down(true);
    edit(folder.path(), "en = \"Vesti Kraya\"", "en = \"Kray News\"");
    let reload = said.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(reload, Reload::StoreFailed(_)), "{reload}");
    assert_eq!(site.handle().policy().version(), policy().version());
    site.store.break_down(false);
    let reload = said.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(reload, Reload::Published(_)), "{reload}");
}

/// The example as a process: `SIGHUP` makes it look at its folder at once and say what it found.
#[cfg(all(unix, feature = "sled"))]
#[test]
fn sighup_is_answered() {
    use std::{
        io::{BufRead, BufReader},
        process::{Command, Stdio},
    };

    let folder = tempfile::tempdir().unwrap();
    let (policy, store) = (folder.path().join("policy"), folder.path().join("store"));
    copy(Path::new(FOLDER), &policy);
    let mut child = Command::new(super::durable::example())
        .args(["--listen", "127.0.0.1:0", "--store"])
        .arg(&store)
        .arg("--policy")
        .arg(&policy)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example is built with the tests");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("stop it")));
    let hang_up = || {
        let status = Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap();
        assert!(status.success());
    };
    hang_up();
    assert!(lines.any(|line| line == "the folder is what is in force"));
    edit(&policy, "model = \"opt-in\"", "model = \"opt-inn\"");
    hang_up();
    assert!(lines.any(|line| line.starts_with("the policy in force stays, the folder has 1 fault(s)")));
    assert!(lines.any(|line| line.contains("did you mean `opt-in`?")));
    child.kill().unwrap();
    child.wait().unwrap();
}
