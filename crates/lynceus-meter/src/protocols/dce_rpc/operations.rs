//! Names of the operations of interfaces, in the order of their numbers, as the public protocol
//! documents of Microsoft and the DCE specification name them.
//!
//! Notation: `-` is a number without a name, `N=Name` goes on at number N, `Name+` has texts among
//! its arguments that are told, `Name+2` has two of them.

pub(super) const SVCCTL: &str = "\
    CloseServiceHandle ControlService DeleteService LockServiceDatabase \
    QueryServiceObjectSecurity SetServiceObjectSecurity QueryServiceStatus SetServiceStatus \
    UnlockServiceDatabase NotifyBootConfigStatus - ChangeServiceConfigW+ CreateServiceW+ \
    EnumDependentServicesW EnumServicesStatusW OpenSCManagerW+ OpenServiceW+ QueryServiceConfigW \
    QueryServiceLockStatusW StartServiceW+ GetServiceDisplayNameW+ GetServiceKeyNameW+ - \
    ChangeServiceConfigA+ CreateServiceA+ EnumDependentServicesA EnumServicesStatusA \
    OpenSCManagerA+ OpenServiceA+ QueryServiceConfigA QueryServiceLockStatusA StartServiceA+ \
    GetServiceDisplayNameA+ GetServiceKeyNameA+ GetCurrentGroupStateW EnumServiceGroupW \
    ChangeServiceConfig2A ChangeServiceConfig2W QueryServiceConfig2A QueryServiceConfig2W \
    QueryServiceStatusEx EnumServicesStatusExA EnumServicesStatusExW - CreateServiceWOW64A+ \
    CreateServiceWOW64W+ - NotifyServiceStatusChange GetNotifyResults CloseNotifyHandle \
    ControlServiceExA ControlServiceExW 56=QueryServiceConfigEx 60=CreateWowService+ \
    64=OpenSCManager2";

pub(super) const SAMR: &str = "\
    SamrConnect SamrCloseHandle SamrSetSecurityObject SamrQuerySecurityObject - \
    SamrLookupDomainInSamServer+ SamrEnumerateDomainsInSamServer SamrOpenDomain \
    SamrQueryInformationDomain SamrSetInformationDomain SamrCreateGroupInDomain+ \
    SamrEnumerateGroupsInDomain SamrCreateUserInDomain+ SamrEnumerateUsersInDomain \
    SamrCreateAliasInDomain+ SamrEnumerateAliasesInDomain SamrGetAliasMembership \
    SamrLookupNamesInDomain+ SamrLookupIdsInDomain SamrOpenGroup SamrQueryInformationGroup \
    SamrSetInformationGroup SamrAddMemberToGroup SamrDeleteGroup SamrRemoveMemberFromGroup \
    SamrGetMembersInGroup SamrSetMemberAttributesOfGroup SamrOpenAlias SamrQueryInformationAlias \
    SamrSetInformationAlias SamrDeleteAlias SamrAddMemberToAlias SamrRemoveMemberFromAlias \
    SamrGetMembersInAlias SamrOpenUser SamrDeleteUser SamrQueryInformationUser \
    SamrSetInformationUser SamrChangePasswordUser SamrGetGroupsForUser \
    SamrQueryDisplayInformation SamrGetDisplayEnumerationIndex - - \
    SamrGetUserDomainPasswordInformation SamrRemoveMemberFromForeignDomain \
    SamrQueryInformationDomain2 SamrQueryInformationUser2 SamrQueryDisplayInformation2 \
    SamrGetDisplayEnumerationIndex2 SamrCreateUser2InDomain+ SamrQueryDisplayInformation3 \
    SamrAddMultipleMembersToAlias SamrRemoveMultipleMembersFromAlias SamrOemChangePasswordUser2 \
    SamrUnicodeChangePasswordUser2 SamrGetDomainPasswordInformation SamrConnect2 \
    SamrSetInformationUser2 62=SamrConnect4 64=SamrConnect5 SamrRidToSid SamrSetDSRMPassword \
    SamrValidatePassword 73=SamrUnicodeChangePasswordUser4";

