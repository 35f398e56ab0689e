"""Staff, called back: who it is, what they say, to whom, how urgent; then it is launched, or waits for approval."""

from dataclasses import dataclass, field
from enum import Enum, auto

from announcements.dictation import Dictated, Subject, subjects, town_parts
from announcements.drafts import launch_as, save_draft
from announcements.launch import Draft, Prepared, prepare
from announcements.staff import Rights, launches_approved, may_launch
from ivr.call import Call
from ivr.leg import HungUp
from ivr.staff_pin import known_staff
from ivr.steps import Back, Menu, Pick, Record, Say, Stuck
from store.errors import InputError
from store.states import Priority
from subscribers.audit import Actor

# Unusable ones, one after another.
MOST_RECORDINGS = 3


class After(Enum):
    """What one wants after hearing oneself."""

    GO_ON = auto()
    SAY_AGAIN = auto()
    LISTEN_AGAIN = auto()


class Do(Enum):
    """What becomes of it."""

    LAUNCH = auto()
    HAND_OVER = auto()
    CANCEL = auto()


MESSAGE = Record("staff.message", most_seconds=300)
NOTHING_SAID = Say("staff.nothing_said")
UNUSABLE = Say("staff.unusable")
YOURS = Say("staff.yours")
HEARD = Menu("staff.heard", {"1": After.GO_ON, "2": After.SAY_AGAIN, "3": After.LISTEN_AGAIN})
ABOUT = Pick("staff.about")
WHOLE_TOWN = Menu("staff.whole_town", {"1": True, "2": False})
PART = Pick("staff.part")
ENOUGH = Menu("staff.enough", {"1": True, "2": False})
URGENCY = {
    Priority.URGENT: Menu("staff.up_to_urgent", {"1": Priority.URGENT, "2": Priority.NORMAL}),
    Priority.CRISIS: Menu("staff.up_to_crisis", {"1": Priority.CRISIS, "2": Priority.URGENT, "3": Priority.NORMAL}),
}
NOBODY = Say("staff.nobody")
LAUNCH = Menu("staff.launch", {"1": Do.LAUNCH, "2": Do.HAND_OVER, "3": Do.CANCEL})
DRAFT = Menu("staff.draft", {"1": Do.HAND_OVER, "2": Do.CANCEL})
LAUNCHED = Say("staff.launched")
HANDED_OVER = Say("staff.handed_over")
CANCELLED = Say("staff.cancelled")


@dataclass
class Desktop:
    """One call's work: who speaks, and what they have said and chosen."""

    by: Actor
    rights: Rights
    dictated: Dictated = field(default_factory=Dictated)


async def staff_desk(call: Call) -> None:
    """Staff, called back: an announcement by voice."""
    by, rights = await known_staff(call)
    work = Desktop(by, rights)
    step, asked = 0, []
    while True:
        try:
            if await STEPS[step](call, work):
                asked.append(step)
            step += 1
        except Back:
            step = asked.pop() if asked else 0


async def _record(call: Call, work: Desktop) -> bool:
    """Till they like what they hear."""
    choice = After.SAY_AGAIN
    while choice is not After.GO_ON:
        if choice is After.SAY_AGAIN:
            await _take_down(call, work)
        assert work.dictated.rendering is not None
        await call.say(YOURS)
        await call.tell(work.dictated.rendering.path)
        choice = await call.choose(HEARD)
    return True


async def _take_down(call: Call, work: Desktop) -> None:
    for _ in range(MOST_RECORDINGS):
        recording = await call.record(MESSAGE)
        if recording is None:
            await call.say(NOTHING_SAID)
            continue
        try:
            if recording.hung_up:
                raise HungUp
            work.dictated.rendering = await call.desk.library.render_recording(recording.file)
        except InputError:
            await call.say(UNUSABLE)
        else:
            return
        finally:
            recording.file.unlink(missing_ok=True)  # what is of use is in the library
    raise Stuck


async def _about(call: Call, work: Desktop) -> bool:
    async with call.desk.store.reading() as session:
        offered = await subjects(session, work.rights)
    if len(offered) == 1:
        work.dictated.subject = offered[0]
        return False
    work.dictated.subject = await call.pick(ABOUT, offered, _name)
    return True


