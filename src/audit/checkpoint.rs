//! Signed heads of a log (C2SP tlog-checkpoint) and proofs that can be checked offline (C2SP tlog-proof).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    note::{LogKey, Note, NoteError, Verifier},
    tree::{Hash, leaf_hash, verify_inclusion},
};

/// How far a log has come, as its keys sign it.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{Checkpoint, Head, LogKey};
/// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
/// let checkpoint = Checkpoint::of("news.example/consent", &Head::EMPTY);
/// let note = checkpoint.sign(&[&key]).unwrap().to_string();
/// assert_eq!(Checkpoint::open(note.as_bytes(), &[key.verifier().clone()]).unwrap(), checkpoint);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of their tree.
    pub root: Hash,
}

impl Checkpoint {
    /// Makes the checkpoint of a head.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Checkpoint, Head};
    /// let head = Head::EMPTY.append([b"one".as_slice(), b"two"]);
    /// let checkpoint = Checkpoint::of("news.example/consent", &head);
    /// assert_eq!((checkpoint.size, checkpoint.root), (2, head.root()));
    /// ```
    pub fn of(origin: &str, head: &super::Head) -> Self {
        Self { origin: origin.to_owned(), size: head.size(), root: head.root() }
    }

    /// Signs it with each of the keys; `None` when the origin cannot stand in a note.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Checkpoint, Head, LogKey};
    /// let [old, new] = [1, 2].map(|byte| LogKey::new("news.example/consent", [byte; 32]).unwrap());
    /// // While a key is replaced both sign, so that whoever knows one of them can read on.
    /// let note = Checkpoint::of("news.example/consent", &Head::EMPTY).sign(&[&old, &new]).unwrap().to_string();
    /// for key in [&old, &new] {
    ///     assert!(Checkpoint::open(note.as_bytes(), &[key.verifier().clone()]).is_ok());
    /// }
    /// ```
    pub fn sign(&self, keys: &[&LogKey]) -> Option<Note> {
        let writable = !self.origin.is_empty() && !self.origin.contains('\n');
        writable.then(|| Note::sign(&self.to_string(), keys)).flatten()
    }

    /// Reads a checkpoint that one of the trusted keys signed.
    ///
    /// # Errors
    ///
    /// [`NoteError::Malformed`] when it is no note or its text no checkpoint, [`NoteError::Untrusted`] when no trusted
    /// key of that origin signed it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Checkpoint, Head, LogKey, NoteError};
    /// let [ours, other] = [1, 2].map(|byte| LogKey::new("news.example/consent", [byte; 32]).unwrap());
    /// let note = Checkpoint::of("news.example/consent", &Head::EMPTY).sign(&[&ours]).unwrap().to_string();
    /// assert_eq!(Checkpoint::open(note.as_bytes(), &[ours.verifier().clone()]).unwrap().size, 0);
    /// assert_eq!(Checkpoint::open(note.as_bytes(), &[other.verifier().clone()]), Err(NoteError::Untrusted));
    /// ```
    pub fn open(note: &[u8], trusted: &[Verifier]) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(note.verified(trusted)?)?;
        match note.signers(trusted)?.iter().any(|key| key.name() == checkpoint.origin) {
            true => Ok(checkpoint),
            false => Err(NoteError::Untrusted),
        }
    }

    /// Reads the text of a checkpoint; lines after the third are none of ours and are refused.
    fn parse(text: &str) -> Result<Self, NoteError> {
        let read = || -> Option<Self> {
            let mut lines = text.split_terminator('\n');
            let checkpoint = Self {
                origin: lines.next()?.to_owned(),
                size: lines.next()?.parse().ok()?,
                root: STANDARD.decode(lines.next()?).ok()?.try_into().ok()?,
            };
            (!checkpoint.origin.is_empty() && checkpoint.to_string() == text).then_some(checkpoint)
        };
        read().ok_or(NoteError::Malformed)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }
}

/// That an entry is in a log, to be checked with nothing but the log's public key.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{Checkpoint, Head, LogKey, Proof, Tree, leaf_hash};
/// let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
/// let head = Head::EMPTY.append([b"entry".as_slice()]);
/// let checkpoint = Checkpoint::of("news.example/consent", &head).sign(&[&key]).unwrap();
/// let proof = Proof { index: 0, hashes: Vec::new(), checkpoint };
/// let read: Proof = proof.to_string().parse().unwrap();
/// assert!(read.verify(b"entry", &[key.verifier().clone()]).is_ok());
/// assert!(read.verify(b"other", &[key.verifier().clone()]).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Place of the entry, from 0.
    pub index: u64,
    /// From the entry's neighbour up to the root.
    pub hashes: Vec<Hash>,
    /// The signed head it leads to.
    pub checkpoint: Note,
}

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

