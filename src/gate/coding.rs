//! Content codings: a page that comes compressed is read as plain bytes and compressed again.
//!
//! In: pieces of a coded body. Out: the plain bytes, a bounded number at a time, and on the other side the coded ones.
//! It never holds more than one piece's worth: what grows without measure is refused.

use std::io::{self, Write};

use flate2::{
    Compression,
    write::{DeflateDecoder, GzEncoder, MultiGzDecoder, ZlibDecoder, ZlibEncoder},
};

/// How much of a coded piece is decoded at once, in bytes.
const STEP: usize = 256;
/// The most plain bytes one step may become. Deflate makes at most 1,032 of one; no page does with brotli or zstd.
const LARGEST_STEP: usize = 1 << 20;
/// Plain bytes for one coded byte, over a whole body, beyond which it is a bomb and no page.
const LARGEST_RATIO: u64 = 2_000;
/// Up to here a body may grow as it likes, in bytes.
const FREE: u64 = 16 << 20;
/// Windows of zstd above 8 MiB are refused, as browsers do (RFC 9659).
const ZSTD_WINDOW: u32 = 23;
/// How far back the encoders of brotli and zstd look, as a power of two: 256 KiB.
const WINDOW: u32 = 18;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// Returns the coding a `Content-Encoding` names, if it is one that is known.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => return None,
        })
    }
}

