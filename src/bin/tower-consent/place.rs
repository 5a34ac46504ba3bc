//! Where choices are kept, as `--store` names it.
//!
//! In: `sled:FOLDER`, `postgres://…` or `memory:`. Out: the open store, known by its contract alone. It is the only place of
//! the command line that knows which stores there are.

use std::sync::Arc;

#[cfg(feature = "postgres")]
use tower_consent::store::Postgres;
use tower_consent::store::{ConsentStore, Error, ErrorKind, Memory, Sled, without_password};

/// What `--store` may be, for help and errors.
#[cfg(feature = "postgres")]
pub(super) const FORMS: &str = "`sled:FOLDER`, `postgres://USER@HOST/DATABASE`, or `memory:` to try things out";
/// What `--store` may be, for help and errors.
#[cfg(not(feature = "postgres"))]
pub(super) const FORMS: &str = "`sled:FOLDER`, or `memory:` to try things out";

/// Opens a store; makes it where there is none.
///
/// # Errors
///
/// When the text names no store, or the store cannot be opened.
pub(super) fn open(place: &str) -> Result<Arc<dyn ConsentStore>, Error> {
    match place.split_once(':') {
        Some(("sled", folder)) if !folder.is_empty() => Ok(Arc::new(Sled::open(folder)?)),
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(Postgres::open(place)?)),
        Some(("memory", "")) => Ok(Arc::new(Memory::default())),
        _ => Err(unknown(place, FORMS)),
    }
}

/// Opens a store that is there and keeps what it is told; for commands that must not make one by mistake.
///
/// # Errors
///
/// As [`open`]; and when there is none.
pub(super) fn open_existing(place: &str) -> Result<Arc<dyn ConsentStore>, Error> {
    match place.split_once(':') {
        Some(("sled", folder)) if !folder.is_empty() => Ok(Arc::new(Sled::open_existing(folder)?)),
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(Postgres::open_existing(place)?)),
        _ => {
            let forms =
                if cfg!(feature = "postgres") { "sled:FOLDER or postgres://USER@HOST/DATABASE" } else { "sled:FOLDER" };
            let what = format!("`{}` is no store that keeps anything: write {forms}", without_password(place));
            Err(Error::new(ErrorKind::Unavailable, what))
        }
    }
}

fn unknown(place: &str, forms: &str) -> Error {
    let built = match place.starts_with("postgres") && !cfg!(feature = "postgres") {
        true => " (this program was built without the feature `postgres`)",
        false => "",
    };
    let what = format!("`{}` names no store: write {forms}{built}", without_password(place));
    Error::new(ErrorKind::Unavailable, what)
}
