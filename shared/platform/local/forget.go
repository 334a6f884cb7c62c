package local

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// The walk over all rows for expired ones is slow on purpose: it costs next to
// nothing and needs no index, and readers filter what it has not met yet.
const (
	forgetEvery = time.Second
	forgetPage  = 2000
	// forgetSpeed bounds what a clock that is ahead can delete: the time by which items
	// are deleted goes at most this many times as fast as time does. After a month
	// without a running process it is right again in half a day.
	forgetSpeed = 60
	// storeMarkEvery is how often that time is stored, in rounds.
	storeMarkEvery = 60
)

// markKey is where the time by which items are deleted is stored, in Unix seconds.
func markKey() platform.Key { return platform.Key{Partition: "forget", Sort: "mark"} }

// forgetExpired deletes expired items until ctx ends. Errors are left to the
// next round: what keeps it from reading or writing shows elsewhere.
func (s *Store) forgetExpired(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	var after int64
	var mark time.Time
	for round := 0; ; round++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if mark.IsZero() {
			mark = s.readMark(ctx)
			continue
		}
		if mark = mark.Add(forgetSpeed * forgetEvery); mark.After(s.now()) {
			mark = s.now()
		}
		after, _ = s.forgetPage(ctx, after, mark)
		if round%storeMarkEvery == 0 {
			value := strconv.AppendInt(nil, mark.Unix(), 10)
			s.Write(ctx, platform.Write{Item: platform.Item{Key: markKey(), Value: value}, If: platform.Always})
		}
	}
}

// readMark reads the time by which items are deleted: now in a store that has none, or
// the zero time if it cannot be read.
func (s *Store) readMark(ctx context.Context) time.Time {
	items, err := s.Get(ctx, markKey())
	if err != nil {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(string(items[0].Value), 10, 64)
	if err != nil {
		return s.now()
	}
	return time.Unix(seconds, 0)
}

// forgetPage deletes the items of one page of row ids beyond the given one that had
// expired at a time, and answers where the next page begins: 0 after the last.
func (s *Store) forgetPage(ctx context.Context, after int64, at time.Time) (int64, error) {
	var last sql.NullInt64
	if err := s.stmts.last.QueryRowContext(ctx).Scan(&last); err != nil {
		return after, err
	}
	rows, err := s.stmts.expired.QueryContext(ctx, after, after+forgetPage, at.Unix())
	if err != nil {
		return after, err
	}
	defer rows.Close()
	var writes []platform.Write
	for rows.Next() {
		w := platform.Write{Delete: true}
		var version int64
		if err := rows.Scan(&w.Item.Partition, &w.Item.Sort, &version); err != nil {
			return after, err
		}
		w.If = platform.AtVersion(version)
		writes = append(writes, w)
	}
	if err := rows.Err(); err != nil {
		return after, err
	}
	if len(writes) > 0 {
		if err := platform.First(s.Write(ctx, writes...)); err != nil {
			return after, err
		}
	}
	if after+forgetPage >= last.Int64 {
		return 0, nil
	}
	return after + forgetPage, nil
}
