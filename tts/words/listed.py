"""Long tables of words, written as running text."""


def listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())
