"""A recorded voice: what is taken, and what is refused before anything is made of it."""

from pathlib import Path

import pytest

from store.errors import InputError
from tests.tones import write_tone
from tts.measure import defect, seconds_of
from tts.process import run
from tts.recording import LARGEST_BYTES, LONGEST, check_recording, read_recording


async def encoded(folder: Path, suffix: str, *arguments: str) -> Path:
    """A tone of two seconds, as ffmpeg writes it."""
    tone, file = write_tone(folder / "tone.wav", 2), folder / f"hlášení{suffix}"
    ended = await run("ffmpeg", "-v", "error", "-i", str(tone), *arguments, str(file), seconds=30)
    assert ended.code == 0, ended.complaint
    return file


@pytest.mark.parametrize(
    ("suffix", "arguments"),
    [
        (".mp3", ("-c:a", "libmp3lame")),
        (".ogg", ("-c:a", "libvorbis")),
        (".ogg", ("-c:a", "libopus")),
        (".m4a", ("-c:a", "aac")),  # its table of contents at the end
        (".m4a", ("-c:a", "aac", "-movflags", "+faststart")),
        (".WAV", ("-c:a", "pcm_f32le", "-f", "wav")),
        (".wav", ("-c:a", "pcm_s24le", "-ac", "2")),
        (".wav", ("-c:a", "pcm_alaw", "-ar", "8000")),
    ],
    ids=" ".join,
)
async def test_every_kind_is_read_whole(tmp_path: Path, suffix: str, arguments: tuple[str, ...]) -> None:
    out = tmp_path / "out.wav"
    await read_recording(await encoded(tmp_path, suffix, *arguments), out)
    assert seconds_of(out) == pytest.approx(2, abs=0.15)
    assert await defect(out, 1, 3) is None


async def test_the_content_tells_the_kind_not_the_name(tmp_path: Path) -> None:
    named = (await encoded(tmp_path, ".mp3")).rename(tmp_path / "|[1] *; $(x).wav")
    await read_recording(named, tmp_path / "out.wav")
    assert seconds_of(tmp_path / "out.wav") == pytest.approx(2, abs=0.15)


BAD = {
    "a text": ("text.txt", b"Dobr\xc3\xbd den", "not a known kind"),
    "empty": ("empty.wav", b"", "not a known kind"),
    "a playlist": ("list.mp3", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not a known kind"),
    "a broken WAV": ("fake.wav", b"RIFF\0\0\0\0WAVEfmt ", "not a readable WAV"),
    "a broken MP3": ("fake.mp3", b"ID3" + bytes(100), "not a readable MP3"),
    "a broken OGG": ("fake.ogg", b"OggS" + bytes(100), "not a readable OGG"),
    "a broken M4A": ("fake.m4a", b"\0\0\0\x20ftypM4A " + bytes(100), "not a readable M4A"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_recording_is_refused_with_the_mend(tmp_path: Path, name: str) -> None:
    file, content, reason = BAD[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(InputError, match=reason) as refused:
        await read_recording(tmp_path / file, tmp_path / "out.wav")
    assert refused.value.mend


def test_a_file_that_is_not_there_or_too_large_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        check_recording(tmp_path / "absent.wav")
    with (tmp_path / "large.wav").open("wb") as large:
        large.truncate(LARGEST_BYTES + 1)
    with pytest.raises(InputError, match="too large"):
        check_recording(tmp_path / "large.wav")


@pytest.mark.parametrize(
    ("effects", "reason"),
    [
        (("vol", "0"), "silent"),
        (("gain", "-45"), "nearly silent"),
        (("gain", "20"), "clipped"),
        (("trim", "0", "0.2"), "too short"),
        (("repeat", str(LONGEST // 2 + 1)), "too long"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
async def test_a_sound_that_nobody_should_be_called_with_is_refused(
    tmp_path: Path, effects: tuple[str, ...], reason: str
) -> None:
    tone, bad = write_tone(tmp_path / "tone.wav", 2), tmp_path / "bad.wav"
    assert (await run("sox", str(tone), str(bad), *effects, seconds=30)).code == 0
    with pytest.raises(InputError, match=reason):
        await read_recording(bad, tmp_path / "out.wav")


async def test_an_mp3_without_ffmpeg_names_the_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    song = await encoded(tmp_path, ".mp3")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="install ffmpeg"):
        await read_recording(song, tmp_path / "out.wav")
