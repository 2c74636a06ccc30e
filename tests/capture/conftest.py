"""Capture servers that tests share. A test that changes a server's state starts one of its own."""

from collections.abc import Iterator

import pytest
from capture_server import Place, Server, place_on, serving


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server on SQLite for all tests, and one on PostgreSQL where there is one."""
    with place_on(request.param, tmp_path_factory.mktemp("capture")) as place, serving(place) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """The same, with an empty inbox."""
    running.take()
    return running


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Databases for one test alone."""
    with place_on(request.param, tmp_path_factory.mktemp("place")) as place:
        yield place


@pytest.fixture
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Databases for one test alone, on SQLite."""
    with place_on("sqlite", tmp_path_factory.mktemp("place")) as place:
        yield place
