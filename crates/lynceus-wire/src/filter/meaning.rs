//! What the words of a filter mean for the bytes of a frame.

use std::net::IpAddr;

use super::code::{Compare, Load, Test, VLAN_PRESENT, VLAN_TAG};
use super::words::{Primitive, Protocol, Side, Words};
use crate::Medium;

const ETHER_IP: u32 = 0x0800;
const ETHER_ARP: u32 = 0x0806;
const ETHER_IP6: u32 = 0x86dd;
const FRAGMENT: u32 = 44;
const WITH_PORTS: [u8; 3] = [6, 17, 132];
/// Bits of the IPv4 header that tell how far from its datagram's start a fragment lies.
const FRAGMENT_OFFSET: u32 = 0x1fff;

/// The test that an expression asks for. Says what cannot be asked of a medium.
pub(super) fn of(words: &Words, medium: Medium) -> Result<Test, String> {
    Ok(match words {
        Words::One(primitive) => Place(medium).primitive(primitive)?,
        Words::And(first, second) => of(first, medium)?.and(of(second, medium)?),
        Words::Or(first, second) => of(first, medium)?.or(of(second, medium)?),
        Words::Not(words) => of(words, medium)?.negated(),
    })
}

/// Where things lie in frames of a medium.
struct Place(Medium);

impl Place {
    /// Where the network header begins.
    fn network(&self) -> u32 {
        match self.0 {
            Medium::Ethernet => 14,
            Medium::Ip => 0,
        }
    }

    fn at(&self, size: u8, offset: u32) -> Load {
        Load::At(size, self.network() + offset)
    }

    fn ether_type(&self, number: u32) -> Test {
        Test::equal(Load::At(2, 12), number)
    }

    fn version(&self, number: u32) -> Test {
        Test::Number(self.at(1, 0), 0xf0, Compare::Equal, number << 4)
    }

    fn ip(&self) -> Test {
        match self.0 {
            Medium::Ethernet => self.ether_type(ETHER_IP),
            Medium::Ip => self.version(4),
        }
    }

    fn ip6(&self) -> Test {
        match self.0 {
            Medium::Ethernet => self.ether_type(ETHER_IP6),
            Medium::Ip => self.version(6),
        }
    }

    fn arp(&self) -> Test {
        match self.0 {
            Medium::Ethernet => self.ether_type(ETHER_ARP),
            Medium::Ip => Test::Never,
        }
    }

    fn primitive(&self, primitive: &Primitive) -> Result<Test, String> {
        let needs_ethernet = match primitive {
            Primitive::Is(Protocol::Ether) => return Err("ether: what of it?".to_owned()),
            Primitive::Mac(..) | Primitive::EtherType(_) | Primitive::Vlan(_) => true,
            Primitive::Is(protocol) => *protocol == Protocol::Arp,
            _ => false,
        };
        if needs_ethernet && self.0 != Medium::Ethernet {
            return Err("ether, arp and vlan say nothing of an interface without Ethernet".into());
        }
        Ok(match *primitive {
            Primitive::Is(Protocol::Ether | Protocol::Ip) => self.ip(),
            Primitive::Is(Protocol::Ip6) => self.ip6(),
            Primitive::Is(Protocol::Arp) => self.arp(),
            Primitive::Is(Protocol::Transport(1)) => self.above(Some(Protocol::Ip), 1),
            Primitive::Is(Protocol::Transport(58)) => self.above(Some(Protocol::Ip6), 58),
            Primitive::Is(Protocol::Transport(number)) => self.above(None, number),
            Primitive::Above(version, number) => self.above(version, number),
            Primitive::Net(protocol, side, IpAddr::V4(address), length) => {
                let bits = address.to_bits();
                let part = |offset| self.bits(offset, &[bits], length);
                let ip = self.ip().and(either(side, part(12), part(16)));
                match protocol {
                    Some(_) => ip,
                    None => ip.or(self.arp().and(either(side, part(14), part(24)))),
                }
            }
            Primitive::Net(_, side, IpAddr::V6(address), length) => {
                let bits = address.to_bits();
                let words = [96, 64, 32, 0].map(|shift| (bits >> shift) as u32);
                let part = |offset| self.bits(offset, &words, length);
                self.ip6().and(either(side, part(8), part(24)))
            }
            Primitive::Mac(side, mac) => either(side, mac_at(6, mac), mac_at(0, mac)),
            Primitive::EtherType(number) => self.ether_type(u32::from(number)),
            Primitive::Ports(transport, side, first, last) => {
                self.ports(transport, side, (first, last))
            }
            Primitive::Vlan(number) => {
                let tagged = Test::equal(Load::Beside(VLAN_PRESENT), 1);
                match number {
                    None => tagged,
                    Some(number) => {
                        let tag = Load::Beside(VLAN_TAG);
                        tagged.and(Test::Number(tag, 0xfff, Compare::Equal, u32::from(number)))
                    }
                }
            }
            Primitive::AtLeast(bytes) => {
                Test::Number(Load::Length, u32::MAX, Compare::AtLeast, bytes)
            }
            Primitive::AtMost(bytes) => {
                Test::Number(Load::Length, u32::MAX, Compare::Greater, bytes).negated()
            }
        })
    }

