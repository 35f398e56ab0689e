"""Hang up calls of ours, by attempt id."""

from collections.abc import Collection

from dialer.link import AmiLink
from store.errors import AsteriskError

UP = "6"  # ChannelState, as in Asterisk's ast_channel_state


async def hang_up(link: AmiLink, attempt_ids: Collection[str], *, only_ringing: bool = False) -> None:
    """End these calls; those that are over already are passed over.

    ``only_ringing`` leaves alone whoever has answered meanwhile. Raises AsteriskError as ``AmiLink.listing``.
    """
    for leg in await link.listing("CoreShowChannels"):
        if leg.get("uniqueid") in attempt_ids and not (only_ringing and leg.get("channelstate") == UP):
            try:
                await link.action("Hangup", {"Channel": str(leg.get("channel"))})
            except AsteriskError:  # it has just ended by itself
                continue
