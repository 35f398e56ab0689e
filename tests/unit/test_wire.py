"""AMI messages are read as panoramisk reads them, however the stream is cut."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panoramisk.message import Message

from dialer import wire
from dialer.wire import Wire, message_of

GREETING = "Asterisk Call Manager/9.0.0\r\nResponse: Success\r\nActionID: 1\r\nMessage: Authentication accepted"
HANGUP = (
    "Event: Hangup\r\nPrivilege: call,all\r\nUniqueid: aa\r\nCause: 16\r\nCause-txt: Normal Clearing\r\n"
    "ChanVariable: HLASATEL_ANSWERER=\r\nChanVariable: HLASATEL_HEARD=2.500\r\nChanVariable: HLASATEL_CONFIRMED="
)
CZECH = "Event: Newchannel\r\nCallerIDName: Žižkovská"
PLAIN = st.text(st.characters(codec="ascii", exclude_characters="\r\n:%"), min_size=1, max_size=8).map(str.strip)


class Kept(Wire):
    """Keeps what it reads, and whether it gave up."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.lost: list[Exception] = []

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)

    def connection_lost(self, exc: Exception) -> None:
        self.lost.append(exc)


def as_panoramisk(text: str) -> dict[str, object] | None:
    read = Message.from_line(text.strip())
    return None if read is None else {key.lower(): value for key, value in read.items() if key != "content"}


@pytest.mark.parametrize("text", [GREETING, HANGUP, CZECH, "", "\r\n", "Asterisk Call Manager/9.0.0", "Event", "a: b"])
def test_a_message_is_read_as_panoramisk_reads_it(text: str) -> None:
    message = message_of(text)
    assert (None if message is None else {k.lower(): v for k, v in message.items()}) == as_panoramisk(text)


def test_headers_are_found_in_capitals_or_not_and_those_that_are_missing_are_empty() -> None:
    message = message_of(HANGUP)
    assert message is not None
    assert (message["uniqueid"], message["UniqueID"], message.get("cause")) == ("aa", "aa", "16")
    assert message["chanvariable"] == ["HLASATEL_ANSWERER=", "HLASATEL_HEARD=2.500", "HLASATEL_CONFIRMED="]
    assert (message.get("context"), message.response, message.success) == (None, "", True)


@given(st.lists(st.tuples(PLAIN, PLAIN), max_size=8))
def test_any_headers_are_read_as_panoramisk_reads_them(headers: Sequence[tuple[str, str]]) -> None:
    text = "\r\n".join(["Event: X", *(f"{name}: {value}" for name, value in headers if name.lower() != "event")])
    message = message_of(text)
    assert message is not None
    for name in {name.lower() for name, _ in headers} - {"event"}:
        values = [value for other, value in headers if other.lower() == name]
        assert message[name] == (values[0] if len(values) == 1 else values)


@given(st.lists(st.integers(1, 40)))
def test_however_the_stream_is_cut_the_same_messages_come(cuts: Sequence[int]) -> None:
    stream = "\r\n\r\n".join([GREETING, HANGUP, CZECH, HANGUP, ""]).encode()
    reader = Kept()
    for length in [*cuts, len(stream)]:
        reader.data_received(stream[:length])
        stream = stream[length:]
    assert [message.get("event") for message in reader.messages] == [None, "Hangup", "Newchannel", "Hangup"]
    assert reader.messages[2]["calleridname"] == "Žižkovská"


def test_an_endless_message_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LONGEST", 100)
    reader = Kept()
    reader.data_received(b"Event: " + b"x" * 50)
    assert reader.lost == []
    reader.data_received(b"x" * 50)
    assert [type(error) for error in reader.lost] == [ConnectionError]
