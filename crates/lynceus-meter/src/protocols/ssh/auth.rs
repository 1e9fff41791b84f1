//! Whether an SSH login succeeded, from the sizes of encrypted packets alone.
//!
//! The way of published heuristics (Zeek's SSH analyser): a segment stands for one packet, and of
//! the server's packets three sizes tell the story.
//!
//! 1. SERVICE_ACCEPT has the very size of the client's SERVICE_REQUEST (both name `ssh-userauth`),
//!    so the first server packet as large as a client packet before it is the accept. Where the
//!    client sent its request together with something else, the first server packet of
//!    [`ACCEPT_BYTES`] counts.
//! 2. The client asks with method `none` first. What the server sent last before the client speaks
//!    again is the USERAUTH_FAILURE that lists the methods (a banner comes before it). Its size is
//!    the size of every later failure.
//! 3. USERAUTH_SUCCESS carries 16 bytes less than SERVICE_ACCEPT under every cipher in use
//!    (one byte of message against 17, padded to blocks of 8 or 16).
//!
//! Attempts are failures after the first, and the success. Success is true when 3 was seen, false
//! when the flow ends after a failed attempt without it, and null otherwise; nothing is decided
//! after a loss, or with compression before the login.

/// Sizes of a SERVICE_ACCEPT under the ciphers and MACs in use: 24 or 32 bytes, length and tag.
const ACCEPT_BYTES: std::ops::RangeInclusive<usize> = 36..=104;
/// How much smaller the success is than the accept.
const SUCCESS_LESS_BYTES: usize = 16;
/// Client packets remembered before the accept.
const CLIENT_SIZES: usize = 4;
/// Encrypted packets after which the login is over, decided or not.
const PACKETS: u32 = 400;

/// The watch over one login.
#[derive(Debug, Default)]
pub(crate) struct AuthWatch {
    client_sizes: Vec<usize>,
    accept: Option<usize>,
    /// Last server packet since the accept, before the failure size is known.
    candidate: Option<usize>,
    failure: Option<usize>,
    failed: u32,
    succeeded: bool,
    packets: u32,
    blind: bool,
}

impl AuthWatch {
    /// Sizes say nothing any more.
    pub(crate) fn blind(&mut self) {
        self.blind = true;
    }

    /// True when nothing more can be learned.
    pub(crate) fn is_over(&self) -> bool {
        self.succeeded || self.blind || self.packets >= PACKETS
    }

    /// Takes an encrypted packet of the client.
    pub(crate) fn client(&mut self, bytes: usize) {
        if self.is_over() {
            return;
        }
        self.packets = self.packets.saturating_add(1);
        if self.accept.is_none() {
            if self.client_sizes.len() < CLIENT_SIZES {
                self.client_sizes.push(bytes);
            }
        } else if self.failure.is_none() {
            self.failure = self.candidate;
        }
    }

    /// Takes an encrypted packet of the server.
    pub(crate) fn server(&mut self, bytes: usize) {
        if self.is_over() {
            return;
        }
        self.packets = self.packets.saturating_add(1);
        let Some(accept) = self.accept else {
            let same = self.client_sizes.contains(&bytes);
            let alone = !self.client_sizes.is_empty() && ACCEPT_BYTES.contains(&bytes);
            if same || alone {
                self.accept = Some(bytes);
            }
            return;
        };
        if bytes.checked_add(SUCCESS_LESS_BYTES) == Some(accept) {
            self.succeeded = true;
        } else if self.failure == Some(bytes) {
            self.failed = self.failed.saturating_add(1);
        } else if self.failure.is_none() {
            self.candidate = Some(bytes);
        }
    }

    /// Success and attempts as far as they are decided.
    pub(crate) fn outcome(&self) -> (Option<bool>, Option<u32>) {
        if self.succeeded {
            return (Some(true), Some(self.failed.saturating_add(1)));
        }
        if self.blind || self.failed == 0 || self.packets >= PACKETS {
            return (None, None);
        }
        (Some(false), Some(self.failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets by size, the server's negative.
    fn outcome(sizes: &[i32]) -> (Option<bool>, Option<u32>) {
        let mut watch = AuthWatch::default();
        for &size in sizes {
            let bytes = size.unsigned_abs() as usize;
            if size > 0 {
                watch.client(bytes);
            } else {
                watch.server(bytes);
            }
        }
        watch.outcome()
    }

    #[test]
    fn a_password_at_the_second_try() {
        let sizes = [44, -44, 60, -52, 148, -52, 148, -28];
        assert_eq!(outcome(&sizes), (Some(true), Some(2)));
    }

    #[test]
    fn only_failures() {
        assert_eq!(
            outcome(&[44, -44, 60, -52, 148, -52, 148, -52]),
            (Some(false), Some(2))
        );
    }

    #[test]
    fn undecided() {
        assert_eq!(outcome(&[]), (None, None));
        assert_eq!(outcome(&[44, -44, 60, -52]), (None, None));
        assert_eq!(outcome(&[44, -44, 60, -52, 148]), (None, None));
    }

    #[test]
    fn no_method_needed() {
        assert_eq!(outcome(&[52, -52, 60, -36]), (Some(true), Some(1)));
    }

    #[test]
    fn extension_info_and_banner_are_passed_over() {
        let sizes = [44, -180, -44, 60, -700, -52, 148, -52, 148, -28];
        assert_eq!(outcome(&sizes), (Some(true), Some(2)));
        let joined = [300, -44, 60, -52, 148, -28];
        assert_eq!(outcome(&joined), (Some(true), Some(1)));
    }

    #[test]
    fn a_loss_leaves_it_open() {
        let mut watch = AuthWatch::default();
        watch.client(44);
        watch.server(44);
        watch.blind();
        assert!(watch.is_over());
        assert_eq!(watch.outcome(), (None, None));
    }
}
