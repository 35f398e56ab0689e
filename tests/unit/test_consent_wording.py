"""The version of the wording that callers accept belongs to exactly these texts."""

import hashlib

from ivr.proving import WORDING
from tts.prompts import prompt_texts

# What is heard before a key agrees. Changed words are a new version: change both.
KEYS = (
    "register.consent",
    "confirm.registration",
    "confirm.change",
    "confirm.leaving",
    "confirm.leaving_all",
    "known.really_package",
    "known.really_all",
)
VERSIONS = {"phone-1": "21ba309207f1a72e"}


def test_changed_words_have_a_version_of_their_own() -> None:
    words = [text for language in ("cs", "en") for key in KEYS for text in prompt_texts(language)[key].split()]
    assert VERSIONS[WORDING] == hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]
