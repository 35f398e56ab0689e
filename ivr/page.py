"""The page of the docs that shows the dialogues: the part between two marks is written by the program."""

from ivr.roots import ROOTS
from ivr.tree import drawing, outline
from store.errors import InputError

BEGIN, END = "<!-- dialogues: written by `hlasatel prompts draw --into` -->\n", "<!-- end of dialogues -->\n"


def with_tree(page: str) -> str:
    """The page with the dialogues as they are now. Raises InputError for a page without the marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError("the page has no marks between which the dialogues are written", mend=f"add {BEGIN}{END}")
    return f"{before}{BEGIN}\n```mermaid\n{drawing(*ROOTS)}```\n\n{outline(*ROOTS)}\n{END}{after}"
