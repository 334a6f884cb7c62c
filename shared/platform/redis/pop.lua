-- Takes a message of the first group in line that is not passed over. The group
-- then goes to the end of the line.
--
-- KEYS: the line, what is known of groups, the messages, the groups by their size, the
-- owners by theirs.
-- ARGV: how many groups to pass over, these groups, then the owners to pass over.
-- Answers the group, its owner and the body, or nothing.
local call = redis.call
local line, groups, messages, sizes, owners = unpack(KEYS)

local function ownerOf(group)
  return call('HGET', groups, 'owner ' .. group) or group
end

local function change(set, name, bytes)
  local left = tonumber(call('ZSCORE', set, name) or 0) + bytes
  if left > 0 then
    call('ZADD', set, left, name)
  else
    call('ZREM', set, name)
  end
end

local function take(group)
  local owner = ownerOf(group)
  local number = call('HINCRBY', groups, 'first ' .. group, 1)
  local field = number .. ' ' .. group
  local body = call('HGET', messages, field) or ''
  local cost = #group + 2 * #body + 150
  call('HDEL', messages, field, 'known ' .. body)
  call('HINCRBY', groups, 'bytes', -cost)
  change(owners, owner, -cost)
  if tonumber(call('HGET', groups, 'last ' .. group)) > number then
    change(sizes, group, -cost)
    call('ZADD', line, call('HINCRBY', groups, 'turn', 1), group)
    return {group, owner, body}
  end
  call('HDEL', groups, 'first ' .. group, 'last ' .. group, 'owner ' .. group)
  call('ZREM', line, group)
  call('ZREM', sizes, group)
  if call('ZCARD', line) == 0 then
    call('DEL', groups, sizes, owners)
  end
  return {group, owner, body}
end

local fullGroup, fullOwner = {}, {}
local count = tonumber(ARGV[1])
for i = 2, #ARGV do
  if i <= count + 1 then
    fullGroup[ARGV[i]] = true
  else
    fullOwner[ARGV[i]] = true
  end
end
local anyOwner = #ARGV > count + 1
local from = 0
while true do
  local page = call('ZRANGE', line, from, from + 99)
  for _, group in ipairs(page) do
    if not fullGroup[group] and not (anyOwner and fullOwner[ownerOf(group)]) then
      return take(group)
    end
  end
  if #page < 100 then
    return false
  end
  from = from + 100
end
