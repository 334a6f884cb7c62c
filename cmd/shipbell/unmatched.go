package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// span is a time as flags ask for it.
type span struct{ since, until string }

func (s *span) register(f *flag.FlagSet) {
	f.StringVar(&s.since, "since", "", "only received since this `TIME`: 90m or 7d ago, or 2026-11-22T12:00:00Z")
	f.StringVar(&s.until, "until", "", "only received before this `TIME`")
}

func (s *span) read(now time.Time) (since, until time.Time, err error) {
	if since, err = readTime("since", s.since, now); err != nil {
		return since, until, err
	}
	until, err = readTime("until", s.until, now)
	return since, until, err
}

func unmatchedCommand() command {
	s, limit := &span{}, standardLimit
	return command{
		name: "unmatched", summary: "list kept events that matched no trigger", remote: true, scoped: true,
		about: `Lists the pushes and deletes that matched no trigger when they came, the newest at the
end. A registry keeps them if it is set to (registry set --keep-unmatched), as long as
deliveries. NOW tells how many triggers match the event now, MADE how many deliveries
"unmatched replay" made of it, and WHY what the nearest of the other triggers lacks.`,
		examples: []string{
			"shipbell unmatched",
			"shipbell unmatched --since 7d --json",
		},
		flags: func(f *flag.FlagSet) {
			s.register(f)
			f.IntVar(&limit, "limit", limit, fmt.Sprintf("show at most `N` events, 1 to %d", maxLimit))
		},
		run: func(ctx context.Context, c *call) error {
			if limit < 1 || limit > maxLimit {
				return usagef("--limit: write a number from 1 to %d", maxLimit)
			}
			return c.listUnmatched(ctx, s, limit)
		},
	}
}

func (c *call) listUnmatched(ctx context.Context, s *span, limit int) error {
	q := client.UnmatchedQuery{Page: client.Page{Limit: limit}}
	var err error
	if q.Since, q.Until, err = s.read(time.Now()); err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	all, err := collect(c, cl.Unmatched(ctx, c.registry, q))
	if err != nil {
		return err
	}
	if err := c.warnDamaged("events"); err != nil {
		return err
	}
	if c.asJSON {
		return c.printList("events")
	}
	if len(all) == 0 {
		c.sayf("no event that matched no trigger is kept in registry %s", c.registry)
		return nil
	}
	rows := [][]string{{"TIME", "ID", "ACTION", "RESOURCE", "NOW", "MADE", "WHY"}}
	for _, one := range slices.Backward(all) {
		why := ""
		if len(one.Nearest) > 0 {
			why = one.Nearest[0].TriggerName + ": " + one.Nearest[0].Reason
		}
		rows = append(rows, []string{
			when(one.ReceivedAt), string(one.ID), string(one.Action), resourceOf(one.KeptEvent),
			fmt.Sprint(len(one.Matching)), fmt.Sprint(len(one.Deliveries)), shorten(why, 100),
		})
	}
	printTable(c.stdout, rows...)
	return nil
}

// resourceOf names what an event is about in one word.
func resourceOf(e apiv1.KeptEvent) string {
	return (&delivery{apiv1.Delivery{Repository: e.Repository, Resources: e.Resources, ResourceCount: e.ResourceCount}}).resource()
}

func unmatchedReplay() command {
	s, dry := &span{}, false
	return command{
		name: "unmatched replay", args: "[ID]", most: 1, summary: "deliver kept events that triggers match now", remote: true, scoped: true,
		about: `Holds kept events that matched no trigger against the triggers as they are now, and makes
deliveries for those that match: of one event by its ID, or of all that were received in
the time that the flags ask for. A trigger gets an event once, however often this is
asked. With --dry-run nothing is made, and what would be is shown. --json prints the
answer of each request: one looks at 10,000 events at most.`,
		examples: []string{
			"shipbell unmatched replay --since 2d --dry-run",
			"shipbell unmatched replay 01M15WGVR0000000017N4PQCX2ZY",
		},
		flags: func(f *flag.FlagSet) {
			s.register(f)
			f.BoolVar(&dry, "dry-run", false, "show what would be delivered")
		},
		run: func(ctx context.Context, c *call) error {
			chosen := s.since != "" || s.until != ""
			switch one := len(c.arguments) == 1; {
			case one && chosen:
				return usagef("an ID and --since or --until exclude each other")
			case !one && !chosen:
				return usagef("give an ID, or say which events with --since or --until")
			}
			return c.replayUnmatched(ctx, s, dry)
		},
	}
}

// replayUnmatched asks again as long as there are events that were not looked at.
func (c *call) replayUnmatched(ctx context.Context, s *span, dry bool) error {
	since, until, err := s.read(time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	var id shipbell.DeliveryID
	if len(c.arguments) == 1 {
		id = shipbell.DeliveryID(c.arguments[0])
	}
	deliveries, events := 0, 0
	for {
		answer, err := cl.ReplayUnmatched(ctx, c.registry, id, since, until, dry)
		if err != nil {
			return err
		}
		deliveries, events = deliveries+answer.Count, events+answer.EventCount
		if c.asJSON {
			c.printAnswer()
		} else {
			c.showReplayed(answer)
		}
		if answer.Next == nil {
			break
		}
		since = *answer.Next
	}
	if !c.asJSON {
		c.sayReplayed(deliveries, events, dry)
	}
	return nil
}

// sayReplayed says what came of a replay.
func (c *call) sayReplayed(deliveries, events int, dry bool) {
	verb := "made"
	if dry {
		verb = "would make"
	}
	c.sayf("%s %s of %s", verb, count(deliveries, "delivery", "deliveries"), count(events, "event", "events"))
}

func (c *call) showReplayed(answer apiv1.Replayed) {
	for _, one := range answer.Events {
		names := make([]string, len(one.Triggers))
		for i, t := range one.Triggers {
			names[i] = t.Name
		}
		c.sayf("%s %s %s %s: %s", when(one.ReceivedAt), one.ID, one.Action, resourceOf(one.KeptEvent), strings.Join(names, ", "))
	}
}
