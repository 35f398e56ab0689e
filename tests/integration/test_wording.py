"""The fixed wording of announcement calls follows the town's lexicon while the service runs."""

from pathlib import Path

import pytest

from service.wording import Wording
from tts.speech import SpeechSettings, configured_library


@pytest.fixture
def settings(tmp_path: Path) -> SpeechSettings:
    return SpeechSettings(engines=("espeak-ng",), library=tmp_path / "library", lexicon=tmp_path / "lexicon.toml")


async def test_a_town_that_is_read_otherwise_is_greeted_otherwise_and_only_that_is_made_anew(
    settings: SpeechSettings,
) -> None:
    wording = Wording(configured_library(settings), "cs", "Chýnov")
    await wording.render()
    before, sounds = dict(wording.sounds), wording.sounds
    settings.lexicon.write_text('[exact]\n"Chýnov" = "chejnov"\n', encoding="utf-8")
    await wording.render()
    assert wording.sounds is sounds
    assert wording.greeting() != Path(before["greeting"])
    assert wording.greeting().with_suffix(".alaw").stat().st_size > 4000
    assert {key for key in before if before[key] != sounds[key]} == {"greeting"}
    assert {str(one.path) for one in wording.kept} == set(before.values()) | set(sounds.values())
