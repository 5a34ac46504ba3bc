//! Threads that serve visitors, one for each core, each with a runtime of its own.
//!
//! In: accepted connections. Out: their answers. A request, its way to the upstream and back stay on one thread, so that no
//! other has to be woken for them, which costs as much as the gate does. A connection goes to the thread that has the fewest.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use hyper_util::server::graceful::Watcher;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
};
use tokio_rustls::TlsAcceptor;

use super::{forwarded::Peer, listen::Detached, router::Shared};

/// A connection, before a word was said on it.
pub(super) struct Visitor {
    pub(super) stream: Detached,
    pub(super) peer: Peer,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) redirect: bool,
    pub(super) watcher: Watcher,
    /// Its place among the connections there may be.
    pub(super) place: OwnedSemaphorePermit,
}

impl Visitor {
    async fn serve(self, shared: Arc<Shared>) {
        let Self { stream, peer, tls, redirect, watcher, place } = self;
        let Ok(stream) = stream.attach() else {
            return;
        };
        match tls {
            None => shared.connection(stream, peer, redirect, watcher).await,
            Some(acceptor) => {
                let handshake = tokio::time::timeout(shared.time_outs.header, acceptor.accept(stream));
                // Who does not come to an end with the handshake is nobody to answer to.
                if let Ok(Ok(stream)) = handshake.await {
                    shared.connection(stream, peer, redirect, watcher).await;
                }
            }
        }
        drop(place);
    }
}

/// The threads.
pub(super) struct Workers(Vec<Worker>);

struct Worker {
    visitors: mpsc::UnboundedSender<(Visitor, Counted)>,
    connections: Arc<AtomicUsize>,
    ended: oneshot::Receiver<()>,
}

/// Counts a connection for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(connections: &Arc<AtomicUsize>) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Self(connections.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Workers {
    /// Starts a thread for each of what the requests need.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread.
    pub(super) fn start(shared: Vec<Arc<Shared>>) -> io::Result<Self> {
        let start = |(number, shared)| {
            let (visitors, coming) = mpsc::unbounded_channel();
            let (end, ended) = oneshot::channel();
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let thread = thread::Builder::new().name(format!("tower-consent-{number}"));
            thread.spawn(move || work(runtime, shared, coming, end))?;
            Ok(Worker { visitors, connections: Arc::default(), ended })
        };
        shared.into_iter().enumerate().map(start).collect::<io::Result<_>>().map(Self)
    }

    /// Hands a connection to the thread that has the fewest.
    pub(super) fn serve(&self, visitor: Visitor) {
        let idle = self.0.iter().min_by_key(|worker| worker.connections.load(Ordering::Relaxed));
        if let Some(worker) = idle {
            let counted = Counted::new(&worker.connections);
            // A thread that is gone takes nobody: the connection is closed by being dropped.
            let _ = worker.visitors.send((visitor, counted));
        }
    }

    /// Ends the threads; what is still under way is cut off.
    pub(super) async fn end(self) {
        for Worker { visitors, ended, .. } in self.0 {
            drop(visitors);
            let _ = ended.await;
        }
    }
}

fn work(
    runtime: Runtime,
    shared: Arc<Shared>,
    mut coming: mpsc::UnboundedReceiver<(Visitor, Counted)>,
    end: oneshot::Sender<()>,
) {
    runtime.block_on(async {
        while let Some((visitor, counted)) = coming.recv().await {
            let served = visitor.serve(shared.clone());
            tokio::spawn(async move {
                served.await;
                drop(counted);
            });
        }
    });
    // Connections hold what the requests need; they are dropped here, on their thread.
    runtime.shutdown_background();
    drop(shared);
    let _ = end.send(());
}
