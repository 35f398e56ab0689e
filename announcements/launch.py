"""Launch: check what was written, resolve the audience, render the text once, write the deliveries at once."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Insert, Integer, MetaData, Select, String, Table, exists, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateTable, DropTable

from announcements.audience import AudienceRule
from announcements.bodies import Bodies, bodies, check_given, check_parts
from announcements.correction import hold_original, replace_original
from announcements.parts import NO_SMS, SmsParts, count_parts
from announcements.personal import Wording, check_personal, worded
from announcements.plan import Mode, Plan
from announcements.reach import Reach, callable_people, count_reach, reached
from announcements.voicing import Told, keep_own, line_wordings, render_wordings
from announcements.ways import Ways
from store.database import Store
from store.errors import InputError
from store.states import AnnouncementState, Channel, DeliveryState, Pace, Priority
from store.work import Announcement, AnnouncementTopic, Delivery, Recipient
from subscribers.audit import Actor, note
from tts.library import Library, Rendering
from tts.text import check_text

TITLE_LETTERS = 60
USUAL_PLAN = Plan()
SPOKEN_ONLY = Bodies()
# Lives while a launch does, and only for it.
RESOLVED = Table(
    "resolved_audience",
    MetaData(),
    Column("subscriber_id", Integer, nullable=False),
    Column("channel", Delivery.channel.type, nullable=False),
    Column("address", String(254), nullable=False),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True)
class Draft:
    """An announcement as staff wrote it: a text to be spoken, or a recording. A text may have personal parts."""

    rule: AudienceRule
    text: str | None = None
    audio: Path | None = None
    title: str = ""
    language: str = "cs"
    pace: Pace = Pace.NORMAL
    priority: Priority = Priority.NORMAL
    not_before: datetime | None = None
    not_after: datetime | None = None
    plan: Plan = USUAL_PLAN
    # Wordings of the text channels; None: what is spoken, and the title as the subject.
    sms_text: str | None = None
    email_subject: str | None = None
    email_text: str | None = None


@dataclass(frozen=True)
class Prepared:
    """A checked draft with its rendering and reach: all that launch needs, nothing written yet."""

    draft: Draft
    # What everybody hears, or, where the text has personal parts, whoever is not known.
    rendering: Rendering
    reach: Reach
    ways: Ways
    bodies: Bodies = SPOKEN_ONLY
    # By line, where that is not what all hear.
    own: Mapping[str, Rendering] = field(default_factory=dict)
    # How many there are, made or not.
    renderings: int = 1
    sms: SmsParts = NO_SMS


async def prepare(
    store: Store,
    library: Library,
    draft: Draft,
    ways: Ways,
    now: datetime,
    *,
    spoken: Rendering | None = None,
    speak_all: bool = True,
    told: Told = lambda made, of: None,
) -> Prepared:
    """Check the draft, count whom it reaches, and render it if it is not ``spoken`` yet. Changes nothing in the store.

    ``speak_all``: personal parts too; else they are only counted. ``told`` hears how many of how many are made.

    Raises InputError for an empty or too long text, also an SMS that somebody's name makes too long, a window already
    past or an audience of nobody; SpeechError where no engine gives usable audio.
    """
    check_draft(draft, ways, now)
    async with store.reading() as session:
        reach = await count_reach(session, draft.rule, draft.plan, ways, now)
        wordings = await line_wordings(
            session, draft.text, draft.language, draft.pace, callable_people(draft.rule, draft.plan, ways, now)
        )
    if reach.people == 0:
        raise _no_audience(draft.rule, reach)
    said = bodies_of(draft, ways, reach)
    async with store.reading() as session:
        sms = await count_parts(session, said.sms_text, draft.language, reach, draft.rule, draft.plan, ways, now)
    if ways.sms is not None:
        check_parts(sms.most, ways.sms, given=bool(draft.sms_text), filled=" with the longest names filled in")
    rendering = spoken or await _render(library, draft)
    made = await render_wordings(library, wordings.values() if speak_all else (), draft.language, told)
    own = {line: made[one] for line, one in wordings.items() if one in made and made[one] != rendering}
    return Prepared(draft, rendering, reach, ways, said, own, len({_to_anybody(draft), *wordings.values()}), sms)


def bodies_of(draft: Draft, ways: Ways, reach: Reach) -> Bodies:
    """What it says on the channels that it goes by, or may come to. Raises InputError as ``bodies``."""
    used = {one.channel for one in reach.channels}
    if draft.plan.mode is Mode.ESCALATE:
        used |= ways.channels & set(draft.plan.channels)
    return bodies(
        text=draft.text,
        title=title_of(draft),
        sms_text=draft.sms_text,
        email_subject=draft.email_subject,
        email_text=draft.email_text,
        ways=ways,
        used=used,
    )


def _no_audience(rule: AudienceRule, reach: Reach) -> InputError:
    if rule.corrects:
        return InputError(
            f"nobody got announcement {rule.corrects[0]}, and nobody waits for it", mend="announce it anew"
        )
    return InputError(
        f"no audience: {reach.without_line} subscriber(s) concerned, none of them with a channel that leads there",
        mend="widen topics, places or ages; see: hlasatel announce --dry-run",
    )


def check_draft(draft: Draft, ways: Ways, now: datetime) -> None:
    """Raises InputError for what can be seen wrong without the store."""
    if (draft.text is None) == (draft.audio is None):
        raise InputError("an announcement is either a text or a recording", mend="give one of the two")
    if draft.text is not None:
        check_text(draft.text)
        check_personal(draft.text)
        check_text(_to_anybody(draft).filled().text)
    if any(ord(letter) < 32 for letter in draft.title) or len(draft.title) > 200:
        raise InputError("the title has control characters or over 200 letters", mend="give one short line")
    check_given(draft.sms_text, draft.email_subject, draft.email_text)
    for written in (draft.sms_text, draft.email_subject, draft.email_text):
        check_personal(written or "")
    if not ways.channels & set(draft.plan.channels):
        raise InputError(
            "no way out: no trunk to call by, and no adapter of a text channel", mend="add one: [[trunks]]"
        )
    if draft.not_after is not None and draft.not_after <= now:
        raise InputError(f"the window ended already at {draft.not_after.isoformat()}", mend="give a later --not-after")
    if draft.not_after is not None and draft.not_before is not None and draft.not_after <= draft.not_before:
        raise InputError("the window ends before it begins", mend="swap --not-before and --not-after")


async def launch(store: Store, prepared: Prepared, now: datetime, by: Actor | None = None) -> int:
    """Write the announcement and its deliveries in one transaction; running services start on it at once.

    Returns the announcement's id. Raises InputError as ``launch_within``.
    """
    async with store.writing() as session:
        announcement_id = await launch_within(session, prepared, now, by)
    await store.refresh_statistics()
    return announcement_id


async def launch_within(session: AsyncSession, prepared: Prepared, now: datetime, by: Actor | None = None) -> int:
    """The launch in the caller's transaction, with its entry in the audit trail where it is known who launches.

    A correction takes the place of its original in the same transaction. Returns the announcement's id. Raises
    InputError where nobody is left to be called, or somebody else has corrected the original meanwhile.
    """
    original = await hold_original(session, prepared.draft.rule)
    announcement = _announcement(prepared, now)
    session.add(announcement)
    await session.flush()
    async with _resolved(session, reached(prepared.draft.rule, prepared.draft.plan, prepared.ways, now)):
        await session.execute(_insert_deliveries(announcement, now))
        await session.execute(_insert_recipients(announcement))
        if prepared.own:
            await keep_own(session, announcement.id, prepared.own)
    if not await session.scalar(select(exists().where(Delivery.announcement_id == announcement.id))):
        raise InputError("no audience: since the count, everybody concerned has left", mend="look who is registered")
    if original is not None:
        await replace_original(session, original, now)
    if by is not None:
        await note(session, by, "launched", f"announcement {announcement.id}", now, details=announcement.title)
    return announcement.id


def _announcement(prepared: Prepared, now: datetime) -> Announcement:
    draft = prepared.draft
    waits = draft.not_before is not None and draft.not_before > now
    return Announcement(
        title=title_of(draft),
        text=draft.text,
        language=draft.language,
        priority=draft.priority,
        state=AnnouncementState.SCHEDULED if waits else AnnouncementState.RUNNING,
        audience=draft.rule.model_dump(mode="json"),
        rendering=prepared.rendering.key,
        message_seconds=prepared.rendering.seconds,
        plan=draft.plan.model_dump(mode="json"),
        sms_text=prepared.bodies.sms_text,
        email_subject=prepared.bodies.email_subject,
        email_text=prepared.bodies.email_text,
        personal=bool(prepared.own),
        corrects_id=draft.rule.corrects[0] if draft.rule.corrects else None,
        not_before=draft.not_before,
        not_after=draft.not_after,
        created_at=now,
        topics=[AnnouncementTopic(topic=code) for code in draft.rule.topics],
    )


def title_of(draft: Draft) -> str:
    """As it was given, or the first words."""
    if draft.title:
        return draft.title
    words = " ".join(_to_anybody(draft).filled().text.split()) or str(draft.audio and draft.audio.stem)
    return words if len(words) <= TITLE_LETTERS else words[: TITLE_LETTERS - 1].rsplit(" ", 1)[0] + "…"


@asynccontextmanager
async def _resolved(session: AsyncSession, audience: Select[int, Channel, str]) -> AsyncIterator[None]:
    """The audience in a table of its own, so that it is resolved once; a large town costs no memory here."""
    await session.execute(CreateTable(RESOLVED))
    await session.execute(insert(RESOLVED).from_select(["subscriber_id", "channel", "address"], audience))
    yield
    await session.execute(DropTable(RESOLVED))


def _insert_deliveries(announcement: Announcement, now: datetime) -> Insert:
    """One delivery an address."""
    due = max(announcement.not_before or now, now)
    values = {
        Delivery.announcement_id: literal(announcement.id),
        Delivery.channel: RESOLVED.c.channel,
        Delivery.address: RESOLVED.c.address,
        Delivery.priority: literal(announcement.priority, Delivery.priority.type),
        Delivery.state: literal(DeliveryState.QUEUED, Delivery.state.type),
        Delivery.due_at: literal(due, Delivery.due_at.type),
        Delivery.heard_seconds: literal(0.0),
        Delivery.confirmed: literal(False),
    }
    rows = select(*values.values()).distinct().order_by(RESOLVED.c.channel, RESOLVED.c.address)
    return insert(Delivery).from_select([column.key for column in values], rows)


def _insert_recipients(announcement: Announcement) -> Insert:
    """Each person's delivery is looked up by its unique key: as a join, SQLite would pair all with all."""
    delivery = (
        select(Delivery.id)
        .where(
            Delivery.announcement_id == announcement.id,
            Delivery.channel == RESOLVED.c.channel,
            Delivery.address == RESOLVED.c.address,
        )
        .scalar_subquery()
    )
    return insert(Recipient).from_select(["delivery_id", "subscriber_id"], select(delivery, RESOLVED.c.subscriber_id))


async def _render(library: Library, draft: Draft) -> Rendering:
    if draft.audio is not None:
        return await library.render_recording(draft.audio)
    return await library.at(draft.pace).render(_to_anybody(draft).filled().text, draft.language)


def _to_anybody(draft: Draft) -> Wording:
    return worded(draft.text or "", [], draft.language, draft.pace)
