package store

import (
	"maps"
	"sync"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
)

// freshFor is how long something read may be used before it is checked again.
const freshFor = time.Second

// maxCached is how many values a cache holds before it drops those that are not fresh.
const maxCached = 1000

// cache keeps values that were read within freshFor. It may be used from many
// goroutines.
type cache[V any] struct {
	mu     sync.Mutex
	values map[platform.Key]cached[V]
}

type cached[V any] struct {
	value  V
	readAt time.Time
}

// get answers a value that is fresh.
func (c *cache[V]) get(key platform.Key, now time.Time) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, ok := c.values[key]
	return one.value, ok && platform.Fresh(one.readAt, now, freshFor)
}

// put keeps a value. readAt is a time before it was read.
func (c *cache[V]) put(key platform.Key, value V, readAt time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.values == nil {
		c.values = map[platform.Key]cached[V]{}
	}
	if len(c.values) >= maxCached {
		maps.DeleteFunc(c.values, func(_ platform.Key, one cached[V]) bool { return !platform.Fresh(one.readAt, readAt, freshFor) })
	}
	if len(c.values) >= maxCached {
		clear(c.values)
	}
	c.values[key] = cached[V]{value, readAt}
}

func (c *cache[V]) forget(key platform.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.values, key)
}
