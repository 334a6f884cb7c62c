package store

import (
	"context"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// keepNew keeps deliveries in memory for Take. If more were kept than are taken, all are
// forgotten: they are in the store.
func (s *Store) keepNew(created []shipbell.Delivery) {
	if s.o.KeepNew == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range created {
		bytes := memory(&d)
		if s.newBytes+bytes > s.o.KeepNew {
			clear(s.new)
			s.newBytes = 0
		}
		if bytes <= s.o.KeepNew {
			s.new[d.ID] = d
			s.newBytes += bytes
		}
	}
}

// memory is about how many bytes a new delivery takes in memory.
func memory(d *shipbell.Delivery) int {
	const delivery, resource = 1 << 10, 48 // beside the texts
	bytes := delivery + len(d.TargetURL)
	for _, r := range d.Event.Resources {
		bytes += resource + len(r.Digest) + len(r.Tag) + len(r.URL)
	}
	return bytes
}

// forgetNew removes a delivery that has changed, so that Take reads it from the store.
func (s *Store) forgetNew(id shipbell.DeliveryID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takeNew(id)
}

// takeNew takes a delivery out of those kept. The caller holds the lock.
func (s *Store) takeNew(id shipbell.DeliveryID) (d shipbell.Delivery, kept bool) {
	if d, kept = s.new[id]; kept {
		delete(s.new, id)
		s.newBytes -= memory(&d)
	}
	return d, kept
}

// Take reads the delivery that a message is about, before an attempt, without answers that
// are kept beside it. It may be a new one from memory, once, or the one that the message
// carries, as it was when it was stored. If another process has changed it since, Save
// refuses it, and that process or sweep sees to what is next.
func (s *Store) Take(ctx context.Context, body []byte) (shipbell.Delivery, error) {
	m, err := parse(body)
	if err != nil {
		return shipbell.Delivery{}, err
	}
	s.mu.Lock()
	d, kept := s.takeNew(m.ID)
	s.mu.Unlock()
	if kept && d.Registry == m.Registry {
		return d, nil
	}
	if d, ok := m.carried(); ok {
		return d, nil
	}
	return s.delivery(ctx, m.Registry, m.ID)
}
