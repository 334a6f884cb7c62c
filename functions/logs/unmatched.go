package logs

import (
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// unmatched lists the kept events that no trigger matched.
func (d *Deps) unmatched(r *api.Request) (api.Answer, error) {
	q := app.UnmatchedQuery{Registry: r.Registry}
	var err error
	if q.Since, err = api.Time(r, "since"); err != nil {
		return api.Answer{}, err
	}
	if q.Until, err = api.Time(r, "until"); err != nil {
		return api.Answer{}, err
	}
	if q.Limit, err = api.Limit(r, maxDeliveries); err != nil {
		return api.Answer{}, err
	}
	cursor := api.Cursor{Sealer: d.Cursors, Query: "unmatched\x00" + r.Registry + "\x00" + q.Since.Format(time.RFC3339Nano) + "\x00" + q.Until.Format(time.RFC3339Nano)}
	after, err := cursor.Open(r.URL.Query().Get("cursor"))
	if err != nil {
		return api.Answer{}, err
	}
	q.After = shipbell.DeliveryID(after)
	list, err := d.App.Unmatched(r.Context(), r.Key, q)
	if err != nil {
		return api.Answer{}, err
	}
	answer := apiv1.Unmatched{Events: make([]apiv1.UnmatchedEvent, len(list.Events)), Damaged: list.Damaged}
	for i, one := range list.Events {
		answer.Events[i] = apiv1.UnmatchedEvent{
			KeptEvent: apiv1.NewKeptEvent(one.ID, one.ReceivedAt, one.Event, one.Deliveries),
			Matching:  encodeVerdicts(one.Matching, r.Language()), Nearest: encodeVerdicts(one.Nearest, r.Language()), Others: one.Others,
		}
	}
	if list.Next != "" {
		answer.NextCursor, err = cursor.Seal(string(list.Next))
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

func encodeVerdicts(all []match.Verdict, l text.Language) []apiv1.Verdict {
	list := make([]apiv1.Verdict, len(all))
	for i, v := range all {
		list[i] = apiv1.NewVerdict(v.TriggerID, v.TriggerName, v.Matched, v.Reason, l)
	}
	return list
}

// replay makes deliveries of kept events, or tells in a dry run of which.
func (d *Deps) replay(r *api.Request) (api.Answer, error) {
	dry, err := api.DryRun(r)
	if err != nil {
		return api.Answer{}, err
	}
	var q apiv1.Replay
	if err := api.Decode(r.Request, &q); err != nil {
		return api.Answer{}, err
	}
	wanted := app.Replay{Registry: r.Registry, Event: q.ID, DryRun: dry}
	if wanted.Since, err = api.ParseTime("since", q.Since); err != nil {
		return api.Answer{}, err
	}
	if wanted.Until, err = api.ParseTime("until", q.Until); err != nil {
		return api.Answer{}, err
	}
	done, err := d.App.ReplayUnmatched(r.Context(), r.Key, wanted)
	return api.Answer{Status: accepted(dry), Body: encodeReplayed(done)}, err
}

// replayPast makes deliveries of events that came before, or tells in a dry run of which.
func (d *Deps) replayPast(r *api.Request) (api.Answer, error) {
	dry, err := api.DryRun(r)
	if err != nil {
		return api.Answer{}, err
	}
	var q apiv1.PastReplay
	if err := api.Decode(r.Request, &q); err != nil {
		return api.Answer{}, err
	}
	done, err := d.App.ReplayPast(r.Context(), r.Key, app.PastReplay{Registry: r.Registry, Filter: q.Filter, Again: q.Again, DryRun: dry})
	return api.Answer{Status: accepted(dry), Body: encodeReplayed(done)}, err
}

// encodeReplayed is the JSON of what came of a replay.
func encodeReplayed(done app.Replayed) apiv1.Replayed {
	answer := apiv1.Replayed{Count: done.Count, EventCount: done.EventCount, Events: make([]apiv1.ReplayedEvent, len(done.Events)), Next: orNull(done.Next)}
	for i, one := range done.Events {
		answer.Events[i] = apiv1.ReplayedEvent{KeptEvent: apiv1.NewKeptEvent(one.ID, one.ReceivedAt, one.Event, one.Deliveries), Triggers: []apiv1.TriggerName{}}
		for _, m := range one.Triggers {
			answer.Events[i].Triggers = append(answer.Events[i].Triggers, apiv1.TriggerName{ID: m.Trigger.ID, Name: m.Trigger.Name})
		}
	}
	return answer
}
