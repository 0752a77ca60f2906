"""What a process loads, and does not wait for."""

import subprocess
import sys

import pytest


def loaded_by(code):
    """The modules that a process has loaded when it is done."""
    return {
        *subprocess.run(
            [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
    }


@pytest.mark.parametrize("command", [(), ("commerces",)])
def test_help_waits_for_no_service_to_load(command):
    asked = f"from gateway.cli import app; app([*{command}, '--help'], standalone_mode=False)"
    loaded = loaded_by(asked)
    assert "services.commerces.cli" in loaded
    assert {"fastapi", "sqlalchemy"} & loaded == set()


def test_what_serves_waits_for_nothing_that_serving_does_not_need():
    """A client of HTTP, migrations, what shows help in colours: a twentieth of a start each."""
    loaded = loaded_by("import gateway.cli, gateway.serving")
    assert "services.commerces.app" in loaded
    assert {"alembic", "httpx", "rich"} & loaded == set()
