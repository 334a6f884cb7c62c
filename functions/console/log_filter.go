package console

import (
	"net/url"
	"time"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/match"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// logFilter is which deliveries of a registry are meant, as addresses and forms say it.
type logFilter struct {
	// Trigger is a trigger's number or name.
	Trigger, Status, Action, Repository string
	// Since and Until are moments as a form has them, in UTC, or in RFC 3339.
	Since, Until string
}

func readLogFilter(values url.Values) logFilter {
	return logFilter{
		Trigger: values.Get("trigger"), Status: values.Get("status"), Action: values.Get("action"),
		Repository: values.Get("repository"), Since: values.Get("since"), Until: values.Get("until"),
	}
}

// Values are the filter as an address has it.
func (f logFilter) Values() url.Values {
	values := url.Values{}
	for name, value := range map[string]string{
		"trigger": f.Trigger, "status": f.Status, "action": f.Action, "repository": f.Repository, "since": f.Since, "until": f.Until,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values
}

// With is the query of a page with the filter and one value more.
func (f logFilter) With(name, value string) string {
	values := f.Values()
	values.Set(name, value)
	return "?" + values.Encode()
}

// logAt is the address of a page below a registry's log with a filter.
func logAt(registry, page string, f logFilter) string {
	address := inRegistry(registry, "/log"+page)
	if f.Any() {
		address += "?" + f.Values().Encode()
	}
	return address
}

// Any reports whether the filter leaves something out.
func (f logFilter) Any() bool { return f != logFilter{} }

// Statuses are what can be chosen from.
func (f logFilter) Statuses() []shipbell.Status {
	return []shipbell.Status{shipbell.Pending, shipbell.Succeeded, shipbell.Failed, shipbell.Cancelled}
}

// query is the filter for the deliveries of a registry, whose triggers are in set.
func (f logFilter) query(registry string, set *match.Set) (q app.DeliveryQuery, err error) {
	q = app.DeliveryQuery{Registry: registry, Action: shipbell.Action(f.Action), Repository: f.Repository}
	if q.Trigger, err = numberOf(set, f.Trigger); err != nil {
		return q, err
	}
	if f.Status != "" {
		q.Statuses = []shipbell.Status{shipbell.Status(f.Status)}
	}
	if q.Since, err = api.ParseTime("since", inRFC3339(f.Since)); err != nil {
		return q, err
	}
	q.Until, err = api.ParseTime("until", inRFC3339(f.Until))
	return q, err
}

// numberOf is the number of the trigger that somebody wrote the number or name of.
func numberOf(set *match.Set, written string) (shipbell.ID, error) {
	if written == "" || number(written) > 0 {
		return shipbell.ID(number(written)), nil
	}
	for _, t := range set.Triggers() {
		if t.Name == written {
			return t.ID, nil
		}
	}
	return 0, shipbell.InvalidField("trigger", text.TriggerNameUnknown)
}

// inRFC3339 is a moment as a form has it, written out; anything else stays as it is.
func inRFC3339(text string) string {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.RFC3339)
		}
	}
	return text
}

// SinceLocal and UntilLocal are the moments as a form has them.
func (f logFilter) SinceLocal() string { return inForm(f.Since) }

// UntilLocal is SinceLocal for the end.
func (f logFilter) UntilLocal() string { return inForm(f.Until) }

func inForm(text string) string {
	t, err := time.Parse(time.RFC3339, inRFC3339(text))
	if err != nil {
		return text
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}
