"""Outreach: letters to UN missions, merged, scheduled, sent once, and followed until they are answered."""

__version__ = "0.1.0"
