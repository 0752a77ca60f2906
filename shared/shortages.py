"""What a machine runs short of, as its errors tell it."""

import errno
from typing import Final

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def lacks_room(error: BaseException) -> bool:
    """Whether a file could not be written for want of room: a full disk, a quota."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM
