"""Info: what a server says of itself, section by section, as INFO prints it.

Each section is a function from the state to rows of (field, value), in the order of a real
server. Of memory it tells what the model in `ledger.py` knows; what takes a process comes from
`edge.py`, of files from `durability.py`; what belongs to the cluster has the value it
has on a server that uses neither.

Source: `server.c genRedisInfoString`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from redlearn.engine.parameter_kinds import trimmed
from redlearn.engine.replication import CONNECTED, SYNC
from redlearn.engine.state import State
from redlearn.engine.values.value import DICT_ENTRY, OBJECT_HEADER, POINTER

VERSION: Final = "7.4.1"
"""The Redis whose behaviour this engine has."""

Rows = Iterable[tuple[str, object]]


def report(state: State, wanted: list[str]) -> str:
    """The sections that are wanted, by name in lower case; all in the order of a server."""
    names = {OTHER_NAMES.get(name, name) for name in wanted or ["default"]}
    if names & {"all", "everything"}:
        names |= set(SECTIONS)
    elif "default" in names:
        names |= set(SECTIONS) - LEFT_OUT
    texts = []
    for name, (title, rows) in SECTIONS.items():
        if name in names:
            lines = [f"# {title}", *(f"{field}:{value}" for field, value in rows(state))]
            texts.append("".join(f"{line}\r\n" for line in lines))
    return "\r\n".join(texts)


def _server(state: State) -> Rows:
    facts, config = state.edge.facts(), state.config
    up_s = (state.now_ms - state.stats.started_ms) // 1000
    return [
        ("redis_version", VERSION),
        ("redis_git_sha1", "00000000"),
        ("redis_git_dirty", 0),
        ("redis_build_id", identifier(state, "build")[:16]),
        ("redis_mode", "standalone" if state.cluster is None else "cluster"),
        ("os", facts.os),
        ("arch_bits", 64),
        ("monotonic_clock", "POSIX clock_gettime"),
        ("multiplexing_api", facts.multiplexing),
        ("atomicvar_api", "none"),
        ("gcc_version", facts.compiler),
        ("process_id", facts.process_id),
        ("process_supervised", "no"),
        ("run_id", identifier(state, "run")),
        ("tcp_port", config.number("port")),
        ("server_time_usec", state.now_ms * 1000),
        ("uptime_in_seconds", up_s),
        ("uptime_in_days", up_s // 86400),
        ("hz", config.show("hz")),
        ("configured_hz", config.show("hz")),
        ("lru_clock", state.now_ms // 1000 % 2**24),
        ("executable", facts.executable),
        ("config_file", facts.config_file),
        ("io_threads_active", 0),
        *((f"listener{at}", line) for at, line in enumerate(facts.listeners)),
    ]


def identifier(state: State, what: str) -> str:
    """Forty hexadecimal digits that are this engine's own: its seed and its beginning say which."""
    text = f"{what} {state.chance.seed} {state.stats.started_ms}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _clients(state: State) -> Rows:
    clients = state.clients.values()
    waiting = [client for client in clients if client.wait is not None]
    reason, actions, paused = _pause(state)
    keys = {(wait.db, key) for client in waiting if (wait := client.wait) for key in wait.keys}
    gone = {
        (wait.db, key)
        for client in waiting if (wait := client.wait) and wait.on_gone for key in wait.keys
    }  # fmt: skip
    return [
        ("connected_clients", len(clients)),
        ("cluster_connections", 0 if state.cluster is None else 2 * (state.cluster.known - 1)),
        ("maxclients", state.config.number("maxclients")),
        ("client_recent_max_input_buffer", 0),
        ("client_recent_max_output_buffer", 0),
        ("blocked_clients", len(waiting)),
        ("tracking_clients", state.crowd.tracking_clients),
        ("pubsub_clients", sum(client.listens for client in clients)),
        ("watching_clients", sum(bool(client.watched) for client in clients)),
        ("clients_in_timeout_table", len(state.timeouts)),
        ("total_watched_keys", sum(len(db.watched) for db in state.databases)),
        ("total_blocking_keys", len(keys)),
        ("total_blocking_keys_on_nokey", len(gone)),
        ("paused_reason", reason),
        ("paused_actions", actions),
        ("paused_timeout_milliseconds", paused),
    ]


def _pause(state: State) -> tuple[str, str, int]:
    """Of the strictest pauses the longest: its reason, whom it stops, for how many ms yet."""
    crowd = state.crowd
    found = [
        (until_ms, why)
        for why, (until_ms, writes_only) in crowd.pauses.items()
        if writes_only == crowd.paused_writes_only
    ]
    if not found:
        return "none", "none", 0
    until_ms, reason = max(found, key=lambda pause: pause[0])
    return reason, "write" if crowd.paused_writes_only else "all", max(0, until_ms - state.now_ms)


