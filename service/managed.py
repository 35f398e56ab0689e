"""Our managed Asterisk: started with the service where the settings say so, and started again if it dies."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from pydantic import SecretStr

from dialer.link import AmiSettings
from lab.asterisk import Asterisk
from lab.managed import managed_files
from lab.program import install_program
from service.settings import Settings, cache_folder
from store.errors import LabError

log = structlog.get_logger(__name__)

SECRET_FILE = "ami.secret"  # noqa: S105  (a name)
RESTART_SECONDS = 2.0


@asynccontextmanager
async def managed_asterisk(settings: Settings) -> AsyncIterator[None]:
    """Keeps our own Asterisk up inside the block; does nothing where one is run by somebody else.

    Another command of ours (``hlasatel call`` beside ``hlasatel run``) uses the one that runs already.
    Raises LabError when it cannot be fetched or started.
    """
    if not settings.asterisk.managed or await _answers(settings):
        yield
        return
    program = await install_program(cache_folder())
    asterisk = Asterisk(program, settings.asterisk.folder, config_files(settings))
    await asterisk.start()
    log.info("asterisk started", version=program.version, folder=str(settings.asterisk.folder))
    keeper = asyncio.create_task(_keep_up(asterisk), name="asterisk keeper")
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await asterisk.stop()


def config_files(settings: Settings) -> Mapping[str, str]:
    """Our Asterisk's configuration, text by file name."""
    asterisk = settings.asterisk
    return managed_files(
        settings.trunks,
        sip_port=asterisk.sip_port,
        rtp_ports=asterisk.rtp_ports,
        ami_port=asterisk.ami_port,
        ami_user=asterisk.ami_user,
        ami_secret=ami_settings(settings).secret.get_secret_value(),
        bind=asterisk.sip_bind or None,
    )


def ami_settings(settings: Settings) -> AmiSettings:
    asterisk = settings.asterisk
    secret = asterisk.ami_secret.get_secret_value() or _kept_secret(asterisk.folder)
    return AmiSettings(host=asterisk.ami_host, port=asterisk.ami_port, user=asterisk.ami_user, secret=SecretStr(secret))


def _kept_secret(folder: Path) -> str:
    """Made at first use; readable by us alone."""
    file = folder / SECRET_FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(24), encoding="ascii")
    return file.read_text(encoding="ascii").strip()


async def _answers(settings: Settings) -> bool:
    try:
        _, writer = await asyncio.open_connection(settings.asterisk.ami_host, settings.asterisk.ami_port)
    except OSError:
        return False
    writer.close()
    return True


async def _keep_up(asterisk: Asterisk) -> None:
    while True:
        await asterisk.ended()
        log.error("asterisk died, starting it again", log=str(asterisk.log))
        try:
            await asterisk.start()
        except LabError as error:
            log.error("asterisk does not start", error=str(error))
            await asyncio.sleep(RESTART_SECONDS)
