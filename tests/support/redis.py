"""A private Redis server, one for each test process."""

from collections.abc import Iterator

import pytest
import redis

from tests.support.processes import running
from tests.support.programs import free_port, program


@pytest.fixture(scope="session")
def redis_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`REDIS_URL` of a server that keeps nothing on disk."""
    folder = tmp_path_factory.mktemp("redis")
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    command = [program("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    with (
        redis.Redis.from_url(url) as client,
        running(command, ready=lambda: _answers(client), log=folder / "log", folder=folder),
    ):
        yield url


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """`REDIS_URL` of a Redis emptied for this test."""
    with redis.Redis.from_url(redis_server_url) as client:
        client.flushall()
    return redis_server_url


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