impl Proof {
    /// Says whether this very entry is in the log that a trusted key signs.
    ///
    /// # Errors
    ///
    /// As [`Checkpoint::open`]; [`NoteError::Unproven`] when the entry is another or the hashes lead elsewhere.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::OffsetDateTime;
    /// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::audit::{NoteError, Proof};
    /// let receipt = log.append(vec![Record::of(Kind::Export, now, "v1")]).await.unwrap().remove(0);
    /// let (proof, trusted) = (receipt.proof.parse::<Proof>().unwrap(), [log.key().verifier().clone()]);
    /// assert_eq!(proof.verify(receipt.entry.as_bytes(), &trusted).unwrap().origin, "news.example/consent");
    /// let made_up = receipt.entry.replace("export", "accept");
    /// assert_eq!(proof.verify(made_up.as_bytes(), &trusted), Err(NoteError::Unproven));
    /// # });
    /// ```
    pub fn verify(&self, leaf: &[u8], trusted: &[Verifier]) -> Result<Checkpoint, NoteError> {
        let checkpoint = Checkpoint::open(self.checkpoint.to_string().as_bytes(), trusted)?;
        match verify_inclusion(&leaf_hash(leaf), self.index, checkpoint.size, &self.hashes, &checkpoint.root) {
            true => Ok(checkpoint),
            false => Err(NoteError::Unproven),
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{FIRST_LINE}\nindex {}\n", self.index)?;
        for hash in &self.hashes {
            writeln!(formatter, "{}", STANDARD.encode(hash))?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}

impl std::str::FromStr for Proof {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let read = || {
            let (head, checkpoint) = text.split_once("\n\n")?;
            let mut lines = head.split('\n');
            if lines.next()? != FIRST_LINE {
                return None;
            }
            let index = lines.next()?.strip_prefix("index ")?.parse().ok()?;
            let hashes = lines.map(|line| STANDARD.decode(line).ok()?.try_into().ok()).collect::<Option<_>>()?;
            let proof = Self { index, hashes, checkpoint: Note::parse(checkpoint.as_bytes()).ok()? };
            (proof.to_string() == text).then_some(proof)
        };
        read().ok_or(NoteError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Head, Tree};

    #[test]
    fn every_flipped_bit_of_a_proof_is_noticed() {
        let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
        let mut tree = Tree::default();
        (0_u8..5).for_each(|leaf| tree.push(leaf_hash(&[leaf])));
        let checkpoint = Checkpoint::of("news.example/consent", &tree.head()).sign(&[&key]).unwrap();
        let text = Proof { index: 2, hashes: tree.inclusion(2, 5).unwrap(), checkpoint }.to_string().into_bytes();
        let trusted = [key.verifier().clone()];
        let verify = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed)?;
            text.parse::<Proof>()?.verify(&[2], &trusted)
        };
        assert!(verify(&text).is_ok());
        for bit in 0..text.len() * 8 {
            let mut flipped = text.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(&flipped).is_err(), "bit {bit}: {}", String::from_utf8_lossy(&flipped));
        }
    }

    #[test]
    fn a_key_of_another_log_does_not_vouch() {
        let other = LogKey::new("other.example", [8; 32]).unwrap();
        let note = Checkpoint::of("news.example/consent", &Head::EMPTY).sign(&[&other]).unwrap().to_string();
        assert_eq!(Checkpoint::open(note.as_bytes(), &[other.verifier().clone()]), Err(NoteError::Untrusted));
    }

    #[test]
    fn a_log_without_a_name_of_one_line_signs_nothing() {
        let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
        for origin in ["", "news.example\n", "news.example\n9"] {
            assert_eq!(Checkpoint::of(origin, &Head::EMPTY).sign(&[&key]), None, "{origin:?}");
        }
    }

    #[test]
    fn a_signed_text_that_is_no_checkpoint_is_malformed() {
        let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
        let checkpoint = Checkpoint::of("news.example/consent", &Head::EMPTY);
        let text = checkpoint.to_string();
        let open = |text: &str| {
            let note = Note::sign(text, &[&key]).unwrap().to_string();
            Checkpoint::open(note.as_bytes(), &[key.verifier().clone()])
        };
        assert_eq!(open(&text), Ok(checkpoint));
        for other in [
            text.replacen("\n0\n", "\n00\n", 1),
            text.replacen("\n0\n", "\n+0\n", 1),
            text.replacen("\n0\n", "\n18446744073709551616\n", 1),
            text.replacen("47DEQ", "57DEQ47DEQ", 1),
            text.replacen("news.example/consent", "", 1),
            format!("{text}an extension\n"),
            text.lines().take(2).map(|line| format!("{line}\n")).collect(),
        ] {
            assert_eq!(open(&other), Err(NoteError::Malformed), "{other}");
        }
    }
}
