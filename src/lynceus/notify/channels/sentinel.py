"""Microsoft Sentinel by the Logs Ingestion API: rows of a table of one's own.

The table `Lynceus_CL` and its data collection rule are among the channel's files. Source:
learn.microsoft.com, "Logs Ingestion API in Azure Monitor".
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from lynceus.notify.channel import Locked
from lynceus.notify.flat import flat
from lynceus.notify.notice import Notice, Said
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

SCOPE = "https://monitor.azure.com/.default"
VERSION = "2023-01-01"


class Sentinel(HttpChannel):
    """A data collection endpoint of Azure Monitor, by its address."""

    for_people: ClassVar[bool] = False
    most: int = 0
    tenant: str = Field(pattern=r"^[A-Za-z0-9.-]{1,100}$")
    client: str = Field(pattern=r"^[A-Za-z0-9-]{1,100}$")
    client_secret: Secret
    rule: str = Field(pattern=r"^dcr-[0-9a-f]{32}$")
    """The immutable id of the data collection rule."""
    stream: str = Field(default="Custom-Lynceus_CL", pattern=r"^Custom-[A-Za-z0-9_]{1,90}$")
    login: str = "https://login.microsoftonline.com"

    def send(self, notice: Notice) -> Said:
        """One row."""
        names = {"time": "TimeGenerated"}
        row = {names.get(n, _camel(n)): value for n, value in flat(notice).items()}
        row["Actions"] = "\n".join(notice.actions)
        answer = self.ask(
            "POST", f"dataCollectionRules/{self.rule}/streams/{self.stream}",
            params={"api-version": VERSION}, body=[row],
            headers={
                "Authorization": f"Bearer {self._token()}",
                "x-ms-client-request-id": notice.key,
            },
        )  # fmt: skip
        return Said(answer.told)

    def _token(self) -> str:
        """A token for an hour; it is asked for anew each time, for messages are few."""
        answer = self.ask(
            "POST", f"{self.login.rstrip('/')}/{self.tenant}/oauth2/v2.0/token",
            form={
                "grant_type": "client_credentials",
                "client_id": self.client,
                "client_secret": self.revealed(self.client_secret),
                "scope": SCOPE,
            },
            fine={400},
        )  # fmt: skip
        if answer.status == 400 or not answer.field("access_token"):
            raise Locked(f"no token: {answer.status} {answer.field('error')}")
        return answer.field("access_token")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
