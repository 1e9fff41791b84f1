//! A packet socket: the system calls, each behind a safe face.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void, CString};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

use crate::filter::Instruction;
use crate::Medium;

/// Interfaces whose frames are IP packets, beside tunnels (linux/if_arp.h).
const ARPHRD_RAWIP: u16 = 519;

/// A socket of the family for packets, not yet bound to an interface.
pub struct Socket(OwnedFd);

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Something is to be read.
    Frames,
    /// Nothing came in time.
    Nothing,
    /// The interface has gone down, or away.
    Down,
}

/// The number of an interface; `None` where there is none of the name.
pub fn interface_index(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: the name is a string that ends in zero and lives through the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (index > 0).then_some(index)
}

fn checked(outcome: c_int) -> io::Result<c_int> {
    if outcome < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(outcome)
    }
}

impl Socket {
    /// A new one, which sees nothing before it is bound. Needs the capability CAP_NET_RAW.
    pub fn open() -> io::Result<Socket> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: takes numbers alone; protocol 0 asks for no packets yet.
        let fd = checked(unsafe { libc::socket(libc::AF_PACKET, kind, 0) })?;
        // SAFETY: the descriptor is fresh and nobody else's.
        Ok(Socket(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// The descriptor.
    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    fn set<T>(&self, level: c_int, name: c_int, value: &T) -> io::Result<()> {
        let at: *const T = value;
        let size = size_of::<T>() as libc::socklen_t;
        // SAFETY: the kernel reads `size` bytes of a value that lives through the call.
        checked(unsafe { libc::setsockopt(self.fd(), level, name, at.cast(), size) }).map(drop)
    }

    /// Reads an option.
    ///
    /// # Safety
    /// `T` must be an integer, or a C structure of integers, as large as the kernel's.
    unsafe fn get<T>(&self, level: c_int, name: c_int) -> io::Result<T> {
        // SAFETY: by the caller, for whom zeroes are a value.
        let mut value: T = unsafe { zeroed() };
        let at: *mut T = &mut value;
        let mut size = size_of::<T>() as libc::socklen_t;
        // SAFETY: the kernel writes at most `size` bytes into a value of that size.
        checked(unsafe { libc::getsockopt(self.fd(), level, name, at.cast(), &mut size) })?;
        Ok(value)
    }

    /// What the frames of an interface begin with. `None` for what is not read.
    pub fn medium(&self, name: &str) -> io::Result<Option<Medium>> {
        // SAFETY: zeroes are a value of a structure of numbers and bytes.
        let mut request: libc::ifreq = unsafe { zeroed() };
        for (room, byte) in request
            .ifr_name
            .iter_mut()
            .zip(name.as_bytes().iter().take(15))
        {
            *room = *byte as libc::c_char;
        }
        let at: *mut libc::ifreq = &mut request;
        // SAFETY: the call reads and writes one `ifreq`, which lives through it.
        checked(unsafe { libc::ioctl(self.fd(), libc::SIOCGIFHWADDR, at) })?;
        // SAFETY: after this call the union holds a hardware address.
        let kind = unsafe { request.ifr_ifru.ifru_hwaddr.sa_family };
        Ok(match kind {
            libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Some(Medium::Ethernet),
            libc::ARPHRD_NONE | ARPHRD_RAWIP => Some(Medium::Ip),
            _ => None,
        })
    }

    /// Has the kernel hand over the frames alone that a program keeps.
    pub fn attach(&self, program: &[Instruction]) -> io::Result<()> {
        let length = u16::try_from(program.len()).map_err(io::Error::other)?;
        let program = libc::sock_fprog {
            len: length,
            // An instruction is laid out as the kernel's; it is read and not written.
            filter: program.as_ptr().cast::<libc::sock_filter>().cast_mut(),
        };
        self.set(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
    }

    /// Asks for a ring of blocks that are given over when full or after `retire`.
    pub fn ring(&self, block_bytes: u32, blocks: u32, retire: Duration) -> io::Result<()> {
        let version = libc::tpacket_versions::TPACKET_V3 as c_int;
        self.set(libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        // Frames of version 3 take what they need; the size of one has to divide the block.
        let frame_bytes = 2_048;
        let request = libc::tpacket_req3 {
            tp_block_size: block_bytes,
            tp_block_nr: blocks,
            tp_frame_size: frame_bytes,
            tp_frame_nr: block_bytes / frame_bytes * blocks,
            tp_retire_blk_tov: retire.as_millis() as u32,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        self.set(libc::SOL_PACKET, libc::PACKET_RX_RING, &request)
    }

    /// Does not see what this machine sends: on a loopback everything would come twice.
    pub fn ignore_outgoing(&self) -> io::Result<()> {
        let on: c_int = 1;
        self.set(libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &on)
    }

    /// Sees all frames of an interface from now on.
    pub fn bind(&self, index: u32) -> io::Result<()> {
        // SAFETY: zeroes are a value of a structure of numbers and bytes.
        let mut address: libc::sockaddr_ll = unsafe { zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
        address.sll_ifindex = index as c_int;
        let size = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        let at: *const libc::sockaddr_ll = &address;
        // SAFETY: the kernel reads `size` bytes of an address that lives through the call.
        checked(unsafe { libc::bind(self.fd(), at.cast(), size) }).map(drop)
    }

    /// Sees frames for other machines too, as long as the socket is open.
    pub fn promiscuous(&self, index: u32) -> io::Result<()> {
        let request = libc::packet_mreq {
            mr_ifindex: index as c_int,
            mr_type: libc::PACKET_MR_PROMISC as u16,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        self.set(libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &request)
    }

    /// Shares the frames of its interface with the other sockets of a group, by conversation; a
    /// new group where none is given. Gives the group.
    pub fn share(&self, group: Option<u16>) -> io::Result<u16> {
        let kind = libc::PACKET_FANOUT_HASH << 16;
        let unique = (libc::PACKET_FANOUT_HASH | libc::PACKET_FANOUT_FLAG_UNIQUEID) << 16;
        let wanted = group.map_or(unique, |group| u32::from(group) | kind);
        self.set(libc::SOL_PACKET, libc::PACKET_FANOUT, &wanted)?;
        // SAFETY: an integer.
        let given: u32 = unsafe { self.get(libc::SOL_PACKET, libc::PACKET_FANOUT) }?;
        Ok(given as u16)
    }

    /// Frames that came and that were dropped for want of room, since the last call.
    pub fn came_and_dropped(&self) -> io::Result<(u64, u64)> {
        // SAFETY: the kernel's structure of three integers for a ring of version 3.
        let counts: libc::tpacket_stats_v3 =
            unsafe { self.get(libc::SOL_PACKET, libc::PACKET_STATISTICS) }?;
        Ok((u64::from(counts.tp_packets), u64::from(counts.tp_drops)))
    }

    /// Waits until there is something to read.
    pub fn wait(&self, patience: Duration) -> io::Result<Ready> {
        let mut poll = libc::pollfd {
            fd: self.fd(),
            events: libc::POLLIN | libc::POLLERR,
            revents: 0,
        };
        let patience_ms = c_int::try_from(patience.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: one structure of which the kernel writes `revents`.
        match checked(unsafe { libc::poll(&mut poll, 1, patience_ms) }) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Ready::Nothing),
            outcome => outcome?,
        };
        if poll.revents & libc::POLLERR == 0 {
            let readable = poll.revents & libc::POLLIN != 0;
            return Ok(if readable {
                Ready::Frames
            } else {
                Ready::Nothing
            });
        }
        // SAFETY: an integer.
        let error: c_int = unsafe { self.get(libc::SOL_SOCKET, libc::SO_ERROR) }?;
        match error {
            0 => Ok(Ready::Nothing),
            libc::ENETDOWN | libc::ENODEV => Ok(Ready::Down),
            other => Err(io::Error::from_raw_os_error(other)),
        }
    }
}

/// Shared memory of the kernel, which it fills.
pub struct Shared {
    at: *mut c_void,
    bytes: usize,
}

// SAFETY: the memory belongs to the mapping and not to a thread.
unsafe impl Send for Shared {}

impl Shared {
    /// Maps the ring of a socket.
    pub fn of(socket: &Socket, bytes: usize) -> io::Result<Shared> {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping where the kernel likes; nothing else is there.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, kind, socket.fd(), 0) };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Shared { at, bytes })
    }

    /// The place `offset` bytes behind its beginning; `None` beyond its end.
    pub fn place(&self, offset: usize) -> Option<*mut u8> {
        // SAFETY: the place lies within the mapping.
        (offset < self.bytes).then(|| unsafe { self.at.cast::<u8>().add(offset) })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nothing that pointed into it outlives `self`.
        unsafe { libc::munmap(self.at, self.bytes) };
    }
}
