"""The compiled build, without compiling: who may inherit from its classes, and what it refuses."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from redlearn.compiling import mypyc_attr

ROOT = Path(__file__).parent.parent
OPEN = "mypyc_attr(allow_interpreted_subclasses=True)"


@dataclass
class Module:
    """A source: what its imports call what, and its classes with their bases and decorators."""

    compiled: bool
    names: dict[str, str] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)


def compiled(root: Path) -> set[Path]:
    """What the build hook compiles, as its own table in pyproject.toml says."""
    tools = tomllib.loads((root / "pyproject.toml").read_text())["tool"]
    table = tools["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    wanted, kept = (
        {path for glob in table[key] for path in root.glob(glob)} for key in ("compile", "keep")
    )
    return wanted - kept


def name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def dotted(base: ast.expr, module: Module) -> str:
    """The full name of a base class, as far as a source can tell."""
    if isinstance(base, ast.Subscript):
        return dotted(base.value, module)
    if isinstance(base, ast.Attribute):
        return f"{dotted(base.value, module)}.{base.attr}"
    return module.names.get(ast.unparse(base), ast.unparse(base))


def read(path: Path, name: str, compiled: bool) -> Module:
    module = Module(compiled)
    nodes = list(ast.walk(ast.parse(path.read_text())))
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            module.names |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
        elif isinstance(node, ast.Import):
            module.names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ClassDef):
            module.names[node.name] = f"{name}.{node.name}"
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            module.bases[node.name] = [dotted(base, module) for base in node.bases]
            if OPEN in map(ast.unparse, node.decorator_list):
                module.open.add(node.name)
    return module


def modules(root: Path) -> dict[str, Module]:
    inside = compiled(root)
    paths = [path for top in ("redlearn", "tests") for path in root.glob(f"{top}/**/*.py")]
    names = {path: name_of(path.relative_to(root)) for path in paths}
    return {name: read(path, name, path in inside) for path, name in names.items()}


def refused(known: dict[str, Module]) -> list[str]:
    """Each class that a compiled build could not define, and the base that is the reason.

    An interpreted class needs an open base. So does an open class: mypyc wants the whole line open.
    """
    return [
        f"{name}.{heir} <- {base}"
        for name, module in known.items() for heir, bases in module.bases.items() for base in bases
        if (place := known.get(base.rpartition(".")[0])) is not None and place.compiled
        and (not module.compiled or heir in module.open)
        and base.rpartition(".")[2] not in place.open
    ]  # fmt: skip


KNOWN = modules(ROOT)


def test_what_is_hot_is_compiled_and_commands_are_not() -> None:
    assert KNOWN["redlearn.engine.structures.skiplist"].compiled
    assert KNOWN["redlearn.probe"].compiled
    assert not KNOWN["redlearn.engine.commands.zset.members"].compiled
    assert not KNOWN["redlearn.server.process"].compiled


def test_no_interpreted_class_inherits_from_a_compiled_one_that_is_closed() -> None:
    assert not refused(KNOWN)


def test_an_open_class_has_an_heir_that_needs_it() -> None:
    """Calls of an open class cost more, so that none is open without a reason."""
    inherited = {
        base for module in KNOWN.values() if not module.compiled
        for bases in module.bases.values() for base in bases
    }  # fmt: skip
    opened = {f"{name}.{each}" for name, module in KNOWN.items() for each in module.open}
    assert opened and opened <= inherited


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from redlearn.engine.state import State\nclass Mine(State): ...", True),
        ("from redlearn.engine import state as s\nclass Mine(s.State): ...", True),
        ("import redlearn.engine.state\nclass Mine(redlearn.engine.state.State): ...", True),
        ("from redlearn.engine.structures.radix import RadixTree\n"
         "class Mine(RadixTree[int]): ...", True),
        ("def f():\n    from redlearn.engine.state import State\n    class Mine(State): ...", True),
        ("from redlearn.probe import Event\nclass Mine(Event): ...", False),
        ("from redlearn.engine.state import State\nclass Mine:\n    state: State", False),
        ("class State: ...\nclass Mine(State): ...", False),
    ],
)  # fmt: skip
def test_a_planted_heir_is_found(tmp_path: Path, source: str, found: bool) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(source)
    heir = read(planted, "redlearn.planted", compiled=False)
    names = [line.split(" ")[0] for line in refused(KNOWN | {"redlearn.planted": heir})]
    assert ("redlearn.planted.Mine" in names) is found


def caught_under_one_name(source: str) -> list[str]:
    """Functions that name what they catch alike in two clauses, and differ in what that is.

    mypy gives the name a type in each clause; mypyc gives it the first one in all of them.
    """
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        clauses = [node for node in ast.walk(function) if isinstance(node, ast.ExceptHandler)]
        types = {
            (clause.name, ast.unparse(clause.type))
            for clause in clauses if clause.name and clause.type
        }  # fmt: skip
        if len({name for name, _ in types}) < len(types):
            found.append(function.name)
    return found


def test_a_name_for_what_is_caught_has_one_type_in_a_compiled_function() -> None:
    found = {path: caught_under_one_name(path.read_text()) for path in compiled(ROOT)}
    assert not {path.name: names for path, names in found.items() if names}


@pytest.mark.parametrize(("name", "found"), [("error", ["f"]), ("other", [])])
def test_a_planted_name_of_two_types_is_found(name: str, found: list[str]) -> None:
    source = f"""
def f():
    try:
        pass
    except KeyError as error:
        pass
    except ValueError as {name}:
        pass
"""
    assert caught_under_one_name(source) == found


def test_what_is_said_to_the_compiler_changes_nothing_for_the_interpreter() -> None:
    class Mine: ...

    assert mypyc_attr(allow_interpreted_subclasses=True)(Mine) is Mine
