//! The language of filters: words to an expression of primitives.

use std::net::IpAddr;

/// Parentheses inside one another.
const MOST_DEPTH: usize = 64;

/// Statements in one expression; they nest, and what nests takes stack.
const MOST_PRIMITIVES: usize = 512;

/// Which ends of a frame something is said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Destination,
    Either,
    Both,
}

/// What is said of a number, an address or a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    Net,
    Port,
    Proto,
}

/// Protocols by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Ether,
    Ip,
    Ip6,
    Arp,
    /// A transport by its number; ICMP and ICMPv6 among them.
    Transport(u8),
}

/// One statement about a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Primitive {
    /// It is of a protocol.
    Is(Protocol),
    /// An end has an address of so many leading bits; in IP alone, or where ARP names one too.
    Net(Option<Protocol>, Side, IpAddr, u8),
    /// An end has a MAC address.
    Mac(Side, [u8; 6]),
    /// An end of a transport (any with ports) has a port of a range.
    Ports(Option<u8>, Side, u16, u16),
    /// The number of the protocol above Ethernet.
    EtherType(u16),
    /// The number of the protocol above IP, of one version or both.
    Above(Option<Protocol>, u8),
    /// It bears a VLAN tag, of this number where one is given.
    Vlan(Option<u16>),
    /// It has at least so many bytes.
    AtLeast(u32),
    /// It has at most so many bytes.
    AtMost(u32),
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Words {
    One(Primitive),
    And(Box<Words>, Box<Words>),
    Or(Box<Words>, Box<Words>),
    Not(Box<Words>),
}

/// What stands before a number or an address, and holds for later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Qualifiers {
    protocol: Option<Protocol>,
    side: Side,
    kind: Kind,
}

/// The expression of a text; none of an empty one.
pub(super) fn parse(text: &str) -> Result<Option<Words>, String> {
    let spaced = text
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('!', " ! ")
        .replace("&&", " and ")
        .replace("||", " or ");
    let words = spaced.split_whitespace().map(str::to_owned).collect();
    let mut parser = Parser {
        words,
        at: 0,
        depth: 0,
        primitives: 0,
        before: None,
    };
    if parser.words.is_empty() {
        return Ok(None);
    }
    let wanted = parser.expression()?;
    match parser.peek() {
        None => Ok(Some(wanted)),
        Some(word) => Err(format!("unexpected {word:?}")),
    }
}

