"""What guides those who write announcements: the communication manual and the templates."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from announcements.manual import Manual, complaints, read_manual
from announcements.templates import Template, load_templates
from service.settings import Settings
from store.errors import SettingsError
from store.people import Topic


class Guide(NamedTuple):
    manual: Manual
    templates: Mapping[str, Template]
    town: str
    zone: tzinfo


def load_guide(settings: Settings) -> Guide:
    """Raises SettingsError that names the file and the key."""
    files = settings.communication
    return Guide(read_manual(files.manual), load_templates(files.templates), settings.town.name, settings.town.zone)


async def complaints_of(session: AsyncSession, settings: Settings) -> list[tuple[str, str]]:
    """Key and reason of all that is wrong with them in this town. Raises SettingsError as ``load_guide``."""
    guide = load_guide(settings)
    topics = (await session.scalars(select(Topic.code))).all()
    return list(complaints(guide.manual, topics, guide.templates, settings.ways.sms))


async def check_guide(session: AsyncSession, settings: Settings) -> None:
    """Raises SettingsError for the first thing wrong."""
    for key, reason in await complaints_of(session, settings):
        raise SettingsError(f"communication manual: {key}: {reason}", mend="mend it; then: hlasatel manual check")
