-- Tells what waits in a line.
--
-- KEYS: the line, what is known of groups, the messages.
-- ARGV: of how many groups the oldest message is looked at, the first in line.
-- Answers how many messages wait, and for how many milliseconds the oldest has.
local line, groups, messages = unpack(KEYS)
local time = now()

local oldest = time
for _, group in ipairs(call('ZRANGE', line, 0, ARGV[1] - 1)) do
  local number = tonumber(call('HGET', groups, 'first ' .. group) or 0) + 1
  local body = call('HGET', messages, number .. ' ' .. group)
  local since = body and tonumber(call('HGET', messages, 'known ' .. body) or nil)
  if since then -- an older version did not note it
    oldest = math.min(oldest, since)
  end
end
return {call('HLEN', messages) / 2, time - oldest} -- each is there with its number, and as known
