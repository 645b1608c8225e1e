"""What the guarded emits cost while nobody watches: `python -m tests.bench.probe`.

Two engines run the same commands: one as it is, and one as it would be had nobody ever thought
of watching. For that each module's source is parsed as it is imported, `emit` is taken to be
None wherever it stands, and what can then never run is left out. The two take turns, in
processes of their own, and the least time of each counts: what disturbs a run only ever makes
it longer.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tests.bench.cases import Case, board, keys, moved, shuffled
from tests.bench.peers import Call, Runner, Side, ours

RUNS = 11
PAIRS = 3  # where things lie in a process's memory makes a few percent
SLICES = 10
MOST = 1.03


class Bare(ast.NodeTransformer):
    """Works out what is left of a function if `emit` is None."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _none(node) if node.id == "emit" and isinstance(node.ctx, ast.Load) else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if node.attr == "emit" and isinstance(node.ctx, ast.Load):
            return _none(node)
        self.generic_visit(node)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        self.generic_visit(node)
        return node.value if node.target.id == "emit" else node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if _known(node.left) and isinstance(node.ops[0], ast.Is | ast.IsNot):
            return ast.copy_location(ast.Constant(isinstance(node.ops[0], ast.Is)), node)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and _known(node.operand):
            return ast.copy_location(ast.Constant(not _value(node.operand)), node)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        decides = isinstance(node.op, ast.Or)
        left = [value for value in node.values if not _known(value) or _value(value) is decides]
        for value in left:
            if _known(value):
                return value  # the others have no side effects
        if any(_known(value) for value in node.values) and not decides:
            return ast.copy_location(ast.Constant(False), node)
        node.values = left
        return left[0] if len(left) == 1 else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        if not _known(node.test):
            return node
        return node.body if _value(node.test) else node.orelse

    def visit_If(self, node: ast.If) -> Any:
        self.generic_visit(node)
        if not _known(node.test):
            node.body = node.body or [ast.Pass()]
            return node
        return node.body if _value(node.test) else node.orelse

    def visit_For(self, node: ast.For) -> Any:
        self.generic_visit(node)
        return node if node.body else None

    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        return None if ast.unparse(node.targets[0]) == "emit" else node

    def visit_Expr(self, node: ast.Expr) -> Any:
        self.generic_visit(node)
        return None if ast.unparse(node).startswith("self._tell_") else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        ends = [at for at, each in enumerate(node.body, 1) if isinstance(each, ast.Return)]
        node.body = node.body[: ends[0] if ends else None] or [ast.Pass()]
        loaded = {
            each.id
            for each in ast.walk(node)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
        }
        return _Unused(loaded).visit(node)  # type: ignore[no-any-return]  # ast's own Any


class _Unused(ast.NodeTransformer):
    """Leaves out what is assigned to names that nobody reads any more."""

    def __init__(self, loaded: set[str]) -> None:
        self._loaded = loaded

    def _unread(self, target: ast.expr) -> bool:
        return isinstance(target, ast.Name) and target.id not in self._loaded

    def visit_Assign(self, node: ast.Assign) -> Any:
        if not _calls(node.value):
            node.targets = [target for target in node.targets if not self._unread(target)]
        return node if node.targets else None

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        return None if node.value is not None and self._unread(node.target) else node


def _calls(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def _none(node: ast.AST) -> ast.expr:
    return ast.copy_location(ast.Constant(None), node)


def _known(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _value(node: ast.expr) -> bool:
    assert isinstance(node, ast.Constant)
    return bool(node.value)


class _Loader(SourceFileLoader):
    """Imports from source, even where there is an extension; with the telling or without."""

    def __init__(self, name: str, path: str, *, bare: bool) -> None:
        super().__init__(name, path)
        self._bare = bare

    def get_code(self, fullname: str) -> CodeType:
        tree: ast.Module = ast.parse(Path(self.path).read_text(encoding="utf-8"))
        if self._bare:
            tree = ast.fix_missing_locations(Bare().visit(tree))
        with warnings.catch_warnings(action="ignore"):  # calls of None, which are never reached
            return compile(tree, self.path, "exec")


class _Finder(MetaPathFinder):
    def __init__(self, *, bare: bool) -> None:
        self._bare = bare

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name.startswith("redlearn.engine") else None
        if spec is None or spec.origin is None or spec.submodule_search_locations is not None:
            return None
        source = spec.origin.split(".cpython")[0].removesuffix(".py") + ".py"
        loader = _Loader(name, source, bare=self._bare)
        return importlib.util.spec_from_file_location(name, source, loader=loader)


def whole(setup: list[Call]) -> Runner:
    """Our engine as it is, interpreted."""
    sys.meta_path.insert(0, _Finder(bare=False))
    return ours(setup)


def bare(setup: list[Call]) -> Runner:
    """Our engine without anything that tells the probe."""
    sys.meta_path.insert(0, _Finder(bare=True))
    return ours(setup)


CASES = (
    Case("GET, 10,000 keys", MOST, lambda: keys(10_000),
         shuffled(10_000, 20_000, lambda n: [b"GET", b"key:%d" % n])),
    Case("SET and DEL", MOST, list,
         lambda _: [[word, b"key:%d" % n, *rest] for n in range(2_000)
                    for word, *rest in ((b"SET", b"value"), (b"DEL",))]),
    Case("ZADD moved, 1,000 members", MOST, lambda: board(1_000), moved(1_000, 5_000)),
    Case("ZRANK, 1,000 members", MOST, lambda: board(1_000),
         shuffled(1_000, 5_000, lambda n: [b"ZRANK", b"board", b"member:%d" % n])),
)  # fmt: skip


def idle_cost(case: Case) -> float:
    """Time with the guarded emits, by time without."""
    least = [float("inf"), float("inf")]
    for _ in range(PAIRS):
        with (
            Side(whole, case.setup, case.calls, SLICES) as one,
            Side(bare, case.setup, case.calls, SLICES) as other,
        ):
            for number in range(RUNS):
                for which, side in enumerate((one, other)):
                    side.prepare(number)
                    times = [side.time(slice_) for slice_ in range(SLICES)]
                    least[which] = min(least[which], *times[1:])  # caches are cold at first
    return least[0] / least[1]


def main() -> int:
    costs = [(case.name, idle_cost(case)) for case in CASES]
    for name, cost in costs:
        print(f"{name:30} x{cost:.3f}  wanted x{MOST}{'' if cost <= MOST else '  above'}")
    return 1 if max(cost for _, cost in costs) > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
