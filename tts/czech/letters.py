"""Names of the letters."""

LETTERS = {
    **dict(
        zip(
            "abcdefghijklmnopqrstuvwxyz",
            (
                *("á", "bé", "cé", "dé", "é", "ef", "gé", "há", "í", "jé", "ká", "el", "em", "en", "ó", "pé"),
                *("kvé", "er", "es", "té", "ú", "vé", "dvojité vé", "iks", "ypsilon", "zet"),
            ),
            strict=True,
        )
    ),
    "á": "á",
    "č": "čé",
    "ď": "ďé",
    "é": "é",
    "ě": "ije",
    "í": "í",
    "ň": "eň",
    "ó": "ó",
    "ř": "eř",
    "š": "eš",
    "ť": "ťé",
    "ú": "ú",
    "ů": "ú",
    "ý": "ypsilon",
    "ž": "žet",
}


def spelled(letters: str) -> str:
    """Letter by letter: há zet es; other signs are left out."""
    return " ".join(LETTERS[letter] for letter in letters.lower() if letter in LETTERS)
