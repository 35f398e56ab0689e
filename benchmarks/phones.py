"""Many simulated telephones in one process: each calls, waits for the prompts of its script, and presses its keys.

Plain sockets and one loop, for an event loop's turn a packet would cost more than Asterisk does. Moments of arrival are
the kernel's (SO_TIMESTAMPNS, socket(7)), so that a loop that is late here does not lengthen what is measured.

python -m benchmarks.phones ORDER RESULT    both JSON: Order and Result
"""

import heapq
import json
import random
import select
import socket
import struct
import sys
import time
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.heard import FRAME, SILENCE, delay, first_frames, index
from benchmarks.sip import HOST, Dialog, Message, read

TICK = 0.02
ALAW, EVENT = 8, 101
EVENTS = "0123456789*#"
# RFC 4733 packets of one press: 80 ms of it, then its end three times.
PRESSED, ENDS = 4, 3
BETWEEN_DIGITS = 0.25
# After so many packets of a prompt it is known.
RECOGNISED = 3
SO_TIMESTAMPNS = 35  # Linux
VOICE = bytes(random.Random(1).choices(range(256), k=FRAME))  # noqa: S311  (no secret)
INVITE_AGAIN = 1.0


@dataclass(frozen=True)
class Step:
    """``fixed``: the prompt says the same in every call, and is known by its sound; else it is any unknown sound.

    The last one of ``keys`` is measured. ``says``: so many seconds of noise go before them.
    """

    prompt: str
    keys: str
    fixed: bool = True
    says: float = 0.0


@dataclass(frozen=True)
class Order:
    """``apart``: seconds between two calls; ``think``: how long one listens to a known prompt, from and to."""

    port: int
    called: str
    callers: Sequence[str]
    apart: float
    script: Sequence[Step]
    # Sound names of the fixed prompts by key, and the folder of all sounds.
    prompts: Mapping[str, str]
    library: str
    think: tuple[float, float] = (1.0, 3.0)
    limit: float = 300.0


@dataclass(frozen=True)
class Result:
    """``delays``: by the prompt answered, milliseconds from the key's end to the first packet of the next prompt."""

    delays: dict[str, list[float]]
    completed: int
    failed: list[str]
    at_once: int
    packets_lost: int


@dataclass(frozen=True)
class Tone:
    """One packet of a key. ``closes``: it is the last one; ``measured``: from it on the answer is waited for."""

    key: str
    ends: bool
    duration: int
    closes: bool = False
    measured: bool = False


@dataclass
class Phone:
    order: Order
    dialog: Dialog
    media: socket.socket
    known: Mapping[int, set[str]]
    step: int = 0
    recognised: int = 0
    press_at: float = 0.0
    state: str = "calls"
    sequence: int = 0
    stamp: int = 0
    lost: int = 0
    last_sequence: int | None = None
    outgoing: list[Tone | bytes] = field(default_factory=list)
    arrivals: "array[float]" = field(default_factory=lambda: array("d"))
    # Hashes of the payloads; 0 is silence.
    sounds: "array[int]" = field(default_factory=lambda: array("q"))
    # When each measured key ended.
    pressed: list[float] = field(default_factory=list)

    def receive(self) -> None:
        data, extra, _, _ = self.media.recvmsg(512, 64)
        if data[1] & 0x7F != ALAW or len(data) != 12 + FRAME:
            return
        seconds, nanoseconds = struct.unpack("=qq", extra[0][2])
        sequence = int.from_bytes(data[2:4], "big")
        if self.last_sequence is not None:
            self.lost += (sequence - self.last_sequence - 1) & 0xFFFF
        self.last_sequence = sequence
        payload = data[12:]
        sound = 0 if payload == SILENCE else hash(payload)
        self.arrivals.append(seconds + nanoseconds / 1e9)
        self.sounds.append(sound)
        if sound and not self.press_at and not self.outgoing and self.step < len(self.order.script):
            self._hear(sound)

    def _hear(self, sound: int) -> None:
        step, told = self.order.script[self.step], self.known.get(sound, set())
        if step.prompt in told if step.fixed else not told:
            self.recognised += 1
        if self.recognised == RECOGNISED:
            self.press_at = time.time() + random.uniform(*self.order.think)  # noqa: S311  (no secret)

    def tick(self, now: float) -> None:
        """Every 20 ms: silence, speech, or the next packet of a key."""
        if self.press_at and now >= self.press_at:
            self.outgoing = packets(self.order.script[self.step])
            self.press_at, self.recognised, self.step = 0.0, 0, self.step + 1
        out = self.outgoing.pop(0) if self.outgoing else SILENCE
        if isinstance(out, bytes):
            self._send(ALAW, out)
            self.stamp += FRAME
            return
        self._send(EVENT, struct.pack("!BBH", EVENTS.index(out.key), 0x8A if out.ends else 0x0A, out.duration))
        if out.measured:
            self.pressed.append(time.time())
        if out.closes:
            self.stamp += out.duration

    def _send(self, kind: int, payload: bytes) -> None:
        self.sequence = (self.sequence + 1) & 0xFFFF
        header = struct.pack("!BBHII", 0x80, kind, self.sequence, self.stamp & 0xFFFFFFFF, self.dialog.media_port)
        if self.dialog.media is not None:
            self.media.sendto(header + payload, self.dialog.media)


