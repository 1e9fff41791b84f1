//! Gives up what opening an interface needed.
#![allow(unsafe_code)]

use std::ffi::{c_int, CString};
use std::io;
use std::mem::zeroed;
use std::ptr;
use std::time::Duration;

/// Why privileges are still there.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// The user named does not exist.
    #[error("user {0:?}: no such user of this machine")]
    NoUser(String),
    /// The kernel refuses.
    #[error("privileges cannot be dropped: {0}: {1}")]
    Refused(&'static str, io::Error),
    /// Some thread does not listen.
    #[error("privileges cannot be dropped: {0} threads still have capabilities")]
    Kept(usize),
}

/// Makes the whole process one of another user (only root can), or without a user takes all
/// capabilities from it. What is open stays open; there is no way back.
///
/// # Errors
/// When there is no such user, or the kernel refuses.
pub fn drop_privileges(user: Option<&str>) -> Result<(), PrivilegeError> {
    match user {
        Some(user) => become_user(user),
        None => drop_capabilities(),
    }
}

fn checked(what: &'static str, outcome: c_int) -> Result<(), PrivilegeError> {
    if outcome == 0 {
        return Ok(());
    }
    Err(PrivilegeError::Refused(what, io::Error::last_os_error()))
}

fn become_user(user: &str) -> Result<(), PrivilegeError> {
    let unknown = || PrivilegeError::NoUser(user.to_owned());
    let name = CString::new(user).map_err(|_| unknown())?;
    let mut room = vec![0; 64 << 10];
    // SAFETY: zeroes are a value of a structure of numbers and pointers.
    let mut entry: libc::passwd = unsafe { zeroed() };
    let mut found = ptr::null_mut();
    // SAFETY: everything pointed to lives through the call, and the room is as large as said.
    unsafe {
        libc::getpwnam_r(
            name.as_ptr(),
            &mut entry,
            room.as_mut_ptr(),
            room.len(),
            &mut found,
        );
    }
    if found.is_null() {
        return Err(unknown());
    }
    // The C library does each of these for all threads. From root to another user capabilities go.
    // SAFETY: the name is a string that ends in zero; the others take numbers.
    checked("groups", unsafe {
        libc::initgroups(name.as_ptr(), entry.pw_gid)
    })?;
    // SAFETY: takes a number.
    checked("group", unsafe { libc::setgid(entry.pw_gid) })?;
    // SAFETY: takes a number.
    checked("user", unsafe { libc::setuid(entry.pw_uid) })
}

/// As in linux/capability.h, version 3.
#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: c_int,
}

const CAPABILITY_VERSION: u32 = 0x2008_0522;

/// Takes all capabilities from the thread it runs in. Safe within a signal handler: two system
/// calls' worth of nothing but numbers, and the error number is left as it was.
extern "C" fn drop_here(_: c_int) {
    let header = CapabilityHeader {
        version: CAPABILITY_VERSION,
        pid: 0,
    };
    let none = [0u32; 6];
    // SAFETY: the kernel reads a header and two triples of sets, which live through the call.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        libc::syscall(libc::SYS_capset, &header, none.as_ptr());
        *errno = before;
    }
}

/// Capabilities belong to threads and each can give up its own alone: all are asked by a signal.
fn drop_capabilities() -> Result<(), PrivilegeError> {
    let signal = libc::SIGRTMAX();
    // SAFETY: zeroes are a value of a structure of numbers and pointers.
    let (mut asked, mut before): (libc::sigaction, libc::sigaction) =
        unsafe { (zeroed(), zeroed()) };
    asked.sa_sigaction = drop_here as extern "C" fn(c_int) as usize;
    asked.sa_flags = libc::SA_RESTART;
    // SAFETY: both structures live through the call, and the handler does what handlers may.
    checked("signal", unsafe {
        libc::sigaction(signal, &asked, &mut before)
    })?;
    drop_here(signal);
    let mut left = privileged_threads();
    for _ in 0..100 {
        if left.is_empty() {
            break;
        }
        for thread in &left {
            // SAFETY: takes numbers; a thread that has ended meanwhile is an error without effect.
            unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), *thread, signal) };
        }
        std::thread::sleep(Duration::from_millis(10));
        left = privileged_threads();
    }
    if left.is_empty() {
        // A signal may still be on its way to a thread that was asked twice: the handler stays
        // where nobody had one.
        if before.sa_sigaction != libc::SIG_DFL {
            // SAFETY: puts back what was there.
            unsafe { libc::sigaction(signal, &before, ptr::null_mut()) };
        }
        return Ok(());
    }
    Err(PrivilegeError::Kept(left.len()))
}

/// Threads of this process that have capabilities.
fn privileged_threads() -> Vec<c_int> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let has = |thread: &c_int| {
        let status = std::fs::read_to_string(format!("/proc/self/task/{thread}/status"));
        status.is_ok_and(|status| {
            status
                .lines()
                .filter_map(|line| line.strip_prefix("CapPrm:"))
                .any(|set| set.trim().bytes().any(|digit| digit != b'0'))
        })
    };
    tasks
        .filter_map(|task| task.ok()?.file_name().to_str()?.parse().ok())
        .filter(has)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_user_is_named() {
        let error = drop_privileges(Some("no such user")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "user \"no such user\": no such user of this machine"
        );
    }
}
