-- The sandbox: what a script sees of Lua, and what runs it.
--
-- A script gets a Lua of its own, made for it and thrown away after it. Of the Lua that there was
-- this keeps what it needs in `native`, and puts tables in front that cannot be changed, with just
-- the names that Redis allows. Everything a script asks of the server goes through `ask`.
--
-- Sources: `script_lua.c`, `eval.c` evalCalcScriptHash and around, `function_lua.c`.

local ask, sha1, floats, untail, clock, give_up, limit, libraries = ...

local G, debug, coroutine, math, string, table =
  _G, debug, coroutine, math, string, table
local type, next, tonumber, tostring, select, error, rawget, rawset, unpack =
  type, next, tonumber, tostring, select, error, rawget, rawset, unpack
local pcall, xpcall, loadstring, setfenv, setmetatable, getmetatable =
  pcall, xpcall, loadstring, setfenv, setmetatable, getmetatable
local floor, ceil, huge, format, sub, byte, find, gsub, match, concat =
  math.floor, math.ceil, math.huge, string.format, string.sub, string.byte, string.find,
  string.gsub, string.match, table.concat
local getinfo = debug.getinfo

local OURS = "=redis"  -- the source that our own functions are compiled under
local READ_ONLY = "Attempt to modify a readonly table"
local DEEPEST_REPLY = 511  -- so deep `resp/decode.py` reads; Redis gives up at some 8,000

-- ----------------------------------------------------------------------------------- errors

-- Where a C function in our place would say it was called: "user_script:3: ", or "".
local function where()
  local level = 3
  local info = getinfo(level, "Sl")
  while info and (info.source == OURS or info.what == "tail") do  -- only ours have tail calls
    level = level + 1
    info = getinfo(level, "Sl")
  end
  if info and info.currentline > 0 then return info.short_src .. ":" .. info.currentline .. ": " end
  return ""
end

local function raise(message) error(where() .. message, 0) end

local function complain(name, place, wanted, value)
  local got = type(value)
  error(format("%sbad argument #%d to '%s' (%s expected, got %s)", where(), place, name, wanted,
    got), 0)
end

-- An error as scripts see it: "-CODE words" or just words, which get the code ERR.
local function trimmed(text) return (gsub(gsub(text, "^[\r\n]+", ""), "[\r\n]+$", "")) end

local function failure(text)
  local code, words = "ERR", text
  if sub(text, 1, 1) == "-" then
    text = trimmed(text)
    local blank = find(text, " ", 1, true)
    if blank then
      code, words = sub(text, 2, blank - 1), sub(text, blank + 1)
    else
      words = sub(text, 2)
    end
  end
  return { err = match(code, "^[^%z]*") .. " " .. match(trimmed(words), "^[^%z]*") }
end

local function handler(problem)
  local level = 2
  local info = getinfo(level, "Sl")
  while info and (info.what == "C" or info.what == "tail" or info.source == OURS) do
    level = level + 1
    info = getinfo(level, "Sl")
  end
  if type(problem) ~= "table" then problem = { err = "ERR " .. tostring(problem) } end
  if info then
    rawset(problem, "source", info.source)
    rawset(problem, "line", info.currentline)
  end
  return problem
end

-- ------------------------------------------------------------------------- read-only tables

local behind_of = setmetatable({}, { __mode = "k" })

local function behind(t) return behind_of[t] or t end

local function refuse_change() raise(READ_ONLY) end

local function read_only(t)
  local front = setmetatable({}, { __index = t, __newindex = refuse_change })
  behind_of[front] = t
  return front
end

local shown_metatables = {}  -- what getmetatable shows of tables and strings that are ours

-- ------------------------------------------------------------------------- our own base library

