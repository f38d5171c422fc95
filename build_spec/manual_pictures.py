"""Make the manual's pictures from the running window: 1366 × 768, in both languages.

python build_spec/manual_pictures.py                        all of them, into docs/
python build_spec/manual_pictures.py --only list form       some of them
python build_spec/manual_pictures.py --theme dark --to DIR  to look at
python build_spec/manual_pictures.py --check                whether docs/ shows just these
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "build_spec"))
LANGUAGES: Final = ("zh", "en")
README_LANGUAGE, README_PICTURES = "zh", ("department", "catalogue")
SCRATCH: Final = "census-pictures"
_SHOWN: Final = re.compile(r"!\[[^\]]*\]\((pictures/[^)\s]+)\)")


def check(root: Path = ROOT) -> list[str]:
    """Return what does not fit: pictures the manual shows and nobody makes, made and not shown, missing, too many."""
    from picture_list import PICTURES  # noqa: PLC0415 - Qt is loaded after the platform is chosen

    made = {f"pictures/{name}.png" for name in PICTURES}
    wrong = []
    for language in LANGUAGES:
        folder = root / "docs" / "manual" / language
        shown = {
            picture
            for page in folder.glob("*.md")
            for picture in _SHOWN.findall(page.read_text("utf-8"))
        }
        there = {f"pictures/{path.name}" for path in (folder / "pictures").glob("*.png")}
        wrong += [f"{language}: {name} is shown and not made" for name in sorted(shown - made)]
        wrong += [f"{language}: {name} is made and not shown" for name in sorted(made - shown)]
        wrong += [f"{language}: {name} is missing" for name in sorted(made - there)]
        wrong += [f"{language}: {name} is left over" for name in sorted(there - made)]
    return wrong


def take(
    names: Sequence[str], languages: Sequence[str], theme_name: str, to: Path, scratch: Path
) -> None:
    """Take pictures into `to`/<language>/<name>.png.

    Args:
        scratch: An empty folder for the sample files and the program's settings.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["CENSUS_DATA_DIR"] = str(scratch / "data")
    import picture_stage as stages  # noqa: PLC0415
    from picture_list import PICTURES  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    from census_app.ui.shell import theme  # noqa: PLC0415

    app: Any = QApplication.instance() or QApplication([])
    theme.load_fonts()
    stages.hold_time()
    stages.let_dialogs_stand()
    world = scratch / "world"
    (scratch / "data").mkdir()
    for language in languages:
        folder = scratch / language
        stage = stages.Stage(app, world, folder, language, theme.ThemeName(theme_name))
        for name in names:
            recipe: Callable[[Any], object] = PICTURES[name]
            try:
                recipe(stage)
                size = stages.write(stage.shot(), to / language / f"{name}.png")
            except Exception as error:  # noqa: BLE001 - the next picture may well succeed
                print(f"{language}/{name}: {type(error).__name__}: {error}", flush=True)
            else:
                print(f"{language}/{name}: {size // 1024} kB", flush=True)
            stage.clear()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    from picture_list import PICTURES  # noqa: PLC0415

    parser = argparse.ArgumentParser(description="The manual's pictures")
    parser.add_argument("--only", nargs="+", choices=sorted(PICTURES), default=list(PICTURES))
    parser.add_argument("--language", choices=LANGUAGES, nargs="+", default=list(LANGUAGES))
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--to", type=Path)
    # Always the same place: pictures show where files lie, and the same window makes the same picture.
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()) / SCRATCH)
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        wrong = check()
        print("\n".join(wrong))
        return 1 if wrong else 0
    scratch = chosen.scratch
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as out:
        to = chosen.to or Path(out)
        take(chosen.only, chosen.language, chosen.theme, to, scratch)
        if chosen.to is None:
            for path in to.rglob("*.png"):
                target = ROOT / "docs" / "manual" / path.parent.name / "pictures" / path.name
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(path.read_bytes())
                if path.parent.name == README_LANGUAGE and path.stem in README_PICTURES:
                    (ROOT / "docs" / "pictures" / path.name).write_bytes(path.read_bytes())
    shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.stdout.flush()
    os._exit(main())  # threads of the last window may still be closing
