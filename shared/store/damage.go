package store

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store/setaside"
	"github.com/shipbell/shipbell/shared/text"
)

// decode reads a record into value; one that is absent has none. One that cannot be read is
// set aside and gives a Damaged error: nobody else's record waits for it, and nothing takes
// it for absent.
func (s *Store) decode(ctx context.Context, item platform.Item, value any) error {
	err := item.Damage
	if err == nil && item.Version != 0 {
		err = json.Unmarshal(item.Value, value)
	}
	if err != nil {
		return s.damaged(ctx, item, err)
	}
	return nil
}

// damaged sets a record aside and gives the error for those who asked for it.
func (s *Store) damaged(ctx context.Context, item platform.Item, why error) error {
	name := setaside.Name(item)
	s.setAside(ctx, name, item, why)
	return shipbell.Wrap(shipbell.Damaged, why, text.RecordDamaged, name)
}

// maxNoted bounds how many names a process keeps of records that it has set aside.
const maxNoted = 1000

// setAside copies a record aside and takes it out of the due index, once for a process:
// others may read it many times. What cannot be done now is done when it is read again.
func (s *Store) setAside(ctx context.Context, name string, item platform.Item, why error) {
	s.mu.Lock()
	noted := s.noted[name]
	s.mu.Unlock()
	if noted && item.Damage == nil && item.Due.IsZero() {
		return
	}
	kept, err := s.aside.Keep(ctx, item, registryOf(item.Key), why, isDelivery(item.Partition))
	attrs := []slog.Attr{
		slog.String("partition", item.Partition), slog.String("sort", item.Sort), slog.String("record", name),
		slog.Int("bytes", len(item.Value)), slog.Bool("kept", kept), slog.Any("why", why),
	}
	if err != nil {
		s.logger.LogAttrs(ctx, slog.LevelError, "a damaged record cannot be set aside now", append(attrs, slog.Any("error", err))...)
		return
	}
	if noted {
		return
	}
	s.logger.LogAttrs(ctx, slog.LevelError, "a damaged record is set aside", attrs...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.noted) >= maxNoted {
		clear(s.noted)
	}
	s.noted[name] = true
}

// isNoted reports whether a damaged record was set aside by this process.
func (s *Store) isNoted(item platform.Item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.noted[setaside.Name(item)]
}

func isDelivery(partition string) bool { return strings.HasPrefix(partition, deliveryPartition("")) }