def human(size: int) -> str:
    """A size with a unit (`server.c bytesToHuman`).

    >>> [human(size) for size in (0, 1040232, 25276514304)]
    ['0B', '1015.85K', '23.54G']
    """
    if size < 1024:
        return f"{size}B"
    for unit, power in (("K", 1), ("M", 2), ("G", 3), ("T", 4)):
        if size < 1024 ** (power + 1):
            return f"{size / 1024**power:.2f}{unit}"
    return f"{size / 1024**5:.2f}P"


def _memory(state: State) -> Rows:
    used = state.note_peak()
    facts = state.edge.facts()
    resident = facts.resident or used
    yield from _used(state, used, resident)
    yield ("total_system_memory", facts.machine_memory)
    yield ("total_system_memory_human", human(facts.machine_memory))
    yield from _scripts(state)
    yield ("maxmemory", state.limit)
    yield ("maxmemory_human", human(state.limit))
    yield ("maxmemory_policy", state.config.text("maxmemory-policy"))
    yield from _fragmentation(used, resident)
    yield from _buffers(state)


def _used(state: State, used: int, resident: int) -> Rows:
    overhead, peak = _overhead(state), state.peak
    data = max(0, used - overhead)
    return [
        ("used_memory", used),
        ("used_memory_human", human(used)),
        ("used_memory_rss", resident),
        ("used_memory_rss_human", human(resident)),
        ("used_memory_peak", peak),
        ("used_memory_peak_human", human(peak)),
        ("used_memory_peak_perc", f"{used * 100 / peak if peak else 0:.2f}%"),
        ("used_memory_overhead", overhead),
        ("used_memory_startup", 0),
        ("used_memory_dataset", data),
        ("used_memory_dataset_perc", f"{data * 100 / used if used else 0:.2f}%"),
        ("allocator_allocated", used),
        ("allocator_active", used),
        ("allocator_resident", used),
        ("allocator_muzzy", 0),
    ]


def _scripts(state: State) -> Rows:
    """How many there are, which are known; what they take is not in the model."""
    scripts = state.scripts
    return [
        ("used_memory_lua", 0),
        ("used_memory_vm_eval", 0),
        ("used_memory_lua_human", "0B"),
        ("used_memory_scripts_eval", 0),
        ("number_of_cached_scripts", len(scripts.known)),
        ("number_of_functions", len(scripts.functions)),
        ("number_of_libraries", len(scripts.libraries)),
        ("used_memory_vm_functions", 0),
        ("used_memory_vm_total", 0),
        ("used_memory_vm_total_human", "0B"),
        ("used_memory_functions", 0),
        ("used_memory_scripts", 0),
        ("used_memory_scripts_human", "0B"),
    ]


def _fragmentation(used: int, resident: int) -> Rows:
    waste = max(0, resident - used)
    return [
        ("allocator_frag_ratio", "1.00"),
        ("allocator_frag_bytes", 0),
        ("allocator_rss_ratio", "1.00"),
        ("allocator_rss_bytes", 0),
        ("rss_overhead_ratio", f"{resident / used if used else 1:.2f}"),
        ("rss_overhead_bytes", waste),
        ("mem_fragmentation_ratio", f"{resident / used if used else 1:.2f}"),
        ("mem_fragmentation_bytes", waste),
    ]


def _buffers(state: State) -> Rows:
    return [
        ("mem_not_counted_for_evict", 0),
        ("mem_replication_backlog", 0),
        ("mem_total_replication_buffers", 0),
        ("mem_clients_slaves", 0),
        ("mem_clients_normal", 0),
        ("mem_cluster_links", 0),
        ("mem_aof_buffer", state.durability.log_buffered),
        ("mem_allocator", "model"),
        ("mem_overhead_db_hashtable_rehashing", _rehashing(state)),
        ("active_defrag_running", 0),
        ("lazyfree_pending_objects", 0),
        ("lazyfreed_objects", 0),
    ]


def _overhead(state: State) -> int:
    """Bytes that are neither keys nor values: tables, entries, headers."""
    total = 0
    for db in state.databases:
        for table, each in ((db.keys, OBJECT_HEADER), (db.expires, 0)):
            if len(table):
                total += (DICT_ENTRY + each) * len(table)
                total += POINTER * (table.size(0) + table.size(1))
    return total


