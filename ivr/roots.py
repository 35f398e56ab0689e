"""Where conversations with callers begin: all dialogues, and so all wording, can be reached from here."""

from ivr.callback import called_back_menu
from ivr.confirming import confirm
from ivr.hotline import hotline, main_menu
from ivr.office import offer_help, reach_office
from ivr.reception import AWAY, REFUSALS, converse
from ivr.staff import staff_desk
from ivr.steps import Step
from ivr.tree import Dialogue, prompts_of, steps_of

ROOTS: tuple[Dialogue, ...] = (
    hotline,
    main_menu,
    reach_office,
    offer_help,
    converse,
    confirm,
    called_back_menu,
    staff_desk,
)


def dialogue_prompts() -> list[str]:
    """Keys of all wording that callers may hear."""
    return list(dict.fromkeys([*prompts_of(*ROOTS), *(step.prompt for step in REFUSALS), AWAY]))


def dialogue_steps() -> list[Step]:
    return steps_of(*ROOTS)
