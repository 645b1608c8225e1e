"""Arrivals: who is called what, at each moment of a history.

An id alone does not tell who somebody is: on another branch, or after a restart, the same id is
given to the next who comes. So a name belongs to the input by which its client came, and holds from
there on, until the client is gone or somebody else comes with that id.
"""

from __future__ import annotations

from bisect import bisect_right


class Arrivals:
    """The clients that came on one branch."""

    def __init__(self) -> None:
        self._numbers: dict[int, list[int]] = {}  # by id: the points by which somebody came with it
        self._named: dict[str, list[tuple[int, int]]] = {}  # by name: those points, and the ids

    def came(self, number: int, client: int, name: str | None) -> None:
        """A client came by that point, later than all before. O(1).

        Args:
            name: None for a stranger, who has none.
        """
        self._numbers.setdefault(client, []).append(number)
        if name is not None:
            self._named.setdefault(name, []).append((number, client))

    def client(self, name: str, position: int) -> int:
        """The id of who came last under that name, up to `position`; 0 if nobody has it now.

        O(log arrivals). Whether the client is still connected is not known here.
        """
        came = self._named.get(name, [])
        at = bisect_right(came, position, key=lambda each: each[0])
        if not at:
            return 0
        number, client = came[at - 1]
        return client if self._is_last(number, client, position) else 0

    def names(self, position: int) -> dict[int, str]:
        """Everybody's name by their ids, those who have left included. O(arrivals by name)."""
        return {
            client: name
            for name, came in self._named.items()
            for number, client in came
            if number <= position and self._is_last(number, client, position)
        }

    def _is_last(self, number: int, client: int, position: int) -> bool:
        numbers = self._numbers[client]
        return numbers[bisect_right(numbers, position) - 1] == number
