"""The sounds of an announcement: one for all, or one for each distinct wording that its lines hear."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

import structlog
from sqlalchemy import Select, insert
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.addressees import people_at
from announcements.personal import Wording, worded
from store.errors import InputError, SpeechError
from store.states import Pace
from store.work import LineRendering
from tts.library import Library, Rendering
from tts.template import placeholders

log = structlog.get_logger(__name__)

# Texts asked of the library at once; it makes but a few of them at a time.
AT_ONCE = 100

Told = Callable[[int, int], None]


async def line_wordings(
    session: AsyncSession, text: str | None, language: str, pace: Pace, called: Select[int, str]
) -> Mapping[str, Wording]:
    """By line, what those on it hear, where that may not be what all hear; ``called``: (subscriber, address)."""
    if not text:
        return {}
    # Where all hear the same words, only who wants them slowly hears something else.
    people = await people_at(session, called, slow_only=not placeholders(text))
    return {line: worded(text, sharing, language, pace) for line, sharing in people.items()}


async def render_wordings(
    library: Library, wordings: Iterable[Wording], language: str, told: Told
) -> Mapping[Wording, Rendering]:
    """Each distinct wording once; ``told`` hears how many of how many were tried.

    One that cannot be spoken is left out, with a warning: nobody shall miss a message for the sake of one name.
    """
    distinct = list(dict.fromkeys(wordings))
    made: dict[Wording, Rendering] = {}
    for start in range(0, len(distinct), AT_ONCE):
        some = distinct[start : start + AT_ONCE]
        sounds = await asyncio.gather(*(_rendered(library, one, language) for one in some))
        made |= {one: sound for one, sound in zip(some, sounds, strict=True) if sound is not None}
        told(start + len(some), len(distinct))
    return made


async def _rendered(library: Library, wording: Wording, language: str) -> Rendering | None:
    try:
        return await library.at(wording.pace).render_filled(wording.template, dict(wording.values), language)
    except (SpeechError, InputError) as error:
        log.warning("personal_part_not_spoken", reason=error.what, mend="see the names and streets of subscribers")
        return None


async def keep_own(session: AsyncSession, announcement_id: int, own: Mapping[str, Rendering]) -> None:
    """``own``: by line, what it hears of the announcement."""
    columns = ("announcement_id", "address", "rendering", "message_seconds")
    rows = ((announcement_id, line, sound.key, sound.seconds) for line, sound in own.items())
    await session.execute(insert(LineRendering), [dict(zip(columns, row, strict=True)) for row in rows])
