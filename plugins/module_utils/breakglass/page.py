# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sheet as one page of HTML that needs nothing else and prints on A4."""

from __future__ import annotations

import html
import re

from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import Commands, Item, Sheet, Table

STYLE = """
@page { size: A4; margin: 14mm 13mm 16mm; }
body { max-width: 184mm; margin: 0 auto; font: 10pt/1.35 sans-serif; color: #000; background: #fff; }
h1 { font-size: 17pt; margin: 0 0 2mm; }
h2 { font-size: 12pt; margin: 5mm 0 1mm; border-bottom: 0.4mm solid #000; break-after: avoid; }
p { margin: 1mm 0; orphans: 3; widows: 3; break-after: avoid; }
pre, code { font: 8pt/1.35 monospace; }
code { font-size: 9pt; overflow-wrap: anywhere; }
pre { margin: 1.5mm 0; padding: 1.5mm 2mm; border: 0.3mm solid #555; background: #f4f4f4; break-inside: avoid; }
pre span { display: block; min-height: 1.35em; padding-left: 6mm; text-indent: -6mm; white-space: pre-wrap;
  overflow-wrap: anywhere; }
pre.aside { border-style: dashed; background: #fff; }
table { border-collapse: collapse; margin: 1.5mm 0; font-size: 9pt; }
th, td { border: 0.2mm solid #555; padding: 0.5mm 2mm; text-align: left; overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
tr { break-inside: avoid; }
"""


def render(sheet: Sheet) -> str:
    """The whole page."""
    title = html.escape(sheet.title)
    body = [f"<h1>{title}</h1>", *map(_item, sheet.lead)]
    for section in sheet.sections:
        body += [f"<h2>{html.escape(section.title)}</h2>", *map(_item, section.items)]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            f'<head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>',
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def _item(item: Item) -> str:
    if isinstance(item, Commands):
        # Each line by itself, so that one that is too long for the paper hangs under its own beginning.
        lines = "".join(f"<span>{html.escape(line)}</span>" for line in item.text.strip().splitlines())
        return f"<pre>{lines}</pre>" if item.on_the_way else f'<pre class="aside">{lines}</pre>'
    if isinstance(item, Table):
        rows = [_row("th", item.headings), *(_row("td", row) for row in item.rows)]
        return f"<table>{''.join(rows)}</table>"
    return f"<p>{_inline(item)}</p>"


def _row(kind: str, cells: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<{kind}>{_inline(cell)}</{kind}>" for cell in cells) + "</tr>"


def _inline(text: str) -> str:
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", escaped)
