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
        let mut command = Command::new(BINARY);
        command.arg("serve").args(arguments).stderr(Stdio::piped());
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
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

/// Who told it where visitors reach the site is not told to tell it.
#[test]
fn an_address_to_try_it_at_needs_no_tls() {
    let upstream = format!("http://{}", slow_upstream());
    let mut arguments = vec![
        "--policy",
        crate::news_site::FOLDER,
        "--upstream",
        &upstream,
        "--listen",
        "127.0.0.1:0",
        "--store",
        "memory:",
    ];
    for (origin, noted) in [("http://127.0.0.1:8080", false), ("https://other.example", true)] {
        arguments.extend(["--origin", origin]);
        let site = Serving::start(&arguments);
        assert_eq!(
            site.told.contains(&format!("note: visitors must reach {origin} through TLS")),
            noted,
            "{}",
            site.told
        );
        assert!(!site.told.contains("https://news.example"), "{}", site.told);
        site.signal("TERM");
        assert_eq!(site.ended().0, 0);
        arguments.truncate(arguments.len() - 2);
    }
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

/// Asks with further header lines, each ended.
fn ask_with(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\n{headers}\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

const SITE: [&str; 8] = [
    "--policy",
    crate::news_site::FOLDER,
    "--upstream",
    "http://127.0.0.1:1",
    "--listen",
    "127.0.0.1:0",
    "--store",
    "memory:",
];

#[test]
fn the_operator_has_a_door_of_his_own() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "4kFqvX2nR8sW0dLc\n").unwrap();
    let admin = ["--admin", "127.0.0.1:0", "--admin-token", token.to_str().unwrap()];
    let site = Serving::start(&[&SITE[..], &admin].concat());
    let door = site.told.split("dashboard of news.example on http://").nth(1).unwrap().lines().next().unwrap();
    let door: SocketAddr = door.parse().unwrap();
    assert!(!site.told.contains("without TLS"), "{}", site.told);
    assert!(ask(door, "/healthz").starts_with("HTTP/1.1 200 "));
    assert!(ask(door, "/metrics").starts_with("HTTP/1.1 401 "));
    let metrics = ask_with(door, "/metrics", "Authorization: Bearer 4kFqvX2nR8sW0dLc\r\n");
    assert!(metrics.starts_with("HTTP/1.1 200 ") && metrics.contains("\n# TYPE tower_consent_"), "{metrics}");
    // Where visitors come in there is none of it, and nothing of the site where the operator comes in.
    let outside = ask_with(site.address, "/metrics", "Authorization: Bearer 4kFqvX2nR8sW0dLc\r\n");
    assert!(outside.starts_with("HTTP/1.1 502 "), "{outside}");
    assert!(!ask(door, "/_consent/").contains("/_consent/choice"));
    site.signal("TERM");
    assert_eq!(site.ended().0, 0);
    TcpStream::connect(door).unwrap_err();
}

#[test]
fn a_door_without_a_good_token_is_no_door() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    let run = |arguments: &[&str]| {
        let output = Command::new(BINARY).arg("serve").args(arguments).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let admin = ["--admin", "127.0.0.1:0", "--admin-token", token.to_str().unwrap()];
    let (code, told) = run(&[&SITE[..], &admin].concat());
    assert!(
        code == 2 && told.contains(&format!("the dashboard's token in {}: it cannot be read", token.display())),
        "{told}"
    );
    std::fs::write(&token, "short").unwrap();
    let (code, told) = run(&[&SITE[..], &admin].concat());
    assert!(code == 2 && told.contains("the token has 5 characters"), "{told}");
    let (code, told) = run(&[&SITE[..], &admin[..2]].concat());
    assert!(code == 2 && told.contains("--admin-token"), "{told}");

    let file = folder.path().join("proxy.toml");
    let text = format!(
        "[[listen]]\naddress = \"127.0.0.1:0\"\n[[site]]\npolicy = {:?}\nupstream = \"http://127.0.0.1:1\"\nstore = \"memory:\"\n",
        crate::news_site::FOLDER
    );
    let check = ["--config", file.to_str().unwrap(), "--check"];
    for (keys, expected) in [
        ("admin = \"127.0.0.1:0\"\n", "`admin-token` is missing in [site]"),
        ("admin-token = \"token\"\n", "`admin` is missing in [site]"),
        ("admin = \"nowhere\"\nadmin-token = \"token\"\n", "error[address]"),
        ("admin = \"127.0.0.1:0\"\nadmin-token = \"token\"\n", "the token has 5 characters"),
    ] {
        std::fs::write(&file, format!("{text}{keys}")).unwrap();
        let (code, told) = run(&check);
        assert!(code == 2 && told.contains(expected), "{keys}: {told}");
    }
    std::fs::write(&token, "4kFqvX2nR8sW0dLc").unwrap();
    assert_eq!(run(&check), (0, String::new()));
}

