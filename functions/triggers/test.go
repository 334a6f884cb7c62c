package triggers

import (
	"cmp"
	"net/http"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func (d *Deps) test(r *api.Request) (api.Answer, error) {
	tested, err := d.App.TestTrigger(r.Context(), r.Key, r.Registry, triggerID(r))
	return api.Answer{Status: http.StatusOK, Body: testResult(r, tested)}, err
}

// testTarget tries a target that need not be stored.
func (d *Deps) testTarget(r *api.Request) (api.Answer, error) {
	var request apiv1.TestRequest
	if err := api.Decode(r.Request, &request); err != nil {
		return api.Answer{}, err
	}
	tested, err := d.App.TestTarget(r.Context(), r.Key, app.TargetTest{
		Registry: r.Registry, Trigger: request.Trigger, Action: cmp.Or(request.Action, shipbell.PushImage), Target: request.Target.Settings(),
	})
	return api.Answer{Status: http.StatusOK, Body: testResult(r, tested)}, err
}

func testResult(r *api.Request, tested []app.TestedTarget) apiv1.TestResult {
	answer := apiv1.TestResult{Attempts: make([]apiv1.TestAttempt, len(tested))}
	for i, one := range tested {
		answer.Attempts[i] = apiv1.TestAttempt{
			TargetURL: one.TargetURL, Attempt: apiv1.NewAttempt(one.Attempt, r.Language()), Succeeded: one.Succeeded, Resumed: one.Resumed,
			Request: apiv1.Request{ContentType: one.Content.Header.Get("Content-Type"), Headers: one.Headers, Query: one.ShownQuery, Body: string(one.Body)},
		}
	}
	return answer
}

// listPresets answers every preset.
func (d *Deps) listPresets(*api.Request) (api.Answer, error) {
	all := preset.All()
	answer := apiv1.Presets{Presets: make([]apiv1.Preset, len(all))}
	for i, p := range all {
		answer.Presets[i] = apiv1.NewPreset(p)
	}
	return api.Answer{Status: http.StatusOK, Body: answer}, nil
}
