//! One instance in a process of its own: the layer as a server uses it, without a socket.

use std::{
    io::BufRead,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::{Request, StatusCode};
use http_body_util::Full;
use tower::ServiceExt;
use tower_consent::{
    ConsentLayer,
    recorder::Outbox,
    store::{ConsentStore, Postgres, PostgresOptions, opened_later},
};

use crate::programs::{Service, policy, service, tell};

/// Makes one choice, a new visitor's refusal. Returns whose it is and what the receipt says of where it is: its place and
/// the text of its entry, or that it is kept.
async fn choose(service: &Service) -> Result<(String, Option<u64>, String), StatusCode> {
    let request = Request::post("/_consent/withdraw").header("accept", "application/json");
    let response = service.clone().oneshot(request.body(Full::default()).unwrap()).await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(response.status());
    }
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    let visitor = cookie.split('=').nth(1).unwrap().split('.').nth(1).unwrap().to_owned();
    let answer: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    let receipt = &answer["receipt"];
    Ok((visitor, receipt["index"].as_u64(), receipt["entry"].as_str().unwrap().to_owned()))
}

/// Brings policy, database and outbox together; a database that is away is opened later.
fn layer(place: &str, folder: &Path) -> ConsentLayer {
    let options = PostgresOptions::new().with_patience(Duration::from_millis(300)).with_connections(4);
    let place = place.to_owned();
    let open = move || options.clone().open(&place).map(|store| Arc::new(store) as Arc<dyn ConsentStore>);
    let outbox = Outbox::open(folder).unwrap();
    match ConsentLayer::with_outbox(policy(), opened_later(open).unwrap(), outbox) {
        Ok(layer) => layer,
        Err(error) => {
            // The first start needs the database: it is tried again.
            eprintln!("{error}");
            std::process::exit(3);
        }
    }
}

/// `node`.
pub(crate) fn serve(place: &str, folder: &Path, clients: u64) -> bool {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let layer = layer(place, folder);
    let service = service(&layer);
    runtime.block_on(async {
        for _ in 0..clients {
            let service = service.clone();
            tokio::spawn(async move {
                loop {
                    match choose(&service).await {
                        Ok((visitor, Some(place), entry)) => tell(&format!("log {visitor} {place} {entry}")),
                        Ok((visitor, None, entry)) => tell(&format!("kept {visitor} - {entry}")),
                        Err(StatusCode::SERVICE_UNAVAILABLE) => tell("503"),
                        Err(status) => tell(&format!("odd {status}")),
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
        }
        std::future::pending::<()>().await;
    });
    true
}

/// `drain`.
pub(crate) fn drain(place: &str, folder: &Path) -> bool {
    let layer = layer(place, folder);
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let outbox = layer.handle().health().outbox.unwrap();
        if outbox.waiting == 0 && outbox.away.is_none() {
            return true;
        }
        if Instant::now() > until {
            eprintln!("{} wait still: {:?}", outbox.waiting, outbox.away);
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// `bench`: without an outbox, so that every choice is in the database when it is answered.
pub(crate) fn bench(place: &str, clients: u64, seconds: u64) -> bool {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let layer = ConsentLayer::new(policy(), Postgres::open(place).unwrap()).unwrap();
    let service = service(&layer);
    tell("ready");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).unwrap();
    let count = Arc::new(AtomicU64::new(0));
    runtime.block_on(async {
        for _ in 0..clients {
            let (service, count) = (service.clone(), count.clone());
            tokio::spawn(async move {
                loop {
                    if choose(&service).await.is_ok() {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        tell(&count.load(Ordering::Relaxed).to_string());
    });
    // What is under way is not counted.
    std::process::exit(0)
}
