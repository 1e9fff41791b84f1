//! SMB, NTLM and DCE/RPC in the shared captures, held against what a person sees in them with
//! another dissector.

mod rows;

use lynceus_meter::protocols::{
    DceRpcEvent, Event, NtlmEvent, SmbEvent, SmbFilesEvent, SmbMappingEvent,
};

/// The rows of one capture, in time order.
#[derive(Default)]
struct Told {
    sessions: Vec<SmbEvent>,
    shares: Vec<SmbMappingEvent>,
    files: Vec<SmbFilesEvent>,
    logins: Vec<NtlmEvent>,
    calls: Vec<DceRpcEvent>,
    services: Vec<(u16, &'static str)>,
}

/// Reads the capture of a folder whose name begins so; `None` without shared data.
fn told(folder: &str, begins: &str) -> Option<Told> {
    let folder = rows::shared_data()?.join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(begins)
        })
        .collect();
    assert_eq!(paths.len(), 1, "{begins}");
    let mut seen = rows::inspect(&paths.remove(0)).expect("a readable capture");
    seen.events.sort_by_key(|(_, event)| event.ts_ns());
    let mut told = Told::default();
    for (_, event) in seen.events {
        match event {
            Event::Smb(row) => told.sessions.push(*row),
            Event::SmbMapping(row) => told.shares.push(*row),
            Event::SmbFiles(row) => told.files.push(*row),
            Event::Ntlm(row) => told.logins.push(*row),
            Event::DceRpc(row) => told.calls.push(*row),
            _ => {}
        }
    }
    let services = seen.services.into_iter();
    told.services = services
        .filter_map(|(flow, service)| Some((flow.resp_p, service?)))
        .collect();
    Some(told)
}

const ATTACKS: &str = "attack-pcaps/pcap-attack";
const OTRF: &str = "attack-pcaps/otrf";
const ELCABEZZONN: &str = "attack-pcaps/elcabezzonn";
const SURICATA: &str = "protocol-pcaps/suricata-verify";
const ZEEK: &str = "protocol-pcaps/zeek";

impl Told {
    /// Calls of an operation.
    fn calls_of(&self, endpoint: &str, operation: &str) -> Vec<&DceRpcEvent> {
        let rows = self.calls.iter().filter(|row| {
            row.endpoint.as_deref() == Some(endpoint) && row.operation.as_deref() == Some(operation)
        });
        rows.collect()
    }

    /// Files of an action.
    fn files_of(&self, action: &str) -> Vec<&SmbFilesEvent> {
        let rows = self.files.iter();
        rows.filter(|row| row.action.as_deref() == Some(action))
            .collect()
    }

    /// Calls that were asked, interfaces only bound left out.
    fn asked(&self) -> usize {
        self.calls.iter().filter(|row| row.opnum.is_some()).count()
    }
}

#[test]
fn zerologon() {
    let Some(told) = told(ATTACKS, "zerologon_mimikatz") else {
        return;
    };
    assert_eq!(
        told.calls_of("netlogon", "NetrServerAuthenticate2").len(),
        96
    );
    assert_eq!(
        told.calls_of("netlogon", "NetrServerReqChallenge").len(),
        96
    );
    let reset = told.calls_of("netlogon", "NetrServerPasswordSet2");
    assert_eq!(reset.len(), 1);
    // Encrypted: what is returned cannot be seen, that it was answered can.
    assert_eq!(reset[0].auth_level.as_deref(), Some("privacy"));
    assert_eq!((&reset[0].status, reset[0].fault), (&None, Some(false)));
    assert!(told.logins.len() >= 2);
    for login in &told.logins {
        assert_eq!(login.version.as_deref(), Some("anonymous"));
        assert_eq!(
            login.server_nb_computer_name.as_deref(),
            Some("01566S-WIN16-IR")
        );
    }
}

#[test]
fn netlogon_in_the_clear() {
    let Some(told) = told(ELCABEZZONN, "chip_host_signin") else {
        return;
    };
    let channel = told.calls_of("netlogon", "NetrServerAuthenticate3");
    assert_eq!(channel.len(), 1);
    assert_eq!(channel[0].status.as_deref(), Some("SUCCESS"));
    let arguments = channel[0].arguments.as_deref().unwrap_or(&[]);
    assert_eq!(arguments[1..], ["CHIP_DOUGLAS-PC$", "CHIP_DOUGLAS-PC"]);
}

