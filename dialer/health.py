"""Which trunks can carry calls now: the peer answers OPTIONS, and where we have an account, the registration holds.

Asterisk is asked with the fewest rights that do (write classes ``call`` and ``reporting``): DeviceStateList
(res_manager_devicestate) tells an endpoint without a reachable contact as UNAVAILABLE, PJSIPShowRegistrationsOutbound
tells the registrations. Events only say that it is time to ask again, so one that is missed does no harm.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import structlog

from announcements.outcome import Ending
from dialer.link import AmiLink, Event
from dialer.trunk import Trunk
from store.errors import AsteriskError, AsteriskUnsure
from store.states import Disposition
from store.tasks import set_or_seconds

log = structlog.get_logger(__name__)

# Asterisk tells of changes of its own accord; this is for events that an operator's manager.conf filters out.
LOOK_SECONDS = 15.0
EVENTS = frozenset({"ContactStatus", "Registry"})
# Asterisk waits 2 s for an answer to OPTIONS (qualify_timeout in pjsip-trunk.conf); till then "no" means "not yet".
QUALIFY_SECONDS = 2.5
# Ends that speak of the trunk more than of the number: no way, or no answer to our INVITE (0, 3), and "network out of
# order" (38), which is what Asterisk makes of SIP 500. None: Asterisk refused to originate.
SUSPECT_CAUSES = frozenset({None, 0, 3, 38})
SUSPECT = frozenset({Disposition.FAILED, Disposition.CONGESTION})
SUSPECT_CALLS = 3
# How long a trunk rests where its peer answers OPTIONS, but call after call fails.
REST_SECONDS = 15.0
# How a call may end just because its trunk was lost.
EXCUSED = SUSPECT | {Disposition.NO_ANSWER}
# Device states of Asterisk.
OUT = frozenset({"UNAVAILABLE", "INVALID"})
BEING_TRIED = "being tried"
UNKNOWN = "unknown to Asterisk"
RIGHTS = "load res_manager_devicestate.so there, and give our AMI user write = originate,call,reporting"


class TrunkHealth:
    """``greet`` is a greeter of the link, ``on_event`` a listener, and ``run`` runs beside the dispatchers."""

    def __init__(self, link: AmiLink, trunks: Sequence[Trunk]) -> None:
        self._link = link
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._usable = {name: asyncio.Event() for name in self._trunks}
        self._troubles = dict.fromkeys(self._trunks, BEING_TRIED)
        self._failed_in_a_row: Counter[str] = Counter()
        self._resting: set[str] = set()
        self._to_qualify: set[str] = set()
        self._settling = True
        self._stirred = asyncio.Event()

    def usable(self, name: str) -> bool:
        return self._usable[name].is_set()

    async def wait_usable(self, name: str) -> None:
        await self._usable[name].wait()

    def trouble(self, name: str) -> str:
        """Why it cannot carry calls, in a few words; empty: it can."""
        return self._troubles[name]

    def on_event(self, event: Event) -> None:
        if event.get("event") in EVENTS:
            self._stirred.set()

    async def greet(self) -> None:
        """The link has come up: each trunk has to be tried now, for Asterisk does it by itself only after a while.

        Raises AsteriskError when Asterisk refuses to tell.
        """
        self._settling = True
        self._to_qualify.update(self._trunks)
        try:
            await self.look()
        except AsteriskUnsure:
            raise
        except AsteriskError as error:
            raise AsteriskError(error.what, mend=RIGHTS) from error
        self._stirred.set()
        asyncio.get_running_loop().call_later(QUALIFY_SECONDS, self._settled)

    async def look(self) -> None:
        """Ask Asterisk. Raises AsteriskError when the link is down or Asterisk refuses to tell."""
        states = await endpoint_states(self._link, self._trunks.values())
        registrations = await registration_states(self._link)
        for name, trunk in self._trunks.items():
            if name not in self._resting:
                trouble = trouble_of(trunk, states, registrations)
                self._note(name, BEING_TRIED if trouble and self._settling else trouble)

    async def run(self) -> None:
        """Look again whenever something may have changed, for ever."""
        while True:
            await set_or_seconds(self._stirred, LOOK_SECONDS)
            await self._link.wait_up()
            try:
                while self._to_qualify:
                    await self._qualify(self._trunks[self._to_qualify.pop()])
                await self.look()
            except AsteriskError as error:
                log.warning("cannot see how the trunks are", error=str(error))

    async def call_ended(self, name: str, ending: Ending) -> Ending:
        """How the call counts: one that fell with its trunk was *withdrawn*, and burns no try.

        The first failed call has Asterisk try the trunk at once; after some in a row the trunk rests.
        """
        if not suspect(ending):
            self._failed_in_a_row[name] = 0
            return excused(ending, usable=self.usable(name))
        self._failed_in_a_row[name] += 1
        self._to_qualify.add(name)
        with contextlib.suppress(AsteriskError):  # then what is known has to do
            await self.look()
        usable = self.usable(name)
        if usable and self._failed_in_a_row[name] >= SUSPECT_CALLS:
            self._rest(name)
        self._stirred.set()
        return excused(ending, usable=usable)

    def _rest(self, name: str) -> None:
        self._failed_in_a_row[name] = 0
        self._resting.add(name)
        self._note(name, f"{SUSPECT_CALLS} calls in a row failed")
        asyncio.get_running_loop().call_later(REST_SECONDS, self._rested, name)

    def _rested(self, name: str) -> None:
        self._resting.discard(name)
        self._stirred.set()

    def _settled(self) -> None:
        self._settling = False
        self._stirred.set()

    async def _qualify(self, trunk: Trunk) -> None:
        """Have OPTIONS sent; the answer comes as a ContactStatus event."""
        try:
            await self._link.action("PJSIPQualify", {"Endpoint": trunk.endpoint})
        except AsteriskUnsure:
            raise
        except AsteriskError as error:
            log.warning("asterisk cannot try a trunk", trunk=trunk.name, error=str(error))

    def _note(self, name: str, trouble: str) -> None:
        if trouble == self._troubles[name]:
            return
        self._troubles[name] = trouble
        if trouble:
            self._usable[name].clear()
        else:
            self._usable[name].set()
        if trouble != BEING_TRIED:
            _tell(name, trouble)


def _tell(name: str, trouble: str) -> None:
    if trouble:
        log.warning("trunk cannot carry calls, its queue waits", trunk=name, trouble=trouble)
    else:
        log.info("trunk can carry calls", trunk=name)


def trouble_of(trunk: Trunk, states: Mapping[str, str], registrations: Mapping[str, str]) -> str:
    """Why the trunk cannot carry calls; empty: it can.

    A registration that an operator of the Asterisk has named otherwise is not in the way.
    """
    if trunk.endpoint not in states:
        return UNKNOWN
    if states[trunk.endpoint] in OUT:
        return f"{trunk.host}:{trunk.port} does not answer"
    status = registrations.get(trunk.account, "Registered")
    if trunk.username and status != "Registered":
        return f"{trunk.host}:{trunk.port} has not accepted the account ({status})"
    return ""


def suspect(ending: Ending) -> bool:
    """Whether it speaks of the trunk more than of the number."""
    return ending.answered_at is None and ending.disposition in SUSPECT and ending.cause in SUSPECT_CAUSES


def excused(ending: Ending, *, usable: bool) -> Ending:
    """The ending of a call on a trunk that may have been lost meanwhile."""
    if usable or ending.answered_at is not None or ending.disposition not in EXCUSED:
        return ending
    return replace(ending, disposition=Disposition.WITHDRAWN)


async def endpoint_states(link: AmiLink, trunks: Iterable[Trunk]) -> dict[str, str]:
    """The device state of each trunk that Asterisk knows, by PJSIP endpoint. Raises AsteriskError.

    While calls are up, Asterisk makes the state from them alone, though the peer is gone; which contacts a call could
    be sent to now, PJSIP_DIAL_CONTACTS tells at any time.
    """
    states = await device_states(link)
    known = [trunk.endpoint for trunk in trunks if trunk.endpoint in states]
    contacts = {endpoint: await _contacts(link, endpoint) for endpoint in known}
    return {endpoint: states[endpoint] if contacts[endpoint] else "UNAVAILABLE" for endpoint in known}


async def _contacts(link: AmiLink, endpoint: str) -> str:
    """Those that answer OPTIONS, or have not been asked yet."""
    answer = await link.action("Getvar", {"Variable": f"PJSIP_DIAL_CONTACTS({endpoint})"}, greets=True)
    return answer.get("value") or ""


async def device_states(link: AmiLink) -> dict[str, str]:
    """Asterisk's device state by PJSIP endpoint. Raises AsteriskError."""
    prefix = "PJSIP/"
    found = [(str(one.get("device")), str(one.get("state"))) for one in await link.listing("DeviceStateList")]
    return {device.removeprefix(prefix): state for device, state in found if device.startswith(prefix)}


async def registration_states(link: AmiLink) -> dict[str, str]:
    """Status by name of the outbound registration. Raises AsteriskError."""
    events = await link.listing("PJSIPShowRegistrationsOutbound")
    registrations = [one for one in events if one.get("event") == "OutboundRegistrationDetail"]
    return {str(one.get("objectname")): str(one.get("status")) for one in registrations}
