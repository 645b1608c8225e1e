-- cjson: JSON as Lua CJSON 2.1 reads and writes it, with its limits and its words.
-- Source: `lua_cjson.c`. Nesting ends at 1,000 levels either way, so nothing here recurses far.

local native, complain, raise = ...
local type, next, tonumber, tostring = native.type, native.next, native.tonumber, native.tostring
local floor, huge = native.floor, native.huge
local format, sub, byte, char = native.format, native.sub, native.byte, native.char
local find, gsub, match, lower = native.find, native.gsub, native.match, native.lower
local concat, select = native.concat, native.select

local null = native.newproxy(true)
native.getmetatable(null).__tostring = function() return "userdata: (nil)" end

local ESCAPES = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["/"] = "\\/", ["\b"] = "\\b", ["\f"] = "\\f",
  ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\127"] = "\\u007f",
}
for code = 0, 31 do
  local c = char(code)
  ESCAPES[c] = ESCAPES[c] or format("\\u%04x", code)
end

local UNESCAPED = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local TOKENS = {
  ["{"] = "T_OBJ_BEGIN", ["}"] = "T_OBJ_END", ["["] = "T_ARR_BEGIN", ["]"] = "T_ARR_END",
  [","] = "T_COMMA", [":"] = "T_COLON",
}

-- ------------------------------------------------------------------------------- writing

local function refuse(value, reason)
  raise("Cannot serialise " .. type(value) .. ": " .. reason)
end

local function text(value)
  return '"' .. gsub(value, '[%z\1-\31"\\/\127]', ESCAPES) .. '"'
end

local function number(settings, value)
  if value ~= value or value == huge or value == -huge then
    if settings.encode_invalid == "null" then return "null" end
    if settings.encode_invalid == "off" then refuse(value, "must not be NaN or Inf") end
    if value ~= value then return "nan" end
    return value > 0 and "inf" or "-inf"
  end
  return format(settings.precision, value)
end

-- How long a table is as an array; -1 if it is none.
local function length(settings, value)
  local most, items = 0, 0
  for key in next, value do
    if type(key) ~= "number" or floor(key) ~= key or key < 1 then return -1 end
    if key > most then most = key end
    items = items + 1
  end
  if settings.ratio > 0 and most > items * settings.ratio and most > settings.safe then
    if not settings.convert then refuse(value, "excessively sparse array") end
    return -1
  end
  return most
end

local append

