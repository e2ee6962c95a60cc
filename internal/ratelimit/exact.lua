-- choose of exact.go on Redis's clock. Each of KEYS is a list of takes, oldest first: the time
-- in milliseconds, a dash and the receipt. ARGV: the receipt of this take; for each key the
-- number of its rates, then count and window of each; for each way the number of its keys, then
-- which they are.
-- Returns the way that was taken, the first being 1, or 0.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local read = 1
local function following()
  read = read + 1
  return tonumber(ARGV[read])
end

local room, longest, counted = {}, {}, {}
for k = 1, #KEYS do
  local rates = {}
  longest[k] = 0
  for r = 1, following() do
    local count = following()
    local window = following()
    rates[r] = {count = count, window = window}
    longest[k] = math.max(longest[k], window)
  end
  local times = {}
  for _, take in ipairs(redis.call('LRANGE', KEYS[k], 0, -1)) do
    local at = tonumber(string.match(take, '^%d+'))
    if now - at < longest[k] then
      times[#times + 1] = at
      if string.match(take, '%-(.*)$') == ARGV[1] then counted[k] = true end
    else
      redis.call('LPOP', KEYS[k])
    end
  end
  room[k] = true
  for _, rate in ipairs(rates) do
    local n = 0
    for _, at in ipairs(times) do
      if now - at < rate.window then n = n + 1 end
    end
    if n >= rate.count then room[k] = counted[k] end
  end
end

local chosen, way = 0, 0
while read < #ARGV and chosen == 0 do
  way = way + 1
  local keys, passes = {}, true
  for i = 1, following() do
    keys[i] = following()
    passes = passes and room[keys[i]]
  end
  if passes then
    chosen = way
    for _, k in ipairs(keys) do
      if not counted[k] then
        redis.call('RPUSH', KEYS[k], string.format('%d-%s', now, ARGV[1]))
        redis.call('PEXPIRE', KEYS[k], longest[k])
      end
    end
  end
end

return chosen
