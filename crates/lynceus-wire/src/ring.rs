//! The ring of blocks: takes one that the kernel gives over, walks through its frames, gives it
//! back.
#![allow(unsafe_code)]

use std::io;
use std::mem::size_of;
use std::ptr;
use std::sync::atomic::{fence, AtomicU32, Ordering};
use std::time::Duration;

use libc::{tpacket3_hdr, tpacket_block_desc};

use crate::socket::{Shared, Socket};

/// Blocks are of this size: the largest frame that offloading makes fits many times.
pub const BLOCK_BYTES: u32 = 1 << 20;
/// After so long a block is given over though it is not full.
pub const RETIRE: Duration = Duration::from_millis(50);
/// Blocks at least, so that one can be read while others are filled.
const FEWEST_BLOCKS: u32 = 4;

/// A frame in a block.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Time, nanoseconds since 1970 UTC.
    pub ts_ns: i64,
    /// Its bytes, without the outermost VLAN tag.
    pub bytes: &'a [u8],
    /// Length on the wire, without that tag.
    pub wire_bytes: u32,
    /// Protocol number and content of the outermost VLAN tag, which the kernel has taken away.
    pub vlan: Option<(u16, u16)>,
}

/// Blocks shared with the kernel. The mapping goes before the socket.
pub struct Ring {
    memory: Shared,
    socket: Socket,
    blocks: u32,
    next: u32,
}

impl Ring {
    /// Makes the ring of a socket that is not bound yet.
    pub fn new(socket: Socket, bytes: u64) -> io::Result<Ring> {
        let blocks = u32::try_from(bytes / u64::from(BLOCK_BYTES)).unwrap_or(u32::MAX);
        let blocks = blocks.clamp(FEWEST_BLOCKS, 1 << 14);
        socket.ring(BLOCK_BYTES, blocks, RETIRE)?;
        let memory = Shared::of(&socket, BLOCK_BYTES as usize * blocks as usize)?;
        Ok(Ring {
            memory,
            socket,
            blocks,
            next: 0,
        })
    }

    /// Its socket.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Hands the frames of the next block to `take`; false when the kernel still has it.
    pub fn block(&mut self, mut take: impl FnMut(Seen<'_>)) -> bool {
        let start = self.next as usize * BLOCK_BYTES as usize;
        let Some(block) = self.memory.place(start) else {
            return false;
        };
        let description = block.cast::<tpacket_block_desc>();
        // SAFETY: a block begins with its description, in memory that is mapped and aligned to a
        // page. The status is shared with the kernel and therefore read as an atomic.
        let status = unsafe {
            let status = ptr::addr_of_mut!((*description).hdr.bh1.block_status);
            AtomicU32::from_ptr(status)
        };
        if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return false;
        }
        // SAFETY: the block is ours until its status is given back; nothing writes to it, so that
        // it can be looked at as bytes. It lies in the mapping as a whole.
        let bytes = unsafe { std::slice::from_raw_parts(block, BLOCK_BYTES as usize) };
        // SAFETY: as above; the description is larger than none of the blocks.
        let header = unsafe { ptr::read(description).hdr.bh1 };
        walk(
            bytes,
            header.num_pkts,
            header.offset_to_first_pkt,
            &mut take,
        );
        fence(Ordering::Release);
        status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.next = (self.next + 1) % self.blocks;
        true
    }
}

/// Walks through the frames of a block. What does not lie within it ends the walk.
fn walk(block: &[u8], frames: u32, first: u32, take: &mut impl FnMut(Seen<'_>)) {
    let mut at = first as usize;
    for _ in 0..frames {
        let Some(head) = block
            .get(at..)
            .filter(|rest| rest.len() >= size_of::<tpacket3_hdr>())
        else {
            return;
        };
        // SAFETY: there are as many bytes as the structure has, and it is made of integers.
        let header = unsafe { ptr::read_unaligned(head.as_ptr().cast::<tpacket3_hdr>()) };
        let start = usize::from(header.tp_mac);
        let Some(bytes) = head.get(start..start.saturating_add(header.tp_snaplen as usize)) else {
            return;
        };
        let said = |what: u32| header.tp_status & what != 0;
        let vlan = said(libc::TP_STATUS_VLAN_VALID).then(|| {
            let known = said(libc::TP_STATUS_VLAN_TPID_VALID);
            let protocol = if known {
                header.hv1.tp_vlan_tpid
            } else {
                0x8100
            };
            (protocol, header.hv1.tp_vlan_tci as u16)
        });
        take(Seen {
            ts_ns: i64::from(header.tp_sec) * 1_000_000_000 + i64::from(header.tp_nsec),
            bytes,
            wire_bytes: header.tp_len,
            vlan,
        });
        if header.tp_next_offset == 0 {
            return;
        }
        at += header.tp_next_offset as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of the kernel and its frame, as they lie in a block.
    fn frame(next: u32, snaplen: u32, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [next, 7, 5, snaplen, 99, libc::TP_STATUS_VLAN_VALID] {
            bytes.extend(word.to_ne_bytes());
        }
        bytes.extend(48u16.to_ne_bytes());
        bytes.extend(62u16.to_ne_bytes());
        for word in [0u32, 12, 0, 0, 0] {
            bytes.extend(word.to_ne_bytes());
        }
        assert_eq!(bytes.len(), size_of::<tpacket3_hdr>());
        bytes.extend(body);
        bytes
    }

    fn walked(block: &[u8], frames: u32, first: u32) -> Vec<(i64, Vec<u8>, u32)> {
        let mut seen = Vec::new();
        walk(block, frames, first, &mut |frame: Seen<'_>| {
            assert_eq!(frame.vlan, Some((0x8100, 12)));
            seen.push((frame.ts_ns, frame.bytes.to_vec(), frame.wire_bytes));
        });
        seen
    }

    #[test]
    fn frames_are_found_in_a_row() {
        let mut block = frame(51, 3, b"abc");
        block.extend(frame(0, 2, b"de"));
        let seen = walked(&block, 2, 0);
        assert_eq!(seen[0], (7_000_000_005, b"abc".to_vec(), 99));
        assert_eq!(seen[1].1, b"de");
        assert_eq!(walked(&block, 1, 0).len(), 1);
    }

    #[test]
    fn what_lies_outside_the_block_ends_the_walk() {
        let sound = frame(0, 3, b"abc");
        assert!(walked(&sound, 5, u32::MAX).is_empty());
        assert!(walked(&sound[..40], 1, 0).is_empty());
        assert!(walked(&frame(0, u32::MAX, b"abc"), 1, 0).is_empty());
        assert_eq!(walked(&frame(u32::MAX, 3, b"abc"), 9, 0).len(), 1);
    }
}
