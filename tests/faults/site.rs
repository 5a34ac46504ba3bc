//! A site that makes choices: the layer as a server uses it, without a socket.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use http::{Request, StatusCode};
use http_body_util::Full;
use time::OffsetDateTime;
use tower::ServiceExt;
use tower_consent::{
    ConsentLayer,
    clock::{Clock, SystemClock},
    record::{Kind, Record},
    recorder::Log,
    signal::VisitorId,
    store::{ConsentStore, Erasure, Sled},
};

use crate::programs::{self, Service, policy, tell};

/// The layer over a store, as a service.
pub(crate) fn service(store: impl ConsentStore + 'static) -> Service {
    programs::service(&ConsentLayer::new(policy(), store).unwrap())
}

/// The same over a store that is also used otherwise.
pub(crate) fn shared(store: Arc<dyn ConsentStore>) -> Service {
    programs::service(&ConsentLayer::shared(policy(), store).unwrap())
}

/// Makes one choice, a new visitor's refusal; returns the status and the id the log has him under.
pub(crate) async fn choose(service: &Service) -> (StatusCode, Option<String>) {
    let request = Request::post("/_consent/withdraw").body(Full::default()).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    let again = response.headers().contains_key("retry-after");
    assert_eq!(again, response.status() == StatusCode::SERVICE_UNAVAILABLE, "it says when to come again");
    let cookie = response.headers().get("set-cookie").and_then(|value| value.to_str().ok());
    let visitor = cookie.and_then(|cookie| cookie.split('=').nth(1)?.split('.').nth(1).map(str::to_owned));
    (response.status(), visitor)
}

/// Allows everything by the banner's form, as a new visitor; returns the cookie, or `None` where it could not be recorded.
pub(crate) async fn accept(service: &Service) -> Option<String> {
    let page = service.clone().oneshot(Request::get("/").body(Full::default()).unwrap()).await.unwrap();
    let page = String::from_utf8_lossy(page.body()).into_owned();
    let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let request = Request::post("/_consent/choice").header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Full::from(format!("choice=accept&back=/&token={token}"))).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    let cookie = response.headers().get("set-cookie").and_then(|value| value.to_str().ok());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next()).map(str::to_owned);
    cookie.filter(|_| response.status() == StatusCode::SEE_OTHER)
}

/// Takes everything back.
pub(crate) async fn withdraw(service: &Service, cookie: &str) -> StatusCode {
    let request = Request::post("/_consent/withdraw").header("cookie", cookie).body(Full::default()).unwrap();
    service.clone().oneshot(request).await.unwrap().status()
}

/// Opens a store that the process before may still be leaving.
pub(crate) fn open(folder: &Path) -> Sled {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match Sled::open(folder) {
            Ok(store) => return store,
            Err(error) if error.to_string().contains("another process") && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Makes choices until it is killed.
pub(crate) fn serve(folder: &Path, clients: u64) -> bool {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let service = service(open(folder));
    tell("ready");
    runtime.block_on(async {
        for _ in 0..clients {
            let service = service.clone();
            tokio::spawn(async move {
                loop {
                    match choose(&service).await {
                        (StatusCode::SEE_OTHER, Some(visitor)) => tell(&visitor),
                        (StatusCode::SERVICE_UNAVAILABLE, _) => {
                            tell("503");
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                        (status, _) => tell(&format!("odd {status}")),
                    }
                }
            });
        }
        std::future::pending::<()>().await;
    });
    true
}

/// Returns a record of a new visitor's choice, and the visitor.
pub(crate) fn record(now: OffsetDateTime) -> (Record, VisitorId) {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).unwrap();
    let visitor = VisitorId::from_random(bits);
    let mut record = Record::of(Kind::Accept, now, "5f2b1a0c9d8e7f605f2b1a0c9d8e7f605f2b1a0c9d8e7f605f2b1a0c9d8e7f60");
    record.visitor = Some(visitor);
    record.purposes = [("metrics".parse().unwrap(), true), ("recommendations".parse().unwrap(), false)].into();
    record.notice = Some("6f2b1a0c9d8e7f605f2b1a0c9d8e7f605f2b1a0c9d8e7f605f2b1a0c9d8e7f60".into());
    record.consent = Some("7f2b1a0c9d8e7f605f2b1a0c9d8e7f605f2b1a0c9d8e7f605f2b1a0c9d8e7f60".into());
    record.language = Some("ru".into());
    record.method = "form";
    record.source = "banner";
    record.by = "subject";
    record.basis = Some("consent");
    record.expires = Some(now + time::Duration::days(180));
    record.once = Some(visitor.to_string());
    record.page = Some("/news/2026/11/25".into());
    (record, visitor)
}

/// Fills a log up to a little before so many of its segments are whole; each seventh event is one visitor's, who is erased
/// later. The list of visitors of the fourth segment is merged with the three before it.
pub(crate) fn fill(folder: &Path, whole: u64) {
    let store = Arc::new(Sled::open(folder).unwrap());
    pollster::block_on(async {
        let mut log = Log::open(store.clone(), "faults.example/consent", SystemClock.now()).await.unwrap();
        while let missing @ 1.. = whole * 4096 - 6 - log.head().await.unwrap().size() {
            let records = (0..missing.min(256)).map(|number| {
                let (mut record, visitor) = record(SystemClock.now());
                (record.notice, record.consent) = (None, None);
                record.visitor = Some(if number % 7 == 0 { VisitorId::from_random([7; 16]) } else { visitor });
                record
            });
            log.append(records.collect()).await.unwrap();
        }
    });
}

/// Opens a log and appends choices one by one, each again until it is written; tells each visitor.
pub(crate) fn once(folder: &Path, events: u64) -> bool {
    let until = Instant::now() + Duration::from_secs(20);
    pollster::block_on(async {
        let (store, mut log) = loop {
            // A failed write while opening is over when it is over, as for a server that is started again.
            match Sled::open(folder) {
                Ok(store) => {
                    let store = Arc::new(store);
                    match Log::open(store.clone(), "faults.example/consent", SystemClock.now()).await {
                        Ok(log) => break (store, log),
                        Err(error) => tell(&format!("error {error}")),
                    }
                }
                Err(error) => tell(&format!("error {error}")),
            }
            if Instant::now() > until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        for number in 0..events {
            let (mut record, visitor) = record(SystemClock.now());
            // No texts are kept here that it could cite.
            (record.notice, record.consent) = (None, None);
            loop {
                match log.append(vec![record.clone()]).await {
                    Ok(_) => break,
                    Err(error) => tell(&format!("error {error}")),
                }
                if Instant::now() > until {
                    return false;
                }
                std::thread::sleep(Duration::from_millis(50));
                // What failed may have been written all the same.
                if store.by_visitor(visitor).await.is_ok_and(|places| !places.is_empty()) {
                    break;
                }
            }
            tell(&visitor.to_string());
            if number == events / 2 {
                // What else is written beside the log: a note, a segment with its lists, an erasure.
                while store.put_note("faults".into(), number.to_be_bytes().to_vec()).await.is_err() {
                    std::thread::sleep(Duration::from_millis(50));
                }
                while !matches!(store.tidy().await, Ok(false)) && Instant::now() < until {}
                let erased = VisitorId::from_random([7; 16]);
                while store.erase(Erasure::Visitor(erased)).await.is_err() && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        }
        true
    })
}
