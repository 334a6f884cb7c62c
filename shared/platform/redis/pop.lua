-- Takes a message of each of the first groups in line that are not passed over. These
-- groups then go to the end of the line.
--
-- KEYS: the line, what is known of groups, the messages, the groups by their size, the
-- owners by theirs.
-- ARGV: how many messages to take at most; how many groups to pass over, these groups,
-- then the owners to pass over.
-- Answers how many messages are left if it took as many as it might, or might take none
-- and there is such a group, otherwise 0; then group, owner and body of each message that
-- it took.
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
local most, count = tonumber(ARGV[1]), tonumber(ARGV[2])
for i = 3, #ARGV do
  if i <= count + 2 then
    fullGroup[ARGV[i]] = true
  else
    fullOwner[ARGV[i]] = true
  end
end
local anyOwner = #ARGV > count + 2

-- first answers the first groups that are not passed over, at least one if there is one.
local function first()
  local found, from = {}, 0
  while true do
    local page = call('ZRANGE', line, from, from + 99)
    for _, group in ipairs(page) do
      if not fullGroup[group] and not (anyOwner and fullOwner[ownerOf(group)]) then
        found[#found + 1] = group
        if #found >= most then
          return found
        end
      end
    end
    if #page < 100 then
      return found
    end
    from = from + 100
  end
end

local found, answers = first(), {0}
for i = 1, math.min(most, #found) do
  for _, part in ipairs(take(found[i])) do
    answers[#answers + 1] = part
  end
end
if #found > 0 and #found >= most then
  answers[1] = call('HLEN', messages) / 2 -- each is there with its number, and as known
end
return answers
