-- Ends a run, if no message waits. Otherwise another run takes its place, or itself, if
-- no other is named.
--
-- KEYS: the line, the runs by when their notes end.
-- ARGV: the run; the other run or ''; for how many milliseconds its note holds.
-- Answers 1 if messages wait, otherwise 0.
local line, runs = unpack(KEYS)
local run, other, kept = ARGV[1], ARGV[2], tonumber(ARGV[3])

if call('EXISTS', line) == 0 then
  call('ZREM', runs, run)
  return 0
end
if other == '' then
  other = run
else
  call('ZREM', runs, run)
end
call('ZADD', runs, now() + kept, other)
return 1
