"""Interfaces of DCE/RPC by UUID and their operations by number, as the meter names them. Data.

Notation of operations: `-` is a number without a name, `N=Name` goes on at number N.
"""

from __future__ import annotations

INTERFACES = {
    "367abb81-9844-35f1-ad32-98f038001003": "svcctl",
    "12345778-1234-abcd-ef00-0123456789ac": "samr",
    "12345778-1234-abcd-ef00-0123456789ab": "lsarpc",
    "12345678-1234-abcd-ef00-01234567cffb": "netlogon",
    "e3514235-4b06-11d1-ab04-00c04fc2dcd2": "drsuapi",
    "7c44d7d4-31d5-424c-bd5e-2b3e1f323d22": "dsaop",
    "6bffd098-a112-3610-9833-46c3f87e345a": "wkssvc",
    "4b324fc8-1670-01d3-1278-5a47bf6ee188": "srvsvc",
    "1ff70682-0a51-30e8-076d-740be8cee98b": "atsvc",
    "378e52b0-c0a9-11cf-822d-00aa0051e40f": "sasec",
    "86d35949-83c9-4044-b424-db363231fd0c": "ITaskSchedulerService",
    "338cd001-2244-31f1-aaaa-900038001003": "winreg",
    "e1af8308-5d1f-11c9-91a4-08002b14a0fa": "epmapper",
    "afa8bd80-7d8a-11c9-bef4-08002b102989": "mgmt",
    "12345678-1234-abcd-ef00-0123456789ab": "spoolss",
    "76f03f96-cdfd-44fc-a22c-64950a001209": "IRemoteWinspool",
    "c681d488-d850-11d0-8c52-00c04fd90f7e": "efsrpc",
    "df1941c5-fe89-4e79-bf10-463657acf44d": "efsrpc",
    "4fc742e0-4a10-11cf-8273-00aa004ae673": "netdfs",
    "a8e0653c-2744-4389-a61d-7373df8b2292": "FileServerVssAgent",
    "82273fdc-e32a-18c3-3f78-827929dc23ea": "eventlog",
    "f6beaff7-1e19-4fbb-9f8f-b89e2018337c": "IEventService",
    "894de0c0-0d55-11d3-a322-00c04fa321a1": "InitShutdown",
    "d95afe70-a6d5-4259-822e-2c84da1ddb0d": "WindowsShutdown",
    "3dde7c30-165d-11d1-ab8f-00805f14db40": "BackupKey",
    "50abc2a4-574d-40b3-9d66-ee4fd5fba076": "dnsserver",
    "91ae6020-9e3c-11cf-8d7c-00aa00c091be": "ICertPassage",
    "d99e6e70-fc88-11d0-b498-00a0c90312f3": "ICertRequestD",
    "5422fd3a-d4b8-4cef-a12e-e87d4ca22e90": "ICertRequestD2",
    "3919286a-b10c-11d0-9ba8-00c04fd92ef5": "dssetup",
    "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc": "msgsvcsend",
    "17fdd703-1827-4e34-79d4-24a55c53bb37": "msgsvc",
    "99fcfec4-5260-101b-bbcb-00aa0021347a": "IObjectExporter",
    "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": "IActivation",
    "000001a0-0000-0000-c000-000000000046": "IRemoteSCMActivator",
    "00000131-0000-0000-c000-000000000046": "IRemUnknown",
    "00000143-0000-0000-c000-000000000046": "IRemUnknown2",
    "00000000-0000-0000-c000-000000000046": "IUnknown",
    "00020400-0000-0000-c000-000000000046": "IDispatch",
    "f309ad18-d86a-11d0-a075-00c04fb68820": "IWbemLevel1Login",
    "d4781cd6-e5d3-44df-ad94-930efe48a887": "IWbemLoginClientID",
    "9556dc99-828c-11cf-a37e-00aa003240c7": "IWbemServices",
    "027947e1-d731-11ce-a357-000000000001": "IEnumWbemClassObject",
    "1c1c45ee-4395-11d2-b60b-00104b703efd": "IWbemFetchSmartEnum",
    "423ec01e-2e35-11d2-b604-00104b703efd": "IWbemWCOSmartEnum",
    "fa7df749-66e7-4986-a27f-e2f04ae53772": "IVssSnapshotMgmt",
    "d6d70ef0-0e3b-11cb-acc3-08002b1d29c3": "locator",
    "6bffd098-a112-3610-9833-012892020162": "browser",
    "8d9f4e40-a03d-11ce-8f69-08003e30051b": "pnp",
    "300f3532-38cc-11d0-a3f0-0020af6b0add": "trkwks",
    "8fb6d884-2388-11d0-8c35-00c04fda2795": "W32Time",
    "afc07e2e-311c-4435-808c-c483ffeec7c9": "lsacap",
    "5ca4a760-ebb1-11cf-8611-00a0245420ed": "winstation",
    "484809d6-4239-471b-b5bc-61df8c23ac48": "TermSrvSession",
    "88143fd0-c28d-4b2b-8fef-8d882f6a9390": "TermSrvEnumeration",
    "6bffd098-a112-3610-9833-46c3f874532d": "dhcpsrv",
    "5b821720-f63b-11d0-aad2-00c04fc324db": "dhcpsrv2",
    "f5cc59b4-4264-101a-8c59-08002b2f8426": "frsrpc",
    "897e2e5f-93f3-4376-9c9c-fd2277495c27": "FrsTransport",
    "f5cc5a18-4264-101a-8c59-08002b2f8426": "nspi",
    "a4f1db00-ca47-1067-b31f-00dd010662da": "emsmdb",
    "1544f5e0-613c-11d1-93df-00c04fd7bd09": "rfri",
    "906b0ce0-c70b-1067-b317-00dd010662da": "IXnRemote",
    "2f5f6520-ca46-1067-b319-00dd010662da": "tapsrv",
    "342cfd40-3c6c-11ce-a893-08002b2e9c6d": "llsrpc",
}

