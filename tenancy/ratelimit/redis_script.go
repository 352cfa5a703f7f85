package ratelimit

import "github.com/redis/go-redis/v9"

// operation is what the script does to a bucket.
type operation string

const (
	take  operation = "take"  // a token, that comes within N microseconds
	drain operation = "drain" // N tokens, and no more than are there
	put   operation = "put"   // a token back
)

// script is the arithmetic of bucket.go, in Redis: one round trip, and atomic. The clock is Redis's, so the replicas'
// clocks may differ; bucket.at's bounds heal a clock that was set back, as when another server takes over. The numbers
// are whole microseconds, which a double holds exactly. A key ends when its bucket is full.
var script = redis.NewScript(`
local operation, interval, span, longest, n = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = tonumber(redis.call('GET', KEYS[1]) or now)
full = math.min(math.max(full, now), now + span + longest)
local granted, wait = 1, 0
if operation == 'take' then
	wait = math.max(0, full + interval - now - span)
	if wait <= n then full = full + interval else granted = 0 end
elseif operation == 'drain' then
	full = full + math.min(n, math.max(0, math.floor((now + span - full) / interval))) * interval
else
	full = math.max(full - interval, now)
end
if full > now then
	if granted == 1 then redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000)) end
else
	redis.call('DEL', KEYS[1])
end
return {granted, wait, math.max(0, math.floor((now + span - full) / interval)), full - now}
`)
