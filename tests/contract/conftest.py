from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def contract_url(demonstrations: Callable[[], str]) -> str:
    """One database for all operations: what they write stays until the end."""
    return demonstrations()
