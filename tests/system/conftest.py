"""One running demo for every test that only uses it; a test that ends it or starts it again makes its own."""

import pytest

from tests.system.demo import Demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    with Demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
