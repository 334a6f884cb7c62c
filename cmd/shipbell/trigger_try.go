package main

import (
	"context"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func triggerTest() command {
	return command{
		name: "trigger test", args: "NAME|ID", least: 1, most: 1, summary: "send a sample event to a trigger's targets now", remote: true, scoped: true,
		about: `Sends a sample event to every target of a trigger, enabled or not, and shows what the
targets answered. Nothing is kept in the log, and nothing is sent again. If an attempt
failed, the exit code is 3.`,
		examples: []string{
			"shipbell trigger test demo",
			"shipbell trigger test demo --json",
		},
		run: testTrigger,
	}
}

func testTrigger(ctx context.Context, c *call) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	t, _, err := c.findTrigger(ctx, cl, c.arguments[0])
	if err != nil {
		return err
	}
	answer, err := cl.TestTrigger(ctx, c.registry, t.ID)
	if err != nil {
		return err
	}
	rows := [][]string{{"TARGET", "DURATION", "RESULT", "RESPONSE"}}
	for _, a := range answer.Attempts {
		rows = append(rows, []string{a.TargetURL, milliseconds(a.DurationMS), outcome(a.Attempt), shorten(a.Response, 60)})
	}
	if c.asJSON {
		c.printAnswer()
	} else {
		printTable(c.stdout, rows...)
		for _, a := range answer.Attempts {
			if a.Resumed {
				c.sayf("%s was paused and gets deliveries again", a.TargetURL)
			}
		}
	}
	return testOutcome(answer)
}

func milliseconds(n int64) string {
	return (time.Duration(n) * time.Millisecond).String()
}

// outcome is what came of an attempt: its error or its status; "" while it is
// under way.
func outcome(a apiv1.Attempt) string {
	switch {
	case a.Error != "":
		return a.Error
	case a.StatusCode != 0:
		return fmt.Sprint(a.StatusCode)
	}
	return ""
}
