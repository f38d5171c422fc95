"""Refusals: one class for each reason a package is not accepted (security §2).

A test, a log and a person can tell the reasons apart by class or code. Nothing but these and `EnvironmentProblem` (the
disk failed) leaves the reader. Not responsible for wording: see `resources/messages/exchange.toml`.
"""

from __future__ import annotations

from typing import ClassVar

from census_app.errors import DataProblem


class Refused(DataProblem):
    """A package is not accepted.

    Args:
        where: The entry, key or line it is about, such as `data/records.ndjson:17`.
        detail: What was found there, in words of the format and without language.
        file: Name of the package file; the reader fills it in.
    """

    CODE: ClassVar[str] = ""

    def __init__(self, where: str = "", detail: str = "", file: str = "") -> None:
        super().__init__(self.CODE, where=where, detail=detail, file=file)

    def __reduce__(self) -> tuple[type[Refused], tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return type(self), (self.params["where"], self.params["detail"], self.params["file"])

    def about(self, file: str) -> Refused:
        """Name the package file, where nobody has named it yet."""
        if not self.params["file"]:
            self.params["file"] = file
        return self


class PackageSize(Refused):
    """The file is smaller than 22 bytes or larger than 1.5 GiB."""

    CODE = "ZIP_SIZE"


class NotAPackage(Refused):
    """The file does not begin as a package does."""

    CODE = "ZIP_MAGIC"


class Truncated(Refused):
    """The file ends early, or an entry reaches behind its end."""

    CODE = "TRUNCATED"


class Repacked(Refused):
    """A header shows another ZIP program: version, flags, method, time, date, extra field."""

    CODE = "ZIP_FEATURE"


class HeaderInvalid(Refused):
    """A header contradicts itself, or something else stands where one must be."""

    CODE = "ZIP_HEADER"


class UnsafeName(Refused):
    """An entry name breaks the name rule, or a second folder appears."""

    CODE = "NAME"


class TooManyEntries(Refused):
    """More than 2,000 entries."""

    CODE = "ZIP_ENTRIES"


class TooBig(Refused):
    """An entry is larger than its place allows."""

    CODE = "TOO_BIG"


class WrongOrder(Refused):
    """One of the first four entries is displaced or missing."""

    CODE = "ORDER"


class ChecksumMismatch(Refused):
    """The CRC-32 of one of the first four entries is wrong."""

    CODE = "CRC"


class CertificateInvalid(Refused):
    """Not exactly one certificate in canonical PEM with a key of a known kind."""

    CODE = "CERT"


class UnknownIssuer(Refused):
    """The certificate was not issued by a pinned root."""

    CODE = "CHAIN"


class CertificateRules(Refused):
    """The certificate's extensions are not those of a role."""

    CODE = "CERT_EXT"


class CertificateExpired(Refused):
    """The effective time lies outside the certificate's validity."""

    CODE = "EXPIRED"


class CertificateRevoked(Refused):
    """The statement lies past the cut point of a revoked certificate."""

    CODE = "REVOKED"


class RevocationListInvalid(Refused):
    """The revocation list is not the root's."""

    CODE = "CRL"


class SignatureInvalid(Refused):
    """The signature does not belong to the statement and the key."""

    CODE = "SIGNATURE"


class Utf8Invalid(Refused):
    """Not UTF-8, or UTF-8 behind a byte order mark."""

    CODE = "UTF8"


class JsonTooBig(Refused):
    """A JSON document or line exceeds its limit."""

    CODE = "JSON_SIZE"


class JsonTooDeep(Refused):
    """JSON nested deeper than its limit."""

    CODE = "JSON_DEPTH"


class JsonDuplicateKey(Refused):
    """A key occurs twice in one JSON object."""

    CODE = "JSON_DUPKEY"


class JsonNumber(Refused):
    """A number is no integer between -(2^53-1) and 2^53-1."""

    CODE = "JSON_NUMBER"


class JsonSyntax(Refused):
    """Not JSON."""

    CODE = "JSON_SYNTAX"


class FieldTooLong(Refused):
    """A text is longer than 20,000 characters."""

    CODE = "FIELD_SIZE"

    def __init__(self, where: str = "", detail: str = "", file: str = "") -> None:
        super().__init__(where, detail, file)
        self.params.update(place=where, limit=20_000)


class FieldCharacters(Refused):
    """A text holds a control character or a lone surrogate."""

    CODE = "FIELD_CHARS"


class NotCanonical(Refused):
    """The JSON is not spelled as RFC 8785 spells it."""

    CODE = "NOT_CANONICAL"


class FormatVersion(Refused):
    """The statement announces another version of the package format."""

    CODE = "FORMAT"


class SchemaViolation(Refused):
    """A key, type, limit, pattern or path is not that of the format."""

    CODE = "SCHEMA"


class StatementMismatch(Refused):
    """Parts of the statement disagree with each other, the folder or the certificate."""

    CODE = "STATEMENT"


class AlgorithmMismatch(Refused):
    """The statement names an algorithm that is not the key's."""

    CODE = "ALGORITHM"


class RoleMismatch(Refused):
    """The signer's role may not sign this type."""

    CODE = "ROLE"


class TagFileMismatch(Refused):
    """A tag file is not the one the statement determines."""

    CODE = "TAGFILE"


class Unexpected(Refused):
    """An entry is not the next one of the signed list."""

    CODE = "UNEXPECTED"


class SizeMismatch(Refused):
    """A file has another size than the signed list says."""

    CODE = "SIZE"


class HashMismatch(Refused):
    """A file has another content than the signed list says."""

    CODE = "HASH"


class Missing(Refused):
    """A file of the signed list is missing."""

    CODE = "MISSING"


class DirectoryMismatch(Refused):
    """The directory behind the entries is not the computed one, or bytes follow it."""

    CODE = "ZIP_DIRECTORY"


class RecordInvalid(Refused):
    """A record line breaks a rule of its shape or its form."""

    CODE = "RECORD"


class CountMismatch(Refused):
    """The number of record lines is not the announced one."""

    CODE = "COUNT"


class AttachmentMismatch(Refused):
    """Announced attachments and attached files differ."""

    CODE = "ATTACHMENT"


class ScopeViolation(Refused):
    """A record belongs to a unit that is not the sender's."""

    CODE = "SCOPE"


class WrongAudience(Refused):
    """The package is addressed to somebody else."""

    CODE = "AUDIENCE"


class UnknownReply(Refused):
    """The package answers one that was never sent."""

    CODE = "REPLY"


class ReplyChain(Refused):
    """A review or receipt reuses a sequence number or breaks its chain."""

    CODE = "REPLY_CHAIN"


class TrustRollback(Refused):
    """The trust bundle is not newer than the stored one."""

    CODE = "TRUST_ROLLBACK"


class GmUnavailable(Refused):
    """The key is an SM2 key and this computer cannot check one."""

    CODE = "GM_UNAVAILABLE"


def refusal_classes() -> dict[str, type[Refused]]:
    """Return every refusal class by its code."""
    return {each.CODE: each for each in Refused.__subclasses__()}
