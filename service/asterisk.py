"""The settings' section of Asterisk: our own one or somebody else's, and how we reach it."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from dialer.trunk import HostName, PlainWord, Port
from service.sections import Section


class AsteriskSettings(Section):
    """``[asterisk]``"""

    # Start and watch an Asterisk of our own; false: one runs already, and AMI leads to it.
    managed: bool = True
    # Where our own one keeps its configuration, logs and database.
    folder: Path = Path("var/asterisk")
    # Address and port its SIP listens on; empty: loopback where all trunks are there, else all addresses.
    sip_bind: str = ""
    sip_port: Port = 5060
    rtp_ports: tuple[Port, Port] = (10000, 10999)
    ami_host: HostName = "127.0.0.1"
    ami_port: Port = 5038
    ami_user: PlainWord = "hlasatel"
    # Empty with managed = true: made at first start, kept in the folder.
    ami_secret: SecretStr = SecretStr("")
    # Where Asterisk reaches our FastAGI server; port 0 takes a free one.
    agi_host: HostName = "127.0.0.1"
    agi_port: Annotated[int, Field(ge=0, le=65535)] = 4573
    # File where the dialplan writes a line when an answered call ends; empty: with our own Asterisk one in its
    # folder, else none.
    record: str = ""

    @property
    def record_file(self) -> Path | None:
        if self.record:
            return Path(self.record)
        return self.folder / "log" / "calls.csv" if self.managed else None

    @field_validator("sip_bind")
    @classmethod
    def _address(cls, text: str) -> str:
        try:
            return str(ip_address(text)) if text else ""
        except ValueError as error:
            raise ValueError("must be an IP address, or empty") from error

    @field_validator("record")
    @classmethod
    def _plain_path(cls, path: str) -> str:
        if path and not re.fullmatch(r"/[A-Za-z0-9/_.-]+", path):
            raise ValueError("must be empty, or a whole path of letters without accents, digits and / _ . -")
        return path

    @field_validator("rtp_ports")
    @classmethod
    def _apart(cls, ports: tuple[int, int], given: ValidationInfo) -> tuple[int, int]:
        first, last = ports
        if first + 10 > last:
            raise ValueError("must be a first and a last port, at least ten apart")
        if first <= given.data.get("sip_port", 0) <= last:
            raise ValueError("must not have sip_port among them")
        return ports

    @field_validator("ami_secret")
    @classmethod
    def _one_word(cls, secret: SecretStr, given: ValidationInfo) -> SecretStr:
        text = secret.get_secret_value()
        if not text and not given.data.get("managed", True):
            raise ValueError("is needed where managed = false")
        if not text.isprintable() or text != text.strip():
            raise ValueError("must not have a line break, nor a blank at an end")
        return secret

    @field_validator("agi_port")
    @classmethod
    def _own_port(cls, port: int, given: ValidationInfo) -> int:
        if port == given.data.get("ami_port") and given.data.get("agi_host") == given.data.get("ami_host"):
            raise ValueError("must not be ami_port")
        return port