local function append_table(settings, out, value, depth)
  if depth > settings.encode_depth then
    raise("Cannot serialise, excessive nesting (" .. depth .. ")")
  end
  local count = length(settings, value)
  if count > 0 then
    out[#out + 1] = "["
    for at = 1, count do
      if at > 1 then out[#out + 1] = "," end
      append(settings, out, native.rawget(value, at), depth)
    end
    out[#out + 1] = "]"
    return
  end
  out[#out + 1] = "{"
  local comma = false
  for key, item in next, value do
    if comma then out[#out + 1] = "," end
    comma = true
    if type(key) == "number" then
      out[#out + 1] = '"' .. number(settings, key) .. '":'
    elseif type(key) == "string" then
      out[#out + 1] = text(key) .. ":"
    else
      refuse(key, "table key must be a number or string")
    end
    append(settings, out, item, depth)
  end
  out[#out + 1] = "}"
end

function append(settings, out, value, depth)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = text(value)
  elseif kind == "number" then
    out[#out + 1] = number(settings, value)
  elseif kind == "boolean" then
    out[#out + 1] = tostring(value)
  elseif kind == "table" then
    append_table(settings, out, native.behind(value), depth + 1)
  elseif value == nil or value == null then
    out[#out + 1] = "null"
  else
    refuse(value, "type not supported")
  end
end

-- ------------------------------------------------------------------------------- reading

local function is_odd_number(s, at)  -- Inf, NaN, hexadecimal
  local p = at
  if find(s, "^[+-]", p) then p = p + 1 end
  local word = lower(sub(s, p, p + 2))
  return find(word, "^0x") ~= nil or word == "inf" or word == "nan"
end

local function number_at(s, at)
  local stop
  local sign, word = match(s, "^([+-]?)(%a%a%a)", at)
  if word and lower(word) == "inf" then
    stop = at + #sign + 3
    if lower(sub(s, stop, stop + 4)) == "inity" then stop = stop + 5 end
    return sign == "-" and -huge or huge, stop
  elseif word and lower(word) == "nan" then
    return -(huge - huge), at + #sign + 3
  end
  local _, last = find(s, "^[+-]?0[xX]%x+", at)
  if not last then
    _, last = find(s, "^[+-]?%d+%.?%d*", at)
    if not last then _, last = find(s, "^[+-]?%.%d+", at) end
    if not last then return nil end
    local _, more = find(s, "^[eE][+-]?%d+", last + 1)
    last = more or last
  end
  return tonumber(sub(s, at, last)), last + 1
end

local function utf8(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then
    return char(0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
  end
  return char(
    0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64,
    0x80 + floor(code / 64) % 64, 0x80 + code % 64)
end

-- The character of a \u escape and how long the escape is, or nil.
local function unicode(s, at)
  local code = match(s, "^\\u(%x%x%x%x)", at)
  code = code and tonumber(code, 16)
  if not code then return nil end
  if code < 0xD800 or code > 0xDFFF then return utf8(code), 6 end
  if code >= 0xDC00 then return nil end
  local low = match(s, "^\\u(%x%x%x%x)", at + 6)
  low = low and tonumber(low, 16)
  if not low or low < 0xDC00 or low > 0xDFFF then return nil end
  return utf8(0x10000 + (code - 0xD800) * 1024 + (low - 0xDC00)), 12
end

local function string_at(s, at)  -- `at` is behind the quote; the string and its end, or an error
  local parts = {}
  while true do
    local from, to = find(s, '["\\%z]', at)
    if not from or byte(s, from) == 0 then  -- it is text of C: it ends at a zero byte
      return nil, "unexpected end of string", from or #s + 1
    end
    parts[#parts + 1] = sub(s, at, from - 1)
    if sub(s, from, from) == '"' then return concat(parts), to + 1 end
    local mark = sub(s, from + 1, from + 1)
    if mark == "u" then
      local c, size = unicode(s, from)
      if not c then return nil, "invalid unicode escape code", from end
      parts[#parts + 1], at = c, from + size
    else
      local c = UNESCAPED[mark]
      if not c then return nil, "invalid escape code", from end
      parts[#parts + 1], at = c, from + 2
    end
  end
end

-- Reads the token at or behind state.at: its name, its value; an error is T_ERROR and why.
local function token(state)
  local s = state.s
  local at = find(s, "[^ \t\r\n]", state.at)
  state.index = at or #s + 1
  if not at or byte(s, at) == 0 then
    state.at = state.index
    return "T_END"
  end
  local c = sub(s, at, at)
  if TOKENS[c] then
    state.at = at + 1
    return TOKENS[c]
  elseif c == '"' then
    local value, stop, where = string_at(s, at + 1)
    if value == nil then
      state.index = where
      return "T_ERROR", stop
    end
    state.at = stop
    return "T_STRING", value
  elseif find(c, "[-%d]") or is_odd_number(s, at) then
    local value, stop = number_at(s, at)
    if value == nil then return "T_ERROR", "invalid number" end
    if state.settings.decode_invalid == false and is_odd_number(s, at) then
      return "T_ERROR", "invalid number"
    end
    state.at = stop
    return "T_NUMBER", value
  elseif sub(s, at, at + 3) == "true" then
    state.at = at + 4
    return "T_BOOLEAN", true
  elseif sub(s, at, at + 4) == "false" then
    state.at = at + 5
    return "T_BOOLEAN", false
  elseif sub(s, at, at + 3) == "null" then
    state.at = at + 4
    return "T_NULL", null
  end
  return "T_ERROR", "invalid token"
end

local function unexpected(state, wanted, kind, value)
  local found = kind == "T_ERROR" and value or kind
  raise("Expected " .. wanted .. " but found " .. found .. " at character " .. state.index)
end

local value_of

local function descend(state)
  state.depth = state.depth + 1
  if state.depth > state.settings.decode_depth then
    raise("Found too many nested data structures (" .. state.depth .. ") at character "
      .. state.index)
  end
end

local function object(state)
  descend(state)
  local result = {}
  local kind, value = token(state)
  while kind ~= "T_OBJ_END" or next(result) ~= nil do
    if kind ~= "T_STRING" then unexpected(state, "object key string", kind, value) end
    local key = value
    kind, value = token(state)
    if kind ~= "T_COLON" then unexpected(state, "colon", kind, value) end
    result[key] = value_of(state, token(state))
    kind, value = token(state)
    if kind == "T_OBJ_END" then break end
    if kind ~= "T_COMMA" then unexpected(state, "comma or object end", kind, value) end
    kind, value = token(state)
  end
  state.depth = state.depth - 1
  return result
end

local function array(state)
  descend(state)
  local result = {}
  local kind, value = token(state)
  local count = 0
  while kind ~= "T_ARR_END" or count > 0 do
    count = count + 1
    result[count] = value_of(state, kind, value)
    kind, value = token(state)
    if kind == "T_ARR_END" then break end
    if kind ~= "T_COMMA" then unexpected(state, "comma or array end", kind, value) end
    kind, value = token(state)
  end
  state.depth = state.depth - 1
  return result
end

function value_of(state, kind, value)
  if kind == "T_OBJ_BEGIN" then return object(state) end
  if kind == "T_ARR_BEGIN" then return array(state) end
  if kind == "T_STRING" or kind == "T_NUMBER" or kind == "T_BOOLEAN" or kind == "T_NULL" then
    return value
  end
  unexpected(state, "value", kind, value)
end

-- ------------------------------------------------------------------------------ the module

local function one_argument(name, ...)
  if select("#", ...) ~= 1 then
    raise("bad argument #1 to '" .. name .. "' (expected 1 argument)")
  end
end

local function whole(name, place, value, low, high)
  local n = tonumber(value)
  if n == nil then complain(name, place, "number", value) end
  if n < low or n > high then
    raise(format("bad argument #%d to '%s' (expected integer between %d and %d)",
      place, name, low, high))
  end
  return floor(n)
end

local function new()
  local settings = {
    convert = false, ratio = 2, safe = 10, encode_depth = 1000, decode_depth = 1000,
    precision = "%.14g", digits = 14, encode_invalid = "off", decode_invalid = true, keep = true,
  }
  local cjson = { null = null, _NAME = "cjson", _VERSION = "2.1.0", new = new }

  function cjson.encode(...)
    one_argument("encode", ...)
    local out = {}
    append(settings, out, (...), 0)
    return concat(out)
  end

  function cjson.decode(...)
    one_argument("decode", ...)
    local s = ...
    if type(s) == "number" then s = tostring(s) end
    if type(s) ~= "string" then complain("decode", 1, "string", s) end
    if #s >= 2 and (byte(s, 1) == 0 or byte(s, 2) == 0) then
      raise("JSON parser does not support UTF-16 or UTF-32")
    end
    local state = { s = s, at = 1, index = 1, depth = 0, settings = settings }
    local result = value_of(state, token(state))
    local kind, value = token(state)
    if kind ~= "T_END" then unexpected(state, "the end", kind, value) end
    return result
  end

  function cjson.encode_sparse_array(convert, ratio, safe)
    if convert ~= nil then settings.convert = convert end
    if ratio ~= nil then
      settings.ratio = whole("encode_sparse_array", 2, ratio, 0, 2147483647)
    end
    if safe ~= nil then settings.safe = whole("encode_sparse_array", 3, safe, 0, 2147483647) end
    return settings.convert, settings.ratio, settings.safe
  end

  function cjson.encode_max_depth(depth)
    if depth ~= nil then
      settings.encode_depth = whole("encode_max_depth", 1, depth, 1, 2147483647)
    end
    return settings.encode_depth
  end

  function cjson.decode_max_depth(depth)
    if depth ~= nil then
      settings.decode_depth = whole("decode_max_depth", 1, depth, 1, 2147483647)
    end
    return settings.decode_depth
  end

  function cjson.encode_number_precision(digits)
    if digits ~= nil then
      settings.digits = whole("encode_number_precision", 1, digits, 1, 14)
      settings.precision = "%." .. settings.digits .. "g"
    end
    return settings.digits
  end

  function cjson.encode_keep_buffer(keep)
    if keep ~= nil then settings.keep = keep and true or false end
    return settings.keep
  end

  function cjson.encode_invalid_numbers(mode)
    if mode ~= nil then
      settings.encode_invalid = mode == true and "on" or mode == false and "off" or mode
    end
    local now = settings.encode_invalid
    if now == "null" then return now end
    return now == "on"
  end

  function cjson.decode_invalid_numbers(mode)
    if mode ~= nil then settings.decode_invalid = mode ~= false and mode ~= "off" end
    return settings.decode_invalid
  end

  return cjson
end

return new()
