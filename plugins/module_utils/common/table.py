# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables for people: columns as wide as their longest cell, numbers to the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def render(headings: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[str] = ()) -> str:
    """Lines of text with ``headings`` above; None shows as "-".

    :param right: headings of the columns that are set flush right.
    """
    cells = [[heading.upper() for heading in headings]] + [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    flush_right = [heading in set(right) for heading in headings]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, flush_right)
        ).rstrip()
        for row in cells
    )


def size(count: int) -> str:
    """Bytes as a person reads them: 1536 is "1.5 KiB"."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def _text(cell: object) -> str:
    return "-" if cell is None else " ".join(str(cell).split())
