package triggers

import (
	"encoding/json"
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/source"
)

// match answers a question in brief, or one in the form of a registry's request.
func (d *Deps) match(r *api.Request) (api.Answer, error) {
	body, err := api.ReadBody(r.Request, api.MaxEvent)
	if err != nil {
		return api.Answer{}, err
	}
	explained, err := d.explain(r, body)
	if err != nil {
		return api.Answer{}, err
	}
	answer := apiv1.MatchAnswer{
		Events: make([]apiv1.ExplainedEvent, len(explained.Events)), Ignored: make([]apiv1.Ignored, len(explained.Ignored)),
	}
	for i, one := range explained.Events {
		verdicts := make([]apiv1.Verdict, len(one.Triggers))
		for j, v := range one.Triggers {
			verdicts[j] = apiv1.NewVerdict(v.TriggerID, v.TriggerName, v.Matched, v.Reason, r.Language())
		}
		answer.Events[i] = apiv1.ExplainedEvent{Event: one.Event, Triggers: verdicts}
	}
	for i, one := range explained.Ignored {
		answer.Ignored[i] = apiv1.NewIgnored(one.EventID, one.Reason, r.Language())
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, nil
}

func (d *Deps) explain(r *api.Request, body []byte) (app.Explanation, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || !isBrief(fields) {
		return d.App.ExplainRequest(r.Context(), r.Key, r.Registry, source.Request{
			Header: r.Header, Body: body, Source: r.URL.Query().Get("source"), ReceivedAt: d.App.Now(),
		})
	}
	var q apiv1.MatchQuestion
	if err := api.DecodeBytes(body, &q); err != nil {
		return app.Explanation{}, err
	}
	return d.App.Explain(r.Context(), r.Key, r.Registry, app.BriefEvent{Action: q.Action, Repository: q.Repository, Tag: q.Tag})
}

// isBrief tells a question in brief from a registry's request, which has other fields.
func isBrief(fields map[string]json.RawMessage) bool {
	for name := range fields {
		if name != "action" && name != "repository" && name != "tag" {
			return false
		}
	}
	return true
}

func (d *Deps) testPattern(r *api.Request) (api.Answer, error) {
	var q apiv1.PatternQuestion
	if err := api.Decode(r.Request, &q); err != nil {
		return api.Answer{}, err
	}
	result, err := app.TryPattern(app.PatternTrial{Field: q.Field, Dialect: q.Dialect, Pattern: q.Pattern, Names: q.Names})
	answer := apiv1.NewPatternAnswer(result.Effective, result.Matches, result.Warnings, r.Language())
	return api.Answer{Status: http.StatusOK, Body: answer}, err
}
