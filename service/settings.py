"""The settings as they may be, checked; rooms below get their own section. ``service.loading`` reads them."""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from sqlalchemy import make_url

from announcements.decision import OutcomeRules
from announcements.plan import PlanSettings
from announcements.resend import TextPolicies
from announcements.ways import SmsWay, Ways
from announcements.windows import Calendar, public_holidays
from channels.carriers import SmsSettings
from channels.incoming.settings import GammuInbox, InboxSettings, IncomingSettings
from channels.mail.carrier import NAME as EMAIL
from channels.mailer import EmailSettings
from channels.settings import DoorSettings, TextingSettings
from dialer.exchange import DialerSettings
from dialer.trunk import HostName, PlainWord, Port, Trunk
from ivr.settings import HotlineSettings
from store.database import async_url
from store.errors import SettingsError
from tts.speech import SpeechSettings

AnySection = TypeVar("AnySection", bound=BaseModel)
OneLine = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
# E.164, or none.
Number = Annotated[str, Field(pattern=r"^(\+[0-9]{7,15})?$")]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class TownSettings(Section):
    """``[town]``"""

    name: Annotated[OneLine, Field(max_length=100)] = ""
    # ISO 3166 code: how national phone numbers are read.
    country: str = "CZ"
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "cs"
    timezone: str = "Europe/Prague"
    # ISO 4217 code: what the trunks' prices are in.
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CZK"
    # The town's own number, shown to people as the caller where a trunk has no caller_id.
    phone: Number = ""

    @field_validator("country")
    @classmethod
    def _known_country(cls, code: str) -> str:
        if code not in SUPPORTED_REGIONS:
            raise ValueError("must be the two capital letters of a country, such as CZ")
        return code

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be the name of a time zone, such as Europe/Prague") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class StoreSettings(Section):
    """``[store]``"""

    url: str = "sqlite:///var/hlasatel.db"

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str) -> str:
        try:
            async_url(url)
            if make_url(url).database:
                return url
        except (SettingsError, ValueError):
            pass  # their words may show the password
        raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps it; None with PostgreSQL."""
        url = make_url(self.url)
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None

    def anchored(self, folder: Path) -> "StoreSettings":
        if self.file is None:
            return self
        url = make_url(self.url).set(database=str(folder / self.file))
        return StoreSettings(url=url.render_as_string(hide_password=False))


class AsteriskSettings(Section):
    """``[asterisk]``"""

    # Start and watch an Asterisk of our own; false: one runs already, and AMI leads to it.
    managed: bool = True
    # Where our own one keeps its configuration, logs and database.
    folder: Path = Path("var/asterisk")
    # Address and port its SIP listens on; empty: loopback where all trunks are there, else all addresses.
    sip_bind: str = ""
    sip_port: Port = 5060
    rtp_ports: tuple[Port, Port] = (10000, 10999)
    ami_host: HostName = "127.0.0.1"
    ami_port: Port = 5038
    ami_user: PlainWord = "hlasatel"
    # Empty with managed = true: made at first start, kept in the folder.
    ami_secret: SecretStr = SecretStr("")
    # Where Asterisk reaches our FastAGI server; port 0 takes a free one.
    agi_host: HostName = "127.0.0.1"
    agi_port: Annotated[int, Field(ge=0, le=65535)] = 4573
    # File where the dialplan writes a line when an answered call ends; empty: with our own Asterisk one in its
    # folder, else none.
    record: str = ""

    @property
    def record_file(self) -> Path | None:
        if self.record:
            return Path(self.record)
        return self.folder / "log" / "calls.csv" if self.managed else None

    @field_validator("sip_bind")
    @classmethod
    def _address(cls, text: str) -> str:
        try:
            return str(ip_address(text)) if text else ""
        except ValueError as error:
            raise ValueError("must be an IP address, or empty") from error

    @field_validator("record")
    @classmethod
    def _plain_path(cls, path: str) -> str:
        if path and not re.fullmatch(r"/[A-Za-z0-9/_.-]+", path):
            raise ValueError("must be empty, or a whole path of letters without accents, digits and / _ . -")
        return path

    @field_validator("rtp_ports")
    @classmethod
    def _apart(cls, ports: tuple[int, int], given: ValidationInfo) -> tuple[int, int]:
        first, last = ports
        if first + 10 > last:
            raise ValueError("must be a first and a last port, at least ten apart")
        if first <= given.data.get("sip_port", 0) <= last:
            raise ValueError("must not have sip_port among them")
        return ports

    @field_validator("ami_secret")
    @classmethod
    def _one_word(cls, secret: SecretStr, given: ValidationInfo) -> SecretStr:
        text = secret.get_secret_value()
        if not text and not given.data.get("managed", True):
            raise ValueError("is needed where managed = false")
        if not text.isprintable() or text != text.strip():
            raise ValueError("must not have a line break, nor a blank at an end")
        return secret

    @field_validator("agi_port")
    @classmethod
    def _own_port(cls, port: int, given: ValidationInfo) -> int:
        if port == given.data.get("ami_port") and given.data.get("agi_host") == given.data.get("ami_host"):
            raise ValueError("must not be ami_port")
        return port


class CommunicationSettings(Section):
    """``[communication]``"""

    # By topic, how an announcement goes out and what needs approval; none where there is no such file.
    manual: Path = Path("rozesilky.toml")
    # The town's own templates, over those that come with the program.
    templates: Path = Path("sablony.toml")


class MetricsSettings(Section):
    """``[metrics]``"""

    # Where Prometheus reads our figures, on loopback; 0: nowhere.
    port: Annotated[int, Field(ge=0, le=65535)] = 0


class Settings(Section):
    """All sections."""

    town: TownSettings = TownSettings()
    store: StoreSettings = StoreSettings()
    asterisk: AsteriskSettings = AsteriskSettings()
    trunks: tuple[Trunk, ...] = ()
    speech: SpeechSettings = SpeechSettings()
    dialer: DialerSettings = DialerSettings()
    plan: PlanSettings = PlanSettings()
    communication: CommunicationSettings = CommunicationSettings()
    texting: TextingSettings = TextingSettings()
    door: DoorSettings = DoorSettings()
    # Carriers of SMS, the preferred one first.
    sms: tuple[SmsSettings, ...] = ()
    hotline: HotlineSettings = HotlineSettings()
    incoming: IncomingSettings = IncomingSettings()
    inboxes: tuple[InboxSettings, ...] = ()
    email: EmailSettings = EmailSettings()
    metrics: MetricsSettings = MetricsSettings()

    @field_validator("trunks")
    @classmethod
    def _at_home(cls, trunks: tuple[Trunk, ...], given: ValidationInfo) -> tuple[Trunk, ...]:
        town: TownSettings = given.data.get("town") or TownSettings()  # none: it is wrong itself
        for trunk in trunks:
            if abroad := trunk.foreign_prefixes(town.country):
                raise ValueError(f"prefix {abroad[0]} of {trunk.name} leads abroad: set its allow_foreign = true")
        return trunks

    @field_validator("trunks")
    @classmethod
    def _distinct(cls, trunks: tuple[Trunk, ...]) -> tuple[Trunk, ...]:
        names = [trunk.name for trunk in trunks]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two of them have the name {twice[0]}")
        return trunks

    @field_validator("sms")
    @classmethod
    def _texts_at_home(cls, carriers: tuple[SmsSettings, ...], given: ValidationInfo) -> tuple[SmsSettings, ...]:
        town: TownSettings = given.data.get("town") or TownSettings()
        for carrier in carriers:
            if abroad := carrier.foreign_prefixes(town.country):
                raise ValueError(f"prefix {abroad[0]} of {carrier.name} leads abroad: set its allow_foreign = true")
        return carriers

    @field_validator("sms")
    @classmethod
    def _texts_distinct(cls, carriers: tuple[SmsSettings, ...], given: ValidationInfo) -> tuple[SmsSettings, ...]:
        names = [EMAIL, *(one.name for one in (*given.data.get("trunks", ()), *carriers))]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two of them, or one of them and a trunk or the mail server, have the name {twice[0]}")
        return carriers

    @field_validator("hotline")
    @classmethod
    def _known_trunk(cls, hotline: HotlineSettings, given: ValidationInfo) -> HotlineSettings:
        trunks = {trunk.name for trunk in given.data.get("trunks", ())}
        if hotline.office_trunk and hotline.office_trunk not in trunks:
            raise ValueError(f"office_trunk {hotline.office_trunk} is none of the trunks")
        return hotline

    @field_validator("inboxes")
    @classmethod
    def _distinct_inboxes(cls, inboxes: tuple[InboxSettings, ...]) -> tuple[InboxSettings, ...]:
        names = [inbox.name for inbox in inboxes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two of them have the name {twice[0]}")
        return inboxes

    @property
    def calendar(self) -> Calendar:
        """When calls may start in this town."""
        return Calendar(self.dialer.windows, self.town.zone, public_holidays(self.town.country))

    @property
    def ways(self) -> Ways:
        """By which channels the town can reach people."""
        return Ways(voice=self.prefixes, sms=self._sms_way, email=bool(self.email.host))

    @property
    def outcome_rules(self) -> OutcomeRules:
        """What decides about a delivery after an attempt."""
        dialer = self.dialer
        return OutcomeRules(dialer.retries, dialer.heard_share, self.ways, self.calendar, self.text_policies)

    @property
    def _sms_way(self) -> SmsWay | None:
        if not self.sms:
            return None
        return SmsWay(
            prefixes=tuple(sorted({prefix for one in self.sms for prefix in one.prefixes})),
            parts_of=lambda text: self.texting.encode(text).parts,
            most_parts=self.texting.most_parts,
            price_per_part=max(one.price_per_part for one in self.sms),
        )

    @property
    def text_policies(self) -> TextPolicies:
        """When a text is sent again."""
        own = {one.name: one.retries for one in self.sms if one.retries is not None}
        return TextPolicies(sms=self.texting.retries, email=self.email.retries, carriers=own)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Numbers that some trunk may dial."""
        return tuple(sorted({prefix for trunk in self.trunks for prefix in trunk.prefixes}))

    def anchored(self, folder: Path) -> "Settings":
        """With its relative paths counted from ``folder``."""
        here = folder.absolute()
        return self.model_copy(
            update={
                "store": self.store.anchored(here),
                "asterisk": _anchored(self.asterisk, here),
                "trunks": tuple(_anchored(trunk, here) for trunk in self.trunks),
                "sms": tuple(_anchored(carrier, here) for carrier in self.sms),
                "speech": _anchored(self.speech, here),
                "communication": _anchored(self.communication, here),
                "hotline": _anchored(self.hotline, here),
                "inboxes": tuple(_anchored_inbox(inbox, here) for inbox in self.inboxes),
                "email": _anchored(self.email, here),
            }
        )


def _anchored_inbox(inbox: InboxSettings, folder: Path) -> InboxSettings:
    if not isinstance(inbox, GammuInbox):
        return inbox
    url = StoreSettings(url=inbox.url.get_secret_value()).anchored(folder).url
    return inbox.model_copy(update={"url": SecretStr(url)})


def _anchored(section: AnySection, folder: Path) -> AnySection:
    paths = {name: folder / value for name, value in section if isinstance(value, Path)}
    return section.model_copy(update=paths)


def cache_folder() -> Path:
    """Where a fetched Asterisk is kept, for all checkouts of this user (XDG base directories)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hlasatel"
