"""A speech server of one's own or somebody else's: the text goes out in an HTTP request, sound comes back."""

import json
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from store.errors import SpeechError
from tts.decode import decode
from tts.engines.program import longest_seconds
from tts.sox import sox

MOST_BYTES = 100_000_000


class RemoteSettings(BaseModel):
    """The ``[speech.http]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    # Empty: there is none.
    url: str = ""
    method: Literal["POST", "PUT"] = "POST"
    languages: Annotated[tuple[Annotated[str, Field(min_length=2, max_length=2)], ...], Field(min_length=1)] = ("cs",)
    # Where the text goes: a field of a JSON object; empty: it is the whole body.
    field: str = ""
    # What else the JSON object has, such as a voice.
    fields: dict[str, str] = {}
    # Sent as "Authorization: Bearer …"; empty: nothing is.
    password: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _of_the_web(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc):
            raise ValueError("must be http://… or https://… without a password, or empty")
        return url

    @field_validator("fields")
    @classmethod
    def _beside_the_text(cls, fields: dict[str, str], given: ValidationInfo) -> dict[str, str]:
        if fields and given.data.get("field", "") in ("", *fields):
            raise ValueError("needs field, and not the same name")
        return fields

    @field_validator("password")
    @classmethod
    def _one_word(cls, password: SecretStr) -> SecretStr:
        if not password.get_secret_value().isascii() or not password.get_secret_value().isprintable():
            raise ValueError("must be one line of letters without accents")
        return password


class Remote:
    name = "http"
    optional = False

    def __init__(self, settings: RemoteSettings, *, rate: float = 1.0, timeout_seconds: float = 60) -> None:
        """``rate``: 1 is the voice's own speed, 0.8 is slower."""
        self.settings = settings
        self.rate = rate
        self.timeout_seconds = timeout_seconds

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self.settings.languages)

    async def missing(self) -> str | None:
        return None

    async def identity(self, language: str) -> str:
        """The server tells no version: who changes its voice under the same address clears the library."""
        asked = self.settings.model_dump_json(exclude={"password"})
        return f"http {asked} {language} rate {self.rate:g}"

    async def synthesize(self, words: str, language: str, out: Path) -> None:
        answer = out.with_suffix(".answer")
        try:
            await self._fetch(words, answer)
        except TimeoutError as error:
            raise _trouble(f"took longer than {self.timeout_seconds:g} s") from error
        except aiohttp.ClientError as error:
            raise _trouble(f"did not answer: {type(error).__name__}") from error
        heard = out.with_suffix(".heard.wav")
        try:
            await decode(answer, heard, longest_seconds(words))
        except SpeechError as error:
            raise _trouble(f"gave no sound: it {error.what}") from error
        await sox(heard, "-b", "16", out, "tempo", "-s", f"{self.rate:g}")

    async def _fetch(self, words: str, answer: Path) -> None:
        """Redirects are not followed: the text goes where the settings say, and nowhere else."""
        limit = aiohttp.ClientTimeout(total=self.timeout_seconds)
        asked = self.settings
        async with (
            aiohttp.ClientSession(timeout=limit, headers=self._headers()) as session,
            session.request(asked.method, asked.url, data=self._body(words), allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise _trouble(f"answered {response.status}")
            with answer.open("wb") as file:
                async for piece in response.content.iter_chunked(1 << 16):
                    if file.tell() + len(piece) > MOST_BYTES:
                        raise _trouble("gave too much")
                    file.write(piece)

    def _headers(self) -> dict[str, str]:
        kind = "application/json" if self.settings.field else "text/plain; charset=utf-8"
        password = self.settings.password.get_secret_value()
        return {"Content-Type": kind} | ({"Authorization": f"Bearer {password}"} if password else {})

    def _body(self, words: str) -> bytes:
        field = self.settings.field
        return (json.dumps({**self.settings.fields, field: words}) if field else words).encode()


def _trouble(what: str) -> SpeechError:
    return SpeechError(f"http: the speech server {what}", mend="see speech.http and the server's own log")
