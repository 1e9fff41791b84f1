"""What to do about detections on logins, Windows domains and file shares, as data."""

from __future__ import annotations

from lynceus.respond.play import Play

_ISOLATE = "Ask the owner of {actor} whether this is wanted; if not, isolate {actor} at once."
_SERVICES = "Give services long random passwords or managed accounts, and turn off RC4."

DOMAIN_PLAYS: dict[str, Play] = {
    "password_spray": Play(
        now=(
            "Block {actor} from {service} unless it is a gateway of yours.",
            "Change the passwords of the accounts that were let in, and end their sessions.",
        ),
        follow_up=(
            "Forbid common passwords and require a second factor.",
            "Search for further hosts that were refused as the same users.",
        ),
    ),
    "login_after_failures": Play(
        now=(
            "Ask the owner of the account whether it was him; if not, end the session "
            "and change the password.",
        ),
        follow_up=("Limit failed logins of {service}, and look at what the session did.",),
    ),
    "clear_text_password": Play(
        now=("No urgent action: plan a protocol that protects the password.",),
        follow_up=(
            "Turn on TLS for {service} on {target} and refuse logins without it.",
            "Change the password once the protocol is protected.",
        ),
    ),
    "account_enumeration": Play(
        now=("Ask the owner of {actor} what it does; block it from {target} if nobody knows.",),
        follow_up=("Watch the accounts that exist for refused logins.",),
    ),
    "kerberoasting": Play(
        now=(
            _ISOLATE,
            "Change the passwords of the services whose tickets were taken, "
            "those with wide rights first.",
        ),
        follow_up=(_SERVICES,),
    ),
    "as_rep_roasting": Play(
        now=(_ISOLATE, "Change the passwords of the accounts whose tickets were given."),
        follow_up=("Require pre-authentication of every account.",),
    ),
    "overpass_the_hash": Play(
        now=(_ISOLATE, "Change the password of the account that logged in from {actor}."),
        follow_up=(
            "Find out where the hash was taken: hosts on which the account was logged in.",
            "Turn off RC4 for accounts that do not need it.",
        ),
    ),
    "dcsync": Play(
        now=(
            "Check whether {actor} is a domain controller or a synchronisation service; "
            "if not, isolate it at once.",
            "Take the right to replicate from the account that was used.",
        ),
        follow_up=(
            "Treat all passwords of the domain as known: change krbtgt twice, "
            "then administrators and services.",
        ),
    ),
    "zerologon": Play(
        now=(
            "Isolate {actor}, and check whether {target} still answers with its own password.",
            "Install the updates against CVE-2020-1472 on every domain controller.",
        ),
        follow_up=("If a password was set, treat the whole domain as taken over.",),
    ),
    "sigred": Play(
        now=(
            "Check whether {actor} is a DNS server of Windows without the update against "
            "CVE-2020-1350; if so, isolate it.",
        ),
        follow_up=("Install the update, or limit the size of DNS answers by TCP until then.",),
    ),
    "rpc_credential_access": Play(
        now=(
            _ISOLATE,
            "Look for logins of the account of {target} itself on other hosts right after.",
        ),
        follow_up=(
            "Turn off the print spooler and EFS procedure calls where nobody needs them.",
            "Require signed SMB and LDAP so that a forced login cannot be passed on.",
        ),
    ),
    "directory_discovery": Play(
        now=("Ask the owner of {actor} which program asked for these lists.",),
        follow_up=("Watch {actor} for logins to the hosts and accounts it learned of.",),
    ),
    "share_enumeration": Play(
        now=("Ask the owner of {actor} whether it is an inventory or backup.",),
        follow_up=("Check which shares are open to everybody, and close them.",),
    ),
    "directory_tampering": Play(
        now=(
            "Ask an administrator whether the change is wanted; if not, take it back "
            "and lock the account that made it.",
        ),
        follow_up=("Review who holds rights on the domain and its privileged groups.",),
    ),
    "admin_share": Play(
        now=(
            _ISOLATE,
            "Look at the files that were laid on {target}, and keep them.",
        ),
        follow_up=(
            "Change the passwords of the accounts that were used.",
            "Close administrative shares between workstations by the firewall.",
        ),
    ),
    "remote_execution": Play(
        now=(
            _ISOLATE,
            "Check {target} for new services, tasks, processes and WMI subscriptions.",
        ),
        follow_up=(
            "Change the passwords of the accounts that were used.",
            "Allow remote administration from jump hosts only.",
        ),
    ),
    "log_clearing": Play(
        now=("Ask who cleared the log of {target}; if nobody knows, isolate {actor}.",),
        follow_up=("Collect event logs in another place, so that clearing hides nothing.",),
    ),
    "smb_ransomware": Play(
        now=(
            "Cut {actor} off the network at once, and end its sessions on {target}.",
            "Stop the shares of {target} until the spread is understood.",
        ),
        follow_up=(
            "Keep {actor} switched on and untouched: keys may be in its memory.",
            "Restore the files from a backup of before the first change.",
            "Find out how {actor} was taken over, and which other hosts it reached.",
        ),
    ),
}
"""The steps for these detectors, as `playbook` has them for all."""
