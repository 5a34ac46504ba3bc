//! Threads that serve visitors, one for each core, each with a runtime of its own.
//!
//! In: accepted connections. Out: their answers. A page's request, its way to the upstream and back stay on one thread, so that no
//! other has to be woken for them, which costs as much as the gate does. A connection goes to the thread that has the fewest.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use hyper_util::server::graceful::Watcher;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
};
use tokio_rustls::TlsAcceptor;

use super::{
    forwarded::Peer,
    listen::Detached,
    router::{Coming, Shared},
};

/// How a connection was accepted.
pub(super) struct Accepted {
    pub(super) peer: Peer,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) redirect: bool,
    pub(super) watcher: Watcher,
}

/// A connection, before a word was said on it.
struct Visitor {
    stream: Detached,
    accepted: Accepted,
    held: Arc<Held>,
}

impl Visitor {
    async fn serve(self, shared: Arc<Shared>, others: Handle) {
        let Self { stream, accepted: Accepted { peer, tls, redirect, watcher }, held } = self;
        let Ok(stream) = stream.attach() else {
            return;
        };
        let coming = Coming { peer, redirect, others, held };
        match tls {
            None => shared.connection(stream, coming, watcher).await,
            Some(acceptor) => {
                let handshake = tokio::time::timeout(shared.time_outs.header, acceptor.accept(stream));
                // Who does not come to an end with the handshake is nobody to answer to.
                if let Ok(Ok(stream)) = handshake.await {
                    shared.connection(stream, coming, watcher).await;
                }
            }
        }
    }
}

/// What a connection takes up, for as long as it or its tunnel lives: its place among those there may be, and its number among
/// those of its thread.
#[derive(Debug)]
pub(super) struct Held {
    _place: OwnedSemaphorePermit,
    connections: Arc<AtomicUsize>,
}

impl Held {
    fn new(place: OwnedSemaphorePermit, connections: &Arc<AtomicUsize>) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Self { _place: place, connections: connections.clone() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Threads for what may wait for a disk: they hold up each other, and nobody else.
const WAITING: usize = 8;
/// How long a thread may take to end.
const LAST: Duration = Duration::from_secs(5);

/// The threads.
pub(super) struct Workers {
    workers: Vec<Worker>,
    /// Does what reads the store.
    others: Option<Runtime>,
}

impl Drop for Workers {
    fn drop(&mut self) {
        if let Some(others) = self.others.take() {
            // Dropping it whole would wait, which a task of another runtime may not.
            others.shutdown_background();
        }
    }
}

struct Worker {
    visitors: mpsc::UnboundedSender<Visitor>,
    connections: Arc<AtomicUsize>,
    ended: oneshot::Receiver<()>,
}

impl Workers {
    /// Starts a thread for each of what the requests need, and some for what may wait for a disk.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread.
    pub(super) fn start(shared: Vec<Arc<Shared>>) -> io::Result<Self> {
        let builder = &mut Builder::new_multi_thread();
        let builder = builder.worker_threads(WAITING).thread_name("tower-consent-own").enable_all();
        let others = builder.build()?;
        let handle = others.handle().clone();
        let start = |(number, shared)| {
            let (visitors, coming) = mpsc::unbounded_channel();
            let (end, ended) = oneshot::channel();
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let thread = thread::Builder::new().name(format!("tower-consent-{number}"));
            let others = handle.clone();
            thread.spawn(move || work(runtime, others, shared, coming, end))?;
            Ok(Worker { visitors, connections: Arc::default(), ended })
        };
        let workers = shared.into_iter().enumerate().map(start).collect::<io::Result<_>>()?;
        Ok(Self { workers, others: Some(others) })
    }

    /// Hands a connection to the thread that has the fewest; one that is gone has none, and takes none.
    pub(super) fn serve(&self, stream: Detached, accepted: Accepted, place: OwnedSemaphorePermit) {
        let alive = self.workers.iter().filter(|worker| !worker.visitors.is_closed());
        if let Some(worker) = alive.min_by_key(|worker| worker.connections.load(Ordering::Relaxed)) {
            let held = Arc::new(Held::new(place, &worker.connections));
            // When it ends just now, the connection is closed by being dropped.
            let _ = worker.visitors.send(Visitor { stream, accepted, held });
        }
    }

    /// Ends the threads; what is still under way is cut off. A thread that does not hear of it within a few seconds ends with the
    /// process.
    pub(super) async fn end(mut self) {
        let ends = std::mem::take(&mut self.workers).into_iter().map(|worker| worker.ended).collect::<Vec<_>>();
        let all = async {
            for ended in ends {
                let _ = ended.await;
            }
        };
        let _ = tokio::time::timeout(LAST, all).await;
    }
}

fn work(
    runtime: Runtime,
    others: Handle,
    shared: Arc<Shared>,
    mut coming: mpsc::UnboundedReceiver<Visitor>,
    end: oneshot::Sender<()>,
) {
    runtime.block_on(async {
        while let Some(visitor) = coming.recv().await {
            tokio::spawn(visitor.serve(shared.clone(), others.clone()));
        }
    });
    // Connections hold what the requests need; they are dropped here, on their thread.
    runtime.shutdown_background();
    drop(shared);
    let _ = end.send(());
}