struct Parser {
    words: Vec<String>,
    at: usize,
    depth: usize,
    primitives: usize,
    before: Option<Qualifiers>,
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self, wanted: &str) -> Result<String, String> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word.ok_or_else(|| format!("ends where {wanted} was expected"))
    }

    fn expression(&mut self) -> Result<Words, String> {
        let mut left = self.term()?;
        loop {
            if self.accept("and") {
                left = Words::And(Box::new(left), Box::new(self.term()?));
            } else if self.accept("or") {
                left = Words::Or(Box::new(left), Box::new(self.term()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn term(&mut self) -> Result<Words, String> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(format!("more than {MOST_DEPTH} parts inside one another"));
        }
        let term = if self.accept("not") || self.accept("!") {
            Words::Not(Box::new(self.term()?))
        } else if self.accept("(") {
            let inner = self.expression()?;
            if !self.accept(")") {
                return Err("a parenthesis is not closed".to_owned());
            }
            inner
        } else {
            Words::One(self.primitive()?)
        };
        self.depth -= 1;
        Ok(term)
    }

    fn primitive(&mut self) -> Result<Primitive, String> {
        self.primitives += 1;
        if self.primitives > MOST_PRIMITIVES {
            return Err(format!("too long: more than {MOST_PRIMITIVES} statements"));
        }
        if self.accept("vlan") {
            let number = self.peek().and_then(|word| word.parse::<u16>().ok());
            self.at += usize::from(number.is_some());
            return match number {
                Some(4096..) => Err("a VLAN number is below 4096".to_owned()),
                number => Ok(Primitive::Vlan(number)),
            };
        }
        if self.accept("less") {
            return self.number("a length").map(Primitive::AtMost);
        }
        if self.accept("greater") {
            return self.number("a length").map(Primitive::AtLeast);
        }
        let protocol = self.protocol();
        let side = self.side();
        let kind = self.kind();
        match (protocol, side, kind) {
            (Some(protocol), None, None) => Ok(Primitive::Is(protocol)),
            (None, None, None) => {
                let before = self.before;
                let word = self.next("a filter")?;
                let known = before.ok_or_else(|| format!("{word:?} is no word of a filter"))?;
                self.of(known, &word)
            }
            (protocol, side, kind) => {
                let known = Qualifiers {
                    protocol,
                    side: side.unwrap_or(Side::Either),
                    kind: kind.unwrap_or(Kind::Host),
                };
                self.before = Some(known);
                let word = self.next("a number or an address")?;
                self.of(known, &word)
            }
        }
    }

    fn protocol(&mut self) -> Option<Protocol> {
        let protocol = match self.peek()? {
            "ether" => Protocol::Ether,
            "ip" => Protocol::Ip,
            "ip6" => Protocol::Ip6,
            "arp" => Protocol::Arp,
            name => Protocol::Transport(transport(name)?),
        };
        self.at += 1;
        Some(protocol)
    }

    fn side(&mut self) -> Option<Side> {
        let side = match self.peek()? {
            "src" => Side::Source,
            "dst" => Side::Destination,
            _ => return None,
        };
        self.at += 1;
        let other = if side == Side::Source { "dst" } else { "src" };
        let follows = self
            .words
            .get(self.at + 1)
            .is_some_and(|word| word == other);
        let both = match self.peek() {
            Some("or") if follows => Side::Either,
            Some("and") if follows => Side::Both,
            _ => return Some(side),
        };
        self.at += 2;
        Some(both)
    }

    fn kind(&mut self) -> Option<Kind> {
        let kind = match self.peek()? {
            "host" => Kind::Host,
            "net" => Kind::Net,
            "port" | "portrange" => Kind::Port,
            "proto" => Kind::Proto,
            _ => return None,
        };
        self.at += 1;
        Some(kind)
    }

    /// What qualifiers say of a word.
    fn of(&self, known: Qualifiers, word: &str) -> Result<Primitive, String> {
        let Qualifiers {
            protocol,
            side,
            kind,
        } = known;
        match (kind, protocol) {
            (Kind::Host, Some(Protocol::Ether)) => Ok(Primitive::Mac(side, mac(word)?)),
            (Kind::Host | Kind::Net, None | Some(Protocol::Ip | Protocol::Ip6)) => {
                network(side, word, kind, protocol)
            }
            (Kind::Port, None) => ports(None, side, word),
            (Kind::Port, Some(Protocol::Transport(number @ (6 | 17 | 132)))) => {
                ports(Some(number), side, word)
            }
            (Kind::Proto, Some(Protocol::Ether)) => hexadecimal(word)
                .or_else(|| word.parse().ok())
                .map(Primitive::EtherType)
                .ok_or_else(|| format!("{word:?} is no number of a protocol")),
            (Kind::Proto, None | Some(Protocol::Ip | Protocol::Ip6)) => word
                .parse()
                .ok()
                .or_else(|| transport(word.trim_start_matches('\\')))
                .map(|number| Primitive::Above(protocol, number))
                .ok_or_else(|| format!("{word:?} is no protocol above IP")),
            _ => Err(format!("the words before {word:?} do not go together")),
        }
    }

    fn number(&mut self, wanted: &str) -> Result<u32, String> {
        let word = self.next(wanted)?;
        word.parse()
            .map_err(|_| format!("{word:?} where {wanted} was expected"))
    }
}

fn transport(name: &str) -> Option<u8> {
    Some(match name {
        "icmp" => 1,
        "tcp" => 6,
        "udp" => 17,
        "icmp6" => 58,
        "sctp" => 132,
        _ => return None,
    })
}

fn hexadecimal(word: &str) -> Option<u16> {
    u16::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

fn mac(word: &str) -> Result<[u8; 6], String> {
    let bytes: Option<Vec<u8>> = word
        .split(':')
        .map(|part| u8::from_str_radix(part, 16).ok())
        .collect();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| format!("{word:?} is no MAC address"))
}

fn network(
    side: Side,
    word: &str,
    kind: Kind,
    protocol: Option<Protocol>,
) -> Result<Primitive, String> {
    let (address, length) = match word.split_once('/') {
        Some((address, length)) if kind == Kind::Net => (address, Some(length)),
        _ => (word, None),
    };
    let address: IpAddr = address
        .parse()
        .map_err(|_| format!("{word:?} is no address; names are not looked up"))?;
    let other = match address {
        IpAddr::V4(_) => Protocol::Ip6,
        IpAddr::V6(_) => Protocol::Ip,
    };
    if protocol == Some(other) {
        return Err(format!("{word:?} is an address of the other version of IP"));
    }
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => most,
        Some(text) => text
            .parse()
            .ok()
            .filter(|length| *length <= most)
            .ok_or_else(|| format!("{word:?} is no network"))?,
    };
    Ok(Primitive::Net(protocol, side, address, length))
}

fn ports(transport: Option<u8>, side: Side, word: &str) -> Result<Primitive, String> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last => {
            Ok(Primitive::Ports(transport, side, first, last))
        }
        _ => Err(format!("{word:?} is no port or range of ports")),
    }
}
