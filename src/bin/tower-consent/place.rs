//! Where choices are kept, as `--store` names it.
//!
//! In: `sled:FOLDER` or `memory:`. Out: the open store, known by its contract alone. It is the only place of the
//! command line that knows which stores there are.

use std::sync::Arc;

use tower_consent::store::{ConsentStore, Error, ErrorKind, Memory, Sled};

/// What `--store` may be, for help and errors.
pub(super) const FORMS: &str = "`sled:FOLDER`, or `memory:` to try things out";

/// Opens a store; makes it where there is none.
///
/// # Errors
///
/// When the text names no store, or the store cannot be opened.
pub(super) fn open(place: &str) -> Result<Arc<dyn ConsentStore>, Error> {
    match place.split_once(':') {
        Some(("sled", folder)) if !folder.is_empty() => Ok(Arc::new(Sled::open(folder)?)),
        Some(("memory", "")) => Ok(Arc::new(Memory::default())),
        _ => Err(Error::new(ErrorKind::Unavailable, format!("`{place}` names no store: write {FORMS}"))),
    }
}
