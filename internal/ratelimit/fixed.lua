-- Fixed windows. KEYS are counters. ARGV: 1 to count a take, then for each counter the
-- number of the take it belongs to, count and window of its rate. Counters of a take are
-- all counted; those behind a take that is over are not. Returns count and remaining
-- milliseconds of each counter looked at.
local charge = ARGV[1] == '1'
local reply, over = {}, nil
for i = 1, #KEYS do
  local take, limit, window = ARGV[3 * i - 1], tonumber(ARGV[3 * i]), ARGV[3 * i + 1]
  if over and over ~= take then break end
  local count, left
  if charge then
    count = redis.call('INCR', KEYS[i])
    left = redis.call('PTTL', KEYS[i])
    if left < 0 then
      redis.call('PEXPIRE', KEYS[i], window)
      left = tonumber(window)
    end
  else
    count = tonumber(redis.call('GET', KEYS[i]) or 0)
    left = count > 0 and redis.call('PTTL', KEYS[i]) or 0
  end
  reply[#reply + 1] = count
  reply[#reply + 1] = left
  if count > limit or not charge and count >= limit then over = take end
end
return reply
