"""What is said of the detectors of names, web requests, TLS and what is spoken where, as data."""

from __future__ import annotations

from lynceus.correlate.phrase import Phrase

CONTENT_PHRASES: dict[str, Phrase] = {
    "dga": Phrase(
        noun="a stream of generated or unknown domains",
        titles=(
            (
                "Generated domains: {actor} asks for names that no person made",
                "Generated domains: {actor} ask for names that no person made",
            ),
        ),
        why="Malware that makes up the names of its controllers asks for many until one answers.",
        raises="traffic with the address of a made name that was answered",
        lowers="a mail server, a crawler or a log program that looks up what others claim",
    ),
    "doh_tunnel": Phrase(
        noun="encrypted DNS",
        titles=(
            ("Encrypted DNS: {actor} asks {target}", "Encrypted DNS: {actor} ask {target}"),
            "Encrypted DNS of {actor}",
        ),
        why="Encrypted look-ups pass by the own resolver; what is hidden in them nobody sees.",
        raises="no clear look-ups of the same host, or look-ups at night",
        lowers="a browser that uses encrypted DNS by default",
    ),
    "icmp_tunnel": Phrase(
        noun="a tunnel through ICMP",
        titles=(
            (
                "ICMP tunnel: {actor} exchanges data in pings with {target}",
                "ICMP tunnel: {actor} exchange data in pings with {target}",
            ),
            "ICMP tunnel by {actor}",
        ),
        why="Pings are let through almost everywhere and can carry a whole session unseen.",
        raises="pings that go on for hours, or that only this host sends",
        lowers="a test of the network with large pings",
    ),
    "http_tunnel": Phrase(
        noun="a tunnel through web requests",
        titles=(
            (
                "HTTP tunnel: {actor} sends data to {target}",
                "HTTP tunnel: {actor} send data to {target}",
            ),
            "HTTP tunnel by {actor}",
        ),
        why="Where only the web is let out, tunnels and implants dress as it.",
        raises="requests at regular intervals, or at times when nobody works",
        lowers="a program that reports to its maker without encryption",
    ),
    "odd_user_agent": Phrase(
        noun="a web program with an odd name",
        titles=(
            "Odd web program on {actor}, talking to {target}",
            "Odd web program on {actor}",
        ),
        why="Malware brings a web program of its own, whose name often does not fit.",
        raises="a download of a program, or regular requests by the same one",
        lowers="an updater, a device or an administrator's script",
    ),
    "program_download": Phrase(
        noun="a program fetched from a server without a name",
        titles=(
            (
                "Program download: {actor} fetches what it can run from {target}",
                "Program download: {actor} fetch what it can run from {target}",
            ),
            "Program download by {actor}",
        ),
        why="Software comes under a name; an intrusion fetches its next stage from a bare address.",
        raises="other contacts of the same host with the outside that began after the download",
        lowers="an appliance or an updater that is known to fetch by address",
    ),
    "web_attack": Phrase(
        noun="attacks on a web application",
        titles=(
            ("Web attack: {actor} tries {target}", "Web attack: {actor} try {target}"),
            "Web attack on {target}",
            "Web attack by {actor}",
        ),
        why="Requests with the words of an attack try whether a web application lets others in.",
        raises="errors or unusual answers of the server, or new connections of it afterwards",
        lowers="a security test that was agreed on, or a search for such words",
    ),
    "web_scanner": Phrase(
        noun="looking through a web server",
        titles=(
            ("Web scan: {actor} looks through {target}", "Web scan: {actor} look through {target}"),
            "Web scan of {target}",
            "Web scan by {actor}",
        ),
        why="Before an attack somebody looks for forgotten pages, backups and weak programs.",
        raises="attacks against pages that were found",
        lowers="a crawler after a move of the site, or an agreed test",
    ),
    "crypto_mining": Phrase(
        noun="mining of cryptocurrency",
        titles=(
            (
                "Crypto-mining: {actor} works for {target}",
                "Crypto-mining: {actor} work for {target}",
            ),
            "Crypto-mining by {actor}",
        ),
        why="Mining is the most common way to make money of a host that was broken into.",
        raises="high load on the host, or a miner among its processes",
        lowers="somebody who mines on purpose",
    ),
    "anonymiser": Phrase(
        noun="hidden traffic to the outside",
        titles=(
            "Hidden traffic of {actor} through {target}",
            "Hidden traffic of {actor}",
        ),
        why="What goes through Tor or a foreign VPN no rule and no sensor of the network sees.",
        raises="large transfers through it, or a host that has no user",
        lowers="the VPN of the firm itself, or a guest's",
    ),
    "peer_to_peer": Phrase(
        noun="traffic from peer to peer",
        titles=("Peer-to-peer traffic of {actor}",),
        why="File sharing brings infected files and uses up the link; some botnets work so too.",
        raises="a server as its source, or large uploads",
        lowers="games, calls and the distribution of updates",
    ),
    "odd_port": Phrase(
        noun="a protocol on an odd port",
        titles=(
            "Protocol on an odd port: {actor} with {target}",
            "Protocol on an odd port by {actor}",
        ),
        why="A service is moved to another port to pass a firewall or to hide.",
        raises="the same far end in another finding, or a long session",
        lowers="an administrator who moved the service, or a device with a web page",
    ),
    "odd_certificate": Phrase(
        noun="an odd certificate",
        titles=(
            (
                "Odd certificate: {actor} talks to {target}",
                "Odd certificate: {actor} talk to {target}",
            ),
            "Odd certificate met by {actor}",
        ),
        why="A certificate that does not stand up proves nothing about who is at the far end.",
        raises="regular or long connections to the same place",
        lowers="an appliance, or a small firm that forgot to renew",
    ),
    "odd_negotiation": Phrase(
        noun="an odd TLS negotiation",
        titles=(
            "Odd TLS negotiation between {actor} and {target}",
            "Odd TLS negotiation on {actor}",
        ),
        why="Who sits in between makes two sides speak an older version; implants bring a TLS of "
        "their own.",
        raises="the same place in another finding, or an odd certificate from it",
        lowers="an old program beside a new one, or a product with a protocol of its own",
    ),
    "unlike_application": Phrase(
        noun="more traffic than the application needs",
        titles=(
            "Traffic from {actor} to {target} is unlike its application",
            "Traffic of {actor} is unlike its application",
        ),
        why="Ports that are open nearly everywhere carry tunnels, backdoors and stolen files.",
        raises="content that is not what the port is for, or regular connections",
        lowers="a zone transfer, or one resolver that asks another",
    ),
    "rare_ja4": Phrase(
        noun="a TLS client that no other host has",
        titles=(
            "Rare TLS client on {actor}, talking to {target}",
            "Rare TLS client on {actor}",
        ),
        why="A program on one host alone that talks to one unknown place may be an implant.",
        raises="regular connections, or a place that no list knows",
        lowers="special software of one person",
    ),
}