def packets(step: Step) -> list[Tone | bytes]:
    out: list[Tone | bytes] = [VOICE] * round(step.says / TICK)
    for place, key in enumerate(step.keys, start=1):
        last, whole = place == len(step.keys), FRAME * PRESSED
        out += [Tone(key, False, FRAME * n) for n in range(1, PRESSED + 1)]
        out += [Tone(key, True, whole, closes=n == ENDS - 1, measured=last and n == 0) for n in range(ENDS)]
        out += [SILENCE] * (0 if last else round(BETWEEN_DIGITS / TICK))
    return out


class Exchange:
    """All phones: one SIP socket, a media socket each, and whose turn it is to send."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sip.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        self.sip.bind((HOST, 0))
        self.known = first_frames(order.prompts)
        self.phones = [self._phone(number) for number in order.callers]
        self.by_id = {phone.dialog.id: phone for phone in self.phones}
        self.by_file = {phone.media.fileno(): phone for phone in self.phones}
        self.at_once = 0

    def _phone(self, number: str) -> Phone:
        media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        media.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        media.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_000_000)
        media.bind((HOST, 0))
        own = self.sip.getsockname()[1]
        dialog = Dialog(number, self.order.called, own, self.order.port, media.getsockname()[1])
        return Phone(self.order, dialog, media, self.known)

    def run(self) -> None:
        """Till all calls are over, or the limit."""
        poll = select.epoll()
        poll.register(self.sip, select.EPOLLIN)
        for file in self.by_file:
            poll.register(file, select.EPOLLIN)
        begun = time.time()
        turns = [(begun + place * self.order.apart, place) for place in range(len(self.phones))]
        while turns and time.time() < begun + self.order.limit:
            for file, _ in poll.poll(max(0.0, turns[0][0] - time.time())):
                self._receive(file)
            while turns and turns[0][0] <= (now := time.time()):
                due, place = heapq.heappop(turns)
                if (after := self._turn(self.phones[place], now)) is not None:
                    heapq.heappush(turns, (max(due + after, now - 1), place))

    def _turn(self, phone: Phone, now: float) -> float | None:
        """Seconds till the phone's next turn; None: it has none any more."""
        if phone.state == "calls":
            self._out(phone.dialog.invite())
            return INVITE_AGAIN
        if phone.state == "rings":
            return TICK
        if phone.state == "talks":
            phone.tick(now)
            return TICK
        return None

    def _receive(self, file: int) -> None:
        if file != self.sip.fileno():
            self.by_file[file].receive()
            return
        message = read(self.sip.recv(65536))
        phone = self.by_id.get(message.headers.get("call-id", ""))
        if phone is None:
            return
        if message.status:
            self._answered(phone, message)
        elif message.start[0] == "BYE":
            self._out(Dialog.ok(message))
            phone.state = "over"

    def _answered(self, phone: Phone, message: Message) -> None:
        if not message.headers["cseq"].endswith("INVITE"):
            return
        reply = phone.dialog.answered(message)
        if reply is None:
            phone.state = "rings"
            return
        self._out(reply)
        if phone.state in ("calls", "rings"):
            phone.state = "talks" if phone.dialog.media else f"refused: {message.status}"
            self.at_once = max(self.at_once, sum(one.state == "talks" for one in self.phones))

    def _out(self, data: bytes) -> None:
        self.sip.sendto(data, (HOST, self.order.port))


def result(exchange: Exchange) -> Result:
    frames = index(Path(exchange.order.library))
    failed: list[str] = []
    delays: dict[str, list[float]] = {step.prompt: [] for step in exchange.order.script}
    for phone in exchange.phones:
        steps = len(exchange.order.script)
        if phone.state != "over" or phone.step < steps:
            waits = exchange.order.script[phone.step].prompt if phone.step < steps else "the end"
            failed.append(f"{phone.dialog.caller}: {phone.state}, waits for {waits}")
        for place, pressed in enumerate(phone.pressed):
            found, prompt = delay(frames, phone.arrivals, phone.sounds, pressed), exchange.order.script[place].prompt
            if found is None:
                failed.append(f"{phone.dialog.caller}: nothing heard after {prompt}")
            else:
                delays[prompt].append(1000 * found)
    completed = len(exchange.phones) - len({one.partition(":")[0] for one in failed})
    return Result(delays, completed, failed, exchange.at_once, sum(phone.lost for phone in exchange.phones))


def main(order_file: str, result_file: str) -> None:
    given = json.loads(Path(order_file).read_text())
    order = Order(**{**given, "script": [Step(**step) for step in given["script"]]})
    exchange = Exchange(order)
    exchange.run()
    Path(result_file).write_text(json.dumps(asdict(result(exchange))))


if __name__ == "__main__":
    main(*sys.argv[1:])
