//! Texts among the arguments of a request, found by how NDR writes a string: how many characters
//! there is room for, where it begins (0), how many there are, then the characters. Which
//! arguments they are is not known here; their order is that of the procedure.

use crate::protocols::wire::{text, utf16_text, Wire};

/// Bytes of a request that are looked through.
const LOOK_BYTES: usize = 4096;
/// Most characters of a string that is taken for one.
const LONGEST: u64 = 8192;
/// Characters kept of a text.
const TEXT_CHARS: usize = 256;

/// At most `limit` texts of a request in the clear.
pub(super) fn texts(stub: &[u8], limit: usize) -> Vec<String> {
    let mut rest = stub.get(..LOOK_BYTES).unwrap_or(stub);
    let mut found = Vec::new();
    while found.len() < limit && !rest.is_empty() {
        let here = [string(rest, false), string(rest, true)];
        match here.into_iter().flatten().next() {
            Some((text, bytes)) => {
                found.push(text);
                // The next argument begins at a multiple of four.
                let bytes = bytes.next_multiple_of(4);
                rest = rest.get(bytes..).unwrap_or(&[]);
            }
            None => rest = rest.get(4..).unwrap_or(&[]),
        }
    }
    found
}

/// A string at the start of `bytes`, with the bytes it takes; counts of eight bytes in NDR64.
fn string(bytes: &[u8], wide_counts: bool) -> Option<(String, usize)> {
    let mut w = Wire::new(bytes);
    let mut count = || match wide_counts {
        true => w.le64(),
        false => w.le32().map(u64::from),
    };
    let (room, offset, units) = (count()?, count()?, count()?);
    if offset != 0 || units < 2 || units > room || room > LONGEST {
        return None;
    }
    let units = usize::try_from(units).ok()?;
    let head = bytes.len().saturating_sub(w.len());
    let wide_bytes = units.saturating_mul(2);
    if let Some(text) = wide(w.rest(), wide_bytes) {
        return Some((text, head.saturating_add(wide_bytes)));
    }
    let bytes = w.take(units)?;
    let (last, body) = bytes.split_last()?;
    let fits = *last == 0 && !body.is_empty() && body.iter().all(|b| matches!(b, 0x20..=0x7e));
    fits.then(|| (text(body, TEXT_CHARS), head.saturating_add(units)))
}

/// UTF-16 of which every character can be printed; a long one may go beyond what is there.
fn wide(rest: &[u8], bytes: usize) -> Option<String> {
    let whole = rest.get(..bytes);
    let kept = TEXT_CHARS * 2;
    let bytes = match whole {
        Some(bytes) => bytes,
        None if rest.len() >= kept => rest,
        None => return None,
    };
    let bytes = match bytes.strip_suffix(&[0, 0]) {
        Some(body) if body.len() % 2 == 0 => body,
        _ => bytes,
    };
    let units = bytes.chunks_exact(2).take(TEXT_CHARS);
    let fits = |unit: &[u8]| match unit {
        [low, 0] => matches!(low, 0x20..=0x7e | 0xa0..),
        // Private use, surrogates and the like are not in names.
        [_, high] => *high < 0xd8 || *high >= 0xf9,
        _ => false,
    };
    let printable = bytes.len() >= 2 && units.clone().all(fits);
    // Bytes that happen to count like a string are seldom letters of one alphabet.
    let latin = units.filter(|unit| unit.last() == Some(&0)).count();
    let enough = latin * 2 >= bytes.len().min(kept) / 2;
    (printable && enough).then(|| utf16_text(bytes, TEXT_CHARS))
}

#[cfg(test)]
pub(super) mod tests_support {
    use crate::protocols::ntlm::tests_support::wide;

    /// A string as NDR writes it.
    pub(crate) fn ndr(text: &str) -> Vec<u8> {
        let units = text.chars().count() as u32 + 1;
        let mut out: Vec<u8> = [units, 0, units]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect();
        out.extend(wide(text));
        out.extend([0, 0]);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::tests_support::ndr;
    use super::*;
    use crate::protocols::ntlm::tests_support::wide;

    #[test]
    fn strings_between_other_arguments() {
        let stub = [
            vec![0xab; 20],
            ndr("EVIL"),
            vec![0, 0, 2, 0],
            ndr("%COMSPEC% /c x"),
            vec![0; 12],
        ]
        .concat();
        assert_eq!(texts(&stub, 6), ["EVIL", "%COMSPEC% /c x"]);
        assert_eq!(texts(&stub, 1), ["EVIL"]);
        assert!(texts(&stub, 0).is_empty());
        for end in 0..stub.len() {
            assert!(texts(&stub[..end], 6).len() <= 2);
        }
    }

    #[test]
    fn other_forms() {
        let counts = |room: u32, units: u32| -> Vec<u8> {
            let counts = [room, 0, units];
            counts.iter().flat_map(|n| n.to_le_bytes()).collect()
        };
        let ansi = [counts(5, 5), b"EVIL\0".to_vec()].concat();
        assert_eq!(texts(&ansi, 6), ["EVIL"]);
        let unterminated = [counts(8, 4), wide("name")].concat();
        assert_eq!(texts(&unterminated, 6), ["name"]);
        let wide_counts: Vec<u8> = [5u64, 0, 5].iter().flat_map(|n| n.to_le_bytes()).collect();
        let ndr64 = [wide_counts, wide("EVIL\0")].concat();
        assert_eq!(texts(&ndr64, 6), ["EVIL"]);
        let long = [counts(6000, 6000), wide(&"x".repeat(1000))].concat();
        assert_eq!(texts(&long, 6), ["x".repeat(256)]);
    }

    #[test]
    fn what_is_no_text() {
        let noise: Vec<u8> = (0..4000u32).map(|i| (i * i % 251) as u8).collect();
        assert!(texts(&noise, 6).is_empty());
        let counts: Vec<u8> = [4u32, 0, 4].iter().flat_map(|n| n.to_le_bytes()).collect();
        assert!(texts(&[counts, vec![1; 8]].concat(), 6).is_empty());
    }
}
