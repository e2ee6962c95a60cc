-- The state of one address and purpose, as state.go describes it. Put in front of every
-- script; R and a name is one of the numbers of rules.go. KEYS[1] is the state, ARGV[1] the
-- purpose. A script about one verification has its nonce in ARGV[2], and in KEYS[2] what is
-- kept of it while no short code was mailed for it (see apart of state.go).
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local shared, code_life, failures_max = R.web_shared, R.web_code_life, R.web_failures_max
if ARGV[1] == 'phone' then
  shared, code_life, failures_max = R.phone_shared, R.phone_code_life, R.phone_failures_max
end

local raw = redis.call('GET', KEYS[1])
local S = raw and cjson.decode(raw) or {}
local lists = {'f', 'm', 'v', 's', 'l', 'r'}
local dirty = false -- purging alone is not worth a write: the next reader purges again

-- over_at is when an element of a list is over.
local function over_at(list, x)
  if list == 'f' then return x.t + R.budget_span end
  if list == 'm' then return x + R.mail_span end
  if list == 'v' then return x.e + R.verification_grace end
  return x.e
end

for i = 1, #lists do
  local name = lists[i]
  local list = S[name] or {}
  for k = #list, 1, -1 do
    local x = list[k]
    if now >= over_at(name, x) or name == 'v' and not x.i then table.remove(list, k) end
  end
  S[name] = list
end
local apart = KEYS[2] and redis.call('GET', KEYS[2])
if apart then
  local v = cjson.decode(apart)
  v.n = ARGV[2]
  if now < over_at('v', v) then S.v[#S.v + 1] = v end
end
S.c = S.c or 0
S.d = S.d or 0
if now - S.d >= R.streak_life then S.c, S.d = 0, 0 end

-- drop takes out of a list the elements whose field has that value.
local function drop(list, field, value)
  for i = #list, 1, -1 do
    if list[i][field] == value then table.remove(list, i) end
  end
end

-- holder is whom a short code of the verification belongs to; nil is the address.
local holder = not shared and ARGV[2] or nil

local function find(nonce)
  for i = 1, #S.v do
    if S.v[i].n == nonce then return S.v[i] end
  end
end

-- over says why a verification takes no more guesses.
local function over(v)
  if now >= v.e then return 'expired' end
  if v.u then return 'consumed' end
  if (v.t or 0) >= R.tries_max then return 'spent' end
end

-- failed tells whether an attempt is among the failures.
local function failed(attempt)
  for i = 1, #S.f do
    if S.f[i].a == attempt then return true end
  end
  return false
end

-- log adds a failure in order of time, unless it is known, and keeps the newest.
local function log(attempt, at)
  if failed(attempt) then return end
  local i = #S.f
  while i > 0 and S.f[i].t > at do i = i - 1 end
  table.insert(S.f, i + 1, {a = attempt, t = at})
  if #S.f > R.failures_kept then table.remove(S.f, 1) end
  dirty = true
end

-- unite adds what the audit table remembers: from ARGV[first] on the failures in a row,
-- then pairs of attempt and time.
local function unite(first)
  for i = first + 1, #ARGV, 2 do
    local at = tonumber(ARGV[i + 1])
    if now - at < R.budget_span then log(ARGV[i], at) end
  end
  local streak = tonumber(ARGV[first])
  if streak > S.c then
    S.c, S.d, dirty = streak, now, true
  end
end

-- split writes the verification that is kept apart, and leaves the others in the state.
local function split()
  for i = #S.v, 1, -1 do
    local v = S.v[i]
    if not v.i then
      table.remove(S.v, i)
      v.n = nil
      redis.call('SET', KEYS[2], cjson.encode(v), 'PX', over_at('v', v) - now)
      return
    end
  end
  if apart then redis.call('DEL', KEYS[2]) end
end

-- save writes the state with the life of what is over last. Empty lists and zeros are
-- left out, because an empty Lua table would be read back as an object.
local function save()
  if not dirty then return end
  split()
  local last = 0
  for i = 1, #lists do
    local name = lists[i]
    local list = S[name]
    if #list == 0 then S[name] = nil end
    for k = 1, #list do last = math.max(last, over_at(name, list[k])) end
  end
  if S.c > 0 then
    last = math.max(last, S.d + R.streak_life)
  else
    S.c, S.d = nil, nil
  end
  if last > now then
    redis.call('SET', KEYS[1], cjson.encode(S), 'PX', last - now)
  else
    redis.call('DEL', KEYS[1])
  end
end
