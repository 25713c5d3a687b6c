"""The way of Celery's worker to Valkey, mended where it would end up with full hands for ever.

A worker fetches as many messages as it has processes and counts one as in hand until Valkey has heard that
it is done. When Valkey is away in that moment, kombu (5.7) goes on counting it: after as many such moments
as there are processes the worker lives, answers, and never fetches anything again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from kombu.transport import redis, virtual


class QoS(redis.QoS):
    """What could not be acknowledged is out of hand all the same.

    Valkey may give it out once more (visibility_timeout): whoever fetches it then finds the row done.
    """

    def ack(self, delivery_tag: str) -> None:
        with self._out_of_hand(delivery_tag):
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's
        with self._out_of_hand(delivery_tag):
            super().reject(delivery_tag, requeue)

    @contextmanager
    def _out_of_hand(self, delivery_tag: str) -> Iterator[None]:
        try:
            yield
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel
