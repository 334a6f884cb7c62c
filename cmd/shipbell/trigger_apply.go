package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func triggerApply() command {
	return command{
		name: "trigger apply", args: "FILE|-", least: 1, most: 1, summary: "create or change triggers from a file", remote: true, scoped: true,
		about: `Makes triggers as a JSON file says: one trigger, an array of them, or {"triggers": […]}
as "shipbell trigger list --json" prints it. A trigger whose name the registry has is
replaced, so that fields left out get their defaults, and another is created; triggers
that the file does not name are left alone. Applying a file again changes nothing. A
masked secret keeps what is stored for it; one in clear is written each time. If some
triggers are refused, the others are applied.`,
		examples: []string{
			"shipbell trigger apply triggers.json",
			"shipbell trigger get demo --json | sed 's/\"v\\*\"/\"v2.*\"/' | shipbell trigger apply -",
		},
		run: applyTriggers,
	}
}

// applied is what became of one trigger of the file.
type applied struct {
	Result  string          `json:"result"`
	Trigger json.RawMessage `json:"trigger"`
}

func applyTriggers(ctx context.Context, c *call) error {
	file, err := c.readInput(c.arguments[0])
	if err != nil {
		return err
	}
	wanted, err := readTriggers(file)
	if err != nil {
		return fmt.Errorf("%s: %w", inputName(c.arguments[0]), err)
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	present, err := c.presentTriggers(ctx, cl)
	if err != nil {
		return err
	}
	results, failed := []applied{}, 0
	for _, w := range wanted {
		result, err := c.applyOne(ctx, cl, w, present)
		var refused *client.Error
		if errors.As(err, &refused) {
			failed++
			for _, line := range lines(refused, func(field string) string { return field }) {
				c.complain(fmt.Sprintf("trigger %s: %s", w.name, line))
			}
			continue
		}
		if err != nil {
			return err
		}
		results = append(results, result)
		if !c.asJSON {
			c.sayf("%s trigger %s", result.Result, w.name)
		}
	}
	if c.asJSON {
		whole, err := json.Marshal(map[string][]applied{"triggers": results})
		if err != nil {
			return err
		}
		c.printJSON(whole)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %s refused", failed, count(len(wanted), "trigger was", "triggers were"))
	}
	return nil
}

// stored is a trigger that the server has.
type stored struct {
	trigger apiv1.Trigger
	body    json.RawMessage
}

func (c *call) presentTriggers(ctx context.Context, cl *client.Client) (map[string]stored, error) {
	all, bodies, err := c.allTriggers(ctx, cl, nil)
	if err != nil {
		return nil, err
	}
	present := map[string]stored{}
	for i, t := range all {
		present[t.Name] = stored{t, bodies[i]}
	}
	return present, nil
}

// applyOne creates a trigger or replaces the one of its name, unless that is so
// already. The server judges the JSON as it is in the file.
func (c *call) applyOne(ctx context.Context, cl *client.Client, w wantedTrigger, present map[string]stored) (applied, error) {
	old, exists := present[w.name]
	if !exists {
		var body json.RawMessage
		if _, err := cl.Do(ctx, client.Request{Method: http.MethodPost, Path: client.Path("triggers", c.registry), Body: w.body}, &body); err != nil {
			return applied{}, err
		}
		var created apiv1.Trigger
		if err := json.Unmarshal(body, &created); err != nil {
			return applied{}, err
		}
		c.warnOf(created)
		return applied{"created", body}, nil
	}
	if w.sameAs(old.trigger) {
		return applied{"unchanged", old.body}, nil
	}
	var body json.RawMessage
	path := client.Path("triggers", c.registry, fmt.Sprint(old.trigger.ID))
	if _, err := cl.Do(ctx, client.Request{Method: http.MethodPut, Path: path, Body: w.body, Version: old.trigger.Version}, &body); err != nil {
		return applied{}, err
	}
	var now apiv1.Trigger
	if err := json.Unmarshal(body, &now); err != nil {
		return applied{}, err
	}
	if now.Version == old.trigger.Version {
		return applied{"unchanged", body}, nil
	}
	c.warnOf(now)
	return applied{"changed", body}, nil
}

// wantedTrigger is a trigger of the file, to be sent as it stands there.
type wantedTrigger struct {
	name string
	body json.RawMessage
}

// readTriggers reads the file: an object, an array, or an object with an array.
func readTriggers(file []byte) ([]wantedTrigger, error) {
	if !json.Valid(file) {
		var value any
		return nil, fmt.Errorf("it is not one JSON value: %w", json.Unmarshal(file, &value))
	}
	var bodies []json.RawMessage
	var envelope map[string]json.RawMessage
	if json.Unmarshal(file, &envelope) == nil && envelope["triggers"] != nil {
		file = envelope["triggers"]
	}
	if json.Unmarshal(file, &bodies) != nil {
		bodies = []json.RawMessage{file}
	}
	wanted := make([]wantedTrigger, len(bodies))
	seen := map[string]bool{}
	for i, body := range bodies {
		var t struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(body, &t); err != nil || t.Name == "" {
			return nil, fmt.Errorf("trigger %d has no name", i+1)
		}
		if seen[t.Name] {
			return nil, fmt.Errorf("two triggers are named %s", t.Name)
		}
		seen[t.Name] = true
		wanted[i] = wantedTrigger{t.Name, body}
	}
	return wanted, nil
}

// sameAs reports whether writing the trigger would surely change nothing. Of a
// secret in clear that cannot be told.
func (w wantedTrigger) sameAs(old apiv1.Trigger) bool {
	var request apiv1.TriggerRequest
	decoder := json.NewDecoder(bytes.NewReader(w.body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&request) != nil {
		return false // which the server can say better
	}
	for _, target := range request.Targets {
		if !keepsSecret(target.Secret) || target.DropFormerSecret {
			return false
		}
		for _, header := range target.Headers {
			if slices.ContainsFunc(header.Values, func(value string) bool { return !keepsSecret(value) }) {
				return false
			}
		}
	}
	var wanted, present shipbell.Trigger
	request.Apply(&wanted)
	old.Apply(&present)
	if wanted.MatchTargets(present) != nil {
		return false
	}
	one, err1 := json.Marshal(apiv1.SettingsOf(wanted))
	other, err2 := json.Marshal(apiv1.SettingsOf(present))
	return err1 == nil && err2 == nil && bytes.Equal(one, other)
}

// keepsSecret reports whether a value leaves what is stored: it is a mask, or empty.
func keepsSecret(value string) bool { return value == "" || value == shipbell.Mask }

// readInput reads a file, or standard input for "-".
func (c *call) readInput(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(c.stdin)
	}
	return os.ReadFile(name)
}

func inputName(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}
