"""Python's search for garbage in cycles, as a service wants it: rarer, and not among what stays for good."""

import gc

# New objects before a search. With Python's own 700 a busy dialer spends a tenth of its time on searches.
BETWEEN_SEARCHES = 20_000


def search_rarely() -> None:
    """When all that lives as long as the service has been made. Most objects go at once by their reference count."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(BETWEEN_SEARCHES, 20, 20)
