package store

import (
	"container/list"
	"sync"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// maxEventBytes bounds the memory of an eventCache, and perByte is how much memory a byte of
// a stored event takes.
const (
	maxEventBytes = 32 << 20
	perByte       = 2
)

// eventCache keeps the events that were used last, as many as fit maxEventBytes bytes. The
// deliveries of one event share it.
type eventCache struct {
	mu     sync.Mutex
	byKey  map[string]*list.Element
	recent *list.List // of cachedEvent, the last used first
	bytes  int
}

type cachedEvent struct {
	key   string
	event *shipbell.Event
	bytes int
}

func newEventCache() *eventCache {
	return &eventCache{byKey: map[string]*list.Element{}, recent: list.New()}
}

func (c *eventCache) get(key string) (*shipbell.Event, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, found := c.byKey[key]
	if !found {
		return nil, false
	}
	c.recent.MoveToFront(at)
	return at.Value.(cachedEvent).event, true
}

// put keeps an event whose stored form has so many bytes.
func (c *eventCache) put(key string, e *shipbell.Event, stored int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.byKey[key]; found || perByte*stored > maxEventBytes {
		return
	}
	c.byKey[key] = c.recent.PushFront(cachedEvent{key, e, perByte * stored})
	for c.bytes += perByte * stored; c.bytes > maxEventBytes; {
		last := c.recent.Remove(c.recent.Back()).(cachedEvent)
		delete(c.byKey, last.key)
		c.bytes -= last.bytes
	}
}
