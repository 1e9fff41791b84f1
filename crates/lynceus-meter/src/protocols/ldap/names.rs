//! Results and well-known extended operations in words (RFC 4511).

use std::borrow::Cow;

/// Name of StartTLS as an extended operation.
pub(super) const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// Result: done.
pub(super) const SUCCESS: i64 = 0;
/// Result: the login goes on.
pub(super) const SASL_BIND_IN_PROGRESS: i64 = 14;

/// A result in words, `result N` for others.
pub(super) fn result_name(code: i64) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        SUCCESS => "success",
        1 => "operations error",
        2 => "protocol error",
        3 => "time limit exceeded",
        4 => "size limit exceeded",
        5 => "compare false",
        6 => "compare true",
        7 => "auth method not supported",
        8 => "stronger auth required",
        9 => "partial results",
        10 => "referral",
        11 => "admin limit exceeded",
        12 => "unavailable critical extension",
        13 => "confidentiality required",
        SASL_BIND_IN_PROGRESS => "SASL bind in progress",
        16 => "no such attribute",
        17 => "undefined attribute type",
        18 => "inappropriate matching",
        19 => "constraint violation",
        20 => "attribute or value exists",
        21 => "invalid attribute syntax",
        32 => "no such object",
        33 => "alias problem",
        34 => "invalid DN syntax",
        36 => "alias dereferencing problem",
        48 => "inappropriate authentication",
        49 => "invalid credentials",
        50 => "insufficient access rights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwilling to perform",
        54 => "loop detect",
        64 => "naming violation",
        65 => "object class violation",
        66 => "not allowed on non-leaf",
        67 => "not allowed on RDN",
        68 => "entry already exists",
        69 => "object class mods prohibited",
        71 => "affects multiple DSAs",
        80 => "other",
        118 => "canceled",
        _ => return Cow::Owned(format!("result {code}")),
    })
}

/// An extended operation by name where it is well known.
pub(super) fn extended_name(oid: String) -> String {
    match oid.as_str() {
        START_TLS => "StartTLS".to_owned(),
        "1.3.6.1.4.1.1466.20036" => "notice of disconnection".to_owned(),
        "1.3.6.1.4.1.4203.1.11.1" => "password modify".to_owned(),
        "1.3.6.1.4.1.4203.1.11.3" => "whoami".to_owned(),
        "1.3.6.1.1.8" => "cancel".to_owned(),
        "1.2.840.113556.1.4.1781" => "fast concurrent bind".to_owned(),
        "1.3.6.1.4.1.1466.101.119.1" => "dynamic refresh".to_owned(),
        _ => oid,
    }
}

/// Scope of a search.
pub(super) fn scope_name(code: i64) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        0 => "base",
        1 => "single",
        2 => "tree",
        3 => "children",
        _ => return Cow::Owned(format!("scope {code}")),
    })
}

/// When a search follows aliases.
pub(super) fn deref_name(code: i64) -> Cow<'static, str> {
    Cow::Borrowed(match code {
        0 => "never",
        1 => "searching",
        2 => "finding",
        3 => "always",
        _ => return Cow::Owned(format!("deref {code}")),
    })
}
