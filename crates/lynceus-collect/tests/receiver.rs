//! Datagrams over loopback: what is sent comes out, in order, and what does not is counted.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use lynceus_collect::{Block, Network, Receiver, HEAD_BYTES};

const WAIT: Duration = Duration::from_secs(5);
const NONE: Duration = Duration::ZERO;

fn receiver(allowed: &[&str], most_bytes: usize) -> (Receiver, SocketAddr, UdpSocket) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let allowed = allowed.iter().map(|n| n.parse().unwrap()).collect();
    let receiver = Receiver::new(vec![socket], allowed, most_bytes, 1 << 20).unwrap();
    (receiver, address, UdpSocket::bind("127.0.0.1:0").unwrap())
}

fn until(receiver: &Receiver, received: u64) {
    while receiver.counts().received < received {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn contents(block: &Block) -> Vec<Vec<u8>> {
    let packed = block.packed();
    let count = u32::from_le_bytes(packed[..4].try_into().unwrap()) as usize;
    let lengths = &packed[4 + count * 24..4 + count * HEAD_BYTES];
    let mut rest = &packed[4 + count * HEAD_BYTES..];
    let mut found = Vec::new();
    for length in lengths.chunks(4) {
        let (own, others) = rest.split_at(u32::from_le_bytes(length.try_into().unwrap()) as usize);
        found.push(own.to_vec());
        rest = others;
    }
    assert!(rest.is_empty());
    found
}

#[test]
fn what_is_sent_comes_out_in_order() {
    let (receiver, to, sender) = receiver(&[], 1 << 20);
    let sent: Vec<Vec<u8>> = (0..50_u8).map(|n| vec![n; usize::from(n)]).collect();
    for datagram in &sent {
        sender.send_to(datagram, to).unwrap();
    }
    until(&receiver, 50);
    assert_eq!(contents(&receiver.take(WAIT, NONE)), sent);
    assert!(receiver.take(NONE, NONE).is_empty());
}

#[test]
fn only_allowed_networks_are_heard() {
    let (receiver, to, sender) = receiver(&["192.0.2.0/24", "2001:db8::/32"], 1 << 20);
    sender.send_to(b"spoofed", to).unwrap();
    until(&receiver, 1);
    let counts = receiver.counts();
    assert_eq!((counts.refused, counts.shed), (1, 0));
    assert_eq!(counts.last_refused, Some(IpAddr::from([127, 0, 0, 1])));
    assert!(receiver.take(NONE, NONE).is_empty());
}

#[test]
fn the_waiting_room_is_bounded() {
    let (receiver, to, sender) = receiver(&[], 10 * (HEAD_BYTES + 100));
    for _ in 0..15 {
        sender.send_to(&[7; 100], to).unwrap();
    }
    until(&receiver, 15);
    assert_eq!(receiver.counts().shed, 5);
    assert_eq!(receiver.take(WAIT, NONE).len(), 10);
}

#[test]
fn who_waits_is_woken_and_what_came_outlives_the_end() {
    let (receiver, to, sender) = receiver(&[], 1 << 20);
    let waiting = std::thread::spawn(move || (receiver.take(WAIT, NONE).len(), receiver));
    sender.send_to(b"one", to).unwrap();
    let (taken, receiver) = waiting.join().unwrap();
    assert_eq!(taken, 1);
    sender.send_to(b"two", to).unwrap();
    until(&receiver, 2);
    receiver.close();
    assert_eq!(receiver.take(WAIT, WAIT).len(), 1);
}

#[test]
fn networks_hold_what_begins_alike() {
    let holds = |network: &str, address: &str| {
        network
            .parse::<Network>()
            .unwrap()
            .holds(address.parse().unwrap())
    };
    assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
    assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "2001:db8::1"));
    assert!(holds("::/0", "2001:db8::1") && holds("::/0", "203.0.113.9"));
    assert!(holds("2001:db8::1", "2001:db8::1") && !holds("2001:db8::1", "2001:db8::2"));
    for wrong in [
        "",
        "10.0.0.0/33",
        "10.0.0/8",
        "x/8",
        "10.0.0.0/-1",
        "::/129",
    ] {
        assert!(wrong.parse::<Network>().is_err(), "{wrong}");
    }
}
