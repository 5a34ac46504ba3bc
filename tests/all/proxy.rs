//! The reverse proxy, black box: in front of servers that behave and servers that do not.

mod behaviour;
mod compress;
mod hygiene;
mod process;
mod tls;
mod upstream;

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
};
use tower_consent::{
    proxy::{Configuration, Listener, Notice, Secured, Server, ServerError, SiteConfiguration},
    store::{ConsentStore, Memory},
};

use super::news_site::{Answered, FOLDER, form_request};

/// A proxy that serves in this process; ends when it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    notices: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    done: Option<tokio::task::JoinHandle<Result<(), ServerError>>>,
}

impl Proxy {
    async fn before(upstream: SocketAddr) -> Self {
        Self::of(upstream, |_| {}).await
    }

    async fn of(upstream: SocketAddr, change: impl FnOnce(&mut Configuration)) -> Self {
        let mut configuration = Self::configuration(upstream);
        change(&mut configuration);
        Self::start(configuration).await
    }

    fn configuration(upstream: SocketAddr) -> Configuration {
        let site = SiteConfiguration::new(FOLDER, format!("http://{upstream}").parse().unwrap(), "memory:");
        let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
        Configuration::new(vec![listener], vec![site])
    }

    async fn start(configuration: Configuration) -> Self {
        Self::with(configuration, || Arc::new(Memory::default())).await
    }

    /// Starts with a store for each site.
    async fn with(
        configuration: Configuration,
        store: impl Fn() -> Arc<dyn ConsentStore> + Send + Sync + 'static,
    ) -> Self {
        let notices = Arc::new(Mutex::new(Vec::new()));
        let told = notices.clone();
        let bind = move || {
            let report = move |notice: Notice| told.lock().unwrap().push(notice.to_string());
            Server::bind(configuration, move |_| Ok(store()), report)
        };
        let server = tokio::task::spawn_blocking(bind).await.unwrap().unwrap();
        let first = server.addresses().remove(0);
        let address = first.rsplit("//").next().unwrap().parse().unwrap_or_else(|_| ([0, 0, 0, 0], 0).into());
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, notices, stop: Some(stop), done: Some(done) }
    }

    async fn end(mut self) -> Vec<String> {
        self.stop.take().unwrap().send(()).unwrap();
        self.done.take().unwrap().await.unwrap().unwrap();
        self.notices.lock().unwrap().clone()
    }

    /// Sends bytes as they are and returns all that comes until the connection ends, or for three seconds.
    async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // A proxy that has refused may not take the rest.
        let _ = stream.write_all(bytes.as_ref()).await;
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer)).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str, fields: &[(&str, &str)]) -> Answered {
        let mut request = Request::get(path);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Full::default()).unwrap()).await
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Answered {
        let response = self.send(request).await;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map(http_body_util::Collected::to_bytes);
        let text = match bytes {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => "CUT".to_owned(),
        };
        Answered { status: head.status, headers: head.headers, text }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Response<hyper::body::Incoming> {
        self.try_send(request).await.unwrap()
    }

    async fn try_send(&self, mut request: Request<Full<Bytes>>) -> hyper::Result<Response<hyper::body::Incoming>> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        if !request.headers().contains_key("host") {
            request.headers_mut().insert("host", "news.example".parse().unwrap());
        }
        sender.send_request(request).await
    }

    /// Says whether the answer is cut off. Where the end comes at once, the head of the answer may be lost with it.
    async fn is_cut(&self, path: &str) -> bool {
        match self.try_send(Request::get(path).header("accept", "text/html").body(Full::default()).unwrap()).await {
            Ok(response) => response.into_body().collect().await.is_err(),
            Err(error) => error.is_incomplete_message(),
        }
    }

    /// Sends a form of the banner or the centre.
    async fn post(&self, path: &str, form: String, cookie: &str) -> Answered {
        self.ask(form_request(path, cookie).body(Full::from(form)).unwrap()).await
    }

    /// Presses a button of the banner; returns the choice cookie.
    async fn choose(&self, choice: &str) -> String {
        let token = self.get("/", &[("accept", "text/html")]).await.token();
        let answer = self.post("/_consent/choice", format!("choice={choice}&token={token}&back=/"), "").await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        answer.choice()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(done) = self.done.take() {
            done.abort();
        }
    }
}

fn path(folder: &tempfile::TempDir, name: &str) -> std::path::PathBuf {
    Path::new(folder.path()).join(name)
}