local function checked(name, native, ...)  -- an error in native words, but at the script's place
  local found = { pcall(native, ...) }
  if found[1] then return unpack(found, 2, #found) end
  local message = gsub(tostring(found[2]), "^=?redis:%d+: ", "")
  if not find(message, "^bad argument") then error(message, 0) end
  raise((gsub(message, "to '[^']*'", "to '" .. name .. "'")))
end

local base = {}
local environment = {}  -- what loaded chunks get as their globals; set below
local complete

function base.pcall(...)
  local function settled(ok, first, ...)
    if not ok and type(first) == "table" then
      local text = first.err
      if type(text) == "string" or type(text) == "number" then return false, text end
    end
    return ok, first, ...
  end
  if select("#", ...) == 0 then return false end
  return settled(pcall(...))
end

function base.unpack(t, from, to)
  if type(t) ~= "table" then complain("unpack", 1, "table", t) end
  local first, last = 1, nil
  if from ~= nil then
    first = tonumber(from)
    if not first then complain("unpack", 2, "number", from) end
  end
  if to == nil then
    last = #t
  else
    last = tonumber(to)
    if not last then complain("unpack", 3, "number", to) end
  end
  first = first < 0 and ceil(first) or floor(first)
  last = last < 0 and ceil(last) or floor(last)
  if first > last then return end
  if last - first >= 7950 or last - first ~= last - first then raise("too many results to unpack") end
  return unpack(t, first, last)
end

function base.next(t, key)
  if type(t) ~= "table" then complain("next", 1, "table", t) end
  if t == environment and key == nil then complete() end
  return next(behind_of[t] or t, key)
end

function base.pairs(t)
  if type(t) ~= "table" then complain("pairs", 1, "table", t) end
  if behind_of[t] then return base.next, t, nil end
  return next, t, nil
end

function base.rawget(t, key)
  if type(t) ~= "table" then complain("rawget", 1, "table", t) end
  if t == environment then complete() end
  return rawget(behind_of[t] or t, key)
end

function base.rawset(t, ...)
  if behind_of[t] then error(READ_ONLY, 0) end
  if type(t) ~= "table" then complain("rawset", 1, "table", t) end
  if select("#", ...) ~= 2 or (...) == nil or (...) ~= (...) then
    return checked("rawset", rawset, t, ...)
  end
  return rawset(t, ...)
end

function base.setmetatable(t, ...)
  if t ~= nil and behind_of[t] then error(READ_ONLY, 0) end
  local metatable = ...
  if type(t) ~= "table" or select("#", ...) == 0
    or (metatable ~= nil and type(metatable) ~= "table") or getmetatable(t) ~= nil then
    return checked("setmetatable", setmetatable, t, ...)
  end
  return setmetatable(t, metatable)
end

function base.getmetatable(value)
  if type(value) == "string" then return shown_metatables.string end
  if value ~= nil and behind_of[value] then return shown_metatables[value] end
  local metatable = getmetatable(value)
  if type(value) == "userdata" then return nil end
  return metatable
end

local function compile(source, name)
  if byte(source, 1) == 27 then
    return nil, gsub(name, "^[@=]", "") .. ": bytecode is not allowed"
  end
  local chunk, problem = loadstring(source, name)
  if not chunk then return nil, problem end
  return setfenv(loadstring(untail(string.dump(chunk))), environment)
end

function base.loadstring(source, name)
  if type(source) == "number" then source = tostring(source) end
  if type(source) ~= "string" then complain("loadstring", 1, "string", source) end
  if name ~= nil and type(name) ~= "string" then
    if type(name) ~= "number" then complain("loadstring", 2, "string", name) end
    name = tostring(name)
  end
  return compile(source, name or source)
end

function base.load(reader, name)
  if type(reader) ~= "function" then complain("load", 1, "function", reader) end
  local pieces = {}
  while true do
    local piece = reader()
    if piece == nil or piece == "" then break end
    if type(piece) ~= "string" and type(piece) ~= "number" then
      return nil, "reader function must return a string"
    end
    pieces[#pieces + 1] = piece
  end
  return compile(concat(pieces), name == nil and "=(load)" or tostring(name))
end

for _, name in next, { "insert", "remove", "sort", "setn" } do
  local native = table[name]
  table[name] = function(t, ...)
    if t ~= nil and behind_of[t] then error(READ_ONLY, 0) end
    return native(t, ...)
  end
end

-- Chance as Redis has it (`rand.c`), from a seed that comes with the job.
local chance = {}

local function next_chance()
  local al, ah = 15525485, 1502
  local low = chance.low * al + 11
  local carry = floor(low / 16777216)
  local high = chance.high * al + chance.low * ah + carry
  chance.low, chance.high = low % 16777216, high % 16777216
  return floor((chance.high * 16777216 + chance.low) / 131072)
end

local function whole_argument(name, place, value)
  local n = tonumber(value)
  if not n then complain(name, place, "number", value) end
  n = n < 0 and ceil(n) or floor(n)
  if n ~= n or n >= 2147483648 or n < -2147483648 then n = -2147483648 end
  return n
end

function math.random(...)
  local count = select("#", ...)
  local r = (next_chance() % 2147483647) / 2147483647
  if count == 0 then return r end
  if count > 2 then raise("wrong number of arguments") end
  local low, high = 1, whole_argument("random", 1, (...))
  if count == 2 then low, high = high, whole_argument("random", 2, (select(2, ...))) end
  if low > high then
    raise("bad argument #" .. count .. " to 'random' (interval is empty)")
  end
  return floor(r * (high - low + 1)) + low
end

function math.randomseed(seed)
  local n = whole_argument("randomseed", 1, seed) % 4294967296
  chance.low = 0x330E + (n % 256) * 65536
  chance.high = floor(n / 256)
end

-- ------------------------------------------------------------------- limits, where there are any

local STEP = 1000
local MOST_STEPS_OF_LOADING = 20000000  -- in place of Redis's half a second
local counted = 0
local most_steps = limit
local sethook = debug.sethook

local function tick()
  counted = counted + STEP
  if counted > most_steps then give_up("steps") end
end

local function begin() sethook(tick, "", STEP) end

if limit > 0 then
  local create, wrap = coroutine.create, coroutine.wrap
  coroutine.create = function(f)
    if type(f) ~= "function" then return checked("create", create, f) end
    local made = create(f)
    sethook(made, tick, "", STEP)
    return made
  end
  coroutine.wrap = function(f)
    if type(f) ~= "function" then return checked("wrap", wrap, f) end
    return wrap(function(...)
      begin()
      return f(...)
    end)
  end
  begin()
end

local os = {
  clock = function()
    if limit > 0 then return counted / 100000000 end
    return clock()
  end,
}

-- --------------------------------------------------------------------------- replies into values

local value_at

local function items_at(s, at, count, into)
  for place = 1, count do into[place], at = value_at(s, at) end
  return into, at
end

local function map_at(s, at, count)
  local map, key, value = {}, nil, nil
  for _ = 1, count do
    key, at = value_at(s, at)
    value, at = value_at(s, at)
    if key ~= nil then map[key] = value end
  end
  return { map = map }, at
end

local function set_at(s, at, count)
  local set, member = {}, nil
  for _ = 1, count do
    member, at = value_at(s, at)
    if member ~= nil then set[member] = true end
  end
  return { set = set }, at
end

local function double_of(line)
  if line == "inf" then return huge end
  if line == "-inf" then return -huge end
  if line == "nan" or line == "-nan" then return -(huge - huge) end
  return tonumber(line)
end

function value_at(s, at)
  local stop = find(s, "\r", at, true)
  local mark, line = byte(s, at), sub(s, at + 1, stop - 1)
  at = stop + 2
  if mark == 36 then  -- $
    local size = tonumber(line)
    if size < 0 then return false, at end
    return sub(s, at, at + size - 1), at + size + 2
  elseif mark == 58 then  -- :
    return tonumber(line), at
  elseif mark == 43 then  -- +
    return { ok = line }, at
  elseif mark == 45 then  -- -
    local problem = { err = line }
    problem.ignore_error_stats_update = true
    return problem, at
  elseif mark == 42 or mark == 62 then  -- * and >
    local count = tonumber(line)
    if count < 0 then return false, at end
    return items_at(s, at, count, {})
  elseif mark == 95 then  -- _
    return nil, at
  elseif mark == 35 then  -- #
    return line == "t", at
  elseif mark == 44 then  -- ,
    return { double = double_of(line) }, at
  elseif mark == 37 then  -- %
    return map_at(s, at, tonumber(line))
  elseif mark == 126 then  -- ~
    return set_at(s, at, tonumber(line))
  elseif mark == 40 then  -- (
    return { big_number = line }, at
  end
  local size = tonumber(line)  -- =
  local text = sub(s, at + 4, at + size - 1)
  return { verbatim_string = { format = sub(s, at, at + 2), string = text } }, at + size + 2
end

-- --------------------------------------------------------------------------- values into replies

local protocol = 2

local function bulk(text) return "$" .. #text .. "\r\n" .. text .. "\r\n" end

local function line(text) return gsub(text, "[\r\n]", " ") .. "\r\n" end

local function double(x)
  if x ~= x then return ",nan\r\n" end
  if x == huge then return ",inf\r\n" end
  if x == -huge then return ",-inf\r\n" end
  return format(",%.17g\r\n", x)
end

local function integer(x)
  if x ~= x or x >= 2 ^ 63 or x < -2 ^ 63 then return ":-9223372036854775808\r\n" end
  x = x < 0 and ceil(x) or floor(x)
  return format(":%.0f\r\n", x == 0 and 0 or x)
end

local append

local function append_members(out, t, depth, mark, with_values)
  local at, count = #out + 1, 0
  out[at] = ""
  for key, value in next, behind(t) do
    count = count + 1
    append(out, key, depth + 1)
    if with_values then append(out, value, depth + 1) end
  end
  out[at] = mark .. count .. "\r\n"
end

local function append_array(out, t, depth)
  local at, count = #out + 1, 0
  out[at] = ""
  while true do
    local value = rawget(t, count + 1)
    if value == nil then break end
    count = count + 1
    append(out, value, depth + 1)
  end
  out[at] = "*" .. count .. "\r\n"
end

local function append_verbatim(out, verbatim)
  verbatim = behind(verbatim)
  local kind, text = rawget(verbatim, "format"), rawget(verbatim, "string")
  if type(kind) ~= "string" or type(text) ~= "string" then return false end
  kind = sub(kind .. "   ", 1, 3)
  out[#out + 1] = "=" .. #text + 4 .. "\r\n" .. kind .. ":" .. text .. "\r\n"
  return true
end

local function append_table(out, t, depth)
  t = behind(t)
  local problem, status, number = rawget(t, "err"), rawget(t, "ok"), rawget(t, "double")
  if type(problem) == "string" then
    out[#out + 1] = "-" .. line(trimmed(match(problem, "^[^%z]*")))
    return
  elseif type(status) == "string" then
    out[#out + 1] = "+" .. line(status)
    return
  elseif type(number) == "number" then
    out[#out + 1] = double(number)
    return
  end
  local map, set, big = rawget(t, "map"), rawget(t, "set"), rawget(t, "big_number")
  local verbatim = rawget(t, "verbatim_string")
  if type(map) == "table" then
    return append_members(out, map, depth, "%", true)
  elseif type(set) == "table" then
    return append_members(out, set, depth, "~", false)
  elseif type(big) == "string" then
    out[#out + 1] = find(big, "^[+-]?%d+$") and "(" .. line(big) or bulk((gsub(big, "[\r\n]", " ")))
  elseif not (type(verbatim) == "table" and append_verbatim(out, verbatim)) then
    return append_array(out, t, depth)
  end
end

function append(out, value, depth)
  local kind = type(value)
  if depth > DEEPEST_REPLY then
    out[#out + 1] = "-ERR reached lua stack limit\r\n"
  elseif kind == "string" then
    out[#out + 1] = bulk(value)
  elseif kind == "number" then
    out[#out + 1] = integer(value)
  elseif kind == "boolean" and protocol == 3 then
    out[#out + 1] = value and "#t\r\n" or "#f\r\n"
  elseif kind == "boolean" then
    out[#out + 1] = value and ":1\r\n" or "_\r\n"
  elseif kind == "table" then
    return append_table(out, value, depth)
  else
    out[#out + 1] = "_\r\n"
  end
end

-- ------------------------------------------------------------------------------- the redis table

-- The arguments of a call as a request, or nil and what is wrong with them.
local function request(mark, ...)
  local count, given = select("#", ...), { ... }
  if count == 0 then return nil, "Please specify at least one argument for this redis lib call" end
  local out = { mark .. "*" .. count .. "\r\n" }
  for place = 1, count do
    local value = given[place]
    local kind = type(value)
    if kind == "string" then
      out[place + 1] = bulk(value)
    elseif kind == "number" then
      out[place + 1] = double(value)
    else
      return nil, "Lua redis lib command arguments must be strings or integers"
    end
  end
  return concat(out)
end

local function called(...)  -- the reply as a value; and whether it is an error
  local asked, problem = request("C" .. protocol, ...)
  if not asked then return failure(problem), true end
  local answer = ask(asked)
  local value = value_at(answer, 1)
  return value, byte(answer, 1) == 45
end

local redis = {
  LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
  REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
}

function redis.call(...)
  local value, failed = called(...)
  if failed then error(value, 0) end
  return value
end

function redis.pcall(...) return (called(...)) end

local function text_of(value)
  if type(value) == "number" then return tostring(value) end
  return type(value) == "string" and value or nil
end

function redis.sha1hex(...)
  if select("#", ...) ~= 1 then error(failure("wrong number of arguments"), 0) end
  return sha1(text_of((...)) or "")
end

local function one_text(field, make)
  return function(...)
    if select("#", ...) ~= 1 or type((...)) ~= "string" then
      return failure("wrong number or type of arguments")
    end
    return make((...))
  end
end

redis.status_reply = one_text("ok", function(text) return { ok = text } end)
redis.error_reply = one_text("err", function(text)
  return failure(sub(text, 1, 1) == "-" and text or "-" .. text)
end)

function redis.log(...)
  local count, level = select("#", ...), (...)
  if count < 2 then error(failure("redis.log() requires two arguments or more."), 0) end
  if type(level) ~= "number" then
    error(failure("First argument must be a number (log level)."), 0)
  end
  if level < 0 or level >= 4 then error(failure("Invalid debug level."), 0) end
  local words = {}
  for place = 2, count do words[#words + 1] = text_of((select(place, ...))) end
  ask("L" .. floor(level) .. concat(words, " "))
end

function redis.setresp(...)
  if select("#", ...) ~= 1 then
    error(failure("redis.setresp() requires one argument."), 0)
  end
  local wanted = tonumber((...))
  if wanted ~= 2 and wanted ~= 3 then error(failure("RESP version must be 2 or 3."), 0) end
  protocol = wanted
end

function redis.set_repl(...)
  if select("#", ...) ~= 1 then error(failure("redis.set_repl() requires two arguments."), 0) end
  local flags = tonumber((...)) or 0
  if flags < 0 or flags >= 4 then
    error(failure("Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."),
      0)
  end
  ask("P" .. floor(flags))
end

function redis.acl_check_cmd(...)
  local asked, problem = request("A", ...)
  if not asked then error(failure(problem), 0) end
  local value = value_at(ask(asked), 1)
  if value == false then
    error(failure("Invalid command passed to redis.acl_check_cmd()"), 0)
  end
  return value == 1
end

function redis.replicate_commands() return true end
function redis.breakpoint() return false end
function redis.debug() end

-- --------------------------------------------------------------------------------- libraries

local registered, order = {}, {}

local function named_arguments(t)
  if type(t) ~= "table" then
    error(failure("calling redis.register_function with a single argument is only applicable to "
      .. "Lua table (representing named arguments)."), 0)
  end
  local found = {}
  for key, value in next, behind(t) do
    if key == "function_name" then
      found.name = text_of(value)
      if not found.name then
        error(failure("function_name argument given to redis.register_function must be a string"),
          0)
      end
    elseif key == "description" then
      found.description = text_of(value)
      if not found.description then
        error(failure("description argument given to redis.register_function must be a string"), 0)
      end
    elseif key == "callback" then
      if type(value) ~= "function" then
        error(failure("callback argument given to redis.register_function must be a function"), 0)
      end
      found.callback = value
    elseif key == "flags" then
      if type(value) ~= "table" then
        error(failure("flags argument to redis.register_function must be a table representing "
          .. "function flags"), 0)
      end
      found.flags = value
    else
      error(failure("unknown argument given to redis.register_function"), 0)
    end
  end
  if not found.name then
    error(failure("redis.register_function must get a function name argument"), 0)
  end
  if not found.callback then
    error(failure("redis.register_function must get a callback argument"), 0)
  end
  return found
end

local function two_arguments(name, callback)
  name = text_of(name)
  if not name then
    error(failure("first argument to redis.register_function must be a string"), 0)
  end
  if type(callback) ~= "function" then
    error(failure("second argument to redis.register_function must be a function"), 0)
  end
  return { name = name, callback = callback }
end

local KNOWN_FLAGS = {
  ["no-writes"] = true, ["allow-oom"] = true, ["allow-stale"] = true, ["no-cluster"] = true,
  ["allow-cross-slot-keys"] = true,
}

local function register_function(...)
  local count = select("#", ...)
  if count < 1 or count > 2 then
    error(failure("wrong number of arguments to redis.register_function"), 0)
  end
  local made = count == 1 and named_arguments((...)) or two_arguments(...)
  local flags = {}
  for place = 1, made.flags and huge or 0 do
    local flag = made.flags[place]
    if flag == nil then break end
    if not KNOWN_FLAGS[flag] then error(failure("unknown flag given"), 0) end
    flags[place] = flag
  end
  made.flags = flags
  if not find(made.name, "^[%w_]+$") then
    error(failure("Library names can only contain letters, numbers, or underscores(_) and must be "
      .. "at least one character long"), 0)
  end
  if registered[made.name] then
    error(failure("Function already exists in the library"), 0)
  end
  registered[made.name], order[#order + 1] = made, made
end

local function listed()
  local out = { "*" .. #order .. "\r\n" }
  for place, made in next, order do
    local flags = {}
    for at, flag in next, made.flags do flags[at] = bulk(flag) end
    out[place + 1] = "*3\r\n" .. bulk(made.name)
      .. (made.description and bulk(made.description) or "_\r\n")
      .. "*" .. #flags .. "\r\n" .. concat(flags)
  end
  return concat(out)
end

-- ------------------------------------------------------------------------- what a script can name

local native = {
  type = type, next = next, tonumber = tonumber, tostring = tostring, select = select,
  rawget = rawget, unpack = unpack, newproxy = newproxy, getmetatable = getmetatable, behind = behind,
  floor = floor, huge = huge, log = math.log, format = format, sub = sub, byte = byte,
  char = string.char, find = find, gsub = gsub, match = match, lower = string.lower,
  upper = string.upper, rep = string.rep, reverse = string.reverse, concat = concat,
}

local names = { _VERSION = _VERSION }
for _, name in next, {
  "assert", "collectgarbage", "error", "gcinfo", "ipairs", "rawequal", "select", "tonumber",
  "tostring", "type", "xpcall",
} do
  names[name] = G[name]
end
for name, f in next, base do names[name] = f end
for name, library in next, {
  string = string, table = table, math = math, coroutine = coroutine, os = os,
} do
  names[name] = read_only(library)
end

-- Most scripts use none of the four libraries: each is made when it is first named.
local function library(name)
  local load_library = loadstring(libraries[name], OURS)
  libraries[name] = nil
  names[name] = read_only(load_library(native, complain, raise, floats))
  return names[name]
end

local function nonexistent(t, name)
  if t == names and libraries[name] then return library(name) end
  raise("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'")
end

function complete()  -- for those who list all names
  if behind_of[environment] ~= names then return end
  for _, name in next, { "cjson", "cmsgpack", "struct", "bit" } do
    if libraries[name] then library(name) end
  end
end

local function globals(t, redis_table)
  t.redis = read_only(redis_table)
  t._G = environment
  return setmetatable(t, { __index = nonexistent })
end

local seen = { __newindex = refuse_change }  -- the metatable of `environment`

local function show(t)
  seen.__index = t
  behind_of[environment] = t
end

setmetatable(environment, seen)
shown_metatables[environment] = read_only({ __index = nonexistent })
shown_metatables.string = read_only({ __index = names.string })
getmetatable("").__index = names.string

-- ------------------------------------------------------------------------------------ running

local function finished(ok, result)
  if ok then
    local out = {}
    append(out, result, 0)
    return "R" .. concat(out)
  end
  if type(result) ~= "table" then return "X" .. (text_of(result) or "execution failure") end
  local text = type(result.err) == "string" and result.err or "ERR unknown error"
  local source, at = rawget(result, "source"), rawget(result, "line")
  return "E*3\r\n" .. bulk(match(text, "^[^%z]*"))
    .. bulk(text_of(source) or "") .. bulk(text_of(at) or "")
end

local function run(f, ...)
  local given, count = { ... }, select("#", ...)
  return finished(xpcall(function() return f(unpack(given, 1, count)) end, handler))
end

local function split(job)
  local keys, arguments = {}, {}
  local count = tonumber(job[5])
  for at = 6, #job do
    if at < 6 + count then keys[at - 5] = job[at] else arguments[at - 5 - count] = job[at] end
  end
  return keys, arguments
end


local function evaluate(job)
  local chunk, problem = compile(job[2], "@user_script")
  if not chunk then return "S" .. problem end
  if job[1] == "compile" then return "O" end
  names.KEYS, names.ARGV = split(job)
  names.__redis__err__handler = handler
  show(globals(names, redis))
  return run(chunk)
end

-- Lets a library register its functions; what is wrong with it, or nil.
local function register(job)
  local chunk, problem = compile(job[2], "@user_function")
  if not chunk then return "S" .. problem end
  local few = { register_function = register_function, log = redis.log }
  for name, value in next, redis do
    if find(name, "^LOG_") or find(name, "^REDIS_") then few[name] = value end
  end
  show(globals({}, setmetatable(few, { __index = nonexistent })))
  local outcome = run(chunk)
  if sub(outcome, 1, 1) ~= "R" then return outcome end
end

local function call_function(job)
  local problem = register(job)
  if problem then return problem end
  local made = registered[job[3]]
  redis.breakpoint, redis.debug, redis.replicate_commands = nil, nil, nil
  show(globals(names, redis))
  return run(made.callback, split(job))
end

return function(message)
  local job = value_at(message, 1)
  math.randomseed(job[4])
  redis.REDIS_VERSION, redis.REDIS_VERSION_NUM = "7.4.1", 0x00070401
  if job[1] == "load" then
    if limit == 0 then
      most_steps = MOST_STEPS_OF_LOADING
      begin()
    end
    return register(job) or "F" .. listed()
  end
  if job[1] == "call" then return call_function(job) end
  return evaluate(job)
end
