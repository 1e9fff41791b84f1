"""What is said of the detectors of volume, novelty, the local link and health, as data."""

from __future__ import annotations

from lynceus.correlate.phrase import Phrase

FLOW_PHRASES: dict[str, Phrase] = {
    "attack_class": Phrase(
        noun="connections like those of an attack",
        titles=(
            "Connections of {actor} to {target} are like those of an attack",
            "Connections of {actor} are like those of an attack",
            "Connections to {target} are like those of an attack",
        ),
        why="A model that learned from labelled attacks takes them for one of its families.",
        raises="a rule that found the same, or a reason that nothing ordinary explains",
        lowers="a program that connects often and says little, such as a health check",
    ),
    "encrypted_malware": Phrase(
        noun="encrypted connections like those of malware",
        titles=(
            "Encrypted connections of {actor} to {target} are like those of malware",
            "Encrypted connections of {actor} are like those of malware",
            "Encrypted connections to {target} are like those of malware",
        ),
        why="A model that learned from captures of malware knows the shape of such connections.",
        raises="a program on the host that nobody can name, or a server that nobody else turns to",
        lowers="an agent or an update that asks its server often and says little",
    ),
    "arp_spoofing": Phrase(
        noun="ARP spoofing",
        titles=(
            "ARP spoofing by {actor}",
            "ARP spoofing: several claim {target}",
        ),
        why="Who answers for another's address by ARP receives its traffic, and can read or "
        "change it.",
        raises="sessions of the victims that pass through the claimant, or a claimed gateway",
        lowers="a failover pair, a bridge for virtual machines or an address that was just leased "
        "anew",
    ),
    "slow_dos": Phrase(
        noun="holding connections open",
        titles=(
            "Slow attack on {service} of {target} by {actor}",
            "Slow attack on {service} of {target}",
            "Slow attack on {target}",
        ),
        why="Requests that never end take up the places of a web server until nobody else gets "
        "one.",
        raises="a server that answers late or not at all in the same minutes",
        lowers="long polling from many users behind one address",
    ),
    "amplification": Phrase(
        noun="amplified answers",
        titles=(
            "Amplification attack on {actor} through {target}",
            "Amplification attack on {target}",
            "Amplification attack on {actor}",
        ),
        why="Answers asked for in another's name flood whoever was named; who sends them is "
        "being misused.",
        raises="the same service reachable from the whole Internet, or a line that is full",
        lowers="a sensor that sees only one direction of ordinary traffic",
    ),
    "slow_scan": Phrase(
        noun="slow scanning",
        titles=(
            "Slow scan for {service} by {actor}",
            "Slow scan of {target} by {actor}",
            "Slow scan by {actor}",
        ),
        why="Who spreads a scan over days does not want to be seen.",
        raises="a login or a larger transfer on one of the hosts that answered",
        lowers="an inventory or monitoring system that asks for hosts which are gone",
    ),
    "distributed_scan": Phrase(
        noun="scanning shared among hosts",
        titles=(
            "Shared scan for {service} by several hosts",
            "Shared scan of {target} by several hosts",
            "Shared scan by several hosts",
        ),
        why="Hosts that share out a scan among them are steered by one hand, and each stays "
        "below what is noticed.",
        raises="logins or transfers on the hosts that answered",
        lowers="the usual noise of the Internet, or several inventory systems",
    ),
    "strobe": Phrase(
        noun="very many connections",
        titles=(
            "Very many connections from {actor} to {target}",
            "Very many connections by {actor}",
        ),
        why="A program that connects again and again without pause is broken, or polls a "
        "controller.",
        raises="a destination that no other host uses",
        lowers="an application that opens a connection for every request",
    ),
    "upload_surge": Phrase(
        noun="an unusual upload",
        titles=(
            "Unusual upload by {actor} to {target}",
            "Unusual upload by {actor}",
        ),
        why="The host sent far more than it ever did before; if nobody meant to, data is being "
        "stolen.",
        raises="a destination that no list knows, or an hour at which nobody works",
        lowers="a first backup, a new synchronisation or a wanted upload",
    ),
    "staging": Phrase(
        noun="staging of data",
        titles=(
            "Data gathered inside, then sent out: {actor} to {target}",
            "Data gathered inside, then sent out by {actor}",
        ),
        why="Gathering data on one host and then sending it out is how data is stolen in bulk.",
        raises="archives on the host, or file access by an account that does not usually do so",
        lowers="a backup or publishing server whose task this is",
    ),
    "rogue_dhcp": Phrase(
        noun="a second DHCP server",
        titles=(
            ("Rogue DHCP server {actor}", "Rogue DHCP servers: {actor}"),
            "Rogue DHCP server",
        ),
        why="Who hands out addresses also names the gateway and the name servers, and so can "
        "lead all traffic past itself.",
        raises="clients whose gateway or name server is not the usual one",
        lowers="a new or second server that the administrators know, or a router plugged in by "
        "mistake",
    ),
    "rogue_dns": Phrase(
        noun="an unknown name server",
        titles=(
            (
                "Unknown name server: {actor} asks {target}",
                "Unknown name server: {actor} ask {target}",
            ),
            "Unknown name server {target}",
        ),
        why="Who answers name look-ups decides where a host goes.",
        raises="answers that differ from those of the usual servers",
        lowers="a resolver that somebody chose on purpose, or the name server of a VPN",
    ),
    "new_admin_path": Phrase(
        noun="new paths of administration",
        titles=(
            "New path of administration: {actor} to {target} by {service}",
            "New paths of administration from {actor}",
        ),
        why="An intruder goes from host to host by ways that nobody took before.",
        raises="new services, tasks or logins on the hosts of the path",
        lowers="a new administrator or a repair",
    ),
    "first_seen": Phrase(
        noun="something new",
        titles=(
            "New on the network: {actor}",
            "New on the network: {service} on {target}",
            "New on the network",
        ),
        why="What has just appeared is worth knowing when something else happens.",
        raises="other suspicious traffic of the same host",
        lowers="a new device or service that somebody set up",
    ),
    "silence": Phrase(
        noun="silence",
        titles=(
            ("{actor} has fallen silent", "{actor} have fallen silent"),
            "A sensor has fallen silent",
        ),
        why="A host or sensor that used to speak day and night and no longer does has failed, "
        "or was switched off.",
        raises="other hosts of the same place that fell silent too",
        lowers="maintenance or a host that was taken out of service",
    ),
    "sensor_silence": Phrase(
        noun="silence of a sensor",
        titles=(
            ("Exporter {actor} has fallen silent", "{actor} that export flows have fallen silent"),
            "A source of traffic has fallen silent",
        ),
        why="While a sensor or exporter says nothing, everything behind it looks peaceful.",
        raises="other sensors of the same place that fell silent too",
        lowers="maintenance, or a sensor that was taken away",
    ),
    "policy_violation": Phrase(
        noun="a breach of policy",
        titles=(
            (
                "Policy breach: {actor} uses {service} of {target}",
                "Policy breach: {actor} use {service} of {target}",
            ),
            ("Policy breach: {actor} reaches {target}", "Policy breach: {actor} reach {target}"),
            "Policy breach by {actor}",
        ),
        why="The policy of this network does not allow it.",
        raises="a second breach by the same host",
        lowers="an exception that the policy does not name yet",
    ),
    "congestion": Phrase(
        noun="congestion",
        titles=(
            "Congestion between {actor} and {target}",
            "Congestion at {target}",
            "Congestion",
        ),
        why="Packets are lost or answers come late, so that users wait.",
        raises="the same loss on other paths through the same line",
        lowers="a sensor that loses or doubles packets itself",
    ),
    "refused_loop": Phrase(
        noun="a loop of refused connections",
        titles=(
            ("{actor} keeps being refused by {target}", "{actor} keep being refused by {target}"),
            ("{actor} keeps being refused", "{actor} keep being refused"),
        ),
        why="A program asks again and again for a service that is not there; it is set up "
        "wrongly or the service is down.",
        raises="a service that should run there",
        lowers="a service that was stopped for a while",
    ),
    "dns_failure": Phrase(
        noun="failing name look-ups",
        titles=(
            "Name look-ups of {actor} fail at {target}",
            "Name look-ups of {actor} fail",
        ),
        why="Look-ups that time out or are refused make everything slow.",
        raises="other clients of the same server with the same trouble",
        lowers="a name server that was down for a moment",
    ),
    "broken_path_mtu": Phrase(
        noun="packets too large for the path",
        titles=(
            "Packets of {target} are too large for the path",
            "Packets are too large for the path",
        ),
        why="Large packets are refused on the way and sent again and again; downloads stall.",
        raises="transfers of the same hosts that hang",
        lowers="a tunnel that has just come up",
    ),
    "wrong_clock": Phrase(
        noun="failing time servers",
        titles=(
            ("{actor} gets no time from {target}", "{actor} get no time from {target}"),
            ("{actor} gets no time", "{actor} get no time"),
        ),
        why="A host whose clock is not set fails at logins and certificates, and its logs mislead.",
        raises="logs of the host with wrong times",
        lowers="a time server that was down for a while",
    ),
    "microburst": Phrase(
        noun="bursts of milliseconds",
        titles=(
            "Bursts between {actor} and {target} fill the link",
            "Bursts fill the link for milliseconds",
        ),
        why="A queue that overflows for milliseconds drops packets on a link whose average tells "
        "of room.",
        raises="drops at a port of the switch at the same time",
        lowers="video or updates that arrive in pieces",
    ),
    "top_talker": Phrase(
        noun="a crowded link",
        titles=(
            ("{actor} takes most of the link", "{actor} take most of the link"),
            "The link is crowded",
        ),
        why="One host takes most of what the link carries, and the others wait.",
        raises="complaints of others at the same time",
        lowers="a wanted backup or update",
    ),
    "anomalous_host": Phrase(
        noun="unusual behaviour",
        titles=(
            "Unusual behaviour of {actor}",
            "Unusual use of {service} on {target}",
            "Unusual use of {target}",
        ),
        why="It does not behave as it did before, nor as its kind does: a new task, or a new "
        "master.",
        raises="any other suspicious traffic of the same host in these hours",
        lowers="a new application, a moved server or a deadline that explains it",
    ),
    "anomalous_pair": Phrase(
        noun="unusual traffic between two hosts",
        titles=("Unusual traffic between {actor} and {target}",),
        why="Two hosts have more, or something else, to do with each other than before.",
        raises="suspicious traffic of either in these hours, or a far end that nobody else uses",
        lowers="a first backup, a moved server or a new tool",
    ),
    "anomalous_flow": Phrase(
        noun="an unusual flow",
        titles=("Unusual flow of {actor} to {service}", "Unusual flow of {actor}"),
        why="A flow that is far longer or larger than others to the same service may carry "
        "something else under its name.",
        raises="a far end that nobody else uses, or the same flow again and again",
        lowers="a large download, an update or a session that was left open",
    ),
}
