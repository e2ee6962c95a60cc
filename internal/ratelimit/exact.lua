-- choose of exact.go on Redis's clock. Each of KEYS is a list of takes, oldest first: the time
-- in milliseconds, a dash and the receipt. ARGV: the receipt of this take; the ways, each with
-- a slash before it and colons between the keys that it takes of; for each key the longest of
-- its windows, then count and length of each.
-- Returns the way that was taken, the first being 1, or 0.
local call, match, gmatch = redis.call, string.match, string.gmatch
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local full, counted = {}, {}
for k = 1, #KEYS do
  local takes = call('LRANGE', KEYS[k], '0', '-1')
  if #takes > 0 then
    local rates, old = ARGV[k + 2], 0
    local longest = tonumber(match(rates, '%d+'))
    local function age(i) return now - match(takes[i], '%d+') end
    while old < #takes and age(old + 1) >= longest do
      old = old + 1
      call('LPOP', KEYS[k])
    end
    for i = old + 1, #takes do
      if match(takes[i], '%-(.*)') == ARGV[1] then counted[k] = true end
    end
    for count, length in gmatch(rates, ' (%d+) (%d+)') do
      local last = #takes + 1 - count
      if last > old and age(last) < tonumber(length) then full[k] = not counted[k] end
    end
  end
end

local way = 0
for keys in gmatch(ARGV[2], '/([^/]*)') do
  way = way + 1
  local passes = true
  for k in gmatch(keys, '%d+') do passes = passes and not full[tonumber(k)] end
  if passes then
    local take = string.format('%d-%s', now, ARGV[1])
    for k in gmatch(keys, '%d+') do
      k = tonumber(k)
      if not counted[k] then
        call('RPUSH', KEYS[k], take)
        call('PEXPIRE', KEYS[k], match(ARGV[k + 2], '%d+'))
      end
    end
    return way
  end
end
return 0
