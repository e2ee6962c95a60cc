-- Things of a key in a window that begins with the first of them. KEYS[1] is their set.
-- ARGV: the thing, how many there may be, the window in milliseconds.
-- Returns whether the thing was there, how many there were before it, what is left of the
-- window.
local seen = redis.call('SISMEMBER', KEYS[1], ARGV[1])
local n = redis.call('SCARD', KEYS[1])
if seen == 0 and n < tonumber(ARGV[2]) then
  redis.call('SADD', KEYS[1], ARGV[1])
  if n == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
end
return {seen, n, redis.call('PTTL', KEYS[1])}
