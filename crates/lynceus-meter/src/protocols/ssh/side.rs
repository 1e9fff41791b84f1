//! One direction of SSH: lines up to the banner, packets in the clear up to NEWKEYS, then sizes.

use md5::{Digest, Md5};

use crate::protocols::wire::{hex, printable, Wire};

/// Bytes of lines before and with the banner.
const BANNER_BYTES: usize = 8 * 1024;
/// Largest packet in the clear: RFC 4253 asks for 35000, large certificates go beyond.
const PACKET_BYTES: usize = 64 * 1024;
/// Characters kept of a banner.
const BANNER_CHARS: usize = 255;

const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;
const KEX_REPLY: u8 = 31;

/// The banner of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Banner {
    /// Protocol version: `2.0`, `1.99`, ...
    pub(crate) version: String,
    /// What follows the version.
    pub(crate) software: String,
}

/// Algorithm lists of a KEXINIT, as fingerprints of either role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KexInit {
    /// HASSH, were this side the client.
    pub(crate) as_client: String,
    /// HASSH of a server, were this side one.
    pub(crate) as_server: String,
    /// The first compression choice of either direction is on before login.
    pub(crate) compresses: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Banner,
    Packets,
    Encrypted,
    Broken,
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Side {
    place: Place,
    held: Vec<u8>,
    pub(crate) banner: Option<Banner>,
    pub(crate) kex_init: Option<KexInit>,
    /// Sent a key exchange reply: it is the server.
    pub(crate) replied: bool,
}

impl Side {
    /// True when what comes is encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.place == Place::Encrypted
    }

    /// True when nothing of this side can be read any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.place == Place::Broken
    }

    /// Bytes are missing: what is in the clear cannot be followed over that.
    pub(crate) fn lose(&mut self) {
        if self.place != Place::Encrypted {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.place = Place::Broken;
        self.held = Vec::new();
    }

    /// Takes the next bytes; gives how many of them are encrypted.
    pub(crate) fn take(&mut self, data: &[u8]) -> usize {
        match self.place {
            Place::Encrypted => return data.len(),
            Place::Broken => return 0,
            _ => {}
        }
        let room = PACKET_BYTES.saturating_sub(self.held.len());
        self.held
            .extend_from_slice(data.get(..room).unwrap_or(data));
        if self.place == Place::Banner {
            self.take_lines();
        }
        if self.place == Place::Packets {
            self.take_packets();
        }
        match self.place {
            Place::Encrypted => std::mem::take(&mut self.held).len().min(data.len()),
            _ => {
                if self.held.len() >= PACKET_BYTES {
                    self.give_up();
                }
                0
            }
        }
    }

    fn take_lines(&mut self) {
        while let Some(end) = memchr::memchr(b'\n', &self.held) {
            let line: Vec<u8> = self.held.drain(..=end).collect();
            if let Some(banner) = read_banner(line.trim_ascii_end()) {
                self.place = match banner.version.as_str() {
                    "2.0" | "1.99" => Place::Packets,
                    _ => Place::Broken,
                };
                self.banner = Some(banner);
                return;
            }
        }
        if self.held.len() > BANNER_BYTES {
            self.give_up();
        }
    }

    fn take_packets(&mut self) {
        let mut done = 0usize;
        let held = std::mem::take(&mut self.held);
        loop {
            let mut w = Wire::new(held.get(done..).unwrap_or(&[]));
            let Some(length) = w.u32() else {
                break;
            };
            let length = length as usize;
            if !(2..PACKET_BYTES - 4).contains(&length) {
                self.place = Place::Broken;
                break;
            }
            let Some(packet) = w.take(length) else {
                break;
            };
            done = done.saturating_add(length.saturating_add(4));
            let padding = packet.first().map_or(0, |&p| usize::from(p));
            let payload = packet
                .get(1..packet.len().saturating_sub(padding))
                .unwrap_or(&[]);
            match payload.split_first() {
                Some((&KEXINIT, body)) if self.kex_init.is_none() => {
                    self.kex_init = read_kex_init(body);
                }
                Some((&KEX_REPLY, _)) => self.replied = true,
                Some((&NEWKEYS, _)) => {
                    self.place = Place::Encrypted;
                    break;
                }
                _ => {}
            }
        }
        self.held = held.get(done..).unwrap_or(&[]).to_vec();
    }
}

