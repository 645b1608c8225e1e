-- struct: values as the bytes of a C struct, and back, by a format of one letter a value.
-- Source: `lua_struct.c`. Little-endian and without gaps unless the format says otherwise.

local native, complain, raise, floats = ...
local type, tonumber, tostring = native.type, native.tonumber, native.tostring
local floor, format, rep, reverse = native.floor, native.format, native.rep, native.reverse
local sub, byte, char, find, match = native.sub, native.byte, native.char, native.find, native.match
local concat, unpack = native.concat, native.unpack

local MOST_BYTES = 32
local MOST = 2147483647
local WRAP = 4294967296
local SIZES = { b = 1, h = 2, l = 8, T = 8, f = 4, d = 8, x = 1 }

-- The number in the format at state.at, and `default` without one.
local function digits(state, default)
  local text = match(state.format, "^%d+", state.at)
  if not text then return default end
  state.at = state.at + #text
  local n = tonumber(text)
  if n > MOST then raise("integral size overflow") end
  return n
end

local function whole_size(state)
  local size = digits(state, 4)
  if size > MOST_BYTES then
    raise(format("integral size %d is larger than limit of %d", size, MOST_BYTES))
  end
  return size
end

-- The next option and its size, with steering letters already obeyed; nil at the end.
local function option(state)
  local letter = sub(state.format, state.at, state.at)
  state.at = state.at + 1
  local known = SIZES[letter] or SIZES[native.lower(letter)]
  if letter == "B" or letter == "H" or letter == "L" or SIZES[letter] then
    return letter, known
  elseif letter == "i" or letter == "I" then
    return letter, whole_size(state)
  elseif letter == "c" then
    return letter, digits(state, 1)
  elseif letter == "s" or letter == " " or letter == "<" or letter == ">" or letter == "!" then
    return letter, 0
  end
  raise(format("bad argument #1 to '%s' (invalid format option '%s')", state.name, letter))
end

local function steer(state, letter)
  if letter == "<" then
    state.little = true
  elseif letter == ">" then
    state.little = false
  elseif letter == "!" then
    local align = digits(state, 8)
    if align <= 0 or 2 ^ floor(native.log(align) / native.log(2) + 0.5) ~= align then
      raise(format("alignment %d is not a power of 2", align))
    end
    state.align = align
  end
end

local function gap(state, offset, letter, size)
  if size == 0 or letter == "c" then return 0 end
  local align = size > state.align and state.align or size
  if align <= 1 then return 0 end
  return (align - offset % align) % align
end

local function ordered(state, bytes)
  if state.little then return reverse(bytes) end
  return bytes
end

local function whole(state, value, size)
  local x = value < 0 and -floor(-value) or floor(value)
  if x ~= x then x = -2 ^ 63 end
  local high, low = floor(x / WRAP) % WRAP, x % WRAP
  local bytes = {}
  for at = size, 1, -1 do
    bytes[at] = low % 256
    low = floor(low / 256)
    if size - at == 3 then low = high end
    if size - at >= 7 then low = 0 end
  end
  return ordered(state, char(unpack(bytes, 1, size)))
end

local function read_whole(state, s, signed)
  s = ordered(state, s)
  local size = #s
  local high, low = 0, 0
  for at = size > 8 and size - 7 or 1, size do
    if size - at >= 4 then high = high * 256 + byte(s, at) else low = low * 256 + byte(s, at) end
  end
  if signed and size > 0 then
    if size < 4 and low >= 256 ^ size / 2 then
      low = low - 256 ^ size
    elseif size == 4 and low >= WRAP / 2 then
      low = low - WRAP
    elseif size > 4 and size <= 8 and high >= 256 ^ (size - 4) / 2 then
      high = high - 256 ^ (size - 4)
    elseif size > 8 and high >= WRAP / 2 then
      high = high - WRAP
    end
  end
  return high * WRAP + low
end

local function number(name, place, value)
  local n = type(value) == "number" and value or type(value) == "string" and tonumber(value) or nil
  if not n then complain(name, place, "number", value) end
  return n
