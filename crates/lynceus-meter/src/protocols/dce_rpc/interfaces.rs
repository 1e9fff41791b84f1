//! Interfaces by their UUID.

use super::operations as op;

/// An interface with a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Known {
    uuid: &'static str,
    /// Name as analysts know it.
    pub(super) name: &'static str,
    operations: &'static str,
}

/// What is known of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    /// Its name.
    pub(super) name: &'static str,
    /// Texts among its arguments that are told.
    pub(super) texts: usize,
}

/// Most texts of one request.
const TEXTS: usize = 6;

const fn known(uuid: &'static str, name: &'static str, operations: &'static str) -> Known {
    Known {
        uuid,
        name,
        operations,
    }
}

#[rustfmt::skip]
const INTERFACES: &[Known] = &[
    known("367abb81-9844-35f1-ad32-98f038001003", "svcctl", op::SVCCTL),
    known("12345778-1234-abcd-ef00-0123456789ac", "samr", op::SAMR),
    known("12345778-1234-abcd-ef00-0123456789ab", "lsarpc", op::LSARPC),
    known("12345678-1234-abcd-ef00-01234567cffb", "netlogon", op::NETLOGON),
    known("e3514235-4b06-11d1-ab04-00c04fc2dcd2", "drsuapi", op::DRSUAPI),
    known("7c44d7d4-31d5-424c-bd5e-2b3e1f323d22", "dsaop", "DSAPrepareScript DSAExecuteScript"),
    known("6bffd098-a112-3610-9833-46c3f87e345a", "wkssvc", op::WKSSVC),
    known("4b324fc8-1670-01d3-1278-5a47bf6ee188", "srvsvc", op::SRVSVC),
    known("1ff70682-0a51-30e8-076d-740be8cee98b", "atsvc", op::ATSVC),
    known("378e52b0-c0a9-11cf-822d-00aa0051e40f", "sasec", op::SASEC),
    known("86d35949-83c9-4044-b424-db363231fd0c", "ITaskSchedulerService", op::TASKS),
    known("338cd001-2244-31f1-aaaa-900038001003", "winreg", op::WINREG),
    known("e1af8308-5d1f-11c9-91a4-08002b14a0fa", "epmapper", op::EPMAPPER),
    known("afa8bd80-7d8a-11c9-bef4-08002b102989", "mgmt", op::MGMT),
    known("12345678-1234-abcd-ef00-0123456789ab", "spoolss", op::SPOOLSS),
    known("76f03f96-cdfd-44fc-a22c-64950a001209", "IRemoteWinspool", op::ASYNC_PRINT),
    known("c681d488-d850-11d0-8c52-00c04fd90f7e", "efsrpc", op::EFSRPC),
    known("df1941c5-fe89-4e79-bf10-463657acf44d", "efsrpc", op::EFSRPC),
    known("4fc742e0-4a10-11cf-8273-00aa004ae673", "netdfs", op::NETDFS),
    known("a8e0653c-2744-4389-a61d-7373df8b2292", "FileServerVssAgent", op::SHADOW_COPY),
    known("82273fdc-e32a-18c3-3f78-827929dc23ea", "eventlog", op::EVENTLOG),
    known("f6beaff7-1e19-4fbb-9f8f-b89e2018337c", "IEventService", op::EVENT6),
    known("894de0c0-0d55-11d3-a322-00c04fa321a1", "InitShutdown", op::INITSHUTDOWN),
    known("d95afe70-a6d5-4259-822e-2c84da1ddb0d", "WindowsShutdown", op::SHUTDOWN),
    known("3dde7c30-165d-11d1-ab8f-00805f14db40", "BackupKey", op::BACKUP_KEY),
    known("50abc2a4-574d-40b3-9d66-ee4fd5fba076", "dnsserver", op::DNS_SERVER),
    known("91ae6020-9e3c-11cf-8d7c-00aa00c091be", "ICertPassage", op::CERTIFICATES),
    known("d99e6e70-fc88-11d0-b498-00a0c90312f3", "ICertRequestD", op::CERTIFICATES_COM),
    known("5422fd3a-d4b8-4cef-a12e-e87d4ca22e90", "ICertRequestD2", op::CERTIFICATES_COM),
    known("3919286a-b10c-11d0-9ba8-00c04fd92ef5", "dssetup", op::ROLES),
    known("5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc", "msgsvcsend", op::SEND_MESSAGE),
    known("17fdd703-1827-4e34-79d4-24a55c53bb37", "msgsvc", ""),
    known("99fcfec4-5260-101b-bbcb-00aa0021347a", "IObjectExporter", op::OBJECT_EXPORTER),
    known("4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", "IActivation", op::ACTIVATION),
    known("000001a0-0000-0000-c000-000000000046", "IRemoteSCMActivator", op::SCM_ACTIVATOR),
    known("00000131-0000-0000-c000-000000000046", "IRemUnknown", op::REM_UNKNOWN),
    known("00000143-0000-0000-c000-000000000046", "IRemUnknown2", op::REM_UNKNOWN),
    known("00000000-0000-0000-c000-000000000046", "IUnknown", ""),
    known("00020400-0000-0000-c000-000000000046", "IDispatch", op::DISPATCH),
    known("f309ad18-d86a-11d0-a075-00c04fb68820", "IWbemLevel1Login", op::WBEM_LOGIN),
    known("d4781cd6-e5d3-44df-ad94-930efe48a887", "IWbemLoginClientID", op::WBEM_LOGIN_CLIENT),
    known("9556dc99-828c-11cf-a37e-00aa003240c7", "IWbemServices", op::WBEM_SERVICES),
    known("027947e1-d731-11ce-a357-000000000001", "IEnumWbemClassObject", op::WBEM_ENUM),
    known("1c1c45ee-4395-11d2-b60b-00104b703efd", "IWbemFetchSmartEnum", op::WBEM_FETCH),
    known("423ec01e-2e35-11d2-b604-00104b703efd", "IWbemWCOSmartEnum", op::WBEM_SMART),
    known("fa7df749-66e7-4986-a27f-e2f04ae53772", "IVssSnapshotMgmt", ""),
    known("d6d70ef0-0e3b-11cb-acc3-08002b1d29c3", "locator", ""),
    known("6bffd098-a112-3610-9833-012892020162", "browser", ""),
    known("8d9f4e40-a03d-11ce-8f69-08003e30051b", "pnp", ""),
    known("300f3532-38cc-11d0-a3f0-0020af6b0add", "trkwks", ""),
    known("8fb6d884-2388-11d0-8c35-00c04fda2795", "W32Time", ""),
    known("afc07e2e-311c-4435-808c-c483ffeec7c9", "lsacap", "LsarGetAvailableCAPIDs"),
    known("5ca4a760-ebb1-11cf-8611-00a0245420ed", "winstation", ""),
    known("484809d6-4239-471b-b5bc-61df8c23ac48", "TermSrvSession", ""),
    known("88143fd0-c28d-4b2b-8fef-8d882f6a9390", "TermSrvEnumeration", ""),
    known("6bffd098-a112-3610-9833-46c3f874532d", "dhcpsrv", ""),
    known("5b821720-f63b-11d0-aad2-00c04fc324db", "dhcpsrv2", ""),
    known("f5cc59b4-4264-101a-8c59-08002b2f8426", "frsrpc", ""),
    known("897e2e5f-93f3-4376-9c9c-fd2277495c27", "FrsTransport", ""),
    known("f5cc5a18-4264-101a-8c59-08002b2f8426", "nspi", ""),
    known("a4f1db00-ca47-1067-b31f-00dd010662da", "emsmdb", ""),
    known("1544f5e0-613c-11d1-93df-00c04fd7bd09", "rfri", ""),
    known("906b0ce0-c70b-1067-b317-00dd010662da", "IXnRemote", ""),
    known("2f5f6520-ca46-1067-b319-00dd010662da", "tapsrv", ""),
    known("342cfd40-3c6c-11ce-a893-08002b2e9c6d", "llsrpc", ""),
];

