"""The doctor: looks at everything the service needs, each look on its own, and says what to mend."""

import asyncio
import contextlib
import shutil
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from channels.carriers import SmsSettings, idle_carrier
from channels.mail.mailbox import Mailbox
from channels.mailer import Mailer
from dialer.health import endpoint_states, registration_states, trouble_of
from dialer.link import AmiLink
from dialer.trunk import Trunk
from dialplans.names import ANNOUNCEMENT_CONTEXT
from service.current import current_store
from service.managed import ami_settings, managed_asterisk
from service.recordings import asterisk_writes, recordings_folder, write_and_remove
from service.settings import Settings, require_complete
from store.errors import AsteriskError, AsteriskUnsure, HlasatelError, SettingsError
from tts.engines.engine import Engine
from tts.prompts import render_prompts
from tts.speech import configured_engines, configured_library

LEAST_FREE_GIGABYTES = 1.0
# SQLite tells its time in whole seconds.
MOST_SKEW_SECONDS = 2.0
# Asterisk waits 2 s for an answer to OPTIONS (qualify_timeout).
TRUNK_SECONDS = 5.0
TRUNK_MEND = "see host, port, username and password of the trunk, and the firewall between"
RECORDINGS_MEND = (
    "Asterisk's user and ours both have to write there: give them a group in common, chgrp the folder to it, chmod 2770"
)
UNKNOWN_TRUNK = "restart it with the present settings; on your own Asterisk add the endpoint (hlasatel asterisk config)"


@dataclass(frozen=True)
class Finding:
    """``found`` says what is there; ``mend`` is empty where all is well."""

    what: str
    ok: bool
    found: str
    mend: str = ""


Look = Coroutine[Any, Any, list[Finding]]


async def examine(settings: Settings) -> list[Finding]:
    """Looks at settings, store, clock, engines, speech, disk, recordings, Asterisk, trunks, SMS, e-mail, bounces."""
    findings = await _look("settings", _complete(settings))
    findings += await _look("store", _store(settings))
    for engine in configured_engines(settings.speech):
        findings += await _look(f"engine {engine.name}", _engine(engine))
    findings += await _look("speech", _speech(settings))
    findings += [_disk(folder) for folder in _disks(settings)]
    if settings.hotline.answers:
        findings += await _look("recordings", _recordings(settings))
    findings += await _look("asterisk", _asterisk(settings))
    for section in settings.sms:
        findings += await _look(f"sms {section.name}", _carrier(section))
    if settings.email.host:
        findings += await _look("email", _email(settings))
    if settings.bounces.host:
        findings += await _look("bounces", _bounces(settings))
    return findings


async def _carrier(section: SmsSettings) -> list[Finding]:
    """It could carry messages now; none is sent."""
    carrier = idle_carrier(section)
    try:
        return [Finding(f"sms {section.name}", ok=True, found=await carrier.check())]
    finally:
        await carrier.close()


async def _look(what: str, look: Look) -> list[Finding]:
    try:
        return await look
    except HlasatelError as error:
        return [Finding(what, ok=False, found=error.what, mend=error.mend)]
    except OSError as error:
        found = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return [Finding(what, ok=False, found=found, mend="see its owner, its rights and the settings")]


async def _complete(settings: Settings) -> list[Finding]:
    require_complete(settings)
    return [Finding("settings", ok=True, found=f"{settings.town.name}, {len(settings.trunks)} trunk(s)")]


async def _email(settings: Settings) -> list[Finding]:
    return [Finding("email", ok=True, found=await Mailer(settings.email).check())]


async def _bounces(settings: Settings) -> list[Finding]:
    box = Mailbox(settings.bounces)
    try:
        await asyncio.to_thread(box.open)
        where = f"{settings.bounces.folder} at {settings.bounces.host}"
        return [Finding("bounces", ok=True, found=f"{box.messages} messages in {where}")]
    finally:
        await asyncio.to_thread(box.close)


async def _store(settings: Settings) -> list[Finding]:
    async with current_store(settings.store) as store, store.reading() as session:
        there = await session.scalar(select(func.current_timestamp()))
    clock = there if isinstance(there, datetime) else datetime.fromisoformat(str(there))
    skew = abs((datetime.now(UTC) - (clock if clock.tzinfo else clock.replace(tzinfo=UTC))).total_seconds())
    mend = "" if skew < MOST_SKEW_SECONDS else "synchronise the clocks (NTP)"
    return [
        Finding("store", ok=True, found=store.engine.dialect.name),
        Finding("clock", ok=not mend, found=f"differs from the store's by {skew:.1f} s", mend=mend),
    ]


