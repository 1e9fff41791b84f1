//! Thrift's compact protocol, as much of it as the headers and the footer of Parquet need.

/// Types of fields and items, as the protocol numbers them.
pub mod kind {
    /// A 32-bit number.
    pub const I32: u8 = 5;
    /// Bytes.
    pub const BINARY: u8 = 8;
    /// A structure.
    pub const STRUCT: u8 = 12;
    pub(super) const TRUE: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const I8: u8 = 3;
    pub(super) const I64: u8 = 6;
    pub(super) const LIST: u8 = 9;
}

/// A structure being written: its fields in rising order.
pub struct Struct<'a> {
    out: &'a mut Vec<u8>,
    last: u8,
}

impl<'a> Struct<'a> {
    /// Writes a structure whose fields `fill` writes.
    pub fn write(out: &'a mut Vec<u8>, fill: impl FnOnce(&mut Struct<'_>)) {
        let mut structure = Struct { out, last: 0 };
        fill(&mut structure);
        structure.out.push(0);
    }

    fn field(&mut self, id: u8, kind: u8) {
        // All structures of Parquet have fewer than 16 fields between two of them.
        self.out.push((id - self.last) << 4 | kind);
        self.last = id;
    }

    /// A truth value.
    pub fn truth(&mut self, id: u8, value: bool) {
        self.field(id, if value { kind::TRUE } else { kind::FALSE });
    }

    /// An 8-bit number.
    pub fn i8(&mut self, id: u8, value: i8) {
        self.field(id, kind::I8);
        self.out.push(value as u8);
    }

    /// A 32-bit number.
    pub fn i32(&mut self, id: u8, value: i32) {
        self.field(id, kind::I32);
        zigzag(self.out, value.into());
    }

    /// A 64-bit number.
    pub fn i64(&mut self, id: u8, value: i64) {
        self.field(id, kind::I64);
        zigzag(self.out, value);
    }

    /// Bytes or text.
    pub fn binary(&mut self, id: u8, value: &[u8]) {
        self.field(id, kind::BINARY);
        bytes(self.out, value);
    }

    /// A structure.
    pub fn structure(&mut self, id: u8, fill: impl FnOnce(&mut Struct<'_>)) {
        self.field(id, kind::STRUCT);
        Struct::write(self.out, fill);
    }

    /// A list, each of whose items `put` writes.
    pub fn list<T>(
        &mut self,
        id: u8,
        kind: u8,
        items: impl ExactSizeIterator<Item = T>,
        mut put: impl FnMut(&mut Vec<u8>, T),
    ) {
        self.field(id, kind::LIST);
        match items.len() {
            few @ 0..15 => self.out.push((few as u8) << 4 | kind),
            many => {
                self.out.push(0xf0 | kind);
                varint(self.out, many as u64);
            }
        }
        items.for_each(|item| put(self.out, item));
    }
}

/// Bytes behind their length.
pub fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// A signed number, small ones in few bytes.
pub fn zigzag(out: &mut Vec<u8>, value: i64) {
    varint(out, (value << 1 ^ value >> 63) as u64);
}

/// A number in groups of seven bits, lowest first.
pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
