"""Text channels as a process of their own, to be killed: python -m tests.doomed_post STORE_URL SECTION DOOR_PORT AHEAD.

SECTION is a ``[[sms]]`` of Kannel as JSON, AHEAD the seconds that its clock is ahead.
"""

import asyncio
import logging
import sys
from datetime import timedelta

import uvloop

from channels import dispatcher
from channels.kannel import KannelSettings
from service.log import set_up_logging
from store.database import opened
from tests.texting import Clock, texting


async def main(url: str, section: str, door_port: str, ahead: str) -> None:
    set_up_logging(sys.stderr, logging.WARNING)
    dispatcher.GRACE_SECONDS = 1.5  # Kannel comes again each second here
    carrier = KannelSettings.model_validate_json(section)
    clock = Clock(timedelta(seconds=float(ahead)))
    retries = {"failed_seconds": 0}
    async with opened(url) as store, texting(store, carrier, clock=clock, door_port=int(door_port), retries=retries):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
