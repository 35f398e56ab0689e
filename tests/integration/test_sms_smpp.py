"""What an SMS centre says behind a real Kannel, in our words."""

from pathlib import Path

from store.database import Store
from store.states import Disposition
from tests.kannel import kannel
from tests.smpp import centre
from tests.texting import mobile, text_people, texting

FATES: dict[int, tuple[int | str, Disposition]] = {
    0: ("DELIVRD", Disposition.DELIVERED),
    1: ("UNDELIV", Disposition.FAILED),
    2: ("EXPIRED", Disposition.FAILED),
    3: ("REJECTD", Disposition.REJECTED),
    4: (0x0B, Disposition.INVALID_NUMBER),
    5: (0x45, Disposition.FAILED),
}


async def test_reports_and_refusals_of_a_centre(store: Store, tmp_path: Path) -> None:
    await text_people(store, "Voda neteče.", people=len(FATES))
    told = {mobile(number).removeprefix("+"): fate for number, (fate, _) in FATES.items()}
    told |= {f"+{number}": fate for number, fate in told.items()}
    async with (
        centre(told) as made,
        kannel(tmp_path / "kannel", smpp_port=made.port) as gateway,
        texting(store, gateway.settings(sender="12345"), retries={"tries": 1}) as office,
    ):
        await office.until_states(delivered=1, failed=len(FATES) - 1)
        ended = {one.address: one for one in await office.attempts()}
    assert {address: one.disposition for address, one in ended.items()} == {
        mobile(number): disposition for number, (_, disposition) in FATES.items()
    }
    assert ended[mobile(4)].cause == 0x0B
