-- issue of issue.go, step by step. Returns the form, or nothing, and when the code is over.
-- ARGV: purpose, nonce, slot, selector and proof of the short code, selector and proof of
-- the long code, 1 if a long code is wanted, history (see unite).
local nonce, slot = ARGV[2], ARGV[3]

unite(9)
dirty = true

-- begin returns when a short code drawn now is over. The first one starts the hour of
-- its verification, and none outlives it.
local function begin()
  local expires = now + code_life
  if shared then return expires end
  local v = find(nonce)
  if not v then
    v = {n = nonce}
    S.v[#S.v + 1] = v
  end
  if not v.i then
    v.i, v.e = true, now + R.verification_life
  end
  return math.min(expires, v.e)
end

-- A mail that is being tried again keeps its place; if it is to carry a long code by now, a
-- short one stays as well.
local function reissue()
  for i = 1, #S.s do
    local c = S.s[i]
    if ARGV[8] ~= '1' and c.o == slot and c.n == holder then
      c.p, c.q, c.e = ARGV[4], ARGV[5], begin()
      return 'short', c.e
    end
  end
  for i = 1, #S.l do
    local c = S.l[i]
    if c.o == slot then
      c.p, c.q, c.e = ARGV[6], ARGV[7], now + R.long_life
      return 'long', c.e
    end
  end
end

-- needs_long tells whether a short code would be useless, or one more too good a target.
local function needs_long()
  if ARGV[8] == '1' or #S.m >= R.long_from_mail - 1 or #S.f >= R.long_from_failures or S.c >= R.streak_max then
    return true
  end
  local own, others, seen = 0, 0, {}
  for i = 1, #S.s do
    local n = S.s[i].n
    if n == holder then
      own = own + 1
    elseif not seen[n] then
      seen[n] = true
      others = others + 1
    end
  end
  if own >= R.short_max or others >= R.holders_max then return true end
  local v = not shared and find(nonce)
  return v and over(v) ~= nil
end

local function mailed()
  S.m[#S.m + 1] = now
  while #S.m > R.long_from_mail - 1 do table.remove(S.m, 1) end
end

local form, expires = reissue()
if not form and needs_long() then
  if #S.l >= R.long_max then
    form, expires = '', 0
  else
    form, expires = 'long', now + R.long_life
    S.l[#S.l + 1] = {o = slot, p = ARGV[6], q = ARGV[7], e = expires}
    mailed()
  end
elseif not form then
  form, expires = 'short', begin()
  S.s[#S.s + 1] = {o = slot, n = holder, p = ARGV[4], q = ARGV[5], e = expires}
  mailed()
end

save()
return {form, expires}
