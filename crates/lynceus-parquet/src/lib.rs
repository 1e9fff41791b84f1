//! Arrow batches in, a Parquet file out, encoded in threads of its own beside those who make the
//! batches.
//!
//! A row group is held until it is whole. Then each column becomes one chunk: one page of values, and
//! one of the distinct ones before it where these are few; packed by zstd, with the bounds that
//! readers skip rows by.

mod chunk;
mod dictionary;
mod footer;
mod hybrid;
mod levels;
mod schema;
mod thrift;
mod values;

use std::fs::File;
use std::io::{self, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, SchemaRef};
use crossbeam_channel::{bounded, Receiver, Sender};

use chunk::ChunkEncoder;
use footer::{Chunk, Footer, MAGIC};
use schema::Leaf;

/// Rows of a row group: enough to spread what a column chunk costs, few enough to be held while
/// they are packed.
pub const ROW_GROUP_ROWS: usize = 32_768;

/// Batches that may wait for the writer before their maker has to.
const WAITING: usize = 3;

/// Threads that encode the columns of a row group.
const ENCODERS: usize = 2;

/// Why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The operating system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A batch has other columns than the file.
    #[error(transparent)]
    Columns(#[from] ArrowError),
    /// A column is of a type that no table of ours has.
    #[error("{0}: columns of this type cannot be written")]
    Type(String),
    /// The writer is at fault.
    #[error("a fault of the Parquet writer")]
    Fault,
}

/// A Parquet file, open for writing. It is whole once it is closed.
pub struct ParquetFile {
    schema: SchemaRef,
    batches: Option<Sender<RecordBatch>>,
    writer: Option<JoinHandle<Result<(), WriteError>>>,
}

impl ParquetFile {
    /// Creates the file, or empties it.
    ///
    /// # Errors
    /// When it cannot be created, or a column is of a type that no table of ours has.
    pub fn create(path: &Path, schema: SchemaRef) -> Result<ParquetFile, WriteError> {
        let leaves = schema::leaves(&schema).map_err(WriteError::Type)?;
        let encoders = (0..ENCODERS).map(|_| ChunkEncoder::new());
        let mut table = Table {
            leaves,
            file: File::create(path)?,
            written: 0,
            held: Vec::new(),
            held_rows: 0,
            footer: Footer::default(),
            encoders: encoders.collect::<Result<_, _>>()?,
        };
        let (batches, waiting) = bounded(WAITING);
        let run = move || {
            catch_unwind(AssertUnwindSafe(|| table.write(&waiting)))
                .unwrap_or(Err(WriteError::Fault))
        };
        let writer = thread::Builder::new()
            .name("lynceus-table".to_owned())
            .spawn(run)?;
        Ok(ParquetFile {
            schema,
            batches: Some(batches),
            writer: Some(writer),
        })
    }

    /// Hands over rows; waits while the writer is behind.
    ///
    /// # Errors
    /// When the columns are not those of the file, or rows before could not be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let batch = RecordBatch::try_new(self.schema.clone(), batch.columns().to_vec())?;
        let handed = self.batches.as_ref().map(|batches| batches.send(batch));
        match handed {
            Some(Ok(())) => Ok(()),
            _ => self.close().and(Err(WriteError::Fault)),
        }
    }

    /// Writes what is left and the directory of the file.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn close(&mut self) -> Result<(), WriteError> {
        self.batches = None;
        match self.writer.take() {
            Some(writer) => writer.join().unwrap_or(Err(WriteError::Fault)),
            None => Ok(()),
        }
    }
}

/// The rows that wait for their group to be whole, and the file so far.
struct Table {
    leaves: Vec<Leaf>,
    file: File,
    written: u64,
    held: Vec<RecordBatch>,
    held_rows: usize,
    footer: Footer,
    encoders: Vec<ChunkEncoder>,
}

impl Table {
    fn write(&mut self, batches: &Receiver<RecordBatch>) -> Result<(), WriteError> {
        self.put(MAGIC)?;
        for batch in batches {
            let mut rest = batch;
            while rest.num_rows() > 0 {
                let now = rest.num_rows().min(ROW_GROUP_ROWS - self.held_rows);
                self.held.push(rest.slice(0, now));
                self.held_rows += now;
                rest = rest.slice(now, rest.num_rows() - now);
                if self.held_rows == ROW_GROUP_ROWS {
                    self.write_group()?;
                }
            }
        }
        if self.held_rows > 0 {
            self.write_group()?;
        }
        self.put(&self.footer.bytes(&self.leaves))
    }

    /// Writes the rows that are held as a row group.
    fn write_group(&mut self) -> Result<(), WriteError> {
        let chunks = encode(&mut self.encoders, &self.leaves, &self.held)?;
        let (begin, rows) = (self.written, self.held_rows);
        for chunk in &chunks {
            self.put(&chunk.pages)?;
        }
        self.footer.add(rows, begin, chunks);
        self.held.clear();
        self.held_rows = 0;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}

/// The chunks of all columns, each by the next encoder that is free.
fn encode(
    encoders: &mut [ChunkEncoder],
    leaves: &[Leaf],
    held: &[RecordBatch],
) -> Result<Vec<Chunk>, WriteError> {
    let next = AtomicUsize::new(0);
    let work = &|encoder: &mut ChunkEncoder| {
        let mut done: Vec<(usize, Chunk)> = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(leaf) = leaves.get(place) else {
                return Ok(done);
            };
            let arrays = held.iter().map(|batch| batch.column(place).clone());
            let chunk = encoder.chunk(leaf, &arrays.collect::<Vec<ArrayRef>>())?;
            done.push((place, chunk));
        }
    };
    let done: Vec<Vec<(usize, Chunk)>> = thread::scope(|scope| {
        let threads: Vec<_> = encoders
            .iter_mut()
            .map(|encoder| scope.spawn(move || work(encoder)))
            .collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Err(WriteError::Fault)));
        joined.collect::<Result<_, WriteError>>()
    })?;
    let mut chunks: Vec<(usize, Chunk)> = done.into_iter().flatten().collect();
    chunks.sort_unstable_by_key(|(place, _)| *place);
    Ok(chunks.into_iter().map(|(_, chunk)| chunk).collect())
}
