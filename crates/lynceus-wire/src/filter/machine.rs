//! The filter machine, for tests: runs a program over a frame as the kernel does.

use super::code::{op, Instruction, VLAN_PRESENT, VLAN_TAG};

/// How many bytes of a frame a program keeps; 0 refuses it.
pub fn run(program: &[Instruction], frame: &[u8], vlan: Option<u16>) -> u32 {
    let number = |at: u32, size: usize| {
        let at = at as usize;
        let bytes = frame.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().fold(0u32, |sum, b| sum << 8 | u32::from(*b)))
    };
    let (mut a, mut x, mut at) = (0u32, 0u32, 0usize);
    while let Some(now) = program.get(at) {
        at += 1;
        let loaded = match now.code {
            op::LD_W_ABS if now.k == VLAN_TAG => Some(u32::from(vlan.unwrap_or(0))),
            op::LD_W_ABS if now.k == VLAN_PRESENT => Some(u32::from(vlan.is_some())),
            op::LD_W_ABS => number(now.k, 4),
            op::LD_H_ABS => number(now.k, 2),
            op::LD_B_ABS => number(now.k, 1),
            op::LD_H_IND => x.checked_add(now.k).and_then(|at| number(at, 2)),
            op::LD_LEN => Some(frame.len() as u32),
            op::AND => Some(a & now.k),
            op::LDX_HEADER => match number(now.k, 1) {
                Some(first) => {
                    x = (first & 15) * 4;
                    continue;
                }
                None => None,
            },
            op::JUMP => {
                at += now.k as usize;
                continue;
            }
            op::RETURN => return now.k,
            _ => {
                let holds = match now.code {
                    op::EQUAL => a == now.k,
                    op::GREATER => a > now.k,
                    op::AT_LEAST => a >= now.k,
                    op::ANY_BIT => a & now.k != 0,
                    other => panic!("no such instruction: {other:#x}"),
                };
                at += usize::from(if holds { now.jt } else { now.jf });
                continue;
            }
        };
        match loaded {
            Some(value) => a = value,
            None => return 0,
        }
    }
    panic!("the program has no end");
}
