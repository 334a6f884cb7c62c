package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// findTrigger reads the trigger that a user means, and its JSON: digits are its id, and
// anything else its name.
func (c *call) findTrigger(ctx context.Context, cl *client.Client, who string) (t apiv1.Trigger, body []byte, err error) {
	if isNumber(who) {
		id, err := readID(who)
		if err != nil {
			return t, nil, usagef("%v", err)
		}
		if t, err = cl.GetTrigger(ctx, c.registry, id); err != nil {
			return t, nil, err
		}
		return t, c.answers[len(c.answers)-1], nil
	}
	all, bodies, err := c.allTriggers(ctx, cl, nil)
	if err != nil {
		return t, nil, err
	}
	for i, t := range all {
		if t.Name == who {
			return t, bodies[i], nil
		}
	}
	return t, nil, fmt.Errorf("there is no trigger %q in registry %q", who, c.registry)
}

// allTriggers reads the triggers of the registry, each with its JSON.
func (c *call) allTriggers(ctx context.Context, cl *client.Client, labels []string) (all []apiv1.Trigger, bodies []json.RawMessage, err error) {
	if all, err = collect(c, cl.Triggers(ctx, c.registry, client.TriggerQuery{Labels: labels})); err != nil {
		return nil, nil, err
	}
	list, err := c.pages("triggers")
	return all, list.items, err
}

// readID reads the id of a trigger.
func readID(text string) (shipbell.ID, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is not a trigger's id", text)
	}
	return shipbell.ID(id), nil
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func triggerList() command {
	labels := &list{}
	return command{
		name: "trigger list", summary: "list the triggers of a registry", remote: true, scoped: true,
		about: "Lists all triggers of a registry, the oldest first.",
		examples: []string{
			"shipbell trigger list",
			"shipbell trigger list --label team=payments",
			"shipbell trigger list --registry staging --json",
		},
		flags: func(f *flag.FlagSet) {
			f.Var(labels, "label", "only those with this label, `KEY=VALUE`; repeat for several")
		},
		run: func(ctx context.Context, c *call) error { return c.listTriggers(ctx, labels.values) },
	}
}

func (c *call) listTriggers(ctx context.Context, labels []string) error {
	if _, err := readLabels(labels); err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	all, _, err := c.allTriggers(ctx, cl, labels)
	if err != nil {
		return err
	}
	if err := c.warnDamaged("triggers"); err != nil {
		return err
	}
	if c.asJSON {
		return c.printList("triggers")
	}
	if len(all) == 0 && len(labels) > 0 {
		c.sayf("no trigger of registry %s has these labels", c.registry)
		return nil
	}
	if len(all) == 0 {
		c.sayf("registry %s has no triggers yet", c.registry)
		return nil
	}
	rows := [][]string{{"ID", "NAME", "ENABLED", "ACTIONS", "NAMESPACE", "REPOSITORY", "TAG", "TARGETS"}}
	for _, t := range all {
		var targets []string
		for _, target := range t.Targets {
			targets = append(targets, target.URL)
		}
		rows = append(rows, []string{
			fmt.Sprint(t.ID), t.Name, yesNo(*t.Enabled), joinActions(t.Actions),
			orAll(t.Rule.Namespace), orAll(t.Rule.Repository), orAll(t.Rule.Tag), strings.Join(targets, " "),
		})
	}
	printTable(c.stdout, rows...)
	return nil
}

func joinActions(actions []shipbell.Action) string {
	texts := make([]string, len(actions))
	for i, action := range actions {
		texts[i] = string(action)
	}
	return strings.Join(texts, ",")
}

func triggerGet() command {
	return command{
		name: "trigger get", args: "NAME|ID", least: 1, most: 1, summary: "show one trigger", remote: true, scoped: true,
		about: `Shows one trigger. Header values and signing secrets are masked. With --json it prints
what "shipbell trigger apply" takes; masks keep what is stored.`,
		examples: []string{
			"shipbell trigger get demo",
			"shipbell trigger get demo --json > demo.json",
		},
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			t, body, err := c.findTrigger(ctx, cl, c.arguments[0])
			if err != nil {
				return err
			}
			if c.asJSON {
				c.printJSON(body)
				return nil
			}
			c.showTrigger(t)
			return nil
		},
	}
}

