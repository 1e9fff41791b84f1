"""Kinds of application, and which of nDPI's names belong to each."""

from __future__ import annotations

import polars as pl

APPLICATIONS: dict[str, str] = {
    "web": "pages, interfaces and social networks, by HTTP, TLS or QUIC",
    "streaming": "video and music on demand or live",
    "voip": "calls and conferences, with their media",
    "chat": "messages between people",
    "file_transfer": "files fetched, stored and shared",
    "mail": "mail sent and fetched",
    "p2p": "files shared among peers",
    "vpn": "other traffic inside a tunnel",
    "remote_access": "a screen or a shell far away",
    "game": "games and their shops",
    "machine": "databases, procedure calls, messages between machines, industry",
    "network": "names, addresses, time, directories and their like",
}
"""What an application model tells apart."""

_NAMES: dict[str, str] = {
    "web": "HTTP QUIC Google GoogleServices GoogleMaps Cloudflare Amazon AmazonAWS "
    "AmazonAlexa Azure Microsoft Microsoft365 Apple AppleiCloud AppleStore "
    "AppleSiri PlayStore WindowsUpdate Wikipedia CNN Yahoo Waze AccuWeather "
    "Alibaba OpenDNS eBay Facebook Twitter Instagram LinkedIn Reddit Tumblr "
    "Pinterest Snapchat TikTok Likee Badoo Sina(Weibo) GooglePlus Salesforce "
    "Github GitLab GoogleDocs GoogleClassroom Pastebin Crashlytics Bloomberg ntop "
    "DataSaver WebSocket SOAP AJP VK Yandex",
    "streaming": "YouTube YouTubeUpload NetFlix DisneyPlus Hulu Vimeo Twitch IFLIX Spotify "
    "LastFM Deezer SoundCloud Pandora AppleiTunes AmazonVideo OCS RTSP RTMP "
    "MPEG_TS IceCast ShoutCast Vevo Zattoo Sopcast TVUplayer QQLive PPStream "
    "Kontiki MpegDash iQIYI Dazn",
    "voip": "RTP RTCP SIP IAX H323 MGCP Megaco NOE VHUA CiscoSkinny SkypeCall Skype_Teams "
    "Teams WhatsAppCall SignalVoip SnapchatCall FacebookVoip GoogleHangoutDuo "
    "GoogleMeet KakaoTalk_Voice IMO Viber Tuenti TruPhone TeamSpeak Webex Zoom "
    "Fuze",
    "chat": "WhatsApp Telegram Signal Messenger KakaoTalk WeChat QQ IRC Jabber Discord "
    "Slack Line Threema",
    "file_transfer": "FTP_DATA FTP_CONTROL FTPS TFTP NFS AFP RSYNC SMBv1 SMBv23 Dropbox "
    "GoogleDrive MS_OneDrive UbuntuONE WhatsAppFiles Direct_Download_Link",
    "mail": "SMTP SMTPS POP3 POPS IMAP IMAPS GMail Hotmail LotusNotes",
    "p2p": "BitTorrent eDonkey Gnutella DirectConnect FastTrack AppleJuice OpenFT "
    "Thunder Stealthnet Aimini",
    "vpn": "OpenVPN WireGuard IPsec PPTP CiscoVPN FortiClient TINC Tor HotspotShield "
    "iCloudPrivateRelay Psiphon Tunnelbear ProtonVPN",
    "remote_access": "SSH Telnet RDP VNC XDMCP TeamViewer AnyDesk VMware Citrix",
    "game": "Steam Xbox Playstation Nintendo Activision AmongUs CSGO Dofus Fiesta "
    "Florensia GenshinImpact Guildwars HalfLife2 Armagetron MapleStory Starcraft "
    "Warcraft3 WorldOfKungFu WorldOfWarcraft",
    "machine": "PostgreSQL MySQL MongoDB MsSQL-TDS Oracle Redis DRDA Cassandra Memcached "
    "DCE_RPC COAP MQTT AMQP Nats ZeroMQ Corba FIX RX SOMEIP Modbus DNP3 IEC60870 "
    "s7comm EthernetIP NestLogSink ApplePush CHECKMK Zabbix Collectd Mining",
    "network": "DNS MDNS LLMNR DoH_DoT DNScrypt AVASTSecureDNS NTP DHCP DHCPV6 NetBIOS SSDP "
    "SNMP LDAP Kerberos Radius Diameter Syslog BGP NetFlow sFlow Whois-DAS OCSP "
    "WSD BJNP IPP GTP GTP_C GTP_U GTP_PRIME CAPWAP LISP VRRP HP_VIRTGRP EAQ",
}
_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}

_ASKED = ("DNS", "MDNS", "LLMNR")
"""A look-up is a look-up, whatever it asks for: `DNS.YouTube`."""


def application(said: str = "ndpi") -> pl.Expr:
    """The kind of a verdict such as `TLS.YouTube`, by the innermost name; null where it tells none
    (TLS with nothing inside, proxies, what is in no list)."""
    parts = pl.col(said).str.split(".")
    name = (
        pl.when(parts.list.first().is_in(_ASKED))
        .then(parts.list.first())
        .otherwise(parts.list.last())
    )
    return name.replace_strict(_BY_NAME, default=None, return_dtype=pl.String)
