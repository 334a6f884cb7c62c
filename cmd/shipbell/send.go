package main

import (
	"context"
	"flag"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func sendCommand() command {
	var source, again string
	event := &sampleEvent{operator: "shipbell send"}
	return command{
		name: "send", args: "[FILE|-]", most: 1, summary: "send an event, as a registry would", remote: true, scoped: true,
		about: `Posts an event, and shows what came of it: events, their deliveries, and what was
ignored and why. The event is a file in any form that a registry may send, or is told in
brief by flags; then it happens now. The same event sent again makes the same deliveries:
nothing is delivered twice. With --again it is another event, made once for each token;
that needs an admin key.`,
		examples: []string{
			"shipbell send --repository public/nginx --tag v1.10.0",
			"shipbell send event.json",
			"jq .body captured.json | shipbell send - --source distribution",
			"shipbell send event.json --again second-try",
		},
		flags: func(f *flag.FlagSet) {
			event.register(f)
			f.StringVar(&source, "source", "", "`SOURCE` of the event; recognised if not given, and listed by \"shipbell source list\"")
			f.StringVar(&again, "again", "", "deliver once more what was delivered before; the same `TOKEN` does so once")
		},
		run: func(ctx context.Context, c *call) error { return c.sendEvent(ctx, event, source, again) },
	}
}

func (c *call) sendEvent(ctx context.Context, brief *sampleEvent, source, again string) error {
	event, err := c.eventToSend(brief)
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

// eventToSend is the event of the file or of the flags.
func (c *call) eventToSend(brief *sampleEvent) ([]byte, error) {
	switch file := len(c.arguments) == 1; {
	case file && brief.given(c):
		return nil, usagef("a file and --action, --repository, --tag or --digest exclude each other")
	case file:
		return c.readInput(c.arguments[0])
	case brief.repository == "":
		return nil, usagef("give a file, or --repository, and --action, --tag and --digest as needed")
	}
	return brief.body(time.Now())
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