#[test]
fn replication_asked_by_a_workstation() {
    let Some(told) = told(OTRF, "covenant_dcsync") else {
        return;
    };
    let changes = told.calls_of("drsuapi", "DRSGetNCChanges");
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].auth_type.as_deref(), Some("kerberos"));
    assert_eq!(changes[0].auth_level.as_deref(), Some("privacy"));
    assert!(changes[0].response_bytes > Some(4000));
    assert_eq!(told.calls_of("drsuapi", "DRSBind").len(), 2);
}

#[test]
fn a_service_made_over_smb() {
    let Some(told) = told(OTRF, "covenant_sharpsc_create") else {
        return;
    };
    let made = told.calls_of("svcctl", "CreateServiceA");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].named_pipe.as_deref(), Some("svcctl"));
    assert_eq!(made[0].status.as_deref(), Some("SUCCESS"));
    let arguments = made[0].arguments.as_deref().unwrap_or(&[]);
    assert_eq!(
        arguments,
        [
            "Cyb3rWard0g",
            "OTR",
            "C:\\Windows\\System32\\GruntHTTP2.exe"
        ]
    );
    let missing = told.calls_of("svcctl", "OpenServiceA");
    assert_eq!(
        missing[0].status.as_deref(),
        Some("ERROR_SERVICE_DOES_NOT_EXIST")
    );
    assert_eq!((told.asked(), told.sessions.len()), (9, 3));
    for session in &told.sessions {
        assert_eq!(session.dialect.as_deref(), Some("3.1.1"));
        assert_eq!(session.auth.as_deref(), Some("kerberos"));
        assert_eq!(session.success, Some(true));
    }
    let paths: Vec<_> = told
        .shares
        .iter()
        .filter_map(|s| s.path.as_deref())
        .collect();
    assert_eq!(paths.len(), 3);
    assert_eq!(paths[0], "\\\\MORDORDC.theshire.local\\IPC$");
    let smb = told.services.iter().filter(|s| **s == (445, "smb")).count();
    assert_eq!(smb, 3);
}

#[test]
fn a_service_made_over_tcp() {
    let Some(told) = told(
        OTRF,
        "empire_psexec_dcerpc_tcp_svcctl__empire_psexec_dcerpc_tcp_svcctl_WORKSTATION5",
    ) else {
        return;
    };
    for operation in ["CreateServiceA", "StartServiceA", "DeleteService"] {
        assert_eq!(told.calls_of("svcctl", operation).len(), 1, "{operation}");
    }
    assert!(told.calls.iter().all(|row| row.named_pipe.is_none()));
    assert_eq!(told.calls_of("epmapper", "ept_map").len(), 1);
}

#[test]
fn commands_by_service_over_old_smb() {
    let Some(told) = told(ELCABEZZONN, "smb_anomalous_traffic") else {
        return;
    };
    let made = told.calls_of("svcctl", "CreateServiceW");
    assert!(made.len() >= 4);
    for row in &made {
        let arguments = row.arguments.as_deref().unwrap_or(&[]);
        assert_eq!(arguments[0], "BTOBTO");
        assert!(arguments[2].starts_with("%COMSPEC% /Q /c echo"));
        assert_eq!(row.username.as_deref(), Some("administrator"));
    }
    let session = &told.sessions[0];
    assert_eq!(session.dialect.as_deref(), Some("NT LM 0.12"));
    assert!(session
        .native_os
        .as_deref()
        .is_some_and(|os| os.starts_with("Windows Server 2008")));
    let read = told.files_of("SMB::FILE_READ");
    assert_eq!(read[0].name.as_deref(), Some("__output"));
    assert_eq!(read[0].path.as_deref(), Some("\\\\192.168.1.195\\C$"));
    assert_eq!(read[0].bytes, Some(21));
    assert_eq!(read[1].bytes, Some(125_246));
    let deleted = told.files_of("SMB::FILE_DELETE");
    assert_eq!(deleted[0].name.as_deref(), Some("__output"));
}

#[test]
fn files_on_an_administrative_share() {
    let Some(told) = told(ELCABEZZONN, "wmi_exec1") else {
        return;
    };
    let opened = told.files_of("SMB::FILE_OPEN");
    assert_eq!(opened.len(), 28);
    for row in &opened {
        assert_eq!(row.path.as_deref(), Some("\\\\192.168.1.195\\ADMIN$"));
    }
    let refused: Vec<_> = opened
        .iter()
        .filter(|row| row.status.as_deref() == Some("STATUS_SHARING_VIOLATION"))
        .collect();
    assert_eq!(refused.len(), 2);
    assert!(!told.calls_of("IWbemServices", "ExecMethod").is_empty());
}

