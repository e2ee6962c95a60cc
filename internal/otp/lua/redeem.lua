-- decide of decide.go, step by step. Returns reason, tries left, proof.
-- ARGV: purpose, nonce, attempt, form (barred: a short code that is not compared), selectors
-- (one for each key a code may have been mailed under, separated by spaces), history (see
-- unite).
local nonce, attempt, form = ARGV[2], ARGV[3], ARGV[4]
local guessed = {}
for selector in string.gmatch(ARGV[5], '%S+') do guessed[selector] = true end

-- 1. The same call again: its reply was lost.
for i = 1, #S.r do
  local r = S.r[i]
  if r.a == attempt then return {r.k, r.n or 0, r.q or ''} end
end

-- 2. Both memories count, whichever knows more. A failure that either knows was judged
-- long ago: it is not judged again.
unite(6)
local v = find(nonce)
if failed(attempt) then
  save()
  local left = 0
  if v and not over(v) then left = R.tries_max - (v.t or 0) end
  return {'wrong', left, ''}
end

-- 3. A verification that is over costs nothing more and compares nothing.
if v then
  local why = over(v)
  if why then
    save()
    return {why, 0, ''}
  end
else
  v = {n = nonce, e = now + R.verification_life}
  S.v[#S.v + 1] = v
end

-- 4. Charge.
v.t = (v.t or 0) + 1
local left = R.tries_max - v.t
dirty = true

-- The mailbox is proven: the verification ends with all its codes, the row of failures
-- ends, the log of 30 days stays.
local function consume()
  drop(S.s, 'n', holder)
  v.u = true
  S.c, S.d = 0, 0
end

-- 5. Compare with every live code of the verification, charged once.
local function short()
  local found, any
  for i = 1, #S.s do
    local c = S.s[i]
    if c.n == holder then
      any = true
      if guessed[c.p] then found = c end
    end
  end
  if not any then return 'no_code', '' end
  if #S.f >= failures_max then return 'budget', '' end
  if S.c >= R.streak_max then return 'streak', '' end
  if not found then
    log(attempt, now)
    S.c, S.d = S.c + 1, now
    return 'wrong', ''
  end
  consume()
  return 'accepted', found.q
end

-- 6. Compare with the address's long codes; a failure costs no budget.
local function long()
  local found
  for i = 1, #S.l do
    if guessed[S.l[i].p] then found = i end
  end
  if not found then return 'wrong_long', '' end
  local proof = table.remove(S.l, found).q
  consume()
  return 'accepted', proof
end

local reason, proof
if form == 'long' then
  reason, proof = long()
elseif form == 'barred' then
  reason, proof = 'barred', ''
else
  reason, proof = short()
end

-- Keep the ruling for a repeat; of too many the oldest refusal goes.
if #S.r >= R.verdicts_max then
  for i = 1, #S.r do
    if S.r[i].k ~= 'accepted' then
      table.remove(S.r, i)
      break
    end
  end
end
local r = {a = attempt, k = reason, e = now + R.verdict_life}
if left > 0 then r.n = left end
if proof ~= '' then r.q = proof end
S.r[#S.r + 1] = r

save()
return {reason, left, proof}
