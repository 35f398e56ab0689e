"""Channels as people write them: ``hlas, sms``; and those of single packages: ``hlas, sms, 2: sms email``."""

import re
from collections.abc import Mapping, Sequence

from store.errors import InputError
from store.states import Channel
from subscribers.names import NameBook

CHANNEL_WORDS = NameBook(
    "channel",
    [
        ("voice", Channel.VOICE),
        ("hlas", Channel.VOICE),
        ("telefon", Channel.VOICE),
        ("sms", Channel.SMS),
        ("email", Channel.EMAIL),
        ("e-mail", Channel.EMAIL),
    ],
    mend="write voice, sms or email",
)
_OF_PACKAGE = re.compile(r"(?P<package>[^:]*):(?P<channels>[^:]*)")


# The package, empty for the usual channels, and its channels in order of preference.
Wish = tuple[str, tuple[Channel, ...]]


def read_channels(text: str) -> tuple[Channel, ...]:
    """Of a list with commas or blanks between. Raises UnknownName."""
    return tuple(dict.fromkeys(CHANNEL_WORDS.find(word) for word in re.split(r"[\s,;+]+", text.strip()) if word))


def read_wish(text: str) -> Wish:
    """A channel, or a package, a colon and its channels with blanks between. Raises InputError."""
    if ":" not in text:
        return "", read_channels(text)
    found = _OF_PACKAGE.fullmatch(text)
    channels = read_channels(found["channels"]) if found else ()
    if found is None or not found["package"].strip() or not channels:
        raise InputError(f"{text!r} is no package with its channels", mend="write it such as 2: sms email")
    return found["package"].strip(), channels


def write_wishes(usual: Sequence[Channel], of_packages: Mapping[int, Sequence[Channel]]) -> list[str]:
    """Values that ``read_wish`` reads back."""
    return [*usual, *(f"{package}: {' '.join(channels)}" for package, channels in sorted(of_packages.items()))]