#[test]
fn events_name_no_one_whatever_is_asked_for() {
    let upstream = format!("http://{}", slow_upstream());
    let site = [&SITE[..2], &["--upstream", &upstream], &SITE[4..]].concat();
    let secret = "Cookie: session=secret\r\nX-Forwarded-For: 203.0.113.7\r\nUser-Agent: secret\r\n";
    for (arguments, variable, answered) in [
        (&["--log", "info"][..], None, true),
        (&[], Some("trace"), true),
        (&[], None, false),
        (&["--log", "warn"], Some("trace"), false),
    ] {
        let mut command = Command::new(BINARY);
        command.arg("serve").args(&site).args(arguments).stderr(Stdio::piped()).env_remove("RUST_LOG");
        command.envs(variable.map(|level| ("RUST_LOG", level)));
        let site = Serving::of(command);
        let answer = ask_with(site.address, "/secret?secret=1", secret);
        assert!(answer.contains("a page"), "{answer}");
        site.signal("TERM");
        let (code, told) = site.ended();
        assert_eq!(code, 0, "{told}");
        assert_eq!(
            told.contains("INFO tower_consent::access: answered"),
            answered,
            "{arguments:?} {variable:?}: {told}"
        );
        for hidden in ["secret", "203.0.113.7", "hyper"] {
            assert!(!told.contains(hidden), "{hidden} in {told}");
        }
    }
    let output = Command::new(BINARY).arg("serve").args(&site).env("RUST_LOG", "a=b=c").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && told.contains("RUST_LOG is `a=b=c`"), "{told}");
}

/// What it costs to start: a policy with every service of the catalogue, and nothing kept from before.
#[test]
fn it_starts_at_once_with_all_services_of_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy");
    copy(std::path::Path::new(crate::news_site::FOLDER), &policy);
    let text = std::fs::read_to_string(policy.join("policy.toml")).unwrap();
    let mut services: Vec<&str> = tower_consent::catalogue::ids().collect();
    services.retain(|id| !text.contains(&format!("catalogue = \"{id}\"")));
    let blocks: String =
        services.iter().map(|id| format!("\n[[service]]\ncatalogue = \"{id}\"\npurpose = \"metrics\"\n")).collect();
    std::fs::write(policy.join("policy.toml"), text + &blocks).unwrap();
    let count = tower_consent::Policy::load(&policy).unwrap().services().len();
    assert!(count >= 70, "{count}");

    let mut times = Vec::new();
    for run in 0..5 {
        let store = format!("sled:{}", folder.path().join(format!("store{run}")).display());
        let begun = Instant::now();
        let site =
            Serving::start(&[&["--policy", policy.to_str().unwrap()], &SITE[2..6], &["--store", &store]].concat());
        times.push(begun.elapsed());
        site.signal("TERM");
        assert_eq!(site.ended().0, 0);
    }
    times.sort();
    let size = std::fs::metadata(BINARY).unwrap().len();
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    println!(
        "{count} services, a new store: ready after {} ms (the middle of five), {:.1} MiB, {build} build",
        times[2].as_millis(),
        size as f64 / f64::from(1 << 20)
    );
    // Code without optimisation, beside other tests, is many times slower; the goal is that of the release build.
    let most = if cfg!(debug_assertions) { Duration::from_secs(10) } else { Duration::from_millis(100) };
    assert!(times[0] < most, "{times:?}");
}
