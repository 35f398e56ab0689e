"""The outbound announcement call: greeting, message, and the keys 1 again, 2 heard, 9 no more of this topic."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from announcements.hearing import Hearing, Hearings
from dialplans import names
from ivr.leg import HungUp, Leg

log = structlog.get_logger(__name__)

# Keys of the wording below, in sounds/prompts.
PROMPTS = ("greeting", "menu", "confirm_refusal", "refused", "not_refused", "confirmed", "goodbye")
AGAIN, HEARD, REFUSE = "1", "2", "9"
KEYS = AGAIN + HEARD + REFUSE
# Seniors need time to find the key.
KEY_SECONDS = 6
# After so many times the message is not repeated any more, so that a stuck key cannot hold the line.
MOST_TIMES = 5
# The menu is spoken once more to somebody who did not press anything.
MENU_TIMES = 2


@dataclass(frozen=True)
class AnnouncementCall:
    """Handles one call leg after another; holds what all of them share."""

    # Spoken wording by key (sounds/prompts), as sound names.
    prompts: Mapping[str, str]
    message: Callable[[str], Path]
    # Sound name of KEY_SECONDS of silence.
    silence: str
    clock: Callable[[], datetime]
    hearings: Hearings

    async def handle(self, leg: Leg) -> None:
        """The route ``/announcement``; arguments: attempt id, token. A stranger is turned away before a word."""
        attempt_id = leg.headers.get("agi_arg_1", "")
        script = await self.hearings.script_for(attempt_id, leg.headers.get("agi_arg_2", ""))
        if script is None:
            log.warning("agi call refused", reason="no such attempt in progress, or a wrong token")
            return
        hearing = Hearing(answered_at=self.clock())
        try:
            await Conversation(leg, self.prompts, str(self.message(script.rendering)), self.silence, hearing).run()
            await leg.set_variable(names.DONE, "yes")
        finally:
            # Before the socket closes, so before Asterisk can tell of the hang-up.
            await self.hearings.record(attempt_id, hearing)


@dataclass
class Conversation:
    """What is said to one person; fills ``hearing`` as it goes.

    The call leg's variables are told the same, for the store may be away when the call ends.
    """

    leg: Leg
    prompts: Mapping[str, str]
    message: str
    silence: str
    hearing: Hearing

    async def run(self) -> None:
        # A key pressed while lifting the phone only skips the greeting: it answers nothing that was heard.
        await self._say("greeting")
        ending = await self._converse(await self._tell())
        await self.leg.play(self.prompts[ending])

    async def _converse(self, key: str) -> str:
        """Follow the keys; gives the prompt that ends the call."""
        for times in itertools.count(1):
            key = key or await self._menu()
            if key != AGAIN or times == MOST_TIMES:
                break
            key = await self._tell()
        if key == REFUSE:
            return await self._refuse()
        if key != HEARD:
            return "goodbye"
        self.hearing.confirmed = True
        await self.leg.set_variable(names.CONFIRMED, "yes")
        return "confirmed"

    async def _tell(self) -> str:
        """Play the message; a key interrupts it."""
        try:
            played = await self.leg.play(self.message, KEYS)
        except HungUp as gone:
            await self._heard(gone.played_seconds)
            raise
        await self._heard(played.seconds)
        return played.key

    async def _heard(self, seconds: float) -> None:
        """Asterisk takes variables after the hang-up too, until our socket closes."""
        self.hearing.heard_seconds = max(self.hearing.heard_seconds, seconds)
        await self.leg.set_variable(names.HEARD, f"{self.hearing.heard_seconds:.3f}")

    async def _menu(self) -> str:
        for _ in range(MENU_TIMES):
            key = await self._say("menu") or await self._listen()
            if key and key in KEYS:
                return key
        return ""

    async def _refuse(self) -> str:
        """Key 9 once may be a slip; the second one counts."""
        key = await self._say("confirm_refusal") or await self._listen()
        self.hearing.refused = key == REFUSE
        return "refused" if self.hearing.refused else "not_refused"

    async def _listen(self) -> str:
        """Wait for a key. Silence is played meanwhile: some networks cut a call whose sound stops."""
        return (await self.leg.play(self.silence, KEYS)).key

    async def _say(self, prompt: str) -> str:
        return (await self.leg.play(self.prompts[prompt], KEYS)).key