end

local function text(name, place, value)
  if type(value) == "number" then value = tostring(value) end
  if type(value) ~= "string" then complain(name, place, "string", value) end
  return value
end

local function begun(name, form)
  return { name = name, format = text(name, 1, form), at = 1, little = true, align = 1 }
end

local struct = {}

local function packed(state, letter, size, value, place)
  if letter == "f" or letter == "d" then
    local bytes = floats(letter, format("%.17g", number("pack", place, value)))
    return ordered(state, bytes)
  elseif letter == "c" then
    local s = text("pack", place, value)
    if size == 0 then size = #s end
    if #s < size then raise(format("bad argument #%d to 'pack' (string too short)", place + 1)) end
    return sub(s, 1, size)
  elseif letter == "s" then
    return text("pack", place, value) .. "\0"
  end
  return whole(state, number("pack", place, value), size)
end

function struct.pack(form, ...)
  local state, values = begun("pack", form), { ... }
  local out, total, place = {}, 0, 1
  while state.at <= #state.format do
    local letter, size = option(state)
    local hole = gap(state, total, letter, size)
    local piece = rep("\0", hole)
    if letter == "x" then
      piece = piece .. "\0"
    elseif find(letter, "[ <>!]") then
      steer(state, letter)
    else
      place = place + 1
      piece = piece .. packed(state, letter, size, values[place - 1], place)
    end
    out[#out + 1], total = piece, total + #piece
  end
  return concat(out)
end

local function unpacked(state, s, at, letter, size)  -- the value and where the next one begins
  if letter == "f" or letter == "d" then
    return floats(native.upper(letter), ordered(state, sub(s, at, at + size - 1))), at + size
  elseif letter == "s" then
    local zero = find(s, "%z", at)
    if not zero then raise("unfinished string in data") end
    return sub(s, at, zero - 1), zero + 1
  elseif letter == "c" then
    return sub(s, at, at + size - 1), at + size
  end
  local signed = letter == native.lower(letter)
  return read_whole(state, sub(s, at, at + size - 1), signed), at + size
end

function struct.unpack(form, s, position)
  local state = begun("unpack", form)
  s = text("unpack", 2, s)
  local start = position == nil and 1 or floor(number("unpack", 3, position))
  if start < 1 then raise("bad argument #3 to 'unpack' (offset must be 1 or greater)") end
  local at, out, count = start, {}, 0
  if at > #s + 1 then at = at end
  while state.at <= #state.format do
    local letter, size = option(state)
    at = at + gap(state, at - 1, letter, size)
    if size > #s - at + 1 or (at > #s + 1) then raise("bad argument #2 to 'unpack' (data string too short)") end
    if letter == "x" then
      at = at + 1
    elseif find(letter, "[ <>!]") then
      steer(state, letter)
    else
      if letter == "c" and size == 0 then
        if count == 0 or type(out[count]) ~= "number" then
          raise("format 'c0' needs a previous size")
        end
        size = out[count]
        out[count], count = nil, count - 1
        if size < 0 or size > #s - at + 1 then raise("bad argument #2 to 'unpack' (data string too short)") end
      end
      count = count + 1
      out[count], at = unpacked(state, s, at, letter, size)
      if count >= 7990 then raise("too many results to unpack") end
    end
  end
  out[count + 1] = at
  return unpack(out, 1, count + 1)
end

function struct.size(form)
  local state, total = begun("size", form), 0
  while state.at <= #state.format do
    local letter, size = option(state)
    total = total + gap(state, total, letter, size)
    if letter == "s" then raise("bad argument #1 to 'size' (option 's' has no fixed size)") end
    if letter == "c" and size == 0 then
      raise("bad argument #1 to 'size' (option 'c0' has no fixed size)")
    end
    if find(letter, "[ <>!]") then steer(state, letter) end
    total = total + size
    if total > MOST then raise("format result too large") end
  end
  return total
end

return struct
