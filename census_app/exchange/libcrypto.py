"""Find OpenSSL's libcrypto 3 and declare what SM2 needs of it (security §3, pitfalls 3 to 8).

Nothing is loaded before `load` is called. A library is taken only from the program's own folder, from beside Python's
`_ssl`, or by its name from the system's own folders; never from the working folder, a data folder or a package, and no
environment variable of ours names one. Not responsible for what the functions are used for: see `sm2`.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ulong, c_void_p
from pathlib import Path
from typing import Any, Final

from census_app.assets import program_library_dirs

_OLDEST: Final = 0x3000_0000
_SYSTEM_NAME: Final = "libcrypto.so.3"
_FILE_NAMES: Final = ("libcrypto-3*.dll", "libcrypto.so.3", "libcrypto.3.dylib")

_TIMING_FIXED: Final = {2: 6, 3: 5, 4: 3, 5: 4}
"""Minor version of OpenSSL 3 → first patch without CVE-2025-9231; the others never had it."""

_PROTOTYPES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "OpenSSL_version_num": (c_ulong, ()),
    "OpenSSL_version": (c_char_p, (c_int,)),
    "ERR_clear_error": (None, ()),
    "EVP_MD_fetch": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_MD_free": (None, (c_void_p,)),
    "EVP_MD_CTX_new": (c_void_p, ()),
    "EVP_MD_CTX_free": (None, (c_void_p,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (c_void_p, c_void_p)),
    "EVP_Digest": (
        c_int,
        (c_char_p, c_size_t, c_char_p, POINTER(ctypes.c_uint), c_void_p, c_void_p),
    ),
    "EVP_PKEY_CTX_new": (c_void_p, (c_void_p, c_void_p)),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, (c_void_p, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_set1_id": (c_int, (c_void_p, c_char_p, c_int)),
    "EVP_PKEY_keygen_init": (c_int, (c_void_p,)),
    "EVP_PKEY_generate": (c_int, (c_void_p, POINTER(c_void_p))),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_DigestSignInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestSign": (c_int, (c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)),
    "EVP_DigestVerify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
    "EVP_aes_256_cbc": (c_void_p, ()),
    "d2i_PUBKEY": (c_void_p, (c_void_p, POINTER(c_char_p), ctypes.c_long)),
    "i2d_PUBKEY": (c_int, (c_void_p, POINTER(c_char_p))),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), ctypes.c_long)),
    "BIO_s_mem": (c_void_p, ()),
    "BIO_new": (c_void_p, (c_void_p,)),
    "BIO_new_mem_buf": (c_void_p, (c_char_p, c_int)),
    "BIO_free": (c_int, (c_void_p,)),
    "BIO_ctrl_pending": (c_size_t, (c_void_p,)),
    "BIO_read": (c_int, (c_void_p, c_char_p, c_int)),
    "PEM_write_bio_PKCS8PrivateKey": (
        c_int,
        (c_void_p, c_void_p, c_void_p, c_char_p, c_int, c_void_p, c_void_p),
    ),
    "PEM_read_bio_PrivateKey": (c_void_p, (c_void_p, c_void_p, c_void_p, c_char_p)),
}
"""Name → result and arguments. Without them ctypes would cut pointers to the size of an int."""


class LibraryMissing(Exception):
    """No libcrypto 3 or later in any of the places."""


class FailedCall(Exception):
    """A function of the library reported failure; its error queue has been cleared."""


def places() -> Iterator[str]:
    """Yield the places of the library in order: shipped, beside `_ssl`, the system's."""
    folders = [*program_library_dirs(), *_beside_ssl()]
    for folder in folders:
        for pattern in _FILE_NAMES:
            yield from (str(path) for path in sorted(folder.glob(pattern)) if path.is_file())
    if sys.platform.startswith("linux"):
        # By a bare name the loader of Linux looks in the system's folders only. Windows and macOS would look in the
        # working folder, too.
        yield _SYSTEM_NAME


def _beside_ssl() -> list[Path]:
    spec = importlib.util.find_spec("_ssl")
    if spec is None or not spec.origin or not Path(spec.origin).is_absolute():
        return []  # built in: a static Python has no library of its own
    return [Path(spec.origin).resolve().parent]


class Library:
    """libcrypto with every prototype declared.

    Args:
        handle: The loaded library.

    Raises:
        AttributeError: It lacks one of the functions.
    """

    def __init__(self, handle: ctypes.CDLL) -> None:
        self._handle = handle
        self.functions: dict[str, Any] = {}
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(handle, name)
            function.restype, function.argtypes = result, list(arguments)
            self.functions[name] = function

    @property
    def version(self) -> str:
        """Return the library's own name and version, such as `OpenSSL 3.0.19 27 Jan 2026`."""
        text: bytes = self.functions["OpenSSL_version"](0)
        return text.decode("ascii", "replace")

    def leaks_timing(self, machine: str) -> bool:
        """Say whether signing with SM2 shows the key to who can time it: CVE-2025-9231, on 64-bit ARM only.

        Args:
            machine: As `platform.machine` names it.
        """
        number = self.functions["OpenSSL_version_num"]()
        minor, patch = number >> 20 & 0xFF, number >> 4 & 0xFF
        fixed = _TIMING_FIXED.get(minor) if number >> 28 == 3 else None
        return machine.lower() in {"aarch64", "arm64"} and fixed is not None and patch < fixed

    def call(self, name: str, *arguments: Any) -> Any:
        """Call a function that returns a pointer or a positive number.

        Raises:
            FailedCall: It returned NULL, zero or less.
        """
        result = self.functions[name](*arguments)
        if result is None or result <= 0:
            self.functions["ERR_clear_error"]()
            raise FailedCall(name)
        return result

    def free(self, name: str, pointer: Any) -> None:
        """Give back what a function made."""
        self.functions[name](pointer)

    @contextmanager
    def owned(self, release: str, name: str, *arguments: Any) -> Iterator[Any]:
        """Call a function and give its result back in the end.

        Raises:
            FailedCall: The call failed; there is nothing to give back.
        """
        pointer = self.call(name, *arguments)
        try:
            yield pointer
        finally:
            self.free(release, pointer)

    def read_all(self, bio: Any) -> bytes:
        """Return what a memory BIO holds."""
        size = self.call("BIO_ctrl_pending", bio)
        buffer = ctypes.create_string_buffer(size)
        done = self.call("BIO_read", bio, buffer, size)
        return buffer.raw[:done]

    def digest(self, name: bytes, data: bytes) -> bytes:
        """Return a digest by the library's own implementation."""
        buffer, size = ctypes.create_string_buffer(64), ctypes.c_uint(0)
        with self.owned("EVP_MD_free", "EVP_MD_fetch", None, name, None) as md:
            self.call("EVP_Digest", data, len(data), buffer, byref(size), md, None)
        return buffer.raw[: size.value]


def load(candidates: Iterable[str] | None = None) -> Library:
    """Return the first usable library.

    Args:
        candidates: For tests: paths instead of `places()`.

    Raises:
        LibraryMissing: None of them is libcrypto 3 or later.
    """
    for path in places() if candidates is None else candidates:
        try:
            handle = ctypes.CDLL(path)
            number = handle.OpenSSL_version_num
            number.restype, number.argtypes = c_ulong, []
            if number() >= _OLDEST:
                return Library(handle)
        except (OSError, AttributeError):
            continue
    raise LibraryMissing
