package main

import (
	"context"
	"flag"
	"strings"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/pattern"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// creation is what the flags of trigger create say.
type creation struct {
	trigger  apiv1.TriggerSettings
	disabled bool
	dialect  string
	actions  list
	urls     list
	labels   list
	retry    list
	target   targetFlags // for all URLs
}

func triggerCreate() command {
	s := &creation{actions: list{split: true}, retry: list{split: true}}
	return command{
		name: "trigger create", summary: "create a trigger", remote: true, scoped: true,
		about: `Creates a trigger: when an event has one of the actions and matches the namespace, the
repository and the tag, every URL gets a delivery. A pattern that is left out matches
all. What is said of targets is for all URLs of the command; use "shipbell trigger apply"
for targets that differ, and to keep secrets out of the list of processes.`,
		examples: []string{
			"shipbell trigger create --name demo --repository 'nginx*' --tag 'v*' --url https://ci.example.com/hook",
			"shipbell trigger create --name charts --action uploadChart,deleteChart --namespace public \\\n      --url https://ci.example.com/charts --header 'Authorization: Bearer TOKEN'",
			"shipbell trigger create --name chat --preset slack --url https://hooks.slack.com/services/T000/B000/XXXX",
		},
		words: withWords(targetWords("targets."), map[string]string{
			"actions": "--action", "rule.namespace": "--namespace", "rule.repository": "--repository", "rule.tag": "--tag",
			"rule.dialect": "--dialect", "targets": "--url", "labels": "--label", "retry": "--retry",
		}),
		flags: s.register,
		run:   func(ctx context.Context, c *call) error { return c.createTrigger(ctx, s) },
	}
}

func (s *creation) register(f *flag.FlagSet) {
	t := &s.trigger
	f.StringVar(&t.Name, "name", "", "`NAME` of the trigger: lower-case letters, digits, \"-\", \".\" and \"_\"")
	f.StringVar(&t.Description, "description", "", "`TEXT` for those who read the list")
	f.Var(&s.actions, "action", "`ACTION` that fires it: pushImage (if none is given), deleteImage, uploadChart, deleteChart, pullImage, downloadChart; repeat or separate by commas")
	f.StringVar(&t.Rule.Namespace, "namespace", "", "`PATTERN` of the namespace, the repository's first segment")
	f.StringVar(&t.Rule.Repository, "repository", "", "`PATTERN` of the repository after its namespace")
	f.StringVar(&t.Rule.Tag, "tag", "", "`PATTERN` of the tag")
	f.StringVar(&s.dialect, "dialect", "", "`DIALECT` of the patterns: tcr (if none is given) or doublestar")
	f.Var(&s.urls, "url", "`URL` of a target; repeat for several")
	f.Var(&s.labels, "label", "`KEY=VALUE` of your own; repeat for several")
	f.Var(&s.retry, "retry", "`WAIT` after a failed attempt, such as 30s; repeat or separate by commas; none for a single attempt")
	f.BoolVar(&s.disabled, "disabled", false, "create it disabled")
	s.target.register(f)
}

// read makes the trigger. What it says is for the server to judge; only what
// cannot be sent is refused here.
func (s *creation) read() (apiv1.TriggerSettings, error) {
	t := s.trigger
	if t.Name == "" {
		return t, usagef("--name: name the trigger")
	}
	if len(s.urls.values) == 0 {
		return t, usagef("--url: say where the deliveries go")
	}
	enabled := !s.disabled
	t.Enabled = &enabled
	for _, action := range s.actions.values {
		t.Actions = append(t.Actions, shipbell.Action(action))
	}
	if len(t.Actions) == 0 {
		t.Actions = []shipbell.Action{shipbell.PushImage}
	}
	t.Retry = s.retry.values
	t.Rule.Dialect = pattern.Dialect(s.dialect)
	var err error
	if t.Labels, err = readLabels(s.labels.values); err != nil {
		return t, err
	}
	target, err := s.target.read()
	if err != nil {
		return t, err
	}
	for _, target.URL = range s.urls.values {
		t.Targets = append(t.Targets, target)
	}
	return t, nil
}

// readLabels reads labels, each as KEY=VALUE.
func readLabels(texts []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, text := range texts {
		key, value, found := strings.Cut(text, "=")
		if !found {
			return nil, usagef("--label: write it as KEY=VALUE; there is no = in %q", text)
		}
		labels[key] = value
	}
	return labels, nil
}

// warnOf tells of patterns of a trigger that can hardly be what was meant.
func (c *call) warnOf(t apiv1.Trigger) {
	for _, warning := range t.Warnings {
		c.complain("warning: " + t.Name + ": " + warning.Field + ": " + warning.Message)
	}
}

func (c *call) createTrigger(ctx context.Context, s *creation) error {
	t, err := s.read()
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	created, err := cl.CreateTrigger(ctx, c.registry, t)
	if err != nil {
		return err
	}
	c.report("created trigger %s (id %d)", created.Name, created.ID)
	c.warnOf(created)
	return nil
}

// formats lists the formats for the help.
func formats() string {
	var names []string
	for _, f := range shipbell.Formats() {
		names = append(names, string(f))
	}
	return names[0] + " (if none is given), " + strings.Join(names[1:], ", ")
}
