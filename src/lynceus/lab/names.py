"""The outside world: names, the networks they live in, and names nobody has heard of.

Well-known services keep their real names and networks, so that what is known about them applies;
single addresses are drawn. Everything else, the attackers' included, is made up from the seed.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lynceus.lab.dice import Dice
from lynceus.lab.hosts import LINUX, MACOS, WINDOWS, Host

if TYPE_CHECKING:
    from lynceus.lab.network import Network

NETWORKS: dict[str, tuple[str, ...]] = {
    "google": ("142.250.0.0/15", "172.217.0.0/16", "216.58.192.0/19"),
    "microsoft": ("13.107.0.0/16", "20.190.128.0/18", "40.126.0.0/18", "52.96.0.0/14"),
    "teams": ("52.112.0.0/14",),
    "azure": ("20.42.64.0/20", "13.69.0.0/16", "20.50.64.0/20"),
    "aws": ("52.216.0.0/15", "54.239.0.0/17", "3.5.0.0/19"),
    "cloudfront": ("13.224.0.0/14", "99.84.0.0/16", "54.230.0.0/17"),
    "cloudflare": ("104.16.0.0/13", "172.64.0.0/14"),
    "fastly": ("151.101.0.0/16", "199.232.0.0/16"),
    "akamai": ("23.32.0.0/11", "104.64.0.0/12", "2.16.0.0/13"),
    "apple": ("17.248.0.0/16", "17.57.0.0/16"),
    "github": ("140.82.112.0/20",),
    "dropbox": ("162.125.0.0/16",),
    "meta": ("157.240.0.0/17",),
    "wikimedia": ("208.80.152.0/22", "185.15.56.0/22"),
    "hosting": (
        "95.216.0.0/16", "88.198.0.0/16", "51.68.0.0/16", "145.239.0.0/17", "159.65.0.0/16",
        "138.68.0.0/16", "45.76.0.0/16", "172.104.0.0/15", "185.125.168.0/22", "80.82.64.0/20",
    ),
}  # fmt: skip

IP6_NETWORKS = {
    "google": "2a00:1450:4001:",
    "cloudflare": "2606:4700:",
    "microsoft": "2620:1ec:",
    "akamai": "2a02:26f0:",
    "meta": "2a03:2880:",
}

POPULAR: tuple[tuple[str, str], ...] = (
    ("www.google.com", "google"), ("mail.google.com", "google"), ("www.youtube.com", "google"),
    ("docs.google.com", "google"), ("www.bing.com", "microsoft"), ("www.linkedin.com", "microsoft"),
    ("outlook.office.com", "microsoft"), ("sharepoint.microsoft.com", "microsoft"),
    ("en.wikipedia.org", "wikimedia"), ("github.com", "github"),
    ("stackoverflow.com", "cloudflare"),
    ("www.amazon.com", "cloudfront"), ("www.bbc.co.uk", "fastly"), ("www.nytimes.com", "fastly"),
    ("edition.cnn.com", "fastly"), ("www.reuters.com", "cloudfront"), ("medium.com", "cloudflare"),
    ("www.reddit.com", "fastly"), ("www.booking.com", "cloudfront"),
    ("www.salesforce.com", "akamai"),
    ("www.atlassian.com", "cloudfront"), ("trello.com", "cloudfront"), ("slack.com", "aws"),
    ("www.facebook.com", "meta"), ("www.adobe.com", "akamai"), ("www.dell.com", "akamai"),
    ("weather.com", "akamai"), ("www.ikea.com", "akamai"), ("docs.python.org", "fastly"),
    ("nodejs.org", "cloudflare"), ("doc.rust-lang.org", "cloudfront"),
    ("www.spiegel.de", "cloudfront"),
)  # fmt: skip

THIRD_PARTIES: tuple[tuple[str, str], ...] = (
    ("fonts.gstatic.com", "google"), ("fonts.googleapis.com", "google"),
    ("www.googletagmanager.com", "google"), ("www.google-analytics.com", "google"),
    ("ajax.googleapis.com", "google"), ("securepubads.g.doubleclick.net", "google"),
    ("cdn.jsdelivr.net", "fastly"), ("cdnjs.cloudflare.com", "cloudflare"),
    ("static.cloudflareinsights.com", "cloudflare"), ("connect.facebook.net", "meta"),
    ("use.typekit.net", "akamai"), ("bat.bing.com", "microsoft"),
    ("js-agent.newrelic.com", "fastly"), ("cdn.cookielaw.org", "cloudflare"),
    ("px.ads.linkedin.com", "microsoft"), ("m.media-amazon.com", "cloudfront"),
)  # fmt: skip

SERVICES: tuple[tuple[str, str], ...] = (
    ("outlook.office365.com", "microsoft"), ("login.microsoftonline.com", "microsoft"),
    ("imap.gmail.com", "google"), ("v10.events.data.microsoft.com", "azure"),
    ("settings-win.data.microsoft.com", "azure"), ("self.events.data.microsoft.com", "azure"),
    ("fe2cr.update.microsoft.com", "azure"), ("incoming.telemetry.mozilla.org", "google"),
    ("update.googleapis.com", "google"), ("clients4.google.com", "google"),
    ("gateway.icloud.com", "apple"), ("courier.push.apple.com", "apple"),
    ("wss-primary.slack.com", "aws"), ("teams.events.data.microsoft.com", "azure"),
    ("content.dropboxapi.com", "dropbox"), ("contoso-my.sharepoint.com", "microsoft"),
    ("ocsp.digicert.com", "akamai"), ("ctldl.windowsupdate.com", "akamai"),
    ("security.ubuntu.com", "cloudflare"), ("definitions.symantec.com", "akamai"),
    ("turn.teams.microsoft.com", "teams"), ("connectivitycheck.gstatic.com", "google"),
)  # fmt: skip

_FIRST = (
    "north", "blue", "green", "silver", "urban", "happy", "prime", "open", "daily", "solid",
    "bright",
    "river", "stone", "cedar", "alpine", "metro", "pixel", "nordic", "royal", "swift", "craft",
    "fresh",
)  # fmt: skip
_SECOND = (
    "market", "kitchen", "news", "tools", "travel", "motors", "garden", "media", "studio", "parts",
    "office", "sport", "books", "homes", "paper", "energy", "clinic", "school", "supply", "forum",
)  # fmt: skip
_TLDS = ("com", "com", "com", "net", "org", "de", "co.uk", "io", "eu")
_ROGUE_TLDS = ("com", "net", "info", "xyz", "top", "online", "site", "cc", "pw", "click")
_SYLLABLES = (
    "ka", "lo", "mi", "ren", "tas", "vu", "zor", "bel", "dri", "fen", "gul", "hax", "jor", "nim",
    "pel", "qua", "ris", "sta", "tro", "wex", "yar", "cal", "dom", "ser", "nova", "sync", "stat",
)  # fmt: skip
_LABELS = ("www", "cdn", "api", "update", "static", "img", "node", "edge", "mail", "gate")
_SITE_NETWORKS = ("cloudflare", "cloudflare", "aws", "cloudfront", "fastly", "google", "hosting",
                  "hosting", "akamai")  # fmt: skip


@dataclass(frozen=True)
class Service:
    """A name and what answers under it."""

    name: str
    host: Host
    network: str
    ttl_s: int
    alias: str | None = None
    """Canonical name it is an alias of."""
    tls13: bool = True
    """Whether it speaks TLS 1.3 with those who can."""
    issuer: str = "Let's Encrypt"


def public_address(dice: Dice, networks: tuple[str, ...] = ()) -> str:
    """An address of one of the networks, or any public unicast one that is in none we know."""
    if networks:
        net = ipaddress.IPv4Network(dice.pick(networks))
        return str(net[dice.whole(1, net.num_addresses - 2)])
    while True:
        address = ipaddress.IPv4Address(dice.whole(1 << 24, (224 << 24) - 1))
        last = int(address) & 0xFF
        if address.is_global and last not in (0, 255) and not _known(address):
            return str(address)


_KNOWN = tuple(ipaddress.IPv4Network(n) for nets in NETWORKS.values() for n in nets)


def _known(address: ipaddress.IPv4Address) -> bool:
    return any(address in network for network in _KNOWN)


class Directory:
    """All names of the outside world that answer."""

    def __init__(self, network: Network, dice: Dice, sites: int) -> None:
        self._network = network
        self._dice = dice
        self._services: dict[str, Service] = {}
        for name, where in (*POPULAR, *THIRD_PARTIES, *SERVICES):
            self.add(name, where)
        self.add("time", "hosting")
        self._visitors: dict[int, Host] = {}
        own = [self.add(self._site_name(), dice.pick(_SITE_NETWORKS)).name for _ in range(sites)]
        self.sites = tuple(name for name, _ in POPULAR) + tuple(own)
        """Sites that people visit, the most popular first."""

    def add(self, name: str, where: str | None, ip: str | None = None) -> Service:
        """Gives a name an address in a network (None: anywhere) and returns its service."""
        dice = self._dice
        ip = ip or public_address(dice, NETWORKS[where] if where else ())
        six = None
        if where in IP6_NETWORKS and dice.chance(0.3):
            six = f"{IP6_NETWORKS[where]}{dice.whole(1, 0xFFF):x}::{dice.whole(1, 0xFFFF):x}"
        near = where in ("cloudflare", "fastly", "akamai", "google", "cloudfront")
        rtt = dice.uniform(0.006, 0.018) if near else dice.lognormal(0.045, 0.6)
        alias = None
        if where in ("akamai", "cloudfront", "azure", "fastly"):
            suffix = {"akamai": "edgekey.net", "cloudfront": "cloudfront.net",
                      "azure": "trafficmanager.net", "fastly": "map.fastly.net"}[where]  # fmt: skip
            alias = f"{name.replace('.', '-')}-{dice.hex(6)}.{suffix}"
        issuer = dice.pick(("Let's Encrypt", "DigiCert Inc", "Google Trust Services", "Sectigo"))
        service = Service(
            name, self._network.outside(name, ip, min(rtt, 0.3), six), where or "",
            dice.pick((60, 300, 300, 3600)), alias, dice.chance(0.8), issuer,
        )  # fmt: skip
        self._services[name] = service
        return service

    def find(self, name: str) -> Service | None:
        """The service of a name, or None: no such name."""
        return self._services.get(name)

    def __getitem__(self, name: str) -> Service:
        return self._services[name]

    def visitor(self, number: int, dice: Dice) -> Host:
        """Somebody outside, the same whenever the number is the same."""
        if number not in self._visitors:
            rtt = min(dice.lognormal(0.035, 0.5), 0.25)
            host = self._network.outside(f"visitor-{number}", public_address(dice), rtt)
            self._visitors[number] = replace(host, stack=dice.pick((WINDOWS, MACOS, LINUX)))
        return self._visitors[number]

    def _site_name(self) -> str:
        dice = self._dice
        prefix = dice.pick(("www.", "www.", "", "shop.", "blog."))
        return (
            f"{prefix}{dice.pick(_FIRST)}{dice.pick(_SECOND)}{dice.whole(1, 99)}.{dice.pick(_TLDS)}"
        )


def rogue_domain(dice: Dice) -> str:
    """A registered domain nobody has heard of."""
    stem = "".join(dice.pick(_SYLLABLES) for _ in range(dice.whole(2, 4)))
    return f"{stem}{dice.pick(('', '', '-' + dice.pick(_SYLLABLES)))}.{dice.pick(_ROGUE_TLDS)}"


def rogue_name(dice: Dice) -> str:
    """A host name under such a domain."""
    return f"{dice.pick(_LABELS)}.{rogue_domain(dice)}"


def rogue_service(directory: Directory, dice: Dice, name: str | None = None) -> Service:
    """Infrastructure of an attacker: a rented server or somebody's hijacked machine."""
    where = NETWORKS["hosting"] if dice.chance(0.6) else ()
    return directory.add(name or rogue_name(dice), None, public_address(dice, where))
