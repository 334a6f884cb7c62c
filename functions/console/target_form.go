package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// optionsText is the JSON of a target's options, the settings that have no field of their own
// in the form, or "" if there are none.
func optionsText(t shipbell.Target) string {
	o := apiv1.NewTargetOptions(t)
	o.Preset = "" // it has a field
	document, err := json.MarshalIndent(o, "", "  ")
	if err != nil || string(document) == "{}" {
		return ""
	}
	return string(document)
}

// options reads the JSON of the form. The fields of its error are those of the target whose
// path in the API is path.
func (t *targetForm) options(path string) (o apiv1.TargetOptions, err error) {
	if strings.TrimSpace(t.Options) == "" {
		return o, nil
	}
	if err := api.DecodeBytes([]byte(t.Options), &o); err != nil {
		return o, shipbell.InvalidMessage(path+".options", messageOf(err))
	}
	return o, nil
}

// messageOf is what an error says, with the field that it is about.
func messageOf(err error) text.Message {
	if e, ok := errors.AsType[*shipbell.Error](err); ok && len(e.Fields) > 0 {
		return text.New(text.FieldMessage, e.Fields[0].Field, e.Fields[0].Message)
	}
	return text.Of(err)
}

// fillIn sets what the chosen preset says, and leaves the address and the secret alone.
func (t *targetForm) fillIn() {
	t.Filled = t.Preset
	p, found := preset.Find(t.Preset)
	if !found {
		return
	}
	target := shipbell.Target{Secret: shipbell.NewSecret(t.Secret)}
	p.Fill(&target)
	t.Format, t.Template, t.Options = string(target.Format), target.Template, optionsText(target)
	t.PathSecret = t.PathSecret || target.PathSecret
	for _, h := range target.Headers {
		known := slices.ContainsFunc(t.Headers, func(own headerForm) bool { return strings.EqualFold(own.Key, h.Key) })
		if known || len(t.Headers) == maxHeaders {
			continue
		}
		value, _ := h.Values[0].Reveal() // a preset's is never sealed
		t.addHeader()
		row := &t.Headers[len(t.Headers)-1]
		row.Key, row.Value = h.Key, value
	}
}

// testTarget sends a sample event to a target of the form, and shows the form with what came
// of it.
func (c *console) testTarget(v *visit, page formPage, number string) error {
	page.Form.Submitted = true
	i := slices.IndexFunc(page.Form.Targets, func(t targetForm) bool { return strconv.Itoa(t.Number) == number })
	if i < 0 {
		return v.showForm(http.StatusOK, page)
	}
	fields := map[string]string{}
	target, err := page.Form.Targets[i].settings("target", fields)
	var tested []app.TestedTarget
	if err == nil {
		action := shipbell.PushImage
		if len(page.Form.Actions) > 0 {
			action = page.Form.Actions[0]
		}
		tested, err = c.App.TestTarget(v.Context(), v.key, app.TargetTest{
			Registry: v.registry.ID, Trigger: page.Form.ID, Action: action, Target: target.Settings(),
		})
	}
	if err == nil {
		page.Tested = map[int][]app.TestedTarget{page.Form.Targets[i].Number: tested}
		return v.showForm(http.StatusOK, page)
	}
	var wrong bool
	if page.Problems, wrong = v.problemsOf(err, fields); !wrong {
		return err
	}
	return v.showForm(http.StatusUnprocessableEntity, page)
}
