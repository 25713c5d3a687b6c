"""The queue: every open request by its legal clock, and buttons that call the actions."""

from cases.admin import queue

__all__ = ["queue"]
