"""Vector tile encoder (Mapbox Vector Tile 2.1): points with properties, as protobuf bytes.

https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

import struct
from collections.abc import Mapping
from typing import Final

EXTENT: Final = 4096
"""Units along the side of a tile."""
MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"

Value = str | float | bool
_POINT: Final = bytes((0x18, 1))  # Feature.type = POINT
_MOVE_TO: Final = 9  # one MoveTo: command 1, count 1
_LENGTH_DELIMITED: Final = 2


class Layer:
    """A layer of points while it grows: each key and each value is written once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys: dict[str, int] = {}
        self._values: dict[tuple[type, Value], int] = {}
        self._features: list[bytes] = []

    def tags(self, properties: Mapping[str, Value]) -> bytes:
        """Properties as the numbers of their keys and values: to be kept when they come again."""
        numbers = bytearray()
        for key, value in properties.items():
            numbers += _varint(self._keys.setdefault(key, len(self._keys)))
            # True equals 1: the type is part of what is looked up.
            numbers += _varint(self._values.setdefault((type(value), value), len(self._values)))
        return bytes(numbers)

    def add(self, x: int, y: int, tags: bytes) -> None:
        """A point, from the tile's north-west corner, with what `tags` gave."""
        geometry = b"".join((_varint(_MOVE_TO), _varint(_zigzag(x)), _varint(_zigzag(y))))
        self._features.append(_field(2, _field(2, tags) + _POINT + _field(4, geometry)))

    def encode(self) -> bytes:
        """The layer in a tile; nothing when it has no feature: a tile is its layers end to end."""
        if not self._features:
            return b""
        parts = [_field(1, self._name.encode()), *self._features]
        parts += [_field(3, key.encode()) for key in self._keys]
        parts += [_field(4, _value(value)) for _, value in self._values]
        parts += [_number(5, EXTENT), _number(15, 2)]
        return _field(3, b"".join(parts))


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return _number(7, int(value))
    if isinstance(value, int):
        return _number(6, _zigzag(value))
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)  # field 3, fixed 64 bits
    return _field(1, value.encode())


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, content: bytes) -> bytes:
    return b"".join((_varint(field << 3 | _LENGTH_DELIMITED), _varint(len(content)), content))


def _varint(number: int) -> bytes:
    if number < 0x80:  # noqa: PLR2004 one byte holds seven bits: by far the most frequent case
        return bytes((number,))
    content = bytearray()
    while number >= 0x80:  # noqa: PLR2004 the eighth says that more follows
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number)
    return bytes(content)
