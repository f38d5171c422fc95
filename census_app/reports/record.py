"""One record on its own: its name, every answer by section, what it consists of, and where it comes from."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import Language, Pairs, Printed, RecordContent
from census_app.reports.facts import flow_pairs, width_of_labels
from census_app.reports.front import named_block
from census_app.reports.paint import finish
from census_app.reports.sections import Writer


def build_record(content: RecordContent, language: Language) -> Printed:
    """Print a record.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = Composer(content.head, language)
    composer.place = (content.head.title,)
    named_block(composer, content.head.about)
    lists = [content.facts, *(b.pairs for b in content.blocks if isinstance(b, Pairs))]
    writer = Writer(composer)
    writer.label_width = width_of_labels(composer, [pair for each in lists for pair in each])
    flow_pairs(composer, content.facts, label_width=writer.label_width)
    for block in content.blocks:
        writer.block(block)
    return finish(composer)
