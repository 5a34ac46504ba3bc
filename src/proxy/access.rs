//! The access log: one line of JSON for each request, without a word about who asked.
//!
//! In: what is known of an exchange when it ends. Out: lines on the output or in a file, written by a thread of its
//! own. No address, browser, cookie, query or header is ever written; a path only where the configuration asks for it.
//! A request never waits for the log: when the disk does not keep up, lines are lost and their number is written.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
};

use http::{Method, StatusCode, Version};
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

use super::{activity::Busy, configuration::LoggedPath};
use crate::clock::{Clock, SystemClock};

/// Lines that may wait to be written.
const WAITING: usize = 4096;

/// Where requests are written down.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{AccessLog, Configuration};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let silent = Configuration::parse("proxy.toml", text).unwrap();
/// assert_eq!(silent.log, AccessLog::None, "nobody's visits are written down unless that is asked for");
/// let telling = Configuration::parse("proxy.toml", &format!("{text}\n[log]\naccess = \"-\"")).unwrap();
/// assert_eq!(telling.log, AccessLog::Output);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLog {
    /// In a file, which `SIGHUP` opens anew.
    File(PathBuf),
    /// Nowhere.
    #[default]
    None,
    /// On the standard output.
    Output,
}

impl AccessLog {
    /// Reads `none`, `-` for the output, or the path of a file.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::AccessLog;
    /// assert_eq!(AccessLog::of("-"), AccessLog::Output);
    /// assert_eq!(AccessLog::of("access.log"), AccessLog::File("access.log".into()));
    /// ```
    pub fn of(text: &str) -> Self {
        match text {
            "none" => Self::None,
            "-" => Self::Output,
            path => Self::File(path.into()),
        }
    }
}

/// The open log; its thread ends when all handles are gone.
#[derive(Debug)]
pub(super) struct Log {
    lines: Option<SyncSender<String>>,
    lost: Arc<AtomicU64>,
    anew: Arc<AtomicBool>,
    path: LoggedPath,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    pub(super) fn open(log: &AccessLog, path: LoggedPath) -> io::Result<Self> {
        let (lost, anew) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let target = match log {
            AccessLog::None => return Ok(Self { lines: None, lost, anew, path, thread: None }),
            AccessLog::Output => Target::Output,
            AccessLog::File(name) => Target::File(name.clone(), append(name)?),
        };
        let (sender, receiver) = sync_channel(WAITING);
        let (also_lost, also_anew) = (lost.clone(), anew.clone());
        let thread = thread::Builder::new()
            .name("tower-consent access log".to_owned())
            .spawn(move || write(target, &receiver, &also_lost, &also_anew))?;
        Ok(Self { lines: Some(sender), lost, anew, path, thread: Some(thread) })
    }

    /// Opens the file anew before the next line, for programs that move logs away.
    pub(super) fn reopen(&self) {
        self.anew.store(true, Ordering::Release);
    }

    fn line(&self, line: String) {
        if let Some(lines) = &self.lines
            && let Err(TrySendError::Full(_)) = lines.try_send(line)
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            // What it met was told already; there is nothing to hand on.
            let _ = thread.join();
        }
    }
}

enum Target {
    Output,
    File(PathBuf, File),
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn write(mut target: Target, lines: &Receiver<String>, lost: &AtomicU64, anew: &AtomicBool) {
    while let Ok(line) = lines.recv() {
        if anew.swap(false, Ordering::AcqRel)
            && let Target::File(path, file) = &mut target
            && let Ok(new) = append(path)
        {
            *file = new;
        }
        let mut text = line;
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            text.push_str(&format!("{}\n", json!({ "lost": missing })));
        }
        let written = match &mut target {
            Target::Output => io::stdout().lock().write_all(text.as_bytes()),
            Target::File(_, file) => file.write_all(text.as_bytes()),
        };
        if written.is_err() {
            lost.fetch_add(missing + 1, Ordering::Relaxed);
        }
    }
}

/// One request and its answer, from the request's head to the last byte.
#[derive(Debug)]
pub(super) struct Exchange {
    log: Arc<Log>,
    /// The connection may be silent until the exchange is over.
    _busy: Busy,
    begun: Instant,
    method: &'static str,
    path: Option<String>,
    http: &'static str,
    site: Option<Arc<str>>,
    status: StatusCode,
    by: &'static str,
    fault: Option<&'static str>,
    bytes: u64,
}

impl Exchange {
    pub(super) fn begin(log: Arc<Log>, busy: Busy, method: &Method, path: &str, version: Version) -> Self {
        let path = match log.path {
            _ if log.lines.is_none() => None,
            LoggedPath::None => None,
            LoggedPath::Section => Some(section(path).to_owned()),
            LoggedPath::Full => Some(path.to_owned()),
        };
        Self {
            log,
            _busy: busy,
            begun: Instant::now(),
            method: word(method),
            path,
            http: if version == Version::HTTP_2 { "2" } else { "1" },
            site: None,
            status: StatusCode::OK,
            by: "proxy",
            fault: None,
            bytes: 0,
        }
    }

    pub(super) fn of_site(&mut self, site: Arc<str>) {
        self.site = Some(site);
    }

    /// Notes the answer: who made it (`upstream`, `layer`, `proxy`) and what went wrong.
    pub(super) fn answered(&mut self, status: StatusCode, by: &'static str, fault: Option<&'static str>) {
        self.status = status;
        self.by = by;
        self.fault = fault;
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    /// Notes that the body ended before its end.
    pub(super) fn cut(&mut self) {
        self.fault = Some("cut");
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let milliseconds = self.begun.elapsed().as_millis() as u64;
        #[cfg(feature = "tracing")]
        tracing::info!(
            target: "tower_consent::access",
            site = self.site.as_deref(),
            method = self.method,
            status = self.status.as_u16(),
            by = self.by,
            fault = self.fault,
            bytes = self.bytes,
            milliseconds,
            "answered"
        );
        if self.log.lines.is_none() {
            return;
        }
        let at = SystemClock.now().format(&Rfc3339).unwrap_or_default();
        let mut line = json!({
            "at": at,
            "site": self.site.as_deref(),
            "method": self.method,
            "status": self.status.as_u16(),
            "by": self.by,
            "bytes": self.bytes,
            "ms": milliseconds,
            "http": self.http,
        });
        if let Some(path) = self.path.take() {
            line["path"] = path.into();
        }
        if let Some(fault) = self.fault {
            line["fault"] = fault.into();
        }
        self.log.line(format!("{line}\n"));
    }
}

/// Returns the first segment of a path.
fn section(path: &str) -> &str {
    let rest = path.get(1..).unwrap_or_default();
    &path[..rest.find('/').map_or(path.len(), |slash| slash + 1)]
}

/// Returns a method of HTTP by its name; one that somebody made up could hold anything.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::CONNECT => "CONNECT",
        Method::DELETE => "DELETE",
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::TRACE => "TRACE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_first_segments() {
        for (path, expected) in [("/", "/"), ("/news", "/news"), ("/news/2026/11", "/news"), ("", ""), ("*", "*")] {
            assert_eq!(section(path), expected);
        }
    }
}
