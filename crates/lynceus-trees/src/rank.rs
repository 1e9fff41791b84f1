//! Numbers as whole numbers of the same order: comparing them takes one instruction and no branch,
//! and what is unknown has a place in the order.

/// The rank of what is unknown: above every number.
pub const UNKNOWN: u32 = u32::MAX;

/// A number's rank: of two numbers the greater one has the greater rank, equal ones (0 and -0 too)
/// the same, and there is room for one above the greatest.
#[inline(always)]
pub fn rank(number: f32) -> u32 {
    // Adding nothing makes 0 of -0.
    let bits = (number + 0.0).to_bits();
    let negative = ((bits as i32) >> 31) as u32;
    let rank = bits ^ (negative | 1 << 31);
    if number.is_nan() {
        UNKNOWN
    } else {
        rank
    }
}

/// The rank of the greatest Float32 that is not above `threshold`: a Float32 is at most one when
/// it is at most the other.
pub fn rank_at_most(threshold: f64) -> u32 {
    let near = threshold as f32;
    if f64::from(near) > threshold {
        rank(near) - 1
    } else {
        rank(near)
    }
}

/// Ranks as signed numbers of the same order, which several of are compared with one instruction.
#[inline(always)]
pub fn signed(rank: u32) -> i32 {
    (rank ^ 1 << 31) as i32
}
