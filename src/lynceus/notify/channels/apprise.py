"""The long tail: every service that the library apprise speaks to, by its address for apprise.

Needs the extra `apprise`.
"""

from __future__ import annotations

from lynceus.notify.channel import Channel, Locked, Unavailable
from lynceus.notify.notice import Notice, Said
from lynceus.secret import Secret

TYPE = {"critical": "failure", "high": "failure", "medium": "warning", "low": "warning"}


class Apprise(Channel):
    """A service by its apprise address, which holds its tokens and is therefore a secret."""

    url: Secret

    def send(self, notice: Notice) -> Said:
        """One notification."""
        try:
            from apprise import Apprise as Service
        except ImportError:
            raise Locked("apprise is absent: install lynceus with the extra 'apprise'") from None
        service = Service()
        if not service.add(self.revealed(self.url)):
            raise Locked(f"{self.name}: apprise does not know this kind of address")
        kind = "success" if notice.kind == "resolve" else TYPE.get(notice.severity, "info")
        taken = service.notify(
            title=notice.title, body=notice.text, notify_type=kind, body_format="text"
        )
        if not taken:
            raise Unavailable(f"{self.name}: apprise could not deliver it")
        return Said("apprise delivered it")
