//! `tower-consent serve` as a process: what it tells, signals, reload, mistakes.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, ChildStderr, Command, Stdio},
    time::{Duration, Instant},
};

const BINARY: &str = env!("CARGO_BIN_EXE_tower-consent");

struct Serving {
    child: Child,
    lines: BufReader<ChildStderr>,
    address: SocketAddr,
    told: String,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(BINARY).arg("serve").args(arguments).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut told = String::new();
        while !told.contains("ready after") {
            assert!(lines.read_line(&mut told).unwrap() > 0, "it ended: {told}");
        }
        let address = told.split("listening on http://").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        Self { child, lines, address, told }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    fn ended(mut self) -> (i32, String) {
        let status = self.child.wait().unwrap();
        self.lines.read_to_string(&mut self.told).unwrap();
        (status.code().unwrap(), self.told)
    }
}

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Answers every request after a second.
fn slow_upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head);
                std::thread::sleep(Duration::from_secs(1));
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<body><p>a page",
                );
            });
        }
    });
    address
}

#[test]
fn it_tells_what_it_does_reloads_and_ends_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy");
    copy(std::path::Path::new(crate::news_site::FOLDER), &policy);
    let store = format!("sled:{}", folder.path().join("store").display());
    let upstream = format!("http://{}", slow_upstream());
    let site = Serving::start(&[
        "--policy",
        policy.to_str().unwrap(),
        "--upstream",
        &upstream,
        "--listen",
        "127.0.0.1:0",
        "--store",
        &store,
    ]);
    assert!(site.told.contains(&format!("news.example (every name) → {upstream}")), "{}", site.told);
    assert!(site.told.contains("note: visitors must reach https://news.example through TLS"), "{}", site.told);
    let address = site.address;
    assert!(ask(address, "/").contains("<section id=\"tc\""));

    let text = std::fs::read_to_string(policy.join("policy.toml")).unwrap();
    let changed = text.replace("retention = \"365 days\"", "retention = \"364 days\"");
    assert_ne!(changed, text);
    std::fs::write(policy.join("policy.toml"), changed).unwrap();
    site.signal("HUP");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !ask(address, "/_consent/documents/policy").contains("364") {
        assert!(Instant::now() < deadline, "the new policy never came into force");
    }

    let under_way = std::thread::spawn(move || ask(address, "/"));
    std::thread::sleep(Duration::from_millis(400));
    site.signal("TERM");
    let answer = under_way.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("a page"), "{answer}");
    let (code, told) = site.ended();
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("the policy is in force") && told.ends_with("ended\n"), "{told}");
    TcpStream::connect(address).unwrap_err();
    // The log it leaves is whole.
    let check = Command::new(BINARY).args(["store", "check", "--store", &store]).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn mistakes_are_told_and_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proxy.toml");
    let run = |arguments: &[&str]| {
        let output = Command::new(BINARY).arg("serve").args(arguments).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    std::fs::write(&file, "[[listen]]\naddress = \"nowhere\"\n[[sites]]\n").unwrap();
    let (code, told) = run(&["--config", file.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(told.contains("proxy.toml:2:11: error[address]") && told.contains("did you mean `site`?"), "{told}");

    let policy = crate::news_site::FOLDER;
    let sound = format!(
        "[[listen]]\naddress = \"127.0.0.1:0\"\n[[site]]\npolicy = {policy:?}\nupstream = \"http://127.0.0.1:1\"\nstore = \"sled:store\"\n"
    );
    std::fs::write(&file, &sound).unwrap();
    let (code, told) = run(&["--config", file.to_str().unwrap(), "--check"]);
    assert_eq!((code, told.as_str()), (0, ""));
    assert!(!folder.path().join("store").exists());
    std::fs::write(&file, format!("{sound}certificate = \"a.pem\"\nkey = \"a.key\"\n")).unwrap();
    let (code, told) = run(&["--config", file.to_str().unwrap(), "--check"]);
    assert!(code == 2 && told.contains("a.pem"), "{told}");

    let usual = ["--policy", policy, "--upstream", "http://127.0.0.1:1", "--listen", "127.0.0.1:0"];
    let (code, told) = run(&[&usual[..], &["--store", "redis:x"]].concat());
    assert!(code == 2 && told.contains("`redis:x` names no store"), "{told}");
    let (code, told) = run(&[&usual[..], &["--store", "memory:", "--trusted", "10.0.0.0/40"]].concat());
    assert!(code == 2 && told.contains("no network"), "{told}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, told) =
        run(&["--policy", policy, "--upstream", "http://127.0.0.1:1", "--listen", &address, "--store", "memory:"]);
    assert!(code == 2 && told.contains(&format!("cannot listen at {address}")), "{told}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
