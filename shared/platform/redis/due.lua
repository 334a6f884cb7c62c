-- Lists the due members of a shard, the earliest first, with their times.
--
-- KEYS: the lists of the shard: all members, expiries, due times.
-- ARGV: the time; until when; at most how many; how many expired members to drop.
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[4])
if #gone > 0 then
  for list = 1, 3 do
    redis.call('ZREM', KEYS[list], unpack(gone))
  end
end
return redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[2], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
