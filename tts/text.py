"""What a text must be before anything is spoken."""

import unicodedata

from store.errors import InputError

LONGEST_TEXT = 5000  # letters; about six minutes of speech
ALLOWED_CONTROLS = "\n\r\t"


def check_text(text: str) -> None:
    """Raise InputError for a text that is empty, too long, has control characters or nothing to speak."""
    if not text.strip():
        raise InputError("the text is empty", mend="write what is to be announced")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"the text has {len(text)} letters, {LONGEST_TEXT} at most", mend="shorten or split it")
    for place, letter in enumerate(text, start=1):
        if unicodedata.category(letter) in ("Cc", "Cs") and letter not in ALLOWED_CONTROLS:
            raise InputError(
                f"the text has the control character U+{ord(letter):04X} at letter {place}", mend="remove it"
            )
    if not any(letter.isalnum() for letter in text):
        raise InputError("the text has nothing to speak", mend="write words or numbers")
