"""What a report is made from: plain values, worded already, and what comes back.

No field of a form is named here: labels and values arrive as pairs and tables, so that a field added to the form set
appears in print without a change in this room.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

Language = Literal["zh", "en"]


class Blank(enum.Enum):
    """An answer without text: not given, or given as "unknown"."""

    EMPTY = "empty"
    UNKNOWN = "unknown"


Value: TypeAlias = str | Blank


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value; an empty value prints `—`."""

    label: str
    value: Value


@dataclass(frozen=True, slots=True)
class Column:
    """A table column.

    Attributes:
        head: Head text; a unit belongs here.
        numeric: Figures, aligned on the decimal point and never broken.
        key: What names the row; printed again where a row continues on the next page.
    """

    head: str
    numeric: bool = False
    key: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads. Every row has as many values as there are columns.

    Attributes:
        empty: The sentence that stands there when there are no rows.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    title: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Facts, two abreast where they are short."""

    pairs: tuple[Pair, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """A running text; line ends start a new paragraph."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: a name and one figure for every label (None: no figure)."""

    name: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars by label.

    Attributes:
        labels: One for every group of bars, top to bottom.
        series: One to twelve.
        unit: Stands after the title.
        places: Decimal places of the printed figures.
        stacked: Draw the series of a label end to end instead of side by side.
        scale: What the longest bar possible stands for, so that several charts compare; None: the longest of this one.
    """

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    places: int = 0
    stacked: bool = False
    scale: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One record in a list of records: its name, its facts, and tables of what it consists of.

    Attributes:
        note: Stands after the name in grey, such as a code.
    """

    title: str
    pairs: tuple[Pair, ...] = ()
    tables: tuple[Table, ...] = ()
    note: str = ""


