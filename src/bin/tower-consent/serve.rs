//! `serve`: the reverse proxy.
//!
//! In: flags or a configuration file. Out: a running proxy, and on the terminal what listens where and what happens to
//! it. It ends by a signal, when requests under way are answered.

use std::{path::PathBuf, process::ExitCode, time::Instant};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tower_consent::{
    proxy::{
        AccessLog, AdminConfiguration, Configuration, ListenAddress, Listener, LoggedPath, Secured, Server,
        SiteConfiguration, Trusted, TrustedNetwork, UpstreamAddress,
    },
    store::without_password,
};

use super::{
    events::{self, Level},
    place,
};

const HELP: &str = "\
Signals: SIGTERM and Ctrl-C end it when requests under way are answered, a second one at once; SIGHUP reads policies and
certificates again (changed ones are noticed within seconds anyway) and opens the access log anew.
Exit codes: 0 it ended as it was told; 2 it could not start.

Examples:
  tower-consent serve --policy policies/my-site --upstream http://127.0.0.1:3000 --listen 127.0.0.1:8080 \\
      --store sled:store --origin http://127.0.0.1:8080          to try it on this machine
  tower-consent serve --policy policies/my-site --upstream unix:/run/app.sock --listen :443 \\
      --certificate site.pem --key site.key --store sled:/var/lib/tower-consent/my-site
  tower-consent serve --config /etc/tower-consent.toml --check   tells every mistake and ends
  tower-consent serve --config /etc/tower-consent.toml";

/// Puts consent in front of any web server: a reverse proxy that gates its pages.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Serve {
    /// Read everything from this file instead of flags; docs/serve/tower-consent.toml names every key.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["policy", "upstream", "listen", "store", "outbox", "origin",
        "certificate", "key", "compression", "trusted", "access_log", "access_path", "admin", "admin_token",
        "threads"])]
    config: Option<PathBuf>,
    /// The site's policy folder.
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    policy: Option<PathBuf>,
    /// The server that makes the pages: http://HOST:PORT, https://HOST or unix:/PATH; several are asked in turn.
    #[arg(long, value_name = "URL", required_unless_present = "config")]
    upstream: Vec<UpstreamAddress>,
    /// Where visitors come in: HOST:PORT, :PORT or unix:/PATH; may be given several times.
    #[arg(long, value_name = "ADDR", required_unless_present = "config")]
    listen: Vec<ListenAddress>,
    /// Where choices are kept: sled:FOLDER, postgres://USER@HOST/DATABASE, or memory: to try things out.
    #[arg(long, value_name = "STORE", required_unless_present = "config")]
    store: Option<String>,
    /// Where choices wait, acknowledged, while that store is away: sled:FOLDER of this machine. Without it they are answered
    /// with 503 meanwhile.
    #[arg(long, value_name = "OUTBOX", value_parser = outbox)]
    outbox: Option<String>,
    /// Where visitors reach the site, when it is not the policy's origin, such as http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// Speak TLS with this chain of certificates, a PEM file.
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// The certificate's key, a PEM file.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Whether pages are compressed on their way out as the browser likes it: off where a server in front does that.
    #[arg(long, value_name = "ON|OFF", value_parser = ["on", "off"], default_value = "on")]
    compression: String,
    /// A proxy in front of this one whose word about the visitor counts: an address, a network, or `unix`.
    #[arg(long, value_name = "NETWORK")]
    trusted: Vec<TrustedNetwork>,
    /// Write a line for each request, without personal data: a file, or - for the output.
    #[arg(long, value_name = "FILE")]
    access_log: Option<String>,
    /// What that line tells of the path; the query is never written.
    #[arg(long, value_enum, default_value_t = Path::None)]
    access_path: Path,
    /// Show the operator his pages and metrics at this address, which only he reaches: HOST:PORT, :PORT or unix:/PATH.
    #[arg(long, value_name = "ADDR", requires = "admin_token")]
    admin: Option<ListenAddress>,
    /// The file with the token by which he comes in (openssl rand -hex 32).
    #[arg(long, value_name = "FILE", requires = "admin")]
    admin_token: Option<PathBuf>,
    /// Threads that serve visitors; as many as there are cores, unless told.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Write events of this program to the error output, without personal data; RUST_LOG says the level otherwise.
    #[arg(long, value_enum, value_name = "LEVEL")]
    log: Option<Level>,
    /// Check configuration, policies and certificates, tell every mistake, and end.
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Path {
    /// Nothing.
    None,
    /// The first segment.
    Section,
    /// All of it, where paths name nobody.
    Full,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

pub(super) fn run(serve: Serve, begun: Instant) -> ExitCode {
    match serve.run(begun) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tower-consent: {error}");
            ExitCode::from(2)
        }
    }
}

