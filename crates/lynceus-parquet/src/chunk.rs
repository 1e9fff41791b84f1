//! One column of one row group: its pages, packed.

use arrow_array::cast::AsArray;
use arrow_array::ArrayRef;
use zstd::bulk::Compressor;

use crate::dictionary::Finder;
use crate::footer::{page_head, Bounds, Chunk, Page};
use crate::schema::Leaf;
use crate::values::{encoded, Encoded};
use crate::{hybrid, levels, WriteError};

/// Level 1: a tenth larger than the next ones that pay, at a third of their time.
const LEVEL: i32 = 1;
/// A chunk of fewer bytes is not worth packing.
const WORTH_PACKING: usize = 128;

/// Encodes column chunks. What it needs for one is used again for the next.
pub struct ChunkEncoder {
    finder: Finder,
    zstd: Compressor<'static>,
}

impl ChunkEncoder {
    /// An encoder.
    ///
    /// # Errors
    /// When there is no memory for the compressor.
    pub fn new() -> Result<ChunkEncoder, WriteError> {
        Ok(ChunkEncoder {
            finder: Finder::new(),
            zstd: Compressor::new(LEVEL)?,
        })
    }

    /// The chunk of a column, whose rows are those of `arrays`.
    ///
    /// # Errors
    /// When packing fails.
    pub fn chunk(&mut self, leaf: &Leaf, arrays: &[ArrayRef]) -> Result<Chunk, WriteError> {
        let (levels, encoded) = if leaf.is_list() {
            let (levels, items) = levels::lists(arrays.iter().map(|array| array.as_list::<i64>()));
            (levels, encoded(&items, &mut self.finder))
        } else {
            (levels::flat(arrays), encoded(arrays, &mut self.finder))
        };
        let Encoded {
            dictionary,
            places,
            plain,
            ends,
        } = encoded;
        let told = levels.count - levels.nulls;
        let mut body = levels.bytes;
        match &dictionary {
            Some((_, distinct)) => {
                let width = hybrid::width(distinct - 1);
                body.push(width);
                if places.is_empty() {
                    hybrid::repeat(0, told, width, &mut body);
                } else {
                    hybrid::pack(&places, width, &mut body);
                }
            }
            None => body.extend_from_slice(&plain),
        }
        let raw = body.len() + dictionary.as_ref().map_or(0, |(values, _)| values.len());
        let mut chunk = Chunk {
            pages: Vec::new(),
            values: levels.count,
            unpacked_bytes: 0,
            is_packed: raw >= WORTH_PACKING,
            dictionary_bytes: None,
            bounds: Bounds {
                nulls: levels.nulls,
                ends,
            },
        };
        let mut kind = Page::Plain;
        if let Some((values, distinct)) = dictionary {
            self.page(&mut chunk, Page::Dictionary, distinct, &values)?;
            chunk.dictionary_bytes = Some(chunk.pages.len());
            kind = Page::Places;
        }
        self.page(&mut chunk, kind, levels.count, &body)?;
        Ok(chunk)
    }

    fn page(
        &mut self,
        chunk: &mut Chunk,
        page: Page,
        values: usize,
        body: &[u8],
    ) -> Result<(), WriteError> {
        let packed = match chunk.is_packed {
            true => Some(self.zstd.compress(body)?),
            false => None,
        };
        let stored = packed.as_deref().unwrap_or(body);
        let before = chunk.pages.len();
        page_head(&mut chunk.pages, page, values, body.len(), stored.len());
        chunk.unpacked_bytes += chunk.pages.len() - before + body.len();
        chunk.pages.extend_from_slice(stored);
        Ok(())
    }
}
