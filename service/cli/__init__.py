"""The command line. Importing the modules registers their commands."""

from service.cli import announcing, demonstrating, people, serving, speaking
from service.cli.app import main

__all__ = ["announcing", "demonstrating", "main", "people", "serving", "speaking"]
