-- withdraw of exact.go. KEYS[1] is the list of exact.lua, ARGV[1] the receipt.
for _, take in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if string.match(take, '%-(%x+)$') == ARGV[1] then redis.call('LREM', KEYS[1], 1, take) end
end
return 1
