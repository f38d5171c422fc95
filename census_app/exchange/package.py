"""The public door of the room: write a package, open a package (security §1, §2)."""

from __future__ import annotations

from census_app.exchange.reading import VerifiedPackage, open_package, signer_certificate
from census_app.exchange.records import AnyValues, LineSchema, encode_line
from census_app.exchange.refusals import Refused
from census_app.exchange.statement import ZERO_HASH, PackageType, Statement, package_name
from census_app.exchange.trust import TrustAnchors
from census_app.exchange.writing import (
    PackageDraft,
    RecordsFacts,
    WrittenPackage,
    write_package,
)

__all__ = [
    "ZERO_HASH",
    "AnyValues",
    "LineSchema",
    "PackageDraft",
    "PackageType",
    "RecordsFacts",
    "Refused",
    "Statement",
    "TrustAnchors",
    "VerifiedPackage",
    "WrittenPackage",
    "encode_line",
    "open_package",
    "package_name",
    "signer_certificate",
    "write_package",
]
