"""What to do about volume, novelty, the local link and health, as data."""

from __future__ import annotations

from lynceus.respond.play import Play

FLOW_PLAYS: dict[str, Play] = {
    "attack_class": Play(
        now=("Look at the connections behind the finding and find the program that made them.",),
        follow_up=(
            "If it is known and wanted, suppress this family for {actor}; its verdict can be "
            "learned from.",
        ),
    ),
    "encrypted_malware": Play(
        now=(
            "Find the program on {actor} that made these connections, and since when it is there.",
        ),
        follow_up=(
            "If it is known and wanted, suppress this finding for {actor}; its verdict can be "
            "learned from.",
        ),
    ),
    "arp_spoofing": Play(
        now=(
            "Find the switch ports of the hardware addresses named in the evidence; shut "
            "the one that does not belong there.",
        ),
        follow_up=(
            "Check the ARP tables of the gateway and of the victims.",
            "Turn on dynamic ARP inspection on the access switches.",
        ),
    ),
    "slow_dos": Play(
        now=(
            "Limit the connections of one source on {target}, and how long a request may take.",
            "Check whether {target} still answers.",
        ),
        follow_up=("Put a proxy that reads whole requests in front of {target}.",),
    ),
    "amplification": Play(
        now=(
            "Close {service} to the Internet where it need not be open, or limit its rate "
            "of answers.",
            "Ask the provider to filter {service} towards {target}.",
        ),
        follow_up=("Check which of your own servers answer {service} to anybody.",),
    ),
    "slow_scan": Play(
        now=(
            "Ask the owner of {actor} whether it is a known scanner; if not, take it off "
            "the network.",
        ),
        follow_up=(
            "Find the program on {actor} that keeps trying, and since when it is there.",
            "Check the hosts that answered for logins and transfers from {actor}.",
        ),
    ),
    "distributed_scan": Play(
        now=("Check which hosts take part, and whether they are managed by one tool.",),
        follow_up=(
            "Block the network of the sources at the border if it keeps coming back.",
            "Check the hosts that answered for logins and transfers.",
        ),
    ),
    "strobe": Play(
        now=("Find the program on {actor} that connects to {target}.",),
        follow_up=("If nobody knows it, block {target} for {actor} and look at the host.",),
    ),
    "upload_surge": Play(
        now=("Ask the owner of {actor} what was sent.",),
        follow_up=("Find out which files were read on {actor} before the upload.",),
    ),
    "staging": Play(
        now=(
            "Ask the owner of {actor} whether the transfer was wanted; if not, cut {actor} "
            "off from {target} at once.",
        ),
        follow_up=(
            "Find out which files {actor} read, with which account.",
            "If data of persons or customers left, start the reporting duties.",
        ),
    ),
    "rogue_dhcp": Play(
        now=(
            "Ask the administrators whether {actor} is a DHCP server of theirs; if not, "
            "shut its switch port.",
        ),
        follow_up=(
            "Check which clients took a lease from {actor}, and renew them.",
            "Turn on DHCP snooping on the access switches.",
        ),
    ),
    "rogue_dns": Play(
        now=("Check on {actor} which name servers are set, and who set them.",),
        follow_up=(
            "Search for other hosts that ask {target}.",
            "Allow name look-ups to your own resolvers only.",
        ),
    ),
    "new_admin_path": Play(
        now=(
            "Ask an administrator whether {actor} should use {service} on {target}.",
            "If not, isolate {actor} and look from where it was reached.",
        ),
        follow_up=("Name jump hosts and management systems as assets.",),
    ),
    "first_seen": Play(
        now=("Check whether the new device or service is known.",),
        follow_up=("Add it to the list of assets.",),
    ),
    "silence": Play(
        now=(
            "Check whether {actor} is still running, and whether its traffic still passes "
            "the sensor.",
        ),
        follow_up=("If it was taken out of service, note it in the list of assets.",),
    ),
    "sensor_silence": Play(
        now=("Check whether the sensor still runs and reaches the collector.",),
        follow_up=("If it was taken away, take it out of the configuration.",),
    ),
    "policy_violation": Play(
        now=("Ask the owner of {actor} why it was done.",),
        follow_up=("Close the way at the firewall, or write the exception into the policy.",),
    ),
    "congestion": Play(
        now=("Check the line and the load of {target} at that time.",),
        follow_up=("Compare with other services on the same path.",),
    ),
    "refused_loop": Play(
        now=(
            "Check whether {service} on {target} should run; if not, correct the program on"
            " {actor}.",
        ),
        follow_up=("Watch whether it stops.",),
    ),
    "dns_failure": Play(
        now=("Check the name server {target} and whether {actor} may ask it.",),
        follow_up=("Correct the name servers set on {actor}.",),
    ),
    "broken_path_mtu": Play(
        now=(
            "Check the MTU along the path, and whether a firewall drops the notices that name it.",
        ),
        follow_up=("Lower the MTU of the tunnel or clamp the segment size.",),
    ),
    "wrong_clock": Play(
        now=("Correct the time servers set on {actor}.",),
        follow_up=("Check its clock.",),
    ),
    "microburst": Play(
        now=("Look for drops in the queues of the ports on this link at that time.",),
        follow_up=("Pace what bursts, or give it a queue of its own.",),
    ),
    "top_talker": Play(
        now=("Ask the owner of {actor} whether the transfer can wait.",),
        follow_up=("Give such transfers their own time or a limit.",),
    ),
    "anomalous_host": Play(
        now=(
            "Compare what stands out with what the owner of the host says it was doing then.",
            "If it was wanted, approve it: `lynceus baseline approve`.",
        ),
        follow_up=("Look at the flows of that hour by destination and by service.",),
    ),
    "anomalous_pair": Play(
        now=(
            "Ask the owner of {actor} what it had to do with {target} then.",
            "If it was wanted, approve it: `lynceus baseline approve`.",
        ),
        follow_up=("Look at the flows between the two in that hour, and at what {target} is.",),
    ),
    "anomalous_flow": Play(
        now=(
            "Look where the largest flow of {actor} in that hour went, and ask its owner why.",
            "If it was wanted, approve it: `lynceus baseline approve`.",
        ),
        follow_up=("Cut the packets of the flow out of the capture and see what is spoken in it.",),
    ),
}
