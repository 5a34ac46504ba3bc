//! Visitors behind real caches: nginx and Varnish, each started by the test with a folder of its own. Controls show that a cache
//! which heeds nothing is found out.
//!
//! They come from Debian's packages `nginx` and `varnish`; without them the tests fail and say so.

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use tower_consent::{
    ConsentLayer, Policy,
    store::Memory,
    testing::{CacheWalk, LeakKind, Walked},
};

use super::news_site::{PAGE, policy};

const NGINX: &str = "/usr/sbin/nginx";
const VARNISH: &str = "/usr/sbin/varnishd";
/// How long a cache may take to start; Varnish compiles its configuration.
const PATIENCE: Duration = Duration::from_secs(60);

fn neutral() -> Policy {
    let mut files = policy().files().clone();
    files.get_mut("policy.toml").unwrap().push_str("\n[gate]\npages = \"neutral\"\n");
    let (policy, faults) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{faults:?}"))
}

/// A site behind a cache; both end with it.
struct Cached {
    address: String,
    cache: Child,
    folder: tempfile::TempDir,
}

impl Drop for Cached {
    fn drop(&mut self) {
        let _ = self.cache.kill();
        let _ = self.cache.wait();
        if std::thread::panicking() {
            for name in ["error.log", "out"] {
                println!("{}", fs::read_to_string(self.folder.path().join(name)).unwrap_or_default());
            }
        }
    }
}

