"""Play a sound on this machine's loudspeaker, through whichever player is there."""

import shutil
from pathlib import Path

from store.errors import SpeechError
from tts.process import run

PLAYERS = (("aplay", "-q"), ("play", "-q"), ("ffplay", "-nodisp", "-autoexit", "-v", "error"))


async def play(wav: Path, seconds: float) -> None:
    """Raises SpeechError where there is no player, or no loudspeaker."""
    player = next((player for player in PLAYERS if shutil.which(player[0])), None)
    if player is None:
        raise SpeechError("nothing here plays sound", mend="install alsa-utils, or write a file with -o FILE")
    ended = await run(*player, str(wav), seconds=seconds + 30)
    if ended.code != 0:
        raise SpeechError(f"{player[0]}: {ended.last_words}", mend="see the loudspeaker, or write a file with -o FILE")
