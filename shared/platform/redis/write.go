package redis

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/shipbell/shipbell/shared/platform"
)

// What the script answers for a write, if not that there is a conflict.
const (
	done      = 1
	skipped   = -1
	ambiguous = 2 // a conflict, though an earlier try may have been done
)

// Write implements platform.KV. What one script may touch is one script, and all
// scripts are one round trip, but that what guards others goes first: then those
// that are not in its script are a second.
func (s *Store) Write(ctx context.Context, writes ...platform.Write) []error {
	errs := make([]error, len(writes))
	groups := s.group(writes)
	if len(groups) > 1 && slices.ContainsFunc(writes, func(w platform.Write) bool { return w.Guarded }) {
		s.run(ctx, writes, groups[:1], errs)
		groups = groups[1:]
		if errs[0] != nil {
			for i := range groups {
				groups[i] = slices.DeleteFunc(groups[i], func(n int) bool {
					if writes[n].Guarded {
						errs[n] = platform.ErrSkipped
					}
					return writes[n].Guarded
				})
			}
			groups = slices.DeleteFunc(groups, func(group []int) bool { return len(group) == 0 })
		}
	}
	if len(groups) > 0 {
		s.run(ctx, writes, groups, errs)
	}
	return errs
}

// group puts the numbers of writes together that one script may do, in order.
func (s *Store) group(writes []platform.Write) [][]int {
	var groups [][]int
	place := map[int]int{}
	for i := range writes {
		slot := 0
		if s.oneSlot {
			slot = shardOf(writes[i].Item.Partition)
		}
		at, known := place[slot]
		if !known {
			at = len(groups)
			place[slot] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

// run does groups of writes, each by a script, and notes what came of each.
func (s *Store) run(ctx context.Context, writes []platform.Write, groups [][]int, errs []error) {
	calls := make([]*call, len(groups))
	for i, group := range groups {
		calls[i] = s.call(writes, group)
	}
	err := s.client.do(ctx, calls...)
	for i, group := range groups {
		codes, failed := calls[i].Int64Slice()
		if err != nil && failed != nil {
			failed = err
		}
		if failed == nil && len(codes) != len(group) {
			failed = errMissing
		}
		for j, n := range group {
			at, err := writes[n].Item.Key, failed
			if err == nil {
				err = outcome(codes[0], codes[j], calls[i].lost)
			}
			if err != nil && err != platform.ErrConflict && err != platform.ErrSkipped {
				err = fmt.Errorf("write %s %s: %w", at.Partition, at.Sort, err)
			}
			errs[n] = err
		}
	}
}

var errMissing = errors.New("redis: an answer is missing")

// outcome is what came of a write, and first that of the first one of its script.
// lost is the error of a try before, if there was one: it may have been done.
func outcome(first, code int64, lost error) error {
	switch {
	case code == done:
		return nil
	case lost != nil && (code == ambiguous || code == skipped && first == ambiguous):
		return lost
	case code == skipped:
		return platform.ErrSkipped
	}
	return platform.ErrConflict
}

// call is the script that does a group of writes.
func (s *Store) call(writes []platform.Write, group []int) *call {
	var lists, items []string
	place := map[int]int{} // of a shard's lists among the keys, from 1
	args := make([]any, 3, 3+9*len(group))
	for _, n := range group {
		w := &writes[n]
		shard, name := shardOf(w.Item.Partition), member(w.Item.Key)
		if place[shard] == 0 {
			place[shard] = len(lists) + 1
			lists = append(lists, listKeys(shard)...)
		}
		items = append(items, itemKey(shard, name))
		condition, what, guard := w.If, "put", ""
		if w.Delete {
			what = "delete"
			if condition == platform.Absent {
				condition = platform.Always // it names no version
			}
		}
		if w.Guarded && n > 0 && group[0] == 0 {
			guard = "guarded"
		}
		expiry := int64(0)
		if !w.Item.Expires.IsZero() {
			expiry = max(1, w.Item.Expires.Unix())
		}
		due := int64(0)
		if !w.Item.Due.IsZero() {
			due = max(1, w.Item.Due.UnixMilli())
		}
		args = append(args, place[shard], name, int64(condition), what, guard, expiry, due, newToken(), w.Item.Value)
	}
	// At least twice as many as may be added, so that what has expired cannot pile up.
	args[0], args[1], args[2] = s.now().Unix(), len(place), 2*len(group)
	return s.write.run(append(lists, items...), args)
}

// newToken tells one write from another. It stays with the item, so that a write
// that is sent again finds that it was done.
func newToken() string {
	token := make([]byte, 8)
	rand.Read(token) // never fails
	return hex.EncodeToString(token)
}
