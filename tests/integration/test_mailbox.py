"""The mail server in a box takes what our mailer sends, letter by letter."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

from channels.carrier import Accepted
from channels.mailer import EmailSettings, Mailer, Security
from lab.mailbox import running_mailbox


async def test_a_mail_is_kept_as_it_was_sent(tmp_path: Path) -> None:
    body = "Příliš žluťoučký kůň.\n.tečka na začátku\n..\n"
    async with running_mailbox(tmp_path / "mails") as mailbox:
        mailer = Mailer(
            EmailSettings(host="127.0.0.1", port=mailbox.port, security=Security.NONE, sender="town@example.cz")
        )
        for number in range(2):
            mail = EmailMessage(policy=SMTP)
            mail["From"], mail["To"], mail["Subject"] = "town@example.cz", "jan@example.cz", f"Voda {number}"
            mail.set_content(body)
            assert isinstance(await mailer.send(mail, "jan@example.cz"), Accepted)
        assert "127.0.0.1" in await mailer.check()
        await mailer.close()
        kept = [message_from_bytes(file.read_bytes(), policy=default) for file in mailbox.mails]
    assert [str(mail["Subject"]) for mail in kept] == ["Voda 0", "Voda 1"]
    assert kept[0].get_content().replace("\r\n", "\n") == body
