//! Reads captures and prints how fast, and what was lost: `decode_rate FILE...`.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use lynceus_meter::decode::Decoder;
use lynceus_meter::losses::reason;
use lynceus_meter::packet::PacketBatch;
use lynceus_meter::read::{Capture, ReadError};

fn main() -> ExitCode {
    let mut outcome = ExitCode::SUCCESS;
    for path in std::env::args().skip(1) {
        if let Err(error) = rate(Path::new(&path)) {
            eprintln!("{error}");
            outcome = ExitCode::from(2);
        }
    }
    outcome
}

fn rate(path: &Path) -> Result<(), ReadError> {
    let begun = Instant::now();
    let mut capture = Capture::open(path)?;
    let mut decoder = Decoder::new();
    let mut batch = PacketBatch::default();
    let mut captured_bytes = 0u64;
    while decoder.fill(&mut capture, &mut batch)? {
        captured_bytes += batch.bytes.len() as u64;
    }
    let elapsed_s = begun.elapsed().as_secs_f64();
    let frames = decoder.losses().get(reason::FRAMES);
    println!(
        "{}: {frames} frames, {captured_bytes} bytes in {elapsed_s:.3} s: {:.2} M packets/s, {:.0} MB/s",
        path.display(),
        frames as f64 / elapsed_s / 1e6,
        captured_bytes as f64 / elapsed_s / 1e6,
    );
    for (reason, count) in decoder.losses().iter() {
        println!("  {reason} {count}");
    }
    Ok(())
}