Block: TypeAlias = Table | Pairs | Prose | Chart | Entry


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it; three levels are numbered and listed in the contents."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What stands on every page of one document.

    Attributes:
        title: Name of the document, also its metadata.
        issuer: Issuing body.
        department: The department it is about; for a catalogue, the body that keeps it.
        code: Code of that department.
        period: Census period.
        as_of: Time of the data, worded: newest package or saved change, never the time of printing.
        digest: Lower-case hex digest of the package or catalogue; empty when there is none yet.
        training: Print 训练数据 across every page.
        moment: `as_of` as a time, for the metadata of the file; without it they say 2000-01-01.
        about: What it is about beside the department, such as the name of a record; empty for a whole catalogue.
    """

    title: str
    issuer: str
    department: str
    code: str
    period: str
    as_of: str
    digest: str = ""
    training: bool = False
    moment: datetime | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class CoverContent:
    """The cover sheet that travels with a package.

    Attributes:
        facts: Further lines of the title block, such as file name, sequence, signing key.
        counts: Counts by sharing type.
        notices: What must catch the eye, such as an announced unfinished package.
        qr: Text of the QR code; empty: the digest.
    """

    head: Head
    facts: tuple[Pair, ...]
    counts: Table
    notices: tuple[str, ...] = ()
    qr: str = ""


@dataclass(frozen=True, slots=True)
class KeyCardContent:
    """The card on which a head signs for a key, and by which both sides compare it on the telephone.

    Attributes:
        fingerprint: Lower-case hex, 128 bits, printed as eight groups of four.
        qr: Text of the QR code; empty: the fingerprint.
    """

    head: Head
    fingerprint: str
    facts: tuple[Pair, ...]
    qr: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRoot:
    """A root on the notice.

    Attributes:
        fingerprint: Lower-case hex, 128 bits, printed as eight groups of four.
        qr: Text of the QR code; empty: the fingerprint.
    """

    label: str
    fingerprint: str
    qr: str = ""


@dataclass(frozen=True, slots=True)
class TrustNoticeContent:
    """The page by which departments compare the roots before they believe them.

    Attributes:
        note: Small print beside each fingerprint; `statement` stands at the foot of the page.
    """

    head: Head
    facts: tuple[Pair, ...]
    roots: tuple[NoticeRoot, ...]
    note: str
    statement: str


@dataclass(frozen=True, slots=True)
class DepartmentContent:
    """The summary of one department.

    Attributes:
        facts: Further facts of the title block.
        counts: The figures that matter, shown large.
        overview: Tables and charts of the first chapter.
        sections: One for each form or list: systems as a table, resources as entries with their items, and so on.
        findings: What the check says, as blocks; empty leaves the chapter out.
        signed: Places to sign and to stamp stand below the overview.
    """

    head: Head
    facts: tuple[Pair, ...]
    counts: tuple[Pair, ...]
    overview: tuple[Block, ...]
    sections: tuple[Section, ...]
    findings: tuple[Block, ...] = ()
    signed: bool = False


@dataclass(frozen=True, slots=True)
class DepartmentListContent:
    """A list of one department, or of a catalogue: systems to clear, to connect, without funds; indicators.

    Attributes:
        facts: Further facts of the title block.
        counts: The figures that matter, shown large.
        signed: Places to sign and to stamp stand at the end.
    """

    head: Head
    facts: tuple[Pair, ...]
    counts: tuple[Pair, ...]
    blocks: tuple[Block, ...]
    signed: bool = False


@dataclass(frozen=True, slots=True)
class RecordContent:
    """One record with all its answers.

    Attributes:
        facts: What is said of the record beside its answers: whose it is, its state.
        blocks: Its answers by section, the tables of what it consists of, where it comes from.
    """

    head: Head
    facts: tuple[Pair, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class LetterContent:
    """What a coordinator asks a department, for the department's head.

    Attributes:
        salutation: Whom it is addressed to.
        paragraphs: The letter, a paragraph each.
        closing: What stands below the list: how and by when to answer.
        overview: The questions by what they are about, for a letter whose list does not fit on its page.
        queries: Every question; with a title, it can be an annex.
        annex: The sentence that leads to the annex where there is one.
        signers: Labels of the blanks at the department.
        sender: Who stamps; `date` stands below.
    """

    head: Head
    salutation: str
    paragraphs: tuple[str, ...]
    overview: Table
    queries: Table
    annex: str
    closing: tuple[str, ...]
    signers: tuple[str, ...]
    sender: str
    date: str


@dataclass(frozen=True, slots=True)
class SummaryContent:
    """What would be handed in, before it is.

    Attributes:
        facts: Further facts of the title block.
        counts: The figures that matter, shown large.
        notices: What must catch the eye.
        tables: What is new, what stays open, why warnings may stay.
        note: Small print at the end.
    """

    head: Head
    facts: tuple[Pair, ...]
    counts: tuple[Pair, ...]
    notices: tuple[str, ...]
    tables: tuple[Table, ...]
    note: str


Row: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a long list: its own rows, then the parts below it.

    Attributes:
        note: Stands after the title in grey, such as a code.
    """

    title: str
    rows: tuple[Row, ...] = ()
    branches: tuple[Branch, ...] = ()
    note: str = ""

    def count(self) -> int:
        """Return the number of rows in it and below it."""
        return len(self.rows) + sum(branch.count() for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Register:
    """Long lists under the same columns, numbered through; each branch is a chapter.

    Attributes:
        columns: Without the running number, which is printed before them; the key column names a row.
        indexed: Whether the names go into the index.
    """

    columns: tuple[Column, ...]
    branches: tuple[Branch, ...]
    indexed: bool = False

    def count(self) -> int:
        """Return the number of rows."""
        return sum(branch.count() for branch in self.branches)


@dataclass(frozen=True, slots=True)
class CatalogueContent:
    """The catalogue of all departments.

    Attributes:
        facts: Further facts of the title page.
        counts: The figures that matter, shown large.
        overview: Tables and charts of the first chapter.
        registers: One line a record: first the resources by class, then the other lists.
        packages: The packages it was built from, with their digests.
    """

    head: Head
    facts: tuple[Pair, ...]
    counts: tuple[Pair, ...]
    overview: tuple[Block, ...]
    registers: tuple[Register, ...]
    packages: Table


@dataclass(frozen=True, slots=True)
class MissingCharacter:
    """A character the bundled font has no glyph for; it was printed as `[U+20BB7]`.

    Attributes:
        where: Path of titles and labels to the first place it stands at.
    """

    char: str
    where: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished document; the same content gives the same bytes."""

    pdf: bytes
    pages: int
    missing_characters: tuple[MissingCharacter, ...]
