"""The words that the dialplan and the programs share. A test compares them with the ``.conf`` files here.

Values in these variables are made by the service (ids, tokens, paths); a person's text never is.
"""

from importlib.resources import files

# Contexts of extensions-hlasatel.conf.
ANNOUNCEMENT_CONTEXT = "hlasatel-announcement"
LOUDSPEAKER_CONTEXT = "hlasatel-loudspeaker"
CALLBACK_CONTEXT = "hlasatel-callback"
INBOUND_CONTEXT = "hlasatel-inbound"  # where a trunk's calls come in
HOTLINE_CONTEXT = "hlasatel-hotline"  # calls to the town's number
PROBE_CONTEXT = "hlasatel-probe"  # hlasatel doctor
KEEP_CONTEXT = "hlasatel-keep"  # puts the apology into Asterisk's own database
OFFICE_CONTEXT = "hlasatel-office"  # a subroutine: extension, trunk, seconds of ringing

# Paths of our FastAGI server.
ANNOUNCEMENT_ROUTE = "announcement"
CALLBACK_ROUTE = "callback"
HOTLINE_ROUTE = "hotline"

# Set by Originate, read by the dialplan.
ATTEMPT = "HLASATEL_ATTEMPT"  # our attempt id
TOKEN = "HLASATEL_TOKEN"  # noqa: S105  (a name) what the call shows to the FastAGI server
AGI = "HLASATEL_AGI"  # agi://host:port/route
GREETING = "HLASATEL_GREETING"  # sound name of the town's greeting
MESSAGE = "HLASATEL_MESSAGE"  # sound name of the announcement
DETECT = "HLASATEL_DETECT"  # "yes": tell a machine from a human first; else unset
LEAVE = "HLASATEL_LEAVE"  # "no": a machine that answers has the message already
CODE = "HLASATEL_CODE"  # keys that open a loudspeaker system; only in its context

# Set by the doctor's Originate: the file that Asterisk shall write, where it keeps what callers say.
PROBE = "HLASATEL_PROBE"

# Set by the FastAGI handler at a proper end; where it is missing, the dialplan plays the message itself.
DONE = "HLASATEL_DONE"

# What is known of the call so far; every AMI event of the call leg shows it (channelvars in manager.conf), and the line
# in the record.
ANSWERER = "HLASATEL_ANSWERER"  # set by the dialplan: HUMAN, MACHINE, NOTSURE (AMDSTATUS)
HEARD = "HLASATEL_HEARD"  # set by the handler and the dialplan: the most seconds of the message that were heard
CONFIRMED = "HLASATEL_CONFIRMED"  # set by the handler: "yes" when a key said so

REPORTED = (ANSWERER, HEARD, CONFIRMED)

# The global variable that the service sets when its link has come up: the file that gets a line whenever a call ends.
RECORD = "HLASATEL_RECORD"
# Global variables likewise: where calls to the town's number go, and what they hear when the service is away.
HOTLINE = "HLASATEL_HOTLINE"  # agi://host:port/hotline; empty: nobody answers, callers are refused
HOTLINE_TOKEN = "HLASATEL_HOTLINE_TOKEN"  # noqa: S105  (a name) what such a call shows to the FastAGI server
APOLOGY = "HLASATEL_APOLOGY"  # sound name
STAFF_LINE = "HLASATEL_STAFF_LINE"  # regular expression of the staff's own number as a trunk may write it; empty: none
RING_SECONDS = "HLASATEL_RING_SECONDS"  # before the answer, where who hangs up is called back; empty: none

# Columns of such a line, parted by commas. Moments are seconds since 1970 with their fraction.
RECORD_COLUMNS = ("attempt", "answered_at", "ended_at", "cause", "answerer", "heard", "confirmed")


def conf(name: str) -> str:
    """Text of one of the Asterisk files of this folder, such as ``extensions-hlasatel.conf``."""
    return files("dialplans").joinpath(name).read_text(encoding="utf-8")
