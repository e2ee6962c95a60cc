#!lua flags=allow-oom
-- leave of window.go. KEYS[1] is a mark of this loan: a cluster client repeats a call whose
-- reply was lost, and a take comes back once. The others are the hashes of window.lua. ARGV:
-- for each hash how many windows the take was counted in, then length and end of each; one
-- that is over, or was lost and begun anew, stays as it is. A hash that counts nothing any
-- more goes, so that who was refused, or was right, leaves nothing behind. It works without
-- memory as well.
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', 60) then return 0 end
local call, at = redis.call, 1
for k = 2, #KEYS do
  local left = false
  for _ = 1, tonumber(ARGV[at]) do
    local n, e = 'n' .. ARGV[at + 1], 'e' .. ARGV[at + 1]
    local got = call('HMGET', KEYS[k], n, e)
    local takes = tonumber(got[1] or '0')
    if got[2] == ARGV[at + 2] and takes > 0 then takes = call('HINCRBY', KEYS[k], n, '-1') end
    left = left or takes > 0
    at = at + 2
  end
  if not left then call('DEL', KEYS[k]) end
  at = at + 1
end
return 1
