-- withdraw of issue.go. ARGV: purpose, slot. Returns how many codes are gone.
local n = #S.s + #S.l
drop(S.s, 'o', ARGV[2])
drop(S.l, 'o', ARGV[2])
n = n - #S.s - #S.l
if n > 0 then
  dirty = true
  save()
end
return n
