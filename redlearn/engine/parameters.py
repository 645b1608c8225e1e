"""Parameters: those of Redis 7.4, of Valkey's COMMANDLOG and MIGRATESLOTS, and two of our own.

A row of the table says how a value is read and shown (`parameter_kinds.py`), what it is at first,
and who may change it. Rows that do nothing here are `idle`, and say why: their values are kept, so
that a redis.conf from anywhere is understood, and `redlearn serve --explain-config` lists them.

Source: `config.c static_configs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redlearn.engine.parameter_kinds import (
    OUTPUT_DEFAULTS,
    Read,
    Setting,
    addresses,
    adjustments,
    any_text,
    base_name,
    event_classes,
    host_name,
    locale_name,
    master,
    memory,
    memory_or_percent,
    number,
    octal,
    one_of,
    output_limits,
    percentiles,
    save_points,
    show,
    show_octal,
    show_rate,
    show_share,
    some_of,
    title_template,
    yes_no,
)
from redlearn.resp.integer import INT64_MAX

INT_MAX: Final = 2**31 - 1
INT_MIN: Final = -(2**31)
PORT_MAX: Final = 65535


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the table.

    Attributes:
        read: Parses what a client sent; raises BadSetting.
        show: Prints a value for CONFIG GET.
        alias: The parameter's other name, or "".
        immutable: Only a start can set it.
        protected: A start, or a client where enable-protected-configs allows it.
        sensitive: A secret, which no log shows.
        words: In a file its value may be several words.
        hidden: No pattern of CONFIG GET finds it; its name does.
        idle: Why it does nothing here; "" if it does something.
    """

    name: str
    default: Setting
    read: Read
    show: Callable[[Setting], str] = show
    alias: str = ""
    immutable: bool = False
    protected: bool = False
    sensitive: bool = False
    words: bool = False
    hidden: bool = False
    idle: str = ""


POLICIES: Final = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru",
    "allkeys-lfu", "allkeys-random", "noeviction",
)  # fmt: skip
"""What maxmemory-policy may be, in Redis's order."""

REPLICATION: Final = "there are no replicas yet"
CLUSTER: Final = "nodes do not speak to each other over the network yet"
ALLOCATOR: Final = "Python allocates memory, not jemalloc"
THREADS: Final = "everything runs in one thread"
PROCESS: Final = "the process is Python's, and stays as it was started"
DEFAULTS: Final = "TLS has what Python's ssl module takes by default"
_ACTIONS: Final = one_of("no", "yes", "local")


def _number(
    name: str, default: int, low: int, high: int, *, alias: str = "", immutable: bool = False,
    idle: str = "",
) -> Parameter:  # fmt: skip
    return Parameter(name, default, number(low, high), alias=alias, immutable=immutable, idle=idle)


def _size(
    name: str, default: int, low: int, high: int, *, alias: str = "", idle: str = ""
) -> Parameter:
    return Parameter(name, default, memory(low, high), alias=alias, idle=idle)


def _switch(
    name: str, default: bool, *, alias: str = "", immutable: bool = False, idle: str = ""
) -> Parameter:
    return Parameter(name, default, yes_no, alias=alias, immutable=immutable, idle=idle)


def _text(
    name: str, default: str = "", *, alias: str = "", immutable: bool = False,
    sensitive: bool = False, idle: str = "",
) -> Parameter:  # fmt: skip
    return Parameter(
        name, default, any_text, alias=alias, immutable=immutable, sensitive=sensitive, idle=idle
    )


