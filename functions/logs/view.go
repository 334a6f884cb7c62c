package logs

import (
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// delivery is a delivery as the API shows it.
type delivery struct {
	ID            shipbell.DeliveryID `json:"id"`
	Registry      string              `json:"registry"`
	TriggerID     shipbell.ID         `json:"trigger_id"`
	TriggerName   string              `json:"trigger_name"`
	TargetURL     string              `json:"target_url"`
	Action        shipbell.Action     `json:"action"`
	Repository    string              `json:"repository"`
	Resources     []shipbell.Resource `json:"resources"`
	Operator      string              `json:"operator"`
	EventID       string              `json:"event_id"`
	Status        shipbell.Status     `json:"status"`
	Reason        string              `json:"reason,omitempty"`
	CreatedAt     time.Time           `json:"created_at"`
	UpdatedAt     time.Time           `json:"updated_at"`
	NextAttemptAt *time.Time          `json:"next_attempt_at"`
	Attempts      []shipbell.Attempt  `json:"attempts"`
}

// withRequest is a delivery with the request that its target gets.
type withRequest struct {
	delivery
	Request request `json:"request"`
}

type request struct {
	ContentType string `json:"content_type"`
	Body        string `json:"body"`
}

// view shows a delivery to a key: only an admin sees the query of the URL.
func view(key shipbell.AccessKey, d *shipbell.Delivery) delivery {
	v := delivery{
		ID: d.ID, Registry: d.Registry, TriggerID: d.TriggerID, TriggerName: d.TriggerName, TargetURL: d.TargetURL,
		Action: d.Event.Action, Repository: d.Event.Repository.FullName, Resources: d.Event.Resources,
		Operator: d.Event.Operator, EventID: d.Event.ID, Status: d.Status, Reason: d.Reason,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, Attempts: d.Attempts,
	}
	if key.Role != shipbell.RoleAdmin {
		v.TargetURL = shipbell.MaskURL(d.TargetURL)
	}
	if d.Status == shipbell.Pending {
		v.NextAttemptAt = &d.NextAttemptAt
	}
	if v.Attempts == nil {
		v.Attempts = []shipbell.Attempt{}
	}
	return v
}
