# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every small change to a module that its tests should notice, and the module with one of them.

What decides nothing is never changed: docstrings, annotations, decorators, the text of messages and of errors, what is
told while something goes on, and how long is waited.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

OPPOSITE = {ast.Eq: ast.NotEq, ast.In: ast.NotIn, ast.Is: ast.IsNot, ast.Lt: ast.GtE, ast.Gt: ast.LtE}
OPPOSITE |= {other: one for one, other in OPPOSITE.items()}
BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
ANOTHER = {"any": "all", "all": "any", "min": "max", "max": "min"}
EMPTY = {"str": "''", "bytes": "b''", "list": "[]", "Sequence": "[]", "set": "set()"}
EMPTY |= {"frozenset": "frozenset()", "Optional": "None"}
# Who is called only to tell somebody; and what waits, or says how a file is laid out.
TELLING = {"progress", "on_progress", "tell", "_tell", "say", "log", "warning", "sleep"}
MANNERS = {"timeout", "wait", "indent", "interval", "seconds", "ndigits", "maxlen"}
FORMING = {"round", "int", "token_hex", "ThreadPoolExecutor"}
# Fields of the tree in which nothing decides.
SILENT = {"annotation", "returns", "decorator_list", "exc", "cause", "msg", "type_params", "format_spec"}


@dataclass(frozen=True)
class Mutant:
    """One change: ``number`` is its place among all of the module, ``scope`` the outermost function or method around.

    What is around none has no scope.
    """

    path: str
    number: int
    scope: str
    kind: str
    line: int
    before: str
    after: str
    rank: str = ""

    def __str__(self) -> str:
        scope = f" in {self.scope}" if self.scope else ""
        return f"{self.path}:{self.line}{scope}, {self.kind}: {_short(self.before)}  =>  {_short(self.after)}"


@dataclass(frozen=True)
class _Change:
    kind: str
    holder: ast.AST
    field: str
    index: int | None
    node: ast.AST
    instead: ast.AST
    scope: str


def mutants(path: str, source: str) -> list[Mutant]:
    """All that can be changed in a module. Its rank is a digest of the content: lines that move leave it as it is."""
    found, alike = [], Counter[str]()
    for number, change in enumerate(_changes(ast.parse(source))):
        before, after = ast.unparse(change.node), ast.unparse(change.instead)
        text = "\0".join([change.scope, change.kind, before, after])
        alike[text] += 1
        rank = hashlib.sha256(f"{text}\0{alike[text]}".encode()).hexdigest()
        found.append(Mutant(path, number, change.scope, change.kind, change.node.lineno, before, after, rank))
    return found


def compiled(source: str, number: int, filename: str) -> CodeType:
    """The module with that one change."""
    tree = ast.parse(source)
    change = next(change for place, change in enumerate(_changes(tree)) if place == number)
    instead = ast.copy_location(change.instead, change.node)
    if change.index is None:
        setattr(change.holder, change.field, instead)
    else:
        getattr(change.holder, change.field)[change.index] = instead
    return compile(ast.fix_missing_locations(tree), filename, "exec")


def telling(source: str, path: str) -> CodeType:
    """The module as it is, but that each function tells the builtin ``__called__`` its path and scope first."""
    tree = ast.parse(source)
    for _holder, _field, _index, node, scope, _returns in list(_walk(tree, "", "", None)):
        if isinstance(node, ast.FunctionDef):
            place = 0 if ast.get_docstring(node) is None else 1
            node.body[place:place] = ast.parse(f"__called__({path!r}, {scope!r})").body
    return compile(ast.fix_missing_locations(tree), path, "exec")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


def _changes(tree: ast.Module) -> Iterator[_Change]:
    for holder, field, index, node, scope, returns in list(_walk(tree, "", "", None)):
        for kind, instead in _variants(node, holder, field, returns):
            yield _Change(kind, holder, field, index, node, instead, scope)


def _walk(holder: ast.AST, scope: str, prefix: str, returns: ast.expr | None) -> Iterator[tuple[Any, ...]]:
    """Each node that decides, with where it hangs, its scope and what the function around it returns."""
    for field, value in ast.iter_fields(holder):
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or field in SILENT or _is_silent(node):
                continue
            own = scope or f"{prefix}{node.name}" if isinstance(node, ast.FunctionDef) else scope
            yield holder, field, index, node, own, returns
            if isinstance(node, ast.FunctionDef):
                yield from _walk(node, own, prefix, node.returns)
            elif isinstance(node, ast.ClassDef):
                yield from _walk(node, scope, f"{prefix}{node.name}.", None)
            else:
                yield from _walk(node, scope, prefix, returns)


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        return any(isinstance(name, ast.Name) and name.id.endswith(("SECONDS", "TIMEOUT")) for name in node.targets)
    if isinstance(node, ast.keyword):
        return node.arg in MANNERS
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _called(node.value) in TELLING
    return isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom)) or _is_formatted(node)


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _variants(node: Any, holder: Any, field: str, returns: ast.expr | None) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.BoolOp) and not _is_literal(node.values[-1]):
        yield "and/or", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not", node.operand
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.BitAnd, ast.BitOr)):
        if not _is_text(node.left) and not _is_text(node.right) and not _asks_clock(node):
            yield "operand left out", node.left
    elif isinstance(node, ast.Constant):
        yield from _constant(node, holder)
    elif isinstance(node, ast.Name) and field == "func" and node.id in ANOTHER:
        yield "aggregate", ast.Name(ANOTHER[node.id], ast.Load())
    elif isinstance(node, (ast.List, ast.Dict, ast.Tuple)):
        yield from _fewer(node, holder, field)
    elif isinstance(node, ast.Return) and node.value is not None and returns is not None:
        yield from ((kind, ast.Return(value)) for kind, value in _emptied(node.value, returns))
    elif isinstance(node, ast.Raise):
        yield "raise removed", ast.Pass()
    elif _is_removable(node):
        yield "statement removed", ast.Pass()
    yield from _always(node, holder, field)


