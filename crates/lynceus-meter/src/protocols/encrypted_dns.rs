//! Whether a handshake carries DNS: by what its client says, by the port, or by whom it calls.
//!
//! Rules: DNS over TLS and QUIC have names and a port of their own. DNS over HTTPS looks like any
//! other visit, so it is told only of public resolvers known by name; another resolver's, or one
//! called without its name, cannot be told.

/// Port of DNS over TLS and over QUIC.
pub(crate) const PORT: u16 = 853;

/// Names of public resolvers that answer over HTTPS, each with all names below it.
const RESOLVERS: [&str; 30] = [
    "adguard-dns.com",
    "cloudflare-dns.com",
    "common.dot.dns.yandex.net",
    "dns.adguard.com",
    "dns.alidns.com",
    "dns.controld.com",
    "dns.digitale-gesellschaft.ch",
    "dns.google",
    "dns.mullvad.net",
    "dns.nextdns.io",
    "dns.njal.la",
    "dns.opendns.com",
    "dns.quad9.net",
    "dns.sb",
    "dns.switch.ch",
    "dns0.eu",
    "dns10.quad9.net",
    "dns11.quad9.net",
    "dns9.quad9.net",
    "dnsforge.de",
    "doh.360.cn",
    "doh.applied-privacy.net",
    "doh.cleanbrowsing.org",
    "doh.libredns.gr",
    "doh.opendns.com",
    "doh.pub",
    "doh.xfinity.com",
    "odvr.nic.cz",
    "one.one.one.one",
    "ordns.he.net",
];

/// dot, doq or doh, where a handshake carries DNS as far as one can tell.
pub(crate) fn carried(
    alpn: &[String],
    server_name: Option<&str>,
    on_port: bool,
    over_quic: bool,
) -> Option<&'static str> {
    let offers = |start: &str| alpn.iter().any(|name| name.starts_with(start));
    if offers("doq") || (over_quic && on_port) {
        return Some("doq");
    }
    if alpn.iter().any(|name| name == "dot") || (on_port && alpn.is_empty()) {
        return Some("dot");
    }
    let name = server_name?;
    let is_resolver = RESOLVERS.iter().any(|resolver| {
        name.strip_suffix(resolver)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    });
    let is_web = alpn.is_empty() || ["h2", "h3", "http/1.1"].iter().any(|web| offers(web));
    (is_resolver && is_web).then_some("doh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind() {
        let of = |alpn: &str, name: &str, on_port: bool, over_quic: bool| {
            let alpn: Vec<String> = alpn.split(' ').map(str::to_owned).collect();
            let alpn = if alpn == [""] { Vec::new() } else { alpn };
            carried(
                &alpn,
                Some(name).filter(|n| !n.is_empty()),
                on_port,
                over_quic,
            )
        };
        assert_eq!(of("dot", "", false, false), Some("dot"));
        assert_eq!(of("", "resolver.test", true, false), Some("dot"));
        assert_eq!(of("h2", "resolver.test", true, false), None);
        assert_eq!(of("doq-i11", "", false, true), Some("doq"));
        assert_eq!(of("", "", true, true), Some("doq"));
        assert_eq!(of("h2 http/1.1", "dns.google", false, false), Some("doh"));
        assert_eq!(
            of("h3", "mozilla.cloudflare-dns.com", false, true),
            Some("doh")
        );
        assert_eq!(of("h2", "notdns.google", false, false), None);
        assert_eq!(of("imap", "dns.google", false, false), None);
        assert_eq!(of("h2", "www.test", false, false), None);
        assert!(RESOLVERS.is_sorted());
    }
}
