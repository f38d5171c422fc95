"""Take out of a text what must not leave the computer: names, paths, answers, keys. Lets through what technicians need.

It errs on the side of taking out: what stands in quotes, what is not ASCII, long numbers. Our log holds no answers;
this is for the line that does all the same, in the message of some library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Final

GONE: Final = "…"

_SOURCE: Final = re.compile(r'File "([^"]*)", line (\d+)')
_QUOTED: Final = re.compile(
    r""""[^"\n]*"|'[^'\n]*'|`[^`\n]*`|“[^”\n]*”|‘[^’\n]*’|「[^」\n]*」|《[^》\n]*》"""
)
_PEM: Final = re.compile(r"-----BEGIN [^-]+-----.*?(-----END [^-]+-----|\Z)", re.DOTALL)
_LONG: Final = re.compile(r"\b[0-9A-Fa-f]{12,}\b|\b[0-9A-Z]{15,24}\b|\b[A-Za-z0-9+/]{40,}={0,2}")
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+|\b\d{1,3}(\.\d{1,3}){3}\b")
_WINDOWS_PATH: Final = re.compile(r"(?:[A-Za-z]:|\\)\\[^\s:*?\"<>|]+")
_POSIX_PATH: Final = re.compile(r"(?<![\w.])/(?:[^\s/:\"']+/)*[^\s/:\"']+")
_STAMPED: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,?\d* [A-Z]+ [a-z_.]+(?=[:\s])")
_TRACED: Final = re.compile(r"  File <[a-z_0-9/.-]+>, line \d+|Traceback")
_RAISED: Final = re.compile(
    r"[A-Za-z_.]{1,60}(Error|Exception|Problem|Warning|Interrupt)(?=[:(]|$)"
)
_IN_URL: Final = re.compile(
    r"(?P<kept>\bpostgres(?:ql)?(?:\+\w+)?://)[^\n]*@|(?P<scheme>\b[a-z][\w+.-]*://)\S*@",
    re.IGNORECASE,
)
"""Up to the last `@`: a password that nobody encoded may hold `/`, `?`, `@` or a blank."""
_AS_WORD: Final = re.compile(
    r"""\b((?:ssl|pg)?passw(?:or)?d|passphrase|pwd)(["']?\s*[=:]\s*)("[^"\n]*"|'[^'\n]*'|[^\s&;,]+)""",
    re.IGNORECASE,
)
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]+")


def redact(text: str, secrets: Iterable[str] = (), known: Mapping[str, str] | None = None) -> str:
    """Return a text without what could be an answer, a name, a path or a key.

    Args:
        secrets: Texts that are taken out wherever they stand: answers, names of this computer and person.
        known: Text → what stands in its place, such as the data folder → `<data>`.
    """
    text = without_passwords(_PEM.sub(GONE, text))
    for found, shown in sorted((known or {}).items(), key=lambda pair: -len(pair[0])):
        text = text.replace(found, shown)
    text = _SOURCE.sub(_short_source, text)
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= 2:
            text = text.replace(secret, GONE)
    return "\n".join(_line(line) for line in text.splitlines())


def without_passwords(text: str) -> str:
    """Return a text without the name and password of a URL, and without what follows the word password."""
    text = _IN_URL.sub(lambda found: f"{found['kept'] or found['scheme']}{GONE}@", text)
    return _AS_WORD.sub(rf"\1\2{GONE}", text)


def bare(text: str) -> str:
    """Return of a log only what our own code writes by itself: when, how serious, where, which error, which line.

    For when it is not known what the answers are that a message could quote.
    """
    text = _SOURCE.sub(_short_source, without_passwords(_PEM.sub(GONE, text)))
    kept = (
        _STAMPED.match(line) or _TRACED.match(line) or _RAISED.match(line)
        for line in text.splitlines()
    )
    return "\n".join(f"{found[0]} {GONE}" if found else GONE for found in kept)


def _short_source(found: re.Match[str]) -> str:
    """Keep of a source file's path what lies in a package, so that a trace stays of use."""
    parts = PurePath(found[1].replace("\\", "/")).parts
    for root in ("site-packages", "census_app"):
        if root in parts:
            at = parts.index(root) + (root == "site-packages")
            return f"File <{'/'.join(parts[at:])}>, line {found[2]}"
    return f"File <{parts[-1] if parts else GONE}>, line {found[2]}"


def _line(line: str) -> str:
    line = _QUOTED.sub(GONE, line)
    for pattern in (_ADDRESS, _WINDOWS_PATH, _POSIX_PATH, _LONG, _FOREIGN):
        line = pattern.sub(GONE, line)
    return line