pub(super) const LSARPC: &str = "\
    LsarClose - LsarEnumeratePrivileges LsarQuerySecurityObject LsarSetSecurityObject - \
    LsarOpenPolicy LsarQueryInformationPolicy LsarSetInformationPolicy - LsarCreateAccount \
    LsarEnumerateAccounts LsarCreateTrustedDomain LsarEnumerateTrustedDomains LsarLookupNames+ \
    LsarLookupSids LsarCreateSecret+ LsarOpenAccount LsarEnumeratePrivilegesAccount \
    LsarAddPrivilegesToAccount LsarRemovePrivilegesFromAccount - - LsarGetSystemAccessAccount \
    LsarSetSystemAccessAccount LsarOpenTrustedDomain LsarQueryInfoTrustedDomain \
    LsarSetInformationTrustedDomain LsarOpenSecret+ LsarSetSecret LsarQuerySecret \
    LsarLookupPrivilegeValue LsarLookupPrivilegeName LsarLookupPrivilegeDisplayName \
    LsarDeleteObject LsarEnumerateAccountsWithUserRight LsarEnumerateAccountRights \
    LsarAddAccountRights+ LsarRemoveAccountRights LsarQueryTrustedDomainInfo \
    LsarSetTrustedDomainInfo LsarDeleteTrustedDomain LsarStorePrivateData+1 \
    LsarRetrievePrivateData+1 LsarOpenPolicy2 LsarGetUserName LsarQueryInformationPolicy2 \
    LsarSetInformationPolicy2 LsarQueryTrustedDomainInfoByName LsarSetTrustedDomainInfoByName \
    LsarEnumerateTrustedDomainsEx LsarCreateTrustedDomainEx - LsarQueryDomainInformationPolicy \
    LsarSetDomainInformationPolicy LsarOpenTrustedDomainByName - LsarLookupSids2 \
    LsarLookupNames2+ LsarCreateTrustedDomainEx2 68=LsarLookupNames3+ \
    73=LsarQueryForestTrustInformation LsarSetForestTrustInformation 76=LsarLookupSids3 \
    LsarLookupNames4+";

pub(super) const NETLOGON: &str = "\
    NetrLogonUasLogon NetrLogonUasLogoff NetrLogonSamLogon NetrLogonSamLogoff \
    NetrServerReqChallenge+ NetrServerAuthenticate+ NetrServerPasswordSet+ NetrDatabaseDeltas \
    NetrDatabaseSync NetrAccountDeltas NetrAccountSync NetrGetDCName NetrLogonControl \
    NetrGetAnyDCName NetrLogonControl2 NetrServerAuthenticate2+ NetrDatabaseSync2 \
    NetrDatabaseRedo NetrLogonControl2Ex NetrEnumerateTrustedDomains DsrGetDcName \
    NetrLogonGetCapabilities NetrLogonSetServiceBits NetrLogonGetTrustRid \
    NetrLogonComputeServerDigest NetrLogonComputeClientDigest NetrServerAuthenticate3+ \
    DsrGetDcNameEx DsrGetSiteName NetrLogonGetDomainInfo NetrServerPasswordSet2+ \
    NetrServerPasswordGet+ NetrLogonSendToSam DsrAddressToSiteNamesW DsrGetDcNameEx2 \
    NetrLogonGetTimeServiceParentDomain NetrEnumerateTrustedDomainsEx DsrAddressToSiteNamesExW \
    DsrGetDcSiteCoverageW NetrLogonSamLogonEx DsrEnumerateDomainTrusts \
    DsrDeregisterDnsHostRecords NetrServerTrustPasswordsGet+ DsrGetForestTrustInformation \
    NetrGetForestTrustInformation NetrLogonSamLogonWithFlags NetrServerGetTrustInfo - \
    DsrUpdateReadOnlyServerDnsRecords NetrChainSetClientAttributes";

