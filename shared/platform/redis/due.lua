-- Lists the due members of a shard, the earliest first, with their times.
--
-- KEYS: the lists of the shard: all members, expiries, due times.
-- ARGV: the caller's time; from when; until when; at most how many; how many expired
-- members to drop. They are dropped only if they have expired by the server's clock too:
-- a caller's may be far ahead.
redis.replicate_commands() -- what is written below depends on the time
local now = math.min(tonumber(ARGV[1]), tonumber(redis.call('TIME')[1]))
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[5])
if #gone > 0 then
  for list = 1, 3 do
    redis.call('ZREM', KEYS[list], unpack(gone))
  end
end
return redis.call('ZRANGEBYSCORE', KEYS[3], ARGV[2], ARGV[3], 'WITHSCORES', 'LIMIT', 0, ARGV[4])
