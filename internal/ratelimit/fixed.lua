-- Takes one of every counter, or, if one of them is used up, of none: then no counter begins
-- that was not there. Before this stand the library's own scripts: incr counts, peek looks.
-- KEYS: the counters. ARGV: length and count of the window of each. Returns takes and rest
-- of life of each; of one that is used up the take that it refused as well, which is how
-- the library tells.
local passed = true
for i = 1, #KEYS do
  local taken = redis.call('GET', KEYS[i])
  if taken and tonumber(taken) >= tonumber(ARGV[2 * i]) then passed = false end
end

local out = {}
for i = 1, #KEYS do
  local got
  if passed then
    got = incr({KEYS[i]}, {'1', ARGV[2 * i - 1]})
  else
    got = peek({KEYS[i]})
    if got[1] >= tonumber(ARGV[2 * i]) then got[1] = got[1] + 1 end
  end
  out[2 * i - 1], out[2 * i] = got[1], got[2]
end
return out
