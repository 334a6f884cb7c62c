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
	// Retry is the waits after failed attempts, such as "30s": at most 20, "none" alone for
	// a single attempt. Empty means the server's.
	Retry []string `json:"retry,omitempty"`
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
	// FormerSecretUntil is until when the secret before this one signs too; zero if none does.
	// It is not for writing: what is sent of it is passed over.
	FormerSecretUntil time.Time `json:"former_secret_until,omitzero"`
	// DropFormerSecret, in a change, ends that at once. It is never answered.
	DropFormerSecret bool `json:"drop_former_secret,omitempty"`
	// PathSecret tells that the path of the URL is a secret, to be masked like its query.
	PathSecret bool `json:"path_secret"`
	TargetOptions
}

// TargetOptions say how a target is sent to, and what its answers mean.
type TargetOptions struct {
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
		Name: t.Name, Description: t.Description, Enabled: &t.Enabled, Actions: t.Actions, Rule: t.Rule, Labels: t.Labels, Retry: t.Retry,
		Targets: make([]Target, len(t.Targets)),
	}
	for i, target := range t.Targets {
		s.Targets[i] = NewTarget(target)
	}
	return s
}

// NewTarget is the JSON of a normalised target, its secrets masked.
func NewTarget(t shipbell.Target) Target {
	headers := make([]Header, len(t.Headers))
	for j, h := range t.Headers {
		headers[j] = Header{Key: h.Key, Values: make([]string, len(h.Values))}
		for k, value := range h.Values {
			headers[j].Values[k] = value.String()
		}
	}
	return Target{
		ID: t.ID, URL: t.URL, Headers: headers, Format: t.Format, Template: t.Template,
		Secret: t.Secret.String(), FormerSecretUntil: t.FormerSecretUntil, PathSecret: t.PathSecret,
		TargetOptions: NewTargetOptions(t),
	}
}

// NewTargetOptions is the JSON of a target's options, its secrets masked.
func NewTargetOptions(t shipbell.Target) TargetOptions {
	return TargetOptions{CertificateKey: t.CertificateKey.String(), Options: t.Options}
}

// Apply sets the fields of a trigger and normalises it. A mask in place of a secret
// stays a mask: shipbell.Trigger.Change puts what is stored in its place.
func (s *TriggerSettings) Apply(t *shipbell.Trigger) {
	t.Name, t.Description, t.Actions, t.Rule = s.Name, s.Description, s.Actions, s.Rule
	t.Labels, t.Retry = s.Labels, s.Retry
	t.Enabled = s.Enabled == nil || *s.Enabled
	t.Targets = make([]shipbell.Target, len(s.Targets))
	for i := range s.Targets {
		t.Targets[i] = s.Targets[i].Settings()
	}
	t.Normalise()
}

// Settings is the target that a user described.
func (t *Target) Settings() shipbell.Target {
	headers := make([]shipbell.Header, len(t.Headers))
	for j, h := range t.Headers {
		headers[j] = shipbell.Header{Key: h.Key, Values: make([]shipbell.Secret, len(h.Values))}
		for k, value := range h.Values {
			headers[j].Values[k] = shipbell.NewSecret(value)
		}
	}
	return shipbell.Target{
		ID: t.ID, URL: t.URL, Headers: headers, Format: t.Format, Template: t.Template,
		Secret: shipbell.NewSecret(t.Secret), DropFormerSecret: t.DropFormerSecret, PathSecret: t.PathSecret,
		CertificateKey: shipbell.NewSecret(t.CertificateKey), Options: t.Options,
	}
}