_DATA: Final = (
    _number("active-expire-effort", 1, 1, 10),
    _switch("activerehashing", True),
    _number("databases", 16, 1, INT_MAX, immutable=True),
    _number("hash-max-listpack-entries", 512, 0, INT64_MAX, alias="hash-max-ziplist-entries"),
    _size("hash-max-listpack-value", 64, 0, INT64_MAX, alias="hash-max-ziplist-value"),
    _size("hll-sparse-max-bytes", 3000, 0, INT64_MAX),
    _switch("lazyfree-lazy-eviction", False),
    _switch("lazyfree-lazy-expire", False),
    _switch("lazyfree-lazy-server-del", False),
    _switch("lazyfree-lazy-user-del", False),
    _switch("lazyfree-lazy-user-flush", False),
    _number("lfu-decay-time", 1, 0, INT_MAX),
    _number("lfu-log-factor", 10, 0, INT_MAX),
    _number("list-compress-depth", 0, 0, INT_MAX),
    _number("list-max-listpack-size", -2, INT_MIN, INT_MAX, alias="list-max-ziplist-size"),
    Parameter("locale-collate", "", locale_name, idle="texts are ordered as bytes"),
    _size("maxmemory", 0, 0, 2**64 - 1),
    Parameter("maxmemory-clients", 0, memory_or_percent(INT64_MAX), show_share,
              idle="only data counts as memory in use"),
    _number("maxmemory-eviction-tenacity", 10, 0, 100),
    Parameter("maxmemory-policy", "noeviction", one_of(*POLICIES)),
    _number("maxmemory-samples", 5, 1, 64),
    Parameter("notify-keyspace-events", frozenset(), event_classes),
    Parameter("sanitize-dump-payload", "no", one_of("no", "yes", "clients"),
              idle="payloads are always looked through"),
    _number("set-max-intset-entries", 512, 0, INT64_MAX),
    _number("set-max-listpack-entries", 128, 0, INT64_MAX),
    _size("set-max-listpack-value", 64, 0, INT64_MAX),
    _size("stream-node-max-bytes", 4096, 0, INT64_MAX),
    _number("stream-node-max-entries", 100, 0, INT64_MAX),
    _number("zset-max-listpack-entries", 128, 0, INT64_MAX, alias="zset-max-ziplist-entries"),
    _size("zset-max-listpack-value", 64, 0, INT64_MAX, alias="zset-max-ziplist-value"),
)  # fmt: skip

_CLIENTS: Final = (
    Parameter("acl-pubsub-default", "resetchannels", one_of("allchannels", "resetchannels")),
    _text("aclfile", immutable=True),
    _number("acllog-max-len", 128, 0, INT64_MAX),
    Parameter("client-output-buffer-limit", OUTPUT_DEFAULTS, output_limits, words=True),
    _size("client-query-buffer-limit", 1024**3, 1024**2, INT64_MAX),
    _number("maxclients", 10000, 1, 2**32 - 1),
    _number("max-new-connections-per-cycle", 10, 1, 1000, idle="the event loop accepts them"),
    _number("max-new-tls-connections-per-cycle", 1, 1, 1000, idle="the event loop accepts them"),
    _size("proto-max-bulk-len", 512 * 1024**2, 1024**2, INT64_MAX),
    _text("requirepass", sensitive=True),
    _number("tcp-keepalive", 300, 0, INT_MAX),
    _number("timeout", 0, 0, INT_MAX),
    _number("tracking-table-max-keys", 1000000, 0, INT64_MAX),
)

