"""The settings as they may be, checked; rooms below get their own section. ``service.loading`` reads them."""

import os
import re
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, SecretStr, ValidationInfo, field_validator

from announcements.decision import OutcomeRules
from announcements.plan import PlanSettings
from announcements.resend import TextPolicies
from announcements.ways import SmsWay, Ways
from announcements.windows import Calendar, public_holidays
from channels.carriers import SmsSettings
from channels.incoming.settings import GammuInbox, InboxSettings, IncomingSettings
from channels.mail.carrier import NAME as EMAIL
from channels.mail.mailbox import BouncesSettings
from channels.mailer import EmailSettings
from channels.settings import DoorSettings, TextingSettings
from dialer.exchange import DialerSettings
from dialer.trunk import Trunk
from ivr.settings import HotlineSettings
from service.asterisk import AsteriskSettings
from service.sections import CommunicationSettings, MetricsSettings, Section, StoreSettings, TownSettings
from service.staff_number import dialled_pattern
from store.errors import SettingsError
from tts.speech import SpeechSettings

AnySection = TypeVar("AnySection", bound=BaseModel)


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
    bounces: BouncesSettings = BouncesSettings()
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

    @field_validator("hotline")
    @classmethod
    def _staff_apart(cls, hotline: HotlineSettings, given: ValidationInfo) -> HotlineSettings:
        town: TownSettings = given.data.get("town") or TownSettings()
        pattern = dialled_pattern(hotline.staff_number, town.country)
        if pattern and re.fullmatch(pattern, town.phone):
            raise ValueError(
                "staff_number is town.phone, which people call: staff need a number of their own, or key 9"
            )
        return hotline

    @field_validator("inboxes")
    @classmethod
    def _distinct_inboxes(cls, inboxes: tuple[InboxSettings, ...]) -> tuple[InboxSettings, ...]:
        names = [inbox.name for inbox in inboxes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two of them have the name {twice[0]}")
        return inboxes

    @field_validator("bounces")
    @classmethod
    def _of_our_mail(cls, bounces: BouncesSettings, given: ValidationInfo) -> BouncesSettings:
        email: EmailSettings = given.data.get("email") or EmailSettings()
        if bounces.host and not email.host:
            raise ValueError("nothing can come back, for no e-mail is sent: set email.host")
        return bounces

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
                "bounces": _anchored(self.bounces, here),
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


def require_complete(settings: Settings) -> None:
    """Raises SettingsError where something is missing that a running service needs."""
    if not settings.town.name:
        raise SettingsError("town.name is missing", mend="write it into hlasatel.toml; see hlasatel.example.toml")
    if not settings.trunks:
        raise SettingsError("no trunk to call by", mend="add a [[trunks]] section to the settings")
