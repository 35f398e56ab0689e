"""The dialplan's own record: a line for every answered call, written at its hang-up whether or not we are there.

extensions-hlasatel.conf writes it. A line is wanted only while its attempt is open, so older ones are dropped.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from announcements.outcome import Ending
from dialer.calls import number, seconds
from dialer.causes import disposition_of_answerer
from dialplans.names import RECORD_COLUMNS

ATTEMPT_ID = re.compile(r"[0-9a-f]{32}")
# About ten thousand calls; as many again stay in the older file.
MOST_BYTES = 1_000_000


def read_record(file: Path) -> Mapping[str, Ending]:
    """How calls ended, by attempt id; lines that are none of ours are passed over. No file: no calls.

    Raises OSError when it is there and cannot be read.
    """
    lines = (
        line
        for part in (_older(file), file)
        if part.exists()
        for line in part.read_text("ascii", "replace").split("\n")
    )
    return dict(filter(None, map(parse_line, lines)))


def parse_line(line: str) -> tuple[str, Ending] | None:
    """Attempt id and ending; None for what is not a whole line of ours."""
    values = line.split(",")
    if len(values) != len(RECORD_COLUMNS) or not ATTEMPT_ID.fullmatch(values[0]):
        return None
    attempt_id, answered, ended, cause, answerer, heard, _confirmed = values
    answered_at, ended_at = _moment(answered), _moment(ended)
    if answered_at is None or ended_at is None:
        return None
    return attempt_id, Ending(
        disposition_of_answerer(answerer),
        ended_at,
        number(cause),
        answered_at=answered_at,
        played_seconds=seconds(heard),
    )


def trim_record(file: Path) -> None:
    """Keep it bounded: a full file becomes the older one. Asterisk opens it anew for each line.

    Raises OSError when its folder does not let us.
    """
    if file.exists() and file.stat().st_size > MOST_BYTES:
        file.replace(_older(file))


def _older(file: Path) -> Path:
    return file.with_name(file.name + ".old")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
