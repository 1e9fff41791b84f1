//! What stands in a file beside the values: the heads of pages and the directory at its end.

use crate::schema::{self, Leaf};
use crate::thrift::{bytes, kind, zigzag, Struct};

/// Encodings, as Parquet numbers them.
const PLAIN: i32 = 0;
const RLE: i32 = 3;
const RLE_DICTIONARY: i32 = 8;

/// Codecs, as Parquet numbers them.
const UNCOMPRESSED: i32 = 0;
const ZSTD: i32 = 6;

/// The bytes that begin and end a file.
pub const MAGIC: &[u8; 4] = b"PAR1";

/// Which kind a page is.
#[derive(Clone, Copy, Debug)]
pub enum Page {
    /// The distinct values.
    Dictionary,
    /// All values, as they are.
    Plain,
    /// All values, as places in the dictionary.
    Places,
}

/// Appends the head of a page of so many values, of so many bytes unpacked and packed.
pub fn page_head(out: &mut Vec<u8>, page: Page, values: usize, unpacked: usize, packed: usize) {
    Struct::write(out, |head| {
        let dictionary = matches!(page, Page::Dictionary);
        head.i32(1, if dictionary { 2 } else { 0 });
        head.i32(2, unpacked as i32);
        head.i32(3, packed as i32);
        match page {
            Page::Dictionary => head.structure(7, |head| {
                head.i32(1, values as i32);
                head.i32(2, PLAIN);
            }),
            Page::Plain | Page::Places => head.structure(5, |head| {
                let plain = matches!(page, Page::Plain);
                head.i32(1, values as i32);
                head.i32(2, if plain { PLAIN } else { RLE_DICTIONARY });
                head.i32(3, RLE);
                head.i32(4, RLE);
            }),
        }
    });
}

/// What readers skip rows by.
#[derive(Debug, Default)]
pub struct Bounds {
    /// Values that are null.
    pub nulls: usize,
    /// The least and the greatest value as they stand in the file; `None` where there is none, or
    /// where it is too long to be worth its place.
    pub ends: Option<(Vec<u8>, Vec<u8>)>,
}

/// One column of one row group.
#[derive(Debug)]
pub struct Chunk {
    /// Its pages.
    pub pages: Vec<u8>,
    /// Values, the nulls included.
    pub values: usize,
    /// Bytes of the pages unpacked.
    pub unpacked_bytes: usize,
    /// Whether the pages are packed.
    pub is_packed: bool,
    /// Length of the page with the dictionary, where there is one.
    pub dictionary_bytes: Option<usize>,
    /// What readers skip rows by.
    pub bounds: Bounds,
}

/// A chunk that is written: where it begins, and what the directory says of it.
struct Placed {
    begin: u64,
    bytes: u64,
    chunk: Chunk,
}

/// The rows of one group.
struct Group {
    rows: usize,
    chunks: Vec<Placed>,
}

/// The directory of a file.
#[derive(Default)]
pub struct Footer {
    groups: Vec<Group>,
}

impl Footer {
    /// Notes a row group that is written from `begin` on, chunk behind chunk.
    pub fn add(&mut self, rows: usize, mut begin: u64, chunks: Vec<Chunk>) {
        let place = |mut chunk: Chunk| {
            let bytes = std::mem::take(&mut chunk.pages).len() as u64;
            begin += bytes;
            Placed {
                begin: begin - bytes,
                bytes,
                chunk,
            }
        };
        let chunks = chunks.into_iter().map(place).collect();
        self.groups.push(Group { rows, chunks });
    }

    /// The directory, as it ends the file.
    pub fn bytes(&self, leaves: &[Leaf]) -> Vec<u8> {
        let mut out = Vec::new();
        Struct::write(&mut out, |footer| {
            footer.i32(1, 1);
            schema::write(footer, 2, leaves);
            footer.i64(3, self.groups.iter().map(|group| group.rows as i64).sum());
            footer.list(4, kind::STRUCT, self.groups.iter(), |out, group| {
                Struct::write(out, |row_group| group.write(row_group, leaves));
            });
            footer.binary(6, concat!("lynceus ", env!("CARGO_PKG_VERSION")).as_bytes());
            // The order that a type has by itself.
            footer.list(7, kind::STRUCT, leaves.iter(), |out, _| {
                Struct::write(out, |order| order.structure(1, |_| {}));
            });
        });
        let length = out.len() as u32;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(MAGIC);
        out
    }
}

impl Group {
    fn write(&self, row_group: &mut Struct<'_>, leaves: &[Leaf]) {
        let chunks = self.chunks.iter().zip(leaves);
        row_group.list(1, kind::STRUCT, chunks, |out, (placed, leaf)| {
            Struct::write(out, |column| {
                column.i64(2, placed.begin as i64);
                column.structure(3, |about| placed.write(about, leaf));
            });
        });
        let unpacked = self.chunks.iter().map(|placed| placed.chunk.unpacked_bytes);
        row_group.i64(2, unpacked.sum::<usize>() as i64);
        row_group.i64(3, self.rows as i64);
        row_group.i64(
            5,
            self.chunks.first().map_or(0, |placed| placed.begin) as i64,
        );
        row_group.i64(
            6,
            self.chunks.iter().map(|placed| placed.bytes as i64).sum(),
        );
    }
}

impl Placed {
    /// As the structure `ColumnMetaData`.
    fn write(&self, about: &mut Struct<'_>, leaf: &Leaf) {
        let Placed {
            begin,
            bytes: length,
            chunk,
        } = self;
        let encodings: &[i32] = match chunk.dictionary_bytes {
            Some(_) => &[PLAIN, RLE, RLE_DICTIONARY],
            None => &[PLAIN, RLE],
        };
        about.i32(1, leaf.physical as i32);
        about.list(2, kind::I32, encodings.iter(), |out, one| {
            zigzag(out, (*one).into())
        });
        about.list(3, kind::BINARY, leaf.path.iter(), |out, name| {
            bytes(out, name.as_bytes())
        });
        about.i32(4, if chunk.is_packed { ZSTD } else { UNCOMPRESSED });
        about.i64(5, chunk.values as i64);
        about.i64(6, chunk.unpacked_bytes as i64);
        about.i64(7, *length as i64);
        about.i64(
            9,
            *begin as i64 + chunk.dictionary_bytes.unwrap_or(0) as i64,
        );
        if chunk.dictionary_bytes.is_some() {
            about.i64(11, *begin as i64);
        }
        about.structure(12, |statistics| {
            statistics.i64(3, chunk.bounds.nulls as i64);
            if let Some((least, greatest)) = &chunk.bounds.ends {
                statistics.binary(5, greatest);
                statistics.binary(6, least);
            }
        });
    }
}
