//! What a client repeats of its bind at the end of the first request within it, so that nobody can
//! have changed it on the way (MS-RPCE, 2.2.2.13). It names the interface where the bind itself
//! was not seen.

use super::pdu::Numbers;

/// What the trailer begins with.
const SIGNATURE: [u8; 8] = [0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71];
/// Bytes at the end of the arguments in which it is looked for: it has 92 when all is in it.
const LOOK_BYTES: usize = 96;
/// Kind of the command that holds interface and encoding.
const CONTEXT: u16 = 2;
/// The bits of a command that say its kind; the others say that it is the last, or is a must.
const KIND: u16 = 0x3fff;
const LAST: u16 = 0x4000;

/// UUID of the interface that the trailer of a request in the clear names.
pub(super) fn interface(little: bool, stub: &[u8]) -> Option<String> {
    // Where it begins is a multiple of four, from the start of the arguments.
    let from = stub.len().saturating_sub(LOOK_BYTES).next_multiple_of(4);
    let mut places = stub.get(from..)?.chunks(4).enumerate();
    let at = places.find_map(|(i, _)| {
        let at = from.checked_add(i.checked_mul(4)?)?;
        stub.get(at..)?.starts_with(&SIGNATURE).then_some(at)
    })?;
    let mut rest = stub.get(at..)?.get(SIGNATURE.len()..)?;
    loop {
        let mut head = Numbers::new(little, rest);
        let (command, bytes) = (head.u16()?, usize::from(head.u16()?));
        let body = rest.get(4..)?;
        if command & KIND == CONTEXT {
            return Numbers::new(little, body).uuid();
        }
        if command & LAST != 0 {
            return None;
        }
        rest = body.get(bytes..)?;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const DISPATCH: [u8; 20] = [
        0, 4, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46, 0, 0, 0, 0,
    ];

    fn trailer(commands: &[(u16, &[u8])]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        for (command, body) in commands {
            out.extend(command.to_le_bytes());
            out.extend((body.len() as u16).to_le_bytes());
            out.extend(*body);
        }
        out
    }

    /// What is at the end of the first request within a context of this interface.
    pub(crate) fn naming(interface: &[u8; 16]) -> Vec<u8> {
        let context = [&interface[..], &[0; 24]].concat();
        trailer(&[(CONTEXT | LAST, &context)])
    }

    #[test]
    fn the_interface_of_the_context() {
        let context = [DISPATCH, [0; 20]].concat();
        let told = Some("00020400-0000-0000-c000-000000000046".to_owned());
        let alone = trailer(&[(CONTEXT | LAST, &context)]);
        assert_eq!(interface(true, &alone), told);
        let others = trailer(&[(1, &[0; 4]), (3, &[0; 16]), (0xc002, &context)]);
        let behind = [vec![7; 1000], others].concat();
        assert_eq!(interface(true, &behind), told);
        for end in 0..behind.len() {
            let cut = interface(true, &behind[..end]);
            assert!(cut.is_none() || cut == told);
        }
    }

    #[test]
    fn nothing_where_it_names_none() {
        assert_eq!(interface(true, &[]), None);
        assert_eq!(interface(true, &[0; 200]), None);
        assert_eq!(interface(true, &trailer(&[(1 | LAST, &[0; 4])])), None);
        assert_eq!(interface(true, &trailer(&[(1, &[0; 4])])), None);
        let misplaced = [vec![0; 2], trailer(&[(CONTEXT | LAST, &[0; 40])])].concat();
        assert_eq!(interface(true, &misplaced), None);
    }
}
