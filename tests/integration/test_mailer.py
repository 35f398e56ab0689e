"""The town's mail server: logins, refusals, lost links, by a real one."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from channels.carrier import Accepted, Refused, Unsure
from channels.mailer import EmailSettings, Mailer, refusal
from store.errors import CarrierError
from store.states import Disposition
from tests.certificates import certificate
from tests.mail_server import PASSWORD, USER, MailServer, mail_server

SENDER = "hlasatel@example.cz"
TO = "jan@example.cz"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(*certificate(tmp_path, "mail")) as running:
        yield running


def settings(server: MailServer, **changes: Any) -> EmailSettings:
    usual = {"host": "127.0.0.1", "port": server.port, "sender": SENDER, "timeout_seconds": 5}
    if server.ca_file:
        usual |= {"ca_file": server.ca_file, "username": USER, "password": PASSWORD}
    return EmailSettings(**{**usual, **changes})


def mail(text: str = "Voda neteče.") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = SENDER, TO, "Žluťoučká voda", "<1@example.cz>"
    made.set_content(text)
    return made


async def test_messages_go_by_starttls_and_one_login(server: MailServer) -> None:
    mailer = Mailer(settings(server))
    for _ in range(3):
        assert await mailer.send(mail("Příliš žluťoučký kůň.\n.\n"), TO) == Accepted("<1@example.cz>")
    await mailer.close()
    assert [one.get_content() for one in server.mails] == ["Příliš žluťoučký kůň.\n.\n"] * 3
    assert server.logins == 1
    assert server.mails[0]["Subject"] == "Žluťoučká voda"


async def test_one_recipient_refused_does_not_stop_the_next(server: MailServer) -> None:
    server.replies = {
        "nobody@example.cz": "550 5.1.1 no such user",
        "blocked@example.cz": "550 5.7.1 you are blocked",
        "full@example.cz": "452 4.2.2 mailbox full",
        "later@example.cz": "450 4.2.0 greylisted",
    }
    server.after_data = {"spam@example.cz": "554 5.7.1 looks like spam"}
    mailer = Mailer(settings(server))
    found = {}
    for name in ("nobody", "blocked", "full", "later", "spam"):
        answer = await mailer.send(mail(), f"{name}@example.cz")
        assert isinstance(answer, Refused)
        assert not answer.by_carrier
        found[name] = (answer.disposition, answer.cause)
    assert isinstance(await mailer.send(mail(), TO), Accepted)
    await mailer.close()
    assert found == {
        "nobody": (Disposition.INVALID_NUMBER, 550),
        "blocked": (Disposition.REJECTED, 550),
        "full": (Disposition.CONGESTION, 452),
        "later": (Disposition.CONGESTION, 450),
        "spam": (Disposition.REJECTED, 554),
    }


async def test_a_link_lost_after_the_text_leaves_us_unsure(server: MailServer) -> None:
    server.after_data = {TO: "drop"}
    mailer = Mailer(settings(server))
    assert isinstance(await mailer.send(mail(), TO), Unsure)
    assert isinstance(await mailer.send(mail(), "eva@example.cz"), Accepted)
    await mailer.close()


@pytest.mark.parametrize("wrong", [{"password": "no"}, {"ca_file": None}, {"port": 1}, {"username": ""}])
async def test_a_server_that_takes_nothing_is_the_carriers_refusal(server: MailServer, wrong: dict[str, Any]) -> None:
    mailer = Mailer(settings(server, **wrong))
    answer = await mailer.send(mail(), TO)
    assert isinstance(answer, Refused)
    assert answer.by_carrier
    assert answer.disposition is Disposition.WITHDRAWN
    assert PASSWORD not in answer.why
    if wrong != {"username": ""}:  # which shows only with a message
        with pytest.raises(CarrierError, match="mail server"):
            await mailer.check()
    await mailer.close()


async def test_a_server_that_is_well_is_told_so(server: MailServer) -> None:
    assert await Mailer(settings(server)).check() == "mail server 127.0.0.1"


async def test_a_connection_that_died_is_made_anew() -> None:
    with mail_server() as first:
        mailer = Mailer(settings(first, security="none"))
        assert isinstance(await mailer.send(mail(), TO), Accepted)
    assert isinstance(await mailer.send(mail(), TO), Refused)
    await mailer.close()


def test_what_refusals_mean() -> None:
    assert refusal(550, "no such user").disposition is Disposition.INVALID_NUMBER
    assert refusal(552, "too big").disposition is Disposition.REJECTED
    assert refusal(421, "closing").disposition is Disposition.CONGESTION
    assert refusal(454, "TLS not available").disposition is Disposition.FAILED


def test_no_mail_goes_over_the_network_in_clear() -> None:
    with pytest.raises(ValidationError, match="must be tls or starttls"):
        EmailSettings(host="mail.example.cz", security="none", sender=SENDER)
    with pytest.raises(ValidationError, match="must be an e-mail address"):
        EmailSettings(host="mail.example.cz", sender="nobody")