async def _where(call: Call, work: Desktop) -> bool:
    work.dictated.parts = []
    async with call.desk.store.reading() as session:
        parts = await town_parts(session)
    if len(parts) < 2:
        return False
    if await call.choose(WHOLE_TOWN):
        return True
    while left := [part for part in parts if part not in work.dictated.parts]:
        work.dictated.parts.append(await call.pick(PART, left, lambda part: part.name))
        if await call.choose(ENOUGH):
            break
    return True


async def _how_urgent(call: Call, work: Desktop) -> bool:
    menu = URGENCY.get(work.rights.most_urgent)
    if menu is None:
        return False
    work.dictated.priority = await call.choose(menu)
    return True


async def _decide(call: Call, work: Desktop) -> bool:
    """Whom it reaches is told before anybody is called. Who hangs up here leaves it for somebody to approve."""
    prepared = await _prepared(call, work)
    draft = prepared.draft
    allowed = await _may_launch(call, work.by, draft)
    try:
        choice = await call.choose(LAUNCH if allowed else DRAFT, **_summary(call, work, prepared))
    except HungUp:
        await _hand_over(call, work, prepared)
        raise
    except Stuck:
        choice = Do.HAND_OVER
    match choice:
        case Do.LAUNCH:
            await call.end(LAUNCHED, number=str(await launch_as(call.desk.store, prepared, work.by, call.desk.now)))
        case Do.HAND_OVER:
            await call.end(HANDED_OVER, number=str(await _hand_over(call, work, prepared)))
        case Do.CANCEL:
            await call.end(CANCELLED)


STEPS = (_record, _about, _where, _how_urgent, _decide)


async def _prepared(call: Call, work: Desktop) -> Prepared:
    """Raises Back where nobody would be called."""
    desk, spoken = call.desk, work.dictated.rendering
    assert spoken is not None
    draft = work.dictated.draft(spoken.path, desk.language, _title(call, work), _notice(call, work))
    try:
        return await prepare(desk.store, desk.library, draft, desk.ways, desk.now, spoken=spoken)
    except InputError:
        await call.say(NOBODY)
        raise Back from None


async def _hand_over(call: Call, work: Desktop, prepared: Prepared) -> int:
    async with call.desk.store.writing() as session:
        return await save_draft(session, prepared, work.by, call.desk.now)


async def _may_launch(call: Call, by: Actor, draft: Draft) -> bool:
    """A crisis waits for nobody, whatever the communication manual wants for its topic."""
    topics, priority = draft.rule.topics, draft.priority
    approval = priority is not Priority.CRISIS and call.desk.manual.needs_approval(topics)
    async with call.desk.store.reading() as session:
        approved = not approval or await launches_approved(session, by, topics, priority)
        return approved and await may_launch(session, by, topics, priority)


def _summary(call: Call, work: Desktop, prepared: Prepared) -> dict[str, str]:
    return {
        "urgency": _word(call, call.language, work.dictated.priority.name.lower()),
        "about": _name(work.dictated.subject),
        "place": _place(call, call.language, work),
        "people": str(prepared.reach.people),
    }


def _title(call: Call, work: Desktop) -> str:
    return f"{_name(work.dictated.subject)}, {_place(call, call.desk.language, work)}"


def _notice(call: Call, work: Desktop) -> str | None:
    """Whoever gets texts is told to ring the town, where announcements are read."""
    desk = call.desk
    values = {
        "about": _name(work.dictated.subject),
        "place": _place(call, desk.language, work),
        "phone": desk.town_phone,
    }
    return _word(call, desk.language, "spoken_announcement").format_map(values) if desk.town_phone else None


def _place(call: Call, language: str, work: Desktop) -> str:
    return ", ".join(part.name for part in work.dictated.parts) or _word(call, language, "whole_town")


def _word(call: Call, language: str, key: str) -> str:
    return call.desk.prompts[language].text(f"words.{key}")


def _name(subject: Subject | None) -> str:
    assert subject is not None
    return subject.name
