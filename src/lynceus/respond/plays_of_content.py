"""What to do about odd names, web requests, TLS and what is spoken where, as data."""

from __future__ import annotations

from lynceus.respond.play import Play

CONTENT_PLAYS: dict[str, Play] = {
    "dga": Play(
        now=(
            "Look on {actor} for the program that asks for the names in the evidence; isolate "
            "{actor} if nobody knows it.",
            "Block the made names that were answered at the resolver.",
        ),
        follow_up=("Search the resolver's log for other hosts that ask for such names.",),
    ),
    "doh_tunnel": Play(
        now=("Find out which program on {actor} uses encrypted DNS, and whether it is wanted.",),
        follow_up=("Allow encrypted DNS to your own resolvers only.",),
    ),
    "icmp_tunnel": Play(
        now=(
            "Block ICMP echo between {actor} and {target}.",
            "Isolate {actor} unless somebody tests the network with large pings.",
        ),
        follow_up=("Limit the size and rate of pings at the border.",),
    ),
    "http_tunnel": Play(
        now=(
            "Find the program on {actor} that sends the requests; if it is not known, isolate it.",
            "Block {target} at the proxy or the border.",
        ),
        follow_up=("Search for other hosts that talk to {target}.",),
    ),
    "odd_user_agent": Play(
        now=("Find the program on {actor} that gives itself this name.",),
        follow_up=("Compare with the software that {actor} should have.",),
    ),
    "program_download": Play(
        now=(
            "Find out what on {actor} asked for it, and whether it was run.",
            "Take the file from the host or the capture and have it examined.",
        ),
        follow_up=("Search for other hosts that fetched from {target}.",),
    ),
    "web_attack": Play(
        now=(
            "Read the log of the web server on {target} around these requests.",
            "Block {actor} if it goes on.",
        ),
        follow_up=("Check that the applications on {target} are up to date.",),
    ),
    "web_scanner": Play(
        now=("Ask whether a security test of {target} was agreed on; if not, block {actor}.",),
        follow_up=("Check which of the pages asked for were there.",),
    ),
    "crypto_mining": Play(
        now=(
            "Look on {actor} for a miner among the processes; if nobody put it there, isolate it.",
        ),
        follow_up=("Find out how it came onto {actor}: whoever mines could do more.",),
    ),
    "anonymiser": Play(
        now=("Ask the user of {actor} whether this is a VPN or Tor of theirs.",),
        follow_up=("Decide which tunnels the policy allows, and suppress those.",),
    ),
    "peer_to_peer": Play(
        now=("Ask the user of {actor} what is shared.",),
        follow_up=("Limit or block file sharing at the border where the policy says so.",),
    ),
    "odd_port": Play(
        now=("Ask the owner of {actor} what runs on that port.",),
        follow_up=("Let only known services out, by protocol and not by port alone.",),
    ),
    "odd_certificate": Play(
        now=("Check who runs {target}, and why {actor} accepts its certificate.",),
        follow_up=("Replace or trust the certificate where the service is wanted.",),
    ),
    "odd_negotiation": Play(
        now=("Find the program on {actor} that negotiates so, and who runs {target}.",),
        follow_up=("Switch off versions before TLS 1.2 where nothing needs them.",),
    ),
    "unlike_application": Play(
        now=("Look into the packets between {actor} and {target} for what they carry.",),
        follow_up=("Let this service out to the servers that are meant for it alone.",),
    ),
    "rare_ja4": Play(
        now=("Find the program on {actor} that makes these connections.",),
        follow_up=("Compare with the software that {actor} should have.",),
    ),
}
