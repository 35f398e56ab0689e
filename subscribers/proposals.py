"""What a caller asks for in the name of a number: kept aside, and done when the number has proved that it is theirs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.callers import Proposal, ProposalKind, RequestReason
from store.errors import InputError
from store.people import ConsentWay
from store.staff import Way
from store.states import PROPOSAL_MOVES, ProposalState, move
from subscribers.audit import Actor, note
from subscribers.consent import Proof
from subscribers.known import person_of, set_pin
from subscribers.person import Field, Person
from subscribers.phones import mask
from subscribers.registration import amend, leave_packages, register, unsubscribe
from subscribers.requests import put_request, settle_requests
from subscribers.topics import find_packages
from subscribers.turns import take_turn

# Of one number at a time: nobody confirms more by keys.
MOST_WAITING = 3
_PEOPLE = TypeAdapter(Person)


class TooManyProposals(InputError):
    """Nobody confirms more by keys; nothing was changed."""


@dataclass(frozen=True)
class Asked:
    """The call in which something is asked, in whose name, and the version of the wording that was heard."""

    call_id: str
    number: str
    wording: str


async def propose_registration(
    session: AsyncSession, person: Person, asked: Asked, now: datetime, *, recording: str | None = None
) -> Proposal:
    """``recording``: file of the spoken name, for a clerk to write it down.

    Raises TooManyProposals where too much waits for this number's proof already; so do all that propose.
    """
    content = {"person": to_json(person), "recording": recording}
    return await _propose(session, ProposalKind.REGISTER, content, asked, now)


async def propose_change(
    session: AsyncSession, subscriber_ids: Collection[int], told: Mapping[str, Any], asked: Asked, now: datetime
) -> Proposal:
    """``told``: the fields of Person that become different, for all these people."""
    whole = _PEOPLE.dump_python(replace(Person(name=""), **told), mode="json")
    content = {"subscribers": sorted(subscriber_ids), "told": {field: whole[field] for field in told}}
    return await _propose(session, ProposalKind.CHANGE, content, asked, now)


async def propose_pin(
    session: AsyncSession, subscriber_id: int, pin_hash: str | None, asked: Asked, now: datetime
) -> Proposal:
    """None: no PIN any more."""
    return await _propose(session, ProposalKind.CHANGE, {"subscribers": [subscriber_id], "pin": pin_hash}, asked, now)


async def propose_leaving(
    session: AsyncSession, subscriber_ids: Collection[int], packages: Collection[int], asked: Asked, now: datetime
) -> Proposal:
    """No ``packages``: everything."""
    content = {"subscribers": sorted(subscriber_ids), "packages": sorted(packages)}
    return await _propose(session, ProposalKind.LEAVE, content, asked, now)


async def _propose(
    session: AsyncSession, kind: ProposalKind, content: dict[str, Any], asked: Asked, now: datetime
) -> Proposal:
    await take_turn(session)
    count = select(func.count()).select_from(Proposal)
    waiting = count.where(Proposal.number == asked.number, Proposal.state == ProposalState.WAITING)
    if (await session.scalar(waiting) or 0) >= MOST_WAITING:
        raise TooManyProposals(
            "too much waits for this number's confirmation", mend="confirm it when it is called back"
        )
    made = Proposal(
        kind=kind,
        state=ProposalState.WAITING,
        number=asked.number,
        content=content,
        wording=asked.wording,
        call_id=asked.call_id,
        created_at=now,
    )
    session.add(made)
    await session.flush()
    return made


async def waiting_for(session: AsyncSession, number: str) -> Sequence[Proposal]:
    """What the number (E.164) has to confirm, oldest first."""
    return (await session.scalars(_waiting(number))).all()


def _waiting(number: str) -> Select[Proposal]:
    query = select(Proposal).where(Proposal.number == number, Proposal.state == ProposalState.WAITING)
    return query.order_by(Proposal.id)


async def take_effect(
    session: AsyncSession, proposal_id: int, evidence: str, *, country: str, now: datetime
) -> Proposal | None:
    """The number has proved that it asks: do it. ``evidence``: the id of the call that proved it, or how else.

    None: it did not wait any more. Raises InputError where it cannot be done as things are by now.
    """
    await take_turn(session)
    proposal = await _held(session, proposal_id)
    if proposal is None:
        return None
    proof = Proof(ConsentWay.PHONE, proposal.wording, f"call {proposal.call_id}, proved by {evidence}")
    match proposal.kind:
        case ProposalKind.REGISTER:
            await _register(session, proposal, proof, country, now)
        case ProposalKind.CHANGE:
            await _change(session, proposal.content, proof, country, now)
        case ProposalKind.LEAVE:
            await _leave(session, proposal.content, proof, now)
    await _end(session, proposal, ProposalState.DONE, now, evidence)
    return proposal


async def _register(session: AsyncSession, proposal: Proposal, proof: Proof, country: str, now: datetime) -> None:
    """What else waited for a clerk from this number is done by it; the spoken name has to be written down."""
    person, recording = from_json(proposal.content["person"]), proposal.content["recording"]
    subscriber_id = await register(session, person, proof, country=country, now=now)
    await settle_requests(session, proposal.number, subscriber_id, now)
    if recording is not None:
        await put_request(
            session,
            RequestReason.NAME,
            now,
            call_id=proposal.call_id,
            number=proposal.number,
            told=proposal.content["person"],
            recording=recording,
            subscriber_id=subscriber_id,
        )


async def _change(session: AsyncSession, content: Mapping[str, Any], proof: Proof, country: str, now: datetime) -> None:
    for subscriber_id in content["subscribers"]:
        if "pin" in content:
            await set_pin(session, subscriber_id, content["pin"], now)
        else:
            told = await _told(session, subscriber_id, told_of(content))
            await amend(session, subscriber_id, cast("Mapping[Field, Any]", told), proof, country=country, now=now)


def told_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of Person that a change makes different."""
    person = _PEOPLE.validate_python({"name": "", **content["told"]})
    return {field: getattr(person, field) for field in content["told"]}


