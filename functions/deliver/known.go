package deliver

import "sync"

// known is what a process remembers of each of many things. It may be used from many
// goroutines.
type known[K comparable, V any] struct {
	mu    sync.Mutex
	byKey map[K]*V
	empty func() *V
}

// maxKnown bounds what is remembered. When there is more, all is forgotten: what was stored
// is read again, and what was only counted begins anew.
const maxKnown = 20_000

// newKnown makes an empty memory; empty makes what is remembered of a thing at first.
func newKnown[K comparable, V any](empty func() *V) *known[K, V] {
	return &known[K, V]{byKey: map[K]*V{}, empty: empty}
}

func (k *known[K, V]) get(key K) *V {
	k.mu.Lock()
	defer k.mu.Unlock()
	v := k.byKey[key]
	if v == nil {
		if len(k.byKey) >= maxKnown {
			clear(k.byKey)
		}
		v = k.empty()
		k.byKey[key] = v
	}
	return v
}

// lock is a lock that is held while the store answers. It is no mutex because
// testing/synctest lets no time pass while anyone waits for a mutex.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

// Lock waits until nobody has the lock, and takes it.
func (l lock) Lock() { l <- struct{}{} }

// Unlock gives the lock back.
func (l lock) Unlock() { <-l }
