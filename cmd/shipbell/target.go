package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func targetResume() command {
	return command{
		name: "target resume", args: "NAME|ID [URL]", least: 1, most: 2, summary: "send held deliveries now", remote: true, scoped: true,
		about: `Makes the held deliveries of a trigger's targets due now, or those of the target with this
URL. Deliveries are held when attempts at their target keep failing; shipbell targets
lists these targets. They go on by themselves once the target answers. If it fails again,
they are held again. A target that is paused gets its new deliveries again; those that
were cancelled meanwhile are sent by "shipbell log redeliver".`,
		examples: []string{
			"shipbell target resume demo",
			"shipbell target resume 7 https://ci.example.com/hook --registry staging",
		},
		run: resumeTargets,
	}
}

func resumeTargets(ctx context.Context, c *call) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	t, _, err := c.findTrigger(ctx, cl, c.arguments[0])
	if err != nil {
		return err
	}
	targets, err := cl.GetTargets(ctx, c.registry)
	if err != nil {
		return err
	}
	held := slices.DeleteFunc(targets.Held, func(one apiv1.HeldTarget) bool {
		return one.TriggerID != t.ID || len(c.arguments) > 1 && one.TargetURL != c.arguments[1]
	})
	var sum apiv1.Resumed
	for _, one := range held {
		resumed, err := cl.ResumeTarget(ctx, c.registry, t.ID, one.TargetID)
		if err != nil {
			return err
		}
		sum.Count += resumed.Count
		if !c.asJSON {
			c.sayf("resumed %s: %s due now", one.TargetURL, count(resumed.Count, "delivery", "deliveries"))
		}
	}
	if c.asJSON {
		body, err := json.Marshal(sum)
		if err != nil {
			return err
		}
		c.printJSON(body)
	} else if len(held) == 0 {
		c.sayf("no deliveries of %s are held", t.Name)
	}
	return nil
}

// showHeld lists the targets whose deliveries are held.
func (c *call) showHeld(held []apiv1.HeldTarget) {
	if len(held) == 0 {
		return
	}
	rows := [][]string{{"TRIGGER", "HELD TARGET", "STATE", "SINCE", "UNTIL", "HELD", "REASON"}}
	for _, one := range held {
		number := fmt.Sprint(one.Held)
		if one.More {
			number += " or more"
		}
		state := one.State
		if one.PausedAt == nil && one.PausePercent > 0 {
			state += fmt.Sprintf(", %d%% to pause", one.PausePercent)
		}
		rows = append(rows, []string{one.TriggerName, one.TargetURL, state, when(one.Since), when(one.Until), number, shorten(one.Reason, 80)})
	}
	printTable(c.stdout, rows...)
	c.sayf("")
}
