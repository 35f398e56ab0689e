"""A service that is killed at a named point: the real one, with eyes at each boundary between memory, store and phone.

Run as a process of its own, it loads everything once, and forks a service for each order that comes on stdin: the name
of a point, and how many times it is passed before the kill. SIGKILL, so that nothing is tidied up. On stdout comes how
the service ended. The points are watched from outside (SQLAlchemy's events, the AMI library): the product has no hooks.
"""

import asyncio
import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import panoramisk
import structlog
import uvloop
from pydantic import BaseModel
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from dialer import calls, health
from dialplans.names import KEEP_CONTEXT
from service import composition, wording
from service.settings import Settings
from tests.history import Originated, append

POINTS = (
    "before the claim's commit",
    "after the claim's commit",
    "before Originate",
    "Originate sent",
    "Originate queued",
    "answered",
    "before the hearing's commit",
    "after the hearing's commit",
    "hang-up seen",
    "before the outcome's commit",
    "after the outcome's commit",
)
# A point that is not passed within this time kills all the same, wherever the service is.
PATIENCE_SECONDS = 6.0
ELSEWHERE = "elsewhere"


class Order(BaseModel):
    """Work until ``point`` has been passed ``times``; without a point until all is done."""

    point: str | None = None
    times: int = 1


@dataclass(frozen=True)
class Estate:
    """What every one of the services works with."""

    settings: Settings
    # Sound names by prompt.
    prompts: Mapping[str, Path]
    history: Path
    # Gets a line for each service: the point at which it died.
    deaths: Path
    log: Path
    # How many seconds its clock is ahead; no file: it is right.
    clock: Path


@dataclass(frozen=True)
class Said:
    """In place of a rendering: only these are asked for."""

    path: Path
    key: str


class Doom:
    def __init__(self, order: Order, deaths: Path) -> None:
        self._order = order
        self._deaths = deaths
        self._passed = 0

    def reach(self, point: str) -> None:
        self._passed += point == self._order.point
        if point == self._order.point and self._passed == self._order.times:
            self.strike(point)

    def strike(self, point: str) -> None:
        handle = os.open(self._deaths, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, point.encode() + b"\n")
        os.kill(os.getpid(), signal.SIGKILL)


def watch(doom: Doom, history: Path) -> None:
    _watch_commits(doom.reach)
    _watch_originate(doom.reach, history)
    _watch_events(doom.reach)


def _watch_commits(reach: Callable[[str], None]) -> None:
    """SQLite has one writer at a time, so the transaction that commits is the one that wrote last."""
    kinds: list[str] = []

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO attempts"):
            kinds.append("claim")
        elif statement.startswith("UPDATE attempts"):
            kinds.append("outcome" if "disposition=" in statement else "hearing")

    @event.listens_for(Engine, "commit")
    def before(_connection: Connection) -> None:
        if kinds:
            reach(f"before the {kinds[-1]}'s commit")

    @event.listens_for(Session, "after_commit")
    def after(_session: Session) -> None:
        if kinds:
            reach(f"after the {kinds[-1]}'s commit")
            kinds.clear()


def _watch_originate(reach: Callable[[str], None], history: Path) -> None:
    send = panoramisk.Manager.send_action

    def watched(self: Any, action: Mapping[str, Any], *arguments: Any, **options: Any) -> Any:
        if action["Action"] != "Originate" or KEEP_CONTEXT in action["Channel"]:
            return send(self, action, *arguments, **options)
        reach("before Originate")
        future = send(self, action, *arguments, **options)
        append(history, Originated(at=datetime.now(UTC), attempt=action["ActionID"]))
        reach("Originate sent")
        future.add_done_callback(lambda _: reach("Originate queued"))
        return future

    panoramisk.Manager.send_action = watched


def _watch_events(reach: Callable[[str], None]) -> None:
    take = calls.CallsInFlight.on_event

    def watched(self: calls.CallsInFlight, event: Mapping[str, Any]) -> None:
        if KEEP_CONTEXT in str(event.get("channel")):
            pass  # nobody is called
        elif event.get("event") == "Hangup":
            reach("hang-up seen")
        elif event.get("event") == "OriginateResponse" and event.get("response") == "Success":
            reach("answered")
        take(self, event)

    calls.CallsInFlight.on_event = watched  # type: ignore[method-assign]


def clock_of(estate: Estate) -> Callable[[], datetime]:
    def now() -> datetime:
        ahead = float(estate.clock.read_text()) if estate.clock.exists() else 0.0
        return datetime.now(UTC) + timedelta(seconds=ahead)

    return now


async def serve(estate: Estate, order: Order, doom: Doom) -> None:
    async def prompts(*_arguments: Any) -> Mapping[str, Said]:
        return {name: Said(path, path.name) for name, path in estate.prompts.items()}

    vars(wording).update(render_prompts=prompts)
    vars(composition).update(utc_now=clock_of(estate))
    if order.point is not None:
        asyncio.get_running_loop().call_later(PATIENCE_SECONDS, doom.strike, ELSEWHERE)
    async with composition.open_service(estate.settings) as opened:
        await opened.run(until_done=order.point is None)
        await opened.drain()


def _be_born(estate: Estate, order: Order) -> None:
    """In the forked process; never returns."""
    log = estate.log.open("a", encoding="utf-8")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(log),
    )
    doom = Doom(order, estate.deaths)
    watch(doom, estate.history)
    try:
        uvloop.run(serve(estate, order, doom))
    except BaseException:
        structlog.get_logger().exception("the service failed")
        log.flush()
        os._exit(1)
    os._exit(0)


def main(estate_file: Path) -> None:
    estate: Estate = pickle.loads(estate_file.read_bytes())  # noqa: S301  (the test wrote it)
    health.REST_SECONDS = 1.0  # a trunk suspected after many deaths in a row would make the run long
    for line in sys.stdin:
        order = Order.model_validate_json(line)
        child = os.fork()
        if child == 0:
            _be_born(estate, order)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps(os.waitstatus_to_exitcode(status)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    from tests.acceptance.doomed import main as run  # by its own name, so that the pickle's classes are these

    run(Path(sys.argv[1]))
