package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func statsCommand() command {
	var since, until string
	return command{
		name: "stats", summary: "count deliveries by hour and status", remote: true, scoped: true,
		about: `Shows how many deliveries of each hour succeeded, failed or were cancelled, of the last
24 hours unless --since says otherwise; counts are kept for 8 days. A delivery is
counted a minute after it arrived; one that still waits then counts as failing. --json
has the counts of each trigger too.`,
		examples: []string{
			"shipbell stats",
			"shipbell stats --since 7d --json",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&since, "since", "", "from the hour of this `TIME`: 90m or 7d ago, or 2026-11-22T12:00:00Z")
			f.StringVar(&until, "until", "", "to the hour of this `TIME`")
		},
		run: func(ctx context.Context, c *call) error { return c.showStats(ctx, since, until) },
	}
}

func (c *call) showStats(ctx context.Context, since, until string) error {
	now := time.Now()
	from, err := readTime("since", since, now)
	if err != nil {
		return err
	}
	to, err := readTime("until", until, now)
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	stats, err := cl.GetStats(ctx, c.registry, from, to)
	if err != nil {
		return err
	}
	if c.asJSON {
		c.printAnswer()
		return nil
	}
	row := func(first string, n apiv1.Counts) []string {
		return []string{first, fmt.Sprint(n.Succeeded), fmt.Sprint(n.Failing), fmt.Sprint(n.Cancelled)}
	}
	rows := [][]string{{"HOUR", "SUCCEEDED", "FAILING", "CANCELLED"}}
	for _, hour := range stats.Hours {
		rows = append(rows, row(when(hour.Start), hour.Counts))
	}
	printTable(c.stdout, append(rows, row("total", stats.Total))...)
	return nil
}

func targetsCommand() command {
	return command{
		name: "targets", summary: "list targets that fail or are held, and count what waits", remote: true, scoped: true,
		about: `Lists the targets whose newest attempted delivery did not succeed, with how many
deliveries failed one after the other, and counts the deliveries that wait for an
attempt. Above them are the targets whose deliveries are held, with the reason and until
when, and those that are paused or how near they are to that.`,
		examples: []string{
			"shipbell targets",
			"shipbell targets --registry staging --json",
		},
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			targets, err := cl.GetTargets(ctx, c.registry)
			if err != nil {
				return err
			}
			c.showTargets(targets)
			return nil
		},
	}
}

func (c *call) showTargets(t apiv1.Targets) {
	if c.asJSON {
		c.printAnswer()
		return
	}
	c.showHeld(t.Held)
	if len(t.Failing) == 0 {
		c.sayf("no target fails")
	} else {
		rows := [][]string{{"TRIGGER", "TARGET", "FAILED", "SINCE", "LAST ERROR"}}
		for _, one := range t.Failing {
			last := ""
			for _, attempt := range slices.Backward(one.Newest.Attempts) {
				if last = outcome(attempt); last != "" {
					break
				}
			}
			rows = append(rows, []string{one.TriggerName, one.TargetURL, fmt.Sprint(one.Count), when(one.Since), last})
		}
		printTable(c.stdout, rows...)
	}
	more := ""
	if t.Waiting.More {
		more = " or more"
	}
	c.sayf("waiting: %d%s", t.Waiting.Count, more)
	if t.Waiting.OldestAt != nil {
		c.sayf("the oldest since %s", when(*t.Waiting.OldestAt))
	}
}

func ignoredCommand() command {
	return command{
		name: "ignored", summary: "list recent events that made no delivery, and why", remote: true, scoped: true,
		about: `Lists events of the last 24 hours that made no delivery, the newest at the end, and how
many there were for each reason. Not every event is recorded, so counts are a lower
bound. At the end are the reasons why requests with events were refused in the last
seven days.`,
		examples: []string{
			"shipbell ignored",
			"shipbell ignored --json",
		},
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			ignored, err := cl.GetIgnored(ctx, c.registry)
			if err != nil {
				return err
			}
			c.showIgnored(ignored)
			return nil
		},
	}
}

func (c *call) showIgnored(r apiv1.RecentlyIgnored) {
	if c.asJSON {
		c.printAnswer()
		return
	}
	defer c.showRefused(r.Refused)
	if len(r.Events) == 0 {
		c.sayf("no event was ignored in the last 24 hours")
		return
	}
	rows := [][]string{{"TIME", "ACTION", "RESOURCE", "REASON"}}
	for _, one := range slices.Backward(r.Events) {
		d := delivery{apiv1.Delivery{Repository: one.Repository}}
		if one.Tag != "" {
			d.Resources = append(d.Resources, shipbell.Resource{Tag: one.Tag})
		}
		rows = append(rows, []string{when(one.At), string(one.Action), d.resource(), one.Reason})
	}
	printTable(c.stdout, rows...)
	c.sayf("")
	rows = [][]string{{"COUNT", "REASON"}}
	for _, one := range r.Reasons {
		rows = append(rows, []string{fmt.Sprint(one.Count), one.Reason})
	}
	printTable(c.stdout, rows...)
}

// showRefused prints why requests with events were refused, the newest at the end.
func (c *call) showRefused(all []apiv1.Refusal) {
	if len(all) == 0 {
		return
	}
	c.sayf("")
	rows := [][]string{{"REFUSED", "ANSWER", "CODE", "EVENTS SINCE", "REASON"}}
	for _, one := range slices.Backward(all) {
		rows = append(rows, []string{when(one.At), fmt.Sprint(one.Status), string(one.ReasonCode), yesNo(one.EventsSince), one.Reason})
	}
	printTable(c.stdout, rows...)
}
