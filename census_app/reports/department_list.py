"""A list of a department on its own: figures, tables, a remark, places to sign."""

from __future__ import annotations

from census_app.reports.compose import Composer
from census_app.reports.content import DepartmentListContent, Language, Printed
from census_app.reports.front import figures_row, title_block
from census_app.reports.paint import finish
from census_app.reports.sections import Writer


def build_department_list(content: DepartmentListContent, language: Language) -> Printed:
    """Print a list of a department.

    Raises:
        EnvironmentProblem: `REPORT_FONT`, when the shipped font cannot be read.
    """
    composer = Composer(content.head, language)
    title_block(composer, content.facts)
    figures_row(composer, content.counts)
    writer = Writer(composer)
    composer.y -= 8
    for block in content.blocks:
        writer.block(block)
    return finish(composer)
