"""What values share: the model of allocated bytes."""

from __future__ import annotations

import pytest

from redlearn.engine.values.hash import Hash
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value, allocated, string_allocated
from redlearn.engine.values.zset import ZSet


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (1, 8), (8, 8), (9, 16), (17, 32), (33, 48), (112, 112), (113, 128), (128, 128),
        (129, 160), (160, 160), (161, 192), (257, 320), (513, 640), (4096, 4096), (4097, 5120),
        (5121, 6144), (16385, 20480),
    ],
)  # fmt: skip
def test_the_allocator_has_four_size_classes_per_doubling(asked: int, given: int) -> None:
    assert allocated(asked) == given
    assert allocated(given) == given


@pytest.mark.parametrize(
    ("size", "header"),
    [(0, 1), (31, 1), (32, 3), (255, 3), (256, 5), (65535, 5), (65536, 9), (2**32, 17)],
)
def test_a_string_header_grows_with_what_it_must_count(size: int, header: int) -> None:
    assert string_allocated(size) == allocated(header + size + 1)


def test_each_type_is_named_as_the_type_command_prints_it() -> None:
    kinds: list[type[Value]] = [String, Hash, ZSet]
    assert [kind.type for kind in kinds] == ["string", "hash", "zset"]
