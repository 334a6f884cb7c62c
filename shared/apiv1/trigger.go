package apiv1

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Trigger is a trigger with what the server adds to it.
type Trigger struct {
	ID       shipbell.ID `json:"id"`
	Registry string      `json:"registry"`
	TriggerSettings
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// Warnings are about patterns that can never match, or hardly what was meant. The
	// answers to what creates or changes a trigger have them.
	Warnings []FieldError `json:"warnings,omitempty"`
}

// TriggerSettings are the fields of a trigger that a user sets. What is left out of a
// new trigger takes its default; what is left out of a PATCH stays.
type TriggerSettings struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// Enabled is true by default.
	Enabled *bool             `json:"enabled"`
	Actions []shipbell.Action `json:"actions"`
	Rule    shipbell.Rule     `json:"rule"`
	Targets []Target          `json:"targets"`
	// Labels are the user's own key=value pairs, at most 16.
	Labels map[string]string `json:"labels"`
}

// Target is where a delivery goes.
type Target struct {
	// ID is the target's number within the trigger, which the server gives. A change
	// that names it may change anything else of the target. 0 is a new target, or the
	// one that has the URL.
	ID       shipbell.TargetID `json:"id,omitempty"`
	URL      string            `json:"url"`
	Headers  []Header          `json:"headers"`
	Format   shipbell.Format   `json:"format"`
	Template string            `json:"template"`
	Secret   string            `json:"secret"`
	// PathSecret tells that the path of the URL is a secret, to be masked like its query.
	PathSecret bool `json:"path_secret"`
	// CertificateKey is the key of the client's certificate, in PEM.
	CertificateKey string `json:"certificate_key,omitempty"`
	shipbell.Options
}

// Header is a user's own header of a target.
type Header struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// Triggers is a page of GET /v1/triggers/{registry}.
type Triggers struct {
	Triggers   []Trigger `json:"triggers"`
	NextCursor string    `json:"next_cursor"`
	// Damaged is how many records of the page cannot be read and are left out.
	Damaged int `json:"damaged"`
}

// NewTrigger is the JSON of a normalised trigger, its secrets masked.
func NewTrigger(t shipbell.Trigger) Trigger {
	return Trigger{
		ID: t.ID, Registry: t.Registry, TriggerSettings: SettingsOf(t),
		Version: t.Version, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
}

// SettingsOf are the settings of a normalised trigger, its secrets masked.
func SettingsOf(t shipbell.Trigger) TriggerSettings {
	s := TriggerSettings{
		Name: t.Name, Description: t.Description, Enabled: &t.Enabled, Actions: t.Actions, Rule: t.Rule, Labels: t.Labels,
		Targets: make([]Target, len(t.Targets)),
	}
	for i, target := range t.Targets {
		headers := make([]Header, len(target.Headers))
		for j, h := range target.Headers {
			headers[j] = Header{Key: h.Key, Values: make([]string, len(h.Values))}
			for k, value := range h.Values {
				headers[j].Values[k] = value.String()
			}
		}
		s.Targets[i] = Target{
			ID: target.ID, URL: target.URL, Headers: headers, Format: target.Format, Template: target.Template,
			Secret: target.Secret.String(), PathSecret: target.PathSecret,
			CertificateKey: target.CertificateKey.String(), Options: target.Options,
		}
	}
	return s
}

// Apply sets the fields of a trigger and normalises it. A mask in place of a secret
// stays a mask: shipbell.Trigger.Change puts what is stored in its place.
func (s *TriggerSettings) Apply(t *shipbell.Trigger) {
	t.Name, t.Description, t.Actions, t.Rule = s.Name, s.Description, s.Actions, s.Rule
	t.Labels = s.Labels
	t.Enabled = s.Enabled == nil || *s.Enabled
	t.Targets = make([]shipbell.Target, len(s.Targets))
	for i, target := range s.Targets {
		headers := make([]shipbell.Header, len(target.Headers))
		for j, h := range target.Headers {
			headers[j] = shipbell.Header{Key: h.Key, Values: make([]shipbell.Secret, len(h.Values))}
			for k, value := range h.Values {
				headers[j].Values[k] = shipbell.NewSecret(value)
			}
		}
		t.Targets[i] = shipbell.Target{
			ID: target.ID, URL: target.URL, Headers: headers, Format: target.Format, Template: target.Template,
			Secret: shipbell.NewSecret(target.Secret), PathSecret: target.PathSecret,
			CertificateKey: shipbell.NewSecret(target.CertificateKey), Options: target.Options,
		}
	}
	t.Normalise()
}

// TestResult is the answer of POST /v1/triggers/{registry}/{id}/test.
type TestResult struct {
	Attempts []TestAttempt `json:"attempts"`
}

// TestAttempt is the one attempt that a test made at one target.
type TestAttempt struct {
	TargetURL string `json:"target_url"`
	Attempt
}
