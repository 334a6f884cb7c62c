package logs

import (
	"net/http"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

func (d *Deps) stats(r *api.Request) (api.Answer, error) {
	q := app.StatsQuery{Registry: r.Registry}
	var err error
	if q.Since, err = api.Time(r, "since"); err != nil {
		return api.Answer{}, err
	}
	if q.Until, err = api.Time(r, "until"); err != nil {
		return api.Answer{}, err
	}
	stats, err := d.App.Stats(r.Context(), r.Key, q)
	if err != nil {
		return api.Answer{}, err
	}
	times, err := d.App.EventTimes(r.Context(), r.Key, r.Registry)
	return api.Answer{Status: http.StatusOK, Body: encodeStats(stats, times)}, err
}

func (d *Deps) targets(r *api.Request) (api.Answer, error) {
	targets, err := d.App.Targets(r.Context(), r.Key, r.Registry)
	return api.Answer{Status: http.StatusOK, Body: encodeTargets(targets, r.Language())}, err
}

func (d *Deps) resume(r *api.Request) (api.Answer, error) {
	trigger, err := triggerID(r.PathValue("trigger"))
	if err != nil {
		trigger = 0 // no trigger has it
	}
	target, err := strconv.ParseInt(r.PathValue("target"), 10, 64)
	if err != nil {
		target = 0 // and no target this
	}
	count, err := d.App.ResumeTarget(r.Context(), r.Key, r.Registry, trigger, shipbell.TargetID(target))
	return api.Answer{Status: http.StatusAccepted, Body: apiv1.Resumed{Count: count}}, err
}

func (d *Deps) ignored(r *api.Request) (api.Answer, error) {
	ignored, err := d.App.Ignored(r.Context(), r.Key, r.Registry)
	if err != nil {
		return api.Answer{}, err
	}
	answer := encodeIgnored(ignored, r.Language())
	answer.Refused, err = d.refused(r)
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}

// refused is why requests of the registry were refused.
func (d *Deps) refused(r *api.Request) ([]apiv1.Refusal, error) {
	refusals, err := d.App.Refusals(r.Context(), r.Key, r.Registry)
	if err != nil || len(refusals) == 0 {
		return []apiv1.Refusal{}, err
	}
	times, err := d.App.EventTimes(r.Context(), r.Key, r.Registry)
	list := make([]apiv1.Refusal, len(refusals))
	for i, one := range refusals {
		list[i] = apiv1.Refusal{
			At: one.At, Status: one.Status, Reason: one.Reason.In(r.Language()), ReasonCode: one.Reason.Code, EventsSince: times.Last.After(one.At),
		}
	}
	return list, err
}

// encodeStats is the JSON of statistics.
func encodeStats(s app.Stats, times app.EventTimes) apiv1.Stats {
	answer := apiv1.Stats{
		FirstEventAt: orNull(times.First), LastEventAt: orNull(times.Last),
		Total: apiv1.Counts(s.Total()), Hours: make([]apiv1.Hour, len(s.Hours)),
	}
	for i, hour := range s.Hours {
		triggers := make([]apiv1.TriggerCounts, len(hour.Triggers))
		for j, one := range hour.Triggers {
			triggers[j] = apiv1.TriggerCounts{TriggerID: one.Trigger, Counts: apiv1.Counts(one.Counts)}
		}
		answer.Hours[i] = apiv1.Hour{Start: hour.Start, Counts: apiv1.Counts(hour.Counts), Triggers: triggers}
	}
	return answer
}

// encodeTargets is the JSON of failing and held targets and of what waits.
func encodeTargets(t app.Targets, l text.Language) apiv1.Targets {
	answer := apiv1.Targets{
		Failing: make([]apiv1.FailingTarget, len(t.Failing)), Held: make([]apiv1.HeldTarget, len(t.Held)),
		Waiting: apiv1.Waiting{Count: t.Waiting.Count, More: t.Waiting.More, OldestAt: orNull(t.Waiting.Oldest)},
	}
	for i := range t.Failing {
		newest := &t.Failing[i].Newest
		answer.Failing[i] = apiv1.FailingTarget{
			TriggerID: newest.TriggerID, TriggerName: newest.TriggerName, TargetURL: newest.TargetURL,
			Count: t.Failing[i].Count, Since: t.Failing[i].Since, Newest: apiv1.NewDelivery(newest, l),
		}
	}
	for i, one := range t.Held {
		state := "open"
		switch {
		case one.Probing:
			state = "probing"
		case !one.PausedAt.IsZero():
			state = "paused"
		}
		answer.Held[i] = apiv1.HeldTarget{
			TriggerID: one.Trigger, TriggerName: one.TriggerName, TargetID: one.Target, TargetURL: one.TargetURL,
			State: state, Since: one.Since, Until: one.Until, Reason: one.Reason.In(l), ReasonCode: one.Reason.Code,
			Held: one.Held, More: one.More, PausedAt: orNull(one.PausedAt), PausePercent: one.PausePercent,
		}
	}
	return answer
}

// encodeIgnored is the JSON of what was ignored.
func encodeIgnored(r app.RecentlyIgnored, l text.Language) apiv1.RecentlyIgnored {
	answer := apiv1.RecentlyIgnored{
		Events: make([]apiv1.IgnoredEvent, len(r.Events)), Reasons: make([]apiv1.ReasonCount, len(r.Counts)), Since: orNull(r.Since),
	}
	for i, one := range r.Events {
		answer.Events[i] = apiv1.IgnoredEvent{
			At: one.At, Ignored: apiv1.NewIgnored(one.EventID, one.Reason, l),
			Action: one.Action, Repository: one.Repository, Tag: one.Tag, Routine: one.Routine,
		}
	}
	for i, one := range r.Counts {
		answer.Reasons[i] = apiv1.ReasonCount{Reason: one.Reason.In(l), ReasonCode: one.Reason.Code, Count: one.Count}
	}
	return answer
}

// orNull is nil for the zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