func (c *call) showTrigger(t apiv1.Trigger) {
	rows := [][]string{
		{"id", fmt.Sprint(t.ID)},
		{"name", t.Name},
		{"description", t.Description},
		{"enabled", yesNo(*t.Enabled)},
		{"actions", joinActions(t.Actions)},
		{"namespace", orAll(t.Rule.Namespace)},
		{"repository", orAll(t.Rule.Repository)},
		{"tag", orAll(t.Rule.Tag)},
		{"dialect", string(t.Rule.Dialect)},
	}
	for _, key := range slices.Sorted(maps.Keys(t.Labels)) {
		rows = append(rows, []string{"label", key + "=" + t.Labels[key]})
	}
	if len(t.Retry) > 0 {
		rows = append(rows, []string{"retry", strings.Join(t.Retry, ", ")})
	}
	for _, target := range t.Targets {
		rows = append(rows, []string{"target", target.URL}, []string{"  id", fmt.Sprint(target.ID)}, []string{"  format", string(target.Format)})
		if target.PathSecret {
			rows = append(rows, []string{"  secret path", yesNo(true)})
		}
		rows = append(rows, optionRows(target)...)
		for _, header := range target.Headers {
			for _, value := range header.Values {
				rows = append(rows, []string{"  header", header.Key + ": " + value})
			}
		}
		if target.Secret != "" {
			rows = append(rows, []string{"  secret", target.Secret})
		}
		if !target.FormerSecretUntil.IsZero() {
			rows = append(rows, []string{"  former secret", "until " + when(target.FormerSecretUntil)})
		}
	}
	printTable(c.stdout, append(rows,
		[]string{"version", fmt.Sprint(t.Version)}, []string{"created", when(t.CreatedAt)}, []string{"updated", when(t.UpdatedAt)})...)
}

// optionRows show what else a target is set to, as the API has it.
func optionRows(target apiv1.Target) (rows [][]string) {
	if target.Preset != "" {
		rows = append(rows, []string{"  preset", target.Preset})
	}
	if target.Template != "" {
		rows = append(rows, []string{"  template", target.Template})
	}
	options := target.TargetOptions
	options.Preset = ""
	if document, err := json.Marshal(options); err == nil && string(document) != "{}" {
		rows = append(rows, []string{"  options", string(document)})
	}
	return rows
}

func triggerEnable() command {
	return command{
		name: "trigger enable", args: "NAME|ID", least: 1, most: 1, summary: "let a trigger fire again", remote: true, scoped: true,
		about: `Enables a trigger. Events that came while it was disabled are not made up for.`,
		examples: []string{
			"shipbell trigger enable demo",
			"shipbell trigger enable 3 --registry staging",
		},
		run: func(ctx context.Context, c *call) error { return c.setEnabled(ctx, true) },
	}
}

func triggerDisable() command {
	return command{
		name: "trigger disable", args: "NAME|ID", least: 1, most: 1, summary: "keep a trigger from firing", remote: true, scoped: true,
		about: `Disables a trigger. Its deliveries that still wait for an attempt are cancelled.`,
		examples: []string{
			"shipbell trigger disable demo",
			"shipbell trigger disable 3 --registry staging",
		},
		run: func(ctx context.Context, c *call) error { return c.setEnabled(ctx, false) },
	}
}

func (c *call) setEnabled(ctx context.Context, enabled bool) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	t, _, err := c.findTrigger(ctx, cl, c.arguments[0])
	if err != nil {
		return err
	}
	if _, err := cl.ChangeTrigger(ctx, c.registry, t.ID, 0, map[string]bool{"enabled": enabled}); err != nil {
		return err
	}
	done := "disabled"
	if enabled {
		done = "enabled"
	}
	c.report("%s trigger %s (id %d)", done, t.Name, t.ID)
	return nil
}

func triggerDelete() command {
	return command{
		name: "trigger delete", args: "NAME|ID", least: 1, most: 1, summary: "delete a trigger", remote: true, scoped: true,
		about: `Deletes a trigger. Its deliveries stay in the log; those that still wait for an attempt
are cancelled. With --json it prints nothing.`,
		examples: []string{
			"shipbell trigger delete demo",
			"shipbell trigger delete 3 --registry staging",
		},
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			t, _, err := c.findTrigger(ctx, cl, c.arguments[0])
			if err != nil {
				return err
			}
			if err := cl.DeleteTrigger(ctx, c.registry, t.ID); err != nil {
				return err
			}
			c.report("deleted trigger %s (id %d)", t.Name, t.ID)
			return nil
		},
	}
}
