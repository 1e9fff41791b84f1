//! Zeek's connection history as a short run of letters.

/// Letters kept at most; a longer history ends there.
const ROOM: usize = 31;

/// Letters in order of events, kept by side (upper case for side 0) until the originator is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    letters: [u8; ROOM],
    length: u8,
}

impl History {
    /// Adds a letter (given in upper case) of a side.
    pub fn push(&mut self, side: usize, letter: u8) {
        self.put(if side == 0 {
            letter
        } else {
            letter.to_ascii_lowercase()
        });
    }

    /// Adds the mark of a flipped direction.
    pub fn flip(&mut self) {
        self.put(b'^');
    }

    fn put(&mut self, letter: u8) {
        if let Some(room) = self.letters.get_mut(usize::from(self.length)) {
            *room = letter;
            self.length += 1;
        }
    }

    /// Adds a letter if its side does not have it yet.
    #[inline]
    pub fn push_once(&mut self, side: usize, letter: u8, seen: &mut [u8; 2], bit: u8) {
        if seen[side] & bit == 0 {
            seen[side] |= bit;
            self.push(side, letter);
        }
    }

    /// Writes the history with the originator's letters in upper case; returns its length.
    pub fn write(&self, orig: usize, out: &mut [u8; ROOM]) -> usize {
        let length = usize::from(self.length);
        for (letter, text) in self.letters[..length].iter().zip(out.iter_mut()) {
            *text = match (letter, orig) {
                (b'^', _) | (_, 0) => *letter,
                (upper, _) if upper.is_ascii_uppercase() => upper.to_ascii_lowercase(),
                (lower, _) => lower.to_ascii_uppercase(),
            };
        }
        length
    }

    /// True when nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// True for 1, 10, 100 ...: letters of repeated events are written at powers of ten.
pub fn is_power_of_ten(count: u32) -> bool {
    matches!(count, 1 | 10 | 100 | 1_000 | 10_000 | 100_000 | 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_change_case_with_the_originator_and_the_room_ends() {
        let mut history = History::default();
        history.flip();
        history.push(0, b'D');
        history.push(1, b'A');
        let mut text = [0; ROOM];
        let length = history.write(0, &mut text);
        assert_eq!(&text[..length], b"^Da");
        let length = history.write(1, &mut text);
        assert_eq!(&text[..length], b"^dA");
        (0..100).for_each(|_| history.push(0, b'T'));
        assert_eq!(history.write(0, &mut text), ROOM);
    }
}
