"""The one tree of errors. Each says what is wrong, with what, and the mend.

The command line prints an error and exits 2; a caller that could try again asks ``retryable``.

    HlasatelError
    ├── InputError            what a person gave cannot be used
    │   ├── RowsError         a file with bad rows; nothing of it was taken
    │   └── UnknownName       a topic, street … that is not in the store
    ├── SettingsError         the settings file or a variable
    ├── StoreError            the database
    │   └── IllegalMove       a state table forbids this step (a defect of ours)
    ├── SpeechError           no engine, or an engine gave no usable audio
    ├── AsteriskError         Asterisk is missing, down, or refuses us
    │   └── AsteriskUnsure    it did not answer: the action may have been done
    ├── CarrierError          an SMS gateway, a modem or a mail server is down, or refuses us
    └── LabError              the phone network in a box
"""

from collections.abc import Sequence
from dataclasses import dataclass


class HlasatelError(Exception):
    """Base of all errors a person may see; ``mend`` tells what to do about it."""

    retryable = False

    def __init__(self, what: str, *, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.what} — {self.mend}" if self.mend else self.what


class InputError(HlasatelError):
    """What a person gave cannot be used; nothing was changed."""


@dataclass(frozen=True)
class BadCell:
    """One refused value of a file: line counted from 1 (the header is line 1)."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


class RowsError(InputError):
    """A file with bad rows; none of its rows was taken."""

    def __init__(self, file: str, cells: Sequence[BadCell]) -> None:
        listing = "\n".join(f"  {cell}" for cell in cells)
        super().__init__(f"{file}: {len(cells)} bad value(s), nothing was imported\n{listing}")
        self.cells = tuple(cells)


class UnknownName(InputError):
    """A name that the store does not know, with the nearest ones it does."""

    def __init__(self, kind: str, name: str, nearest: Sequence[str], *, mend: str = "") -> None:
        hint = f"did you mean {' or '.join(nearest)}?" if nearest else mend
        super().__init__(f"unknown {kind} “{name}”", mend=hint)
        self.nearest = tuple(nearest)


class SettingsError(HlasatelError):
    """A settings file or variable is wrong; names the key and the reason."""


class StoreError(HlasatelError):
    """The database cannot be used as it is."""

    retryable = True


class IllegalMove(StoreError):
    """A state table forbids this step: a defect in the program, never of the input."""

    retryable = False


class SpeechError(HlasatelError):
    """No engine, or an engine gave no usable audio."""


class AsteriskError(HlasatelError):
    """Asterisk is missing, down, or refuses us."""

    retryable = True


class AsteriskUnsure(AsteriskError):
    """An action was sent and not answered: it may have been done, so it must not be sent again."""

    retryable = False


class CarrierError(HlasatelError):
    """An SMS gateway, a modem or a mail server is down, or refuses us."""

    retryable = True


class LabError(HlasatelError):
    """The phone network in a box could not be made or run."""
