package receive

import (
	"context"
	"log/slog"

	"github.com/shipbell/shipbell/shared/source"
)

// NewEvents makes the function for events that a rule of the account sends, such as one
// of EventBridge. They come without an access key and are all of one registry. An
// event that is sent again after an error makes the same deliveries.
func NewEvents(d Deps, registry string) func(ctx context.Context, event []byte) error {
	return func(ctx context.Context, event []byte) error {
		begin := d.Now()
		rules, err := d.Store.Rules(ctx, registry)
		if err != nil {
			return err
		}
		decoded, err := source.Decode(source.Request{Body: event, ReceivedAt: begin})
		if err != nil {
			return err
		}
		o, err := d.process(ctx, rules, decoded)
		if err != nil {
			return err
		}
		attrs := []slog.Attr{slog.String("registry", registry), slog.Duration("duration", d.Now().Sub(begin))}
		d.Logger.LogAttrs(ctx, slog.LevelInfo, "event", append(attrs, o.attrs(decoded.Source)...)...)
		return nil
	}
}
