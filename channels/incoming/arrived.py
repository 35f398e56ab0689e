"""A message as a gateway brought it, before anything of it is believed."""

import re
import struct
from dataclasses import dataclass
from datetime import datetime

from store.errors import InputError
from subscribers.phones import parse_phone

# A "number" below this is a short code, which nobody owns and which answers by itself.
_SHORTEST_NUMBER = 9
_SENDER_LENGTH = 40
# No SMS is longer: 255 parts of 153 letters.
LONGEST_TEXT = 40_000
LONGEST_KEY = 120
_PLAIN = re.compile(r"\+?[0-9]+")
# 3GPP TS 23.040, 9.2.3.24: information elements of concatenated messages, with 8 and 16 bits of reference.
_CONCATENATED_8 = 0x00
_CONCATENATED_16 = 0x08


@dataclass(frozen=True)
class Part:
    """Which part of a long message: ``number`` of ``of``, counted from 1."""

    reference: int
    number: int
    of: int


@dataclass(frozen=True)
class Arrived:
    """``key`` is the gateway's own name for the message; ``text`` None: it is no text, see ``data``."""

    adapter: str
    key: str
    sender: str
    recipient: str
    text: str | None
    received_at: datetime
    data: bytes = b""
    part: Part | None = None


def read_header(header: bytes) -> Part | None:
    """The part that a user data header tells of; None for none, and for one that makes no sense."""
    at = 1
    while at + 2 <= len(header):
        element, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if element == _CONCATENATED_8 and len(value) == 3:
            return _part(*value)
        if element == _CONCATENATED_16 and len(value) == 4:
            return _part(*struct.unpack(">HBB", value))
        at += 2 + length
    return None


def _part(reference: int, of: int, number: int) -> Part | None:
    return Part(reference, number, of) if of > 1 and 1 <= number <= of else None


def number_of(sender: str, country: str) -> str | None:
    """The sender as E.164, if it is an ordinary line: no letters, no short code, no premium number.

    Gateways tell 00420…, +420… and 420… alike.
    """
    bare = re.sub(r"[ ()-]", "", sender.strip())
    if not _PLAIN.fullmatch(bare) or len(bare.lstrip("+")) < _SHORTEST_NUMBER:
        return None
    for written in (bare, f"+{bare}"):
        try:
            return parse_phone(written, country).number
        except InputError:
            continue
    return None


def tidy(text: str, longest: int) -> str:
    """Without what PostgreSQL cannot keep (NUL, halves of letters), and no longer than ``longest``."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "")[:longest]
