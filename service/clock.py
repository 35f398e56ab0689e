"""The clock that is handed to every part: each takes it, so that tests can give another."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
