package main

import (
	"context"
	"crypto/rand"
	"flag"
	"time"
)

func replayCommand() command {
	s, again, name, dry := &filter{}, false, "", false
	return command{
		name: "replay", args: "[ID]", most: 1, summary: "send past events through the triggers of today", remote: true, scoped: true,
		about: `Holds past events against the triggers as they are now, and makes deliveries for those
that match: one event by its ID or that of one of its deliveries, or the events of all
deliveries that the flags ask for, which need --since. A trigger gets an event once. With
--again also triggers that had the event get it once more, as deliveries with IDs of their
own; --name names such a replay, and the same name makes nothing twice. What was delivered
before stays as it is. With --dry-run nothing is made, and what would be is shown. Events
that matched no trigger are replayed by "unmatched replay".`,
		examples: []string{
			"shipbell replay --since 2d --dry-run",
			"shipbell replay 01M15WGVR0000000017N4PQCX2ZY",
			"shipbell replay --trigger demo --since 6h --again --name lost-disk",
		},
		words: filterWords(),
		flags: func(f *flag.FlagSet) {
			s.register(f)
			f.BoolVar(&again, "again", false, "also for triggers that had the event")
			f.StringVar(&name, "name", "", "`NAME` of a replay with --again, to repeat it safely")
			f.BoolVar(&dry, "dry-run", false, "show what would be delivered")
		},
		run: func(ctx context.Context, c *call) error {
			switch one := len(c.arguments) == 1; {
			case name != "" && !again:
				return usagef("--name needs --again")
			case one && s.chosen():
				return usagef("an ID and other flags exclude each other")
			case one:
				s.Event = c.arguments[0]
			case s.Since == "" && s.Event == "":
				return usagef("give an ID, or the time to begin with by --since")
			}
			if again && name == "" {
				name = rand.Text()
				if !dry && !c.asJSON {
					c.sayf("the replay is named %s: repeat it with --name", name)
				}
			}
			return c.replayPast(ctx, s, name, dry)
		},
	}
}

// replayPast asks again as long as there are events that were not looked at.
func (c *call) replayPast(ctx context.Context, s *filter, again string, dry bool) error {
	query, err := s.query(time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	deliveries, events := 0, 0
	for {
		answer, err := cl.ReplayPast(ctx, c.registry, query, again, dry)
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
		query.Since = *answer.Next
	}
	if !c.asJSON {
		c.sayReplayed(deliveries, events, dry)
	}
	return nil
}
