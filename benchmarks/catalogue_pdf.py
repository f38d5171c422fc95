# ruff: noqa: PLC0415  # each process imports only what it measures
"""A province's catalogue as a PDF: 10,000 and 50,000 resources, beside a plain platypus LongTable and Typst.

All three set the same rows in the same face at the same size on the same paper. Ours sets contents, bookmarks, running
heads and an index of names as well; the peers set the table, its repeated head and the number of pages.

    python benchmarks/catalogue_pdf.py [ROWS...]       # CPU seconds, the best of some runs, each a process
    TYPST_PYTHON=/path/to/python                       # an interpreter that has `typst`, where this one has not
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

FONTS = Path(__file__).resolve().parent.parent / "resources" / "fonts"
HEADS = (
    "#", "信息资源代码", "信息资源名称", "部门", "信息资源格式分类", "共享类型", "是否向社会开放", "更新周期",
)  # fmt: skip
WIDTHS = (34, 92, 208, 132, 64, 62, 64, 48)
AREAS = ("省属", "苏北地区", "重点", "沿江", "市县", "跨区域", "新增", "全省")
SUBJECTS = (
    "粮食收储", "招标代理机构", "信用修复", "价格监测", "重大建设项目", "节能审查", "社会团体法人", "机动车排气检测",
)  # fmt: skip
KINDS = ("从业人员信息", "历史信息", "登记信息", "审批信息", "监督检查信息", "名录", "考核信息")
BODIES = (
    "江苏省人力资源和社会保障厅", "江苏省民政厅", "江苏省国土资源厅", "江苏省环境保护厅", "江苏省经济和信息化委员会",
)  # fmt: skip
EACH = 500
TIMES = {"ours": 3, "platypus": 1, "typst": 1}
GOALS = "goals: ours >= 3 x platypus, not slower than Typst, 10,000 -> 50,000 at most 5.5, below 500 MiB"


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield lines of a catalogue, without their numbers."""
    chosen = random.Random(1)
    for number in range(count):
        name = f"{chosen.choice(AREAS)}{chosen.choice(SUBJECTS)}{chosen.choice(KINDS)}{number}"
        yield (
            f"307015{number % 20:02d}/{number:06d}",
            name,
            chosen.choice(BODIES),
            chosen.choice(("数据库", "电子文件", "电子表格")),
            chosen.choice(("无条件共享", "有条件共享", "不予共享")),
            chosen.choice("是否"),
            chosen.choice(("实时", "每日", "每周", "每月", "每年")),
        )


def ours(count: int) -> bytes:
    """Return the catalogue as the program prints it."""
    from census_app.reports.catalogue import build_catalogue
    from census_app.reports.content import Branch, CatalogueContent, Column, Head, Register, Table

    lines = list(rows(count))
    branches = tuple(
        Branch(f"江苏省第{start // EACH + 1}部门", tuple(lines[start : start + EACH]))
        for start in range(0, count, EACH)
    )
    columns = tuple(Column(head, key=number == 1) for number, head in enumerate(HEADS[1:]))
    register = Register(columns, (Branch("部门政务信息资源目录", branches=branches),), indexed=True)
    head = Head(
        "政务信息资源目录",
        "省政府办公厅",
        "省发改委",
        "",
        "第 1 轮",
        "2026-11-30",
        digest="ab" * 32,
    )
    packages = Table(columns[:2], ())
    return build_catalogue(CatalogueContent(head, (), (), (), (register,), packages), "zh").pdf


def platypus(count: int) -> bytes:
    """Return the bare table from reportlab's own layout."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import LongTable, SimpleDocTemplate, TableStyle

    for name in ("Regular", "Bold"):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"NotoSansSC-{name}.ttf")))
    lines = [HEADS, *((str(number), *row) for number, row in enumerate(rows(count), 1))]
    table = LongTable(lines, colWidths=WIDTHS, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), "Regular", 9, 12.5),
                ("FONT", (0, 0), (-1, 0), "Bold", 9, 12.5),
                ("BACKGROUND", (0, 0), (-1, 0), "#EEF1F5"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#9AA3AF"),
            ]
        )
    )
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=landscape(A4)).build([table])
    return out.getvalue()


def typst(count: int) -> bytes:
    """Return the bare table from Typst."""
    import typst as peer

    def cells(texts: tuple[str, ...]) -> str:
        return ", ".join("[" + text.replace("#", "\\#") + "]" for text in texts)

    body = ",\n".join(cells((str(number), *row)) for number, row in enumerate(rows(count), 1))
    source = (
        '#set page(paper: "a4", flipped: true, margin: 20mm, footer: context [第 #counter(page).display() 页 '
        "共 #counter(page).final().first() 页])\n"
        '#set text(font: "Noto Sans SC", size: 9pt, lang: "zh")\n'
        f"#table(columns: ({', '.join(f'{width}pt' for width in WIDTHS)}), "
        'stroke: (bottom: 0.4pt + rgb("#9AA3AF")),\n'
        f"table.header({cells(HEADS)}),\n{body})\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.typ"
        path.write_text(source, encoding="utf-8")
        made: bytes = peer.compile(str(path), font_paths=[str(FONTS)])
    return made


WORK: dict[str, Callable[[int], bytes]] = {"ours": ours, "platypus": platypus, "typst": typst}


def measure_one(name: str, count: int) -> None:
    """Do one piece of work and write what it took."""
    begun = time.process_time()
    made = WORK[name](count)
    taken = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": taken, "peak": peak, "bytes": len(made)}))


def interpreters() -> dict[str, str]:
    """Return the interpreter for each piece of work; Typst only where there is one that has it."""
    found = {"ours": sys.executable, "platypus": sys.executable}
    other = os.environ.get("TYPST_PYTHON", "")
    if find_spec("typst") is not None or other:
        found["typst"] = other or sys.executable
    return found


def best(python: str, name: str, count: int) -> dict[str, float]:
    """Return the best of some runs, each in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    runs = [
        subprocess.run(
            [python, __file__, "--one", name, str(count)], check=True, capture_output=True, env=env
        )
        for _ in range(TIMES[name])
    ]
    found: list[dict[str, float]] = [json.loads(run.stdout) for run in runs]
    return min(found, key=lambda each: each["cpu"])


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        measure_one(sys.argv[2], int(sys.argv[3]))
        return
    counts = [int(each) for each in sys.argv[1:]] or [10_000, 50_000]
    took: dict[tuple[str, int], float] = {}
    used = interpreters()
    print(f"{'':10}{'rows':>8}{'CPU s':>9}{'rows/s':>9}{'MiB':>7}{'MB':>7}   against ours")
    for count in counts:
        for name, python in used.items():
            found = best(python, name, count)
            took[name, count] = found["cpu"]
            ratio = found["cpu"] / took["ours", count]
            print(
                f"{name:10}{count:8,}{found['cpu']:9.2f}{count / found['cpu']:9,.0f}{found['peak']:7.0f}"
                f"{found['bytes'] / 1e6:7.1f}   {ratio:.1f} x",
                flush=True,
            )
    if len(counts) > 1:
        for name in used:
            growth = took[name, counts[-1]] / took[name, counts[0]]
            print(f"{name:10}{counts[0]:,} -> {counts[-1]:,}: {growth:.2f}")
    if "typst" not in used:
        print("typst: not installed here (TYPST_PYTHON names an interpreter that has it)")
    print(GOALS)


if __name__ == "__main__":
    main()
