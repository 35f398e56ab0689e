"""A person's call: says, asks and records in their language, patiently, until they understand or need somebody."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TypeVar

import structlog

from dialplans import names
from ivr.desk import Desk
from ivr.leg import ANY_KEY, ENDS_RECORDING, HungUp, Leg
from ivr.patience import Patience
from ivr.steps import (
    BACK,
    ITEMS_A_PAGE,
    MORE_ITEMS,
    MOST_CHOICES,
    PERSON,
    REPEAT,
    WRONG_KEY,
    Ask,
    Back,
    Choice,
    Menu,
    Over,
    Pick,
    Record,
    Say,
    WantsPerson,
)
from store.states import Pace
from tts.template import Value

log = structlog.get_logger(__name__)

Item = TypeVar("Item")

# So much silence ends a recording; one not much longer than that has nobody in it.
PAUSE_SECONDS = 5
SHORTEST_SECONDS = 1.0


@dataclass(frozen=True)
class Line:
    """One prompt to be said, in the call's language unless it has its own."""

    prompt: str
    values: Mapping[str, Value] = field(default_factory=dict)
    language: str = ""


@dataclass(frozen=True)
class Recording:
    """A WAV of 8 kHz. ``hung_up``: that was its end, and nothing can be said any more."""

    file: Path
    seconds: float
    hung_up: bool = False


