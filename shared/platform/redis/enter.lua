-- Notes a run of the function: that it was invoked, or that it still takes messages.
--
-- KEYS: the line, the runs by when their note ends.
-- ARGV: the run; for how many milliseconds the note holds; how many other runs there may
-- be, if it is to be invoked, and '' if it is there.
-- Answers 1 if it is noted, 0 if no message waits or there are other runs enough.
redis.replicate_commands() -- what is written below depends on the time
local call = redis.call
local line, runs = unpack(KEYS)
local run, kept, others = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

call('ZREMRANGEBYSCORE', runs, '-inf', now)
if others then
  if call('ZSCORE', runs, run) then
    return 1 -- by a try whose answer was lost
  end
  if call('EXISTS', line) == 0 or call('ZCARD', runs) > others then
    return 0
  end
end
call('ZADD', runs, now + kept, run)
return 1
