//! Hints of other instances that something beside the log has changed: a policy in force, a key.
//!
//! In: notifications of the database (`LISTEN`). Out: a number that grows with each. A hint may come late or not at all
//! while the connection is made anew; so it only shortens the time until somebody asks, and whoever connects again counts
//! as hinted at. An engine without notifications gives none.

use std::{
    future::poll_fn,
    sync::{
        Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{sleep, timeout};
use tokio_postgres::{AsyncMessage, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The first and the longest pause between two attempts to listen.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// How long it may take until one listens.
const BEGINNING: Duration = Duration::from_secs(10);

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Hints {
    count: AtomicU64,
    listening: AtomicBool,
}

impl Hints {
    /// Returns how many there were; `None` while nobody listens.
    pub(super) fn read(&self) -> Option<u64> {
        self.listening.load(Ordering::Acquire).then(|| self.count.load(Ordering::Acquire))
    }

    fn heard(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
    }
}

/// Names the channel of a schema.
pub(super) fn channel(schema: &str) -> String {
    format!("tower_consent.{schema}")
}

/// Listens until nobody wants to know any more.
pub(super) async fn listen(config: Config, tls: MakeRustlsConnect, schema: String, hints: Weak<Hints>) {
    let mut pause = PAUSES.0;
    loop {
        if hints.strong_count() == 0 {
            return;
        }
        if once(&config, &tls, &schema, &hints).await.is_some() {
            pause = PAUSES.0;
        }
        if let Some(hints) = hints.upgrade() {
            hints.listening.store(false, Ordering::Release);
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Listens as long as one connection lasts; `None` when it did not come to that.
async fn once(config: &Config, tls: &MakeRustlsConnect, schema: &str, hints: &Weak<Hints>) -> Option<()> {
    let (client, mut connection) = timeout(BEGINNING, config.connect(tls.clone())).await.ok()?.ok()?;
    let heard = hints.clone();
    let driven = tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            let Some(hints) = heard.upgrade() else { return };
            if matches!(message, AsyncMessage::Notification(_)) {
                hints.heard();
            }
        }
    });
    let listen = format!("LISTEN \"{}\"", channel(schema));
    let begun = timeout(BEGINNING, client.batch_execute(&listen)).await;
    if !matches!(begun, Ok(Ok(()))) {
        driven.abort();
        return None;
    }
    {
        let hints = hints.upgrade()?;
        // What was said before is not heard any more.
        hints.heard();
        hints.listening.store(true, Ordering::Release);
    }
    // The client is kept: without it the connection ends.
    let _ = driven.await;
    drop(client);
    Some(())
}