impl Serve {
    fn run(self, begun: Instant) -> Outcome {
        let check = self.check;
        events::start(self.log)?;
        let configuration = self.configuration()?;
        if check {
            return checked(&configuration);
        }
        let sites: Vec<String> = configuration.sites.iter().map(told).collect();
        let origins: Vec<Option<String>> = configuration.sites.iter().map(|site| site.origin.clone()).collect();
        let open = configuration.sites.iter().filter_map(|site| Some(&site.admin.as_ref()?.address));
        let open = open.filter(|address| matches!(address, ListenAddress::Tcp(address) if !address.ip().is_loopback()));
        let open: Vec<String> = open.map(ToString::to_string).collect();
        let secured = configuration.listeners.iter().any(|listener| listener.secured == Secured::Tls);
        let server = Server::bind(configuration, place::open, |notice| eprintln!("tower-consent: {notice}"))?;
        for address in server.addresses() {
            eprintln!("listening on {address}");
        }
        for ((name, hosts), told) in server.sites().zip(sites) {
            let hosts = if hosts.is_empty() { "every name".to_owned() } else { hosts.join(", ") };
            eprintln!("{name} ({hosts}) {told}");
        }
        for (name, address) in server.dashboards() {
            eprintln!("dashboard of {name} on {address}");
        }
        for address in open {
            eprintln!(
                "note: the dashboard at {address} speaks HTTP without TLS and is reached from other machines: whoever sits between \
                 can read its token"
            );
        }
        for (policy, told) in server.policies().zip(origins) {
            let origin = told.unwrap_or_else(|| policy.policy().site().origin.to_string());
            if origin.starts_with("https:") && !secured {
                eprintln!(
                    "note: visitors must reach {} through TLS, by a proxy in front of this one; to try it here, add \
                     --origin http://ADDR",
                    origin.trim_end_matches('/')
                );
            }
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(served(server, begun))?;
        eprintln!("ended");
        Ok(())
    }

    fn configuration(self) -> Result<Configuration, Box<dyn std::error::Error>> {
        if let Some(path) = &self.config {
            return Ok(Configuration::load(path)?);
        }
        let secured = if self.certificate.is_some() { Secured::Tls } else { Secured::Plain };
        let listeners = self.listen.into_iter().map(|address| Listener::new(address, secured)).collect();
        let mut upstreams = self.upstream.into_iter();
        let (Some(policy), Some(first), Some(store)) = (self.policy, upstreams.next(), self.store) else {
            return Err("--policy, --upstream and --store are needed where there is no --config".into());
        };
        let mut site = SiteConfiguration::new(policy, first, store);
        site.upstreams.extend(upstreams);
        site.outbox = self.outbox;
        site.origin = self.origin;
        site.compress = self.compression == "on";
        site.certificate = self.certificate.zip(self.key);
        site.admin = self.admin.zip(self.admin_token).map(|(address, token)| AdminConfiguration::new(address, token));
        let mut configuration = Configuration::new(listeners, vec![site]);
        configuration.trusted = Trusted::new(self.trusted);
        if let Some(threads) = self.threads {
            configuration.limits.threads = threads.into();
        }
        configuration.log = self.access_log.as_deref().map_or_else(AccessLog::default, AccessLog::of);
        configuration.logged_path = match self.access_path {
            Path::None => LoggedPath::None,
            Path::Section => LoggedPath::Section,
            Path::Full => LoggedPath::Full,
        };
        Ok(configuration)
    }
}

fn outbox(text: &str) -> Result<String, String> {
    match text.strip_prefix("sled:") {
        Some(folder) if !folder.is_empty() => Ok(text.to_owned()),
        _ => Err("write sled:FOLDER".to_owned()),
    }
}

fn told(site: &SiteConfiguration) -> String {
    let upstreams: Vec<String> = site.upstreams.iter().map(ToString::to_string).collect();
    let outbox = site.outbox.as_ref().map(|outbox| format!(", and while that is away in {outbox}")).unwrap_or_default();
    format!(
        "→ {}; policy {}; choices in {}{outbox}",
        upstreams.join(", "),
        site.policy.display(),
        without_password(&site.store)
    )
}

/// Looks at everything but addresses and stores, which a running proxy may hold.
fn checked(configuration: &Configuration) -> Outcome {
    configuration.check()?;
    for site in &configuration.sites {
        println!("{}: good", site.policy.display());
    }
    Ok(())
}

/// Serves until a signal asks for the end; a second signal ends the process.
async fn served(server: Server, begun: Instant) -> Outcome {
    // Set up before it is called ready, so that no early signal is missed.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let milliseconds = begun.elapsed().as_millis();
    eprintln!("ready after {milliseconds} ms; Ctrl-C or SIGTERM ends it, SIGHUP reads policies again");
    let told = async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
            eprintln!("tower-consent: ended at once");
            std::process::exit(2)
        });
    };
    Ok(server.run(told).await?)
}
