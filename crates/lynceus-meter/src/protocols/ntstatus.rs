//! Names of status codes: NT status, the Windows error codes that remote procedures return, and
//! the faults of DCE/RPC.

use std::borrow::Cow;

/// Success of any kind of code.
pub(crate) const OK: u32 = 0;
/// More answers will come.
pub(crate) const PENDING: u32 = 0x0000_0103;
/// The answer holds only a part of the data.
pub(crate) const BUFFER_OVERFLOW: u32 = 0x8000_0005;
/// The login goes on.
pub(crate) const MORE_PROCESSING: u32 = 0xc000_0016;

/// NT status codes that tell something about files, shares and logins.
const NT: &[(u32, &str)] = &[
    (PENDING, "STATUS_PENDING"),
    (0x0000_0104, "STATUS_REPARSE"),
    (0x0000_0105, "STATUS_MORE_ENTRIES"),
    (0x0000_0107, "STATUS_SOME_NOT_MAPPED"),
    (0x0000_010b, "STATUS_NOTIFY_CLEANUP"),
    (0x0000_010c, "STATUS_NOTIFY_ENUM_DIR"),
    (BUFFER_OVERFLOW, "STATUS_BUFFER_OVERFLOW"),
    (0x8000_0006, "STATUS_NO_MORE_FILES"),
    (0x8000_002d, "STATUS_STOPPED_ON_SYMLINK"),
    (0xc000_0001, "STATUS_UNSUCCESSFUL"),
    (0xc000_0002, "STATUS_NOT_IMPLEMENTED"),
    (0xc000_0008, "STATUS_INVALID_HANDLE"),
    (0xc000_000d, "STATUS_INVALID_PARAMETER"),
    (0xc000_000e, "STATUS_NO_SUCH_DEVICE"),
    (0xc000_000f, "STATUS_NO_SUCH_FILE"),
    (0xc000_0010, "STATUS_INVALID_DEVICE_REQUEST"),
    (0xc000_0011, "STATUS_END_OF_FILE"),
    (MORE_PROCESSING, "STATUS_MORE_PROCESSING_REQUIRED"),
    (0xc000_0022, "STATUS_ACCESS_DENIED"),
    (0xc000_0023, "STATUS_BUFFER_TOO_SMALL"),
    (0xc000_0033, "STATUS_OBJECT_NAME_INVALID"),
    (0xc000_0034, "STATUS_OBJECT_NAME_NOT_FOUND"),
    (0xc000_0035, "STATUS_OBJECT_NAME_COLLISION"),
    (0xc000_003a, "STATUS_OBJECT_PATH_NOT_FOUND"),
    (0xc000_0043, "STATUS_SHARING_VIOLATION"),
    (0xc000_0054, "STATUS_FILE_LOCK_CONFLICT"),
    (0xc000_0056, "STATUS_DELETE_PENDING"),
    (0xc000_005e, "STATUS_NO_LOGON_SERVERS"),
    (0xc000_0061, "STATUS_PRIVILEGE_NOT_HELD"),
    (0xc000_0064, "STATUS_NO_SUCH_USER"),
    (0xc000_006a, "STATUS_WRONG_PASSWORD"),
    (0xc000_006d, "STATUS_LOGON_FAILURE"),
    (0xc000_006e, "STATUS_ACCOUNT_RESTRICTION"),
    (0xc000_006f, "STATUS_INVALID_LOGON_HOURS"),
    (0xc000_0070, "STATUS_INVALID_WORKSTATION"),
    (0xc000_0071, "STATUS_PASSWORD_EXPIRED"),
    (0xc000_0072, "STATUS_ACCOUNT_DISABLED"),
    (0xc000_0073, "STATUS_NONE_MAPPED"),
    (0xc000_007f, "STATUS_DISK_FULL"),
    (0xc000_009a, "STATUS_INSUFFICIENT_RESOURCES"),
    (0xc000_00ac, "STATUS_PIPE_NOT_AVAILABLE"),
    (0xc000_00ae, "STATUS_PIPE_BUSY"),
    (0xc000_00b0, "STATUS_PIPE_DISCONNECTED"),
    (0xc000_00b5, "STATUS_IO_TIMEOUT"),
    (0xc000_00ba, "STATUS_FILE_IS_A_DIRECTORY"),
    (0xc000_00bb, "STATUS_NOT_SUPPORTED"),
    (0xc000_00c9, "STATUS_NETWORK_NAME_DELETED"),
    (0xc000_00ca, "STATUS_NETWORK_ACCESS_DENIED"),
    (0xc000_00cb, "STATUS_BAD_DEVICE_TYPE"),
    (0xc000_00cc, "STATUS_BAD_NETWORK_NAME"),
    (0xc000_00d0, "STATUS_REQUEST_NOT_ACCEPTED"),
    (0xc000_0101, "STATUS_DIRECTORY_NOT_EMPTY"),
    (0xc000_0103, "STATUS_NOT_A_DIRECTORY"),
    (0xc000_0120, "STATUS_CANCELLED"),
    (0xc000_0121, "STATUS_CANNOT_DELETE"),
    (0xc000_0122, "STATUS_INVALID_COMPUTER_NAME"),
    (0xc000_0128, "STATUS_FILE_CLOSED"),
    (0xc000_0133, "STATUS_TIME_DIFFERENCE_AT_DC"),
    (0xc000_014b, "STATUS_PIPE_BROKEN"),
    (0xc000_015b, "STATUS_LOGON_TYPE_NOT_GRANTED"),
    (0xc000_018a, "STATUS_NO_TRUST_LSA_SECRET"),
    (0xc000_018b, "STATUS_NO_TRUST_SAM_ACCOUNT"),
    (0xc000_018c, "STATUS_TRUSTED_DOMAIN_FAILURE"),
    (0xc000_018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"),
    (0xc000_0190, "STATUS_TRUST_FAILURE"),
    (0xc000_0192, "STATUS_NETLOGON_NOT_STARTED"),
    (0xc000_0193, "STATUS_ACCOUNT_EXPIRED"),
    (0xc000_0203, "STATUS_USER_SESSION_DELETED"),
    (0xc000_0205, "STATUS_INSUFF_SERVER_RESOURCES"),
    (0xc000_020c, "STATUS_CONNECTION_DISCONNECTED"),
    (0xc000_0224, "STATUS_PASSWORD_MUST_CHANGE"),
    (0xc000_0225, "STATUS_NOT_FOUND"),
    (0xc000_0234, "STATUS_ACCOUNT_LOCKED_OUT"),
    (0xc000_0257, "STATUS_PATH_NOT_COVERED"),
    (0xc000_0413, "STATUS_AUTHENTICATION_FIREWALL_FAILED"),
    (0xc000_0418, "STATUS_NTLM_BLOCKED"),
    (0xc000_0466, "STATUS_SERVER_UNAVAILABLE"),
    (0xc000_0467, "STATUS_FILE_NOT_AVAILABLE"),
    (0xc000_035c, "STATUS_NETWORK_SESSION_EXPIRED"),
];

/// Windows error codes that remote procedures return.
const WINDOWS: &[(u32, &str)] = &[
    (2, "ERROR_FILE_NOT_FOUND"),
    (3, "ERROR_PATH_NOT_FOUND"),
    (5, "ERROR_ACCESS_DENIED"),
    (6, "ERROR_INVALID_HANDLE"),
    (50, "ERROR_NOT_SUPPORTED"),
    (53, "ERROR_BAD_NETPATH"),
    (87, "ERROR_INVALID_PARAMETER"),
    (122, "ERROR_INSUFFICIENT_BUFFER"),
    (123, "ERROR_INVALID_NAME"),
    (124, "ERROR_INVALID_LEVEL"),
    (234, "ERROR_MORE_DATA"),
    (259, "ERROR_NO_MORE_ITEMS"),
    (1053, "ERROR_SERVICE_REQUEST_TIMEOUT"),
    (1056, "ERROR_SERVICE_ALREADY_RUNNING"),
    (1058, "ERROR_SERVICE_DISABLED"),
    (1060, "ERROR_SERVICE_DOES_NOT_EXIST"),
    (1061, "ERROR_SERVICE_CANNOT_ACCEPT_CTRL"),
    (1062, "ERROR_SERVICE_NOT_ACTIVE"),
    (1069, "ERROR_SERVICE_LOGON_FAILED"),
    (1072, "ERROR_SERVICE_MARKED_FOR_DELETE"),
    (1073, "ERROR_SERVICE_EXISTS"),
    (1078, "ERROR_DUPLICATE_SERVICE_NAME"),
    (1326, "ERROR_LOGON_FAILURE"),
    (1722, "RPC_S_SERVER_UNAVAILABLE"),
    (1734, "RPC_S_INVALID_BOUND"),
    (1753, "EPT_S_NOT_REGISTERED"),
    (2116, "NERR_Shared"),
    (2221, "NERR_UserNotFound"),
    (2310, "NERR_NetNameNotFound"),
    (8439, "ERROR_DS_DRA_BAD_DN"),
    (8440, "ERROR_DS_DRA_BAD_NC"),
    (8453, "ERROR_DS_DRA_ACCESS_DENIED"),
    (0x8004_1001, "WBEM_E_FAILED"),
    (0x8004_1002, "WBEM_E_NOT_FOUND"),
    (0x8004_1003, "WBEM_E_ACCESS_DENIED"),
    (0x8004_1008, "WBEM_E_INVALID_PARAMETER"),
    (0x8004_100e, "WBEM_E_INVALID_NAMESPACE"),
    (0x8004_1010, "WBEM_E_INVALID_CLASS"),
    (0x8004_0154, "REGDB_E_CLASSNOTREG"),
    (0x8007_0005, "E_ACCESSDENIED"),
    (0x8008_0005, "CO_E_SERVER_EXEC_FAILURE"),
    (0x8001_011d, "RPC_E_ACCESS_DENIED"),
];

/// Faults of DCE/RPC, and the Windows codes used as such.
const FAULTS: &[(u32, &str)] = &[
    (0x0000_0005, "ERROR_ACCESS_DENIED"),
    (0x0000_06bb, "RPC_S_SERVER_TOO_BUSY"),
    (0x0000_06c6, "RPC_S_INVALID_BOUND"),
    (0x0000_06d1, "RPC_S_PROCNUM_OUT_OF_RANGE"),
    (0x0000_06d3, "RPC_S_UNKNOWN_AUTHN_SERVICE"),
    (0x0000_06e4, "RPC_S_CANNOT_SUPPORT"),
    (0x0000_06f4, "RPC_X_NULL_REF_POINTER"),
    (0x0000_06f7, "RPC_X_BAD_STUB_DATA"),
    (0x0000_0721, "RPC_S_SEC_PKG_ERROR"),
    (0x1c00_0001, "nca_s_fault_int_div_by_zero"),
    (0x1c00_0002, "nca_s_fault_addr_error"),
    (0x1c00_0006, "nca_s_fault_invalid_tag"),
    (0x1c00_0007, "nca_s_fault_invalid_bound"),
    (0x1c00_0008, "nca_s_rpc_version_mismatch"),
    (0x1c00_0009, "nca_s_unspec_reject"),
    (0x1c00_000b, "nca_s_manager_not_entered"),
    (0x1c00_000d, "nca_s_fault_cancel"),
    (0x1c00_001a, "nca_s_fault_context_mismatch"),
    (0x1c01_0002, "nca_s_op_rng_error"),
    (0x1c01_0003, "nca_s_unk_if"),
    (0x1c01_0006, "nca_s_wrong_boot_time"),
    (0x1c01_000b, "nca_s_proto_error"),
    (0x1c01_0013, "nca_s_out_args_too_big"),
    (0x1c01_0014, "nca_s_server_too_busy"),
    (0x1c01_0017, "nca_s_unsupported_type"),
    (0x8001_0108, "RPC_E_DISCONNECTED"),
    (0x8001_0111, "RPC_E_INVALID_HEADER"),
    (0x8001_0114, "RPC_E_INVALID_OBJECT"),
    (0x8007_0005, "E_ACCESSDENIED"),
    (0x8007_000e, "E_OUTOFMEMORY"),
];

fn name(code: u32, tables: &[&[(u32, &'static str)]]) -> Cow<'static, str> {
    let rows = tables.iter().flat_map(|table| table.iter());
    match rows.into_iter().find(|(c, _)| *c == code) {
        Some((_, name)) => Cow::Borrowed(*name),
        None => Cow::Owned(format!("0x{code:08x}")),
    }
}

/// Name of an NT status; `0xNNNNNNNN` where it is none of those known here.
pub(crate) fn nt(code: u32) -> Cow<'static, str> {
    match code {
        OK => Cow::Borrowed("STATUS_SUCCESS"),
        _ => name(code, &[NT]),
    }
}

/// Name of what a remote procedure returned: an NT status, a Windows error or a COM result.
pub(crate) fn returned(code: u32) -> Cow<'static, str> {
    match code {
        OK => Cow::Borrowed("SUCCESS"),
        _ => name(code, &[WINDOWS, NT]),
    }
}

/// Name of a DCE/RPC fault.
pub(crate) fn fault(code: u32) -> Cow<'static, str> {
    name(code, &[FAULTS, NT])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(nt(0), "STATUS_SUCCESS");
        assert_eq!(nt(0xc000_006d), "STATUS_LOGON_FAILURE");
        assert_eq!(nt(0xc0ff_eeee), "0xc0ffeeee");
        assert_eq!(returned(0), "SUCCESS");
        assert_eq!(returned(5), "ERROR_ACCESS_DENIED");
        assert_eq!(returned(0xc000_0022), "STATUS_ACCESS_DENIED");
        assert_eq!(fault(5), "ERROR_ACCESS_DENIED");
        assert_eq!(fault(0x1c01_0002), "nca_s_op_rng_error");
    }

    #[test]
    fn every_code_once() {
        for table in [NT, WINDOWS, FAULTS] {
            for (i, (code, name)) in table.iter().enumerate() {
                let rest = &table[i + 1..];
                assert!(rest.iter().all(|(c, n)| c != code && n != name), "{name}");
            }
        }
    }
}