#[test]
fn a_driver_that_was_refused() {
    let Some(told) = told(SURICATA, "smb-dce_iface") else {
        return;
    };
    let added = told.calls_of("spoolss", "RpcAddPrinterDriverEx");
    assert_eq!(added.len(), 1);
    assert_eq!(added[0].status.as_deref(), Some("ERROR_ACCESS_DENIED"));
    let arguments = added[0].arguments.as_deref().unwrap_or(&[]);
    assert!(arguments.iter().any(|a| a.ends_with("\\mimilib.dll")));
    assert_eq!(added[0].username.as_deref(), Some("robin"));
}

#[test]
fn files_made_and_deleted() {
    let Some(told) = told(SURICATA, "smb2-delete") else {
        return;
    };
    let deleted = told.files_of("SMB::FILE_DELETE");
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0].name.as_deref(), Some("test"));
    let written = told.files_of("SMB::FILE_WRITE");
    assert_eq!((written.len(), written[0].bytes), (1, Some(10)));
    let session = &told.sessions[0];
    assert_eq!(session.auth.as_deref(), Some("guest"));
    assert_eq!(session.dialect.as_deref(), Some("3.0.2"));
}

#[test]
fn encryption() {
    let Some(told) = told(SURICATA, "smb3-01") else {
        return;
    };
    let shares: Vec<_> = told
        .shares
        .iter()
        .map(|s| (s.path.as_deref().unwrap_or(""), s.encrypted))
        .collect();
    assert!(shares.contains(&("\\\\WS2016\\encrypted", Some(true))));
    assert!(shares.contains(&("\\\\10.160.65.202\\IPC$", Some(false))));
}

#[test]
fn encryption_from_the_middle() {
    let Some(told) = told(SURICATA, "smb3-02-midstream") else {
        return;
    };
    assert_eq!(told.sessions.len(), 1);
    assert_eq!(told.sessions[0].encrypted, Some(true));
    assert_eq!(told.sessions[0].dialect, None);
}

#[test]
fn accounts_and_sessions_listed() {
    let Some(listed) = told(OTRF, "empire_shell_samr_EnumDomainUsers") else {
        return;
    };
    for operation in [
        "SamrConnect5",
        "SamrOpenDomain",
        "SamrEnumerateUsersInDomain",
    ] {
        assert_eq!(listed.calls_of("samr", operation).len(), 1, "{operation}");
    }
    let Some(told) = told(OTRF, "empire_getsession_dcerpc_smb_srvsvc") else {
        return;
    };
    assert_eq!(told.calls_of("srvsvc", "NetrSessionEnum").len(), 1);
}

#[test]
fn a_server_made_to_log_in() {
    let Some(told) = told(ATTACKS, "CA_LM_SpoolSample") else {
        return;
    };
    let asked = "RpcRemoteFindFirstPrinterChangeNotificationEx";
    let asked = told.calls_of("spoolss", asked);
    assert_eq!(asked.len(), 1);
    let arguments = asked[0].arguments.as_deref().unwrap_or(&[]);
    assert_eq!(arguments, ["\\\\172.16.66.37"]);
    let machine: Vec<_> = told
        .logins
        .iter()
        .filter(|login| login.username.as_deref() == Some("01566S-WIN16-IR$"))
        .collect();
    assert_eq!(machine.len(), 1);
    assert_eq!(
        machine[0].status.as_deref(),
        Some("STATUS_NO_LOGON_SERVERS")
    );
}

#[test]
fn as_many_as_another_dissector_sees() {
    // Calls asked, openings answered, shares answered and logins by NTLM.
    for (folder, begins, expected) in [
        (ELCABEZZONN, "atexec_", (15, 3, 3, 3)),
        (ELCABEZZONN, "psexec_cmd", (40, 6, 4, 4)),
        (ELCABEZZONN, "remote_recon_toolie", (613, 8, 24, 43)),
        (ATTACKS, "discovery_scan_dcerpc", (349, 0, 0, 0)),
        (SURICATA, "smb2-06", (46, 5, 1, 0)),
        (ZEEK, "krb__smb2_krb", (1, 13, 2, 0)),
    ] {
        let Some(told) = told(folder, begins) else {
            return;
        };
        let opened = told.files.iter().filter(|row| {
            let action = row.action.as_deref().unwrap_or("");
            action.ends_with("_OPEN")
        });
        let counts = (
            told.asked(),
            opened.count(),
            told.shares.len(),
            told.logins.len(),
        );
        assert_eq!(counts, expected, "{begins}");
    }
}