async def _engine(engine: Engine) -> list[Finding]:
    mend = await engine.missing() or ""
    if mend and engine.optional:
        return []
    found = "missing" if mend else f"speaks {', '.join(sorted(engine.languages))}"
    return [Finding(f"engine {engine.name}", ok=not mend, found=found, mend=mend)]


async def _speech(settings: Settings) -> list[Finding]:
    """Renders what the service renders at its start, unless it is there."""
    library, language = configured_library(settings.speech), settings.town.language
    prompts = await render_prompts(library, language, {"town": settings.town.name})
    return [Finding("speech", ok=True, found=f"{len(prompts)} prompts in {language} at {library.folder}")]


def _disks(settings: Settings) -> list[Path]:
    """A folder on each disk that the store, the library and what callers say are on."""
    recordings = settings.hotline.recordings / "here" if settings.hotline.answers else None
    places = [place for place in (settings.speech.library, settings.store.file, recordings) if place is not None]
    folders = [next(parent for parent in place.parents if parent.exists()) for place in places]
    return list({folder.stat().st_dev: folder for folder in folders}.values())


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free / 1e9
    enough = free >= LEAST_FREE_GIGABYTES
    return Finding("disk", enough, f"{free:.1f} GB free at {folder}", "" if enough else "free some space")


async def _recordings(settings: Settings) -> list[Finding]:
    """What the service needs of the folder itself; Asterisk is asked when it is there."""
    folder = recordings_folder(settings.hotline)
    write_and_remove(folder)
    return [Finding("recordings", ok=True, found=f"we can read and remove at {folder}")]


async def _recorded(link: AmiLink, settings: Settings) -> list[Finding]:
    """A call of nobody to nobody, which writes a file: Asterisk may run as another user, or in a container."""
    folder = recordings_folder(settings.hotline)
    ok = await asterisk_writes(link, folder)
    found = f"Asterisk {'writes' if ok else 'does not write'} at {folder}"
    return [Finding("recording", ok=ok, found=found, mend="" if ok else RECORDINGS_MEND)]


async def _asterisk(settings: Settings) -> list[Finding]:
    """The link, the dialplan, and every trunk. Starts our managed Asterisk for the look where it does not run."""
    async with managed_asterisk(settings):
        link = AmiLink(ami_settings(settings))
        try:
            await link.start()
            host = f"{settings.asterisk.ami_host}:{settings.asterisk.ami_port}"
            answer = await link.action("CoreSettings", {})
            found = Finding("asterisk", ok=True, found=f"{answer.get('asteriskversion', '?')} at {host}")
            looks = [_look("dialplan", _dialplan(link))]
            if settings.hotline.answers:
                looks.append(_look("recording", _recorded(link, settings)))
            looks += [_look(f"trunk {trunk.name}", _trunk(link, trunk)) for trunk in settings.trunks]
            return [found, *(one for findings in await asyncio.gather(*looks) for one in findings)]
        finally:
            await link.close()


async def _dialplan(link: AmiLink) -> list[Finding]:
    extensions = await link.listing("ShowDialPlan")
    if any(extension.get("context") == ANNOUNCEMENT_CONTEXT for extension in extensions):
        return [Finding("dialplan", ok=True, found=ANNOUNCEMENT_CONTEXT)]
    raise SettingsError(
        f"Asterisk has no context {ANNOUNCEMENT_CONTEXT}",
        mend="#include extensions-hlasatel.conf in its extensions.conf (hlasatel asterisk config), then reload it",
    )


async def _trunk(link: AmiLink, trunk: Trunk) -> list[Finding]:
    """Its SIP peer answers the OPTIONS that we have Asterisk send now, and holds the registration of our account."""
    try:
        await link.action("PJSIPQualify", {"Endpoint": trunk.endpoint})
    except AsteriskUnsure:
        raise
    except AsteriskError as error:
        raise SettingsError(f"Asterisk does not know the trunk {trunk.name}", mend=UNKNOWN_TRUNK) from error
    trouble = await _lasting_trouble(link, trunk)
    account = ", account accepted" if trunk.username else ""
    found = trouble or f"{trunk.host}:{trunk.port} answers{account}"
    return [Finding(f"trunk {trunk.name}", ok=not trouble, found=found, mend=TRUNK_MEND if trouble else "")]


async def _lasting_trouble(link: AmiLink, trunk: Trunk) -> str:
    """What is still wrong when there was time for an answer."""
    trouble = "Asterisk does not tell"
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(TRUNK_SECONDS):
            while trouble := trouble_of(trunk, await endpoint_states(link, [trunk]), await registration_states(link)):
                await asyncio.sleep(0.2)
    return trouble
