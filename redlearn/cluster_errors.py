"""Errors of a cluster: what its nodes say when they do not do as they are told, in Redis's words.

They are raised as all others are (`errors.py`).
"""

from __future__ import annotations

from typing import Final

# Cluster: what a node refuses to do
ALREADY_OWNER: Final = "ERR I'm already the owner of hash slot {}"
CANNOT_FORGET_MYSELF: Final = "ERR I tried hard but I can't forget myself..."
CANNOT_FORGET_PRIMARY: Final = "ERR Can't forget my master!"
CANNOT_REPLICATE_MYSELF: Final = "ERR Can't replicate myself"
CONFIG_EPOCH_NODES: Final = (
    "ERR The user can assign a config epoch only when the node does not know any other node."
)
CONFIG_EPOCH_SET: Final = "ERR Node config epoch is already non-zero"
FAILOVER_OF_PRIMARY: Final = "ERR You should send CLUSTER FAILOVER to a replica"
FAILOVER_PRIMARY_DOWN: Final = "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE"
FAILOVER_PRIMARY_UNKNOWN: Final = "ERR I'm a replica but my master is unknown to me"
FLUSHSLOTS_NOT_EMPTY: Final = "ERR DB must be empty to perform CLUSTER FLUSHSLOTS."
NOT_OWNER: Final = "ERR I'm not the owner of hash slot {}"
REPLICA_SETSLOT: Final = "ERR Please use SETSLOT only with masters."
REPLICATE_NOT_EMPTY: Final = (
    "ERR To set a master the node must be empty and without assigned slots."
)
REPLICATE_REPLICA: Final = "ERR I can only replicate a master, not a replica."
RESET_NOT_EMPTY: Final = "ERR CLUSTER RESET can't be called with master nodes containing keys"
SLOT_BUSY: Final = "ERR Slot {} is already busy"
SLOT_HAS_KEYS: Final = (
    "ERR Can't assign hashslot {} to a different node while I still hold keys for this hash slot."
)
SLOT_UNASSIGNED: Final = "ERR Slot {} is already unassigned"
TARGET_NOT_PRIMARY: Final = "ERR Target node is not a master"
UNKNOWN_NODE: Final = "ERR Unknown node {}"
UNKNOWN_TARGET: Final = "ERR I don't know about node {}"

# Slots that move as a whole
ALREADY_EXPORTING: Final = "ERR I am already migrating slot {}."
ALREADY_IMPORTING: Final = (
    "ERR Slot is already being imported on the target by a different migration"
)
BAD_NODE_NAME: Final = "ERR Invalid node name: {}"
EXPORT_UNDER_WAY: Final = "ERR Slot export in progress."
IMPORT_UNDER_WAY: Final = "ERR Slot import in progress."
IS_SOURCE_ALREADY: Final = "ERR Slot migration client is already a slot migration job"
MIGRATE_TO_MYSELF: Final = "ERR Target node can not be this node."
MIGRATION_ON_REPLICA: Final = "ERR Slot migration can only be used on primary nodes."
MIGRATIONS_OVERLAP: Final = "ERR Slot ranges in migrations overlap"
NO_MIGRATIONS: Final = "ERR No migrations ongoing"
NO_RANGE_END: Final = "ERR No end slot for final slot range"
NO_RANGES: Final = "ERR No slot ranges specified"
ONLY_FOR_SOURCES: Final = "ERR CLUSTER SYNCSLOTS {} should only be used by slot migration clients"
OWNERS_DISAGREE: Final = "ERR Target node does not agree about current slot ownership"
RANGE_OF_MOVE_BACKWARDS: Final = "ERR Start slot number {} is greater than end slot number {}."
RANGES_OVERLAP: Final = "ERR Slot range {}-{} overlaps with previous range {}-{}."
SEVERAL_SHARDS: Final = "ERR Requested slots span multiple shards"
SLOT_OF_NOBODY: Final = "ERR Slot {} has no node served."
SLOTS_ON_THEIR_WAY_HERE: Final = "ERR Slots are being manually imported"
SLOTS_ON_THEIR_WAY_OUT: Final = "ERR Slots are being manually migrated"
SLOTS_NOT_MINE: Final = "ERR Slots are not served by this node."
SOURCE_IS_MYSELF: Final = "ERR Source node is target node itself"
SOURCE_UNKNOWN: Final = "ERR Target node does not know the source node"
UNKNOWN_NODE_NAME: Final = "ERR Unknown node name: {}"

