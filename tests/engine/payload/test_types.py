"""The numbers of types are those of files that real servers wrote."""

import json
from pathlib import Path

from redlearn.engine.payload import types

NUMBERS = {
    value
    for name, value in vars(types).items()
    if name.isupper() and not name.endswith("_SINCE") and not name.startswith("NODE_")
}
RECORDED = Path(__file__).parents[2] / "data" / "payloads.json"


def test_each_number_means_one_type() -> None:
    assert len(NUMBERS) == 23
    assert types.HASH_2 == types.HASH_METADATA_PRE_GA  # but this one: versions tell them apart


def test_every_recorded_payload_begins_with_one_of_them() -> None:
    text = RECORDED.read_text("utf-8")
    first = {int(found[:2], 16) for found in _payloads(json.loads(text))}
    assert first
    assert first <= NUMBERS


def _payloads(data: object) -> list[str]:
    """Every hexadecimal payload, however deep it lies."""
    if isinstance(data, str):
        return [data] if len(data) > 20 and not set(data) - set("0123456789abcdef") else []
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else []
    return [found for each in inner for found in _payloads(each)]
