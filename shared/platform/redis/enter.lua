-- Notes a run of the function: that it is to be invoked, or that it still takes messages.
--
-- KEYS: the line, the runs by when their notes end.
-- ARGV: the run; for how many milliseconds the note holds; how many other runs there may
-- be, if it is to be invoked, and '' if it is there.
-- Answers 1 if it is noted, 0 if no message waits or there are other runs enough.
local run, kept, others = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if others then
  return note(KEYS[1], KEYS[2], run, kept, others)
end
call('ZADD', KEYS[2], now() + kept, run)
return 1
