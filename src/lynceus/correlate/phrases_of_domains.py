"""What is said of detections on logins, Windows domains and file shares, as data."""

from __future__ import annotations

from lynceus.correlate.phrase import Phrase

_REACH = "the same account used on further hosts, or programs nobody knows on the target"
_ADMIN = "an administrator or a management system at work, which its owner can confirm"

DOMAIN_PHRASES: dict[str, Phrase] = {
    "password_spray": Phrase(
        noun="password spraying",
        titles=(
            "Password spraying against {target} by {actor}",
            "Password spraying on {service} by {actor}",
            "Password spraying by {actor}",
        ),
        why="A common password tried on every account finds one that has it, and locks none out.",
        raises="a login of one of these accounts from a place it never came from",
        lowers="a gateway or terminal server through which many people log in",
    ),
    "login_after_failures": Phrase(
        noun="a login after many refusals",
        titles=(
            "Login of {actor} to {target} succeeded after many refusals",
            "Login of {actor} succeeded after many refusals",
        ),
        why="Guessing that succeeds gives an attacker a valid account.",
        raises="the owner of the account says that it was not him",
        lowers="a program whose password was corrected, or somebody who forgot which one it was",
    ),
    "clear_text_password": Phrase(
        noun="a password in clear text",
        titles=(
            (
                "Password in clear text: {actor} logs in to {target}",
                "Password in clear text: {actor} log in to {target}",
            ),
            "Password in clear text sent by {actor}",
        ),
        why="Anybody on the way can read the password and use the account.",
        raises="a way that leads over networks of others",
        lowers="a device that knows nothing better in a network of its own",
    ),
    "account_enumeration": Phrase(
        noun="trying of account names",
        titles=(
            "Account names of {target} tried by {actor}",
            "Account names tried by {actor}",
        ),
        why="A list of names that exist is what password spraying begins with.",
        raises="refused logins with the names that exist",
        lowers="a gateway that passes on what its clients type",
    ),
    "kerberoasting": Phrase(
        noun="collecting of service tickets",
        titles=(
            (
                "Kerberoasting: {actor} collects tickets of services",
                "Kerberoasting: {actor} collect tickets of services",
            ),
            "Kerberoasting by {actor}",
        ),
        why="From a ticket under a weak key the password of a service is guessed, away from the "
        "network.",
        raises="logins with a service account from a workstation in the days after",
        lowers="old services that know no strong keys and that this host works with",
    ),
    "as_rep_roasting": Phrase(
        noun="collecting of login tickets",
        titles=(
            (
                "AS-REP roasting: {actor} collects login tickets without proof",
                "AS-REP roasting: {actor} collect login tickets without proof",
            ),
            "AS-REP roasting by {actor}",
        ),
        why="From the answer to a login that needs no proof a password is guessed, away from the "
        "network.",
        raises="logins with one of these accounts from another host",
        lowers="an old program whose account is exempt from pre-authentication on purpose",
    ),
    "overpass_the_hash": Phrase(
        noun="a login with the hash of a password",
        titles=(
            (
                "Overpass the hash: {actor} logs in with weak encryption alone",
                "Overpass the hash: {actor} log in with weak encryption alone",
            ),
            "Overpass the hash by {actor}",
        ),
        why="Whoever stole the hash of a password logs in as its owner without knowing it.",
        raises="the same account in use on two hosts at once",
        lowers="an old system or a key file that knows weak encryption alone",
    ),
    "dcsync": Phrase(
        noun="replication of the directory to one who is no controller",
        titles=(
            (
                "DCSync: {actor} takes the passwords of the domain from {target}",
                "DCSync: {actor} take the passwords of the domain from {target}",
            ),
            "DCSync by {actor}",
        ),
        why="Replication hands out the password hashes of all accounts; who has them owns the "
        "domain.",
        raises="logins with accounts of administrators from hosts that are not theirs",
        lowers="a domain controller of which little else is seen, or a service that copies the "
        "directory",
    ),
    "zerologon": Phrase(
        noun="an attack on the login of machines",
        titles=(
            (
                "Zerologon: {actor} attacks the domain controller {target}",
                "Zerologon: {actor} attack the domain controller {target}",
            ),
            "Zerologon by {actor}",
        ),
        why="The flaw lets anybody on the network take over a domain controller within seconds.",
        raises="a domain controller whose own password no longer fits",
        lowers="a test for the flaw by somebody who is allowed to make it",
    ),
    "sigred": Phrase(
        noun="an attack on a DNS server",
        titles=(
            "SIGRed: {target} answers {actor} with what overflows a DNS server",
            "SIGRed against {target}",
        ),
        why="The flaw lets whoever answers a question run code on the DNS server that asked.",
        raises="a DNS server that crashed or started a program at that time",
        lowers="a test for the flaw, or a DNS server that is not of Windows",
    ),
    "rpc_credential_access": Phrase(
        noun="taking of secrets by remote procedure call",
        titles=(
            "Secrets of {target} taken or forced out by {actor}",
            "Secrets taken by remote procedure call by {actor}",
        ),
        why="Secrets of a machine, or a login that it is forced to make, are passed on to take "
        "over others.",
        raises="a login of the machine's own account at a third host right after",
        lowers="a print client, a backup of registries or the set-up of a domain controller",
    ),
    "directory_discovery": Phrase(
        noun="listing of a directory",
        titles=(
            (
                "Accounts and hosts listed: {actor} asks {target}",
                "Accounts and hosts listed: {actor} ask {target}",
            ),
            "Accounts and hosts listed by {actor}",
        ),
        why="Before an intruder moves on he learns who may do what, and where.",
        raises="logins or sessions of administration from the same host right after",
        lowers="an administrator's console, a mail server or an inventory",
    ),
    "share_enumeration": Phrase(
        noun="looking through shares",
        titles=(
            "Shares of {target} looked through by {actor}",
            "Shares of many hosts looked through by {actor}",
        ),
        why="Shares are where the files are; ransomware and intruders look through all of them.",
        raises="many files read, written or renamed from the same host",
        lowers="an inventory or backup, or somebody who browses the network",
    ),
    "directory_tampering": Phrase(
        noun="a change of rights in the directory",
        titles=(
            "Rights over the domain changed in {target} by {actor}",
            "Rights over the domain changed by {actor}",
        ),
        why="Rights that are written into the directory stay when the way in is closed.",
        raises="the account that gained rights uses them soon after",
        lowers="an administrator who gave rights on purpose",
    ),
    "admin_share": Phrase(
        noun="reaching into the disk of another host",
        titles=(
            (
                "Administrative share: {actor} reaches into the disk of {target}",
                "Administrative share: {actor} reach into the disk of {target}",
            ),
            "Administrative shares opened by {actor}",
        ),
        why="A program laid on another host's disk is run next; that is how intruders spread.",
        raises=_REACH,
        lowers=_ADMIN,
    ),
    "remote_execution": Phrase(
        noun="running programs on another host",
        titles=(
            (
                "Remote execution: {actor} runs something on {target}",
                "Remote execution: {actor} run something on {target}",
            ),
            "Remote execution by {actor}",
        ),
        why="Making the next host run a program is the step by which an intruder moves on.",
        raises=_REACH,
        lowers=_ADMIN,
    ),
    "log_clearing": Phrase(
        noun="clearing of an event log",
        titles=(
            "Event log of {target} cleared by {actor}",
            "Event log cleared by {actor}",
        ),
        why="An emptied log hides what was done before.",
        raises="logins or programs on the target shortly before, as other records tell them",
        lowers="an administrator who starts a test afresh",
    ),
    "smb_ransomware": Phrase(
        noun="encrypting of files in shares",
        titles=(
            (
                "Ransomware: {actor} changes the files of {target} one after another",
                "Ransomware: {actor} change the files of {target} one after another",
            ),
            (
                "Ransomware: {actor} changes files one after another",
                "Ransomware: {actor} change files one after another",
            ),
        ),
        why="Encrypting the shares is how ransomware ends; every minute costs files.",
        raises="a note that demands money, or files that cannot be opened",
        lowers="a program that converts or archives a whole share on purpose",
    ),
}
"""The words of these detectors, as `phrases` has them for all."""
