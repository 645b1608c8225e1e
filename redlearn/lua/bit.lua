-- bit: the operations of Lua BitOp, on numbers as 32 bits with a sign.
-- Source: `lua_bit.c`. A number is rounded to the nearest integer, halves to the even one.

local native, complain, raise, floats = ...
local floor, type, tonumber, select = native.floor, native.type, native.tonumber, native.select
local format, sub, upper = native.format, native.sub, native.upper

local WRAP, HALF = 4294967296, 2147483648

local function unsigned(value, place, name)
  local x = value
  if native.type(x) ~= "number" then
    x = type(x) == "string" and tonumber(x) or nil
    if x == nil then complain(name, place, "number", value) end
  end
  if x >= 2 ^ 51 or x < -2 ^ 51 then  -- past what a double rounds to a unit: its bits are taken
    local bytes = floats("d", format("%.17g", x + 6755399441055744))
    local a, b, c, d = native.byte(bytes, 5, 8)
    return a * 16777216 + b * 65536 + c * 256 + d
  end
  local low = floor(x)
  local rest = x - low
  if rest > 0.5 or (rest == 0.5 and low % 2 == 1) then low = low + 1 end
  low = low % WRAP
  if low ~= low then return 0 end
  return low
end

local function signed(x)
  if x >= HALF then return x - WRAP end
  return x
end

local AND, OR, XOR = {}, {}, {}  -- of two nibbles, at 16 * a + b
for a = 0, 15 do
  for b = 0, 15 do
    local both, either, one, weight = 0, 0, 0, 1
    local x, y = a, b
    for _ = 1, 4 do
      local p, q = x % 2, y % 2
      if p == 1 and q == 1 then both = both + weight end
      if p == 1 or q == 1 then either = either + weight end
      if p ~= q then one = one + weight end
      x, y, weight = (x - p) / 2, (y - q) / 2, weight * 2
    end
    AND[16 * a + b], OR[16 * a + b], XOR[16 * a + b] = both, either, one
  end
end

local function by_nibbles(rule, x, y)
  local result, weight = 0, 1
  for _ = 1, 8 do
    local p, q = x % 16, y % 16
    result = result + rule[16 * p + q] * weight
    x, y, weight = (x - p) / 16, (y - q) / 16, weight * 16
  end
  return result
end

local function folded(rule, name)
  return function(...)
    if select("#", ...) == 0 then
      raise("bad argument #1 to '" .. name .. "' (number expected, got no value)")
    end
    local first = ...
    local result = unsigned(first, 1, name)
    for place = 2, select("#", ...) do
      result = by_nibbles(rule, result, unsigned((select(place, ...)), place, name))
    end
    return signed(result)
  end
end

local function left(x, n) return (x * 2 ^ n) % WRAP end
local function right(x, n) return floor(x / 2 ^ n) end

local function shifted(rule, name)
  return function(x, n)
    x = unsigned(x, 1, name)
    return signed(rule(x, unsigned(n, 2, name) % 32))
  end
end

local bit = {}
bit.band, bit.bor, bit.bxor = folded(AND, "band"), folded(OR, "bor"), folded(XOR, "bxor")
bit.lshift = shifted(left, "lshift")
bit.rshift = shifted(right, "rshift")
bit.arshift = shifted(function(x, n) return floor(signed(x) / 2 ^ n) % WRAP end, "arshift")
bit.rol = shifted(function(x, n) return (left(x, n) + right(x, 32 - n)) % WRAP end, "rol")
bit.ror = shifted(function(x, n) return (right(x, n) + left(x, 32 - n)) % WRAP end, "ror")

function bit.tobit(x) return signed(unsigned(x, 1, "tobit")) end
function bit.bnot(x) return signed(WRAP - 1 - unsigned(x, 1, "bnot")) end

function bit.bswap(x)
  x = unsigned(x, 1, "bswap")
  local result = 0
  for _ = 1, 4 do
    local low = x % 256
    result, x = result * 256 + low, (x - low) / 256
  end
  return signed(result)
end

function bit.tohex(x, n)
  x = unsigned(x, 1, "tohex")
  n = n == nil and 8 or signed(unsigned(n, 2, "tohex"))
  local text = format("%08x", x)
  if n < 0 then n, text = -n, upper(text) end
  if n == 0 then return "" end
  return sub(text, n >= 8 and 1 or -n)
end

return bit
