"""E-mail as a process of its own, to be killed: python -m tests.doomed_mail STORE_URL PORT (of a mail server)."""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from prometheus_client import CollectorRegistry

from announcements.resend import ResendPolicy
from channels.mailer import EmailSettings, Security
from channels.settings import TextingSettings
from service.log import set_up_logging
from service.mailing import make_mailing
from service.sections import TownSettings
from service.settings import Settings
from service.texting import open_texting
from store.database import opened

PER_SECOND = 200


def clock() -> datetime:
    return datetime.now(UTC)


async def main(url: str, port: str) -> None:
    set_up_logging(sys.stderr, logging.ERROR)
    email = EmailSettings(
        host="127.0.0.1",
        port=int(port),
        security=Security.NONE,
        sender="hlasatel@example.cz",
        messages_per_second=PER_SECOND,
        retries=ResendPolicy(failed_seconds=0),
    )
    settings = Settings(town=TownSettings(name="Vzorov"), email=email, texting=TextingSettings(poll_seconds=0.02))
    async with opened(url) as store:
        mailing = make_mailing(settings, store, Path, clock)
        rules, registry = settings.outcome_rules, CollectorRegistry()
        async with open_texting(settings, store, rules, registry, clock, mailing=mailing) as texting:
            await asyncio.gather(*(work for _, work in texting.parts()))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
