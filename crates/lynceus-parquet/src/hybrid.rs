//! Small numbers as Parquet packs them: repeated ones by their count, others bit by bit.

use crate::thrift::varint;

/// Values packed together; a run of repeats begins where such a group ends.
const GROUP: usize = 8;
/// Repeats that are worth a run of their own.
const WORTH: usize = 2 * GROUP;

/// Appends `values`, each of at most `width` bits.
pub fn pack(values: &[u16], width: u8, out: &mut Vec<u8>) {
    let (mut literals, mut at) = (0, 0);
    while at < values.len() {
        let value = values[at];
        let same = values[at..].iter().take_while(|other| **other == value);
        let end = at + same.count();
        let begin = literals + (at - literals).next_multiple_of(GROUP);
        if begin + WORTH <= end {
            pack_bits(&values[literals..begin], width, out);
            repeat(value, end - begin, width, out);
            literals = end;
        }
        at = end;
    }
    pack_bits(&values[literals..], width, out);
}

/// Appends `count` times `value`.
pub fn repeat(value: u16, count: usize, width: u8, out: &mut Vec<u8>) {
    varint(out, (count as u64) << 1);
    let bytes = usize::from(width).div_ceil(8);
    out.extend_from_slice(&value.to_le_bytes()[..bytes]);
}

/// Appends bits that are packed already, of values of one bit each.
pub fn packed(bits: &[u8], out: &mut Vec<u8>) {
    varint(out, (bits.len() as u64) << 1 | 1);
    out.extend_from_slice(bits);
}

fn pack_bits(values: &[u16], width: u8, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(GROUP);
    varint(out, (groups as u64) << 1 | 1);
    let end = out.len() + groups * usize::from(width);
    let (mut word, mut bits) = (0u64, 0u32);
    for value in values {
        word |= u64::from(*value) << bits;
        bits += u32::from(width);
        while bits >= 32 {
            out.extend_from_slice(&(word as u32).to_le_bytes());
            word >>= 32;
            bits -= 32;
        }
    }
    out.extend_from_slice(&word.to_le_bytes()[..bits.div_ceil(8) as usize]);
    out.resize(end, 0);
}

/// Bits that `most` needs.
pub fn width(most: usize) -> u8 {
    (usize::BITS - most.leading_zeros()) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Undoes what `pack` did.
    fn unpacked(bytes: &[u8], width: u8, count: usize) -> Vec<u16> {
        let (mut at, mut out) = (0, Vec::new());
        while out.len() < count {
            let (mut head, mut shift) = (0u64, 0);
            loop {
                let byte = bytes[at];
                at += 1;
                head |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            let wide = usize::from(width);
            if head & 1 == 0 {
                let mut value = [0; 2];
                let size = wide.div_ceil(8);
                value[..size].copy_from_slice(&bytes[at..at + size]);
                at += size;
                let repeated = (head >> 1) as usize;
                out.extend(std::iter::repeat_n(u16::from_le_bytes(value), repeated));
            } else {
                let groups = (head >> 1) as usize;
                let bit = |i: usize| u16::from(bytes[at + i / 8] >> (i % 8) & 1);
                let value = |i: usize| (0..wide).fold(0, |v, b| v | bit(i * wide + b) << b);
                out.extend((0..groups * GROUP).map(value));
                at += groups * wide;
            }
        }
        assert_eq!(at, bytes.len());
        out.truncate(count);
        out
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let mut state = 7u32;
        for round in 0..400 {
            let wide = (round % 17) as u8;
            let mut values = Vec::new();
            while values.len() < round * 3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let value = ((state >> 16) & ((1 << wide) - 1)) as u16;
                let times = if state >> 8 & 3 == 0 { state >> 28 } else { 1 };
                values.extend(std::iter::repeat_n(value, times as usize * 5 + 1));
            }
            let mut out = Vec::new();
            pack(&values, wide, &mut out);
            assert_eq!(unpacked(&out, wide, values.len()), values);
        }
    }

    #[test]
    fn a_width_holds_its_greatest() {
        assert_eq!([0, 1, 2, 255, 256].map(width), [0, 1, 2, 8, 9]);
    }
}
