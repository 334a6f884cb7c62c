package deliver

import (
	"context"
	"log/slog"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// closeBurst ends the merge window that a message is about, and sends messages about the
// deliveries that are made. Sweep finds those whose message is not sent, and a burst that
// was not finished.
func (f *function) closeBurst(ctx context.Context, message []byte) error {
	return f.Store.CloseBurst(ctx, message, func(created []shipbell.Delivery) {
		now := f.Now()
		var messages []platform.Message
		for i := range created {
			m, err := f.Store.Message(&created[i], min(created[i].Wait(now), f.Queue.MaxDelay()))
			if err != nil {
				f.Logger.LogAttrs(ctx, slog.LevelError, "message not sent, sweep will", slog.String("delivery", string(created[i].ID)), slog.Any("error", err))
				continue
			}
			messages = append(messages, m)
		}
		if err := platform.First(platform.SendAll(ctx, f.Queue, messages...)); err != nil {
			f.Logger.LogAttrs(ctx, slog.LevelWarn, "messages not sent, sweep will", slog.Any("error", err))
		}
	})
}
