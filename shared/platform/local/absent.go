package local

import (
	"context"
	"sync"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/shipbell/shipbell/shared/platform"
)

// The bounds of what is kept about absent keys.
const (
	// missesForFilter is how many reads of a partition find nothing before it gets a filter.
	missesForFilter = 64
	// maxCounted is the most partitions whose reads are counted. Beyond it all are counted anew.
	maxCounted = 4096
	// minFiltered and maxFiltered are for how many keys a filter is made, which is twice as
	// many as the partition has. A key takes 1.2 bytes.
	minFiltered, maxFiltered = 4096, 4 << 20
	// maxFilters is the most bytes of all filters. Beyond it they are made anew.
	maxFilters = 16 << 20
	// falsePositives is the share of absent keys that are looked for all the same.
	falsePositives = 0.01
	// maxWanted is how many partitions wait for a filter at most.
	maxWanted = 16
	// filterPage is how many keys are read at once.
	filterPage = 10_000
)

// absent knows of some partitions which keys they cannot hold, so that a read of one need
// not look. Such are partitions where most reads find nothing, as that of a registry's
// catalog, which is asked about each new tag. It holds only while all writes of the
// partition go through this process.
type absent struct {
	mu      sync.RWMutex
	misses  map[string]int // by partition
	filters map[string]*filter
	bytes   uint // of the filters
	// wanted are the partitions that are to get a filter.
	wanted chan string
}

// filter is a set of the keys of one partition, with some others.
type filter struct {
	keys *bloom.BloomFilter
	// left is how many keys more it takes.
	left int
	// whole tells that the keys of the partition are all in it.
	whole bool
}

func newAbsent() *absent {
	return &absent{misses: map[string]int{}, filters: map[string]*filter{}, wanted: make(chan string, maxWanted)}
}

// lacks reports whether there is no item with a key.
func (a *absent) lacks(key platform.Key) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	f := a.filters[key.Partition]
	return f != nil && f.whole && !f.keys.TestString(key.Sort)
}

// missed counts a read that found nothing, and asks for a filter if there were many.
func (a *absent) missed(partition string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.filters[partition] != nil {
		return
	}
	if len(a.misses) >= maxCounted {
		clear(a.misses)
	}
	if a.misses[partition]++; a.misses[partition] != missesForFilter {
		return
	}
	select {
	case a.wanted <- partition:
	default: // many are asked for already
		delete(a.misses, partition)
	}
}

// add notes the keys that are about to be written.
func (a *absent) add(batch []*request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.filters) == 0 {
		return
	}
	for _, r := range batch {
		for i := range r.writes {
			key := r.writes[i].Item.Key
			if f := a.filters[key.Partition]; f != nil && !r.writes[i].Delete {
				a.put(f, key)
			}
		}
	}
}

// put adds a key, or drops a filter that is full. The caller holds the lock.
func (a *absent) put(f *filter, key platform.Key) {
	if f.keys.TestOrAddString(key.Sort) {
		return
	}
	if f.left--; f.left < 0 {
		a.drop(key.Partition)
	}
}

// drop forgets the filter of a partition. The caller holds the lock.
func (a *absent) drop(partition string) {
	if f := a.filters[partition]; f != nil {
		a.bytes -= f.keys.Cap() / 8
		delete(a.filters, partition)
	}
	delete(a.misses, partition)
}

// begin makes a filter for a partition of so many keys, which gets what is written from
// now on. It is nil if there are too many.
func (a *absent) begin(partition string, keys int) *filter {
	room := max(2*keys, minFiltered)
	if room > maxFiltered {
		return nil
	}
	f := &filter{keys: bloom.NewWithEstimates(uint(room), falsePositives), left: room}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.drop(partition)
	if a.bytes += f.keys.Cap() / 8; a.bytes > maxFilters {
		clear(a.filters)
		clear(a.misses)
		a.bytes = f.keys.Cap() / 8
	}
	a.filters[partition] = f
	return f
}

// fill puts keys of a partition into its filter, and reports whether it is still in use.
func (a *absent) fill(f *filter, partition string, keys []string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		if a.filters[partition] != f {
			return false
		}
		a.put(f, platform.Key{Partition: partition, Sort: key})
	}
	return a.filters[partition] == f
}

// finish ends the filling of a filter: it is used from now on, or given up.
func (a *absent) finish(f *filter, partition string, whole bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.filters[partition] != f {
		return
	}
	if f.whole = whole; !whole {
		a.drop(partition)
	}
}

// makeFilters makes filters of the partitions that are asked for, until ctx ends.
func (s *Store) makeFilters(ctx context.Context) {
	for {
		select {
		case partition := <-s.absent.wanted:
			s.makeFilter(ctx, partition)
		case <-ctx.Done():
			return
		}
	}
}

// makeFilter makes the filter of a partition. Without one, as after an error, reads look
// at the store.
func (s *Store) makeFilter(ctx context.Context, partition string) {
	var keys int
	if err := s.stmts.count.QueryRowContext(ctx, partition, maxFiltered).Scan(&keys); err != nil {
		return
	}
	f := s.absent.begin(partition, keys)
	if f == nil {
		return
	}
	// What the writer did not add to the filter has been committed when this has.
	err := platform.First(s.writer.submit(ctx, nil))
	for from, more := "", true; err == nil && more; {
		var page []string
		if page, err = s.keys(ctx, partition, from); len(page) > 0 {
			from = page[len(page)-1] + "\x00"
		}
		more = s.absent.fill(f, partition, page) && len(page) == filterPage
	}
	s.absent.finish(f, partition, err == nil)
}

// keys reads a page of the keys of a partition.
func (s *Store) keys(ctx context.Context, partition, from string) (keys []string, err error) {
	rows, err := s.stmts.keys.QueryContext(ctx, partition, from, filterPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}
