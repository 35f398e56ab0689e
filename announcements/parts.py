"""In how many parts an announcement's SMS go: counted on what each mobile is sent, its people's names filled in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from announcements.addressees import people_at
from announcements.audience import AudienceRule
from announcements.personal import Addressee, personal_text
from announcements.plan import Plan
from announcements.reach import Reach, ever_texted_people, texted_people
from announcements.ways import Ways
from store.states import Channel
from tts.template import placeholders


@dataclass(frozen=True)
class SmsParts:
    """``at_first``: messages that go at first, by their parts; ``most``: parts of the longest that may go at all."""

    at_first: Mapping[int, int] = field(default_factory=dict)
    most: int = 0

    @property
    def total(self) -> int:
        return sum(parts * messages for parts, messages in self.at_first.items())


NO_SMS = SmsParts()


async def count_parts(
    session: AsyncSession,
    text: str | None,
    language: str,
    reach: Reach,
    rule: AudienceRule,
    plan: Plan,
    ways: Ways,
    now: datetime,
) -> SmsParts:
    """``text``: what the SMS says, with its placeholders; ``reach`` is that of rule and plan.

    Of those who share a mobile some may have the announcement before it comes to the SMS, so each is counted by
    themselves, too.
    """
    way = ways.sms
    if way is None or not text:
        return NO_SMS
    if not placeholders(text):
        messages = sum(one.addresses for one in reach.channels if one.channel is Channel.SMS)
        parts = way.parts_of(text)
        return SmsParts({parts: messages} if messages else {}, parts)

    def parts_for(people: Sequence[Addressee]) -> int:
        return way.parts_of(personal_text(text, people, language))

    at_first = await people_at(session, texted_people(rule, plan, ways, now))
    ever = await people_at(session, ever_texted_people(rule, plan, ways, now))
    by_parts = Counter(map(parts_for, at_first.values()))
    longest = [parts_for(some) for people in ever.values() for some in (people, *([one] for one in people))]
    return SmsParts(dict(sorted(by_parts.items())), max([*by_parts, *longest], default=0))
