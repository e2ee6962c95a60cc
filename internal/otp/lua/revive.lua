-- revive of decide.go. Returns 1 if the verification is usable again. ARGV: purpose, nonce.
local v = find(ARGV[2])
if not (v and v.u) then return 0 end
v.u = nil
v.t = math.max(0, (v.t or 0) - 1)
if v.t == 0 then v.t = nil end
dirty = true
save()
return 1
