-- Puts messages at the end of their groups, and a group that had none at the end of
-- the line. A message that waits already is not put there again. When the line is full,
-- the newest message of the largest group of the largest owner makes way.
--
-- KEYS: the line, what is known of groups, the messages, the wake-up tokens, the groups
-- by their size, the owners by theirs, and perhaps the runs of a function.
-- ARGV: how many bytes may wait, and how many of one group; a run to note there if
-- there is none, and for how many milliseconds; then three for each message: its owner, its
-- group and its body.
-- Answers for each message 1 taken, 0 full; then 1 if the run is noted, otherwise 0; then
-- group and body of each message that made way.
local line, groups, messages, wake, sizes, owners, runs = unpack(KEYS)
local most, mostOfGroup = tonumber(ARGV[1]), tonumber(ARGV[2])
local all = tonumber(call('HGET', groups, 'bytes') or 0)

local answers, gone, taken = {}, {}, false

local function size(set, name)
  return tonumber(call('ZSCORE', set, name) or 0)
end

local function cost(group, body)
  return #group + 2 * #body + 150
end

local function ownerOf(group)
  return call('HGET', groups, 'owner ' .. group) or group
end

local function change(group, owner, bytes)
  call('ZADD', sizes, size(sizes, group) + bytes, group)
  call('ZADD', owners, size(owners, owner) + bytes, owner)
  all = all + bytes
end

local function giveWay(group)
  local number = tonumber(call('HGET', groups, 'last ' .. group))
  local field = number .. ' ' .. group
  local body = call('HGET', messages, field) or ''
  call('HDEL', messages, field, 'known ' .. body)
  change(group, ownerOf(group), -cost(group, body))
  if number - 1 > tonumber(call('HGET', groups, 'first ' .. group) or 0) then
    call('HSET', groups, 'last ' .. group, number - 1)
  else
    call('HDEL', groups, 'first ' .. group, 'last ' .. group, 'owner ' .. group)
    call('ZREM', line, group)
    call('ZREM', sizes, group)
  end
  gone[#gone + 1], gone[#gone + 2] = group, body
end

-- largestOf answers the largest group of an owner.
local function largestOf(owner)
  local last = -1
  while true do
    local page = call('ZRANGE', sizes, last - 99, last)
    for i = #page, 1, -1 do
      if ownerOf(page[i]) == owner then
        return page[i]
      end
    end
    if #page < 100 then
      return false
    end
    last = last - 100
  end
end

local function fit(group, owner, bytes)
  if size(sizes, group) + bytes > mostOfGroup then
    return false
  end
  while all + bytes > most do
    local largest = call('ZRANGE', owners, -1, -1)[1]
    if not largest or size(owners, largest) < size(owners, owner) + bytes then
      largest = owner
    end
    local from = largestOf(largest)
    if not from or from == group or largest == owner and size(sizes, from) < size(sizes, group) + bytes then
      return false
    end
    giveWay(from)
  end
  return true
end

for i = 5, #ARGV, 3 do
  local owner, group, body = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local n, bytes = (i - 2) / 3, cost(group, body)
  if call('HGET', messages, 'known ' .. body) then
    answers[n] = 1
  elseif fit(group, owner, bytes) then
    local number = call('HINCRBY', groups, 'last ' .. group, 1)
    call('HSET', groups, 'owner ' .. group, owner)
    call('HSET', messages, number .. ' ' .. group, body)
    call('HSET', messages, 'known ' .. body, now())
    change(group, owner, bytes)
    if not call('ZSCORE', line, group) then
      call('ZADD', line, call('HINCRBY', groups, 'turn', 1), group)
    end
    call('LPUSH', wake, '')
    answers[n], taken = 1, true
  else
    answers[n] = 0
  end
end
if taken then
  call('HSET', groups, 'bytes', all)
  call('LTRIM', wake, 0, 99)
end
answers[#answers + 1] = 0
if runs then
  answers[#answers] = note(line, runs, ARGV[3], tonumber(ARGV[4]), 0)
end
for i = 1, #gone do
  answers[#answers + 1] = gone[i]
end
return answers
