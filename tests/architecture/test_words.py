"""Words that no file of the project may hold."""

import re

# Spelled in pieces, so that this file may be read like the others.
HOSTS = ("pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)", "file:" + "///")
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
FORBIDDEN = re.compile("|".join((*HOSTS, *(rf"\b{word}\b" for word in UNFINISHED))))


def test_no_file_names_a_registry_or_leaves_work_for_later(root, tracked):
    found = []
    for path in tracked:
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(root)}: {match[0]}" for match in FORBIDDEN.finditer(text)]
    assert found == []


def test_every_text_file_ends_its_last_line(root, tracked):
    texts = (".py", ".md", ".toml", ".yml", ".csv", ".css", ".svg", ".lock", ".json")
    unended = [
        path.relative_to(root)
        for path in tracked
        if path.suffix in texts and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    ]
    assert unended == []
