package tcrapi

import (
	"slices"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// triggerRequest is a trigger as a client sends it. What it leaves out is nil or "".
type triggerRequest struct {
	Name        *string           `json:"Name"`
	Description *string           `json:"Description"`
	Targets     []targetRequest   `json:"Targets"`
	EventTypes  []shipbell.Action `json:"EventTypes"`
	Condition   *string           `json:"Condition"`
	Enabled     scalar            `json:"Enabled"`
	ID          scalar            `json:"Id"`
	// NamespaceID says again in which namespace the trigger is; 0 says nothing. The name
	// is passed over.
	NamespaceID   scalar `json:"NamespaceId"`
	NamespaceName string `json:"NamespaceName"`
}

// checkNamespace refuses the id of another namespace than the one that a call names:
// it would come back as another than was sent.
func (g *triggerRequest) checkNamespace(name string) error {
	id, err := g.NamespaceID.integer("Trigger.NamespaceId", 0, 0)
	if err == nil && id != 0 && id != namespaceID(name) {
		err = shipbell.InvalidField("Trigger.NamespaceId", text.TCRNamespaceID, id, name, namespaceID(name))
	}
	return err
}

type targetRequest struct {
	Address string          `json:"Address"`
	Headers []headerRequest `json:"Headers"`
}

type headerRequest struct {
	Key    string            `json:"Key"`
	Values []shipbell.Secret `json:"Values"`
}

// required checks that nothing is left out that a new trigger must have.
func (g *triggerRequest) required() error {
	switch {
	case g.Name == nil:
		return missing("Trigger.Name")
	case g.Targets == nil:
		return missing("Trigger.Targets")
	case g.EventTypes == nil:
		return missing("Trigger.EventTypes")
	case g.Condition == nil || *g.Condition == "":
		return missing("Trigger.Condition")
	case g.Enabled == "":
		return missing("Trigger.Enabled")
	}
	return nil
}

// apply sets the fields of t that are given. t may be a trigger that is stored: then
// its targets keep what TCR has no words for.
func (g *triggerRequest) apply(t *shipbell.Trigger) error {
	if g.Name != nil {
		t.Name = *g.Name
	}
	if g.Description != nil {
		t.Description = *g.Description
	}
	if g.EventTypes != nil {
		t.Actions = g.EventTypes
	}
	if g.Targets != nil {
		var err error
		if t.Targets, err = targets(g.Targets, *t); err != nil {
			return err
		}
	}
	if g.Condition != nil && *g.Condition != "" {
		said, err := parseCondition(*g.Condition)
		if err != nil {
			return err
		}
		said.Namespace = t.Rule.Namespace
		t.Rule = said
	}
	if g.Enabled != "" {
		var err error
		if t.Enabled, err = g.Enabled.boolean("Trigger.Enabled"); err != nil {
			return err
		}
	}
	return nil
}

// targets makes the targets of a trigger that was old before. TCR knows neither body
// formats nor signatures: a target that was there keeps its own. Its signing secret is
// for its origin alone.
func targets(given []targetRequest, old shipbell.Trigger) ([]shipbell.Target, error) {
	made := shipbell.Trigger{Targets: make([]shipbell.Target, len(given))}
	for i, g := range given {
		made.Targets[i].URL = g.Address
		for _, header := range g.Headers {
			// TCR's console sends a row that was left empty.
			if header.Key != "" {
				made.Targets[i].Headers = append(made.Targets[i].Headers, shipbell.Header{Key: header.Key, Values: slices.Clone(header.Values)})
			}
		}
	}
	if err := made.MatchTargets(old); err != nil {
		return nil, err
	}
	for i := range made.Targets {
		target := &made.Targets[i]
		before, found := old.Target(target.ID)
		sameOrigin := found && shipbell.Origin(before.URL) == shipbell.Origin(target.URL)
		if !found && i < len(old.Targets) && shipbell.Origin(old.Targets[i].URL) == shipbell.Origin(target.URL) {
			before, sameOrigin = old.Targets[i], true // several paths were changed at once
		}
		target.Format, target.Template, target.PathSecret = before.Format, before.Template, before.PathSecret
		target.Options = before.Options
		if sameOrigin {
			target.Secret, target.CertificateKey = before.Secret, before.CertificateKey
		}
	}
	return made.Targets, nil
}

// view shows a trigger to a key. An admin gets the values of headers in clear, for
// tools compare them with what they sent; anybody else gets them masked.
func view(key shipbell.AccessKey, t *shipbell.Trigger) webhookTrigger {
	clear := key.Role == shipbell.RoleAdmin
	v := webhookTrigger{
		ID: int64(t.ID), Name: t.Name, Description: t.Description, EventTypes: t.Actions, Enabled: t.Enabled,
		Condition: condition(t.Rule), NamespaceName: namespace(t.Rule), NamespaceID: namespaceID(namespace(t.Rule)),
		Targets: make([]webhookTarget, len(t.Targets)),
	}
	for i, target := range t.Targets {
		shown := webhookTarget{Address: target.URL, Headers: make([]webhookHeader, len(target.Headers))}
		if !clear {
			shown.Address = target.MaskedURL()
		}
		for j, header := range target.Headers {
			shown.Headers[j] = webhookHeader{Key: header.Key, Values: make([]string, len(header.Values))}
			for k, value := range header.Values {
				shown.Headers[j].Values[k] = value.String()
				// One that does not open stays masked.
				if text, err := value.Reveal(); clear && err == nil {
					shown.Headers[j].Values[k] = text
				}
			}
		}
		v.Targets[i] = shown
	}
	return v
}