/// The interface of a UUID in its text form.
pub(super) fn find(uuid: &str) -> Option<&'static Known> {
    INTERFACES.iter().find(|known| known.uuid == uuid)
}

impl Known {
    /// The operation of a number.
    pub(super) fn operation(&self, number: u16) -> Option<Operation> {
        let mut at = 0u16;
        for word in self.operations.split_ascii_whitespace() {
            let name = match word.split_once('=') {
                Some((here, name)) => {
                    at = here.parse().ok()?;
                    name
                }
                None => word,
            };
            if at == number {
                return (name != "-").then(|| operation(name));
            }
            at = at.checked_add(1)?;
        }
        None
    }
}

fn operation(word: &'static str) -> Operation {
    match word.split_once('+') {
        Some((name, "")) => Operation { name, texts: TEXTS },
        Some((name, texts)) => Operation {
            name,
            texts: texts.parse().unwrap_or(0),
        },
        None => Operation {
            name: word,
            texts: 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(interface: &str, number: u16) -> Option<&'static str> {
        let known = INTERFACES.iter().find(|k| k.name == interface);
        known.and_then(|k| k.operation(number)).map(|o| o.name)
    }

    #[test]
    fn numbers_of_the_protocol_documents() {
        for (interface, number, name) in [
            ("svcctl", 0, "CloseServiceHandle"),
            ("svcctl", 12, "CreateServiceW"),
            ("svcctl", 15, "OpenSCManagerW"),
            ("svcctl", 19, "StartServiceW"),
            ("svcctl", 24, "CreateServiceA"),
            ("svcctl", 31, "StartServiceA"),
            ("svcctl", 45, "CreateServiceWOW64W"),
            ("svcctl", 51, "ControlServiceExW"),
            ("svcctl", 64, "OpenSCManager2"),
            ("samr", 13, "SamrEnumerateUsersInDomain"),
            ("samr", 17, "SamrLookupNamesInDomain"),
            ("samr", 50, "SamrCreateUser2InDomain"),
            ("samr", 57, "SamrConnect2"),
            ("samr", 64, "SamrConnect5"),
            ("samr", 67, "SamrValidatePassword"),
            ("lsarpc", 43, "LsarRetrievePrivateData"),
            ("lsarpc", 44, "LsarOpenPolicy2"),
            ("lsarpc", 58, "LsarLookupNames2"),
            ("lsarpc", 77, "LsarLookupNames4"),
            ("netlogon", 4, "NetrServerReqChallenge"),
            ("netlogon", 15, "NetrServerAuthenticate2"),
            ("netlogon", 26, "NetrServerAuthenticate3"),
            ("netlogon", 30, "NetrServerPasswordSet2"),
            ("netlogon", 48, "DsrUpdateReadOnlyServerDnsRecords"),
            ("drsuapi", 3, "DRSGetNCChanges"),
            ("drsuapi", 5, "DRSReplicaAdd"),
            ("drsuapi", 17, "DRSAddEntry"),
            ("wkssvc", 2, "NetrWkstaUserEnum"),
            ("wkssvc", 22, "NetrJoinDomain2"),
            ("srvsvc", 12, "NetrSessionEnum"),
            ("srvsvc", 15, "NetrShareEnum"),
            ("srvsvc", 21, "NetrServerGetInfo"),
            ("srvsvc", 57, "NetrShareDelEx"),
            ("ITaskSchedulerService", 1, "SchRpcRegisterTask"),
            ("ITaskSchedulerService", 12, "SchRpcRun"),
            ("ITaskSchedulerService", 19, "SchRpcEnableTask"),
            ("winreg", 20, "BaseRegSaveKey"),
            ("winreg", 22, "BaseRegSetValue"),
            ("winreg", 35, "BaseRegDeleteKeyEx"),
            (
                "spoolss",
                65,
                "RpcRemoteFindFirstPrinterChangeNotificationEx",
            ),
            ("spoolss", 89, "RpcAddPrinterDriverEx"),
            ("IRemoteWinspool", 39, "RpcAsyncAddPrinterDriver"),
            ("efsrpc", 0, "EfsRpcOpenFileRaw"),
            ("efsrpc", 13, "EfsRpcDuplicateEncryptionInfoFile"),
            ("netdfs", 12, "NetrDfsAddStdRoot"),
            ("IWbemServices", 20, "ExecQuery"),
            ("IWbemServices", 24, "ExecMethod"),
            ("IRemoteSCMActivator", 4, "RemoteCreateInstance"),
            ("epmapper", 3, "ept_map"),
            ("eventlog", 0, "ElfrClearELFW"),
            ("IEventService", 6, "EvtRpcClearLog"),
            ("IEventService", 28, "EvtRpcGetClassicLogDisplayName"),
        ] {
            assert_eq!(
                name_of(interface, number),
                Some(name),
                "{interface} {number}"
            );
        }
        assert_eq!(name_of("svcctl", 10), None);
        assert_eq!(name_of("svcctl", 65), None);
        assert_eq!(name_of("svcctl", u16::MAX), None);
        assert_eq!(name_of("IWbemServices", 0), None);
    }

    #[test]
    fn the_table_is_sound() {
        for (i, known) in INTERFACES.iter().enumerate() {
            assert_eq!(known.uuid.len(), 36);
            assert!(INTERFACES[i + 1..].iter().all(|k| k.uuid != known.uuid));
            let numbers = known.operations.split_ascii_whitespace();
            let at: Vec<u16> = numbers
                .filter_map(|word| word.split_once('=')?.0.parse().ok())
                .collect();
            assert!(at.windows(2).all(|w| w[0] < w[1]), "{}", known.name);
        }
    }

    #[test]
    fn texts_that_are_told() {
        let of = |uuid: &str, number| {
            let known = find(uuid).expect("known");
            known.operation(number).expect("an operation").texts
        };
        assert_eq!(of("367abb81-9844-35f1-ad32-98f038001003", 12), TEXTS);
        assert_eq!(of("86d35949-83c9-4044-b424-db363231fd0c", 1), 1);
        assert_eq!(of("12345778-1234-abcd-ef00-0123456789ac", 38), 0);
    }
}
