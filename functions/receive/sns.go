package receive

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/source"
	"github.com/shipbell/shipbell/shared/text"
)

// checkSNS holds a message of Amazon SNS to what the registry says of topics. Without any
// topic the access key alone is the proof. A notification whose signature cannot be
// verified now counts, because the key has let it in: only a wrong signature is refused.
func (d *Deps) checkSNS(ctx context.Context, r shipbell.Registry, decoded *source.Decoded) error {
	m := decoded.Message
	if m == nil {
		return nil
	}
	named := slices.Contains(r.Topics, m.TopicARN)
	var unverified error
	if named && d.SNS != nil {
		unverified = d.SNS.Verify(ctx, m)
		if errors.Is(unverified, sender.ErrWrong) {
			return shipbell.Wrap(shipbell.Unauthorised, unverified, text.SenderSignature, "Signature")
		}
	}
	switch {
	case m.Type != source.SNSNotification:
		decoded.Ignored = append(decoded.Ignored, shipbell.IgnoredEvent{EventID: m.EventID(), Reason: d.subscribe(ctx, m, named, unverified)})
	case len(r.Topics) > 0 && !named:
		decoded.Events = nil
		decoded.Ignored = []shipbell.IgnoredEvent{{EventID: m.EventID(), Reason: text.New(text.TopicNotNamed, short(m.TopicARN))}}
	case unverified != nil:
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "a message of Amazon SNS counts unverified", slog.String("registry", r.ID), slog.Any("error", unverified))
	}
	return nil
}

// subscribe confirms the subscription that a message is about, if it may, and says what
// became of it.
func (d *Deps) subscribe(ctx context.Context, m *source.SNSMessage, named bool, err error) text.Message {
	topic, address := short(m.TopicARN), short(m.SubscribeURL)
	switch {
	case m.Type != source.SNSConfirmation:
		return text.New(text.SubscriptionEnded, topic)
	case !named || d.SNS == nil:
		return text.New(text.SubscriptionNotNamed, topic, address)
	case err == nil:
		err = d.SNS.Confirm(ctx, m)
	}
	if err != nil {
		d.Logger.LogAttrs(ctx, slog.LevelWarn, "a subscription is not confirmed", slog.String("topic", topic), slog.Any("error", err))
		return text.New(text.SubscriptionFailed, topic, address)
	}
	return text.New(text.SubscriptionConfirmed, topic)
}

// short bounds a text that a sender wrote.
func short(sent string) string {
	const most = 1024
	return strings.ToValidUTF8(sent[:min(len(sent), most)], "")
}
