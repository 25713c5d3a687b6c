"""The front door: who comes in, in which language, and which person on file that is."""

from accounts.views.session import language

__all__ = ["language"]