async def _told(session: AsyncSession, subscriber_id: int, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who chooses a package anew wants all of it, also the topics that they once refused."""
    if "packages" not in told:
        return told
    before = await person_of(session, subscriber_id)
    added = await find_packages(session, set(told["packages"]) - set(before.packages))
    wanted_again = {topic.code for package in added for topic in package.topics}
    return {
        **told,
        "refused": tuple(code for code in before.refused if code not in wanted_again),
        "package_channels": tuple(wish for wish in before.package_channels if wish[0] in told["packages"]),
    }


async def _leave(session: AsyncSession, content: Mapping[str, Any], proof: Proof, now: datetime) -> None:
    if content["packages"]:
        await leave_packages(session, content["subscribers"], content["packages"], proof, now=now)
    else:
        await unsubscribe(session, content["subscribers"], proof, now=now)


async def refuse(session: AsyncSession, proposal_id: int, evidence: str, now: datetime) -> None:
    """Whoever answered at the number had not asked for it."""
    if (proposal := await _held(session, proposal_id)) is not None:
        await _end(session, proposal, ProposalState.REFUSED, now, evidence)


async def lapse(session: AsyncSession, number: str, now: datetime) -> None:
    """The number did not prove anything in time: a registration waits for a clerk then, the rest is forgotten."""
    held = _waiting(number).with_for_update().execution_options(populate_existing=True)
    for proposal in (await session.scalars(held)).all():
        await _end(session, proposal, ProposalState.LAPSED, now, None)
        if proposal.kind is ProposalKind.REGISTER:
            await hand_over(session, proposal, now)


async def hand_over(session: AsyncSession, proposal: Proposal, now: datetime) -> None:
    """A registration that a clerk has to finish."""
    await put_request(
        session,
        RequestReason.NOT_PROVED,
        now,
        call_id=proposal.call_id,
        number=proposal.number,
        told=proposal.content["person"],
        recording=proposal.content["recording"],
    )


async def _held(session: AsyncSession, proposal_id: int) -> Proposal | None:
    query = select(Proposal).where(Proposal.id == proposal_id, Proposal.state == ProposalState.WAITING)
    return (await session.scalars(query.with_for_update().execution_options(populate_existing=True))).one_or_none()


async def _end(
    session: AsyncSession, proposal: Proposal, state: ProposalState, now: datetime, evidence: str | None
) -> None:
    move(proposal, state, PROPOSAL_MOVES)
    proposal.ended_at = now
    proposal.evidence = evidence
    caller = Actor(mask(proposal.number), Way.PHONE, call_id=proposal.call_id)
    proof = f"wording {proposal.wording}" + (f", proved by {evidence}" if evidence else "")
    await note(session, caller, f"{proposal.kind} {state}", f"proposal {proposal.id}", now, proof)


def to_json(person: Person) -> dict[str, Any]:
    """What was told, and nothing of what was not."""
    told: dict[str, Any] = _PEOPLE.dump_python(person, mode="json", exclude_defaults=True)
    return told


def from_json(told: Mapping[str, Any]) -> Person:
    return _PEOPLE.validate_python(dict(told))
