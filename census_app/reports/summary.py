"""What a head reads before signing: figures, what is new, what stays open, why warnings may stay. A page or two."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import Language, Printed, SummaryContent
from census_app.reports.front import figures_row, notice, statement, title_block
from census_app.reports.layout import CELL
from census_app.reports.paint import finish
from census_app.reports.tables import flow_table


def build_summary(content: SummaryContent, language: Language) -> Printed:
    """Print the summary; it is read and put away, so there is nothing on it to sign or stamp.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = Composer(content.head, language)
    composer.place = (content.head.title,)
    title_block(composer, content.facts, style=CELL)
    for text in content.notices:
        notice(composer, text)
    figures_row(composer, content.counts)
    for table in content.tables:
        flow_table(composer, table)
    statement(composer, content.note)
    return finish(composer)
