"""What a call says is at hand from its claim to its end: also where the database is away."""

from pathlib import Path

import pytest

from announcements.hearing import Hearings
from announcements.scripts import Script, Scripts
from store.database import Store, opened
from store.errors import StoreError
from tests.people import RENDERING, add, announce, line, prepare_town, start


async def test_a_claimed_call_needs_no_store_and_shows_its_token(store: Store, tmp_path: Path) -> None:
    await prepare_town(store)
    await add(store, "Marie", line(1))
    await announce(store)
    claimed = await start(store)
    scripts = Scripts()
    scripts.expect(claimed)
    async with opened(f"sqlite:///{tmp_path}/of/nobody") as away:
        (tmp_path / "of").rmdir()
        hearings = Hearings(away, scripts)
        found = await hearings.script_for(claimed.attempt_id, claimed.token)
        assert found == Script(claimed.attempt_id, RENDERING)
        for stranger in ("", "0" * 32, "ř" * 32):
            with pytest.raises(StoreError):  # it was not at hand, and so looked up
                await hearings.script_for(claimed.attempt_id, stranger)


async def test_a_call_that_is_over_is_a_strangers_again(store: Store) -> None:
    """And one of an earlier run is found in the store."""
    await prepare_town(store)
    await add(store, "Marie", line(1))
    await announce(store)
    claimed = await start(store)
    scripts = Scripts()
    scripts.expect(claimed)
    scripts.forget(claimed.attempt_id)
    assert scripts.of(claimed.attempt_id, claimed.token) is None
    found = await Hearings(store, scripts).script_for(claimed.attempt_id, claimed.token)
    assert found == Script(claimed.attempt_id, RENDERING)
