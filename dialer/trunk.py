"""A trunk: one way out to the phone network, as the settings describe it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Port = Annotated[int, Field(ge=1, le=65535)]
# Names become AMI headers and Asterisk section names, so they are plain words.
PlainWord = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]


class Trunk(BaseModel):
    """One ``[[trunks]]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PlainWord
    host: HostName
    port: Port = 5060
    # Given: Asterisk registers and answers challenges with them; empty: the peer knows us by address.
    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+@-]{0,80}$")] = ""
    password: SecretStr = SecretStr("")
    # E.164 number shown to the people called.
    caller_id: Annotated[str, Field(pattern=r"^(\+[0-9]{7,15})?$")] = ""
    calls_per_second: Annotated[float, Field(gt=0, le=500)] = 1.0
    # Calls up at once.
    lines: Annotated[int, Field(ge=1, le=2000)] = 2
    # Numbers this trunk may dial, by their E.164 beginning.
    prefixes: tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")], ...] = ("+420",)
    ring_seconds: Annotated[int, Field(ge=3, le=180)] = 30
    # Share of the calls where several trunks have a free line.
    weight: Annotated[int, Field(ge=1, le=1000)] = 1

    def may_dial(self, number: str) -> bool:
        return number.startswith(self.prefixes)

    @property
    def endpoint(self) -> str:
        """Name of the PJSIP endpoint in Asterisk's configuration."""
        return f"trunk-{self.name}"
