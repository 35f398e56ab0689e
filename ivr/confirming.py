"""A number that is called back confirms what was asked in its name, one thing after another."""

from collections.abc import Mapping

from ivr.call import Call
from ivr.packages import offered_packages
from ivr.place import Place
from ivr.speaker import word
from ivr.steps import Menu, Say, Stuck
from ivr.words import address, change, names_of, speak_as_wished
from store.callers import Proposal, ProposalKind
from store.errors import InputError
from subscribers.proposals import from_json, hand_over, refuse, take_effect, told_of, waiting_for
from tts.template import Value

HELLO = Say("confirm.hello")
NOTHING = Say("confirm.nothing")
REGISTRATION = Menu("confirm.registration", {"1": True, "9": False}, back=False)
CHANGE = Menu("confirm.change", {"1": True, "9": False}, back=False)
LEAVING = Menu("confirm.leaving", {"1": True, "9": False}, back=False)
LEAVING_ALL = Menu("confirm.leaving_all", {"1": True, "9": False}, back=False)
REGISTERED = Say("confirm.registered")
CHANGED = Say("confirm.changed")
LEFT = Say("confirm.left")
REFUSED = Say("confirm.refused")
IMPOSSIBLE = Say("confirm.impossible")
GOODBYE = Say("confirm.goodbye")
UNCHANGED = Say("confirm.unchanged")

DONE: Mapping[ProposalKind, Say] = {
    ProposalKind.REGISTER: REGISTERED,
    ProposalKind.CHANGE: CHANGED,
    ProposalKind.LEAVE: LEFT,
}


async def confirm(call: Call) -> None:
    """Called back: what was asked for in the name of this number, and whether it is right."""
    waiting = await _waiting(call)
    new = [from_json(one.content["person"]) for one in waiting if one.kind is ProposalKind.REGISTER]
    await speak_as_wished(call, new)
    await call.say(HELLO)
    if not waiting:
        await call.end(NOTHING)
    try:
        for proposal in waiting:
            await _settle(call, proposal, wanted=await _is_wanted(call, proposal))
    except Stuck:
        await call.end(UNCHANGED)
    await call.end(GOODBYE)


async def _waiting(call: Call) -> list[Proposal]:
    async with call.desk.store.reading() as session:
        return list(await waiting_for(session, call.number))


async def _is_wanted(call: Call, proposal: Proposal) -> bool:
    content, offered = proposal.content, await offered_packages(call)
    match proposal.kind:
        case ProposalKind.REGISTER:
            person = from_json(content["person"])
            place = Place(person.town_part or "", person.street, person.house_number or "")
            names = names_of(package for package in offered if str(package.number) in person.packages)
            return await call.choose(REGISTRATION, packages=names, address=address(call, place))
        case ProposalKind.CHANGE:
            pin = "pin" in content
            what: Value = word(call, "change_pin") if pin else change(call, told_of(content), offered)
            return await call.choose(CHANGE, change=what)
        case ProposalKind.LEAVE if content["packages"]:
            names = names_of(package for package in offered if package.number in content["packages"])
            return await call.choose(LEAVING, packages=names)
    return await call.choose(LEAVING_ALL)


async def _settle(call: Call, proposal: Proposal, *, wanted: bool) -> None:
    """One transaction for each: what one has confirmed stays, whatever becomes of the next."""
    desk = call.desk
    if not wanted:
        async with desk.store.writing() as session:
            await refuse(session, proposal.id, call.proof, desk.now)
        return await call.say(REFUSED)
    try:
        async with desk.store.writing() as session:
            await take_effect(session, proposal.id, call.proof, country=desk.country, now=desk.now)
    except InputError:
        await _give_up(call, proposal)
        return await call.say(IMPOSSIBLE)
    return await call.say(DONE[proposal.kind])


async def _give_up(call: Call, proposal: Proposal) -> None:
    """It cannot be done as things are by now; a registration waits for a clerk."""
    desk = call.desk
    async with desk.store.writing() as session:
        await refuse(session, proposal.id, call.proof, desk.now)
        if proposal.kind is ProposalKind.REGISTER:
            await hand_over(session, proposal, desk.now)
