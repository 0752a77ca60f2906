"""Reads OCPI objects with `ocpi-types`, in a process of its own: never imported by a test.

Standard input: one JSON line an object, [version, class, object]. Standard output: one line for
each that is refused, then the number read. Its folder of packages is in PYTHONPATH.
"""

import json
import sys
from importlib import import_module

read = 0
for line in sys.stdin:
    version, name, data = json.loads(line)
    module = import_module(f"ocpi_types.v{version.replace('.', '_')}")
    read += 1
    try:
        getattr(module, name).from_dict(data)
    except Exception as error:  # noqa: BLE001 whatever its way of refusing
        print(f"{version} {name} {data.get('id')}: {error!r}")
print(read)
