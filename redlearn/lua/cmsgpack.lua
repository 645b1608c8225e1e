-- cmsgpack: MessagePack, as lua-cmsgpack 0.4 packs it: the shortest form of every value.
-- Source: `lua_cmsgpack.c`. What is nested deeper than 16 tables is packed as nil.

local native, complain, raise, floats = ...
local type, next, tonumber, rawget = native.type, native.next, native.tonumber, native.rawget
local floor, huge = native.floor, native.huge
local format, sub, byte, char, concat = native.format, native.sub, native.byte, native.char,
  native.concat
local select, unpack = native.select, native.unpack

local DEEPEST = 16
local WRAP = 4294967296

local function big_endian(x, size)  -- x is whole, 0 <= x < 2^(8 * size)
  local bytes = {}
  for at = size, 1, -1 do
    bytes[at] = x % 256
    x = floor(x / 256)
  end
  return char(unpack(bytes, 1, size))
end

local function two_words(high, low) return big_endian(high, 4) .. big_endian(low, 4) end

local function whole(x)
  if x >= 0 then
    if x <= 127 then return char(x) end
    if x <= 0xFF then return "\204" .. char(x) end
    if x <= 0xFFFF then return "\205" .. big_endian(x, 2) end
    if x < WRAP then return "\206" .. big_endian(x, 4) end
    return "\207" .. two_words(floor(x / WRAP), x % WRAP)
  end
  if x >= -32 then return char(256 + x) end
  if x >= -128 then return "\208" .. char(256 + x) end
  if x >= -32768 then return "\209" .. big_endian(65536 + x, 2) end
  if x >= -2147483648 then return "\210" .. big_endian(WRAP + x, 4) end
  return "\211" .. two_words(floor(x / WRAP) + WRAP, x % WRAP)
end

local function number(x)
  if x == floor(x) and x >= -2 ^ 63 and x < 2 ^ 63 then return whole(x + 0) end
  local short = floats("f", format("%.17g", x))
  if floats("F", short) == x then return "\202" .. short end
  return "\203" .. floats("d", format("%.17g", x))
end

local function header(count, fixed, most, short, medium, long)
  if count <= most then return char(fixed + count) end
  if short and count <= 0xFF then return char(short, count) end
  if count <= 0xFFFF then return char(medium) .. big_endian(count, 2) end
  return char(long) .. big_endian(count, 4)
end

local function array_length(t)  -- nil if it is no array
  local most, count = 0, 0
  for key in next, t do
    if type(key) ~= "number" or key <= 0 or floor(key) ~= key or key > 2147483647 then
      return nil
    end
    if key > most then most = key end
    count = count + 1
  end
  return most == count and count or nil
end

local append

