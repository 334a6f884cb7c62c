package shipbell

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/pattern"
)

// Trigger is what a user creates: when an event matches the rule and one of the
// actions, every target gets a delivery.
type Trigger struct {
	ID          ID       `json:"id"`
	Registry    string   `json:"registry"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Enabled     bool     `json:"enabled"`
	Actions     []Action `json:"actions"`
	Rule        Rule     `json:"rule"`
	Targets     []Target `json:"targets"`
	// LastTarget is the highest id that any of its targets ever had.
	LastTarget TargetID `json:"last_target,omitempty"`
	// Retry is the waits after failed attempts, empty for the server's.
	Retry Retry `json:"retry,omitempty"`
	// Labels are the user's own key=value pairs.
	Labels    map[string]string `json:"labels"`
	Version   int64             `json:"version"`
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`
}

// Rule is the matching part of a trigger. An empty pattern matches everything.
type Rule struct {
	Namespace  string          `json:"namespace"`
	Repository string          `json:"repository"`
	Tag        string          `json:"tag"`
	Dialect    pattern.Dialect `json:"dialect"`
}

// HasLabels reports whether the trigger has all of the labels.
func (t *Trigger) HasLabels(labels map[string]string) bool {
	for key, value := range labels {
		if have, found := t.Labels[key]; !found || have != value {
			return false
		}
	}
	return true
}

// Mentions reports whether the trigger's name, its description or one of its labels,
// as key=value, contains a text, in upper or lower case.
func (t *Trigger) Mentions(text string) bool {
	texts := []string{t.Name, t.Description}
	for key, value := range t.Labels {
		texts = append(texts, key+"="+value)
	}
	text = strings.ToLower(text)
	return slices.ContainsFunc(texts, func(own string) bool { return strings.Contains(strings.ToLower(own), text) })
}

// SeenBy is the normalised trigger as a role may see it: only an admin sees the
// secrets in the URLs of targets.
func (t Trigger) SeenBy(role Role) Trigger {
	t = t.Clone()
	t.Normalise()
	if role != RoleAdmin {
		for i := range t.Targets {
			t.Targets[i].URL, t.Targets[i].FormerURL = t.Targets[i].MaskedURL(), ""
		}
	}
	return t
}

// Clone copies the trigger and all that it holds.
func (t *Trigger) Clone() Trigger {
	c := *t
	c.Actions = slices.Clone(t.Actions)
	c.Labels = maps.Clone(t.Labels)
	c.Retry = slices.Clone(t.Retry)
	c.Targets = slices.Clone(t.Targets)
	for i := range c.Targets {
		headers := slices.Clone(c.Targets[i].Headers)
		for j := range headers {
			headers[j].Values = slices.Clone(headers[j].Values)
		}
		c.Targets[i].Headers = headers
		c.Targets[i].Options = c.Targets[i].Options.clone()
	}
	return c
}

// Registry is one registry instance that sends events.
type Registry struct {
	ID string `json:"id"`
	// Secret is what the registry's hooks sign their requests with; empty where they sign
	// none.
	Secret Secret `json:"secret,omitzero"`
	// Topics are the ARNs of the Amazon SNS topics whose subscriptions are confirmed and
	// whose messages count. Without any, none is confirmed, and no signature is asked for.
	Topics []string `json:"sns_topics,omitempty"`
	// Google is the token that pushes of Google's Pub/Sub must have; zero for none.
	Google GoogleToken `json:"google,omitzero"`
	// Host is what resource URLs begin with, such as "reg.example.com".
	Host string `json:"host"`
	// Public is the visibility of repositories whose events do not tell it.
	Public bool `json:"public"`
	// Accessories lets events of signatures, attestations and SBOMs through.
	Accessories bool `json:"accessories"`
	// ChartRepositories is a pattern of the full names of the repositories that hold
	// charts, for events that do not tell; "" is none.
	ChartRepositories string `json:"chart_repositories,omitempty"`
	// OnlyChanged ignores the push of a tag that points to the same digest already.
	OnlyChanged bool `json:"only_changed,omitempty"`
	// MergeWindow is for how many seconds pushes of several tags of one digest become one
	// event, 0 to 60; 0 is off.
	MergeWindow int `json:"merge_window,omitempty"`
	// KeepUnmatched keeps pushes and deletes that no trigger matched.
	KeepUnmatched bool      `json:"keep_unmatched"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
}

// Window is the merge window, 0 if it is off.
func (r *Registry) Window() time.Duration { return time.Duration(r.MergeWindow) * time.Second }

// HoldsCharts reports whether a repository is one that holds charts, as far as the
// registry's settings tell.
func (r *Registry) HoldsCharts(repository string) bool {
	if r.ChartRepositories == "" {
		return false
	}
	p, err := pattern.Parse(pattern.TCR, pattern.Repository, r.ChartRepositories)
	return err == nil && p.Match(repository)
}

// Role is what an access key may do.
type Role string

// The roles. An admin may do everything that the others may.
const (
	RoleAdmin  Role = "admin"
	RoleViewer Role = "viewer"
	RoleIngest Role = "ingest"
)

// Valid reports whether r is one of the three roles.
func (r Role) Valid() bool { return r == RoleAdmin || r == RoleViewer || r == RoleIngest }

// AccessKey lets its holder in.
type AccessKey struct {
	ID   string `json:"id"`
	Role Role   `json:"role"`
	// Registries are those it may touch; empty means all.
	Registries  []string  `json:"registries"`
	Description string    `json:"description"`
	CreatedAt   time.Time `json:"created_at"`
	Secret      Secret    `json:"secret,omitzero"`
}