/// Takes plain bytes up to a measure.
#[derive(Debug, Default)]
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST_STEP {
            return Err(io::Error::other("the page grows without measure when it is decompressed"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Decode {
    Gzip(MultiGzDecoder<Bounded>),
    /// Whether there is a zlib header is seen from the first two bytes; browsers take both.
    Unknown(Vec<u8>),
    Zlib(ZlibDecoder<Bounded>),
    Raw(DeflateDecoder<Bounded>),
    Brotli(Box<brotli::DecompressorWriter<Bounded>>),
    Zstd(zstd::stream::write::Decoder<'static, Bounded>),
}

/// Codes bytes as they come.
pub(crate) struct Encoder {
    encode: Encode,
    /// Whether bytes were given that it may still hold.
    holds: bool,
}

enum Encode {
    Gzip(GzEncoder<Vec<u8>>),
    Zlib(ZlibEncoder<Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

/// Decodes one body and codes what it became.
pub(crate) struct Recoder {
    decode: Decode,
    encoder: Encoder,
    coded: u64,
    plain: u64,
}

impl std::fmt::Debug for Recoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Recoder")
    }
}

impl Recoder {
    /// Begins a body.
    ///
    /// # Errors
    ///
    /// When the library cannot set itself up, for want of memory.
    pub(crate) fn new(coding: Coding) -> io::Result<Self> {
        let bounded = Bounded::default();
        let decode = match coding {
            Coding::Gzip => Decode::Gzip(MultiGzDecoder::new(bounded)),
            Coding::Deflate => Decode::Unknown(Vec::new()),
            Coding::Brotli => Decode::Brotli(Box::new(brotli::DecompressorWriter::new(bounded, 4096))),
            Coding::Zstd => {
                let mut decoder = zstd::stream::write::Decoder::new(bounded)?;
                decoder.window_log_max(ZSTD_WINDOW)?;
                Decode::Zstd(decoder)
            }
        };
        Ok(Self { decode, encoder: Encoder::new(coding)?, coded: 0, plain: 0 })
    }

    /// Decodes a piece, a few plain bytes at a time.
    ///
    /// # Errors
    ///
    /// When the piece is not of this coding, or grows without measure, or `take` fails.
    pub(crate) fn decode<E: From<io::Error>>(
        &mut self,
        piece: &[u8],
        mut take: impl FnMut(&mut Encoder, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for step in piece.chunks(STEP) {
            self.coded += step.len() as u64;
            self.write(step)?;
            self.pass(&mut take)?;
        }
        Ok(())
    }

    /// Ends the coded side.
    ///
    /// # Errors
    ///
    /// When the body broke off, or `take` fails.
    pub(crate) fn end<E: From<io::Error>>(
        &mut self,
        mut take: impl FnMut(&mut Encoder, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.decode {
            Decode::Gzip(decoder) => decoder.try_finish()?,
            Decode::Unknown(_) => {}
            Decode::Zlib(decoder) => decoder.try_finish()?,
            Decode::Raw(decoder) => decoder.try_finish()?,
            Decode::Brotli(decoder) => decoder.close()?,
            Decode::Zstd(decoder) => decoder.flush()?,
        }
        self.pass(&mut take)
    }

    fn write(&mut self, step: &[u8]) -> io::Result<()> {
        if let Decode::Unknown(first) = &mut self.decode {
            first.extend_from_slice(step);
            let [one, two, ..] = first[..] else {
                return Ok(());
            };
            let zlib = one & 0x0f == 8 && (u16::from(one) << 8 | u16::from(two)) % 31 == 0;
            let first = std::mem::take(first);
            self.decode = if zlib {
                Decode::Zlib(ZlibDecoder::new(Bounded::default()))
            } else {
                Decode::Raw(DeflateDecoder::new(Bounded::default()))
            };
            return self.write(&first);
        }
        match &mut self.decode {
            Decode::Gzip(decoder) => decoder.write_all(step).and_then(|()| decoder.flush()),
            Decode::Unknown(_) => Ok(()),
            Decode::Zlib(decoder) => decoder.write_all(step).and_then(|()| decoder.flush()),
            Decode::Raw(decoder) => decoder.write_all(step).and_then(|()| decoder.flush()),
            Decode::Brotli(decoder) => decoder.write_all(step),
            Decode::Zstd(decoder) => decoder.write_all(step).and_then(|()| decoder.flush()),
        }
    }

    fn pass<E: From<io::Error>>(
        &mut self,
        take: &mut impl FnMut(&mut Encoder, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let plain = match &mut self.decode {
            Decode::Gzip(decoder) => decoder.get_mut(),
            Decode::Unknown(_) => return Ok(()),
            Decode::Zlib(decoder) => decoder.get_mut(),
            Decode::Raw(decoder) => decoder.get_mut(),
            Decode::Brotli(decoder) => decoder.get_mut(),
            Decode::Zstd(decoder) => decoder.get_mut(),
        };
        let plain = std::mem::take(&mut plain.0);
        self.plain += plain.len() as u64;
        if self.plain > FREE && self.plain / LARGEST_RATIO > self.coded {
            return Err(io::Error::other("the page grows without measure when it is decompressed").into());
        }
        if plain.is_empty() {
            return Ok(());
        }
        take(&mut self.encoder, &plain)
    }

    /// The coded side.
    pub(crate) fn encoder(&mut self) -> &mut Encoder {
        &mut self.encoder
    }

    /// Ends the body and returns the last coded bytes.
    ///
    /// # Errors
    ///
    /// When the library fails.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        self.encoder.finish()
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Encoder")
    }
}

impl Encoder {
    /// Begins a body. A page is coded once for one visitor, so speed counts for more than the last percent, and the window
    /// is the size of a page.
    ///
    /// # Errors
    ///
    /// When the library cannot set itself up, for want of memory.
    pub(crate) fn new(coding: Coding) -> io::Result<Self> {
        let encode = match coding {
            Coding::Gzip => Encode::Gzip(GzEncoder::new(Vec::new(), Compression::new(4))),
            Coding::Deflate => Encode::Zlib(ZlibEncoder::new(Vec::new(), Compression::new(4))),
            Coding::Brotli => Encode::Brotli(Box::new(brotli::CompressorWriter::new(Vec::new(), 4096, 4, WINDOW))),
            Coding::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3)?;
                encoder.window_log(WINDOW)?;
                Encode::Zstd(encoder)
            }
        };
        Ok(Self { encode, holds: false })
    }

    /// Takes plain bytes.
    ///
    /// # Errors
    ///
    /// When the library fails.
    pub(crate) fn write(&mut self, plain: &[u8]) -> io::Result<()> {
        self.holds |= !plain.is_empty();
        match &mut self.encode {
            Encode::Gzip(encoder) => encoder.write_all(plain),
            Encode::Zlib(encoder) => encoder.write_all(plain),
            Encode::Brotli(encoder) => encoder.write_all(plain),
            Encode::Zstd(encoder) => encoder.write_all(plain),
        }
    }

    /// Returns the coded bytes there are so far.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(match &mut self.encode {
            Encode::Gzip(encoder) => encoder.get_mut(),
            Encode::Zlib(encoder) => encoder.get_mut(),
            Encode::Brotli(encoder) => encoder.get_mut(),
            Encode::Zstd(encoder) => encoder.get_mut(),
        })
    }

    /// Makes the encoder give out what it holds, so that a page that comes slowly is seen as it comes.
    ///
    /// # Errors
    ///
    /// When the library fails.
    pub(crate) fn flush(&mut self) -> io::Result<Vec<u8>> {
        if !std::mem::take(&mut self.holds) {
            return Ok(Vec::new());
        }
        match &mut self.encode {
            Encode::Gzip(encoder) => encoder.flush()?,
            Encode::Zlib(encoder) => encoder.flush()?,
            Encode::Brotli(encoder) => encoder.flush()?,
            Encode::Zstd(encoder) => encoder.flush()?,
        }
        Ok(self.take())
    }

    /// Ends the body and returns the last coded bytes.
    ///
    /// # Errors
    ///
    /// When the library fails.
    pub(crate) fn finish(self) -> io::Result<Vec<u8>> {
        match self.encode {
            Encode::Gzip(encoder) => encoder.finish(),
            Encode::Zlib(encoder) => encoder.finish(),
            Encode::Brotli(encoder) => Ok(encoder.into_inner()),
            Encode::Zstd(encoder) => encoder.finish(),
        }
    }
}
