package main

import (
	"context"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func logRedeliver() command {
	s := &filter{}
	return command{
		name: "log redeliver", args: "[ID]", most: 1, summary: "attempt deliveries again", remote: true, scoped: true,
		about: `Makes deliveries due again at once: one by its ID, whatever became of it, or all that
ended and that the flags ask for. Without --status these are the failed and the
cancelled ones, without --since those of the last 14 days. A delivery keeps its ID, so
that its receiver can tell that it came twice. Those whose trigger is disabled or was
deleted are left alone.`,
		examples: []string{
			"shipbell log redeliver 01M15WGVR0000000017N4PQCX2ZY",
			"shipbell log redeliver --status failed --since 1h --trigger demo",
		},
		flags: s.register,
		run: func(ctx context.Context, c *call) error {
			chosen := s.trigger != "" || s.status != "" || s.since != "" || s.until != ""
			switch one := len(c.arguments) == 1; {
			case one && chosen:
				return usagef("an ID and --trigger, --status, --since or --until exclude each other")
			case one:
				return c.redeliverOne(ctx)
			case !chosen:
				return usagef("give an ID, or say which deliveries with --trigger, --status, --since or --until")
			}
			return c.redeliverMany(ctx, s)
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

func (c *call) redeliverMany(ctx context.Context, s *filter) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	query, err := s.query(ctx, c, cl, time.Now())
	if err != nil {
		return err
	}
	answer, err := cl.RedeliverMany(ctx, c.registry, query, false)
	if err != nil {
		return err
	}
	verb := "are"
	if answer.Count == 1 {
		verb = "is"
	}
	c.report("%s %s due again", count(answer.Count, "delivery", "deliveries"), verb)
	if answer.More && !c.asJSON {
		c.sayf("there are more: run it again once these have ended")
	}
	return nil
}
