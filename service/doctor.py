"""The doctor: looks at everything the service needs, each look on its own, and says what to mend."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from dialer.link import AmiLink
from dialer.trunk import Trunk
from service.managed import ami_settings, managed_asterisk
from service.settings import Settings
from store.database import opened
from store.errors import HlasatelError, SettingsError
from store.migrate import require_current
from tts.speech import configured_engines

LEAST_FREE_GIGABYTES = 1.0
MOST_SKEW_SECONDS = 2.0
TRUNK_SECONDS = 8.0


@dataclass(frozen=True)
class Finding:
    """``found`` says what is there; ``mend`` is empty where all is well."""

    what: str
    ok: bool
    found: str
    mend: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Looks at the settings, the store, its clock, the engines, the disk, Asterisk, and each trunk."""
    findings = [_complete(settings)]
    findings += await _look("store", lambda: _store(settings))
    for engine in configured_engines(settings.speech):
        missing = await engine.missing()
        findings.append(Finding(f"engine {engine.name}", missing is None, missing or "speaks", missing or ""))
    findings.append(_disk(settings.speech.library))
    findings += await _look("asterisk", lambda: _asterisk(settings))
    return findings


async def _look(what: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    try:
        return await look()
    except HlasatelError as error:
        return [Finding(what, ok=False, found=error.what, mend=error.mend)]


def _complete(settings: Settings) -> Finding:
    if not settings.town.name or not settings.trunks:
        lacking = "town.name" if not settings.town.name else "[[trunks]]"
        return Finding("settings", ok=False, found=f"no {lacking}", mend="see hlasatel.example.toml")
    return Finding("settings", ok=True, found=f"{settings.town.name}, {len(settings.trunks)} trunk(s)")


async def _store(settings: Settings) -> list[Finding]:
    async with opened(settings.store.url) as store:
        await require_current(store)
        async with store.reading() as session:
            there = await session.scalar(select(func.current_timestamp()))
    clock = there if isinstance(there, datetime) else datetime.fromisoformat(str(there))
    skew = abs((datetime.now(UTC) - (clock if clock.tzinfo else clock.replace(tzinfo=UTC))).total_seconds())
    mend = "" if skew < MOST_SKEW_SECONDS else "synchronise the clocks (NTP)"
    return [
        Finding("store", ok=True, found=store.engine.dialect.name),
        Finding("clock", ok=not mend, found=f"differs from the store's by {skew:.1f} s", mend=mend),
    ]


def _disk(library: Path) -> Finding:
    folder = next(parent for parent in (library, *library.parents) if parent.exists())
    free = shutil.disk_usage(folder).free / 1e9
    enough = free >= LEAST_FREE_GIGABYTES
    return Finding("disk", enough, f"{free:.1f} GB free at {folder}", "" if enough else "free some space")


async def _asterisk(settings: Settings) -> list[Finding]:
    """The link, and every trunk. Starts our managed Asterisk for the look where it does not run."""
    async with managed_asterisk(settings):
        link = AmiLink(ami_settings(settings))
        try:
            await link.start()
            host = f"{settings.asterisk.ami_host}:{settings.asterisk.ami_port}"
            answer = await link.action("CoreSettings", {})
            found = Finding("asterisk", ok=True, found=f"{answer.get('asteriskversion', '?')} at {host}")
            return [found, *await asyncio.gather(*(_trunk(link, trunk) for trunk in settings.trunks))]
        finally:
            await link.close()


async def _trunk(link: AmiLink, trunk: Trunk) -> Finding:
    """Reachable when its SIP peer answers OPTIONS (the contact's qualify)."""
    what = f"trunk {trunk.name}"
    try:
        async with asyncio.timeout(TRUNK_SECONDS):
            while (status := await _contact_status(link, trunk)) not in ("Reachable", "Unreachable", "NonQualified"):
                await asyncio.sleep(0.2)
    except TimeoutError:
        status = "Unreachable"
    ok = status != "Unreachable"
    mend = "" if ok else "see host and port of the trunk, and the firewall between"
    return Finding(what, ok, f"{trunk.host}:{trunk.port} {status.lower()}", mend)


async def _contact_status(link: AmiLink, trunk: Trunk) -> str:
    contacts = await link.listing("PJSIPShowContacts")
    for contact in contacts:
        if contact.get("aor") == trunk.endpoint:
            return str(contact.get("status", ""))
    raise SettingsError(
        f"Asterisk does not know the trunk {trunk.name}",
        mend="restart it with the present settings; on your own Asterisk add the endpoint (hlasatel asterisk config)",
    )