def _is_removable(node: ast.AST) -> bool:
    if isinstance(node, ast.AugAssign):
        return not _is_text(node.value)
    return isinstance(node, ast.Delete) or (
        isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Yield))
    )


def _compared(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for kind, table in (("comparison", OPPOSITE), ("boundary", BOUNDARY)):
        operator = table.get(type(node.ops[0]))
        # Nothing happens at an exact moment of a clock.
        if operator and len(node.ops) == 1 and not (kind == "boundary" and _asks_clock(node)):
            yield kind, ast.Compare(node.left, [operator()], node.comparators)


def _asks_clock(node: ast.AST) -> bool:
    return any(_called(part) in ("monotonic", "time") for part in ast.walk(node))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _constant(node: ast.Constant, holder: Any) -> Iterator[tuple[str, ast.AST]]:
    compares = isinstance(holder, ast.Compare) or _called(holder) in ("startswith", "endswith")
    if isinstance(node.value, str) and node.value and compares:
        yield "string emptied", ast.Constant("")
    elif (
        _is_number(node.value) and not isinstance(holder, (ast.Dict, ast.Subscript)) and _called(holder) not in FORMING
    ):
        yield "number", ast.Constant(node.value + 1 if node.value < 60 else node.value * 2)
    elif isinstance(node.value, bool) and isinstance(holder, (ast.Assign, ast.AnnAssign, ast.arguments)):
        yield "constant", ast.Constant(not node.value)


def _fewer(node: Any, holder: Any, field: str) -> Iterator[tuple[str, ast.AST]]:
    """A collection without one of its elements; a tuple or a dictionary only where it is no thing of fixed parts."""
    targets = getattr(holder, "targets", [getattr(holder, "target", None)])
    table = field == "value" and any(isinstance(target, ast.Name) and target.id.isupper() for target in targets)
    if isinstance(node, ast.Dict):
        # What comes after another dictionary takes the place of what that says.
        begin = 0 if table else len(node.keys) if None not in node.keys else node.keys.index(None) + 1
        for index in range(begin, len(node.keys)):
            yield "element removed", ast.Dict(_without(node.keys, index), _without(node.values, index))
    elif not isinstance(node.ctx, ast.Store) and (
        table or isinstance(node, ast.List) or field in ("comparators", "iter")
    ):
        for index in range(len(node.elts)):
            less = copy.copy(node)
            less.elts = _without(node.elts, index)
            yield "element removed", less


def _without(elements: list[Any], index: int) -> list[Any]:
    return elements[:index] + elements[index + 1 :]


def _emptied(value: ast.expr, returns: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """What a function may return as well by its annotation: the opposite, one more, nothing."""
    if isinstance(returns, ast.BinOp):
        yield from _emptied(value, ast.Name("Optional") if ast.unparse(returns.right) == "None" else returns.left)
        return
    outer = returns.value if isinstance(returns, ast.Subscript) else returns
    name = getattr(outer, "id", "")
    if name == "bool" and not isinstance(value, (ast.Compare, ast.UnaryOp)):
        yield "return", ast.UnaryOp(ast.Not(), value)
    elif name in ("int", "float") and not isinstance(value, ast.Constant):
        yield "return", ast.BinOp(value, ast.Add(), ast.Constant(1))
    elif name in EMPTY and ast.unparse(value) != EMPTY[name]:
        yield "return", ast.parse(EMPTY[name], mode="eval").body


def _always(node: ast.AST, holder: Any, field: str) -> Iterator[tuple[str, ast.AST]]:
    """A condition that no longer asks."""
    if field == "ifs":
        yield "always", ast.Constant(True)
    elif field == "test" and isinstance(holder, (ast.If, ast.IfExp)):
        yield "always", ast.Constant(True)
        if isinstance(holder, ast.IfExp) or not isinstance(holder.body[0], ast.Raise):
            yield "never", ast.Constant(False)


def _is_formatted(node: ast.AST) -> bool:
    return (
        _called(node) == "format"
        and isinstance(node, ast.Call)
        and isinstance(getattr(node.func, "value", None), ast.Constant)
    )


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, ast.JoinedStr) or _is_formatted(node)


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.JoinedStr))
