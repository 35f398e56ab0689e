"""What a call counts as in the retry policy when nobody knows how it ended. Pure."""

from store.states import Disposition, Priority


def counted_as(disposition: Disposition, priority: Priority) -> Disposition:
    """*Unknown* means that somebody may have heard the message: all other endings are settled (docs/architecture.md).

    ========= ============================================ ===================================================
    priority  an unknown ending counts as                  so
    ========= ============================================ ===================================================
    crisis    not reached (unknown)                        tried again: better once too often
    the rest  answered, and the message not heard          one more try (``not_heard_tries``): better once too few
    ========= ============================================ ===================================================
    """
    if disposition is Disposition.UNKNOWN and priority is not Priority.CRISIS:
        return Disposition.ANSWERED
    return disposition
