//! Tests of a frame, and their code for the filter machine.
//!
//! Code is laid down from its end to its beginning, so that every jump knows its target.

/// One instruction of the filter machine, as the kernel takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Instruction {
    /// What to do.
    pub code: u16,
    /// Instructions to skip when a comparison holds.
    pub jt: u8,
    /// Instructions to skip when it does not.
    pub jf: u8,
    /// Number, offset or distance.
    pub k: u32,
}

pub(super) mod op {
    #![allow(missing_docs)] // as in linux/filter.h
    pub const LD_W_ABS: u16 = 0x20;
    pub const LD_H_ABS: u16 = 0x28;
    pub const LD_B_ABS: u16 = 0x30;
    pub const LD_H_IND: u16 = 0x48;
    pub const LD_LEN: u16 = 0x80;
    pub const LDX_HEADER: u16 = 0xb1;
    pub const AND: u16 = 0x54;
    pub const JUMP: u16 = 0x05;
    pub const EQUAL: u16 = 0x15;
    pub const GREATER: u16 = 0x25;
    pub const AT_LEAST: u16 = 0x35;
    pub const ANY_BIT: u16 = 0x45;
    pub const RETURN: u16 = 0x06;
}

/// What is put into the accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    /// So many bytes (1, 2 or 4) at an offset.
    At(u8, u32),
    /// Two bytes at an offset behind the IPv4 header that begins at the other one.
    BehindHeader { header: u32, at: u32 },
    /// Length of the frame.
    Length,
    /// What the kernel knows beside the frame.
    Beside(u32),
}

/// The outermost VLAN tag, and whether there is one: offsets beside the frame.
pub(super) const VLAN_TAG: u32 = 0xffff_f000 + 44;
pub(super) const VLAN_PRESENT: u32 = 0xffff_f000 + 48;

/// How a number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    Greater,
    AtLeast,
    AnyBit,
}

/// What must hold of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// A number, of which some bits count.
    Number(Load, u32, Compare, u32),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    /// Holds never.
    Never,
}

impl Test {
    pub(super) fn equal(load: Load, value: u32) -> Test {
        Test::Number(load, u32::MAX, Compare::Equal, value)
    }

    pub(super) fn and(self, other: Test) -> Test {
        Test::And(Box::new(self), Box::new(other))
    }

    pub(super) fn or(self, other: Test) -> Test {
        Test::Or(Box::new(self), Box::new(other))
    }

    pub(super) fn negated(self) -> Test {
        Test::Not(Box::new(self))
    }

    /// All of some tests.
    pub(super) fn all(tests: impl IntoIterator<Item = Test>) -> Test {
        let all = tests.into_iter().reduce(Test::and);
        all.unwrap_or(Test::Never.negated())
    }
}

/// The program that keeps `snap_bytes` of each frame for which a test holds, or of all.
pub(super) fn program(test: Option<&Test>, snap_bytes: u32) -> Vec<Instruction> {
    let mut code = Code(Vec::new());
    let no = code.push(op::RETURN, 0);
    let yes = code.push(op::RETURN, snap_bytes);
    if let Some(test) = test {
        let entry = code.test(test, yes, no);
        code.go(entry);
    }
    code.0.reverse();
    code.0
}

/// Code from its end to its beginning; a place is an index.
struct Code(Vec<Instruction>);

impl Code {
    fn push(&mut self, code: u16, k: u32) -> usize {
        self.0.push(Instruction {
            code,
            jt: 0,
            jf: 0,
            k,
        });
        self.0.len() - 1
    }

    /// Has the next instruction to be laid down followed by a place.
    fn go(&mut self, place: usize) {
        let between = self.0.len() - 1 - place;
        if between > 0 {
            self.push(op::JUMP, between as u32);
        }
    }

    /// Lays down a test that goes on at one place or another; where it begins.
    fn test(&mut self, test: &Test, yes: usize, no: usize) -> usize {
        match test {
            Test::Never => no,
            Test::Not(test) => self.test(test, no, yes),
            Test::And(first, second) => {
                let second = self.test(second, yes, no);
                self.test(first, second, no)
            }
            Test::Or(first, second) => {
                let second = self.test(second, yes, no);
                self.test(first, yes, second)
            }
            Test::Number(load, bits, compare, value) => {
                self.compare(*compare, *value, yes, no);
                if *bits != u32::MAX {
                    self.push(op::AND, *bits);
                }
                self.load(*load)
            }
        }
    }

    fn compare(&mut self, compare: Compare, value: u32, yes: usize, no: usize) {
        // One of two far places may need a jump of its own, which moves the other farther away.
        let near = |code: &Code, place: usize| code.0.len() - 1 - place < usize::from(u8::MAX);
        let mut reach = |place: usize| {
            if near(self, place) {
                place
            } else {
                let between = self.0.len() - 1 - place;
                self.push(op::JUMP, between as u32)
            }
        };
        let (yes, no) = (reach(yes), reach(no));
        let distance = |place: usize| u8::try_from(self.0.len() - 1 - place).unwrap_or(u8::MAX);
        let (jt, jf) = (distance(yes), distance(no));
        let code = match compare {
            Compare::Equal => op::EQUAL,
            Compare::Greater => op::GREATER,
            Compare::AtLeast => op::AT_LEAST,
            Compare::AnyBit => op::ANY_BIT,
        };
        self.0.push(Instruction {
            code,
            jt,
            jf,
            k: value,
        });
    }

    fn load(&mut self, load: Load) -> usize {
        match load {
            Load::At(1, at) => self.push(op::LD_B_ABS, at),
            Load::At(2, at) => self.push(op::LD_H_ABS, at),
            Load::At(_, at) => self.push(op::LD_W_ABS, at),
            Load::BehindHeader { header, at } => {
                self.push(op::LD_H_IND, header + at);
                self.push(op::LDX_HEADER, header)
            }
            Load::Length => self.push(op::LD_LEN, 0),
            Load::Beside(what) => self.push(op::LD_W_ABS, what),
        }
    }
}