pub(super) const DRSUAPI: &str = "\
    DRSBind DRSUnbind DRSReplicaSync DRSGetNCChanges DRSUpdateRefs DRSReplicaAdd DRSReplicaDel \
    DRSReplicaModify DRSVerifyNames DRSGetMemberships DRSInterDomainMove DRSGetNT4ChangeLog \
    DRSCrackNames DRSWriteSPN DRSRemoveDsServer DRSRemoveDsDomain DRSDomainControllerInfo \
    DRSAddEntry DRSExecuteKCC DRSGetReplInfo DRSAddSidHistory DRSGetMemberships2 \
    DRSReplicaVerifyObjects DRSGetObjectExistence DRSQuerySitesByCost DRSInitDemotion \
    DRSReplicaDemotion DRSFinishDemotion DRSAddCloneDC DRSWriteNgcKey DRSReadNgcKey";

pub(super) const WKSSVC: &str = "\
    NetrWkstaGetInfo NetrWkstaSetInfo NetrWkstaUserEnum 5=NetrWkstaTransportEnum \
    NetrWkstaTransportAdd NetrWkstaTransportDel NetrUseAdd NetrUseGetInfo NetrUseDel NetrUseEnum \
    13=NetrWorkstationStatisticsGet 20=NetrGetJoinInformation 22=NetrJoinDomain2 \
    NetrUnjoinDomain2 NetrRenameMachineInDomain2 NetrValidateName2 NetrGetJoinableOUs2 \
    NetrAddAlternateComputerName NetrRemoveAlternateComputerName NetrSetPrimaryComputerName \
    NetrEnumerateComputerNames";

pub(super) const SRVSVC: &str = "\
    8=NetrConnectionEnum+ NetrFileEnum+ NetrFileGetInfo NetrFileClose NetrSessionEnum+ \
    NetrSessionDel+ NetrShareAdd+2 NetrShareEnum+ NetrShareGetInfo+ NetrShareSetInfo+2 \
    NetrShareDel+ NetrShareDelSticky NetrShareCheck NetrServerGetInfo+ NetrServerSetInfo \
    NetrServerDiskEnum NetrServerStatisticsGet NetrServerTransportAdd NetrServerTransportEnum \
    NetrServerTransportDel NetrRemoteTOD - NetprPathType NetprPathCanonicalize NetprPathCompare \
    NetprNameValidate NetprNameCanonicalize NetprNameCompare NetrShareEnumSticky \
    NetrShareDelStart NetrShareDelCommit NetrpGetFileSecurity NetrpSetFileSecurity \
    NetrServerTransportAddEx - NetrDfsGetVersion NetrDfsCreateLocalPartition \
    NetrDfsDeleteLocalPartition NetrDfsSetLocalVolumeState - NetrDfsCreateExitPoint \
    NetrDfsDeleteExitPoint NetrDfsModifyPrefix NetrDfsFixLocalVolume \
    NetrDfsManagerReportSiteInfo NetrServerTransportDelEx NetrServerAliasAdd \
    NetrServerAliasEnum NetrServerAliasDel NetrShareDelEx";

pub(super) const ATSVC: &str = "NetrJobAdd+ NetrJobDel NetrJobEnum NetrJobGetInfo";

pub(super) const SASEC: &str = "\
    SASetAccountInformation SASetNSAccountInformation SAGetNSAccountInformation \
    SAGetAccountInformation";

