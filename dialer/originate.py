"""The Originate action of one claimed attempt. Only values that the service itself made go into it."""

import re
from collections.abc import Mapping

from announcements.claim import Claimed
from dialer.trunk import Trunk
from dialplans import names
from store.errors import AsteriskError

NUMBER = re.compile(r"\+[0-9]{7,15}")
ID = re.compile(r"[0-9a-f]{32}")
SOUND = re.compile(r"/[A-Za-z0-9/_.-]+")
AGI_URL = re.compile(r"agi://[A-Za-z0-9.:-]+")
CODE = re.compile(r"[0-9A-D*#w]{1,32}")


def originate_fields(
    claimed: Claimed, trunk: Trunk, *, greeting: str, message: str, agi_url: str, detect_machine: bool
) -> Mapping[str, str | list[str]]:
    """``greeting`` and ``message`` are sound names (absolute paths without suffix), ``agi_url`` has no path.

    ChannelId and ActionID are our attempt id, so that OriginateResponse and Hangup name it. A line with a code is a
    loudspeaker's: nobody there is asked anything.
    Raises AsteriskError for any value that is not of its plain form: a person's text never gets here.
    """
    number = checked(NUMBER, claimed.address)
    if not trunk.may_dial(number):
        raise AsteriskError(f"trunk {trunk.name} may not dial this number", mend="see its prefixes; premium never")
    context, route = _context(claimed)
    variables = {
        names.ATTEMPT: checked(ID, claimed.attempt_id),
        names.TOKEN: checked(ID, claimed.token),
        names.AGI: f"{checked(AGI_URL, agi_url)}/{route}",
    }
    if claimed.rendering is not None:
        variables |= {
            names.GREETING: checked(SOUND, greeting),
            names.MESSAGE: checked(SOUND, message),
            # Said only where it changes anything: a variable costs Asterisk as much as a step of its dialplan.
            **({names.DETECT: "yes"} if detect_machine else {}),
            **({} if claimed.leave_message else {names.LEAVE: "no"}),
        }
    if claimed.code is not None:
        variables[names.CODE] = checked(CODE, claimed.code)
    fields: dict[str, str | list[str]] = {
        "ActionID": claimed.attempt_id,
        "ChannelId": claimed.attempt_id,
        "Channel": f"PJSIP/{number}@{trunk.endpoint}",
        "Context": context,
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(trunk.ring_seconds * 1000),
        "Async": "true",
        "Codecs": ",".join(trunk.codecs),
        "Variable": [f"{name}={value}" for name, value in variables.items()],
    }
    if trunk.caller_id:
        fields["CallerID"] = f"<{checked(NUMBER, trunk.caller_id)}>"
    return fields


def _context(claimed: Claimed) -> tuple[str, str]:
    """Where the dialplan goes on, and the path at our FastAGI server."""
    if claimed.rendering is None:
        return names.CALLBACK_CONTEXT, names.CALLBACK_ROUTE
    announces = names.ANNOUNCEMENT_CONTEXT if claimed.code is None else names.LOUDSPEAKER_CONTEXT
    return announces, names.ANNOUNCEMENT_ROUTE


def checked(form: re.Pattern[str], value: str) -> str:
    """The value, if all of it has the form. Raises AsteriskError otherwise."""
    if form.fullmatch(value) is None:
        raise AsteriskError(f"{value!r} may not go into a call", mend="numbers are E.164, sound paths plain ASCII")
    return value
