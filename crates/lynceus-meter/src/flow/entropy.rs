//! How even the bytes of a payload are.

/// Bytes looked at.
const SAMPLE: usize = 64;

/// log2 of 0 (unused) to 64.
fn log2(count: u8) -> f32 {
    static TABLE: std::sync::OnceLock<[f32; SAMPLE + 1]> = std::sync::OnceLock::new();
    let table = TABLE.get_or_init(|| std::array::from_fn(|i| (i.max(1) as f32).log2()));
    table[usize::from(count)]
}

/// Shannon entropy in bits per byte of the first 64 bytes; `None` without bytes.
pub fn entropy_bits(payload: &[u8]) -> Option<f32> {
    let sample = &payload[..payload.len().min(SAMPLE)];
    if sample.is_empty() {
        return None;
    }
    let mut counts = [0u8; 256];
    sample
        .iter()
        .for_each(|byte| counts[usize::from(*byte)] += 1);
    let repeated: f32 = sample
        .iter()
        .map(|byte| log2(counts[usize::from(*byte)]))
        .sum();
    Some((log2(sample.len() as u8) - repeated / sample.len() as f32).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_and_uneven_bytes() {
        assert_eq!(entropy_bits(b""), None);
        assert_eq!(entropy_bits(b"aaaa"), Some(0.0));
        assert_eq!(entropy_bits(b"abab"), Some(1.0));
        assert_eq!(entropy_bits(b"abcd"), Some(2.0));
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(entropy_bits(&all), Some(6.0));
    }
}
