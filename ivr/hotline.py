"""The town's number: greeting, language, and the main menu."""

from ivr.call import Call
from ivr.known import known_caller
from ivr.listening import listen, tell_missed
from ivr.office import leave_message
from ivr.register import register
from ivr.staff_line import staff_line
from ivr.steps import Menu, Say
from ivr.words import speak_as_wished

WELCOME = Say("hotline.welcome")
LANGUAGE = Say("hotline.language")
STAFF = {"9": staff_line}
STRANGER = Menu("hotline.stranger", {"1": listen, "2": register, "3": leave_message}, back=False, untold=STAFF)
KNOWN = Menu("hotline.known", {"1": listen, "2": known_caller, "3": leave_message}, back=False, untold=STAFF)


async def hotline(call: Call) -> None:
    """The town's number answers."""
    await speak_as_wished(call)
    await call.say(WELCOME)
    if len(call.desk.prompts) > 1 and not call.people:
        await call.choose_language(LANGUAGE)
    await tell_missed(call)
    await main_menu(call)


async def main_menu(call: Call) -> None:
    """What a caller can do."""
    dialogue = await call.choose(KNOWN if call.people else STRANGER)
    await dialogue(call)
