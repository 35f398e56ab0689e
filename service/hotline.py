"""The town's number: its desk, its prompts rendered ahead, and what the dialplan has to know of it."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import phonenumbers
import structlog

from announcements.windows import Calendar, WindowSettings, public_holidays
from dialer.link import AmiLink
from dialplans import names
from ivr.callback import CallbackCalls, ring_back
from ivr.desk import Desk, Office, Sounds
from ivr.foreseen import WORDINGS, foreseen
from ivr.reception import AWAY, Reception
from ivr.roots import dialogue_prompts
from ivr.server import Handler
from service.guide import load_guide
from service.managed import ami_settings
from service.recordings import recordings_folder
from service.settings import Settings
from service.staff_number import dialled_pattern
from store.database import Store
from store.errors import AsteriskError, AsteriskUnsure
from store.states import Pace
from store.tasks import for_ever
from tts.library import Library, Rendering
from tts.prompts import Prompts

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 300.0
# The last one lets callers in, so all else is there before.
TOLD = (
    names.HOTLINE_TOKEN,
    names.APOLOGY,
    names.RING_SECONDS,
    names.STAFF_LINE,
    names.HOTLINE,
)


@dataclass(frozen=True)
class Hotline:
    """``kept``: renderings that no sweep may take; filled as they are made."""

    desk: Desk
    reception: Reception
    callbacks: CallbackCalls
    token: str
    kept: list[Rendering]
    # Of the staff's own number; see dialled_pattern.
    staff_line: str = ""

    @property
    def routes(self) -> Mapping[str, Handler]:
        """Handlers by path of the FastAGI server."""
        return {names.HOTLINE_ROUTE: self.reception.handle, names.CALLBACK_ROUTE: self.callbacks.handle}

    async def introduce(self, link: AmiLink, agi_url: str) -> None:
        """Tell the dialplan, by global variables; an Asterisk that has started anew has forgotten them.

        Where callers are not answered, it forgets what an earlier run has told. Raises SpeechError where not even the
        apology can be spoken, and as ``link.action``.
        """
        told = await self._answering(agi_url) if self.desk.settings.answers else dict.fromkeys(TOLD, "")
        for name in TOLD:
            await link.action("Setvar", {"Variable": name, "Value": told[name]}, greets=True)
        await _keep_apology(link)

    async def _answering(self, agi_url: str) -> dict[str, str]:
        apology = await self.desk.prompts[self.desk.language].sound(AWAY)
        return {
            names.HOTLINE_TOKEN: self.token,
            names.APOLOGY: str(apology),
            names.RING_SECONDS: str(self.desk.settings.ring_back_seconds or ""),
            names.STAFF_LINE: self.staff_line,
            names.HOTLINE: f"{agi_url}/{names.HOTLINE_ROUTE}",
        }

    async def render_ahead(self) -> None:
        """For ever, so that nobody waits for a prompt: until it is there, it is made when needed.

        Again and again, for that marks them as used: a sweep by hand takes others first.
        """
        await for_ever(self._render, AGAIN_SECONDS, "prompts cannot be rendered yet")

    async def _render(self) -> None:
        known = {one.key: one for one in [*self.kept, *await render_dialogues(self.desk)]}
        self.kept[:] = known.values()


async def _keep_apology(link: AmiLink) -> None:
    """A call of nobody to nobody, which has Asterisk keep it. Where that is refused, the next start forgets it."""
    call = {"Channel": f"Local/s@{names.KEEP_CONTEXT}/n", "Application": "Hangup", "Async": "true"}
    try:
        await link.action("Originate", call, greets=True)
    except AsteriskUnsure:
        raise
    except AsteriskError as error:
        log.warning("asterisk does not keep the apology", error=str(error))


async def render_dialogues(desk: Desk) -> list[Rendering]:
    """All that callers may hear, as far as it can be known: first at the usual pace, then slowly.

    Raises SettingsError, SpeechError or StoreError.
    """
    keys = [*dialogue_prompts(), *WORDINGS]
    values = {language: await foreseen(desk, language) for language in desk.prompts}
    return [
        made
        for pace in Pace
        for language, prompts in desk.prompts.items()
        async for made in prompts.render_ahead(keys, values[language], pace)
    ]


def make_hotline(
    settings: Settings, store: Store, library: Library, kept: list[Rendering], clock: Callable[[], datetime]
) -> Hotline:
    """Raises SettingsError for a language without prompts and for a folder that Asterisk could not name."""
    desk = make_desk(settings, store, library, clock)
    token = _token(settings)
    reception = Reception(desk, token, partial(ring_back, desk))
    staff_line = dialled_pattern(settings.hotline.staff_number, settings.town.country)
    return Hotline(desk, reception, CallbackCalls(desk), token, kept, staff_line)


def make_desk(settings: Settings, store: Store, library: Library, clock: Callable[[], datetime]) -> Desk:
    """Raises SettingsError, as ``make_hotline``."""
    return Desk(
        store=store,
        library=library,
        prompts=make_prompts(settings, library),
        language=settings.town.language,
        country=settings.town.country,
        zone=settings.town.zone,
        clock=clock,
        sounds=Sounds.of(library),
        office=_office(settings),
        heard_share=settings.dialer.heard_share,
        recordings=recordings_folder(settings.hotline),
        settings=settings.hotline,
        ways=settings.ways,
        callbacks=settings.hotline.callbacks,
        manual=load_guide(settings).manual,
        town_phone=settings.town.phone,
    )


def make_prompts(settings: Settings, library: Library) -> dict[str, Prompts]:
    """By language, the town's own first. Raises SettingsError for one without prompts."""
    languages = dict.fromkeys((settings.town.language, *settings.hotline.languages))
    return {language: _prompts(settings, library, language) for language in languages}


def _prompts(settings: Settings, library: Library, language: str) -> Prompts:
    prompts = Prompts(library, language, {"town": settings.town.name})
    phone = settings.hotline.office_phone or settings.town.phone
    words = prompts.text("words.office_phone").format(phone=_spoken(phone)) if phone else prompts.text("words.office")
    return prompts.knowing(office=words)


def _spoken(number: str) -> str:
    """As people write it at home, so that it is read in groups."""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)


def _office(settings: Settings) -> Office:
    hotline = settings.hotline
    week = WindowSettings(urgent=hotline.office_hours, normal=hotline.office_hours)
    calendar = Calendar(week, settings.town.zone, public_holidays(settings.town.country))
    trunk = hotline.office_trunk or settings.trunks[0].name
    return Office(hotline.office_extension, trunk, hotline.office_ring_seconds, calendar)


def _token(settings: Settings) -> str:
    """Made of the secret that this service and its Asterisk share, so that it outlives a restart of either."""
    secret = ami_settings(settings).secret.get_secret_value()
    return hmac.new(secret.encode(), b"hotline", hashlib.sha256).hexdigest()
