package store

import (
	"context"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// keepNew keeps deliveries in memory for Take. If more were kept than are taken,
// all are forgotten: they are in the store.
func (s *Store) keepNew(created []shipbell.Delivery) {
	if s.o.KeepNew == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.new)+len(created) > s.o.KeepNew {
		clear(s.new)
	}
	for _, d := range created {
		s.new[d.ID] = d
	}
}

// forgetNew removes a delivery that has changed, so that Take reads it from the store.
func (s *Store) forgetNew(id shipbell.DeliveryID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.new, id)
}

// Take is Delivery before an attempt. A new delivery may come from memory, once, as it
// was first stored. If another process has changed it since, Save refuses it.
func (s *Store) Take(ctx context.Context, registry string, id shipbell.DeliveryID) (shipbell.Delivery, error) {
	s.mu.Lock()
	d, kept := s.new[id]
	delete(s.new, id)
	s.mu.Unlock()
	if kept && d.Registry == registry {
		return d, nil
	}
	return s.Delivery(ctx, registry, id)
}
