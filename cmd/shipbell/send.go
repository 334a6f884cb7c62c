package main

import (
	"context"
	"flag"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func sendCommand() command {
	var source string
	return command{
		name: "send", args: "FILE|-", least: 1, most: 1, summary: "send an event, as a registry would", remote: true, scoped: true,
		about: `Posts an event in any form that a registry may send, and shows what came of it: events,
their deliveries, and what was ignored and why. The same event sent again makes the
same deliveries: nothing is delivered twice.`,
		examples: []string{
			"shipbell send event.json",
			"jq .body captured.json | shipbell send - --source distribution",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&source, "source", "", "`SOURCE` of the event, distribution or tcr; recognised if not given")
		},
		run: func(ctx context.Context, c *call) error { return c.sendEvent(ctx, source) },
	}
}

func (c *call) sendEvent(ctx context.Context, source string) error {
	event, err := c.readInput(c.arguments[0])
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	answer, err := cl.ReceiveEvents(ctx, c.registry, source, event)
	if err != nil {
		return err
	}
	if c.asJSON {
		c.printAnswer()
		return nil
	}
	for _, e := range answer.Events {
		c.sayf("%s %s: %s", e.Action, e.Repository, count(len(e.Deliveries), "delivery", "deliveries"))
		for _, id := range e.Deliveries {
			c.sayf("  %s", id)
		}
	}
	c.sayIgnored(answer.Ignored)
	return nil
}

func (c *call) sayIgnored(all []apiv1.Ignored) {
	for _, one := range all {
		if one.EventID == "" {
			c.sayf("ignored: %s", one.Reason)
			continue
		}
		c.sayf("ignored event %s: %s", one.EventID, one.Reason)
	}
}
