-- withdraw of exact.go. KEYS are lists of exact.lua, ARGV[1] the receipt.
for _, key in ipairs(KEYS) do
  for _, take in ipairs(redis.call('LRANGE', key, 0, -1)) do
    if string.match(take, '%-(%x+)$') == ARGV[1] then redis.call('LREM', key, 1, take) end
  end
end
return 1
