"""The append-only record of who agreed to what, and when they took it back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from store.people import Consent, ConsentAct, ConsentWay
from subscribers.fields import one_line

EVERYTHING = "all"


@dataclass(frozen=True)
class Proof:
    """How an agreement (or its withdrawal) came about.

    ``wording`` is the version of the text agreed to, such as ``import-1``; ``evidence`` is what shows it:
    a call's attempt id, an import's file name. Raises InputError for one that is empty or too long.
    """

    way: ConsentWay
    wording: str
    evidence: str

    def __post_init__(self) -> None:
        one_line(self.wording, "wording", 40)
        one_line(self.evidence, "evidence", 200)


async def record(
    session: AsyncSession, act: ConsentAct, subjects: Iterable[tuple[int, str]], proof: Proof, now: datetime
) -> None:
    """Add one record for each (subscriber id, subject)."""
    await record_each(session, act, ((subscriber_id, subject, proof) for subscriber_id, subject in subjects), now)


async def record_each(
    session: AsyncSession, act: ConsentAct, subjects: Iterable[tuple[int, str, Proof]], now: datetime
) -> None:
    """Add one record for each (subscriber id, subject, proof)."""
    rows: list[dict[str, Any]] = [
        {
            "subscriber_id": subscriber_id,
            "at": now,
            "act": act,
            "way": proof.way,
            "subject": subject,
            "wording": proof.wording,
            "evidence": proof.evidence,
        }
        for subscriber_id, subject, proof in subjects
    ]
    if rows:
        await session.execute(insert(Consent), rows)


def subject_of(topics: Collection[str], packages: Collection[int], refused: Collection[str]) -> str:
    """The whole of an agreement in words, such as ``voda, package 1, without uniky``."""
    return ", ".join(
        [
            *sorted(topics),
            *(f"package {number}" for number in sorted(packages)),
            *(f"without {code}" for code in sorted(refused)),
        ]
    )