_SERVER: Final = (
    _switch("always-show-logo", False, immutable=True, idle="there is no logo"),
    Parameter("bind", "127.0.0.1 -::1", addresses, words=True),
    _text("bind-source-addr", idle=REPLICATION),
    _number("busy-reply-threshold", 5000, 0, INT64_MAX, alias="lua-time-limit"),
    Parameter("classroom-allow", "", any_text, immutable=True, words=True),
    _switch("classroom-mode", False, immutable=True),
    _switch("crash-log-enabled", True, idle="a bug is reported, and does not end the server"),
    _switch("crash-memcheck-enabled", True, idle="a bug is reported, and does not end the server"),
    _switch("daemonize", False, immutable=True),
    Parameter("dir", "", any_text, protected=True),
    _switch("disable-thp", True, immutable=True, idle=PROCESS),
    _switch("dynamic-hz", True, idle="the timer fires hz times a second, however many there are"),
    Parameter("enable-debug-command", "no", _ACTIONS, immutable=True),
    Parameter("enable-module-command", "no", _ACTIONS, immutable=True, idle="there are no modules"),
    Parameter("enable-protected-configs", "no", _ACTIONS, immutable=True),
    Parameter("hz", 10, number(0, INT_MAX), show_rate),
    _text("ignore-warnings", idle="nothing warns of the machine"),
    _number("io-threads", 1, 1, 128, immutable=True, idle=THREADS),
    _switch("io-threads-do-reads", False, immutable=True, idle=THREADS),
    _text("logfile", immutable=True),
    Parameter("loglevel", "notice", one_of("debug", "verbose", "notice", "warning", "nothing")),
    Parameter("oom-score-adj", "no", one_of("no", "yes", "relative", "absolute",
              same=("relative", "yes")), idle=PROCESS),
    Parameter("oom-score-adj-values", "0 200 800", adjustments, words=True, idle=PROCESS),
    _text("pidfile", immutable=True),
    _number("port", 6379, 0, PORT_MAX),
    Parameter("proc-title-template", "{title} {listen-addr} {server-mode}", title_template,
              idle=PROCESS),
    _switch("protected-mode", True),
    Parameter("propagation-error-behavior", "ignore", one_of("ignore", "panic",
              "panic-on-replicas"), idle=REPLICATION),
    _switch("set-proc-title", True, immutable=True, idle=PROCESS),
    *(Parameter(f"shutdown-on-{signal}", "default", some_of("default", "save", "nosave", "now",
      "force"), words=True) for signal in ("sigint", "sigterm")),
    _number("shutdown-timeout", 10, 0, INT_MAX, idle=REPLICATION),
    _number("socket-mark-id", 0, 0, 2**32 - 1, immutable=True, idle=PROCESS),
    Parameter("supervised", "no", one_of("upstart", "systemd", "auto", "no"), immutable=True,
              idle=PROCESS),
    _switch("syslog-enabled", False, immutable=True, idle="logs go to standard error"),
    Parameter("syslog-facility", "local0", one_of("user", *(f"local{n}" for n in range(8))),
              immutable=True, idle="logs go to standard error"),
    _text("syslog-ident", "redis", immutable=True, idle="logs go to standard error"),
    _number("tcp-backlog", 511, 0, INT_MAX, immutable=True),
    _text("unixsocket", immutable=True),
    Parameter("unixsocketperm", 0, octal, show_octal, immutable=True),
    *(_text(f"{what.replace('_', '-')}-cpulist", alias=f"{what}_cpulist", immutable=True,
            idle=PROCESS) for what in ("aof_rewrite", "bgsave", "bio", "server")),
)  # fmt: skip

_MEASURES: Final = (
    _number("latency-monitor-threshold", 0, 0, INT64_MAX),
    _switch("latency-tracking", True),
    Parameter("latency-tracking-info-percentiles", "50 99 99.9", percentiles, words=True),
    _number("slowlog-log-slower-than", 10000, -1, INT64_MAX,
            alias="commandlog-execution-slower-than"),
    _number("slowlog-max-len", 128, 0, INT64_MAX, alias="commandlog-slow-execution-max-len"),
    _number("commandlog-request-larger-than", 1048576, -1, INT64_MAX),
    _number("commandlog-large-request-max-len", 128, 0, INT64_MAX),
    _number("commandlog-reply-larger-than", 1048576, -1, INT64_MAX),
    _number("commandlog-large-reply-max-len", 128, 0, INT64_MAX),
    _switch("hide-user-data-from-log", False, idle="logs have no data of users"),
)  # fmt: skip

