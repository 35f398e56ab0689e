"""A rendering for the person at this machine: played on its loudspeaker, or written to a file."""

import tempfile
from pathlib import Path

from service.cli.files import write_file
from tts.export import exported
from tts.library import Rendering
from tts.play import play


async def give(made: Rendering, output: Path | None) -> None:
    """Raises SpeechError where there is no loudspeaker, InputError for a file that cannot be written."""
    if output is not None:
        write_file(output, await exported(made.path, output.suffix))
        return
    with tempfile.TemporaryDirectory(prefix="hlasatel-say-") as folder:
        line = Path(folder) / "line.wav"
        line.write_bytes(await exported(made.path, ".wav"))
        await play(line, made.seconds)
