"""The words that the dialplan and the programs share. A test compares them with the ``.conf`` files here.

Values in these variables are made by the service (ids, tokens, paths); a person's text never is.
"""

from importlib.resources import files

# Contexts of extensions-hlasatel.conf.
ANNOUNCEMENT_CONTEXT = "hlasatel-announcement"
LOUDSPEAKER_CONTEXT = "hlasatel-loudspeaker"

# Set by Originate, read by the dialplan.
ATTEMPT = "HLASATEL_ATTEMPT"  # our attempt id
TOKEN = "HLASATEL_TOKEN"  # noqa: S105  (a name) what the call shows to the FastAGI server
AGI = "HLASATEL_AGI"  # agi://host:port/announcement
GREETING = "HLASATEL_GREETING"  # sound name of the town's greeting
MESSAGE = "HLASATEL_MESSAGE"  # sound name of the announcement
DETECT = "HLASATEL_DETECT"  # "yes": tell a machine from a human first
CODE = "HLASATEL_CODE"  # keys that open a loudspeaker system; only in its context

# Set by the FastAGI handler at a proper end; where it is missing, the dialplan plays the message itself.
DONE = "HLASATEL_DONE"

# Set by the dialplan; every AMI event of the call leg shows them (channelvars in manager.conf).
ANSWERER = "HLASATEL_ANSWERER"  # HUMAN, MACHINE, NOTSURE (AMDSTATUS)
HEARD = "HLASATEL_HEARD"  # seconds of the message that the dialplan itself played

REPORTED = (ANSWERER, HEARD)


def conf(name: str) -> str:
    """Text of one of the Asterisk files of this folder, such as ``extensions-hlasatel.conf``."""
    return files("dialplans").joinpath(name).read_text(encoding="utf-8")
