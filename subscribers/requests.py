"""Registrations by phone that wait for a clerk: those who got stuck, hung up, or did not confirm."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.callers import RegistrationRequest, RequestReason
from store.errors import InputError
from store.people import ConsentWay
from store.states import REQUEST_MOVES, RequestState, move
from subscribers.audit import Actor, note
from subscribers.consent import Proof
from subscribers.fields import one_line
from subscribers.person import Person
from subscribers.registration import amend, register

# The office confirms that the caller has agreed.
WORDING = "request-1"
# Closed by the caller's own doing.
BY_PHONE = "by phone"


async def put_request(
    session: AsyncSession,
    reason: RequestReason,
    now: datetime,
    *,
    call_id: str,
    number: str | None,
    told: Mapping[str, Any],
    recording: str | None = None,
    subscriber_id: int | None = None,
) -> RegistrationRequest:
    """Keep what a caller has told so far; ``told``: fields of Person. A recording is a file name.

    What the number had left unfinished before gives way to it.
    """
    if number is not None and subscriber_id is None:
        await _forget_unfinished(session, number, now, said=recording is not None)
    request = RegistrationRequest(
        state=RequestState.OPEN,
        reason=reason,
        number=number,
        call_id=call_id,
        recording=recording,
        told=dict(told),
        created_at=now,
        subscriber_id=subscriber_id,
    )
    session.add(request)
    await session.flush()
    return request


async def _forget_unfinished(session: AsyncSession, number: str, now: datetime, *, said: bool) -> None:
    """One unfinished registration a number is enough; but no spoken word is lost to a silent one."""
    for request in await _open_of(session, number):
        if request.reason is RequestReason.HUNG_UP and (said or request.recording is None):
            request.note = "they called again"
            _close(request, RequestState.REJECTED, BY_PHONE, now)


async def settle_requests(session: AsyncSession, number: str, subscriber_id: int, now: datetime) -> None:
    """The number has finished its registration by itself."""
    for request in await _open_of(session, number):
        request.subscriber_id = subscriber_id
        _close(request, RequestState.COMPLETED, BY_PHONE, now)


async def _open_of(session: AsyncSession, number: str) -> Sequence[RegistrationRequest]:
    query = select(RegistrationRequest).where(
        RegistrationRequest.number == number,
        RegistrationRequest.state == RequestState.OPEN,
        RegistrationRequest.subscriber_id.is_(None),
    )
    return (await session.scalars(query.with_for_update())).all()


async def list_requests(session: AsyncSession, *, closed: bool = False) -> Sequence[RegistrationRequest]:
    """The open ones, oldest first; with ``closed`` all."""
    query = select(RegistrationRequest).order_by(RegistrationRequest.created_at, RegistrationRequest.id)
    if not closed:
        query = query.where(RegistrationRequest.state == RequestState.OPEN)
    return (await session.scalars(query)).all()


async def find_request(session: AsyncSession, request_id: int, *, held: bool = False) -> RegistrationRequest:
    """Raises InputError where there is none."""
    query = select(RegistrationRequest).where(RegistrationRequest.id == request_id)
    found = (await session.scalars(query.with_for_update() if held else query)).one_or_none()
    if found is None:
        raise InputError(f"there is no request {request_id}", mend="see: hlasatel requests list")
    return found


async def complete_request(
    session: AsyncSession, request_id: int, person: Person, by: Actor, *, country: str, now: datetime
) -> int:
    """Register whom the request is about; where only the name was missing, write it down. Returns the subscriber's id.

    Raises InputError for a request that is closed, and as ``registration.register``.
    """
    request = await _open_request(session, request_id)
    evidence = f"request {request.id} of call {request.call_id}, completed by {by.name}"[:200]
    proof = Proof(ConsentWay.PHONE, WORDING, evidence)
    if request.subscriber_id is None:
        request.subscriber_id = await register(session, person, proof, country=country, now=now)
    else:
        await amend(session, request.subscriber_id, {"name": person.name}, proof, country=country, now=now)
    await _closed(session, request, RequestState.COMPLETED, by, now)
    return request.subscriber_id


async def reject_request(session: AsyncSession, request_id: int, reason: str, by: Actor, *, now: datetime) -> None:
    """Raises InputError for a request that is closed, and for a reason that is none."""
    request = await _open_request(session, request_id)
    request.note = one_line(reason, "reason", 500)
    await _closed(session, request, RequestState.REJECTED, by, now)


async def _open_request(session: AsyncSession, request_id: int) -> RegistrationRequest:
    request = await find_request(session, request_id, held=True)
    if request.state is not RequestState.OPEN:
        raise InputError(f"request {request_id} is {request.state} already", mend="see: hlasatel requests list --all")
    return request


async def _closed(
    session: AsyncSession, request: RegistrationRequest, state: RequestState, by: Actor, now: datetime
) -> None:
    _close(request, state, by.name, now)
    about_call = replace(by, call_id=request.call_id)
    details = request.note or f"wording {WORDING}"
    await note(session, about_call, str(state), f"request {request.id}", now, details)


def _close(request: RegistrationRequest, state: RequestState, by: str, now: datetime) -> None:
    move(request, state, REQUEST_MOVES)
    request.closed_at = now
    request.closed_by = by[:80]
