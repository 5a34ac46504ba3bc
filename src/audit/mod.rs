//! The log as bytes: how an event is written down, and the tree that makes a change to it visible.
//!
//! In: records. Out: canonical entries, tree heads, counts. Pure: neither a store nor a socket is seen here.
//!
//! An [`Entry`] is one line of canonical JSON (RFC 8785) that is safe to show to anyone: personal values appear
//! only as salted digests (RFC 9901, section 4.2.4); the salts and values, its *disclosures*, are kept apart and can
//! be destroyed without touching the log. Entries are the leaves of a tree (RFC 6962, section 2.1).

mod checkpoint;
pub(crate) mod entry;
mod note;
mod rows;
mod stats;
mod tally;
mod tiles;
mod tree;

pub(crate) use self::rows::{Rows, root_of};
pub use self::{
    checkpoint::{Checkpoint, Proof},
    entry::{Entry, EntryError},
    note::{LogKey, Note, NoteError, Verifier},
    stats::{Choices, Stats},
    tally::{OTHER, Sums, Tally, is_choice},
    tiles::{LONGEST_ENTRY, WIDTH, bundle_path, read_bundle, tile_path, tile_root, tiles, write_bundle},
    tree::{Hash, Head, SEGMENT, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion},
};