_WRITTEN = {
    "svcctl": (
        "CloseServiceHandle ControlService DeleteService LockServiceDatabase "
        "QueryServiceObjectSecurity SetServiceObjectSecurity QueryServiceStatus "
        "SetServiceStatus UnlockServiceDatabase NotifyBootConfigStatus - ChangeServiceConfigW "
        "CreateServiceW EnumDependentServicesW EnumServicesStatusW OpenSCManagerW "
        "OpenServiceW QueryServiceConfigW QueryServiceLockStatusW StartServiceW "
        "GetServiceDisplayNameW GetServiceKeyNameW - ChangeServiceConfigA CreateServiceA "
        "EnumDependentServicesA EnumServicesStatusA OpenSCManagerA OpenServiceA "
        "QueryServiceConfigA QueryServiceLockStatusA StartServiceA GetServiceDisplayNameA "
        "GetServiceKeyNameA GetCurrentGroupStateW EnumServiceGroupW ChangeServiceConfig2A "
        "ChangeServiceConfig2W QueryServiceConfig2A QueryServiceConfig2W QueryServiceStatusEx "
        "EnumServicesStatusExA EnumServicesStatusExW - CreateServiceWOW64A "
        "CreateServiceWOW64W - NotifyServiceStatusChange GetNotifyResults CloseNotifyHandle "
        "ControlServiceExA ControlServiceExW 56=QueryServiceConfigEx 60=CreateWowService "
        "64=OpenSCManager2"
    ),
    "samr": (
        "SamrConnect SamrCloseHandle SamrSetSecurityObject SamrQuerySecurityObject - "
        "SamrLookupDomainInSamServer SamrEnumerateDomainsInSamServer SamrOpenDomain "
        "SamrQueryInformationDomain SamrSetInformationDomain SamrCreateGroupInDomain "
        "SamrEnumerateGroupsInDomain SamrCreateUserInDomain SamrEnumerateUsersInDomain "
        "SamrCreateAliasInDomain SamrEnumerateAliasesInDomain SamrGetAliasMembership "
        "SamrLookupNamesInDomain SamrLookupIdsInDomain SamrOpenGroup "
        "SamrQueryInformationGroup SamrSetInformationGroup SamrAddMemberToGroup "
        "SamrDeleteGroup SamrRemoveMemberFromGroup SamrGetMembersInGroup "
        "SamrSetMemberAttributesOfGroup SamrOpenAlias SamrQueryInformationAlias "
        "SamrSetInformationAlias SamrDeleteAlias SamrAddMemberToAlias "
        "SamrRemoveMemberFromAlias SamrGetMembersInAlias SamrOpenUser SamrDeleteUser "
        "SamrQueryInformationUser SamrSetInformationUser SamrChangePasswordUser "
        "SamrGetGroupsForUser SamrQueryDisplayInformation SamrGetDisplayEnumerationIndex - - "
        "SamrGetUserDomainPasswordInformation SamrRemoveMemberFromForeignDomain "
        "SamrQueryInformationDomain2 SamrQueryInformationUser2 SamrQueryDisplayInformation2 "
        "SamrGetDisplayEnumerationIndex2 SamrCreateUser2InDomain SamrQueryDisplayInformation3 "
        "SamrAddMultipleMembersToAlias SamrRemoveMultipleMembersFromAlias "
        "SamrOemChangePasswordUser2 SamrUnicodeChangePasswordUser2 "
        "SamrGetDomainPasswordInformation SamrConnect2 SamrSetInformationUser2 "
        "62=SamrConnect4 64=SamrConnect5 SamrRidToSid SamrSetDSRMPassword "
        "SamrValidatePassword 73=SamrUnicodeChangePasswordUser4"
    ),
    "lsarpc": (
        "LsarClose - LsarEnumeratePrivileges LsarQuerySecurityObject LsarSetSecurityObject - "
        "LsarOpenPolicy LsarQueryInformationPolicy LsarSetInformationPolicy - "
        "LsarCreateAccount LsarEnumerateAccounts LsarCreateTrustedDomain "
        "LsarEnumerateTrustedDomains LsarLookupNames LsarLookupSids LsarCreateSecret "
        "LsarOpenAccount LsarEnumeratePrivilegesAccount LsarAddPrivilegesToAccount "
        "LsarRemovePrivilegesFromAccount - - LsarGetSystemAccessAccount "
        "LsarSetSystemAccessAccount LsarOpenTrustedDomain LsarQueryInfoTrustedDomain "
        "LsarSetInformationTrustedDomain LsarOpenSecret LsarSetSecret LsarQuerySecret "
        "LsarLookupPrivilegeValue LsarLookupPrivilegeName LsarLookupPrivilegeDisplayName "
        "LsarDeleteObject LsarEnumerateAccountsWithUserRight LsarEnumerateAccountRights "
        "LsarAddAccountRights LsarRemoveAccountRights LsarQueryTrustedDomainInfo "
        "LsarSetTrustedDomainInfo LsarDeleteTrustedDomain LsarStorePrivateData "
        "LsarRetrievePrivateData LsarOpenPolicy2 LsarGetUserName LsarQueryInformationPolicy2 "
        "LsarSetInformationPolicy2 LsarQueryTrustedDomainInfoByName "
        "LsarSetTrustedDomainInfoByName LsarEnumerateTrustedDomainsEx "
        "LsarCreateTrustedDomainEx - LsarQueryDomainInformationPolicy "
        "LsarSetDomainInformationPolicy LsarOpenTrustedDomainByName - LsarLookupSids2 "
        "LsarLookupNames2 LsarCreateTrustedDomainEx2 68=LsarLookupNames3 "
        "73=LsarQueryForestTrustInformation LsarSetForestTrustInformation 76=LsarLookupSids3 "
        "LsarLookupNames4"
    ),
    "netlogon": (
        "NetrLogonUasLogon NetrLogonUasLogoff NetrLogonSamLogon NetrLogonSamLogoff "
        "NetrServerReqChallenge NetrServerAuthenticate NetrServerPasswordSet "
        "NetrDatabaseDeltas NetrDatabaseSync NetrAccountDeltas NetrAccountSync NetrGetDCName "
        "NetrLogonControl NetrGetAnyDCName NetrLogonControl2 NetrServerAuthenticate2 "
        "NetrDatabaseSync2 NetrDatabaseRedo NetrLogonControl2Ex NetrEnumerateTrustedDomains "
        "DsrGetDcName NetrLogonGetCapabilities NetrLogonSetServiceBits NetrLogonGetTrustRid "
        "NetrLogonComputeServerDigest NetrLogonComputeClientDigest NetrServerAuthenticate3 "
        "DsrGetDcNameEx DsrGetSiteName NetrLogonGetDomainInfo NetrServerPasswordSet2 "
        "NetrServerPasswordGet NetrLogonSendToSam DsrAddressToSiteNamesW DsrGetDcNameEx2 "
        "NetrLogonGetTimeServiceParentDomain NetrEnumerateTrustedDomainsEx "
        "DsrAddressToSiteNamesExW DsrGetDcSiteCoverageW NetrLogonSamLogonEx "
        "DsrEnumerateDomainTrusts DsrDeregisterDnsHostRecords NetrServerTrustPasswordsGet "
        "DsrGetForestTrustInformation NetrGetForestTrustInformation "
        "NetrLogonSamLogonWithFlags NetrServerGetTrustInfo - "
        "DsrUpdateReadOnlyServerDnsRecords NetrChainSetClientAttributes"
    ),
    "drsuapi": (
        "DRSBind DRSUnbind DRSReplicaSync DRSGetNCChanges DRSUpdateRefs DRSReplicaAdd "
        "DRSReplicaDel DRSReplicaModify DRSVerifyNames DRSGetMemberships DRSInterDomainMove "
        "DRSGetNT4ChangeLog DRSCrackNames DRSWriteSPN DRSRemoveDsServer DRSRemoveDsDomain "
        "DRSDomainControllerInfo DRSAddEntry DRSExecuteKCC DRSGetReplInfo DRSAddSidHistory "
        "DRSGetMemberships2 DRSReplicaVerifyObjects DRSGetObjectExistence DRSQuerySitesByCost "
        "DRSInitDemotion DRSReplicaDemotion DRSFinishDemotion DRSAddCloneDC DRSWriteNgcKey "
        "DRSReadNgcKey"
    ),
    "dsaop": "DSAPrepareScript DSAExecuteScript",
    "wkssvc": (
        "NetrWkstaGetInfo NetrWkstaSetInfo NetrWkstaUserEnum 5=NetrWkstaTransportEnum "
        "NetrWkstaTransportAdd NetrWkstaTransportDel NetrUseAdd NetrUseGetInfo NetrUseDel "
        "NetrUseEnum 13=NetrWorkstationStatisticsGet 20=NetrGetJoinInformation "
        "22=NetrJoinDomain2 NetrUnjoinDomain2 NetrRenameMachineInDomain2 NetrValidateName2 "
        "NetrGetJoinableOUs2 NetrAddAlternateComputerName NetrRemoveAlternateComputerName "
        "NetrSetPrimaryComputerName NetrEnumerateComputerNames"
    ),
    "srvsvc": (
        "8=NetrConnectionEnum NetrFileEnum NetrFileGetInfo NetrFileClose NetrSessionEnum "
        "NetrSessionDel NetrShareAdd NetrShareEnum NetrShareGetInfo NetrShareSetInfo "
        "NetrShareDel NetrShareDelSticky NetrShareCheck NetrServerGetInfo NetrServerSetInfo "
        "NetrServerDiskEnum NetrServerStatisticsGet NetrServerTransportAdd "
        "NetrServerTransportEnum NetrServerTransportDel NetrRemoteTOD - NetprPathType "
        "NetprPathCanonicalize NetprPathCompare NetprNameValidate NetprNameCanonicalize "
        "NetprNameCompare NetrShareEnumSticky NetrShareDelStart NetrShareDelCommit "
        "NetrpGetFileSecurity NetrpSetFileSecurity NetrServerTransportAddEx - "
        "NetrDfsGetVersion NetrDfsCreateLocalPartition NetrDfsDeleteLocalPartition "
        "NetrDfsSetLocalVolumeState - NetrDfsCreateExitPoint NetrDfsDeleteExitPoint "
        "NetrDfsModifyPrefix NetrDfsFixLocalVolume NetrDfsManagerReportSiteInfo "
        "NetrServerTransportDelEx NetrServerAliasAdd NetrServerAliasEnum NetrServerAliasDel "
        "NetrShareDelEx"
    ),
    "atsvc": "NetrJobAdd NetrJobDel NetrJobEnum NetrJobGetInfo",
    "sasec": (
        "SASetAccountInformation SASetNSAccountInformation SAGetNSAccountInformation "
        "SAGetAccountInformation"
    ),
    "ITaskSchedulerService": (
        "SchRpcHighestVersion SchRpcRegisterTask SchRpcRetrieveTask SchRpcCreateFolder "
        "SchRpcSetSecurity SchRpcGetSecurity SchRpcEnumFolders SchRpcEnumTasks "
        "SchRpcEnumInstances SchRpcGetInstanceInfo SchRpcStopInstance SchRpcStop SchRpcRun "
        "SchRpcDelete SchRpcRename SchRpcScheduledRuntimes SchRpcGetLastRunInfo "
        "SchRpcGetTaskInfo SchRpcGetNumberOfMissedRuns SchRpcEnableTask"
    ),
    "winreg": (
        "OpenClassesRoot OpenCurrentUser OpenLocalMachine OpenPerformanceData OpenUsers "
        "BaseRegCloseKey BaseRegCreateKey BaseRegDeleteKey BaseRegDeleteValue BaseRegEnumKey "
        "BaseRegEnumValue BaseRegFlushKey BaseRegGetKeySecurity BaseRegLoadKey - "
        "BaseRegOpenKey BaseRegQueryInfoKey BaseRegQueryValue BaseRegReplaceKey "
        "BaseRegRestoreKey BaseRegSaveKey BaseRegSetKeySecurity BaseRegSetValue "
        "BaseRegUnLoadKey - - BaseRegGetVersion OpenCurrentConfig - "
        "BaseRegQueryMultipleValues - BaseRegSaveKeyEx OpenPerformanceText "
        "OpenPerformanceNlsText BaseRegQueryMultipleValues2 BaseRegDeleteKeyEx"
    ),
    "epmapper": (
        "ept_insert ept_delete ept_lookup ept_map ept_lookup_handle_free ept_inq_object "
        "ept_mgmt_delete"
    ),
    "mgmt": "inq_if_ids inq_stats is_server_listening stop_server_listening inq_princ_name",
    "spoolss": (
        "RpcEnumPrinters RpcOpenPrinter RpcSetJob RpcGetJob RpcEnumJobs RpcAddPrinter "
        "RpcDeletePrinter RpcSetPrinter RpcGetPrinter RpcAddPrinterDriver "
        "RpcEnumPrinterDrivers RpcGetPrinterDriver RpcGetPrinterDriverDirectory "
        "RpcDeletePrinterDriver RpcAddPrintProcessor RpcEnumPrintProcessors "
        "RpcGetPrintProcessorDirectory RpcStartDocPrinter RpcStartPagePrinter RpcWritePrinter "
        "RpcEndPagePrinter RpcAbortPrinter RpcReadPrinter RpcEndDocPrinter RpcAddJob "
        "RpcScheduleJob RpcGetPrinterData RpcSetPrinterData RpcWaitForPrinterChange "
        "RpcClosePrinter RpcAddForm RpcDeleteForm RpcGetForm RpcSetForm RpcEnumForms "
        "RpcEnumPorts RpcEnumMonitors 39=RpcDeletePort RpcCreatePrinterIC "
        "RpcPlayGdiScriptOnPrinterIC RpcDeletePrinterIC 46=RpcAddMonitor RpcDeleteMonitor "
        "RpcDeletePrintProcessor 51=RpcEnumPrintProcessorDatatypes RpcResetPrinter "
        "RpcGetPrinterDriver2 56=RpcFindClosePrinterChangeNotification 58=RpcReplyOpenPrinter "
        "RpcRouterReplyPrinter RpcReplyClosePrinter RpcAddPortEx "
        "RpcRemoteFindFirstPrinterChangeNotification "
        "65=RpcRemoteFindFirstPrinterChangeNotificationEx RpcRouterReplyPrinterEx "
        "RpcRouterRefreshPrinterChangeNotification 69=RpcOpenPrinterEx RpcAddPrinterEx "
        "RpcSetPort RpcEnumPrinterData RpcDeletePrinterData 77=RpcSetPrinterDataEx "
        "RpcGetPrinterDataEx RpcEnumPrinterDataEx RpcEnumPrinterKey RpcDeletePrinterDataEx "
        "RpcDeletePrinterKey 84=RpcDeletePrinterDriverEx RpcAddPerMachineConnection "
        "RpcDeletePerMachineConnection RpcEnumPerMachineConnections RpcXcvData "
        "RpcAddPrinterDriverEx 97=RpcSendRecvBidiData 102=RpcGetCorePrinterDrivers "
        "104=RpcGetPrinterDriverPackagePath"
    ),
    "IRemoteWinspool": (
        "RpcAsyncOpenPrinter RpcAsyncAddPrinter 20=RpcAsyncClosePrinter "
        "39=RpcAsyncAddPrinterDriver RpcAsyncEnumPrinterDrivers "
        "RpcAsyncGetPrinterDriverDirectory RpcAsyncDeletePrinterDriver "
        "RpcAsyncDeletePrinterDriverEx 62=RpcAsyncInstallPrinterDriverFromPackage "
        "RpcAsyncUploadPrinterDriverPackage"
    ),
    "efsrpc": (
        "EfsRpcOpenFileRaw EfsRpcReadFileRaw EfsRpcWriteFileRaw EfsRpcCloseRaw "
        "EfsRpcEncryptFileSrv EfsRpcDecryptFileSrv EfsRpcQueryUsersOnFile "
        "EfsRpcQueryRecoveryAgents EfsRpcRemoveUsersFromFile EfsRpcAddUsersToFile - "
        "EfsRpcNotSupported EfsRpcFileKeyInfo EfsRpcDuplicateEncryptionInfoFile - "
        "EfsRpcAddUsersToFileEx EfsRpcFileKeyInfoEx - EfsRpcGetEncryptedFileMetadata "
        "EfsRpcSetEncryptedFileMetadata EfsRpcFlushEfsCache EfsRpcEncryptFileExSrv "
        "EfsRpcQueryProtectors"
    ),
    "netdfs": (
        "NetrDfsManagerGetVersion NetrDfsAdd NetrDfsRemove NetrDfsSetInfo NetrDfsGetInfo "
        "NetrDfsEnum NetrDfsMove 10=NetrDfsAddFtRoot NetrDfsRemoveFtRoot NetrDfsAddStdRoot "
        "NetrDfsRemoveStdRoot NetrDfsManagerInitialize NetrDfsAddStdRootForced "
        "NetrDfsGetDcAddress NetrDfsSetDcAddress NetrDfsFlushFtTable NetrDfsAdd2 "
        "NetrDfsRemove2 NetrDfsEnumEx NetrDfsSetInfo2"
    ),
    "FileServerVssAgent": (
        "GetSupportedVersion SetContext StartShadowCopySet AddToShadowCopySet "
        "CommitShadowCopySet ExposeShadowCopySet RecoveryCompleteShadowCopySet "
        "AbortShadowCopySet IsPathSupported IsPathShadowCopied GetShareMapping "
        "DeleteShareMapping PrepareShadowCopySet"
    ),
    "eventlog": (
        "ElfrClearELFW ElfrBackupELFW ElfrCloseEL ElfrDeregisterEventSource "
        "ElfrNumberOfRecords ElfrOldestRecord ElfrChangeNotify ElfrOpenELW "
        "ElfrRegisterEventSourceW ElfrOpenBELW ElfrReadELW ElfrReportEventW ElfrClearELFA "
        "ElfrBackupELFA ElfrOpenELA ElfrRegisterEventSourceA ElfrOpenBELA ElfrReadELA "
        "ElfrReportEventA 22=ElfrGetLogInformation"
    ),
    "IEventService": (
        "EvtRpcRegisterRemoteSubscription EvtRpcRemoteSubscriptionNextAsync "
        "EvtRpcRemoteSubscriptionNext EvtRpcRemoteSubscriptionWaitAsync "
        "EvtRpcRegisterControllableOperation EvtRpcRegisterLogQuery EvtRpcClearLog "
        "EvtRpcExportLog EvtRpcLocalizeExportLog EvtRpcMessageRender "
        "EvtRpcMessageRenderDefault EvtRpcQueryNext EvtRpcQuerySeek EvtRpcClose EvtRpcCancel "
        "EvtRpcAssertConfig EvtRpcRetractConfig EvtRpcOpenLogHandle EvtRpcGetLogFileInfo "
        "EvtRpcGetChannelList EvtRpcGetChannelConfig EvtRpcPutChannelConfig "
        "EvtRpcGetPublisherList EvtRpcGetPublisherListForChannel EvtRpcGetPublisherMetadata "
        "EvtRpcGetPublisherResourceMetadata EvtRpcGetEventMetadataEnum "
        "EvtRpcGetNextEventMetadata EvtRpcGetClassicLogDisplayName"
    ),
    "InitShutdown": "BaseInitiateShutdown BaseAbortShutdown BaseInitiateShutdownEx",
    "WindowsShutdown": "WsdrInitiateShutdown WsdrAbortShutdown",
    "BackupKey": "BackuprKey",
    "dnsserver": (
        "DnssrvOperation DnssrvQuery DnssrvComplexOperation DnssrvEnumRecords "
        "DnssrvUpdateRecord DnssrvOperation2 DnssrvQuery2 DnssrvComplexOperation2 "
        "DnssrvEnumRecords2 DnssrvUpdateRecord2"
    ),
    "ICertPassage": "CertServerRequest",
    "ICertRequestD": "3=Request GetCACert Ping",
    "ICertRequestD2": "3=Request GetCACert Ping",
    "dssetup": "DsRolerGetPrimaryDomainInformation",
    "msgsvcsend": "NetrSendMessage",
    "IObjectExporter": ("ResolveOxid SimplePing ComplexPing ServerAlive ResolveOxid2 ServerAlive2"),
    "IActivation": "RemoteActivation",
    "IRemoteSCMActivator": "3=RemoteGetClassObject RemoteCreateInstance",
    "IRemUnknown": "3=RemQueryInterface RemAddRef RemRelease RemQueryInterface2",
    "IRemUnknown2": "3=RemQueryInterface RemAddRef RemRelease RemQueryInterface2",
    "IDispatch": "3=GetTypeInfoCount GetTypeInfo GetIDsOfNames Invoke",
    "IWbemLevel1Login": "3=EstablishPosition RequestChallenge WBEMLogin NTLMLogin",
    "IWbemLoginClientID": "3=SetClientInfo",
    "IWbemServices": (
        "3=OpenNamespace CancelAsyncCall QueryObjectSink GetObject GetObjectAsync PutClass "
        "PutClassAsync DeleteClass DeleteClassAsync CreateClassEnum CreateClassEnumAsync "
        "PutInstance PutInstanceAsync DeleteInstance DeleteInstanceAsync CreateInstanceEnum "
        "CreateInstanceEnumAsync ExecQuery ExecQueryAsync ExecNotificationQuery "
        "ExecNotificationQueryAsync ExecMethod ExecMethodAsync"
    ),
    "IEnumWbemClassObject": "3=Reset Next NextAsync Clone Skip",
    "IWbemFetchSmartEnum": "3=GetSmartEnum",
    "IWbemWCOSmartEnum": "3=Next",
    "lsacap": "LsarGetAvailableCAPIDs",
}


def _numbered(words: str) -> dict[int, str]:
    found, at = {}, 0
    for word in words.split():
        here, _, name = word.rpartition("=")
        at = int(here) if here else at
        if name != "-":
            found[at] = name
        at += 1
    return found


OPERATIONS = {
    f"{interface} {number}": name
    for interface, words in _WRITTEN.items()
    for number, name in _numbered(words).items()
}
"""Names of operations by interface and number, such as `svcctl 12`."""
