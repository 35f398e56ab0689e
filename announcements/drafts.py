"""Drafts: announcements that wait for approval. An approved one is launched in the same transaction, so only once."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.launch import Draft, Prepared, launch_within, prepare, title_of
from announcements.reach import Reach, count_reach
from announcements.staff import may_approve, may_draft, may_launch
from announcements.ways import Ways
from store.database import Store
from store.errors import InputError
from store.staff import SavedDraft
from store.states import DRAFT_MOVES, DraftState, move
from subscribers.audit import Actor, note
from subscribers.fields import one_line
from subscribers.topics import find_topics
from tts.library import Library

REASON_LENGTH = 500
_WRITTEN = TypeAdapter(Draft)


async def launch_as(store: Store, prepared: Prepared, by: Actor, now: datetime) -> int:
    """Launch in the name of ``by``, without anybody's approval. Returns the announcement's id.

    Raises InputError where they may not, and as ``launch_within``.
    """
    draft = prepared.draft
    async with store.writing() as session:
        if not await may_launch(session, by, draft.rule.topics, draft.priority):
            raise InputError(f"{by.name} may not launch this", mend="hand it over for approval: --draft")
        announcement_id = await launch_within(session, prepared, now, by)
    await store.refresh_statistics()
    return announcement_id


async def save_draft(session: AsyncSession, prepared: Prepared, by: Actor, now: datetime) -> int:
    """Keep a prepared announcement for approval. Returns the draft's id.

    Raises InputError where ``by`` may not draft.
    """
    if not await may_draft(session, by):
        raise InputError(f"{by.name} may not draft announcements", mend="see: hlasatel staff list")
    draft = prepared.draft
    saved = SavedDraft(
        state=DraftState.DRAFTED,
        title=title_of(draft),
        priority=draft.priority,
        written=_WRITTEN.dump_python(draft, mode="json"),
        rendering=prepared.rendering.key,
        message_seconds=prepared.rendering.seconds,
        author_id=by.staff_id,
        author=by.name,
        created_at=now,
        reason="",
    )
    session.add(saved)
    await session.flush()
    await note(session, by, "drafted", _named(saved.id), now, details=saved.title)
    return saved.id


def written(saved: SavedDraft) -> Draft:
    return _WRITTEN.validate_python(saved.written)


async def drafts(session: AsyncSession, *, decided: bool = False) -> Sequence[SavedDraft]:
    """Those that wait, oldest first; with ``decided`` the others too."""
    query = select(SavedDraft).order_by(SavedDraft.id)
    if not decided:
        query = query.where(SavedDraft.state == DraftState.DRAFTED)
    return (await session.scalars(query)).all()


async def find_draft(session: AsyncSession, draft_id: int) -> SavedDraft:
    """Raises InputError for an unknown id."""
    saved = await session.get(SavedDraft, draft_id)
    if saved is None:
        raise InputError(f"no draft {draft_id}", mend="see: hlasatel drafts list --all")
    return saved


async def reach_of(session: AsyncSession, saved: SavedDraft, ways: Ways, now: datetime) -> Reach:
    """Whom it would reach by now."""
    draft = written(saved)
    return await count_reach(session, draft.rule, draft.plan, ways, now)


async def approve(store: Store, library: Library, draft_id: int, by: Actor, ways: Ways, now: datetime) -> int:
    """Launch a draft with the very sound that was listened to. Returns the announcement's id.

    Raises InputError for an unknown or decided draft, where ``by`` may not approve it, and where it cannot be launched
    any more (its window is over, a topic is no longer offered, nobody is left to be called); SpeechError where its
    rendering is gone.
    """
    async with store.reading() as session:
        saved = await find_draft(session, draft_id)
        draft = written(saved)
        await find_topics(session, draft.rule.topics)
    prepared = await prepare(store, library, draft, ways, now, spoken=await library.again(saved.rendering))
    async with store.writing() as session:
        held = await _hold(session, draft_id)
        if not await may_approve(session, by, held.author_id, draft.rule.topics, draft.priority):
            raise InputError(
                f"{by.name} may not approve draft {draft_id}",
                mend="somebody else than its author has to, who may approve its topics and priority",
            )
        announcement_id = await launch_within(session, prepared, now, by)
        _decide(held, DraftState.APPROVED, by, now)
        held.announcement_id = announcement_id
        await note(session, by, "approved", _named(draft_id), now, details=f"announcement {announcement_id}")
    await store.refresh_statistics()
    return announcement_id


async def reject(session: AsyncSession, draft_id: int, by: Actor, reason: str, now: datetime) -> SavedDraft:
    """Nobody is called with it. Its author may take it back, too.

    Raises InputError for an unknown or decided draft, an empty reason, and where ``by`` may not.
    """
    reason = one_line(reason, "reason", REASON_LENGTH)
    held = await _hold(session, draft_id)
    draft = written(held)
    own = by.staff_id is not None and by.staff_id == held.author_id
    if not own and not await may_approve(session, by, held.author_id, draft.rule.topics, draft.priority):
        raise InputError(f"{by.name} may not reject draft {draft_id}", mend="see: hlasatel staff list")
    _decide(held, DraftState.REJECTED, by, now)
    held.reason = reason
    await note(session, by, "rejected", _named(draft_id), now, details=reason)
    return held


def _decide(held: SavedDraft, state: DraftState, by: Actor, now: datetime) -> None:
    move(held, state, DRAFT_MOVES)
    held.decided_at = now
    held.decided_by = by.name


async def _hold(session: AsyncSession, draft_id: int) -> SavedDraft:
    """As it is now; nobody else decides about it meanwhile. Raises InputError for one that is decided."""
    saved = await find_draft(session, draft_id)
    await session.refresh(saved, with_for_update=True)
    if saved.state is not DraftState.DRAFTED:
        raise InputError(f"draft {draft_id} is {saved.state} already, by {saved.decided_by}")
    return saved


def _named(draft_id: int) -> str:
    return f"draft {draft_id}"
