"""Every screen at 1440 and 360 px, light and dark, with a page to leaf through: `make screenshots`."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from html import escape
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadline.web.settings")
LOOKS = [(width, scheme) for width in (1440, 360) for scheme in ("light", "dark")]
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens of Leadline</title>
<style>
body {{ margin: 0; font: 15px/1.5 system-ui; background: #777; color: #fff; }}
nav {{ position: fixed; inset: 0 auto 0 0; width: 14rem; overflow: auto; padding: 1rem; background: #222; }}
nav a {{ display: block; color: #9cf; }}
main {{ margin-left: 16rem; padding: 1rem; }}
section {{ margin-bottom: 3rem; }}
figure {{ display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top; }}
img {{ max-width: min(100%, var(--width)); border-radius: 6px; }}
</style><nav>{links}</nav><main>{sections}</main></html>
"""


def main(folder: Path, leads: int) -> None:
    import django

    django.setup()
    from browser import opened, screens, served

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, served(Path(data), leads) as workspace, opened() as chromium:
        found, broken = screens(workspace.tab(chromium))
        found = {"sign-in": "/sign-in", **found}
        for width, scheme in LOOKS:
            size = (width, 900 if width > 400 else 740)
            tabs = {
                False: workspace.tab(chromium, size=size, color_scheme=scheme),
                True: workspace.stranger(chromium, size=size, color_scheme=scheme),
            }
            for name, path in found.items():
                page = tabs[name == "sign-in"]
                page.goto(path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=folder / file_name(name, width, scheme), full_page=True)
            for tab in tabs.values():
                tab.context.close()
    (folder / "index.html").write_text(index(found), "utf-8")
    print(f"{len(found)} screens in {folder}/index.html")
    for path, why in broken.items():
        print(f"{path} answers {why}", file=sys.stderr)


def file_name(name: str, width: int, scheme: str) -> str:
    return f"{re.sub('[^a-z0-9]+', '-', name)}-{width}-{scheme}.png"


def index(found: dict[str, str]) -> str:
    links = "".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in found)
    sections = "".join(
        f'<section id="{escape(name)}"><h2>{escape(name)} <small>{escape(path)}</small></h2>'
        + "".join(
            f'<figure style="--width:{width}px"><img loading="lazy" src="{file_name(name, width, scheme)}" '
            f'alt="{escape(name)} at {width} px, {scheme}"></figure>'
            for width, scheme in LOOKS
        )
        + "</section>"
        for name, path in found.items()
    )
    return PAGE.format(links=links, sections=sections)


if __name__ == "__main__":
    # The settings make a folder and a secret of their own: somewhere that is gone afterwards.
    with tempfile.TemporaryDirectory() as own:
        os.environ["LEADLINE_DATA"] = own
        main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
