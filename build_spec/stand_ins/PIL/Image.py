"""What reportlab asks of `PIL.Image` when it is imported; a picture is refused when somebody draws one after all."""

from __future__ import annotations

from typing import NoReturn


class Image:
    """The type that reportlab compares with; nothing is ever one."""


def open(*_given: object, **_named: object) -> NoReturn:  # noqa: A001 - the name is Pillow's
    """Refuse to read a picture.

    Raises:
        OSError: Always, as Pillow says of a picture it cannot read.
    """
    msg = "the frozen program has no Pillow: reports draw lines and letters only"
    raise OSError(msg)
