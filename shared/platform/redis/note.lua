-- Stands before the scripts that note runs of a function. The runs are a sorted set by when
-- their notes end.
redis.replicate_commands() -- what is written below depends on the time
local call = redis.call

local function now()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- note notes a run that is to be invoked, if messages wait and there are no more than some
-- other runs, and answers 1 if it is noted.
local function note(line, runs, run, kept, others)
  call('ZREMRANGEBYSCORE', runs, '-inf', now())
  if call('ZSCORE', runs, run) then
    return 1 -- by a try whose answer was lost
  end
  if call('EXISTS', line) == 0 or call('ZCARD', runs) > others then
    return 0
  end
  call('ZADD', runs, now() + kept, run)
  return 1
end

