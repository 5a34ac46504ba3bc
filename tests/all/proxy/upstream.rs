//! A server that speaks HTTP by hand, well and badly, as its path asks, and tells what it was sent.

use std::{
    io::Write as _,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, UnixListener},
};

use crate::news_site::PAGE;

#[derive(Clone, Debug, Default)]
pub(super) struct Upstream {
    /// Every byte that came, connection by connection.
    pub(super) heard: Arc<Mutex<Vec<Vec<u8>>>>,
    pub(super) connections: Arc<AtomicUsize>,
}

impl Upstream {
    pub(super) async fn start() -> (Self, SocketAddr) {
        let upstream = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = upstream.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(server.clone().connection(stream));
            }
        });
        (upstream, address)
    }

    pub(super) async fn start_unix(path: &std::path::Path) -> Self {
        let upstream = Self::default();
        let listener = UnixListener::bind(path).unwrap();
        let server = upstream.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(server.clone().connection(stream));
            }
        });
        upstream
    }

    pub(super) fn said(&self) -> String {
        self.heard.lock().unwrap().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    async fn connection(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        let number = {
            let mut heard = self.heard.lock().unwrap();
            heard.push(Vec::new());
            heard.len() - 1
        };
        let mut waiting = Vec::new();
        loop {
            let Some(head) = self.head(&mut stream, &mut waiting, number).await else {
                return;
            };
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            if !self.answer(&mut stream, &head, &target, &waiting).await {
                return;
            }
        }
    }

    /// Reads a head and its body; what follows stays waiting.
    async fn head(
        &self,
        stream: &mut (impl AsyncRead + Unpin),
        waiting: &mut Vec<u8>,
        number: usize,
    ) -> Option<String> {
        loop {
            if let Some(end) = waiting.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&waiting[..end]).into_owned();
                let lower = head.to_ascii_lowercase();
                let body = &waiting[end + 4..];
                let length = lower
                    .split("content-length: ")
                    .nth(1)
                    .map(|rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
                let done = match length {
                    Some(length) => (body.len() >= length).then_some(length),
                    None if lower.contains("transfer-encoding: chunked") => {
                        body.windows(5).position(|five| five == b"0\r\n\r\n").map(|start| start + 5).or_else(|| {
                            // Trailers after the last piece.
                            let last = body.windows(3).position(|three| three == b"0\r\n")?;
                            let rest = &body[last..];
                            rest.windows(4).position(|four| four == b"\r\n\r\n").map(|end| last + end + 4)
                        })
                    }
                    None => Some(0),
                };
                if let Some(done) = done {
                    waiting.drain(..end + 4 + done);
                    return Some(head);
                }
            }
            let mut piece = [0; 8192];
            let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
            self.heard.lock().unwrap()[number].extend_from_slice(&piece[..read]);
            waiting.extend_from_slice(&piece[..read]);
        }
    }

    /// Answers a request; says whether the connection goes on.
    async fn answer(
        &self,
        stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
        head: &str,
        target: &str,
        waiting: &[u8],
    ) -> bool {
        let html = |rest: &str| format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{rest}\r\n");
        let whole = |kind: &str, body: &str| {
            format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                .into_bytes()
        };
        let (bytes, goes_on): (Vec<u8>, bool) = match target {
            "/headers" => (whole("text/plain", head), true),
            "/chunked" => {
                let mut text = html("Transfer-Encoding: chunked\r\nTrailer: x-sum\r\n");
                for piece in PAGE.as_bytes().chunks(7) {
                    text.push_str(&format!("{:x}\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).unwrap()));
                }
                text.push_str("0\r\nx-sum: 1\r\n\r\n");
                (text.into_bytes(), true)
            }
            "/gzip" => {
                let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                coder.write_all(PAGE.as_bytes()).unwrap();
                let body = coder.finish().unwrap();
                let head = html(&format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", body.len()));
                ([head.into_bytes(), body].concat(), true)
            }
            "/hop" => {
                let fields =
                    "Connection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=1\r\nX-Kept: 1\r\nContent-Length: 0\r\n";
                (html(fields).into_bytes(), true)
            }
            "/early" => (format!("{}{}", html("Content-Length: 100000\r\n"), &PAGE[..60]).into_bytes(), false),
            "/bad-chunk" => {
                (format!("{}5\r\n<body\r\nzz\r\n{PAGE}", html("Transfer-Encoding: chunked\r\n")).into_bytes(), false)
            }
            "/huge" => (html(&format!("X-Huge: {}\r\n", "x".repeat(2 << 20))).into_bytes(), false),
            "/garbage" => (b"\x16\x03\x01 this is no HTTP\r\n\r\n".to_vec(), false),
            "/two-lengths" => (html("Content-Length: 1\r\nContent-Length: 2\r\n").into_bytes(), false),
            "/length-and-chunks" | "/chunks-and-length" => {
                let lengths = ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"];
                let fields =
                    if target.starts_with("/length") { lengths.concat() } else { [lengths[1], lengths[0]].concat() };
                // A second answer behind the first five bytes, for those who believe the length.
                let second = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled";
                (format!("{}{:x}\r\n{second}\r\n0\r\n\r\n", html(&fields), second.len()).into_bytes(), true)
            }
            "/close" => (Vec::new(), false),
            "/never" => {
                tokio::time::sleep(Duration::from_secs(600)).await;
                (Vec::new(), false)
            }
            "/slow" => {
                let start = format!("{}{}", html("Content-Length: 100000\r\n"), &PAGE[..60]);
                stream.write_all(start.as_bytes()).await.unwrap();
                tokio::time::sleep(Duration::from_secs(600)).await;
                (Vec::new(), false)
            }
            "/late" => {
                tokio::time::sleep(Duration::from_millis(700)).await;
                (whole("text/plain", "late"), true)
            }
            "/pieces" => {
                let start = format!("{}5\r\n<p>a \r\n", html("Transfer-Encoding: chunked\r\n"));
                stream.write_all(start.as_bytes()).await.unwrap();
                tokio::time::sleep(Duration::from_millis(300)).await;
                (b"5\r\n<p>b \r\n0\r\n\r\n".to_vec(), true)
            }
            "/events" => (whole("text/event-stream", &"data: x\n\n".repeat(300)), true),
            "/picture" => (whole("image/png", &"x".repeat(3000)), true),
            "/fixed" => {
                let fields = format!("Cache-Control: max-age=60, No-Transform\r\nContent-Length: {}\r\n", PAGE.len());
                (format!("{}{PAGE}", html(&fields)).into_bytes(), true)
            }
            "/feed" => (whole("application/rss+xml", &"<item>news</item>".repeat(300)), true),
            "/feed-head" => {
                let mut answer = whole("application/rss+xml", &"<item>news</item>".repeat(300));
                if head.starts_with("HEAD") {
                    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
                    answer.truncate(end);
                }
                (answer, true)
            }
            "/digest" => (whole("text/css\r\nDigest: md5=1", &"p{color:red}".repeat(300)), true),
            "/style" => (whole("text/css\r\nETag: \"1\"", &"p{color:red}".repeat(300)), true),
            "/ws" if head.to_ascii_lowercase().contains("upgrade: websocket") => {
                let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.write_all(waiting).await.unwrap();
                let mut piece = [0; 1024];
                while let Ok(read) = stream.read(&mut piece).await {
                    if read == 0 || stream.write_all(&piece[..read]).await.is_err() {
                        break;
                    }
                }
                (Vec::new(), false)
            }
            "/switch" => {
                (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n".to_vec(), false)
            }
            _ => (whole("text/html; charset=utf-8", PAGE), true),
        };
        // The proxy may have gone away; some tests want that.
        stream.write_all(&bytes).await.is_ok() && goes_on
    }
}
