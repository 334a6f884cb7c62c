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
		decoded, o, err := d.takeEvent(ctx, event, registry)
		d.measure(decoded.Source, o, err)
		if err != nil {
			return err
		}
		attrs := []slog.Attr{slog.String("registry", registry), slog.Duration("duration", d.Now().Sub(begin))}
		d.Logger.LogAttrs(ctx, slog.LevelInfo, "event", append(attrs, o.attrs(decoded.Source)...)...)
		return nil
	}
}

func (d *Deps) takeEvent(ctx context.Context, event []byte, registry string) (decoded source.Decoded, o *outcome, err error) {
	rules, err := d.Store.Rules(ctx, registry)
	if err != nil {
		return decoded, nil, err
	}
	if decoded, err = source.Decode(source.Request{Body: event, ReceivedAt: d.Now()}); err != nil {
		return decoded, nil, err
	}
	o, err = d.process(ctx, rules, decoded, request{})
	return decoded, o, err
}
