"""A town's lexicon: how its own words, abbreviations and streets are read. One TOML file, read again when it changes.

[words]                       # capital letters do not matter
"SK Slovan" = "es ká Slovan"

[exact]                       # only as they are written here
"TS" = "technické služby"

[streets]                     # as [exact]; a star stands for any ending: Rooseveltova, Rooseveltově …
"Rooseveltov*" = "rúzveltov*"
"Gen. Píky" = "generála Píky"
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import structlog

from store.errors import SettingsError
from tts.words.readings import ANY_ENDING, readings_rule
from tts.words.rule import Rule

log = structlog.get_logger()

SECTIONS = ("words", "exact", "streets")
MOST_ENTRIES = 2000
LONGEST_ENTRY = 200  # letters
LARGEST_FILE = 1_000_000  # bytes
SPOKEN_SIGNS = " ,.-'’"


@dataclass(frozen=True)
class Lexicon:
    """Readings as rules, and a hash of the whole content; empty for no lexicon."""

    rules: tuple[Rule, ...] = ()
    digest: str = ""


NO_LEXICON = Lexicon()


class LexiconFile:
    """A lexicon that follows its file, which may come later."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError for a file that is there and cannot be used."""
        self.path = path
        self._stamp = _stamp(path)
        self._lexicon = read_lexicon(path) if self._stamp else NO_LEXICON

    def current(self) -> Lexicon:
        """The lexicon as the file is now; while it cannot be used, the last good one serves, with one warning."""
        stamp = _stamp(self.path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._lexicon = read_lexicon(self.path)
            except SettingsError as error:
                log.warning("lexicon_kept", reason=error.what, mend=error.mend)
        return self._lexicon


def read_lexicon(path: Path) -> Lexicon:
    """Raises SettingsError, with the file, the entry and the mend."""
    sections = _sections(path)
    for section, readings in sections.items():
        for written, spoken in readings.items():
            if fault := _fault(written, spoken):
                raise _refused(path, f"[{section}] “{written}” {fault}")
    exact = {**sections.get("exact", {}), **sections.get("streets", {})}
    rules = (readings_rule("lexicon", exact), readings_rule("lexicon", sections.get("words", {}), exact=False))
    content = repr(sorted((section, sorted(readings.items())) for section, readings in sections.items()))
    return Lexicon(rules, hashlib.sha256(content.encode()).hexdigest()[:16])


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes with the file: its time and size; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _sections(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open("rb") as file:
            content = tomllib.loads(file.read(LARGEST_FILE).decode())
    except OSError as error:
        raise _refused(path, error.strerror or "cannot be read", "give a file that can be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(path, f"is no TOML in UTF-8: {error}") from error
    if strange := sorted(content.keys() - set(SECTIONS)):
        raise _refused(path, f"has “{strange[0]}”", f"use the sections {', '.join(f'[{name}]' for name in SECTIONS)}")
    if strange := [name for name, readings in content.items() if not isinstance(readings, dict)]:
        raise _refused(path, f"“{strange[0]}” is no section", f"begin it with [{strange[0]}]")
    if sum(map(len, content.values())) > MOST_ENTRIES:
        raise _refused(path, f"has more than {MOST_ENTRIES} entries", "keep what the town really writes")
    return content


def _fault(written: str, spoken: object) -> str:
    """What is wrong with one entry; empty when nothing is."""
    if not isinstance(spoken, str):
        return "is read as something else than a text in quotes"
    if not 0 < len(written) <= LONGEST_ENTRY or not 0 < len(spoken) <= LONGEST_ENTRY:
        return f"has a side that is empty or longer than {LONGEST_ENTRY} letters"
    if written != " ".join(written.split()) or not any(letter.isalnum() for letter in written):
        return "needs a letter or a digit, and single spaces"
    if ANY_ENDING in written[:-1] or (written[-1] == ANY_ENDING) != (spoken[-1] == ANY_ENDING):
        return "has a star that is not at the end of both sides"
    plain = spoken.removesuffix(ANY_ENDING)
    if not plain.strip() or not all(letter.isalpha() or letter in SPOKEN_SIGNS for letter in plain):
        return "is read with a sign that nobody says: write words, numbers too"
    return ""


def _refused(path: Path, fault: str, mend: str = "correct this entry") -> SettingsError:
    return SettingsError(f"speech.lexicon: {path}: {fault}", mend=mend)
