use super::*;

/// Header of a message with these flags and counts.
fn header(flags: u16, counts: [u16; 4]) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34];
    bytes.extend(flags.to_be_bytes());
    for count in counts {
        bytes.extend(count.to_be_bytes());
    }
    bytes
}

#[test]
fn reads_a_query() {
    let mut bytes = header(0x0100, [1, 0, 0, 0]);
    bytes.extend(b"\x03WWW\x07example\x03com\x00\x00\x1c\x00\x01");
    let m = read(&bytes, true).expect("a message");
    assert_eq!(
        (m.id, m.response, m.whole, m.sane),
        (0x1234, false, true, true)
    );
    assert_eq!(m.questions[0].name, "www.example.com");
    assert_eq!(m.questions[0].qtype, 28);
}

#[test]
fn reads_a_compressed_answer() {
    let mut bytes = header(0x8180, [1, 1, 0, 0]);
    bytes.extend(b"\x01a\x01b\x00\x00\x01\x00\x01");
    bytes.extend(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04");
    let m = read(&bytes, true).expect("a message");
    assert!(m.whole && m.response);
    let a = &m.answers[0];
    assert_eq!(
        (a.name.as_str(), a.ttl_s, a.data.as_str()),
        ("a.b", 60, "1.2.3.4")
    );
}

#[test]
fn questions_before_a_broken_one_are_kept() {
    let mut bytes = header(0x8180, [2, 1, 0, 0]);
    bytes.extend(b"\x01a\x00\x00\x01\x00\x01\x50");
    let m = read(&bytes, true).expect("a message");
    assert_eq!((m.questions.len(), m.whole), (1, false));
    let mut bytes = header(0x8182, [1, 0, 0, 0]);
    bytes.extend(b"\x50");
    let m = read(&bytes, true).expect("a message");
    assert_eq!((m.questions.len(), m.rcode), (0, 2));
}

#[test]
fn pointer_loops_end() {
    let mut bytes = header(0x0100, [1, 0, 0, 0]);
    bytes.extend(b"\xc0\x0c\x00\x01\x00\x01");
    assert!(read(&bytes, true).is_none());
    let mut bytes = header(0x0100, [1, 0, 0, 0]);
    bytes.extend(b"\x01a\xc0\x0c\x00\x01\x00\x01");
    assert!(read(&bytes, true).is_none());
}

#[test]
fn strange_bytes_are_escaped() {
    let mut bytes = header(0x0100, [1, 0, 0, 0]);
    bytes.extend(b"\x05a.\\ \xff\x00\x00\x01\x00\x01");
    let m = read(&bytes, true).expect("a message");
    assert_eq!(m.questions[0].name, "a\\.\\\\\\032\\255");
}

#[test]
fn the_root_is_a_dot() {
    let mut bytes = header(0x0100, [1, 0, 0, 0]);
    bytes.extend(b"\x00\x00\x02\x00\x01");
    assert_eq!(
        read(&bytes, true).expect("a message").questions[0].name,
        "."
    );
}

#[test]
fn a_cut_answer_keeps_what_came_before() {
    let mut bytes = header(0x8180, [1, 2, 0, 0]);
    bytes.extend(b"\x01a\x00\x00\x01\x00\x01");
    bytes.extend(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04");
    bytes.extend(b"\xc0\x0c\x00\x01\x00");
    let m = read(&bytes, true).expect("a message");
    assert!(!m.whole);
    assert_eq!(m.answers.len(), 1);
}

#[test]
fn the_edns_record_extends_the_rcode() {
    let mut bytes = header(0x8180, [1, 0, 0, 1]);
    bytes.extend(b"\x00\x00\x01\x00\x01");
    bytes.extend(b"\x00\x00\x29\x10\x00\x01\x00\x00\x00\x00\x00");
    let m = read(&bytes, true).expect("a message");
    assert_eq!(m.rcode_name(), "BADVERS");
}