class Call:
    """``number``: E.164, as the network shows it and so perhaps forged; empty where it is withheld.

    ``id``: our own, evidence for what is decided in the call. Every method raises HungUp when the person is gone.
    """

    def __init__(self, leg: Leg, desk: Desk, *, call_id: str, number: str = "", proof: str = "") -> None:
        self.leg = leg
        self.desk = desk
        self.id = call_id
        self.number = number
        self.language = desk.language
        # What shows that the number is really theirs: the id of the call that we made to it, "PIN"; empty: nothing yet.
        self.proof = proof
        # Subscribers on this line, as far as the number can be believed.
        self.people: Sequence[int] = ()
        # At which everything is said.
        self.pace = Pace.NORMAL
        self.transferring = False
        # Prompts in the order in which they were said; the last may be said right now.
        self.said: list[str] = []
        self._ahead = ""
        # A number has just been taken because it was full; its ``#`` may still come.
        self._full = False
        # The most that was heard of the rendering told last.
        self.told_seconds = 0.0
        self._recordings = 0

    @property
    def prompt(self) -> str:
        """What is being said, or was said last."""
        return self.said[-1] if self.said else ""

    def speak_to(self, language: str, pace: Pace) -> None:
        """As this person wants it; a language that nothing is written in stays the town's."""
        self.language = language if language in self.desk.prompts else self.desk.language
        self.pace = pace

    async def say(self, step: Say, **values: Value) -> None:
        """Said once, or again and again by ``*``. Raises WantsPerson."""
        while (key := await self._speak([Line(step.prompt, values)], self.pace)) == REPEAT:
            pass
        self._keep(key)

    async def choose(self, menu: Menu[Choice], **values: Value) -> Choice:
        """What the key stands for. Raises Back, WantsPerson or Stuck."""
        patience = Patience()
        while True:
            key = await self._key([Line(menu.prompt, values)], patience)
            if key in menu.all_choices:
                return menu.all_choices[key]
            await self._other(key, patience, back=menu.back)

    async def ask(self, ask: Ask, **values: Value) -> str:
        """The digits; empty where it was skipped. Raises Back, WantsPerson or Stuck."""
        patience = Patience()
        while True:
            first = await self._key([Line(ask.prompt, values)], patience)
            pressed = await self.leg.keys(str(self.desk.sounds.pause), ask.most, first) if first else ""
            digits = pressed.removesuffix(BACK)
            if ask.optional and pressed == BACK:
                return ""
            if digits.isdecimal() and len(digits) >= ask.least and digits != PERSON:
                self._full = len(pressed) == ask.most and digits == pressed
                return digits
            await self._other(REPEAT if REPEAT in pressed else pressed, patience, back=True)

    async def pick(self, pick: Pick, items: Sequence[Item], spoken: Callable[[Item], Value], **values: Value) -> Item:
        """One of the items, which are told four at a time. Raises Back for none, WantsPerson or Stuck."""
        page, patience = 0, Patience()
        while True:
            shown, more = _page(items, page)
            items_said = [self._choice(pick.item, key, spoken(item)) for key, item in enumerate(shown, start=1)]
            further = [Line(MORE_ITEMS)] if more else []
            key = await self._key([Line(pick.prompt, values), *items_said, *further], patience)
            if key in map(str, range(1, len(shown) + 1)):
                return shown[int(key) - 1]
            if more and key == str(MOST_CHOICES):
                page, patience = page + 1, Patience()
                continue
            await self._other(key, patience, back=True)

    async def choose_language(self, step: Say) -> None:
        """Each language is offered in itself, by its key; who presses nothing gets the town's own."""
        languages = list(self.desk.prompts)
        lines = [self._choice(step.prompt, key, language=language) for key, language in enumerate(languages, start=1)]
        key = await self._key(lines, Patience())
        if key in map(str, range(1, len(languages) + 1)):
            self.language = languages[int(key) - 1]

    async def transfer(self) -> None:
        """Ring the office. Comes back only where nobody answered there: after a conversation it is HungUp."""
        office = self.desk.office
        self.transferring = True
        if self.limit is not None:
            self.limit.reschedule(None)
        await self.leg.set_variable(names.DONE, "yes")
        await self.leg.gosub(names.OFFICE_CONTEXT, office.extension, office.trunk, str(office.ring_seconds))
        await self.leg.status()  # a caller who was put through and hung up is told nothing more
        self.transferring = False
        # Of the whole call; a conversation with the office may last.
        self.limit: asyncio.Timeout | None = None

    async def record(self, record: Record) -> Recording | None:
        """What was said after the tone; None for nothing. Hanging up is a usual way to end it."""
        await self._speak([Line(record.prompt)], self.pace)
        self._recordings += 1
        file = self.desk.recordings / f"{self.id}-{self._recordings}.wav"
        await self.leg.play(str(self.desk.sounds.tone))
        try:
            made = await self.leg.record(file, most_seconds=record.most_seconds, silence_seconds=PAUSE_SECONDS)
        except HungUp as gone:
            return _recording(file, gone.played_seconds, ended=True, hung_up=True)
        return _recording(file, made.seconds, ended=made.key == ENDS_RECORDING)

    async def tell(self, sound: Path) -> float:
        """A rendering, such as an announcement; keys as in ``say``. ``told_seconds``: heard of it, at a hang-up too."""
        self.told_seconds = 0.0
        while (key := await self._play(sound)) == REPEAT:
            pass
        self._keep(key)
        return self.told_seconds

    async def _play(self, sound: Path) -> str:
        try:
            played = await self.leg.play(str(sound), ANY_KEY)
        except HungUp as gone:
            self.told_seconds = max(self.told_seconds, gone.played_seconds)
            raise
        self.told_seconds = max(self.told_seconds, played.seconds)
        return played.key

    def _keep(self, key: str) -> None:
        """A key that cut short what was only said: a digit answers the question after it."""
        if key == PERSON:
            raise WantsPerson
        self._ahead = "" if key == BACK else key

    async def end(self, step: Say, **values: Value) -> NoReturn:
        """The goodbye: nothing comes after it."""
        await self._speak([Line(step.prompt, values)], self.pace, keys="")
        raise Over

    async def listen(self) -> str:
        """The key pressed within desk.KEY_SECONDS. Silence is played: some networks cut a call whose sound stops."""
        return (await self.leg.play(str(self.desk.sounds.wait), ANY_KEY)).key

    def _choice(self, prompt: str, key: int, item: Value = "", language: str = "") -> Line:
        """The offer of something by its key, such as “pro ulici Tyršova stiskněte jedničku”."""
        word = self.desk.prompts[language or self.language].text(f"words.key_{key}")
        return Line(prompt, {"key": word, "item": item} if item else {"key": word}, language)

    async def _key(self, lines: Sequence[Line], patience: Patience) -> str:
        """The first key after or during the lines; empty for silence."""
        key, self._ahead = self._ahead, ""
        return key or await self._speak(lines, patience.pace(self.pace)) or await self.listen()

    async def _other(self, key: str, patience: Patience, *, back: bool) -> None:
        """A key that is no choice: a turn, or one miss more."""
        if key == PERSON:
            raise WantsPerson
        if key == BACK and back:
            raise Back
        if key != REPEAT:
            patience.miss(key)
            if key:
                self._ahead = await self._speak([Line(WRONG_KEY)], patience.pace(self.pace))

    async def _speak(self, lines: Sequence[Line], pace: Pace, *, keys: str = ANY_KEY) -> str:
        """The key that cut it short. What comes next is made ready while the one before is played."""
        full, self._full = self._full, False
        sounds = [asyncio.ensure_future(self._sound(line, pace)) for line in lines]
        try:
            for line, sound in zip(lines, sounds, strict=True):
                path = await sound
                self.said.append(line.prompt)
                log.debug("says", call=self.id, prompt=line.prompt)
                key = (await self.leg.play(path, keys)).key
                if key == BACK and full:  # of the number before: all others end with it
                    full, key = False, (await self.leg.play(path, keys)).key
                if key:
                    return key
        finally:
            for sound in sounds:
                sound.cancel()
            await asyncio.gather(*sounds, return_exceptions=True)
        return ""

    async def _sound(self, line: Line, pace: Pace) -> str:
        prompts = self.desk.prompts[line.language or self.language]
        return str(await prompts.sound(line.prompt, line.values, pace))


def _page(items: Sequence[Item], number: int) -> tuple[Sequence[Item], bool]:
    """The items of a page, round and round, and whether there are further ones."""
    if len(items) <= MOST_CHOICES:
        return items, False
    pages = -(-len(items) // ITEMS_A_PAGE)
    start = number % pages * ITEMS_A_PAGE
    return items[start : start + ITEMS_A_PAGE], True


def _recording(file: Path, seconds: float, *, ended: bool, hung_up: bool = False) -> Recording | None:
    """``ended``: by the person, so without the silence that ends it otherwise. A file with nobody in it is not kept."""
    spoken = seconds if ended else seconds - PAUSE_SECONDS
    if spoken >= SHORTEST_SECONDS:
        return Recording(file, seconds, hung_up)
    file.unlink(missing_ok=True)
    return None
