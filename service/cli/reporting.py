"""How a report looks: tables for people, CSV for spreadsheets."""

import csv
import io
from zoneinfo import ZoneInfo

from rich.table import Table

from announcements.report import AttemptReport, Report
from service.cli.output import table
from store.states import Channel
from subscribers.columns import guard

COLUMNS = (
    "subscriber",
    "phone",
    "channel",
    "state",
    "heard_seconds",
    "confirmed",
    "attempt",
    "called",
    "trunk",
    "disposition",
    "cause",
    "started_at",
    "answered_at",
    "ended_at",
    "price",
    "accepted_at",
    "parts",
)


def report_tables(made: Report, zone: ZoneInfo, currency: str) -> list[Table]:
    state = made.state if made.corrects is None else f"{made.state}; corrects {made.corrects}"
    heading = f"Announcement {made.id}: {made.title} ({state})"
    deliveries = [
        (
            row.subscriber,
            row.phone,
            row.channel,
            f"{row.state}, confirmed" if row.confirmed else row.state,
            f"{row.heard_seconds:.1f} s" if row.channel is Channel.VOICE else "",
            "\n".join(called(attempt, zone) for attempt in row.attempts),
        )
        for row in made.deliveries
    ]
    return [
        table(
            heading,
            ("subscriber", "phone", "channel", "state", "heard", "calls"),
            deliveries,
            unbroken=("phone", "channel", "calls"),
        ),
        table("Totals", ("what", "how many"), made.totals.model_dump().items()),
        *_channel_tables(made, currency),
        table("Trunks", ("trunk", "calls", "minutes", f"price, {currency}"), _trunk_rows(made)),
    ]


def _channel_tables(made: Report, currency: str) -> list[Table]:
    """None where all went by voice: the totals say it."""
    if {one.channel for one in made.channels} <= {Channel.VOICE}:
        return []
    columns = ("channel", "people", "addresses", "delivered", "attempts", "minutes", "SMS parts", f"price, {currency}")
    rows = [
        (one.channel, one.people, one.addresses, one.delivered, one.attempts, one.minutes, one.parts or "", one.price)
        for one in made.channels
    ]
    return [table("Channels", columns, rows)]


def _trunk_rows(made: Report) -> list[tuple[object, ...]]:
    return [(one.trunk, one.attempts, one.minutes, one.price) for one in made.trunks]


def called(attempt: AttemptReport, zone: ZoneInfo) -> str:
    """One try in a few words: when, and how it ended."""
    under_way = "accepted" if attempt.accepted_at else "in progress"
    return f"{attempt.started_at.astimezone(zone):%H:%M:%S} {attempt.disposition or under_way}"


def as_csv(made: Report) -> str:
    """One line an attempt; a recipient never tried has one line without it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in made.deliveries:
        person = [guard(row.subscriber), row.phone, row.channel, row.state, row.heard_seconds, row.confirmed]
        for attempt in row.attempts:
            writer.writerow([*person, *_attempt_cells(attempt)])
        if not row.attempts:
            writer.writerow([*person, *[""] * (len(COLUMNS) - len(person))])
    return out.getvalue()


def _attempt_cells(attempt: AttemptReport) -> list[object]:
    moments = [attempt.started_at, attempt.answered_at, attempt.ended_at]
    return [
        attempt.id,
        attempt.phone,
        attempt.trunk,
        attempt.disposition,
        attempt.cause,
        *(moment.isoformat() if moment else "" for moment in moments),
        "" if attempt.price is None else attempt.price,
        attempt.accepted_at.isoformat() if attempt.accepted_at else "",
        "" if attempt.parts is None else attempt.parts,
    ]