local function append_table(out, t, level)
  local length = array_length(t)
  if length then
    out[#out + 1] = header(length, 0x90, 15, nil, 0xDC, 0xDD)
    for at = 1, length do append(out, t[at], level + 1) end
    return
  end
  local count = 0
  for _ in next, t do count = count + 1 end
  out[#out + 1] = header(count, 0x80, 15, nil, 0xDE, 0xDF)
  for key, value in next, t do
    append(out, key, level + 1)
    append(out, value, level + 1)
  end
end

function append(out, value, level)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = header(#value, 0xA0, 31, 0xD9, 0xDA, 0xDB)
    out[#out + 1] = value
  elseif kind == "boolean" then
    out[#out + 1] = value and "\195" or "\194"
  elseif kind == "number" then
    out[#out + 1] = number(value)
  elseif kind == "table" and level < DEEPEST then
    append_table(out, native.behind(value), level)
  else
    out[#out + 1] = "\192"
  end
end

-- ------------------------------------------------------------------------------- reading

local function need(s, at, size)
  if at + size - 1 > #s then raise("Missing bytes in input.") end
end

local function unsigned(s, at, size)
  need(s, at, size)
  local x = 0
  for place = at, at + size - 1 do x = x * 256 + byte(s, place) end
  return x
end

local function signed(s, at, size)
  if size == 8 then
    local high = unsigned(s, at, 4)
    if high >= WRAP / 2 then high = high - WRAP end
    return high * WRAP + unsigned(s, at + 4, 4)
  end
  local x = unsigned(s, at, size)
  if x >= 256 ^ size / 2 then x = x - 256 ^ size end
  return x
end

-- In C each value is on Lua's stack, with the tables and keys round it, and there is an end to that.
local STACK = 8000
local FULL = "too many return values at once; use unpack_one or unpack_limit instead."

local function room(used, where)
  if used + 1 > STACK then raise("stack overflow (" .. where .. ")") end
end

local value_at

local function array_at(s, at, count, used)
  room(used + 1, "in function mp_decode_to_lua_array")
  local result = {}
  for place = 1, count do result[place], at = value_at(s, at, used + 2) end
  return result, at
end

local function map_at(s, at, count, used)
  local result = {}
  for _ = 1, count do
    local key, value
    key, at = value_at(s, at, used + 1)
    value, at = value_at(s, at, used + 2)
    if key == nil or key ~= key then raise("table index is " .. (key and "NaN" or "nil")) end
    result[key] = value
  end
  return result, at
end

local function text_at(s, at, size)
  need(s, at, size)
  return sub(s, at, at + size - 1), at + size
end

local NUMBERS = {
  [0xCC] = { unsigned, 1 }, [0xCD] = { unsigned, 2 }, [0xCE] = { unsigned, 4 },
  [0xCF] = { unsigned, 8 }, [0xD0] = { signed, 1 }, [0xD1] = { signed, 2 },
  [0xD2] = { signed, 4 }, [0xD3] = { signed, 8 },
}
local LONG = {
  [0xD9] = { text_at, 1 }, [0xDA] = { text_at, 2 }, [0xDB] = { text_at, 4 },
  [0xC4] = { text_at, 1 }, [0xC5] = { text_at, 2 }, [0xC6] = { text_at, 4 },
  [0xDC] = { array_at, 2 }, [0xDD] = { array_at, 4 },
  [0xDE] = { map_at, 2 }, [0xDF] = { map_at, 4 },
}

function value_at(s, at, used)
  need(s, at, 1)
  room(used, FULL)
  local mark = byte(s, at)
  if mark < 0x80 then return mark, at + 1 end
  if mark >= 0xE0 then return mark - 256, at + 1 end
  if mark < 0x90 then return map_at(s, at + 1, mark - 0x80, used) end
  if mark < 0xA0 then return array_at(s, at + 1, mark - 0x90, used) end
  if mark < 0xC0 then return text_at(s, at + 1, mark - 0xA0) end
  if mark == 0xC0 then return nil, at + 1 end
  if mark == 0xC2 then return false, at + 1 end
  if mark == 0xC3 then return true, at + 1 end
  if mark == 0xCA then
    need(s, at + 1, 4)
    return floats("F", sub(s, at + 1, at + 4)), at + 5
  elseif mark == 0xCB then
    need(s, at + 1, 8)
    return floats("D", sub(s, at + 1, at + 8)), at + 9
  end
  local rule = NUMBERS[mark]
  if rule then return rule[1](s, at + 1, rule[2]), at + 1 + rule[2] end
  rule = LONG[mark]
  if rule then return rule[1](s, at + 1 + rule[2], unsigned(s, at + 1, rule[2]), used) end
  raise("Bad data format in input.")
end

-- ------------------------------------------------------------------------------ the module

local cmsgpack = {
  _NAME = "cmsgpack", _VERSION = "lua-cmsgpack 0.4.0",
  _COPYRIGHT = "Copyright (C) 2012, Salvatore Sanfilippo",
  _DESCRIPTION = "MessagePack C implementation for Lua",
}

function cmsgpack.pack(...)
  local count = select("#", ...)
  if count == 0 then raise("bad argument #0 to 'pack' (MessagePack pack needs input.)") end
  local out = {}
  for place = 1, count do append(out, (select(place, ...)), 0) end
  return concat(out)
end

local function subject(name, s)
  if type(s) == "number" then s = native.tostring(s) end
  if type(s) ~= "string" then complain(name, 1, "string", s) end
  return s
end

local function several(name, s, limit, offset)
  local full = limit == 0 and offset == 0  -- a limit of none is none
  s = subject(name, s)
  if offset < 0 or limit < 0 then
    raise(format("Invalid request to unpack with offset of %d and limit of %d.", offset, #s))
  elseif offset > #s then
    raise(format("Start offset %d greater than input length %d.", offset, #s))
  end
  local at, values, count = offset + 1, {}, 0
  if full then limit = huge end
  while at <= #s and count < limit do
    values[count + 1], at = value_at(s, at, 1 + count)
    count = count + 1
  end
  -- The first ones by themselves: what one call of unpack can give is a little less than all.
  if full then
    if count < 2 then return unpack(values, 1, count) end
    return values[1], values[2], unpack(values, 3, count)
  end
  room(1 + count, "in function mp_unpack_full")
  if count == 0 then return at > #s and -1 or at - 1 end
  return at > #s and -1 or at - 1, values[1], unpack(values, 2, count)
end

local function place(name, at, value, default)
  if value == nil and default then return default end
  local n = tonumber(value)
  if not n then complain(name, at, "number", value) end
  return n < 0 and -floor(-n) or floor(n)
end

function cmsgpack.unpack(s) return several("unpack", s, 0, 0) end

function cmsgpack.unpack_one(s, offset)
  return several("unpack_one", s, 1, place("unpack_one", 2, offset, 0))
end

function cmsgpack.unpack_limit(s, limit, offset)
  limit = place("unpack_limit", 2, limit)
  return several("unpack_limit", s, limit, place("unpack_limit", 3, offset, 0))
end

return cmsgpack