_FILES: Final = (
    Parameter("appenddirname", "appendonlydir", base_name("appenddirname", "dirname",
              empty=False), immutable=True),
    Parameter("appendfilename", "appendonly.aof", base_name("appendfilename", "filename",
              empty=False), immutable=True),
    Parameter("appendfsync", "everysec", one_of("everysec", "always", "no")),
    Parameter("aof-disable-auto-gc", False, yes_no, hidden=True),
    Parameter("dbfilename", "dump.rdb", base_name("dbfilename", "filename"), protected=True),
    *(_switch(name, default) for name, default in (
        ("aof-load-truncated", True), ("aof-rewrite-incremental-fsync", True),
        ("aof-timestamp-enabled", False), ("aof-use-rdb-preamble", True), ("appendonly", False),
        ("no-appendfsync-on-rewrite", False), ("rdbcompression", True),
        ("stop-writes-on-bgsave-error", True),
    )),
    _switch("rdb-del-sync-files", False, idle=REPLICATION),
    _switch("rdb-save-incremental-fsync", True),
    _size("auto-aof-rewrite-min-size", 64 * 1024**2, 0, INT64_MAX),
    _number("auto-aof-rewrite-percentage", 100, 0, INT_MAX),
    _switch("rdbchecksum", True, immutable=True),
    Parameter("save", "3600 1 300 100 60 10000", save_points, words=True),
)  # fmt: skip

_REPLICAS: Final = (
    _text("masterauth", sensitive=True, idle=REPLICATION),
    _text("masteruser", sensitive=True, idle=REPLICATION),
    _number("min-replicas-max-lag", 10, 0, INT_MAX, alias="min-slaves-max-lag"),
    _number("min-replicas-to-write", 0, 0, INT_MAX, alias="min-slaves-to-write"),
    _size("repl-backlog-size", 1024**2, 1, INT64_MAX, idle=REPLICATION),
    _number("repl-backlog-ttl", 3600, 0, INT64_MAX, idle=REPLICATION),
    _switch("repl-disable-tcp-nodelay", False, idle=REPLICATION),
    Parameter("repl-diskless-load", "disabled", one_of("disabled", "on-empty-db", "swapdb"),
              idle=REPLICATION),
    _switch("repl-diskless-sync", True, idle=REPLICATION),
    _number("repl-diskless-sync-delay", 5, 0, INT_MAX, idle=REPLICATION),
    _number("repl-diskless-sync-max-replicas", 0, 0, INT_MAX, idle=REPLICATION),
    _number("repl-ping-replica-period", 10, 1, INT_MAX, alias="repl-ping-slave-period",
            idle=REPLICATION),
    _number("repl-timeout", 60, 1, INT_MAX, idle=REPLICATION),
    _text("replica-announce-ip", alias="slave-announce-ip", idle=REPLICATION),
    _number("replica-announce-port", 0, 0, PORT_MAX, alias="slave-announce-port",
            idle=REPLICATION),
    _switch("replica-announced", True, idle=REPLICATION),
    _switch("replica-ignore-disk-write-errors", False, idle=REPLICATION),
    _number("replica-priority", 100, 0, INT_MAX, alias="slave-priority", idle=REPLICATION),
    *(_switch(f"replica-{name}", default, alias=f"slave-{name}", idle=REPLICATION)
      for name, default in (("ignore-maxmemory", True), ("lazy-flush", False),
                            ("read-only", True), ("serve-stale-data", True))),
    Parameter("replicaof", "", master, alias="slaveof", immutable=True, words=True,
              idle=REPLICATION),
)  # fmt: skip

