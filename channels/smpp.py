"""Where foreign codes meet ours: what SMS centres tell by SMPP → dispositions.

``command_status``: SMPP 3.4, 5.1.3. ``stat`` of a delivery receipt: SMPP 3.4, appendix B.
"""

import re
from collections.abc import Mapping

from store.states import Disposition

STATUSES: Mapping[int, Disposition] = {
    0x0B: Disposition.INVALID_NUMBER,  # ESME_RINVDSTADR
    0x14: Disposition.CONGESTION,  # ESME_RMSGQFUL
    0x33: Disposition.INVALID_NUMBER,  # ESME_RINVNUMDESTS
    0x45: Disposition.FAILED,  # ESME_RSUBMITFAIL
    0x50: Disposition.INVALID_NUMBER,  # ESME_RINVDSTTON
    0x51: Disposition.INVALID_NUMBER,  # ESME_RINVDSTNPI
    0x58: Disposition.CONGESTION,  # ESME_RTHROTTLED
    0x66: Disposition.REJECTED,  # ESME_RX_R_APPN: a blocked number
}
STATES: Mapping[str, Disposition] = {
    "DELIVRD": Disposition.DELIVERED,
    "EXPIRED": Disposition.FAILED,  # the phone was off all the time
    "DELETED": Disposition.REJECTED,
    "UNDELIV": Disposition.FAILED,
    "REJECTD": Disposition.REJECTED,
}
STATUS = re.compile(r"NACK/0x([0-9a-fA-F]{1,8})\b|NACK/([0-9]{1,8})\b")
STATE = re.compile(r"stat:([A-Z]{1,7})", re.IGNORECASE)


def disposition_of_words(words: str) -> tuple[Disposition, int | None]:
    """From what the centre said when it did not take or deliver a message, with its raw code; *failed* in doubt."""
    if refusal := STATUS.search(words):
        status = int(refusal[1], 16) if refusal[1] else int(refusal[2])
        return STATUSES.get(status, Disposition.FAILED), status
    if receipt := STATE.search(words):
        return STATES.get(receipt[1].upper(), Disposition.FAILED), None
    return Disposition.FAILED, None
