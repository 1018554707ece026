# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A sheet as Markdown. Blocks marked ``sh`` are the way from top to bottom, those marked ``text`` are not."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import Commands, Item, Sheet, Table


def render(sheet: Sheet) -> str:
    """The whole text."""
    parts = [f"# {sheet.title}", *map(_item, sheet.lead)]
    for section in sheet.sections:
        parts += [f"## {section.title}", *map(_item, section.items)]
    return "\n\n".join(parts) + "\n"


def _item(item: Item) -> str:
    if isinstance(item, Commands):
        return f"```{'sh' if item.on_the_way else 'text'}\n{item.text.strip()}\n```"
    if isinstance(item, Table):
        rows = [item.headings, tuple("---" for _heading in item.headings), *item.rows]
        return "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows)
    return item


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
