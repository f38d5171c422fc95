"""What a text that fits no field may become, as far as other records and the code lists tell.

A name for which there is a record by now surely means that record. A text that is in no list is, where the list has an
entry "other" that is explained in a field of its own, surely not lost as that explanation; but a person has to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from census_app.domain.names import fold
from census_app.domain.records import Unfit, Value
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Explains, Field, Form, FormSet
from census_app.formspec.schema import quoted
from census_app.formspec.types import Context, field_type


@dataclass(slots=True)
class _Names:
    """The records of a private copy by name; read once per form, when first asked."""

    read: Callable[[str], Iterable[tuple[str, str]]]
    form_set: FormSet
    known: dict[str, dict[str, str]] = field(default_factory=dict)

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return the id of the record with that name, to the letter or folded, or None."""
        if form_id not in self.known:
            title = quoted(self.form_set.form(form_id).title)
            rows = self.read(
                f"SELECT id, {title} FROM {quoted(form_id)} WHERE {title} IS NOT NULL ORDER BY row_key DESC"
            )
            self.known[form_id] = names = {}
            for record, name in rows:
                if fold(str(name)):
                    names["\0" + fold(str(name))] = record
                names[str(name)] = record
        return self.known[form_id].get(text.strip()) or self.known[form_id].get("\0" + fold(text))

    def title(self, form_id: str, record_id: str) -> str | None:
        """Return nothing: nobody formats here."""
        del form_id, record_id
        return None


class UnfitMends:
    """Finds them in a private copy of a file.

    Args:
        read: Runs a statement on the copy, on which the rules run too.
    """

    def __init__(self, read: Callable[[str], Iterable[tuple[str, str]]], form_set: FormSet) -> None:
        self._names = _Names(read, form_set)
        self._form_set = form_set
        self._context: Context | None = None

    def referred(self, about: Field, text: str) -> Value | None:
        """Return the records that a text names, once there are records of those names; else None."""
        if not about.target:
            return None
        if self._context is None:
            self._context = Context(self._form_set, ChoiceIndex(self._form_set), self._names, "zh")
        value = field_type(about.type).parse(text, about, self._context).value
        return None if isinstance(value, Unfit) else value

    def mends(self, about: Field, text: str) -> Mapping[str, Value | None]:
        """Return field → value that certainly mends the text; empty when nothing does."""
        value = self.referred(about, text)
        return {} if value is None else {about.id: value}


def as_other(form: Form, about: Field, text: str) -> Mapping[str, Value | None]:
    """Return the entry "other" with the text as its explanation, where a field of the form says that it explains it."""
    for each in form.stored_fields:
        named = each.explains
        if named is not None and named.field == about.id:
            fits = len(text) <= (each.max_length or len(text))
            return {about.id: named.code, each.id: text.strip()} if fits and text.strip() else {}
    return {}


def names_entry(form: Form, named: Explains, form_set: FormSet) -> bool:
    """Say whether a field of the form has a list with that entry."""
    lists = [f.choices for f in form.field if f.id == named.field and f.type == "code"]
    known = [form_set.choice_lists[each] for each in lists if each in form_set.choice_lists]
    return any(choice.code == named.code for each in known for choice in each.choices)
