"""As much of SIP as a telephone needs that calls, is answered, and waits till the other side hangs up (RFC 3261)."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

HOST = "127.0.0.1"
SDP = """v=0\r
o=- 1 1 IN IP4 {host}\r
s=-\r
c=IN IP4 {host}\r
t=0 0\r
m=audio {port} RTP/AVP 8 101\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-16\r
a=ptime:20\r
"""


@dataclass(frozen=True)
class Message:
    """``start``: the first line, cut at its blanks."""

    start: list[str]
    headers: Mapping[str, str]
    body: str

    @property
    def status(self) -> int:
        """Of an answer; 0: a request."""
        return int(self.start[1]) if self.start[0] == "SIP/2.0" else 0


def read(data: bytes) -> Message:
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return Message(first.split(" ", 2), headers, body)


@dataclass
class Dialog:
    """One call, from ``caller`` to ``called`` (numbers), over the socket's port ``port`` to Asterisk's ``peer``."""

    caller: str
    called: str
    port: int
    peer: int
    media_port: int
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    to: str = ""
    # Where Asterisk takes our sound; None: the call is not up.
    media: tuple[str, int] | None = None

    @property
    def uri(self) -> str:
        return f"sip:{self.called}@{HOST}:{self.peer}"

    def invite(self) -> bytes:
        sdp = SDP.format(host=HOST, port=self.media_port)
        return self._request("INVITE", sdp, ("Content-Type: application/sdp",))

    def answered(self, answer: Message) -> bytes | None:
        """What a final answer to INVITE has to be told; None: it is not final yet."""
        if answer.status < 200:
            return None
        self.to = answer.headers["to"]
        if answer.status < 300:
            port = re.search(r"m=audio (\d+)", answer.body)
            self.media = (HOST, int(port[1])) if port else None
        return self._request("ACK")

    @staticmethod
    def ok(request: Message) -> bytes:
        copied = [f"{name}: {request.headers[name]}" for name in ("via", "from", "to", "call-id", "cseq")]
        return "\r\n".join(["SIP/2.0 200 OK", *copied, "Content-Length: 0", "", ""]).encode()

    def _request(self, method: str, body: str = "", further: tuple[str, ...] = ()) -> bytes:
        lines = [
            f"{method} {self.uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK{self.id}{method if method == 'ACK' else ''};rport",
            f"From: <sip:{self.caller}@{HOST}:{self.port}>;tag={self.id}",
            f"To: {self.to or f'<{self.uri}>'}",
            f"Call-ID: {self.id}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:{self.caller}@{HOST}:{self.port}>",
            "Max-Forwards: 70",
            *further,
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
