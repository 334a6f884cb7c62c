package main

import (
	"context"
	"flag"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func sendCommand() command {
	var source, again string
	return command{
		name: "send", args: "FILE|-", least: 1, most: 1, summary: "send an event, as a registry would", remote: true, scoped: true,
		about: `Posts an event in any form that a registry may send, and shows what came of it: events,
their deliveries, and what was ignored and why. The same event sent again makes the
same deliveries: nothing is delivered twice. With --again it is another event, made once
for each token; that needs an admin key.`,
		examples: []string{
			"shipbell send event.json",
			"jq .body captured.json | shipbell send - --source distribution",
			"shipbell send event.json --again second-try",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&source, "source", "", "`SOURCE` of the event; recognised if not given, and listed by \"shipbell source list\"")
			f.StringVar(&again, "again", "", "deliver once more what was delivered before; the same `TOKEN` does so once")
		},
		run: func(ctx context.Context, c *call) error { return c.sendEvent(ctx, source, again) },
	}
}

func (c *call) sendEvent(ctx context.Context, source, again string) error {
	event, err := c.readInput(c.arguments[0])
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	answer, err := cl.ReceiveEventsAgain(ctx, c.registry, source, again, event)
	if err != nil {
		return err
	}
	if c.asJSON {
		c.printAnswer()
		return nil
	}
	for _, e := range answer.Events {
		came := ""
		if e.Repeat {
			came = ", sent before"
		}
		c.sayf("%s %s: %s%s", e.Action, e.Repository, count(len(e.Deliveries), "delivery", "deliveries"), came)
		if e.Burst != "" {
			c.sayf("  merged into event %s, delivered when its window ends", e.Burst)
		}
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
