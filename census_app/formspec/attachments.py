"""Attached files as the value of a field: their names, sizes and hashes. The files themselves lie elsewhere.

The value is the JSON text of a list whose entries are those of `package.json`, in the order of the person.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

EXTENSIONS: Final = ("pdf", "ofd", "png", "jpg", "xlsx", "docx", "wps", "et", "csv", "txt")
"""Kinds of files a package carries."""

MOST_BYTES: Final = 64 << 20
"""Largest file, bytes."""

MOST_FILES: Final = 20
"""Files of one field."""

_Ext = Annotated[str, Meta(pattern=rf"\A({'|'.join(EXTENSIONS)})\Z")]
_Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[^\x00-\x1f\x7f/\\]+\Z")]
_Hash = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class AttachedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file; its name is text and never a path."""

    size: Annotated[int, Meta(ge=0, le=MOST_BYTES)] = msgspec.field(name="bytes")
    ext: _Ext
    name: _Name
    sha256: _Hash

    @property
    def stored_name(self) -> str:
        """The name under which the content is kept: its hash."""
        return f"{self.sha256}.{self.ext}"


_Files = Annotated[list[AttachedFile], Meta(min_length=1, max_length=MOST_FILES)]
_DECODER: Final = msgspec.json.Decoder(_Files)
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def attached_files(value: object) -> tuple[AttachedFile, ...]:
    """Return the files of a field's value; none for an empty one.

    Raises:
        ValueError: The text is no list of files, or names one twice.
    """
    if value is None:
        return ()
    try:
        files = tuple(_DECODER.decode(str(value)))
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ValueError("attachment") from error
    if len({f.stored_name for f in files}) != len(files):
        raise ValueError("attachment: repeats")
    return files


def attachment_value(files: Iterable[AttachedFile]) -> str | None:
    """Return the value of a field with these files, in its one spelling; None for no file."""
    kept = list(files)
    return _ENCODER.encode(kept).decode() if kept else None


def size_text(size: int) -> str:
    """Return a size as people say it, such as `46 KB`; at least one unit."""
    for unit, bytes_of in (("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= bytes_of:
            text = f"{size / bytes_of:.1f}"
            return f"{text.removesuffix('.0')} {unit}"
    return f"{size} B"
