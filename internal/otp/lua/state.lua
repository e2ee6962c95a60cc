-- The state of one address and purpose, as state.go describes it. Put in front of every
-- script, behind R, the numbers of rules.go. KEYS[1] is the state, ARGV[1] the purpose. A
-- script about one verification has its nonce in ARGV[2], and in KEYS[2] what is kept of it
-- while no short code was mailed for it (see apart of state.go).
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local P = R[ARGV[1]]
local raw = redis.call('GET', KEYS[1])
local S = raw and cjson.decode(raw) or {}
local lists = {'f', 'm', 'v', 's', 'l', 'r'}
local dirty = false -- purging alone is not worth a write: the next reader purges again

-- keep copies what satisfies the condition.
local function keep(list, ok)
  local kept = {}
  if list then
    for i = 1, #list do
      if ok(list[i]) then kept[#kept + 1] = list[i] end
    end
  end
  return kept
end

local function alive(x) return now < x.e end

S.f = keep(S.f, function(f) return now - f.t < R.budget_span end)
S.m = keep(S.m, function(at) return now - at < R.mail_span end)
S.v = keep(S.v, function(v) return v.i and now < v.e + R.verification_grace end)
S.s = keep(S.s, alive)
S.l = keep(S.l, alive)
S.r = keep(S.r, alive)
local apart = KEYS[2] and redis.call('GET', KEYS[2])
if apart then
  local v = cjson.decode(apart)
  v.n = ARGV[2]
  if now < v.e + R.verification_grace then S.v[#S.v + 1] = v end
end
S.c = S.c or 0
S.d = S.d or 0
if now - S.d >= R.streak_life then S.c, S.d = 0, 0 end

-- holder is whom a short code belongs to; nil is the address.
local function holder(nonce)
  if P.shared then return nil end
  return nonce
end

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
  local own
  S.v = keep(S.v, function(v)
    if not v.i then own = v end
    return v.i
  end)
  if own then
    own.n = nil
    redis.call('SET', KEYS[2], cjson.encode(own), 'PX', own.e + R.verification_grace - now)
  elseif apart then
    redis.call('DEL', KEYS[2])
  end
end

-- save writes the state with the life of what is over last. Empty lists and zeros are
-- left out, because an empty Lua table would be read back as an object.
local function save()
  if not dirty then return end
  split()
  local last = 0
  local function upto(t) if t > last then last = t end end
  for i = 1, #S.f do upto(S.f[i].t + R.budget_span) end
  for i = 1, #S.m do upto(S.m[i] + R.mail_span) end
  for i = 1, #S.v do upto(S.v[i].e + R.verification_grace) end
  for i = 1, #S.s do upto(S.s[i].e) end
  for i = 1, #S.l do upto(S.l[i].e) end
  for i = 1, #S.r do upto(S.r[i].e) end
  if S.c > 0 then
    upto(S.d + R.streak_life)
  else
    S.c, S.d = nil, nil
  end
  for i = 1, #lists do
    if #S[lists[i]] == 0 then S[lists[i]] = nil end
  end
  if last > now then
    redis.call('SET', KEYS[1], cjson.encode(S), 'PX', last - now)
  else
    redis.call('DEL', KEYS[1])
  end
end
