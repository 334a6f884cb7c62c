-- Changes items: each one, if its condition holds, together with what is known
-- of it in the lists of its shard.
--
-- KEYS: of every shard its lists: all members, expiries, due times; then the items.
-- ARGV: the time; how many shards; how many expired members to drop of each; then
-- nine for each item: the place of its shard in KEYS, its member, the version that
-- must be there (0 none, -1 any, -2 one that cannot be read), put or delete, whether
-- the first item guards it, expiry, due time, token, value.
-- Answers for each item: 1 done, 0 another version is there, -1 skipped, and 2 as 0,
-- though it may be that an earlier try was done and somebody came after it.
local now, shards, drop = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local call = redis.call

-- Members are dropped only if they have expired by the server's clock too: a caller's may
-- be far ahead.
redis.replicate_commands() -- what is written below depends on the time
local expired = math.min(now, tonumber(call('TIME')[1]))
for at = 1, shards * 3, 3 do
  local gone = call('ZRANGEBYSCORE', KEYS[at + 1], '-inf', expired, 'LIMIT', 0, drop)
  if #gone > 0 then
    for list = at, at + 2 do
      call('ZREM', KEYS[list], unpack(gone))
    end
  end
end

local function write(key, at, member, condition, what, expiry, due, token, value)
  local head = redis.pcall('GETRANGE', key, 0, 79) -- an error for another type
  local stored, ends, was, last
  if type(head) == 'string' then
    stored, ends, was, last = string.match(head, '^(%d+) (%d+) (%d+) (%x+)\n')
  end
  if last == token then
    return 1 -- by a try whose answer was lost
  end
  local damaged = not stored or #stored > 15 or #ends > 15 or #was > 15
  if head == '' and call('EXISTS', key) == 0 then
    damaged = false
  end
  if damaged ~= (condition == -2) and condition ~= -1 then
    return 2
  end
  stored = tonumber(stored) or 0
  local version = stored
  if damaged then
    version = now - 1 -- the next is higher than any count of writes
  elseif stored > 0 and ends ~= '0' and tonumber(ends) <= now then
    version = 0
  end
  if condition >= 0 and version ~= condition then
    -- An earlier try would have made the next version, which others then changed.
    local never = head == '' or stored == condition or stored == condition + 1
    if stored == 0 then
      never = never or tonumber(was) == condition
    end
    return never and 0 or 2
  end
  local members, expiries, dues = KEYS[at], KEYS[at + 1], KEYS[at + 2]
  if what == 'delete' then
    if version > 0 then
      -- For a while this tells which version was deleted, and by which write.
      call('SET', key, string.format('0 0 %d %s\n', version, token), 'PX', 10000)
    end
    call('ZREM', members, member)
    call('ZREM', expiries, member)
    call('ZREM', dues, member)
    return 1
  end
  local item = string.format('%d %s %s %s\n', version + 1, expiry, due, token) .. value
  if expiry == '0' then
    call('SET', key, item)
    call('ZREM', expiries, member)
  else
    call('SET', key, item)
    call('PEXPIREAT', key, expiry .. '000')
    call('ZADD', expiries, expiry, member)
  end
  call('ZADD', members, 0, member)
  if due == '0' then
    call('ZREM', dues, member)
  else
    call('ZADD', dues, due, member)
  end
  return 1
end

local answers = {}
for i = 1, #KEYS - shards * 3 do
  local a = 3 + (i - 1) * 9
  if ARGV[a + 5] == 'guarded' and answers[1] ~= 1 then
    answers[i] = -1
  else
    answers[i] = write(KEYS[shards * 3 + i], tonumber(ARGV[a + 1]), ARGV[a + 2], tonumber(ARGV[a + 3]),
      ARGV[a + 4], ARGV[a + 6], ARGV[a + 7], ARGV[a + 8], ARGV[a + 9])
  end
end
return answers
