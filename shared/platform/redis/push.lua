-- Puts messages at the end of their groups, and a group that had none at the end of
-- the line.
--
-- KEYS: the line, what is known of groups, the messages, the wake-up tokens.
-- ARGV: how many bytes may wait, and how many of one group; then two for each
-- message: its group and its body.
-- Answers for each message: 1 taken, 0 full.
local call = redis.call
local line, groups, messages, wake = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local most, mostOfGroup = tonumber(ARGV[1]), tonumber(ARGV[2])
local all = tonumber(call('HGET', groups, 'bytes') or 0)

local answers, taken = {}, false
for i = 3, #ARGV, 2 do
  local group, body = ARGV[i], ARGV[i + 1]
  local size = tonumber(call('HGET', groups, 'size ' .. group) or 0)
  local cost = #group + #body + 100
  local n = (i - 1) / 2
  answers[n] = 0
  if all + cost <= most and size + cost <= mostOfGroup then
    local number = call('HINCRBY', groups, 'last ' .. group, 1)
    call('HSET', messages, number .. ' ' .. group, body)
    call('HSET', groups, 'size ' .. group, size + cost)
    if not call('ZSCORE', line, group) then
      call('ZADD', line, call('HINCRBY', groups, 'turn', 1), group)
    end
    call('LPUSH', wake, '')
    all = all + cost
    answers[n], taken = 1, true
  end
end
if taken then
  call('HSET', groups, 'bytes', all)
  call('LTRIM', wake, 0, 99)
end
return answers
