package local

import (
	"context"
	"database/sql"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// The walk over all rows for expired ones is slow on purpose: it costs next to
// nothing and needs no index, and readers filter what it has not met yet.
const (
	forgetEvery = time.Second
	forgetPage  = 2000
)

// forgetExpired deletes expired items until ctx ends. Errors are left to the
// next round: what keeps it from reading or writing shows elsewhere.
func (s *Store) forgetExpired(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	var after int64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			after, _ = s.forgetPage(ctx, after)
		}
	}
}

// forgetPage deletes the expired items of one page of row ids beyond the given
// one, and answers where the next page begins: 0 after the last.
func (s *Store) forgetPage(ctx context.Context, after int64) (int64, error) {
	var last sql.NullInt64
	if err := s.stmts.last.QueryRowContext(ctx).Scan(&last); err != nil {
		return after, err
	}
	rows, err := s.stmts.expired.QueryContext(ctx, after, after+forgetPage, s.now().Unix())
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
