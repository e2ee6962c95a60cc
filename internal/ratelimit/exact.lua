-- weigh of exact.go on Redis's clock. KEYS[1] is a list of takes, oldest first: the time in
-- milliseconds, a dash and the receipt. ARGV: the longest window, the receipt of this take,
-- then count and window of each rate.
-- Returns whether the take passes, the time, and the times after it.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local times = {}
for _, take in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local at = tonumber(string.match(take, '^%d+'))
  if now - at < tonumber(ARGV[1]) then
    times[#times + 1] = at
  else
    redis.call('LPOP', KEYS[1])
  end
end

local passed = 1
for i = 3, #ARGV, 2 do
  local count, window, n = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), 0
  for k = 1, #times do
    if now - times[k] < window then n = n + 1 end
  end
  if n >= count then passed = 0 end
end

if passed == 1 then
  times[#times + 1] = now
  redis.call('RPUSH', KEYS[1], string.format('%d-%s', now, ARGV[2]))
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end

table.insert(times, 1, now)
table.insert(times, 1, passed)
return times
