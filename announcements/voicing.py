"""The sounds of an announcement: one for all, or one for each distinct wording that its lines hear."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

import structlog
from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.personal import Addressee, Wording, worded
from store.errors import InputError, SpeechError
from store.people import Street, Subscriber, TownPart
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
    people: dict[str, list[Addressee]] = {}
    for row in await session.execute(_people(called, alike=not placeholders(text))) if text else ():
        one = Addressee(row.name, row.street or "", row.house_number or "", row.part or "", row.pace)
        people.setdefault(row.address, []).append(one)
    return {line: worded(text or "", sharing, language, pace) for line, sharing in people.items()}


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


def _people(called: Select[int, str], *, alike: bool) -> Select[str, str, str | None, str | None, str | None, Pace]:
    """``alike``: all hear the same words, so only those who want them slowly."""
    reached = called.subquery()
    found = (
        select(
            reached.c.address,
            Subscriber.name,
            Street.name.label("street"),
            Subscriber.house_number,
            TownPart.name.label("part"),
            Subscriber.pace,
        )
        .join(Subscriber, Subscriber.id == reached.c.subscriber_id)
        .join(Street, Street.id == Subscriber.street_id, isouter=True)
        .join(TownPart, TownPart.id == Subscriber.town_part_id, isouter=True)
        .order_by(reached.c.address, Subscriber.id)
    )
    return found.where(Subscriber.pace == Pace.SLOW) if alike else found
