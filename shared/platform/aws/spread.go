package aws

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/shipbell/shipbell/shared/platform"
)

// spread says over how many partitions of the table one partition of ours is
// laid. DynamoDB takes 1,000 write units a second for one partition, and each
// delivery is three in its registry's.
//
// It is a list of layouts. Each holds for the sort keys from its own on, and
// these are ULIDs, which begin with a time: so a new layout takes effect at a
// moment, what is there stays where it is, and a key alone tells where to look.
type spread []layout

type layout struct {
	from   string // the first sort key that it is about
	shards int
}

const maxShards = 64

// parseSpread reads layouts such as "1" or "1,8@2026-12-01T00:00:00Z": one
// partition, and eight for what is received from that moment on. "" is "1".
func parseSpread(text string) (spread, error) {
	if text == "" {
		text = "1"
	}
	var s spread
	for i, field := range strings.Split(text, ",") {
		count, moment, dated := strings.Cut(strings.TrimSpace(field), "@")
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || n > maxShards {
			return nil, fmt.Errorf("%q is not a number from 1 to %d", count, maxShards)
		}
		if dated != (i > 0) {
			return nil, fmt.Errorf("%q: the first number has no time, and every other has one: 1,8@2026-12-01T00:00:00Z", text)
		}
		l := layout{shards: n}
		if dated {
			at, err := time.Parse(time.RFC3339, moment)
			if err != nil || at.Year() < 2000 || at.Year() > 9999 {
				return nil, fmt.Errorf("%q is not a time such as 2026-12-01T00:00:00Z", moment)
			}
			if l.from = firstID(at); l.from <= s[i-1].from {
				return nil, fmt.Errorf("%q: the times must rise", text)
			}
		}
		s = append(s, l)
	}
	return s, nil
}

// firstID is the lowest of the ids that are made at a time or later.
func firstID(at time.Time) string {
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(at)) // fails beyond the year 10889
	return id.String()
}

// partition is the table's partition that holds a key.
func (s spread) partition(key platform.Key) string {
	if !key.Spread {
		return key.Partition
	}
	i := len(s) - 1
	for i > 0 && key.Sort < s[i].from {
		i--
	}
	return shard(key.Partition, int(platform.Hash(key.Sort)%uint32(s[i].shards)))
}

// partitions are the table's partitions that hold what a range is about.
func (s spread) partitions(r platform.Range) []string {
	n := 1
	if r.Spread {
		for i, l := range s {
			begins := r.To == "" || l.from < r.To
			ends := i+1 < len(s) && s[i+1].from <= r.From
			if begins && !ends {
				n = max(n, l.shards)
			}
		}
	}
	names := make([]string, n)
	for i := range names {
		names[i] = shard(r.Partition, i)
	}
	return names
}

// shard names one of the partitions; the first has the plain name.
func shard(partition string, i int) string {
	if i == 0 {
		return partition
	}
	return partition + "#" + strconv.Itoa(i)
}

// whole is the partition of ours that a partition of the table belongs to. Of
// partitions with due items, only a shard's name contains #.
func whole(partition string) string {
	name, _, _ := strings.Cut(partition, "#")
	return name
}
