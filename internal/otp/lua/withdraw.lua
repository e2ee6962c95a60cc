-- withdraw of issue.go. ARGV: purpose, slot. Returns how many codes are gone.
local function others(c) return c.o ~= ARGV[2] end
local n = #S.s + #S.l
S.s, S.l = keep(S.s, others), keep(S.l, others)
n = n - #S.s - #S.l
if n > 0 then
  dirty = true
  save()
end
return n
