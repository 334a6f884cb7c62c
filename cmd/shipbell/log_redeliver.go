package main

import (
	"context"
	"flag"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func logRedeliver() command {
	s, dry := &filter{}, false
	return command{
		name: "log redeliver", args: "[ID]", most: 1, summary: "attempt deliveries again", remote: true, scoped: true,
		about: `Makes deliveries due again at once: one by its ID, whatever became of it, or all that
ended and that the flags ask for. Without --status these are the failed and the
cancelled ones, without --since those of the last 14 days. A delivery keeps its ID, so
that its receiver can tell that it came twice. Those whose trigger is disabled or was
deleted are left alone, and so are cleared ones unless --cleared is true. With --dry-run
they are counted only.`,
		words: filterWords(),
		examples: []string{
			"shipbell log redeliver 01M15WGVR0000000017N4PQCX2ZY",
			"shipbell log redeliver --status failed --since 1h --trigger demo",
		},
		flags: func(f *flag.FlagSet) {
			s.register(f)
			f.BoolVar(&dry, "dry-run", false, "count them only")
		},
		run: func(ctx context.Context, c *call) error {
			switch one := len(c.arguments) == 1; {
			case one && (s.chosen() || dry):
				return usagef("an ID and other flags exclude each other")
			case one:
				return c.redeliverOne(ctx)
			case !s.chosen():
				return usagef("give an ID, or say which deliveries with flags such as --trigger, --status or --since")
			}
			return c.changeMany(ctx, s, dry, "due again", (*client.Client).RedeliverMany)
		},
	}
}

func (c *call) redeliverOne(ctx context.Context) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	d, err := cl.Redeliver(ctx, c.registry, shipbell.DeliveryID(c.arguments[0]))
	if err != nil {
		return err
	}
	c.report("delivery %s is due again", d.ID)
	return nil
}

// changeMany changes the deliveries that flags ask for, or counts them.
func (c *call) changeMany(ctx context.Context, s *filter, dry bool, what string,
	change func(*client.Client, context.Context, string, client.DeliveryQuery, bool) (apiv1.Changed, error),
) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	query, err := s.query(time.Now())
	if err != nil {
		return err
	}
	answer, err := change(cl, ctx, c.registry, query, dry)
	if err != nil {
		return err
	}
	verb := "are"
	switch {
	case dry:
		verb = "would be"
	case answer.Count == 1:
		verb = "is"
	}
	c.report("%s %s %s", count(answer.Count, "delivery", "deliveries"), verb, what)
	switch {
	case !answer.More || c.asJSON:
	case dry:
		c.sayf("counted since %s: there are older ones, which were not looked at", when(answer.Since))
	default:
		c.sayf("there are more: run it again once these have ended")
	}
	return nil
}

func logClear() command {
	s, dry := &filter{}, false
	return command{
		name: "log clear", args: "[ID]", most: 1, summary: "mark failed deliveries as dealt with", remote: true, scoped: true,
		about: `Marks deliveries that failed or were cancelled as dealt with: one by its ID, or all that
the flags ask for, without --since those of the last 14 days. They do not count as failing
any more and stay in the log. A redelivery takes the mark away.`,
		examples: []string{
			"shipbell log clear 01M15WGVR0000000017N4PQCX2ZY",
			"shipbell log clear --trigger demo --since 24h --dry-run",
		},
		words: filterWords(),
		flags: func(f *flag.FlagSet) {
			s.register(f)
			f.BoolVar(&dry, "dry-run", false, "count them only")
		},
		run: func(ctx context.Context, c *call) error {
			switch one := len(c.arguments) == 1; {
			case one && s.chosen():
				return usagef("an ID and other flags exclude each other")
			case one:
				s.Event = c.arguments[0]
			case !s.chosen():
				return usagef("give an ID, or say which deliveries with flags such as --trigger, --status or --since")
			}
			return c.changeMany(ctx, s, dry, "cleared", (*client.Client).ClearMany)
		},
	}
}