pub(super) const TASKS: &str = "\
    SchRpcHighestVersion SchRpcRegisterTask+1 SchRpcRetrieveTask+1 SchRpcCreateFolder+1 \
    SchRpcSetSecurity+1 SchRpcGetSecurity+1 SchRpcEnumFolders+1 SchRpcEnumTasks+1 \
    SchRpcEnumInstances+1 SchRpcGetInstanceInfo SchRpcStopInstance SchRpcStop+1 SchRpcRun+1 \
    SchRpcDelete+1 SchRpcRename+ SchRpcScheduledRuntimes+1 SchRpcGetLastRunInfo+1 \
    SchRpcGetTaskInfo+1 SchRpcGetNumberOfMissedRuns+1 SchRpcEnableTask+1";

pub(super) const WINREG: &str = "\
    OpenClassesRoot OpenCurrentUser OpenLocalMachine OpenPerformanceData OpenUsers \
    BaseRegCloseKey BaseRegCreateKey+ BaseRegDeleteKey+ BaseRegDeleteValue+ BaseRegEnumKey \
    BaseRegEnumValue BaseRegFlushKey BaseRegGetKeySecurity BaseRegLoadKey+ - BaseRegOpenKey+ \
    BaseRegQueryInfoKey BaseRegQueryValue+ BaseRegReplaceKey+ BaseRegRestoreKey+ BaseRegSaveKey+ \
    BaseRegSetKeySecurity BaseRegSetValue+1 BaseRegUnLoadKey+ - - BaseRegGetVersion \
    OpenCurrentConfig - BaseRegQueryMultipleValues - BaseRegSaveKeyEx+ OpenPerformanceText \
    OpenPerformanceNlsText BaseRegQueryMultipleValues2 BaseRegDeleteKeyEx+";

pub(super) const EPMAPPER: &str = "\
    ept_insert ept_delete ept_lookup ept_map ept_lookup_handle_free ept_inq_object \
    ept_mgmt_delete";

pub(super) const MGMT: &str = "\
    inq_if_ids inq_stats is_server_listening stop_server_listening inq_princ_name";

pub(super) const SPOOLSS: &str = "\
    RpcEnumPrinters RpcOpenPrinter+ RpcSetJob RpcGetJob RpcEnumJobs RpcAddPrinter+ \
    RpcDeletePrinter RpcSetPrinter RpcGetPrinter RpcAddPrinterDriver+ RpcEnumPrinterDrivers \
    RpcGetPrinterDriver RpcGetPrinterDriverDirectory RpcDeletePrinterDriver+ \
    RpcAddPrintProcessor+ RpcEnumPrintProcessors RpcGetPrintProcessorDirectory \
    RpcStartDocPrinter+ RpcStartPagePrinter RpcWritePrinter RpcEndPagePrinter RpcAbortPrinter \
    RpcReadPrinter RpcEndDocPrinter RpcAddJob RpcScheduleJob RpcGetPrinterData RpcSetPrinterData \
    RpcWaitForPrinterChange RpcClosePrinter RpcAddForm RpcDeleteForm RpcGetForm RpcSetForm \
    RpcEnumForms RpcEnumPorts RpcEnumMonitors 39=RpcDeletePort RpcCreatePrinterIC \
    RpcPlayGdiScriptOnPrinterIC RpcDeletePrinterIC 46=RpcAddMonitor+ RpcDeleteMonitor \
    RpcDeletePrintProcessor 51=RpcEnumPrintProcessorDatatypes RpcResetPrinter \
    RpcGetPrinterDriver2 56=RpcFindClosePrinterChangeNotification 58=RpcReplyOpenPrinter+ \
    RpcRouterReplyPrinter RpcReplyClosePrinter RpcAddPortEx+ \
    RpcRemoteFindFirstPrinterChangeNotification+ \
    65=RpcRemoteFindFirstPrinterChangeNotificationEx+ RpcRouterReplyPrinterEx \
    RpcRouterRefreshPrinterChangeNotification 69=RpcOpenPrinterEx+ RpcAddPrinterEx+ RpcSetPort \
    RpcEnumPrinterData RpcDeletePrinterData 77=RpcSetPrinterDataEx+ RpcGetPrinterDataEx \
    RpcEnumPrinterDataEx RpcEnumPrinterKey RpcDeletePrinterDataEx RpcDeletePrinterKey \
    84=RpcDeletePrinterDriverEx+ RpcAddPerMachineConnection+ RpcDeletePerMachineConnection \
    RpcEnumPerMachineConnections RpcXcvData+ RpcAddPrinterDriverEx+ 97=RpcSendRecvBidiData \
    102=RpcGetCorePrinterDrivers 104=RpcGetPrinterDriverPackagePath";

