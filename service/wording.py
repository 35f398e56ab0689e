"""What announcement calls say around the message, as the lexicon has it now."""

from pathlib import Path

from store.tasks import for_ever
from tts.library import Library, Rendering
from tts.prompts import render_prompts

# How soon a changed lexicon is heard in the fixed wording of calls; messages follow it at once.
AGAIN_SECONDS = 60.0


class Wording:
    """``sounds``: sound names by prompt; ``kept``: renderings that no sweep may take. Both filled as they are made."""

    def __init__(self, library: Library, language: str, town: str) -> None:
        self.sounds: dict[str, str] = {}
        self.kept: list[Rendering] = []
        self._library = library
        self._language = language
        self._town = town

    async def render(self) -> None:
        """Raises SettingsError for an unknown language, SpeechError where no engine speaks."""
        made = await render_prompts(self._library, self._language, {"town": self._town})
        self.sounds |= {key: str(prompt.path) for key, prompt in made.items()}
        self.kept += [prompt for prompt in made.values() if prompt not in self.kept]

    async def keep_up(self) -> None:
        """For ever; cancelled to end."""
        await for_ever(self.render, AGAIN_SECONDS, "prompts cannot be rendered again")

    def greeting(self) -> Path:
        return Path(self.sounds["greeting"])
