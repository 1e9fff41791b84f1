//! Which frames are wanted: a subset of the language of tcpdump, compiled for the kernel's filter
//! machine (classic BPF).
//!
//! ```text
//! ip  ip6  arp  tcp  udp  sctp  icmp  icmp6
//! [src|dst] host ADDRESS         [src|dst] net ADDRESS/LENGTH
//! [tcp|udp|sctp] [src|dst] port NUMBER|FIRST-LAST, or portrange FIRST-LAST
//! [ip|ip6] proto NUMBER|NAME     ether [src|dst] host MAC      ether proto NUMBER
//! vlan [NUMBER]                  less BYTES     greater BYTES
//! not, !    and, &&    or, ||    ( )
//! ```
//!
//! As in tcpdump `not` binds closest, `and` and `or` alike from left to right, `src or dst` and
//! `src and dst` name both directions, and what was said before a number or an address holds for
//! the next ones (`port 80 or 443`). Otherwise than there `vlan` does not move what follows: the
//! kernel has taken the outermost tag away, so that `host` and `port` find their place with or
//! without it. Ports are not looked for behind extension headers of IPv6, nor in later fragments.

mod code;
#[cfg(test)]
mod filter_test;
#[cfg(test)]
mod machine;

mod meaning;
mod words;

pub use code::Instruction;

use crate::Medium;

/// Instructions that the kernel takes at most.
const MOST_INSTRUCTIONS: usize = 4_096;

/// Why an expression is no filter; one line that shows the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter {expression:?}: {reason}")]
pub struct FilterError {
    /// The expression.
    pub expression: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The program that refuses every frame.
pub fn refuse_all() -> Vec<Instruction> {
    code::program(None, 0)
}

/// Compiles an expression for frames of a medium, of which `snap_bytes` are kept.
///
/// # Errors
/// When it is not in the language, or too long for the kernel.
pub fn compile(
    expression: &str,
    medium: Medium,
    snap_bytes: u32,
) -> Result<Vec<Instruction>, FilterError> {
    let wrong = |reason| FilterError {
        expression: expression.to_owned(),
        reason,
    };
    let wanted = words::parse(expression).map_err(wrong)?;
    let wanted = wanted.map(|words| meaning::of(&words, medium)).transpose();
    let program = code::program(wanted.map_err(wrong)?.as_ref(), snap_bytes);
    if program.len() > MOST_INSTRUCTIONS {
        return Err(wrong(format!(
            "too long: {} instructions, the kernel takes {MOST_INSTRUCTIONS}",
            program.len()
        )));
    }
    Ok(program)
}
