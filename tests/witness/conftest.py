"""What the rooms next door use to put letters into the queue, and to run commands."""

from tests.cli.conftest import folder, laid_out, laid_out_before, outreach, scheduled, server_settings
from tests.outbox.conftest import letters, messages, recipients

__all__ = [
    "folder",
    "laid_out",
    "laid_out_before",
    "letters",
    "messages",
    "outreach",
    "recipients",
    "scheduled",
    "server_settings",
]