pub(super) const ASYNC_PRINT: &str = "\
    RpcAsyncOpenPrinter+ RpcAsyncAddPrinter+ 20=RpcAsyncClosePrinter \
    39=RpcAsyncAddPrinterDriver+ RpcAsyncEnumPrinterDrivers RpcAsyncGetPrinterDriverDirectory \
    RpcAsyncDeletePrinterDriver RpcAsyncDeletePrinterDriverEx \
    62=RpcAsyncInstallPrinterDriverFromPackage+ RpcAsyncUploadPrinterDriverPackage+";

pub(super) const EFSRPC: &str = "\
    EfsRpcOpenFileRaw+ EfsRpcReadFileRaw EfsRpcWriteFileRaw EfsRpcCloseRaw \
    EfsRpcEncryptFileSrv+ EfsRpcDecryptFileSrv+ EfsRpcQueryUsersOnFile+ \
    EfsRpcQueryRecoveryAgents+ EfsRpcRemoveUsersFromFile+ EfsRpcAddUsersToFile+ - \
    EfsRpcNotSupported EfsRpcFileKeyInfo+ EfsRpcDuplicateEncryptionInfoFile+ - \
    EfsRpcAddUsersToFileEx+ EfsRpcFileKeyInfoEx+ - EfsRpcGetEncryptedFileMetadata \
    EfsRpcSetEncryptedFileMetadata EfsRpcFlushEfsCache EfsRpcEncryptFileExSrv+ \
    EfsRpcQueryProtectors+";

pub(super) const NETDFS: &str = "\
    NetrDfsManagerGetVersion NetrDfsAdd+ NetrDfsRemove+ NetrDfsSetInfo NetrDfsGetInfo \
    NetrDfsEnum NetrDfsMove 10=NetrDfsAddFtRoot+ NetrDfsRemoveFtRoot+ NetrDfsAddStdRoot+ \
    NetrDfsRemoveStdRoot+ NetrDfsManagerInitialize NetrDfsAddStdRootForced+ NetrDfsGetDcAddress \
    NetrDfsSetDcAddress NetrDfsFlushFtTable NetrDfsAdd2+ NetrDfsRemove2+ NetrDfsEnumEx \
    NetrDfsSetInfo2";

pub(super) const SHADOW_COPY: &str = "\
    GetSupportedVersion SetContext StartShadowCopySet AddToShadowCopySet+ CommitShadowCopySet \
    ExposeShadowCopySet RecoveryCompleteShadowCopySet AbortShadowCopySet IsPathSupported+ \
    IsPathShadowCopied+ GetShareMapping+ DeleteShareMapping PrepareShadowCopySet";

pub(super) const EVENTLOG: &str = "\
    ElfrClearELFW+ ElfrBackupELFW+ ElfrCloseEL ElfrDeregisterEventSource ElfrNumberOfRecords \
    ElfrOldestRecord ElfrChangeNotify ElfrOpenELW+ ElfrRegisterEventSourceW ElfrOpenBELW+ \
    ElfrReadELW ElfrReportEventW ElfrClearELFA+ ElfrBackupELFA+ ElfrOpenELA+ \
    ElfrRegisterEventSourceA ElfrOpenBELA+ ElfrReadELA ElfrReportEventA 22=ElfrGetLogInformation";

