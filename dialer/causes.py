"""Where foreign codes meet ours: Asterisk's Q.850 hangup causes and Originate reasons → dispositions.

Q.850 causes: ITU-T Q.850 table 1, as in Asterisk's ``include/asterisk/causes.h``. Asterisk maps SIP answers to them
(``res_pjsip_session``: 404 and 604 → 1, 486 and 600 → 17, 408 → 18, 480 → 19 or 20, 603 → 21, 484 → 28, 503 → 34 …).
"""

from collections.abc import Mapping
from enum import IntEnum

from store.states import Disposition


class Reason(IntEnum):
    """``Reason`` of OriginateResponse (Asterisk ``main/manager.c``)."""

    FAILED = 0
    NO_ANSWER = 1
    TIMEOUT = 3
    ANSWERED = 4
    BUSY = 5
    CONGESTION = 8


# The cause of a call leg that never came up.
CAUSES: Mapping[int, Disposition] = {
    1: Disposition.INVALID_NUMBER,  # unallocated number
    2: Disposition.CONGESTION,  # no route to transit network
    3: Disposition.FAILED,  # no route to destination: often our own trunk, so the number is not to blame
    16: Disposition.NO_ANSWER,  # normal clearing before an answer
    17: Disposition.BUSY,
    18: Disposition.NO_ANSWER,  # no user responding
    19: Disposition.NO_ANSWER,  # alerting, no answer
    20: Disposition.NO_ANSWER,  # subscriber absent
    21: Disposition.BUSY,  # rejected by the person called
    22: Disposition.INVALID_NUMBER,  # number changed
    27: Disposition.FAILED,  # destination out of order
    28: Disposition.INVALID_NUMBER,  # invalid number format
    34: Disposition.CONGESTION,  # no circuit available
    38: Disposition.CONGESTION,  # network out of order
    41: Disposition.CONGESTION,  # temporary failure
    42: Disposition.CONGESTION,  # switching equipment congestion
    44: Disposition.CONGESTION,  # requested circuit not available
    47: Disposition.CONGESTION,  # resource unavailable
    102: Disposition.NO_ANSWER,  # recovery on timer expiry
}

REASONS: Mapping[int, Disposition] = {
    Reason.NO_ANSWER: Disposition.NO_ANSWER,
    Reason.TIMEOUT: Disposition.NO_ANSWER,
    Reason.BUSY: Disposition.BUSY,
    Reason.CONGESTION: Disposition.CONGESTION,
}


def disposition_of_cause(cause: int) -> Disposition:
    """For a call leg that never came up; a cause not in the table is *failed*."""
    return CAUSES.get(cause, Disposition.FAILED)


def disposition_of_answerer(status: str) -> Disposition:
    """For a call leg that was up, by AMDSTATUS: all but a sure machine are people."""
    return Disposition.MACHINE if status == "MACHINE" else Disposition.ANSWERED


def disposition_of_reason(reason: int) -> Disposition:
    """For an Originate that failed before there was a call leg to hang up."""
    return REASONS.get(reason, Disposition.FAILED)
