"""A weight of the bundled face as one font of a document, however many characters it uses.

reportlab cuts a TrueType font into pieces of 256 characters and changes the piece within nearly every Chinese word.
Here a document has one font a weight with two bytes a character (Type 0, Identity-H), numbered in the order of first
use, so that a page can be written for good before the next one is set.
"""

from __future__ import annotations

from typing import Any, Final

from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

NO_BREAK_SPACE: Final = 0xA0
SPACE: Final = 0x20
_BLOCK: Final = 100
"""Entries of one block of a character map, at most (Adobe Technical Note 5014)."""


class Codes(dict[int, int]):
    """Code point → number of the character in the document's font; new ones are numbered when they are met.

    Numbers stay below the surrogates, since the face has fewer characters, so `str.translate` can be used.
    """

    def __missing__(self, code: int) -> int:
        if code == NO_BREAK_SPACE:  # found as a space by whoever searches or copies
            number = self[SPACE]
        else:
            number = len(self.order)
            self.order.append(code)
        self[code] = number
        return number

    def __init__(self) -> None:
        super().__init__()
        self.order: list[int] = [0]

    def hexed(self, text: str) -> str:
        """Return a text as it stands in a page, in hex."""
        return text.translate(self).encode("utf-16-be").hex()


class WholeFont(TTFont):  # type: ignore[misc]  # the library has no types
    """See the module; registered like any font, so that reportlab's drawings use it as well.

    Args:
        inner: Its name in the pages of a document, without the slash.
    """

    def __init__(self, name: str, path: str, inner: str) -> None:
        super().__init__(name, path)
        self.inner = inner

    def codes(self, doc: Any) -> Codes:
        """Return the numbers of a document's characters."""
        state: Codes = self.state.setdefault(doc, Codes())
        return state

    def adopt(self, doc: Any, codes: Codes) -> None:
        """Use numbers for a document that were given out before it was begun."""
        self.state[doc] = codes
        if len(codes.order) > 1:
            self.getSubsetInternalName(0, doc)

    def splitString(  # noqa: N802  # the library's name
        self, text: str | bytes, doc: Any, encoding: str = "utf-8"
    ) -> list[tuple[int, bytes]]:
        """Return the text as one piece of the one font."""
        text = text if isinstance(text, str) else text.decode(encoding)
        known = self.face.charToGlyph
        plain = "".join(char if ord(char) in known else " " for char in text)
        return [(0, plain.translate(self.codes(doc)).encode("utf-16-be"))] if text else []

    def getSubsetInternalName(self, _subset: int, doc: Any) -> str:  # noqa: N802  # the library's name
        """Return the font's name in the pages of a document, and see that it is written in the end."""
        name = doc.fontMapping.get(self.fontName)
        if name is None:
            name = doc.fontMapping[self.fontName] = f"/{self.inner}"
            doc.delayedFonts.append(self)
        return str(name)

    def addObjects(self, doc: Any) -> None:  # noqa: N802  # the library's name
        """Write the font: what was used of it, its widths, and which character each number is."""
        order = self.codes(doc).order
        name = (SUBSETN(0) + b"+" + self.face.name).decode("latin-1")
        descriptor = self.face.addSubsetObjects(doc, name, order)
        widths = [self.face.getCharWidth(code) for code in order]
        inner = pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Font"),
                "Subtype": pdfdoc.PDFName("CIDFontType2"),
                "BaseFont": pdfdoc.PDFName(name),
                "CIDSystemInfo": pdfdoc.PDFDictionary(
                    {
                        "Registry": pdfdoc.PDFString("Adobe"),
                        "Ordering": pdfdoc.PDFString("Identity"),
                        "Supplement": 0,
                    }
                ),
                "FontDescriptor": descriptor,
                "DW": 1000,
                "W": pdfdoc.PDFArray([0, pdfdoc.PDFArray(widths)]),
                "CIDToGIDMap": self._stream(doc, self._glyphs(order), f"glyphs:{name}"),
            }
        )
        font = pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Font"),
                "Subtype": pdfdoc.PDFName("Type0"),
                "BaseFont": pdfdoc.PDFName(name),
                "Encoding": pdfdoc.PDFName("Identity-H"),
                "DescendantFonts": pdfdoc.PDFArray([doc.Reference(inner, f"inner:{name}")]),
                "ToUnicode": self._stream(doc, _character_map(name, order), f"unicode:{name}"),
            }
        )
        doc.idToObject["BasicFonts"].dict[self.inner] = doc.Reference(font, self.inner)
        del self.state[doc]

    def _glyphs(self, order: list[int]) -> bytes:
        """Return the glyph of each number in the font that `makeSubset` writes: in the order of first use."""
        places: dict[int, int] = {0: 0}
        found = self.face.charToGlyph
        return b"".join(
            places.setdefault(found.get(code, 0), len(places)).to_bytes(2, "big") for code in order
        )

    @staticmethod
    def _stream(doc: Any, content: bytes, name: str) -> Any:
        return doc.Reference(pdfdoc.PDFStream(content=content, filters=[pdfdoc.PDFZCompress]), name)


def _character_map(name: str, order: list[int]) -> bytes:
    """Return the map by which text is searched and copied; number 0 is no character."""
    pairs = [f"<{number:04x}> <{_utf16(code)}>" for number, code in enumerate(order) if number]
    blocks = [pairs[start : start + _BLOCK] for start in range(0, len(pairs), _BLOCK)]
    told = "\n".join(
        "\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        f"/CMapName /{name}-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{told}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")


def _utf16(code: int) -> str:
    return chr(code).encode("utf-16-be").hex()
