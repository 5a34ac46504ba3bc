//! Where the database is, as a URL says it.
//!
//! In: `postgres://…` and the environment. Out: how to connect, and a form that can be shown: passwords are in none.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

use crate::store::{Error, ErrorKind};

/// The schema that holds the tables, unless the URL names another.
const SCHEMA: &str = "tower_consent";

/// How to reach a database.
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) schema: String,
    /// Authorities that sign the server's certificate, where they are not the public ones.
    pub(super) authorities: Option<PathBuf>,
}

impl Target {
    /// Reads a URL; the password may be in it, in `PGPASSWORD`, or in the file that `passfile` or `PGPASSFILE` names.
    pub(super) fn parse(place: &str) -> Result<Self, Error> {
        let refused = |what: String| Error::new(ErrorKind::Refused, what);
        if !(place.starts_with("postgres://") || place.starts_with("postgresql://")) {
            return Err(refused("a database is written postgres://USER@HOST/DATABASE".to_owned()));
        }
        let (base, query) = place.split_once('?').unwrap_or((place, ""));
        let (mut schema, mut authorities, mut passfile, mut mode) = (SCHEMA.to_owned(), None, None, None);
        let mut others = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
            match name {
                "schema" => schema = value,
                "sslrootcert" => authorities = Some(PathBuf::from(value)),
                "passfile" => passfile = Some(PathBuf::from(value)),
                "sslmode" => mode = Some(value),
                _ => others.push(pair),
            }
        }
        if !is_plain(&schema) {
            let what = format!("`{}` is no schema: write small letters, digits and `_`", schema.escape_default());
            return Err(refused(what));
        }
        let plain = if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
        let mut config = Config::from_str(&plain)
            .map_err(|source| refused("the URL of the database is none".to_owned()).with_source(source))?;
        if config.get_hosts().is_empty() {
            return Err(refused("the URL of the database names no host".to_owned()));
        }
        let near = config.get_hosts().iter().all(is_near);
        config.ssl_mode(match mode.as_deref() {
            Some("disable") => SslMode::Disable,
            // Whoever is asked for TLS must prove who he is: there is no mode that only looks safe.
            Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            None if near => SslMode::Disable,
            None => SslMode::Require,
            Some(other) => {
                let what = format!("`sslmode={}` is none of disable, verify-full", other.escape_default());
                return Err(refused(what));
            }
        });
        if config.get_password().is_none() {
            if let Some(password) = env::var("PGPASSWORD").ok().filter(|password| !password.is_empty()) {
                config.password(password);
            } else if let Some(file) =
                passfile.or_else(|| env::var_os("PGPASSFILE").map(PathBuf::from)).or_else(default_file)
                && let Some(password) = from_file(&file, &config)?
            {
                config.password(password);
            }
        }
        Ok(Self { config, schema, authorities })
    }
}

/// What may be shown of it.
impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.config.get_hosts().iter().map(shown).collect();
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or("");
        write!(formatter, "postgres://{}/{database}?schema={}", hosts.join(","), self.schema)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Target({self})")
    }
}

fn shown(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    }
}

/// Says whether a connection stays on this machine.
fn is_near(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Says whether a name can stand in SQL as it is.
pub(super) fn is_plain(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    letters
        && (1..=40).contains(&name.len())
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.starts_with("pg_")
}

fn default_file() -> Option<PathBuf> {
    env::var_os("HOME").map(|home| Path::new(&home).join(".pgpass")).filter(|file| file.is_file())
}

/// Finds the password in a file of lines `host:port:database:user:password`, where `*` stands for any.
fn from_file(path: &Path, config: &Config) -> Result<Option<String>, Error> {
    let text = fs::read_to_string(path).map_err(|source| {
        Error::new(ErrorKind::Unavailable, format!("cannot read the password file {}", path.display()))
            .with_source(source)
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0) {
            let what = format!("others can read the password file {}: chmod 600 it", path.display());
            return Err(Error::new(ErrorKind::Refused, what));
        }
    }
    let user = config.get_user().unwrap_or("");
    let host = config.get_hosts().first().map(shown).unwrap_or_default();
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let wanted = [host.as_str(), &port, config.get_dbname().unwrap_or(user), user];
    let found = text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let parts = fields(line);
        let (password, keys) = parts.split_last().filter(|(_, keys)| keys.len() == wanted.len())?;
        keys.iter().zip(wanted).all(|(key, wanted)| key == "*" || key == wanted).then(|| password.clone())
    });
    Ok(found)
}

/// Splits a line at `:`; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (character, fields.last_mut()) {
            (':', _) => fields.push(String::new()),
            ('\\', Some(field)) => field.extend(characters.next()),
            (other, Some(field)) => field.push(other),
            (_, None) => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_how() {
        let target =
            Target::parse("postgres://me:pass%20word@db.example:5433/site?schema=news&connect_timeout=3").unwrap();
        assert_eq!((target.schema.as_str(), target.config.get_dbname()), ("news", Some("site")));
        assert_eq!(target.config.get_password(), Some(b"pass word".as_slice()));
        assert_eq!(target.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(format!("{target} {target:?}").matches("pass").count(), 0);
        let near = Target::parse("postgres://me@localhost/site").unwrap();
        assert_eq!(near.config.get_ssl_mode(), SslMode::Disable);
        let socket = Target::parse("postgres://me@%2Frun%2Fpostgresql/site?sslrootcert=/etc/ca.pem").unwrap();
        assert_eq!(socket.to_string(), "postgres:///run/postgresql/site?schema=tower_consent");
        assert_eq!(socket.authorities.as_deref(), Some(Path::new("/etc/ca.pem")));
    }

    #[test]
    fn what_is_no_place_is_refused_without_its_password() {
        for place in [
            "mysql://me:secret@db/site",
            "postgres://me:secret@db/site?schema=a-b",
            "postgres://me:secret@db/site?schema=pg_x",
            "postgres://me:secret@db:port/site",
            "postgres://me:secret@db/site?sslmode=prefer",
            "postgres://me:secret@db/site?nonsense=1",
        ] {
            let error = Target::parse(place).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused, "{place}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_password_comes_from_a_file_that_nobody_else_reads() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pass");
        fs::write(&file, "# ours\nother:*:*:*:no\ndb:5432:site:me:a\\:b\n*:*:*:*:any\n").unwrap();
        let place = |host: &str| format!("postgres://me@{host}/site?passfile={}", file.display());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Target::parse(&place("db")).unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        for (host, password) in [("db", "a:b"), ("another", "any")] {
            let target = Target::parse(&place(host)).unwrap();
            assert_eq!(target.config.get_password(), Some(password.as_bytes()));
        }
    }
}
