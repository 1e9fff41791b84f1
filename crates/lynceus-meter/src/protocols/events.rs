//! What the parsers tell: one struct per table of `features/events.json`, columns in its order.
//! `None` is a null: the traffic did not tell. A parser may declare its struct in its own file.

use std::borrow::Cow;

use super::columns::event_table;

event_table! {
    /// One DNS query with its answer, or an answer whose query was not seen.
    DnsEvent / DnsTable = "dns" {
        /// Transaction id.
        trans_id: Option<u16>,
        /// Name asked for, lower case, without the final dot.
        query: Option<String>,
        /// Type asked for.
        qtype: Option<Cow<'static, str>>,
        /// Response code; null when unanswered.
        rcode: Option<Cow<'static, str>>,
        /// Answer data in presentation form.
        answers: Option<Vec<String>>,
        /// Time to live of each answer, seconds.
        ttls_s: Option<Vec<u32>>,
        /// Time from query to answer, seconds.
        rtt_s: Option<f64>,
        /// Answered with an error and without data.
        rejected: Option<bool>,
        /// Bytes of the query message.
        query_bytes: Option<u32>,
        /// Bytes of the answer message.
        answer_bytes: Option<u32>,
    }
}

event_table! {
    /// One TLS or DTLS handshake.
    TlsEvent / TlsTable = "tls" {
        /// Negotiated version, the highest offered when no server hello was seen.
        version: Option<Cow<'static, str>>,
        /// Chosen cipher suite.
        cipher: Option<Cow<'static, str>>,
        /// Server name indication, lower case.
        server_name: Option<String>,
        /// Chosen application protocol.
        alpn: Option<String>,
        /// Application protocols the client offered.
        alpn_offered: Option<Vec<String>>,
        /// Cipher suites offered, GREASE left out.
        client_ciphers: Option<u16>,
        /// Session resumed by ticket or id.
        resumed: Option<bool>,
        /// Both sides went on to encrypted records.
        established: Option<bool>,
        /// JA3 of the client hello.
        ja3: Option<String>,
        /// JA3S of the server hello.
        ja3s: Option<String>,
        /// JA4 of the client hello.
        ja4: Option<String>,
        /// JA4 of the client hello that followed a hello retry request.
        ja4_retry: Option<String>,
        /// Subject of the leaf certificate.
        subject: Option<String>,
        /// Issuer of the leaf certificate.
        issuer: Option<String>,
        /// Leaf certificate valid from.
        not_before_ns: Option<i64>,
        /// Leaf certificate valid until.
        not_after_ns: Option<i64>,
        /// DNS names of the leaf certificate.
        san_dns: Option<Vec<String>>,
        /// SHA-256 of the leaf certificate.
        cert_sha256: Option<String>,
        /// SHA-1 of the leaf certificate.
        cert_sha1: Option<String>,
        /// Kind of the leaf certificate's key.
        key_type: Option<Cow<'static, str>>,
        /// Length of the leaf certificate's key, bits.
        key_bits: Option<u16>,
        /// The leaf certificate names itself as its issuer.
        self_signed: Option<bool>,
        /// Certificates in the chain.
        certs: Option<u16>,
        /// Encrypted client hello offered.
        ech: Option<bool>,
        /// Kind of encrypted DNS.
        encrypted_dns: Option<Cow<'static, str>>,
    }
}

event_table! {
    /// One QUIC connection whose client hello could be read.
    QuicEvent / QuicTable = "quic" {
        /// QUIC version.
        version: Option<String>,
        /// Server name indication, lower case.
        server_name: Option<String>,
        /// Application protocols the client offered.
        alpn_offered: Option<Vec<String>>,
        /// JA3 of the client hello.
        ja3: Option<String>,
        /// JA4 of the client hello.
        ja4: Option<String>,
        /// Google QUIC user agent id.
        user_agent: Option<String>,
        /// Kind of encrypted DNS.
        encrypted_dns: Option<Cow<'static, str>>,
    }
}

event_table! {
    /// One HTTP/1 request with its response.
    HttpEvent / HttpTable = "http" {
        /// Number of the request in its connection, from 1.
        trans_depth: Option<u32>,
        /// Request method.
        method: Option<String>,
        /// Host header, lower case.
        host: Option<String>,
        /// Request target as sent, a password in it left out.
        uri: Option<String>,
        /// Referer header.
        referrer: Option<String>,
        /// Protocol version.
        version: Option<Cow<'static, str>>,
        /// User-Agent header.
        user_agent: Option<String>,
        /// User of HTTP basic authentication.
        username: Option<String>,
        /// Body bytes sent by the client.
        request_body_bytes: Option<u64>,
        /// Body bytes sent by the server.
        response_body_bytes: Option<u64>,
        /// Content-Type of the request without parameters.
        request_mime_type: Option<String>,
        /// Content-Type of the response without parameters.
        response_mime_type: Option<String>,
        /// Response status.
        status_code: Option<u16>,
        /// Response reason phrase.
        status_msg: Option<String>,
    }
}

event_table! {
    /// One SSH connection.
    SshEvent / SshTable = "ssh" {
        /// Protocol version of the server banner.
        version: Option<String>,
        /// Client banner without the SSH-version prefix.
        client: Option<String>,
        /// Server banner without the SSH-version prefix.
        server: Option<String>,
        /// HASSH of the client.
        hassh: Option<String>,
        /// HASSH of the server.
        hassh_server: Option<String>,
        /// Whether a login succeeded; null when not decided.
        auth_success: Option<bool>,
        /// Login attempts seen; null when not decided.
        auth_attempts: Option<u32>,
    }
}

event_table! {
    /// One DHCP message.
    DhcpEvent / DhcpTable = "dhcp" {
        /// Client hardware address.
        mac: Option<String>,
        /// Message types.
        msg_types: Option<Vec<String>>,
        /// Address the client asked for.
        requested_addr: Option<String>,
        /// Address the server gave.
        assigned_addr: Option<String>,
        /// Address the client had.
        client_addr: Option<String>,
        /// Server identifier.
        server_addr: Option<String>,
        /// Host name of the client.
        host_name: Option<String>,
        /// Domain given by the server.
        domain: Option<String>,
        /// Vendor class of the client.
        vendor_class: Option<String>,
        /// Lease time, seconds.
        lease_s: Option<u32>,
    }
}

event_table! {
    /// One second of what the link carried.
    LinkLoadEvent / LinkLoadTable = "link_load" {
        /// Packets.
        packets: Option<u64>,
        /// Bytes of frames.
        wire_bytes: Option<u64>,
        /// Most bytes in a millisecond.
        peak_1ms_wire_bytes: Option<u32>,
        /// Most bytes in ten milliseconds.
        peak_10ms_wire_bytes: Option<u32>,
        /// Most bytes in a hundred milliseconds.
        peak_100ms_wire_bytes: Option<u32>,
    }
}

event_table! {
    /// One ARP packet.
    ArpEvent / ArpTable = "arp" {
        /// request, reply or the number.
        operation: Option<Cow<'static, str>>,
        /// Source of the Ethernet header.
        src_mac: Option<String>,
        /// Destination of the Ethernet header.
        dst_mac: Option<String>,
        /// Sender hardware address.
        orig_mac: Option<String>,
        /// Target hardware address.
        resp_mac: Option<String>,
    }
}
