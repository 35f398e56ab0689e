"""``[incoming]`` and ``[[inboxes]]``: by which ways messages from people come in, and how they are answered."""

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from channels.door import Network
from channels.settings import CarrierName, DatabaseUrl, Section
from store.errors import InputError
from subscribers.fields import email_address

Path = Annotated[str, StringConstraints(pattern=r"^[^\s]{1,100}$")]


class IncomingSettings(Section):
    """``[incoming]``"""

    # Answers to one number within an hour; beyond it its messages are obeyed, but not answered.
    answers_per_hour: Annotated[int, Field(ge=0, le=60)] = 6
    # Where letters ("P …") go by e-mail, besides the store; empty: they wait in `hlasatel messages`.
    office_email: str = ""

    @field_validator("office_email")
    @classmethod
    def _address(cls, address: str) -> str:
        try:
            return email_address(address) if address else ""
        except InputError as error:
            raise ValueError("must be an e-mail address, such as urad@example.cz, or empty") from error


class _Called(Section):
    """An inbox whose gateway calls us, at ``/incoming/NAME`` of the door."""

    name: CarrierName
    # What the gateway has to show: as the header X-Secret, or as secret=… in the address.
    secret: Annotated[SecretStr, Field(min_length=16)]
    # Addresses that it may come from.
    allowed: Annotated[tuple[Network, ...], Field(min_length=1)] = (ip_network("127.0.0.1/32"),)


class KannelInbox(_Called):
    """``adapter = "kannel"``: the ``get-url`` of Kannel's sms-service; docs/sms.md has its line."""

    adapter: Literal["kannel"]


class WebhookInbox(_Called):
    """``adapter = "webhook"``: any gateway that calls an address. Its keys say where things stand in what it sends: the
    name of a field, or in JSON the names on the way to it, such as ``message.from``.
    """

    adapter: Literal["webhook"]
    sender: Path
    text: Path
    recipient: str = ""
    # The gateway's own id of the message, or else when it was sent: by it we know what comes a second time.
    id: str = ""
    time: str = ""
    # The user data header in hex, where the gateway does not join long messages.
    header: str = ""

    @model_validator(mode="after")
    def _told_apart(self) -> "WebhookInbox":
        if not self.id and not self.time:
            raise ValueError("needs id, or time: else STOP sent today is taken for STOP sent last year")
        return self


class GammuInbox(Section):
    """``adapter = "gammu"``: gammu-smsd's own database."""

    adapter: Literal["gammu"]
    name: CarrierName
    # As store.url; may hold a password.
    url: DatabaseUrl


InboxSettings = Annotated[KannelInbox | WebhookInbox | GammuInbox, Field(discriminator="adapter")]