pub(super) const EVENT6: &str = "\
    EvtRpcRegisterRemoteSubscription EvtRpcRemoteSubscriptionNextAsync \
    EvtRpcRemoteSubscriptionNext EvtRpcRemoteSubscriptionWaitAsync \
    EvtRpcRegisterControllableOperation EvtRpcRegisterLogQuery+ EvtRpcClearLog+ \
    EvtRpcExportLog+ EvtRpcLocalizeExportLog EvtRpcMessageRender EvtRpcMessageRenderDefault \
    EvtRpcQueryNext EvtRpcQuerySeek EvtRpcClose EvtRpcCancel EvtRpcAssertConfig \
    EvtRpcRetractConfig EvtRpcOpenLogHandle+ EvtRpcGetLogFileInfo EvtRpcGetChannelList \
    EvtRpcGetChannelConfig EvtRpcPutChannelConfig+ EvtRpcGetPublisherList \
    EvtRpcGetPublisherListForChannel EvtRpcGetPublisherMetadata \
    EvtRpcGetPublisherResourceMetadata EvtRpcGetEventMetadataEnum EvtRpcGetNextEventMetadata \
    EvtRpcGetClassicLogDisplayName";

pub(super) const INITSHUTDOWN: &str = "\
    BaseInitiateShutdown+ BaseAbortShutdown BaseInitiateShutdownEx+";

pub(super) const SHUTDOWN: &str = "WsdrInitiateShutdown+ WsdrAbortShutdown";

pub(super) const BACKUP_KEY: &str = "BackuprKey";

pub(super) const DNS_SERVER: &str = "\
    DnssrvOperation+ DnssrvQuery+ DnssrvComplexOperation+ DnssrvEnumRecords+ DnssrvUpdateRecord+ \
    DnssrvOperation2+ DnssrvQuery2+ DnssrvComplexOperation2+ DnssrvEnumRecords2+ \
    DnssrvUpdateRecord2+";

pub(super) const CERTIFICATES: &str = "CertServerRequest";
pub(super) const CERTIFICATES_COM: &str = "3=Request+ GetCACert Ping";
pub(super) const ROLES: &str = "DsRolerGetPrimaryDomainInformation";
pub(super) const SEND_MESSAGE: &str = "NetrSendMessage";

pub(super) const OBJECT_EXPORTER: &str = "\
    ResolveOxid SimplePing ComplexPing ServerAlive ResolveOxid2 ServerAlive2";

pub(super) const ACTIVATION: &str = "RemoteActivation";
pub(super) const SCM_ACTIVATOR: &str = "3=RemoteGetClassObject RemoteCreateInstance";
pub(super) const REM_UNKNOWN: &str = "3=RemQueryInterface RemAddRef RemRelease RemQueryInterface2";
pub(super) const DISPATCH: &str = "3=GetTypeInfoCount GetTypeInfo GetIDsOfNames+ Invoke";
pub(super) const WBEM_LOGIN: &str = "3=EstablishPosition RequestChallenge WBEMLogin NTLMLogin";
pub(super) const WBEM_LOGIN_CLIENT: &str = "3=SetClientInfo";
pub(super) const WBEM_ENUM: &str = "3=Reset Next NextAsync Clone Skip";
pub(super) const WBEM_FETCH: &str = "3=GetSmartEnum";
pub(super) const WBEM_SMART: &str = "3=Next";

pub(super) const WBEM_SERVICES: &str = "\
    3=OpenNamespace CancelAsyncCall QueryObjectSink GetObject GetObjectAsync PutClass \
    PutClassAsync DeleteClass DeleteClassAsync CreateClassEnum CreateClassEnumAsync PutInstance \
    PutInstanceAsync DeleteInstance DeleteInstanceAsync CreateInstanceEnum \
    CreateInstanceEnumAsync ExecQuery ExecQueryAsync ExecNotificationQuery \
    ExecNotificationQueryAsync ExecMethod ExecMethodAsync";
