-- enter of window.go on Redis's clock. KEYS[1] is a hash with the takes (n) and the end (e)
-- of each window, named by its length. ARGV: count and length of each rate. Returns whether
-- the take passes, the time, then takes and end of each window.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local passed, out, last = 1, {0, now}, 0
for i = 1, #ARGV, 2 do
  local got = redis.call('HMGET', KEYS[1], 'n' .. ARGV[i + 1], 'e' .. ARGV[i + 1])
  local n, e = tonumber(got[1] or '0'), tonumber(got[2] or '0')
  if now >= e then n, e = 0, now + tonumber(ARGV[i + 1]) end
  if n >= tonumber(ARGV[i]) then passed = 0 end
  out[#out + 1], out[#out + 2] = n, e
  if e > last then last = e end
end
if passed == 0 then return out end

for i = 1, #ARGV, 2 do
  out[i + 2] = out[i + 2] + 1
  redis.call('HSET', KEYS[1], 'n' .. ARGV[i + 1], string.format('%d', out[i + 2]), 'e' .. ARGV[i + 1], string.format('%d', out[i + 3]))
end
redis.call('PEXPIRE', KEYS[1], string.format('%d', last - now))
out[1] = 1
return out
