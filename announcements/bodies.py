"""What an announcement says on the text channels: given, or taken from what is spoken where that will do. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from announcements.personal import check_personal
from announcements.ways import SmsWay, Ways
from store.errors import InputError
from store.states import Channel
from tts.template import placeholders

MOST_EMAIL_LETTERS = 20_000


@dataclass(frozen=True)
class Bodies:
    """None: nothing goes there."""

    sms_text: str | None = None
    email_subject: str | None = None
    email_text: str | None = None


def bodies(
    *,
    text: str | None,
    title: str,
    sms_text: str | None,
    email_subject: str | None,
    email_text: str | None,
    ways: Ways,
    used: Collection[Channel],
) -> Bodies:
    """``text``: what is spoken, None for a recording. ``used``: the channels that it will or may go by.

    Raises InputError where a channel has nothing to say, or an SMS has too many parts; of a personal one that is not
    known here (``announcements.parts``).
    """
    texting, mailing = ways.sms is not None and Channel.SMS in used, Channel.EMAIL in used
    return Bodies(
        sms_text=_sms(sms_text, text, ways.sms) if ways.sms is not None and texting else None,
        email_subject=(email_subject or title) if mailing else None,
        email_text=_email(email_text, text) if mailing else None,
    )


def _sms(given: str | None, spoken: str | None, way: SmsWay) -> str:
    text = (given or spoken or "").strip()
    if not text:
        raise InputError("a recording says nothing by SMS", mend="add --sms-text, or leave SMS out: --channels voice")
    if not placeholders(text):
        check_parts(way.parts_of(text), way, given=bool(given))
    return text


def check_parts(parts: int, way: SmsWay, *, given: bool, filled: str = "") -> None:
    """Raises InputError for an SMS that is too long. ``filled``: whose names make it so."""
    if parts > way.most_parts:
        which = "the SMS text" if given else "what is spoken"
        raise InputError(
            f"{which} would take {parts} SMS parts{filled}, over texting.most_parts = {way.most_parts}",
            mend="shorten it" if given else "add a short --sms-text",
        )


def _email(given: str | None, spoken: str | None) -> str:
    text = (given or spoken or "").strip()
    if not text:
        raise InputError("a recording says nothing by e-mail", mend="add --email-text, or leave e-mail out: --channels")
    return text


def check_given(sms_text: str | None, email_subject: str | None, email_text: str | None) -> None:
    """Raises InputError for what can be seen wrong by itself."""
    for name, given in (("SMS text", sms_text), ("e-mail text", email_text)):
        if given is not None and not given.strip():
            raise InputError(f"the {name} is empty", mend="write it, or leave it out")
        if given is not None:
            check_personal(given)
        if given is not None and any(ord(letter) < 32 and letter not in "\n\r\t" for letter in given):
            raise InputError(f"the {name} has control characters", mend="write plain text")
    if email_text is not None and len(email_text) > MOST_EMAIL_LETTERS:
        raise InputError(f"the e-mail text has over {MOST_EMAIL_LETTERS} letters", mend="shorten it")
    if email_subject is not None:
        check_personal(email_subject)
    if email_subject is not None and (len(email_subject) > 200 or not email_subject.isprintable()):
        raise InputError("the e-mail subject has control characters or over 200 letters", mend="give one short line")
