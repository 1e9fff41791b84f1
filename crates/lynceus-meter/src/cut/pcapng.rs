//! Writes one section of a pcapng file: its header, an interface for each link type, packets.

use std::collections::HashMap;
use std::io::{self, Write};

const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
const BYTE_ORDER: u32 = 0x1A2B_3C4D;
const COMMENT: u16 = 1;
const APPLICATION: u16 = 4;
const TIME_RESOLUTION: u16 = 9;
const NANOSECONDS: u8 = 9;
const UNLIMITED: u32 = 0;

/// A comment longer than this is cut; a length has sixteen bits.
const MAX_COMMENT_BYTES: usize = 32_768;

/// A section that is being written, in the byte order of no machine in particular: little-endian.
pub struct Section<W> {
    out: W,
    interfaces: HashMap<u16, u32>,
    block: Vec<u8>,
    packets: u64,
}

impl<W: Write> Section<W> {
    /// Writes the section header with a comment.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(out: W, about: &str) -> io::Result<Section<W>> {
        let mut section = Section {
            out,
            interfaces: HashMap::new(),
            block: Vec::new(),
            packets: 0,
        };
        section.block.extend(BYTE_ORDER.to_le_bytes());
        section.block.extend(1u16.to_le_bytes());
        section.block.extend(0u16.to_le_bytes());
        section.block.extend((-1i64).to_le_bytes());
        section.text(COMMENT, about);
        section.text(APPLICATION, "lynceus");
        section.end_options();
        section.write(SECTION)?;
        Ok(section)
    }

    /// What it was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// What it is written to.
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// Packets written so far.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Writes a packet with its comments.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn packet<'c>(
        &mut self,
        link_type: u16,
        ts_ns: i64,
        wire_bytes: u32,
        bytes: &[u8],
        comments: impl Iterator<Item = &'c str>,
    ) -> io::Result<()> {
        let interface = self.interface(link_type)?;
        // Times before 1970 have no form here.
        let ticks = u64::try_from(ts_ns).unwrap_or(0);
        let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.block.extend(interface.to_le_bytes());
        self.block.extend(((ticks >> 32) as u32).to_le_bytes());
        self.block.extend((ticks as u32).to_le_bytes());
        self.block.extend(captured.to_le_bytes());
        self.block.extend(wire_bytes.max(captured).to_le_bytes());
        self.block.extend_from_slice(bytes);
        self.pad();
        let mut any = false;
        for comment in comments {
            self.text(COMMENT, comment);
            any = true;
        }
        if any {
            self.end_options();
        }
        self.packets += 1;
        self.write(PACKET)
    }

    /// The number of the interface of a link type, which is written when it is first needed.
    fn interface(&mut self, link_type: u16) -> io::Result<u32> {
        if let Some(&number) = self.interfaces.get(&link_type) {
            return Ok(number);
        }
        let number = u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX);
        self.block.extend(link_type.to_le_bytes());
        self.block.extend(0u16.to_le_bytes());
        self.block.extend(UNLIMITED.to_le_bytes());
        self.option(TIME_RESOLUTION, &[NANOSECONDS]);
        self.end_options();
        self.write(INTERFACE)?;
        self.interfaces.insert(link_type, number);
        Ok(number)
    }

    fn text(&mut self, code: u16, text: &str) {
        let mut end = text.len().min(MAX_COMMENT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.option(code, &text.as_bytes()[..end]);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.block.extend(code.to_le_bytes());
        self.block.extend(length.to_le_bytes());
        self.block.extend_from_slice(value);
        self.pad();
    }

    fn end_options(&mut self) {
        self.block.extend([0; 4]);
    }

    fn pad(&mut self) {
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    /// Writes the block gathered, between its two lengths.
    fn write(&mut self, kind: u32) -> io::Result<()> {
        let length = u32::try_from(self.block.len() + 12).unwrap_or(u32::MAX);
        self.out.write_all(&kind.to_le_bytes())?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&self.block)?;
        self.out.write_all(&length.to_le_bytes())?;
        self.block.clear();
        Ok(())
    }
}
