//! A choice that was answered survives the death of the process.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_consent::store::{ConsentStore, ErrorKind, Sled};

/// The example site in a process of its own.
struct Running {
    child: Child,
    /// Kept open: the example goes on printing.
    _output: BufReader<std::process::ChildStdout>,
    address: String,
}

pub(crate) fn example() -> std::path::PathBuf {
    // Cargo builds examples before it runs tests; they stand beside the test's own folder.
    let mut folder = std::env::current_exe().unwrap();
    folder.pop();
    folder.pop();
    folder.join("examples").join("news_site")
}

fn start(store: &std::path::Path) -> Running {
    let mut child = Command::new(example())
        .args(["--listen", "127.0.0.1:0", "--store"])
        .arg(store)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example is built with the tests");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").expect(&line).trim_end_matches('/').to_owned();
    Running { child, _output: output, address }
}

async fn send(address: &str, request: Request<Full<Bytes>>) -> (http::response::Parts, String) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    (head, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test]
async fn sigkill_right_after_the_answer_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mut said = Vec::new();
    for round in 0..5 {
        let mut site = start(&store);
        let get = Request::get("/").header("host", &site.address).body(Full::default()).unwrap();
        let (_, page) = send(&site.address, get).await;
        let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let choice = if round % 2 == 0 { "accept" } else { "refuse" };
        let post = Request::post("/_consent/choice")
            .header("host", &site.address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::new(format!("choice={choice}&token={token}&back=/").into()))
            .unwrap();
        let (head, text) = send(&site.address, post).await;
        assert_eq!(head.status, 303, "{text}");
        // `kill` is SIGKILL: nothing is flushed, nothing is closed.
        site.child.kill().unwrap();
        site.child.wait().unwrap();
        said.push(choice);
        let store = Sled::open_existing(&store).unwrap();
        let entries = store.read(0..u64::MAX).await.unwrap();
        let kinds: Vec<String> = entries
            .iter()
            .map(|entry| entry.fields().unwrap()["kind"].as_str().unwrap().to_owned())
            .filter(|kind| !["log-opened", "policy-published"].contains(&kind.as_str()))
            .collect();
        assert_eq!(kinds, said);
        let head = store.head().await.unwrap();
        let again = tower_consent::audit::Head::EMPTY.append(entries.iter().map(|entry| entry.leaf.as_slice()));
        assert_eq!(head, again, "the head is the tree over the entries");
    }
    #[cfg(feature = "cli")]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_tower-consent"))
            .args(["log", "stats", "--format", "json", "--store"])
            .arg(format!("sled:{}", store.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let stats: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            stats["by_kind"],
            serde_json::json!({ "accept": 3, "log-opened": 1, "policy-published": 1, "refuse": 2 })
        );
        assert_eq!(stats["by_purpose"]["metrics"], serde_json::json!({ "granted": 3, "refused": 2 }));
    }
}

#[tokio::test]
async fn a_second_process_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = start(folder.path());
    let error = Sled::open(folder.path()).unwrap_err();
    site.child.kill().unwrap();
    site.child.wait().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("open in another process"), "{error}");
    let error = Sled::open_existing(folder.path().join("nowhere")).unwrap_err();
    assert!(error.to_string().contains("there is no store"), "{error}");
}

#[tokio::test]
async fn many_choices_at_once_are_all_written_once() {
    use super::news_site::{FOLDER, policy};
    let _ = FOLDER;
    let folder = tempfile::tempdir().unwrap();
    let layer = tower_consent::ConsentLayer::new(policy(), Sled::open(folder.path()).unwrap()).unwrap();
    let inner = tower::service_fn(|_: Request<Full<Bytes>>| async {
        Ok::<_, std::convert::Infallible>(
            http::Response::builder().header("content-type", "text/html").body(Full::new(Bytes::from("<p>"))).unwrap(),
        )
    });
    use tower::{Layer, ServiceExt};
    let service = layer.layer(inner);
    let mut tasks = Vec::new();
    for _ in 0..500 {
        let service = service.clone();
        tasks.push(tokio::spawn(async move {
            let get = Request::get("/").body(Full::default()).unwrap();
            let page = service.clone().oneshot(get).await.unwrap().into_body().collect().await.unwrap().to_bytes();
            let page = String::from_utf8(page.to_vec()).unwrap();
            let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
            let post = Request::post("/_consent/choice")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Full::new(format!("choice=accept&token={token}").into()))
                .unwrap();
            service.oneshot(post).await.unwrap().status()
        }));
    }
    let mut written = 0;
    for task in tasks {
        let status = task.await.unwrap();
        assert!(matches!(status.as_u16(), 303 | 503), "{status}");
        written += u64::from(status == 303);
    }
    drop((service, layer));
    // The writer thread ends with its last handle; then the folder is free.
    let store = loop {
        match Sled::open_existing(folder.path()) {
            Ok(store) => break store,
            Err(error) if error.kind() == ErrorKind::Unavailable => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(store.head().await.unwrap().size(), written + 2);
    assert!(written > 0);
}
