package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// prepare fills in what a user left out of a trigger: what the presets of its targets say,
// and then the defaults.
func prepare(t *shipbell.Trigger) error {
	var unknown []shipbell.FieldError
	for i := range t.Targets {
		target := &t.Targets[i]
		if target.Preset == "" {
			continue
		}
		p, found := preset.Find(target.Preset)
		if !found {
			unknown = append(unknown, shipbell.FieldError{
				Field:   fmt.Sprintf("targets[%d].preset", i),
				Message: text.New(text.OptionUnknown, target.Preset, strings.Join(preset.Names(), ", ")),
			})
			continue
		}
		p.Fill(target)
	}
	if len(unknown) > 0 {
		return &shipbell.Error{Kind: shipbell.Invalid, Message: text.New(text.RequestInvalid), Fields: unknown}
	}
	t.Normalise()
	return nil
}

// prepareChange is prepare for a trigger that takes the place of an old one, which it also
// checks.
func (a *App) prepareChange(t *shipbell.Trigger, old shipbell.Trigger) error {
	if err := prepare(t); err != nil {
		return err
	}
	return shipbell.JoinInvalid(t.Change(old, a.Now()), format.CheckTemplates(t), a.checkTimeouts(t, old))
}

// checkTimeouts gives an Invalid error if a target's time-out is longer than this platform has
// time for. One that old has may stay: attempts are cut short.
func (a *App) checkTimeouts(t *shipbell.Trigger, old shipbell.Trigger) error {
	var wrong []shipbell.FieldError
	for i, target := range t.Targets {
		most := int(a.MaxTimeout / time.Second)
		if before, found := old.Target(target.ID); a.MaxTimeout == 0 || target.Timeout <= most || found && before.Timeout == target.Timeout {
			continue
		}
		wrong = append(wrong, shipbell.FieldError{Field: fmt.Sprintf("targets[%d].timeout", i), Message: text.New(text.OptionRange, 1, most)})
	}
	if len(wrong) == 0 {
		return nil
	}
	return &shipbell.Error{Kind: shipbell.Invalid, Message: text.New(text.RequestInvalid), Fields: wrong}
}

// ofTarget names the fields of a trigger's only target as those of a target.
func ofTarget(err error) error {
	e, ok := errors.AsType[*shipbell.Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Fields = slices.Clone(e.Fields)
	for i, f := range named.Fields {
		switch {
		case strings.HasPrefix(f.Field, "targets[0]"):
			named.Fields[i].Field = "target" + strings.TrimPrefix(f.Field, "targets[0]")
		case strings.HasPrefix(f.Field, "actions"):
			named.Fields[i].Field = "action"
		}
	}
	return &named
}
