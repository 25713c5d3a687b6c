"""A worker whose broker went away goes on fetching when it is back: against a real Valkey."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection, Queue
from kombu.message import Message

from portal.broker import Transport
from portal.celery import app
from portal.embedded import start_valkey
from portal.embedded.processes import free_port

IN_HAND = 2
WORK = Queue("work", routing_key="work")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def full_hands(port: int, tmp_path: Path) -> Iterator[tuple[Connection, list[Message]]]:
    """A consumer with as many messages as it may have, whose Valkey has just died."""
    server = start_valkey(tmp_path, port)
    with Connection(server.url, transport_options={"socket_connect_timeout": 2}) as connection:
        got: list[Message] = []
        channel = connection.default_channel
        channel.basic_qos(0, IN_HAND, False)
        consumer = connection.Consumer([WORK], channel=channel, on_message=got.append)
        consumer.consume()
        producer = connection.Producer(connection.channel())
        for number in range(IN_HAND):
            producer.publish({"number": number}, routing_key="work", declare=[WORK])
        while len(got) < IN_HAND:
            connection.drain_events(timeout=5)
        assert not channel.qos.can_consume()
        server.stop()
        yield connection, got


@pytest.mark.parametrize("word", ["ack", "reject", "requeue"])
def test_what_cannot_be_acknowledged_is_out_of_hand(
    full_hands: tuple[Connection, list[Message]], word: str
) -> None:
    connection, got = full_hands
    for message in got:
        with pytest.raises(connection.connection_errors):
            getattr(message, word)()
    assert connection.default_channel.qos.can_consume()


@pytest.mark.parametrize("url", ["redis://valkey:6379/0", "rediss://valkey:6379/0?ssl_cert_reqs=required"])
def test_celery_goes_this_way_with_tls_and_without(url: str) -> None:
    assert app.connection(url).get_transport_cls() is Transport
