-- enter of window.go on Redis's clock, for counters that are taken of together or not at all.
-- Each of KEYS is a hash with the takes (n) and the end (e) of each window, named by its
-- length. ARGV: for each key how many rates it has, then count and length of each. Returns
-- whether the take passes, the time, then takes and end of each window.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local passed, windows, at = 1, {}, 1
for _, key in ipairs(KEYS) do
  for _ = 1, tonumber(ARGV[at]) do
    local count, per = tonumber(ARGV[at + 1]), ARGV[at + 2]
    local got = redis.call('HMGET', key, 'n' .. per, 'e' .. per)
    local n, e = tonumber(got[1] or '0'), tonumber(got[2] or '0')
    if now >= e then n, e = 0, now + tonumber(per) end
    if n >= count then passed = 0 end
    windows[#windows + 1] = {key = key, per = per, n = n, e = e}
    at = at + 2
  end
  at = at + 1
end

local out, last = {passed, now}, {}
for _, w in ipairs(windows) do
  if passed == 1 then
    w.n = w.n + 1
    redis.call('HSET', w.key, 'n' .. w.per, string.format('%d', w.n), 'e' .. w.per, string.format('%d', w.e))
    last[w.key] = math.max(last[w.key] or 0, w.e)
  end
  out[#out + 1], out[#out + 2] = w.n, w.e
end
for key, e in pairs(last) do redis.call('PEXPIRE', key, string.format('%d', e - now)) end
return out