def _rehashing(state: State) -> int:
    tables = [table for db in state.databases for table in (db.keys, db.expires)]
    return sum(POINTER * table.size(0) for table in tables if table.is_rehashing)


def _persistence(state: State) -> Rows:
    return state.durability.rows(state.config, state.dirty, state.now_ms // 1000)


def _stats(state: State) -> Rows:
    yield from _traffic(state)
    yield from _keys(state)
    yield from _fixed_and_tracked(state)


def _traffic(state: State) -> Rows:
    stats = state.stats
    return [
        ("total_connections_received", stats.connections),
        ("total_commands_processed", stats.processed),
        ("instantaneous_ops_per_sec", stats.rate),
        ("total_net_input_bytes", stats.bytes_in),
        ("total_net_output_bytes", stats.bytes_out),
        ("total_net_repl_input_bytes", 0),
        ("total_net_repl_output_bytes", 0),
        ("instantaneous_input_kbps", "0.00"),
        ("instantaneous_output_kbps", "0.00"),
        ("instantaneous_input_repl_kbps", "0.00"),
        ("instantaneous_output_repl_kbps", "0.00"),
        ("rejected_connections", stats.turned_away),
        ("sync_full", 0),
        ("sync_partial_ok", 0),
        ("sync_partial_err", 0),
    ]


def _keys(state: State) -> Rows:
    stats = state.stats
    channels, patterns, shards = (
        len(state.listeners[kind]) for kind in ("channels", "patterns", "shards")
    )
    return [
        ("expired_subkeys", state.expired_fields),
        ("expired_keys", state.lazy_expired + state.active_expired),
        ("expired_stale_perc", f"{state.expire_stale * 100:.2f}"),
        ("expired_time_cap_reached_count", 0),
        ("expire_cycle_cpu_milliseconds", 0),
        ("evicted_keys", state.evicted),
        ("evicted_clients", 0),
        ("evicted_scripts", 0),
        ("total_eviction_exceeded_time", 0),
        ("current_eviction_exceeded_time", 0),
        ("keyspace_hits", stats.hits),
        ("keyspace_misses", stats.misses),
        ("pubsub_channels", channels),
        ("pubsub_patterns", patterns),
        ("pubsubshard_channels", shards),
    ]


def _fixed_and_tracked(state: State) -> Rows:
    stats, crowd = state.stats, state.crowd
    return [
        ("latest_fork_usec", state.durability.fork_us),
        ("total_forks", state.durability.forks),
        ("migrate_cached_sockets", 0),
        ("slave_expires_tracked_keys", 0),
        ("active_defrag_hits", 0),
        ("active_defrag_misses", 0),
        ("active_defrag_key_hits", 0),
        ("active_defrag_key_misses", 0),
        ("total_active_defrag_time", 0),
        ("current_active_defrag_time", 0),
        ("tracking_total_keys", len(crowd.tracked)),
        ("tracking_total_items", sum(map(len, crowd.tracked.values()))),
        ("tracking_total_prefixes", len(crowd.tracked_prefixes)),
        ("unexpected_error_replies", 0),
        ("total_error_replies", sum(stats.errors.values())),
        ("dump_payload_sanitizations", 0),
        ("total_reads_processed", stats.reads),
        ("total_writes_processed", stats.writes),
        ("io_threaded_reads_processed", 0),
        ("io_threaded_writes_processed", 0),
        ("reply_buffer_shrinks", 0),
        ("reply_buffer_expands", 0),
        ("acl_access_denied_auth", state.users.refused["auth"]),
        ("acl_access_denied_cmd", state.users.refused["command"]),
        ("acl_access_denied_key", state.users.refused["key"]),
        ("acl_access_denied_channel", state.users.refused["channel"]),
    ]


def _good_followers(state: State) -> Rows:
    """How many replicas are near enough, where that is asked."""
    lag = state.config.number("min-replicas-max-lag")
    if not lag or not state.config.number("min-replicas-to-write"):
        return []
    return [("min_slaves_good_slaves", state.replication.good(lag, state.now_ms))]


def _replication(state: State) -> Rows:
    known = state.replication
    return [
        *([("role", "master")] if known.primary is None else _as_replica(state)),
        ("connected_slaves", len(known.replicas)),
        *_good_followers(state),
        *_followers(state),
        ("master_failover_state", "no-failover"),
        ("master_replid", known.id or identifier(state, "replication")),
        ("master_replid2", known.second_id),
        ("master_repl_offset", known.offset),
        ("second_repl_offset", known.second_offset),
        ("repl_backlog_active", int(known.backlog)),
        ("repl_backlog_size", state.config.number("repl-backlog-size")),
        ("repl_backlog_first_byte_offset", known.backlog_start + 1 if known.backlog else 0),
        ("repl_backlog_histlen", known.offset - known.backlog_start if known.backlog else 0),
    ]


def _followers(state: State) -> Iterator[tuple[str, object]]:
    for number, replica in enumerate(state.replication.replicas):
        standing = "online" if replica.online else "wait_bgsave"
        lag = (state.now_ms - replica.acked_ms) // 1000 if replica.online else 0
        words = f"ip={replica.ip},port={replica.port},state={standing}"
        yield f"slave{number}", f"{words},offset={replica.offset},lag={lag}"


def _as_replica(state: State) -> Rows:
    known = state.replication
    assert known.primary is not None
    up = known.link == CONNECTED
    down = (state.now_ms - known.down_ms) // 1000 if known.down_ms else -1
    return [
        ("role", "slave"),
        ("master_host", known.primary[0]),
        ("master_port", known.primary[1]),
        ("master_link_status", "up" if up else "down"),
        ("master_last_io_seconds_ago", (state.now_ms - known.heard_ms) // 1000 if up else -1),
        ("master_sync_in_progress", int(known.link == SYNC)),
        ("slave_read_repl_offset", known.offset),
        ("slave_repl_offset", known.offset),
        *([] if up else [("master_link_down_since_seconds", down)]),
        ("slave_priority", state.config.number("replica-priority")),
        ("slave_read_only", int(state.config.flag("replica-read-only"))),
        ("replica_announced", int(state.config.flag("replica-announced"))),
    ]


def _cpu(state: State) -> Rows:
    facts = state.edge.facts()
    return [
        ("used_cpu_sys", f"{facts.cpu_system:.6f}"),
        ("used_cpu_user", f"{facts.cpu_user:.6f}"),
        ("used_cpu_sys_children", f"{facts.cpu_system_children:.6f}"),
        ("used_cpu_user_children", f"{facts.cpu_user_children:.6f}"),
        ("used_cpu_sys_main_thread", f"{facts.cpu_system:.6f}"),
        ("used_cpu_user_main_thread", f"{facts.cpu_user:.6f}"),
    ]


def _modules(state: State) -> Rows:
    return []


def _commandstats(state: State) -> Rows:
    for name, tally in state.stats.commands.items():
        us = tally.nanoseconds // 1000
        each = us / tally.calls if tally.calls else 0
        yield (
            f"cmdstat_{name}",
            f"calls={tally.calls},usec={us},usec_per_call={each:.2f},"
            f"rejected_calls={tally.rejected},failed_calls={tally.failed}",
        )


def _errorstats(state: State) -> Rows:
    for code, count in sorted(state.stats.errors.items()):
        yield f"errorstat_{code}", f"count={count}"


def _latencystats(state: State) -> Rows:
    chosen = state.config.text("latency-tracking-info-percentiles").split()
    if not state.config.flag("latency-tracking"):
        return
    for name, tally in state.stats.commands.items():
        if tally.spread:
            shown = (
                f"p{trimmed(float(share))}={tally.percentile(float(share)) / 1000:.3f}"
                for share in chosen
            )
            yield f"latency_percentiles_usec_{name}", ",".join(shown)


def _cluster(state: State) -> Rows:
    return [("cluster_enabled", int(state.cluster is not None))]


def _keyspace(state: State) -> Rows:
    for db in state.databases:
        keys, expires = state.listed(db, db.keys), state.listed(db, db.expires)
        if keys or expires:
            yield (
                f"db{db.index}",
                f"keys={keys},expires={expires},avg_ttl={db.average_ttl_ms},"
                f"subexpiry={len(db.hexpires)}",
            )


SECTIONS: Final[dict[str, tuple[str, Callable[[State], Rows]]]] = {
    "server": ("Server", _server),
    "clients": ("Clients", _clients),
    "memory": ("Memory", _memory),
    "persistence": ("Persistence", _persistence),
    "stats": ("Stats", _stats),
    "replication": ("Replication", _replication),
    "cpu": ("CPU", _cpu),
    "module_list": ("Modules", _modules),
    "commandstats": ("Commandstats", _commandstats),
    "errorstats": ("Errorstats", _errorstats),
    "latencystats": ("Latencystats", _latencystats),
    "cluster": ("Cluster", _cluster),
    "keyspace": ("Keyspace", _keyspace),
}
"""What INFO may be asked for, in the order it answers."""

OTHER_NAMES: Final = {"modules": "module_list"}
"""What a section may be called as well."""

LEFT_OUT: Final = {"commandstats", "latencystats"}
"""Sections that come only when asked for."""
