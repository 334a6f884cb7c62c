package main

import (
	"context"
	"encoding/json"
	"flag"
	"strings"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func presetList() command {
	var asJSON bool
	return command{
		name: "preset list", summary: "list the receivers with a preset",
		about: `Lists the receivers that Shipbell knows: what each is sent, whether it wants a secret and
which actions it has a use for. "shipbell trigger create --preset NAME" sets a target up
for one. docs/presets.md says what to fill in where.`,
		examples: []string{
			"shipbell preset list",
			"shipbell preset list --json",
		},
		flags: func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print JSON, for programs") },
		run:   func(_ context.Context, c *call) error { return c.listPresets(asJSON) },
	}
}

func (c *call) listPresets(asJSON bool) error {
	var all []apiv1.Preset
	rows := [][]string{{"PRESET", "RECEIVER", "FORMAT", "SECRET", "URL"}}
	for _, p := range preset.All() {
		all = append(all, apiv1.NewPreset(p))
		rows = append(rows, []string{p.Name, p.Title, string(p.Target.Format), string(p.Secret), p.URL})
	}
	if asJSON {
		return c.printOwn(apiv1.Presets{Presets: all})
	}
	printTable(c.stdout, rows...)
	return nil
}

func presetShow() command {
	return command{
		name: "preset show", args: "NAME", least: 1, most: 1, summary: "show what a preset sets a target to",
		about: `Prints the settings of a preset as JSON: a target as "shipbell trigger apply" takes it.`,
		examples: []string{
			"shipbell preset show slack",
			"shipbell preset show watchtower",
		},
		run: func(_ context.Context, c *call) error {
			p, found := preset.Find(c.arguments[0])
			if !found {
				return usagef("%q is not a known preset; known are %s", c.arguments[0], strings.Join(preset.Names(), ", "))
			}
			return c.printOwn(apiv1.NewPreset(p))
		},
	}
}

func targetTest() command {
	s, q := &targetFlags{}, apiv1.TestRequest{}
	var action string
	return command{
		name: "target test", summary: "send a sample event to a target before it is stored", remote: true, scoped: true,
		about: `Sends a sample event to a target as the flags describe it, and shows the request, the
answer, and whether it counts as success. Nothing is stored. If the attempt failed, the
exit code is 3.`,
		examples: []string{
			"shipbell target test --preset slack --url https://hooks.slack.com/services/T000/B000/XXXX",
			"shipbell target test --url https://ci.example.com/hook --action deleteImage",
		},
		words: withWords(targetWords("target."), map[string]string{"action": "--action"}),
		flags: func(f *flag.FlagSet) {
			f.StringVar(&s.target.URL, "url", "", "`URL` of the target")
			f.StringVar(&action, "action", "", "`ACTION` of the event: pushImage if none is given")
			s.register(f)
		},
		run: func(ctx context.Context, c *call) error {
			var err error
			if q.Target, err = s.read(); err != nil {
				return err
			}
			q.Action = shipbell.Action(action)
			return c.testTarget(ctx, q)
		},
	}
}

func (c *call) testTarget(ctx context.Context, q apiv1.TestRequest) error {
	if q.Target.URL == "" {
		return usagef("--url: say where to send it")
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	answer, err := cl.TestTarget(ctx, c.registry, q)
	if err != nil {
		return err
	}
	if c.asJSON {
		c.printAnswer()
	} else {
		for _, a := range answer.Attempts {
			c.showTest(a)
		}
	}
	return testOutcome(answer)
}

// showTest prints a request with its answer.
func (c *call) showTest(a apiv1.TestAttempt) {
	headers, err := json.Marshal(a.Request.Headers)
	if err != nil {
		headers = nil // of texts alone, it is never one
	}
	result := "success"
	if !a.Succeeded {
		result = "failure: " + outcome(a.Attempt)
	}
	printTable(c.stdout,
		[]string{"target", a.TargetURL}, []string{"query", a.Request.Query}, []string{"headers", string(headers)}, []string{"body", a.Request.Body},
		[]string{"result", result}, []string{"duration", milliseconds(a.DurationMS)}, []string{"answer", a.Response})
}

// testOutcome is errUnmet if one of the attempts failed.
func testOutcome(answer apiv1.TestResult) error {
	for _, a := range answer.Attempts {
		if !a.Succeeded {
			return errUnmet
		}
	}
	return nil
}

// withWords joins maps of words.
func withWords(words ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, some := range words {
		for field, name := range some {
			all[field] = name
		}
	}
	return all
}
