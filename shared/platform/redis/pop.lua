-- Takes messages by turns: each time one of the first group in line that may have one
-- taken. The group then goes to the end of the line.
--
-- KEYS: the line, what is known of groups, the messages, the groups by their size, the
-- owners by theirs.
-- ARGV: how many messages to take at most; how many of a group that is not listed; how many
-- groups are listed, each with how many of it; then the owners to pass over.
-- Answers how many messages are left if it took as many as it might and might go on,
-- otherwise 0; then group, owner and body of each message that it took.
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

local may, fullOwner = {}, {}
local most, standard, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 1, count do
  may[ARGV[2 + 2 * i]] = tonumber(ARGV[3 + 2 * i])
end
for i = 4 + 2 * count, #ARGV do
  fullOwner[ARGV[i]] = true
end
local anyOwner = next(fullOwner) ~= nil

-- first answers the first group that may have a message taken.
local function first()
  local from = 0
  while true do
    local page = call('ZRANGE', line, from, from + 99)
    for _, group in ipairs(page) do
      if (may[group] or standard) > 0 and not (anyOwner and fullOwner[ownerOf(group)]) then
        return group
      end
    end
    if #page < 100 then
      return nil
    end
    from = from + 100
  end
end

local answers, group = {0}, first()
for i = 1, most do
  if not group then
    return answers
  end
  may[group] = (may[group] or standard) - 1
  for _, part in ipairs(take(group)) do
    answers[#answers + 1] = part
  end
  group = first()
end
if group then
  answers[1] = call('HLEN', messages) / 2 -- each is there with its number, and as known
end
return answers