/// `SSH-version-software comments`.
fn read_banner(line: &[u8]) -> Option<Banner> {
    let rest = line.strip_prefix(b"SSH-")?;
    let dash = rest.iter().position(|&b| b == b'-')?;
    let (version, software) = rest.split_at(dash);
    Some(Banner {
        version: printable(version, BANNER_CHARS),
        software: printable(software.get(1..).unwrap_or(&[]), BANNER_CHARS),
    })
}

fn read_kex_init(body: &[u8]) -> Option<KexInit> {
    let mut w = Wire::new(body);
    w.take(16)?;
    let mut lists: [&[u8]; 8] = [&[]; 8];
    for list in &mut lists {
        let length = w.u32()?;
        *list = w.take(usize::try_from(length).ok()?)?;
    }
    let [kex, _, cipher_c, cipher_s, mac_c, mac_s, compress_c, compress_s] = lists;
    let zlib = |list: &[u8]| list.split(|&b| b == b',').next() == Some(b"zlib");
    Some(KexInit {
        as_client: fingerprint([kex, cipher_c, mac_c, compress_c]),
        as_server: fingerprint([kex, cipher_s, mac_s, compress_s]),
        compresses: zlib(compress_c) || zlib(compress_s),
    })
}

/// MD5 over the lists joined by semicolons.
fn fingerprint(lists: [&[u8]; 4]) -> String {
    hex(&Md5::digest(lists.join(&b';')))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A packet in the clear with six bytes of padding.
    pub(crate) fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut out = (body.len() as u32 + 8).to_be_bytes().to_vec();
        out.extend([6, kind]);
        out.extend(body);
        out.extend([0; 6]);
        out
    }

    /// A KEXINIT whose client to server lists are `c`, the others `s`.
    pub(crate) fn kex_init() -> Vec<u8> {
        let mut body = vec![9; 16];
        for list in ["k1,k2", "h", "c", "s", "c,m", "s,m", "none", "zlib"] {
            body.extend((list.len() as u32).to_be_bytes());
            body.extend(list.as_bytes());
        }
        body.extend([0; 13]);
        packet(KEXINIT, &body)
    }

    #[test]
    fn banner_lists_and_new_keys_cut_anywhere() {
        let bytes = [
            b"hello\r\nSSH-2.0-Soft_1 comment\r\n".to_vec(),
            kex_init(),
            packet(KEX_REPLY, b"x"),
            packet(NEWKEYS, b""),
            vec![0xee; 44],
        ]
        .concat();
        for at in 0..bytes.len() {
            let mut side = Side::default();
            let encrypted = side.take(&bytes[..at]) + side.take(&bytes[at..]);
            assert_eq!(encrypted, 44, "cut at {at}");
            let banner = side.banner.as_ref().expect("a banner");
            assert_eq!(banner.software, "Soft_1 comment");
            assert!(side.is_encrypted() && side.replied);
            let kex = side.kex_init.as_ref().expect("lists");
            // md5("k1,k2;c;c,m;none") and md5("k1,k2;s;s,m;zlib")
            assert_eq!(kex.as_client, "85858c88fec60e6dcdddac5cbb621550");
            assert_eq!(kex.as_server, "b4c6bd32b4c1f7704e982e9642248588");
            assert!(kex.compresses);
        }
    }

    #[test]
    fn hostile_bytes_end_the_reading() {
        let mut side = Side::default();
        side.take(b"SSH-2.0-x\n\xff\xff\xff\xff");
        assert!(side.is_broken());
        let mut side = Side::default();
        for _ in 0..200 {
            side.take(&[b'a'; 1000]);
            assert!(side.held.len() <= PACKET_BYTES);
        }
        assert!(side.is_broken());
        let mut side = Side::default();
        side.take(b"SSH-1.5-old\n");
        assert_eq!(
            side.banner.as_ref().map(|b| b.version.as_str()),
            Some("1.5")
        );
        assert!(side.is_broken());
    }

    #[test]
    fn a_cut_list_tells_nothing() {
        let mut side = Side::default();
        side.take(b"SSH-2.0-x\n");
        side.take(&packet(KEXINIT, &[0; 30]));
        assert_eq!(side.kex_init, None);
    }
}