    fn above(&self, version: Option<Protocol>, number: u8) -> Test {
        let number = u32::from(number);
        let ip = || self.ip().and(Test::equal(self.at(1, 9), number));
        let ip6 = || {
            let next = Test::equal(self.at(1, 6), number);
            let fragment = Test::equal(self.at(1, 6), FRAGMENT);
            let behind = Test::equal(self.at(1, 40), number);
            self.ip6().and(next.or(fragment.and(behind)))
        };
        match version {
            Some(Protocol::Ip) => ip(),
            Some(_) => ip6(),
            None => ip().or(ip6()),
        }
    }

    fn ports(&self, transport: Option<u8>, side: Side, range: (u16, u16)) -> Test {
        let wanted = |offset| {
            let numbers = WITH_PORTS
                .iter()
                .filter(|n| transport.is_none_or(|t| t == **n));
            let any = numbers.map(|n| Test::equal(self.at(1, offset), u32::from(*n)));
            any.reduce(Test::or).unwrap_or(Test::Never)
        };
        let header = self.network();
        let behind = |at| in_range(Load::BehindHeader { header, at }, range);
        let whole = Test::Number(self.at(2, 6), u32::MAX, Compare::AnyBit, FRAGMENT_OFFSET);
        let ip = [
            self.ip(),
            wanted(9),
            whole.negated(),
            either(side, behind(0), behind(2)),
        ];
        let fixed = |offset| in_range(self.at(2, offset), range);
        let ip6 = [self.ip6(), wanted(6), either(side, fixed(40), fixed(42))];
        Test::all(ip).or(Test::all(ip6))
    }

    /// The leading bits of an address of 32-bit words.
    fn bits(&self, offset: u32, words: &[u32], length: u8) -> Test {
        let tests = (0u32..).zip(words).filter_map(|(i, word)| {
            let own = u32::from(length).saturating_sub(i * 32).min(32);
            let mask = u32::MAX.checked_shl(32 - own).unwrap_or(0);
            let load = self.at(4, offset + i * 4);
            (own > 0).then(|| Test::Number(load, mask, Compare::Equal, word & mask))
        });
        Test::all(tests)
    }
}

fn either(side: Side, source: Test, destination: Test) -> Test {
    match side {
        Side::Source => source,
        Side::Destination => destination,
        Side::Either => source.or(destination),
        Side::Both => source.and(destination),
    }
}

fn in_range(load: Load, (first, last): (u16, u16)) -> Test {
    if first == last {
        return Test::equal(load, u32::from(first));
    }
    let low = Test::Number(load, u32::MAX, Compare::AtLeast, u32::from(first));
    let high = Test::Number(load, u32::MAX, Compare::Greater, u32::from(last));
    low.and(high.negated())
}

fn mac_at(offset: u32, mac: [u8; 6]) -> Test {
    let [a, b, c, d, e, f] = mac;
    let low = Test::equal(Load::At(4, offset + 2), u32::from_be_bytes([c, d, e, f]));
    low.and(Test::equal(
        Load::At(2, offset),
        u32::from_be_bytes([0, 0, a, b]),
    ))
}
