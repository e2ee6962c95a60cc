-- enter of window.go on Redis's clock, for counters that are taken of together or not at all.
-- Each of KEYS is a hash with the takes (n) and the end (e) of each window, named by its
-- length. ARGV: for each key how many rates it has, then count and length of each. Returns
-- whether the take passes, the time, then takes and end of each window.
local call = redis.call
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local out, at = {1, now}, 1
for k = 1, #KEYS do
  for _ = 1, ARGV[at] do
    local count, per = tonumber(ARGV[at + 1]), ARGV[at + 2]
    local got = call('HMGET', KEYS[k], 'n' .. per, 'e' .. per)
    local n, e = tonumber(got[1] or 0), tonumber(got[2] or 0)
    if now >= e then n, e = 0, now + per end
    if n >= count then out[1] = 0 end
    out[#out + 1], out[#out + 2] = n, e
    at = at + 2
  end
  at = at + 1
end
if out[1] == 0 then return out end

-- A hash lives as long as its last window, which only one that begins can move.
local w = 3
at = 1
for k = 1, #KEYS do
  local last, begun = 0, false
  for _ = 1, ARGV[at] do
    local per, n, e = ARGV[at + 2], out[w], out[w + 1]
    if n == 0 then
      begun = true
      call('HSET', KEYS[k], 'n' .. per, '1', 'e' .. per, string.format('%d', e))
    else
      call('HINCRBY', KEYS[k], 'n' .. per, '1')
    end
    last, out[w] = math.max(last, e), n + 1
    at, w = at + 2, w + 2
  end
  if begun then call('PEXPIREAT', KEYS[k], string.format('%d', last)) end
  at = at + 1
end
return out