/// Returns a port nobody listens on now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Cached {
    /// Starts a site that lets everyone keep its pages, and a cache before it.
    async fn start(policy: Policy, program: &str, configure: impl FnOnce(&Path, u16, u16) -> Command) -> Self {
        assert!(Path::new(program).exists(), "{program} is missing: install Debian's packages `nginx` and `varnish`");
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (site, port) = (listener.local_addr().unwrap().port(), free_port());
        let address = format!("http://127.0.0.1:{port}");
        let layer = ConsentLayer::new(policy, Memory::default()).unwrap().with_origin(&address).unwrap();
        let page = || async { ([(header::CACHE_CONTROL, "public, max-age=600")], Html(PAGE)).into_response() };
        let app: Router = Router::new().route("/", get(page)).layer(layer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let out = fs::File::create(folder.path().join("out")).unwrap();
        let cache = configure(folder.path(), site, port)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
        let mut cached = Self { address, cache, folder };
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(cached.cache.try_wait().unwrap().is_none(), "{program} ended");
            assert!(begun.elapsed() < PATIENCE, "{program} does not listen after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        cached
    }

    /// nginx with a cache that heeds what responses say, but for what is said here.
    async fn nginx(policy: Policy, directives: &str) -> Self {
        Self::start(policy, NGINX, |folder, site, port| {
            let at = folder.display();
            let configuration = format!(
                "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;\nevents {{}}\nhttp {{\n\
                 access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;\n\
                 uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\nproxy_cache_path {at}/cache keys_zone=pages:4m;\n\
                 server {{ listen 127.0.0.1:{port};\nlocation / {{\nproxy_pass http://127.0.0.1:{site};\n\
                 proxy_set_header Host $http_host; proxy_http_version 1.1; proxy_cache pages;\n\
                 proxy_cache_key $request_uri; add_header X-Cache-Status $upstream_cache_status always;\n{directives}\n}} }} }}\n"
            );
            fs::write(folder.join("nginx.conf"), configuration).unwrap();
            let mut command = Command::new(NGINX);
            command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf")).args(["-e", "stderr"]);
            command
        })
        .await
    }

    /// Varnish, which keeps pages whatever cookies come with the request, as one does before a site of news.
    async fn varnish(policy: Policy, response: &str) -> Self {
        Self::start(policy, VARNISH, |folder, site, port| {
            let configuration = format!(
                "vcl 4.1;\nbackend default {{ .host = \"127.0.0.1\"; .port = \"{site}\"; }}\nsub vcl_recv {{\n\
                 if (req.method != \"GET\" && req.method != \"HEAD\") {{ return (pass); }}\n\
                 if (req.url ~ \"^[^?]*/_consent/\") {{ return (pass); }}\nreturn (hash);\n}}\n\
                 sub vcl_backend_response {{\n{response}\n}}\n\
                 sub vcl_deliver {{\nif (obj.hits > 0) {{ set resp.http.X-Cache-Status = \"HIT\"; }}\n\
                 else {{ set resp.http.X-Cache-Status = \"MISS\"; }}\n}}\n"
            );
            fs::write(folder.join("site.vcl"), configuration).unwrap();
            let mut command = Command::new(VARNISH);
            command.args(["-F", "-j", "none", "-s", "malloc,16m", "-T", "none"]);
            command.arg("-n").arg(folder.join("run")).arg("-f").arg(folder.join("site.vcl"));
            command.arg("-a").arg(format!("127.0.0.1:{port}"));
            command
        })
        .await
    }

    async fn walk(&self, policy: &Policy) -> Walked {
        let walked = CacheWalk::new(&self.address, policy).with_hit("x-cache-status", "HIT").walk().await;
        println!("{} requests, {} out of the cache, {} leaks", walked.requests(), walked.hits(), walked.leaks().len());
        walked
    }
}

fn kinds(walked: &Walked) -> BTreeSet<LeakKind> {
    walked.leaks().iter().map(|leak| leak.kind).collect()
}

#[tokio::test]
async fn pages_of_each_visitor_stay_apart_behind_nginx() {
    let walked = Cached::nginx(policy(), "").await.walk(&policy()).await;
    walked.assert_isolated();
    assert_eq!(walked.hits(), 0, "they are for nobody else");
}

#[tokio::test]
async fn pages_of_each_visitor_stay_apart_behind_varnish() {
    let walked = Cached::varnish(policy(), "").await.walk(&policy()).await;
    walked.assert_isolated();
    assert_eq!(walked.hits(), 0, "they are for nobody else");
}

#[tokio::test]
async fn a_cache_that_heeds_nothing_is_found_out() {
    let careless = "proxy_ignore_headers Vary Cache-Control; proxy_cache_valid 200 10m;";
    let walked = Cached::nginx(policy(), careless).await.walk(&policy()).await;
    assert!(walked.hits() > 0);
    let found = kinds(&walked);
    for kind in [LeakKind::Refused, LeakKind::Token, LeakKind::State, LeakKind::Withheld] {
        assert!(found.contains(&kind), "{kind:?}: {found:?}");
    }
    let refused = walked.leaks().iter().filter(|leak| leak.kind == LeakKind::Refused);
    let states: BTreeSet<&str> = refused.map(|leak| leak.visitor).collect();
    for state in ["undecided", "refused", "withdrawn", "gpc", "partial", "accepted, then withdrawn"] {
        assert!(states.contains(state), "{state}: {states:?}");
    }
    let failed = std::panic::catch_unwind(|| walked.assert_isolated()).unwrap_err();
    let told = failed.downcast_ref::<String>().unwrap();
    assert!(told.contains("Refused: /, visitor `refused`, after `accepted` was the first to ask: `"), "{told}");

    let careless = "unset beresp.http.Vary; unset beresp.http.Cache-Control; set beresp.ttl = 600s; return (deliver);";
    let walked = Cached::varnish(policy(), careless).await.walk(&policy()).await;
    assert!(walked.hits() > 0 && kinds(&walked).contains(&LeakKind::Refused), "{:?}", kinds(&walked));
}

#[tokio::test]
async fn vary_alone_keeps_services_apart_but_makes_two_visitors_one() {
    // Nobody's cookies are those of another who has none, either; the token is what tells them apart.
    let careless = "proxy_ignore_headers Cache-Control; proxy_cache_valid 200 10m;";
    let walked = Cached::nginx(policy(), careless).await.walk(&policy()).await;
    assert!(walked.hits() > 0);
    assert_eq!(kinds(&walked), [LeakKind::Token].into(), "{:?}", walked.leaks());
}

#[tokio::test]
async fn pages_for_everyone_come_out_of_the_cache_of_nginx() {
    let cached = Cached::nginx(neutral(), "").await;
    let walked = cached.walk(&neutral()).await;
    walked.assert_isolated();
    assert!(walked.hits() > walked.requests() / 4, "{} of {}", walked.hits(), walked.requests());
}

#[tokio::test]
async fn pages_for_everyone_come_out_of_the_cache_of_varnish() {
    let cached = Cached::varnish(neutral(), "").await;
    let walked = cached.walk(&neutral()).await;
    walked.assert_isolated();
    assert!(walked.hits() > walked.requests() / 4, "{} of {}", walked.hits(), walked.requests());
}

#[tokio::test]
async fn what_is_wrong_with_pages_for_everyone_is_found_out() {
    // Pages of each visitor, held against a policy that promises one for all.
    let cached = Cached::nginx(policy(), "").await;
    let walked = cached.walk(&neutral()).await;
    let found = kinds(&walked);
    assert!(found.contains(&LeakKind::Bytes), "{found:?}");
    // A cache that keeps what each visitor is told.
    let careless = "proxy_ignore_headers Cache-Control Vary; proxy_cache_valid 200 10m;";
    let walked = Cached::nginx(neutral(), careless).await.walk(&neutral()).await;
    let found = kinds(&walked);
    assert!(found.contains(&LeakKind::State) && found.contains(&LeakKind::Token), "{found:?}");
    assert!(!found.contains(&LeakKind::Refused), "the pages themselves hold nothing: {found:?}");
}