# Where a command belongs, in a cluster
ASK: Final = "ASK {} {}"
CLUSTER_DISABLED: Final = "ERR This instance has cluster support disabled"
CLUSTER_DOWN: Final = "CLUSTERDOWN The cluster is down"
CLUSTER_READ_ONLY: Final = "CLUSTERDOWN The cluster is down and only accepts read commands"
COPY_IN_CLUSTER: Final = "ERR Copying to another database is not allowed in cluster mode"
CROSS_SLOT: Final = "CROSSSLOT Keys in request don't hash to the same slot"
MOVED: Final = "MOVED {} {}"
NOT_IN_CLUSTER: Final = "ERR {} is not allowed in cluster mode"
SCRIPT_CROSSES_SLOTS: Final = (
    "ERR Script attempted to access keys that do not hash to the same slot"
)
SCRIPT_IN_CLUSTER: Final = "ERR Can not run script on cluster, 'no-cluster' flag is set."
SCRIPT_NOT_LOCAL: Final = "ERR Script attempted to access a non local key in a cluster node"
SCRIPT_WHEN_DOWN: Final = "ERR Script attempted to execute a command while the cluster is down"
SCRIPT_WRITES_WHEN_DOWN: Final = (
    "ERR Script attempted to execute a write command while the cluster is down and readonly"
)
SLOT_NOT_SERVED: Final = "CLUSTERDOWN Hash slot not served"
SORT_IN_CLUSTER: Final = (
    "ERR {} option of SORT denied in Cluster mode when keys formed by the pattern may be in"
    " different slots."
)
TRY_AGAIN: Final = "TRYAGAIN Multiple keys request during rehashing of slot"

# MIGRATE
KEYS_AND_KEY: Final = (
    "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
)
TARGET_REFUSED: Final = "ERR Target instance replied with error: {}"
TARGET_SILENT: Final = "IOERR error or timeout {} to target instance"
TARGET_UNREACHABLE: Final = "IOERR error or timeout connecting to the client"

# Ours: MIGRATE and CLUSTER MEET in a classroom
OUT_OF_REACH: Final = (
    "NOPERM This server does not go to '{}': in classroom mode it goes to this machine only, and to"
    " those in 'classroom-allow'"
)

# What is asked of a node of a cluster
BAD_BASE_PORT: Final = "ERR Invalid base port specified: {}"
BAD_BUS_PORT: Final = "ERR Invalid bus port specified: {}"
BAD_CURSOR: Final = "ERR Invalid cursor"
BAD_CONFIG_EPOCH: Final = "ERR Invalid config epoch specified: {}"
BAD_NODE_ADDRESS: Final = "ERR Invalid node address specified: {}:{}"
BAD_SETSLOT: Final = "ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"
BAD_SLOT: Final = "ERR Invalid or out of range slot"
BAD_SLOT_OR_COUNT: Final = "ERR Invalid slot or number of keys"
BAD_SLOT_TO_COUNT: Final = "ERR Invalid slot"
RANGE_BACKWARDS: Final = "ERR start slot number {} is greater than end slot number {}"
SLOT_TWICE: Final = "ERR Slot {} specified multiple times"
CURSOR_OF_OTHER_SLOT: Final = "ERR Cursor slot mismatch with SLOT argument"
SLOT_OPTION_TWICE: Final = "ERR SLOT option can only be specified once"
UNKNOWN_TYPE: Final = "ERR unknown type name '{}'"
CONFIG_NOT_SAVED: Final = "ERR error saving the cluster node config: {}"
REPLICAS_OF_REPLICA: Final = "ERR The specified node is not a master"
RANGE_OF_STATS_BACKWARDS: Final = "ERR Start slot number {} is greater than end slot number {}"
STATS_LIMIT: Final = "ERR Limit has to lie in between 1 and 16384 (maximum number of slots)."
STATS_METRIC: Final = "ERR Unrecognized sort metric for ORDERBY."
STATS_TWICE: Final = "ERR Multiple filters of the same type are disallowed."
