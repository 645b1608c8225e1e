"""Errors: `CommandError`, and every error text in Redis's exact words, once.

A command refuses by raising: `raise CommandError(WRONG_TYPE)`. Texts that carry an
argument have `{}` fields: `raise CommandError(WRONG_ARITY.format(name))`. The first word
is the code that clients look at; it belongs to the text.
"""

from __future__ import annotations

from typing import Final


class CommandError(Exception):
    """A command's refusal. `text` is the error line as the client gets it, without the `-`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text: Final = text


def as_text(data: bytes) -> str:
    """Bytes from a client as part of an error text; `encode.py` gives the same bytes back.

    They end at a NUL, as they do for C's `%s`.
    """
    return data.split(b"\0")[0].decode("utf-8", "surrogateescape")


# Kept in alphabetical groups: what any command can say, then group by group.
NOT_A_FLOAT: Final = "ERR value is not a valid float"
NOT_AN_INTEGER: Final = "ERR value is not an integer or out of range"
OUT_OF_RANGE: Final = "ERR value is out of range"
MUST_BE_POSITIVE: Final = "ERR value is out of range, must be positive"
NO_SUCH_KEY: Final = "ERR no such key"
SYNTAX: Final = "ERR syntax error"
UNKNOWN_COMMAND: Final = "ERR unknown command '{}', with args beginning with: {}"
WRONG_SUBCOMMAND: Final = (
    "ERR unknown subcommand or wrong number of arguments for '{}'. Try {} HELP."
)
UNKNOWN_REPLCONF: Final = "ERR Unrecognized REPLCONF option: {}"
UNKNOWN_SUBCOMMAND: Final = "ERR unknown subcommand '{}'. Try {} HELP."
WRONG_ARITY: Final = "ERR wrong number of arguments for '{}' command"
WRONG_TYPE: Final = "WRONGTYPE Operation against a key holding the wrong kind of value"

# Expiry
INVALID_EXPIRE: Final = "ERR invalid expire time in '{}' command"

FIELDS_DIFFER: Final = "ERR The `numfields` parameter must match the number of arguments"
FIELDS_MISSING: Final = "ERR Mandatory argument FIELDS is missing or not at the right position"
FIELDS_NOT_POSITIVE: Final = "ERR Number of fields must be a positive integer"
NEGATIVE_EXPIRE: Final = "ERR invalid expire time, must be >= 0"
NUMFIELDS: Final = "ERR numfields should be greater than 0 and match the provided number of fields"
NUMFIELDS_TOO_SMALL: Final = "ERR Parameter `numFields` should be greater than 0"

EXPIRE_GT_LT: Final = "ERR GT and LT options at the same time are not compatible"
EXPIRE_NX: Final = "ERR NX and XX, GT or LT options at the same time are not compatible"
UNSUPPORTED_OPTION: Final = "ERR Unsupported option {}"

# Generic
BAD_FIRST_DB: Final = "ERR invalid first DB index"
BAD_SECOND_DB: Final = "ERR invalid second DB index"
DB_OUT_OF_RANGE: Final = "ERR DB index is out of range"
INVALID_CURSOR: Final = "ERR invalid cursor"
NOT_A_WEIGHT: Final = "ERR One or more scores can't be converted into double"
OUT_OF_MEMORY: Final = "OOM command not allowed when used memory > 'maxmemory'."
NO_LRU: Final = (
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note"
    " that when switching between policies at runtime LRU and LFU data will take some time to"
    " adjust."
)
NO_LFU: Final = (
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note"
    " that when switching between policies at runtime LRU and LFU data will take some time to"
    " adjust."
)
OPTION_ELSEWHERE: Final = "ERR {} option can only be used in {}"
OUT_OF_INT_RANGE: Final = "ERR value is out of range, value must between -2147483648 and 2147483647"
SAME_OBJECT: Final = "ERR source and destination objects are the same"

# DUMP and RESTORE
BAD_FREQ: Final = "ERR Invalid FREQ value, must be >= 0 and <= 255"
BAD_PAYLOAD: Final = "ERR Bad data format"
BAD_PAYLOAD_FOOTER: Final = "ERR DUMP payload version or checksum are wrong"
BUSY_KEY: Final = "BUSYKEY Target key name already exists."
NEGATIVE_IDLETIME: Final = "ERR Invalid IDLETIME value, must be >= 0"
NEGATIVE_TTL: Final = "ERR Invalid TTL value, must be >= 0"

# Strings
BAD_OFFSET: Final = "ERR offset is out of range"
DECREMENT_OVERFLOW: Final = "ERR decrement would overflow"
INCREMENT_NOT_FINITE: Final = "ERR increment would produce NaN or Infinity"
INCREMENT_OVERFLOW: Final = "ERR increment or decrement would overflow"
LCS_LEN_WITH_IDX: Final = "ERR If you want both the length and indexes, please just use IDX."
LCS_NEEDS_STRINGS: Final = "ERR The specified keys must contain string values"
LCS_TOO_LARGE: Final = (
    "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
)
STRING_TOO_LONG: Final = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"

# Bitmaps
BAD_BIT: Final = "ERR bit is not an integer or out of range"
BAD_BIT_OFFSET: Final = "ERR bit offset is not an integer or out of range"
BAD_FIELD_TYPE: Final = (
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
    " i64 is."
)
BAD_OVERFLOW: Final = "ERR Invalid OVERFLOW type specified"
BIT_NOT_0_OR_1: Final = "ERR The bit argument must be 1 or 0."
BITFIELD_RO_READS: Final = "ERR BITFIELD_RO only supports the GET subcommand"
NOT_OF_SEVERAL: Final = "ERR BITOP NOT must be called with a single source key."

# HyperLogLogs
HLL_BROKEN: Final = "INVALIDOBJ Corrupted HLL object detected"
HLL_NOT_SPARSE: Final = "ERR HLL encoding is not sparse"
HLL_NOT_SPARSE_ENOUGH: Final = "ERR TESTFAILED sparse encoding not used"
HLL_UNKNOWN_DEBUG: Final = "ERR Unknown PFDEBUG subcommand '{}'"
KEY_MUST_EXIST: Final = "ERR The specified key does not exist"
NO_HLL: Final = "WRONGTYPE Key is not a valid HyperLogLog string value."

# Places
ANY_WITHOUT_COUNT: Final = "ERR the ANY argument requires COUNT argument"
BAD_HEIGHT: Final = "ERR need numeric height"
BAD_PLACE: Final = "ERR invalid longitude,latitude pair {},{}"
BAD_RADIUS: Final = "ERR need numeric radius"
BAD_UNIT: Final = "ERR unsupported unit provided. please use M, KM, FT, MI"
BAD_WIDTH: Final = "ERR need numeric width"
BOX_NEGATIVE: Final = "ERR height or width cannot be negative"
NO_CENTRE: Final = "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {}"
NO_SHAPE: Final = "ERR exactly one of BYRADIUS and BYBOX can be specified for {}"
NO_SUCH_PLACE: Final = "ERR could not decode requested zset member"
RADIUS_NEGATIVE: Final = "ERR radius cannot be negative"
STORE_WITH: Final = "ERR {} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"

# Transactions
DISCARD_WITHOUT_MULTI: Final = "ERR DISCARD without MULTI"
EXEC_ABORTED: Final = "EXECABORT Transaction discarded because of previous errors."
EXEC_REFUSED: Final = "EXECABORT Transaction discarded because of: {}"
EXEC_WITHOUT_MULTI: Final = "ERR EXEC without MULTI"
NO_MONITOR_IN_MULTI: Final = "ERR MONITOR isn't allowed for DENY BLOCKING client"
NESTED_MULTI: Final = "ERR MULTI calls can not be nested"
ONLY_MONITORING: Final = "ERR Replica can't interact with the keyspace"
ONLY_SUBSCRIBING: Final = (
    "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
    "are allowed in this context"
)
NOT_IN_MULTI: Final = "ERR Command not allowed inside a transaction"
WATCH_IN_MULTI: Final = "ERR WATCH inside MULTI is not allowed"

# Connections
NO_SUCH_CLIENT: Final = "ERR No such client"
NO_SUCH_USER: Final = "ERR No such user '{}'"
CLIENT_ID_TOO_LOW: Final = "ERR client-id should be greater than 0"
BAD_CLIENT_AGE: Final = "ERR maxage is not an integer or out of range"
CLIENT_AGE_TOO_LOW: Final = "ERR maxage should be greater than 0"
PAUSE_MODE: Final = "ERR CLIENT PAUSE mode must be WRITE or ALL"
REDIRECT_TO_NOBODY: Final = "ERR The client ID you want redirect to does not exist"
PREFIX_NEEDS_BCAST: Final = "ERR PREFIX option requires BCAST mode to be enabled"
BCAST_SWITCH: Final = (
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, "
    "and then re-enabling it with a different mode."
)
OPT_WITH_BCAST: Final = "ERR OPTIN and OPTOUT are not compatible with BCAST"
OPTIN_AND_OPTOUT: Final = "ERR You can't specify both OPTIN mode and OPTOUT mode"
OPT_SWITCH: Final = (
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, "
    "and then re-enabling it with a different mode."
)
PREFIX_OVERLAPS: Final = (
    "ERR Prefix '{}' overlaps with an existing prefix '{}'. "
    "Prefixes for a single client must not overlap."
)
PREFIX_OVERLAPS_OWN: Final = (
    "ERR Prefix '{}' overlaps with another provided prefix '{}'. "
    "Prefixes for a single client must not overlap."
)
CACHING_NEEDS_MODE: Final = (
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
    "OPTOUT mode enabled"
)
CACHING_YES_NEEDS_OPTIN: Final = (
    "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
)
CACHING_NO_NEEDS_OPTOUT: Final = (
    "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
)
BAD_CLIENT_ID: Final = "ERR Invalid client ID"
BAD_CLIENT_NAME: Final = "ERR Client names cannot contain spaces, newlines or special characters."
BAD_CLIENT_TYPE: Final = "ERR Unknown client type '{}'"
BAD_LIBRARY_TEXT: Final = "ERR {} cannot contain spaces, newlines or special characters."
BAD_PROTOCOL: Final = "ERR Protocol version is not an integer or out of range"
HELLO_SYNTAX: Final = "ERR Syntax error in HELLO option '{}'"
NO_PASSWORD_SET: Final = (
    "ERR AUTH <password> called without any password configured for the default user. "
    "Are you sure your configuration is correct?"
)
NO_PROTOCOL: Final = "NOPROTO unsupported protocol version"
UNRECOGNIZED_OPTION: Final = "ERR Unrecognized option '{}'"
WRONG_PASSWORD: Final = "WRONGPASS invalid username-password pair or user is disabled."

# ACL
ACL_CHANGED_SINCE: Final = (
    "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC "
    "call. This command is no longer allowed for the following reason: {}"
)
ACL_CHANNEL_AFTER_ALL: Final = (
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not "
    "have any effect. Try 'resetchannels' to start with an empty list of channels"
)
ACL_DUPLICATE_USER: Final = "Duplicate user found. A user can only be defined once in config files"
ACL_FILE_REFUSED: Final = (
    "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
)
ACL_FILE_UNREADABLE: Final = "ERR Error loading ACLs, opening file '{}': {}"
ACL_FIRST_ARG_OF_SUBCOMMAND: Final = "Allowing first-arg of a subcommand is not supported"
ACL_IN_SCRIPT: Final = "ERR ACL failure in script: {}"
ACL_KEY_AFTER_ALL: Final = (
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have "
    "any effect. Try 'resetkeys' to start with an empty list of patterns"
)
ACL_MODIFIER: Final = "ERR Error in ACL SETUSER modifier '{}': {}"
ACL_NO_FILE: Final = (
    "ERR This Redis instance is not configured to use an ACL file. You may want to specify users "
    "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis "
    "configuration file set) in order to store users in the Redis configuration."
)
ACL_NO_SUCH_PASSWORD: Final = "The password you are trying to remove from the user does not exist"
ACL_NOT_A_HASH: Final = (
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
    "characters"
)
ACL_NOT_SAVED: Final = (
    "ERR There was an error trying to save the ACLs. Please check the server logs for more "
    "information"
)
ACL_SYNTAX: Final = "Syntax error"
ACL_UNKNOWN_NAME: Final = "Unknown command or category name in ACL"
ACL_UNMATCHED: Final = "ERR Unmatched parenthesis in acl selector starting at '{}'."
BAD_USER_NAME: Final = "ERR Usernames can't contain spaces or null characters"
DEFAULT_USER_STAYS: Final = "ERR The 'default' user cannot be removed"
DENIED_CHANNEL: Final = "No permissions to access a channel"
DENIED_COMMAND: Final = "User {} has no permissions to run the '{}' command"
DENIED_KEY: Final = "No permissions to access a key"
DENIED_NAMED: Final = "User {} has no permissions to access the '{}' {}"
DRYRUN_NO_COMMAND: Final = "ERR Command '{}' not found"
DRYRUN_NO_USER: Final = "ERR User '{}' not found"
GENPASS_BITS: Final = (
    "ERR ACL GENPASS argument must be the number of bits for the output password, a positive "
    "number up to {}"
)
HELLO_NEEDS_AUTH: Final = (
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
    "<proto> AUTH <user> <pass> option can be used to authenticate the client and select the "
    "RESP protocol version at the same time"
)
NO_PERMISSION: Final = "NOPERM {}"
NOT_AUTHENTICATED: Final = "NOAUTH Authentication required."
SORT_DENIED: Final = "ERR {} option of SORT denied due to insufficient ACL permissions."
UNKNOWN_CATEGORY: Final = "ERR Unknown category '{}'"

# CONFIG and COMMAND
NO_CONFIG_FILE: Final = "ERR The server is running without a config file"
REWRITE_FAILED: Final = "ERR Rewriting config file: {}"
CONFIG_FAILED: Final = "ERR CONFIG SET failed (possibly related to argument '{}') - {}"
CONFIG_UNKNOWN: Final = "ERR Unknown option or number of arguments for CONFIG SET - '{}'"
KEYS_BAD_ARGUMENTS: Final = "ERR Invalid arguments specified for command"
KEYS_BAD_ARITY: Final = "ERR Invalid number of arguments specified for command"
KEYS_NO_COMMAND: Final = "ERR Invalid command specified"
KEYS_NONE: Final = "ERR The command has no key arguments"

# Persistence
BGREWRITEAOF_FAILED: Final = (
    "ERR Can't execute an AOF background rewriting. Please check the server logs for more "
    "information."
)
BGREWRITEAOF_RUNS: Final = "ERR Background append only file rewriting already in progress"
BGSAVE_FAILED: Final = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is configured "
    "to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option)."
    " Please check the Redis logs for details about the RDB error."
)
BGSAVE_RUNS: Final = "ERR Background save already in progress"
BGSAVE_STANDS_BACK: Final = (
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in "
    "order to schedule a BGSAVE whenever possible."
)
LOADING: Final = "LOADING Redis is loading the dataset in memory"
LOG_FAILED: Final = "MISCONF Errors writing to the AOF file: {}"
LOG_NOT_LOADED: Final = "ERR Error trying to load the AOF files, check server logs"
NO_BGSAVE: Final = "ERR Background saving is currently not in progress or scheduled"
NO_DISK: Final = "ERR There is no disk here: this engine keeps everything in memory"
NUMLOCAL_RANGE: Final = "ERR value is out of range, value must between 0 and 1"
NO_REPLICAS: Final = "NOREPLICAS Not enough good replicas to write."
READ_ONLY: Final = "READONLY You can't write against a read only replica."
RDB_NOT_LOADED: Final = "ERR Error trying to load the RDB dump, check server logs"
RELOAD_OPTIONS: Final = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
SAVE_FAILED: Final = "ERR"
SHUTDOWN_FAILED: Final = "ERR Errors trying to SHUTDOWN. Check logs."
WAIT_ON_REPLICA: Final = (
    "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a "
    "replica is configured to be writable (which is not the default) writes to replicas are just "
    "local and are not propagated."
)
WAITAOF_WITHOUT_LOG: Final = (
    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."
)

# Introspection
LOG_COUNT: Final = "ERR count should be greater than or equal to -1"
LOG_TYPE: Final = "ERR type should be one of the following: slow, large-request, large-reply"
MODULE_NOT_ALLOWED: Final = (
    'ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can'
    " run it from a local connection, otherwise you need to set this option in the configuration"
    " file, and then restart the server."
)
MODULE_NOT_LOADED: Final = "ERR Error loading the extension. Please check the server logs."
MODULE_UNKNOWN: Final = "ERR Error unloading module: no such module with that name"
NO_SAMPLES: Final = "ERR No samples available for event '{}'"
NO_SHUTDOWN: Final = "ERR No shutdown in progress."
NOT_IMPORTING: Final = "ERR Server is not in import mode"

# DEBUG
BAD_PACKED_THRESHOLD: Final = (
    "ERR argument must be a memory value bigger than 1 and smaller than 4gb"
)
DB_OUT_OF_DEBUG: Final = "ERR Out of range database"
DEBUG_NOT_ALLOWED: Final = (
    'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can'
    " run it from a local connection, otherwise you need to set this option in the configuration"
    " file, and then restart the server."
)
NO_HASH_TABLE: Final = (
    "ERR The value stored at the specified key is not represented using an hash table"
)
NOT_AN_SDS: Final = "ERR Not an sds encoded string."
NO_LISTPACK: Final = "ERR Not a listpack encoded object."
NO_QUICKLIST: Final = "ERR Not a quicklist encoded object."
NO_ROOM: Final = "ERR OOM in dictTryExpand"
RESP2_NOT_SUPPORTED: Final = "ERR RESP2 is not supported by this command"
UNKNOWN_PROTOCOL_TYPE: Final = (
    "ERR Wrong protocol type name. Please use one of the following:"
    " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
)

# Hashes
HASH_NOT_A_FLOAT: Final = "ERR hash value is not a float"
HASH_NOT_AN_INTEGER: Final = "ERR hash value is not an integer"
NAN_OR_INFINITY: Final = "ERR value is NaN or Infinity"
NOT_A_LONG: Final = (
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)

# Lists
INDEX_OUT_OF_RANGE: Final = "ERR index out of range"
LPOS_COUNT: Final = "ERR COUNT can't be negative"
LPOS_MAXLEN: Final = "ERR MAXLEN can't be negative"
LPOS_RANK: Final = (
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
    "or use negative to start from the end of the list"
)

# Blocking
TIMEOUT_NEGATIVE: Final = "ERR timeout is negative"
TIMEOUT_NOT_A_FLOAT: Final = "ERR timeout is not a float or out of range"
TIMEOUT_NOT_AN_INTEGER: Final = "ERR timeout is not an integer or out of range"
TIMEOUT_TOO_LARGE: Final = "ERR timeout is out of range"
UNBLOCK_REASON: Final = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"
NOW_A_REPLICA: Final = (
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"
)
UNBLOCKED: Final = "UNBLOCKED client unblocked via CLIENT UNBLOCK"

# Sets
TOO_FEW_KEYS: Final = "ERR Number of keys can't be greater than number of args"

# Streams
BAD_CLAIM_OPTION: Final = "ERR Invalid {} option argument for XCLAIM"
BAD_END_OF_INTERVAL: Final = "ERR invalid end ID for the interval"
BAD_ENTRIES_ADDED: Final = "ERR entries_added must be positive"
BAD_ENTRIES_READ: Final = "ERR value for ENTRIESREAD must be positive or -1"
BAD_MIN_IDLE: Final = "ERR Invalid min-idle-time argument for {}"
BAD_START_OF_INTERVAL: Final = "ERR invalid start ID for the interval"
BAD_STREAM_ID: Final = "ERR Invalid stream ID specified as stream command argument"
COUNT_NOT_POSITIVE: Final = "ERR COUNT must be > 0"
COUNT_TOO_HIGH: Final = (
    "ERR Insufficient memory, failed allocating transient memory, COUNT too high."
)
ENTRIES_ADDED_TOO_FEW: Final = (
    "ERR The entries_added specified in XSETID is smaller than the target stream length"
)
GROUP_EXISTS: Final = "BUSYGROUP Consumer Group name already exists"
GROUP_NEEDS_KEY: Final = (
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to"
    " use the MKSTREAM option to create an empty stream automatically."
)
ID_BELOW_DELETED: Final = (
    "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
)
ID_BELOW_GIVEN_DELETED: Final = (
    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
)
ID_BELOW_TOP: Final = "ERR The ID specified in XSETID is smaller than the target stream top item"
ID_MEANINGLESS: Final = (
    "ERR The {} ID is meaningless in the context of XREADGROUP: you want to read the history of"
    " this consumer by specifying a proper ID, or use the > ID to get new messages. The {} ID"
    " would just return an empty result set."
)
ID_NOT_GREATER: Final = (
    "ERR The ID specified in XADD is equal or smaller than the target stream top item"
)
ID_ZERO: Final = "ERR The ID specified in XADD must be greater than 0-0"
IDS_EXHAUSTED: Final = "ERR The stream has exhausted the last possible ID, unable to add more items"
LIMIT_NEGATIVE: Final = "ERR The LIMIT argument must be >= 0."
LIMIT_WITHOUT_STRATEGY: Final = (
    "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
)
LIMIT_WITHOUT_TILDE: Final = "ERR syntax error, LIMIT cannot be used without the special ~ option"
MAXLEN_AND_MINID: Final = (
    "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
)
MAXLEN_NEGATIVE: Final = "ERR The MAXLEN argument must be >= 0."
NEW_ONLY_IN_GROUP: Final = (
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group>"
    " <consumer> option."
)
NO_GROUP_GIVEN: Final = "ERR Missing GROUP option for XREADGROUP"
NO_GROUP_TO_READ: Final = (
    "NOGROUP No such key '{}' or consumer group '{}' in XREADGROUP with GROUP option"
)
NO_KEY_OR_GROUP: Final = "NOGROUP No such key '{}' or consumer group '{}'"
NO_SUCH_GROUP: Final = "NOGROUP No such consumer group '{}' for key name '{}'"
NO_TRIM_STRATEGY: Final = (
    "ERR syntax error, XTRIM must be called with MAXLEN or MINID trimming strategy"
)
ONLY_IN_XREADGROUP: Final = (
    "ERR The {} option is only supported by XREADGROUP. You called XREAD instead."
)
TOO_LARGE_TO_STORE: Final = "ERR Elements are too large to be stored"
UNBALANCED_STREAMS: Final = (
    "ERR Unbalanced '{}' list of streams: for each stream key an ID or '{}' must be specified."
)
UNKNOWN_CLAIM_OPTION: Final = "ERR Unrecognized XCLAIM option '{}'"

# Sorted sets
BAD_LEX_RANGE: Final = "ERR min or max not valid string range item"
BAD_SCORE_RANGE: Final = "ERR min or max is not a float"
COUNT_TOO_SMALL: Final = "ERR count should be greater than 0"
GT_LT_NX: Final = "ERR GT, LT, and/or NX options at the same time are not compatible"
INCR_ONE_PAIR: Final = "ERR INCR option supports a single increment-element pair"
LEX_WITH_SCORES: Final = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
LIMIT_BY_RANK: Final = (
    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
)
NEGATIVE_LIMIT: Final = "ERR LIMIT can't be negative"
NO_INPUT_KEY: Final = "ERR at least 1 input key is needed for '{}' command"
NUMKEYS_INVALID: Final = "ERR invalid numkeys value or out of range"
NUMKEYS_TOO_SMALL: Final = "ERR numkeys should be greater than 0"
SCORE_IS_NAN: Final = "ERR resulting score is not a number (NaN)"
WEIGHT_NOT_A_FLOAT: Final = "ERR weight value is not a float"
XX_WITH_NX: Final = "ERR XX and NX options at the same time are not compatible"

# Scripting
BUSY_FUNCTION: Final = (
    "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
)
BUSY_SCRIPT: Final = (
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
)
FUNCTION_BAD_KEYS: Final = "ERR Bad number of keys provided"
FUNCTION_NOT_FOUND: Final = "ERR Function not found"
FUNCTION_TAKEN: Final = "ERR Function {} already exists"
KEYS_NEGATIVE: Final = "ERR Number of keys can't be negative"
LIBRARY_BAD_METADATA: Final = "ERR Invalid library metadata"
LIBRARY_BAD_NAME: Final = (
    "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least"
    " one character long"
)
LIBRARY_BAD_VALUE: Final = "ERR Invalid metadata value given: {}"
LIBRARY_COMPILE: Final = "ERR Error compiling function: {}"
LIBRARY_EXISTS: Final = "ERR Library '{}' already exists"
LIBRARY_NAMED_TWICE: Final = "ERR Invalid metadata value, name argument was given multiple times"
LIBRARY_NO_ENGINE: Final = "ERR Engine '{}' not found"
LIBRARY_NO_FUNCTIONS: Final = "ERR No functions registered"
LIBRARY_NO_METADATA: Final = "ERR Missing library metadata"
LIBRARY_NO_NAME: Final = "ERR Library name was not given"
LIBRARY_NOT_FOUND: Final = "ERR Library not found"
LIBRARY_REGISTERING: Final = "ERR Error registering functions: {}"
LIBRARY_SLOW: Final = "ERR Error registering functions: ERR FUNCTION LOAD timeout"
LIST_NO_NAME: Final = "ERR library name argument was not given"
LIST_UNKNOWN: Final = "ERR Unknown argument {}"
LOAD_UNKNOWN: Final = "ERR Unknown option given: {}"
FLUSH_FUNCTIONS: Final = "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"
FLUSH_SCRIPTS: Final = "ERR SCRIPT FLUSH only support SYNC|ASYNC option"
NO_SCRIPT: Final = "NOSCRIPT No matching script. Please use EVAL."
NO_SCRIPTS_HERE: Final = "ERR There is no Lua in this engine"
NOT_BUSY: Final = "NOTBUSY No scripts in execution right now."
RESTORE_FAILED: Final = "ERR given value is not a library"
RESTORE_POLICY: Final = (
    "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."
)
SCRIPT_ARITY: Final = "ERR Wrong number of args calling Redis command from script"
SCRIPT_COMPILE: Final = "ERR Error compiling script (new function): {}"
SCRIPT_DEBUG: Final = "ERR Use SCRIPT DEBUG YES/SYNC/NO"
SCRIPT_NO_DEBUGGER: Final = (
    "ERR There is no script debugger in redlearn: the log shows each call of a script as a step"
)
SCRIPT_FAILED: Final = "ERR Error running script {}, {}"
SCRIPT_GIVEN_UP: Final = (
    "ERR Script took too long and was ended; what it has written stays. script: {}."
)
SCRIPT_KILLED: Final = "ERR Script killed by user with SCRIPT KILL... script: {}."
SCRIPT_LOST: Final = "ERR Script ended together with its Lua. script: {}."
SCRIPT_MEMORY: Final = "ERR Error running script {}, not enough memory"
SCRIPT_NO_WRITES: Final = "ERR Write commands are not allowed from read-only scripts."
SCRIPT_NOT_ALLOWED: Final = "ERR This Redis command is not allowed from script"
SCRIPT_RO_COMMAND: Final = "ERR Can not execute a script with write flag using *_ro command."
SCRIPT_UNKNOWN: Final = "ERR Unknown Redis command called from script"
SHEBANG_BAD: Final = "ERR Invalid script shebang"
SHEBANG_UNREADABLE: Final = "ERR Invalid engine in script shebang"
SHEBANG_ENGINE: Final = "ERR Unexpected engine in script shebang: {}"
SHEBANG_FLAG: Final = "ERR Unexpected flag in script shebang: {}"
SHEBANG_OPTION: Final = "ERR Unknown lua shebang option: {}"
UNKILLABLE: Final = (
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can"
    " either wait the script termination or kill the server in a hard way using the SHUTDOWN"
    " NOSAVE command."
)