_CLUSTER: Final = (
    *(_switch(f"cluster-{name}", default) for name, default in (
        ("allow-pubsubshard-when-down", True), ("allow-reads-when-down", False),
        ("allow-replica-migration", True), ("require-full-coverage", True),
    )),
    *(_number(f"cluster-announce-{name}", 0, 0, PORT_MAX)
      for name in ("bus-port", "port", "tls-port")),
    Parameter("cluster-announce-hostname", "", host_name),
    _text("cluster-announce-human-nodename"),
    _text("cluster-announce-ip"),
    _text("cluster-config-file", "nodes.conf", immutable=True),
    _switch("cluster-enabled", False, immutable=True),
    _size("cluster-link-sendbuf-limit", 0, 0, 2**64 - 1, idle=CLUSTER),
    _number("cluster-manual-failover-timeout", 5000, 1, INT_MAX),
    _number("cluster-migration-barrier", 1, 0, INT_MAX),
    _number("cluster-node-timeout", 15000, 0, INT64_MAX),
    _number("cluster-port", 0, 0, PORT_MAX, immutable=True, idle=CLUSTER),
    Parameter("cluster-preferred-endpoint-type", "ip", one_of("ip", "hostname",
              "unknown-endpoint")),
    _switch("cluster-replica-no-failover", False, alias="cluster-slave-no-failover"),
    _number("cluster-replica-validity-factor", 10, 0, INT_MAX,
            alias="cluster-slave-validity-factor"),
    _number("cluster-slot-migration-log-max-len", 1000, 0, INT64_MAX),
    _size("slot-migration-max-failover-repl-bytes", 0, -1, INT64_MAX),
)  # fmt: skip

_ENCRYPTION: Final = (
    Parameter("tls-auth-clients", "yes", one_of("no", "yes", "optional")),
    _text("tls-ca-cert-dir"),
    _text("tls-ca-cert-file"),
    _text("tls-cert-file"),
    _text("tls-ciphers", idle=DEFAULTS),
    _text("tls-ciphersuites", idle=DEFAULTS),
    *(_text(f"tls-client-{name}", sensitive=name.endswith("pass"), idle=REPLICATION)
      for name in ("cert-file", "key-file", "key-file-pass")),
    _switch("tls-cluster", False, idle=CLUSTER),
    _text("tls-dh-params-file", idle=DEFAULTS),
    _text("tls-key-file"),
    _text("tls-key-file-pass", sensitive=True),
    _number("tls-port", 0, 0, PORT_MAX),
    _switch("tls-prefer-server-ciphers", False, idle=DEFAULTS),
    _text("tls-protocols", idle=DEFAULTS),
    _switch("tls-replication", False, idle=REPLICATION),
    _number("tls-session-cache-size", 20480, 0, INT_MAX, idle=DEFAULTS),
    _number("tls-session-cache-timeout", 300, 0, INT_MAX, idle=DEFAULTS),
    _switch("tls-session-caching", True, idle=DEFAULTS),
)  # fmt: skip

_DEFRAGMENTATION: Final = (
    _number("active-defrag-cycle-max", 25, 1, 99, idle=ALLOCATOR),
    _number("active-defrag-cycle-min", 1, 1, 99, idle=ALLOCATOR),
    _size("active-defrag-ignore-bytes", 100 * 1024**2, 1, INT64_MAX, idle=ALLOCATOR),
    _number("active-defrag-max-scan-fields", 1000, 1, INT64_MAX, idle=ALLOCATOR),
    _number("active-defrag-threshold-lower", 10, 0, 1000, idle=ALLOCATOR),
    _number("active-defrag-threshold-upper", 100, 0, 1000, idle=ALLOCATOR),
    _switch("activedefrag", False, idle=ALLOCATOR),
    _switch("jemalloc-bg-thread", True, idle=ALLOCATOR),
)

PARAMETERS: Final = {
    row.name: row
    for row in sorted(
        _DATA + _CLIENTS + _SERVER + _MEASURES + _FILES + _REPLICAS + _CLUSTER + _ENCRYPTION
        + _DEFRAGMENTATION,
        key=lambda row: row.name,
    )
}  # fmt: skip
"""Every parameter by its name, in alphabetical order."""

ALIASES: Final = {row.alias: row.name for row in PARAMETERS.values() if row.alias}
"""The other names, with the names they stand for."""


def parameter(name: str) -> Parameter | None:
    """The parameter of that name or alias, in any case, or None."""
    name = name.lower()
    return PARAMETERS.get(ALIASES.get(name, name))
