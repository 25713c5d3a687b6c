"""PostgreSQL and Valkey out of their wheels, for the demo and the tests. Never imported by production."""

from portal.embedded.postgres import start_postgres, stop_postgres
from portal.embedded.processes import EmbeddedError, Server
from portal.embedded.valkey import start_valkey

__all__ = ["EmbeddedError", "Server", "start_postgres", "start_valkey", "stop_postgres"]
