"""The landlines of the acceptance tests: every scene has numbers of its own, so that scenes never mix."""

from lab.behaviour import Act, Behaviour

LISTENS = Behaviour()
SILENT = Behaviour(says_hello=False)
REPEATS = Behaviour(does=Act.PRESSES, keys="12")
CONFIRMS = Behaviour(does=Act.PRESSES, keys="2")
YES = Behaviour(does=Act.PRESSES, keys="1")
NOT_MINE = Behaviour(does=Act.PRESSES, keys="9")
UNSUBSCRIBES = Behaviour(does=Act.PRESSES, keys="99")
SLIPS = Behaviour(does=Act.PRESSES, keys="9")
BUSY_ONCE = Behaviour(does=Act.BUSY_THEN_FREE, busy_times=1)
BUSY = Behaviour(does=Act.BUSY)
NO_ANSWER = Behaviour(does=Act.NO_ANSWER)
UNALLOCATED = Behaviour(does=Act.UNALLOCATED)
CONGESTION = Behaviour(does=Act.CONGESTION)
MACHINE = Behaviour(does=Act.MACHINE)
LOUDSPEAKER_CODE = "*1#5"
LOUDSPEAKER = Behaviour(does=Act.LOUDSPEAKER, keys=LOUDSPEAKER_CODE)
FOLLOWS = Behaviour(does=Act.FOLLOWS, says_hello=False)
HANGS_UP = Behaviour(does=Act.HANGS_UP_EARLY, stays_seconds=9)

# Scene -> number -> behaviour. A number's last digits tell its scene.
LANDLINES: dict[str, dict[str, Behaviour]] = {
    "listens": {"+420556415101": LISTENS},
    "silent": {"+420556415102": SILENT},
    "repeats": {"+420556415103": REPEATS},
    "confirms": {"+420556415104": CONFIRMS},
    "unsubscribes": {"+420556415105": UNSUBSCRIBES},
    "slips": {"+420556415106": SLIPS},
    "busy once": {"+420556415107": BUSY_ONCE},
    "busy": {"+420556415108": BUSY},
    "no answer": {"+420556415109": NO_ANSWER},
    "unallocated": {"+420556415110": UNALLOCATED},
    "congestion": {"+420556415111": CONGESTION},
    "machine": {"+420556415112": MACHINE},
    "hangs up": {"+420556415113": HANGS_UP},
    "shared": {"+420556415114": CONFIRMS},
    "second phone": {"+420556415115": NO_ANSWER, "+420556415116": CONFIRMS},
    # Each ends at once, so that many calls one after another take seconds.
    "priority": {f"+4205564153{n:02}": BUSY for n in range(8)},
    "stop": {"+420556415200": CONFIRMS, **{f"+42055641520{n}": BUSY for n in range(1, 6)}},
    "window": {f"+42055641540{n}": NO_ANSWER for n in range(3)},
    "service dies": {"+420556415117": LISTENS},
    "asterisk dies": {"+420556415118": LISTENS},
    "first try": {"+420556415120": CONFIRMS},
    "pause": {
        "+420556415130": CONFIRMS,
        "+420556415131": BUSY,
        "+420556415132": BUSY,
        "+420556415133": BUSY,
    },
    "cut": {"+420556415134": LISTENS},
    "correction": {"+420556415135": CONFIRMS, "+420556415136": CONFIRMS},
    "loudspeaker": {"+420556415138": LOUDSPEAKER, "+420556415139": LOUDSPEAKER},
    # Rings in vain, then its owner calls the town's number.
    "rings back": {"+420556415140": NO_ANSWER, "+420556415141": NO_ANSWER},
    "office": {"+420556415142": LISTENS},
    "office away": {"+420556415143": NO_ANSWER},
    "rings and hangs up": {"+420556415144": HANGS_UP},
    "staff launches": {"+420556415650": FOLLOWS, "+420556415651": CONFIRMS},
    "staff hands over": {"+420556415652": FOLLOWS, "+420556415653": CONFIRMS},
    "staff is forged": {"+420556415654": FOLLOWS, "+420556415655": CONFIRMS},
    "staff number": {"+420556415656": FOLLOWS, "+420556415657": CONFIRMS},
    # By place in the tree of dialogues; the last one rings long enough for something to happen meanwhile.
    "hangs up everywhere": {
        **{f"+420556418{n:03}": FOLLOWS for n in range(199)},
        "+420556418199": FOLLOWS.model_copy(update={"ring_seconds": 2.5}),
    },
    "missed everywhere": {f"+420556418{n}": BUSY for n in range(200, 205)},
    "command line": {"+420556415119": CONFIRMS},
    # One listens; of two people both phones are busy, the landline and the mobile.
    "escalate": {
        "+420556415501": LISTENS,
        "+420556415502": BUSY,
        "+420602415502": BUSY,
        "+420556415503": BUSY,
        "+420602415503": BUSY,
    },
    # Called back: they press one for yes, nine for what they never asked for, or nothing.
    "people by phone": {
        "+420556415701": YES,
        "+420556415705": YES,
        "+420556415707": LISTENS,
        "+420556415708": CONFIRMS,
        "+420556415709": LISTENS,
    },
    # The last two prove it by PIN, so nobody calls them back.
    "known callers": {
        "+420556415702": NOT_MINE,
        "+420556415703": LISTENS,
        "+420556415704": YES,
        "+420556415706": NOT_MINE,
        "+420556415710": LISTENS,
        "+420556415711": LISTENS,
    },
}


def numbers(scene: str) -> list[str]:
    return list(LANDLINES[scene])


def behaviours() -> dict[str, Behaviour]:
    return {number: behaviour for scene in LANDLINES.values() for number, behaviour in scene.items()}
