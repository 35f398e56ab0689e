"""The command line. Importing the modules registers their commands."""

import service.cli.announcing
import service.cli.controlling
import service.cli.demonstrating
import service.cli.drafts
import service.cli.email
import service.cli.following
import service.cli.guiding
import service.cli.messages
import service.cli.people
import service.cli.prompts
import service.cli.requests
import service.cli.saying
import service.cli.serving
import service.cli.speaking
import service.cli.speech
import service.cli.staff
import service.cli.texting
import service.cli.trail
import service.cli.trunks
import service.cli.voicemail  # noqa: F401  (all of these)
from service.cli.app import main

__all__ = ["main"]
