"""The report against what a gateway and a mail server got."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from announcements.report import AttemptReport, DeliveryReport, Report, Totals
from lab.arrivals import Arrival, read_mails, read_texts, text_differences
from store.states import AnnouncementState, Channel, DeliveryState, Disposition

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
ONE, OTHER = Arrival("a" * 32, "+420602400001"), Arrival("b" * 32, "+420602400002")


def row(text: Arrival, state: DeliveryState, disposition: Disposition) -> DeliveryReport:
    attempt = AttemptReport(
        id=text.attempt,
        phone=text.address,
        disposition=disposition,
        cause=None,
        trunk="sms",
        started_at=NOW,
        answered_at=None,
        ended_at=NOW,
        heard_seconds=0.0,
    )
    return DeliveryReport(
        subscriber="Jan",
        phone=text.address,
        channel=Channel.SMS,
        state=state,
        heard_seconds=0.0,
        confirmed=False,
        attempts=[attempt],
    )


def made(*rows: DeliveryReport) -> Report:
    totals = Totals.model_validate(dict.fromkeys(Totals.model_fields, 0))
    return Report(
        id=1,
        title="Voda",
        state=AnnouncementState.COMPLETED,
        created_at=NOW,
        ended_at=NOW,
        totals=totals,
        deliveries=list(rows),
    )


THERE = row(ONE, DeliveryState.DELIVERED, Disposition.DELIVERED)
REFUSED = row(OTHER, DeliveryState.FAILED, Disposition.REJECTED)


def test_a_true_report_differs_in_nothing_though_two_people_share_an_address() -> None:
    assert text_differences(made(THERE, THERE, REFUSED), Channel.SMS, [ONE]) == []


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ([], ["+420602400001: 0 sms came, 1 reported"]),
        ([ONE, ONE], ["+420602400001: 2 sms came, 1 reported"]),
        ([ONE, OTHER], ["+420602400002: 1 sms came, 0 reported"]),
    ],
)
def test_what_did_not_come_came_twice_or_was_not_reported_is_told(came: list[Arrival], told: list[str]) -> None:
    assert text_differences(made(THERE, REFUSED), Channel.SMS, came) == told


def test_a_state_that_no_attempt_bears_out_is_told() -> None:
    wrong = row(OTHER, DeliveryState.DELIVERED, Disposition.REJECTED)
    assert text_differences(made(wrong), Channel.SMS, []) == [
        "+420602400002: delivered in the report, not by its attempts"
    ]


def test_other_channels_are_left_alone() -> None:
    assert text_differences(made(THERE), Channel.EMAIL, []) == []


def test_arrivals_are_read_from_the_gateways_file_and_from_mails(tmp_path: Path) -> None:
    file, mail = tmp_path / "sms.jsonl", tmp_path / "0001.eml"
    assert read_texts(file) == []
    file.write_text(json.dumps({"id": ONE.attempt, "to": ONE.address, "text": "Voda"}) + "\n", encoding="utf-8")
    mail.write_bytes(f"To: jan@example.cz\r\nMessage-ID: <{ONE.attempt}@example.cz>\r\n\r\nVoda\r\n".encode())
    assert read_texts(file) == [ONE]
    assert read_mails([mail]) == [Arrival(ONE.attempt, "jan@example.cz")]
