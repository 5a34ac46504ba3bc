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
};

use hyper_util::server::graceful::Watcher;
use tokio::{
    runtime::{Builder, Handle, Runtime},
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
    async fn serve(self, shared: Arc<Shared>, others: Handle) {
        let Self { stream, peer, tls, redirect, watcher, place } = self;
        let Ok(stream) = stream.attach() else {
            return;
        };
        match tls {
            None => shared.connection(stream, peer, redirect, watcher, others).await,
            Some(acceptor) => {
                let handshake = tokio::time::timeout(shared.time_outs.header, acceptor.accept(stream));
                // Who does not come to an end with the handshake is nobody to answer to.
                if let Ok(Ok(stream)) = handshake.await {
                    shared.connection(stream, peer, redirect, watcher, others).await;
                }
            }
        }
        drop(place);
    }
}

/// Threads for what may wait for a disk: they hold up each other, and nobody else.
const WAITING: usize = 8;

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

    /// Hands a connection to the thread that has the fewest.
    pub(super) fn serve(&self, visitor: Visitor) {
        let idle = self.workers.iter().min_by_key(|worker| worker.connections.load(Ordering::Relaxed));
        if let Some(worker) = idle {
            let counted = Counted::new(&worker.connections);
            // A thread that is gone takes nobody: the connection is closed by being dropped.
            let _ = worker.visitors.send((visitor, counted));
        }
    }

    /// Ends the threads; what is still under way is cut off.
    pub(super) async fn end(mut self) {
        for Worker { visitors, ended, .. } in std::mem::take(&mut self.workers) {
            drop(visitors);
            let _ = ended.await;
        }
    }
}

fn work(
    runtime: Runtime,
    others: Handle,
    shared: Arc<Shared>,
    mut coming: mpsc::UnboundedReceiver<(Visitor, Counted)>,
    end: oneshot::Sender<()>,
) {
    runtime.block_on(async {
        while let Some((visitor, counted)) = coming.recv().await {
            let served = visitor.serve(shared.clone(), others.clone());
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
