"""The values that parameters have: kept parsed, shown as text, frozen and brought back."""

from __future__ import annotations

from redlearn.engine.config import Config


def test_values_are_kept_parsed_and_shown_as_text() -> None:
    config = Config(4)
    assert (config.number("databases"), config.show("databases")) == (4, "4")
    config.set("lazyfree-lazy-expire", True)
    assert config.flag("lazyfree-lazy-expire")
    assert config.show("lazyfree-lazy-expire") == "yes"
    assert config.show("activerehashing") == "yes"
    assert not config.flag("lazyfree-lazy-user-del")


def test_the_classes_of_events_are_at_hand() -> None:
    config = Config(16)
    config.set("notify-keyspace-events", frozenset("Kx"))
    assert config.notify == {"K", "x"}
    config.set("hz", 20)
    assert config.notify == {"K", "x"}


def test_a_thawed_config_has_all_values_back() -> None:
    config = Config(16)
    frozen = config.freeze()
    config.set("hz", 99)
    config.set("notify-keyspace-events", frozenset("KA"))
    config.thaw(frozen)
    assert config.number("hz") == 10
    assert config.notify == frozenset()
    assert config.freeze() == frozen


def test_what_has_its_first_value_is_known() -> None:
    config = Config(16)
    assert config.is_default("hz")
    config.set("hz", 99)
    assert not config.is_default("hz")


def test_limits_of_one_class_are_laid_over_the_others() -> None:
    config = Config(16)
    config.set("client-output-buffer-limit", "pubsub 9 8 7")
    assert config.text("client-output-buffer-limit").startswith("normal 0 0 0 slave ")
    assert config.text("client-output-buffer-limit").endswith("pubsub 9 8 7")


def test_snapshots_share_the_settings_until_one_is_set() -> None:
    config = Config(16)
    first = config.freeze()
    assert config.freeze() is first
    config.set("maxmemory", 5)
    second = config.freeze()
    assert second is not first
    config.thaw(first)
    assert (config.number("maxmemory"), config.freeze() is first) == (0, True)
    config.thaw(second)
    assert (config.number("maxmemory"), config.freeze() is second) == (5, True)
