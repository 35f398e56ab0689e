"""hlasatel email: a first try, and messages that come back, as an alias of the mail server gives them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clerk import Clerk, hired
from tests.integration.test_email import ATTEMPT, bounce, original
from tests.mail_server import MailServer, mail_server


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Clerk]:
    with hired(tmp_path, capsys, monkeypatch) as clerk:
        yield clerk


@pytest.fixture
def server(clerk: Clerk) -> Iterator[MailServer]:
    with mail_server() as running:
        settings = clerk.folder / "hlasatel.toml"
        email = (
            f'[email]\nhost = "127.0.0.1"\nport = {running.port}\nsecurity = "none"\nsender = "hlasatel@example.cz"\n'
        )
        settings.write_text(settings.read_text() + email)
        yield running


def test_a_first_try_reaches_its_mailbox(clerk: Clerk, server: MailServer) -> None:
    assert "took it" in clerk("email", "try", "jan@example.cz").out
    assert [mail["To"] for mail in server.mails] == ["jan@example.cz"]
    server.replies = {"nobody@example.cz": "550 5.1.1 no such user"}
    refused = clerk("email", "try", "nobody@example.cz")
    assert (refused.code, refused.out) == (2, "")
    assert "no such user" in refused.err
    assert clerk("email", "try", "nonsense").code == 2


def test_without_a_mail_server_it_says_so(clerk: Clerk) -> None:
    refused = clerk("email", "try", "jan@example.cz")
    assert refused.code == 2
    assert "email.host is missing" in refused.err


def test_what_comes_back_is_read_from_a_file(clerk: Clerk, tmp_path: Path) -> None:
    file = tmp_path / "bounce.eml"
    file.write_bytes(bounce(original(ATTEMPT)))
    assert clerk("email", "bounce", file).out == f"Attempt {ATTEMPT}: known already, or not ours\n"
    file.write_bytes(b"From: jan@example.cz\nSubject: Re: Voda\n\nDekuji")
    assert "nothing was changed" in clerk("email", "bounce", file).out
    assert clerk("email", "bounce", tmp_path / "missing.eml").code == 2
