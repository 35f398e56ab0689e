"""The report as people and spreadsheets get it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from announcements.report import AttemptReport, DeliveryReport, Report, Totals
from service.cli.reporting import COLUMNS, as_csv, report_tables
from store.states import AnnouncementState, Channel, DeliveryState, Disposition

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
PRAGUE = ZoneInfo("Europe/Prague")


def attempt(number: int, disposition: Disposition | None, cause: int | None) -> AttemptReport:
    started = NOW + timedelta(minutes=number)
    answered = started + timedelta(seconds=5) if disposition is Disposition.ANSWERED else None
    return AttemptReport(
        id=f"{number:032x}",
        phone="+420556400001",
        disposition=disposition,
        cause=cause,
        trunk="o2",
        started_at=started,
        answered_at=answered,
        ended_at=started + timedelta(seconds=30) if disposition else None,
        heard_seconds=12.5 if answered else 0.0,
    )


def delivery(subscriber: str, state: DeliveryState, *attempts: AttemptReport) -> DeliveryReport:
    return DeliveryReport(
        subscriber=subscriber,
        phone="+420556400001",
        channel=Channel.VOICE,
        state=state,
        heard_seconds=12.5,
        confirmed=state is DeliveryState.DELIVERED,
        attempts=list(attempts),
    )


@pytest.fixture
def made() -> Report:
    tried = (attempt(1, Disposition.BUSY, 17), attempt(2, Disposition.ANSWERED, 16))
    totals = dict.fromkeys(Totals.model_fields, 1)
    return Report(
        id=7,
        title="Odstávka [bold]vody[/bold]",
        state=AnnouncementState.RUNNING,
        created_at=NOW,
        ended_at=None,
        totals=Totals.model_validate({**totals, "people": 3, "minutes": 0.4}),
        deliveries=[
            delivery("Marie Nováková", DeliveryState.DELIVERED, *tried),
            delivery('=HYPERLINK("http://x")', DeliveryState.QUEUED),
            delivery("Jan; Malý", DeliveryState.SENDING, attempt(3, None, None)),
        ],
    )


def rows(made: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(made)), delimiter=";"))


def test_the_csv_has_a_line_for_each_attempt_and_one_for_who_was_never_called(made: Report) -> None:
    assert [row["subscriber"] for row in rows(made)] == [
        "Marie Nováková",
        "Marie Nováková",
        rows(made)[2]["subscriber"],
        "Jan; Malý",
    ]
    assert [row["disposition"] for row in rows(made)] == ["busy", "answered", "", ""]
    assert [row["cause"] for row in rows(made)] == ["17", "16", "", ""]


def test_the_csv_has_all_columns_in_every_line(made: Report) -> None:
    assert all(len(line) == len(COLUMNS) for line in csv.reader(io.StringIO(as_csv(made)), delimiter=";"))
    first = rows(made)[1]
    assert (first["state"], first["confirmed"], first["trunk"]) == ("delivered", "True", "o2")
    assert datetime.fromisoformat(first["answered_at"]) == NOW + timedelta(minutes=2, seconds=5)


def test_a_name_is_no_formula_for_a_spreadsheet(made: Report) -> None:
    assert rows(made)[2]["subscriber"][0] not in "=+-@"


def test_the_table_shows_people_in_the_time_of_the_town(made: Report) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    for table in report_tables(made, PRAGUE, "CZK"):
        console.print(table)
    text = console.export_text()
    assert "Marie Nováková" in text
    assert "08:31:00 busy" in text
    assert "08:32:00 answered" in text
    assert "08:33:00 in progress" in text
    assert "=HYPERLINK" in text


def test_what_a_person_wrote_is_no_markup_in_the_table(made: Report) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(report_tables(made, PRAGUE, "CZK")[0])
    assert "[bold]vody[/bold]" in console.export_text()


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_of_a_report_is_cut_off_however_narrow(made: Report, width: int) -> None:
    made.deliveries[0].attempts.append(attempt(4, Disposition.INVALID_NUMBER, 1))
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(*report_tables(made, PRAGUE, "CZK"))
    text = console.export_text()
    assert "…" not in text
    assert "08:34:00 invalid_number" in text
    assert "+420556400001" in text
    assert all(len(line) <= width for line in text.splitlines())


def test_the_totals_are_read_downwards(made: Report) -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(report_tables(made, PRAGUE, "CZK")[1])
    rows = [line.strip("│ ").split("│") for line in console.export_text().splitlines() if line.startswith("│")]
    assert [what.strip() for what, _ in rows] == list(Totals.model_fields)
    assert [how_many.strip() for what, how_many in rows if what.strip() == "people"] == ["3"]
