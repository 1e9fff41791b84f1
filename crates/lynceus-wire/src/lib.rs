//! Frames of a network interface, as the kernel sees them pass.
//!
//! The kernel writes frames into a ring of blocks in shared memory (AF_PACKET, TPACKET_V3); here
//! they are copied out in stretches that the meter takes. All unsafe code that live capture needs
//! stands in this crate, in `socket`, `ring` and `privileges`; the parsers have none.

pub mod filter;
mod privileges;
mod recorder;
mod ring;
mod socket;
mod wire;

pub use privileges::{drop_privileges, PrivilegeError};
pub use wire::{open, Options, Wire, WireError};

/// What the frames of an interface begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// An Ethernet header.
    Ethernet,
    /// An IP header: tunnels.
    Ip,
}

impl Medium {
    /// The link type as registered for pcap.
    pub fn link_type(self) -> u16 {
        match self {
            Medium::Ethernet => 1,
            Medium::Ip => 101,
        }
    }
}
