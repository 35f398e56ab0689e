"""An audience rule in words, for whoever has to judge it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.audience import AudienceRule, StreetSpan
from store.people import TownPart


async def rule_in_words(session: AsyncSession, rule: AudienceRule) -> str:
    """Such as ``voda; Butovice, Tyršova:1-20; from 60 years``."""
    parts = await session.scalars(select(TownPart.name).where(TownPart.id.in_(rule.town_parts)).order_by(TownPart.name))
    places = [*parts, *(_span(span) for span in rule.streets)]
    narrower = [
        ", ".join(places) or "the whole town",
        *([f"from {rule.age_from} years"] if rule.age_from is not None else []),
        *([f"up to {rule.age_to} years"] if rule.age_to is not None else []),
        *([f"speaks {rule.language}"] if rule.language else []),
        *(f"group {name}" for name in rule.groups),
        *([f"heard announcement {', '.join(map(str, rule.corrects))}"] if rule.corrects else []),
    ]
    return "; ".join([", ".join(rule.topics), *narrower])


def _span(span: StreetSpan) -> str:
    if span.first is None and span.last is None:
        return span.name
    if span.first == span.last:
        return f"{span.name}:{span.first}"
    return f"{span.name}:{span.first or ''}-{span.last or ''}"
