-- leave of window.go. KEYS[1] is the hash of window.lua, KEYS[2] a mark of this loan: a
-- cluster client repeats a call whose reply was lost, and a take comes back once. ARGV:
-- length and end of each window the take was counted in; one that is over, or was lost and
-- begun anew, stays as it is.
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', 60) then return 0 end
for i = 1, #ARGV, 2 do
  local got = redis.call('HMGET', KEYS[1], 'n' .. ARGV[i], 'e' .. ARGV[i])
  if got[1] and got[2] == ARGV[i + 1] and tonumber(got[1]) > 0 then
    redis.call('HINCRBY', KEYS[1], 'n' .. ARGV[i], -1)
  end
end
return 1
