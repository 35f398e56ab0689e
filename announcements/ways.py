"""The ways out that the town has, by channel."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ways:
    """Beginnings of the numbers that some trunk may dial and that some SMS adapter may text, and whether e-mail goes.

    A channel without any is not used at all.
    """

    voice: tuple[str, ...] = ()
    sms: tuple[str, ...] = ()
    email: bool = False
