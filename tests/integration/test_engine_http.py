"""The generic HTTP engine against a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import ValidationError

from store.errors import SpeechError
from tests.tones import write_tone
from tts.engines import remote
from tts.engines.remote import Remote, RemoteSettings
from tts.library import Library
from tts.measure import seconds_of
from tts.process import run
from tts.speech import SpeechSettings, configured_engines

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """The address of a server that answers everything so."""
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/speak?voice=a"
    finally:
        await runner.cleanup()


def tone(folder: Path, seconds: float = 2) -> bytes:
    return write_tone(folder / "tone.wav", seconds).read_bytes()


async def test_the_text_is_the_body_and_the_sound_comes_back(tmp_path: Path) -> None:
    asked: list[tuple[str, str, str, str | None]] = []

    async def answer(request: web.Request) -> web.Response:
        kind = request.headers["Content-Type"]
        asked.append((request.method, await request.text(), kind, request.headers.get("Authorization")))
        return web.Response(body=tone(tmp_path), content_type="audio/wav")

    async with server(answer) as url:
        engine = Remote(RemoteSettings(url=url))
        assert await engine.missing() is None
        rendering = await Library(tmp_path / "library", [engine]).render("Voda neteče.")
    assert asked == [("POST", "Voda neteče.", "text/plain; charset=utf-8", None)]
    assert rendering.seconds == pytest.approx(2.4, abs=0.1)
    assert "tajne" not in rendering.voice


async def test_the_text_may_be_a_field_of_json_and_the_sound_mp3(tmp_path: Path) -> None:
    asked: list[object] = []
    (tmp_path / "tone.wav").write_bytes(tone(tmp_path))
    made = await run("ffmpeg", "-v", "error", "-i", str(tmp_path / "tone.wav"), str(tmp_path / "tone.mp3"), seconds=30)
    assert made.code == 0

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.method, await request.json(), request.headers.get("Authorization")))
        return web.Response(body=(tmp_path / "tone.mp3").read_bytes())

    async with server(answer) as url:
        settings = RemoteSettings.model_validate(
            {"url": url, "method": "PUT", "field": "text", "fields": {"voice": "anna"}, "password": "tajne-heslo"}
        )
        engine = Remote(settings, rate=0.8)
        await engine.synthesize("Voda „neteče“.", "cs", tmp_path / "out.wav")
    assert asked == [("PUT", {"voice": "anna", "text": "Voda „neteče“."}, "Bearer tajne-heslo")]
    assert seconds_of(tmp_path / "out.wav") == pytest.approx(2.5, abs=0.15)
    assert "tajne" not in await engine.identity("cs")


async def redirect(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/elsewhere"})


async def page(_: web.Request) -> web.Response:
    return web.Response(text="<html>", content_type="text/html")


async def empty(_: web.Request) -> web.Response:
    return web.Response()


async def refused(_: web.Request) -> web.Response:
    return web.Response(status=401, text="who are you?")


async def much(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(bytes(4000))
    return response


async def cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "4000"})
    await response.prepare(request)
    await response.write(b"RIFF")
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (redirect, "answered 302"),
        (page, "is not WAV, MP3, OGG or M4A"),
        (empty, "is not WAV, MP3, OGG or M4A"),
        (refused, "answered 401"),
        (much, "gave too much"),
        (cut, "did not answer: ClientPayloadError"),
    ],
)
async def test_what_is_no_sound_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, reason: str
) -> None:
    monkeypatch.setattr(remote, "MOST_BYTES", 3000)
    async with server(answer) as url:
        with pytest.raises(SpeechError, match=reason):
            await Remote(RemoteSettings(url=url)).synthesize("Voda neteče.", "cs", tmp_path / "out.wav")


async def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with server(empty) as url:
        pass
    with pytest.raises(SpeechError, match="did not answer: ClientConnector"):
        await Remote(RemoteSettings(url=url)).synthesize("Voda neteče.", "cs", tmp_path / "out.wav")


async def test_a_server_that_does_not_answer_is_not_waited_for_and_a_cancel_ends_the_request(tmp_path: Path) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def never(request: web.Request) -> web.Response:
        asked.set()
        while request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(0.01)
        left.set()
        return web.Response()

    async with server(never) as url:
        with pytest.raises(SpeechError, match=r"longer than 0\.2 s"):
            await Remote(RemoteSettings(url=url), timeout_seconds=0.2).synthesize("Ano.", "cs", tmp_path / "out.wav")
        await asyncio.wait_for(left.wait(), 10)
        asked.clear()
        left.clear()
        task = asyncio.create_task(Remote(RemoteSettings(url=url)).synthesize("Ano.", "cs", tmp_path / "out.wav"))
        await asyncio.wait_for(asked.wait(), 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(left.wait(), 10)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"url": "ftp://a/b"}, "http://"),
        ({"url": "http:///b"}, "http://"),
        ({"url": "http://user:heslo@a/b"}, "without a password"),
        ({"method": "GET"}, "POST"),
        ({"fields": {"voice": "a"}}, "needs field"),
        ({"field": "text", "fields": {"text": "a"}}, "not the same name"),
        ({"password": "a\r\nX: b"}, "one line"),
        ({"languages": []}, "at least 1 item"),
        ({"timeout": 5}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        RemoteSettings.model_validate(settings)


def test_an_engine_without_an_address_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs url"):
        SpeechSettings(engines=("festival", "http"))
    chosen = SpeechSettings(engines=("http", "gtts"), http=RemoteSettings(url="https://speech.example.com/"))
    assert [engine.name for engine in configured_engines(chosen)] == ["http", "gtts"]
