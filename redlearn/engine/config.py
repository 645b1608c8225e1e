"""Config: the values that the parameters of one engine have at present.

Values are kept parsed; `State.configure` carries thresholds to where they are used. What there
is to set, and how each is read and shown, is in `parameters.py` and `parameter_kinds.py`.

Source: `config.c`, `server.h struct redisServer`.
"""

from __future__ import annotations

from redlearn.engine.parameter_kinds import BadSetting, Setting, overlaid, parse_memory
from redlearn.engine.parameters import ALIASES, PARAMETERS, POLICIES, Parameter, parameter

__all__ = [
    "ALIASES", "PARAMETERS", "POLICIES", "BadSetting", "Config", "Parameter", "Setting",
    "parameter", "parse_memory",
]  # fmt: skip


Frozen = tuple[tuple[str, Setting], ...]


class Config:
    """The settings of one engine.

    Attributes:
        notify: The classes of notify-keyspace-events; kept apart because every change asks.
    """

    __slots__ = ("_frozen", "_values", "notify")

    def __init__(self, databases: int) -> None:
        self._values: dict[str, Setting] = {row.name: row.default for row in PARAMETERS.values()}
        self._values["databases"] = databases
        self._frozen: Frozen | None = None  # as it was frozen last, unless one was set since
        self.notify: frozenset[str] = frozenset()

    def number(self, name: str) -> int:
        """A numeric parameter's value."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def flag(self, name: str) -> bool:
        """A yes/no parameter's value."""
        return self._values[name] is True

    def text(self, name: str) -> str:
        """The value of a parameter that is a word, or several."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def value(self, name: str) -> Setting:
        """A parameter's value, of whatever kind."""
        return self._values[name]

    def show(self, name: str) -> str:
        """A parameter's value as CONFIG GET prints it."""
        return PARAMETERS[name].show(self._values[name])

    def is_default(self, name: str) -> bool:
        """Whether a parameter has the value it has at first."""
        return self._values[name] == PARAMETERS[name].default

    def set(self, name: str, value: Setting) -> None:
        """Take a value that the parameter's `read` has parsed."""
        if name == "client-output-buffer-limit":
            assert isinstance(value, str)
            value = overlaid(self.text(name), value)  # of some classes only
        self._values[name] = value
        self._frozen = None
        if isinstance(value, frozenset):
            self.notify = value

    def freeze(self) -> Frozen:
        """All values, for a snapshot; the same object as long as none was set."""
        if self._frozen is None:
            self._frozen = tuple(self._values.items())
        return self._frozen

    def thaw(self, frozen: Frozen) -> None:
        """Take back all values."""
        if frozen is self._frozen:
            return
        for name, value in frozen:
            self.set(name, value)
        self._frozen = frozen
