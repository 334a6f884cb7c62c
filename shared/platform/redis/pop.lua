-- Takes a message of the first group in line that is not passed over. The group
-- then goes to the end of the line.
--
-- KEYS: the line, what is known of groups, the messages.
-- ARGV: the groups to pass over.
-- Answers the group and the body, or nothing.
local call = redis.call
local line, groups, messages = KEYS[1], KEYS[2], KEYS[3]

local function take(group)
  local number = call('HINCRBY', groups, 'first ' .. group, 1)
  local field = number .. ' ' .. group
  local body = call('HGET', messages, field) or ''
  local cost = #group + #body + 100
  call('HDEL', messages, field)
  call('HINCRBY', groups, 'bytes', -cost)
  if tonumber(call('HGET', groups, 'last ' .. group)) > number then
    call('HINCRBY', groups, 'size ' .. group, -cost)
    call('ZADD', line, call('HINCRBY', groups, 'turn', 1), group)
    return {group, body}
  end
  call('HDEL', groups, 'first ' .. group, 'last ' .. group, 'size ' .. group)
  call('ZREM', line, group)
  if call('ZCARD', line) == 0 then
    call('DEL', groups)
  end
  return {group, body}
end

local full = {}
for _, group in ipairs(ARGV) do
  full[group] = true
end
local from = 0
while true do
  local page = call('ZRANGE', line, from, from + 99)
  for _, group in ipairs(page) do
    if not full[group] then
      return take(group)
    end
  end
  if #page < 100 then
    return false
  end
  from = from + 100
end
