"""The letters of the inbox's tests, for what becomes of the answers to them."""

from tests.inbox.conftest import letter, rows, sent, take_in

__all__ = ["letter", "rows", "sent", "take_in"]
