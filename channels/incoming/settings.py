"""``[incoming]``: how messages from people are taken in and answered."""

from typing import Annotated

from pydantic import Field

from channels.settings import Section


class IncomingSettings(Section):
    """``[incoming]``"""

    # Answers to one number within an hour; beyond it its messages are obeyed, but not answered.
    answers_per_hour: Annotated[int, Field(ge=0, le=60)] = 6
    # Where letters ("P …") go, beside the store; empty: they wait in `hlasatel messages`.
    office_email: str = ""
