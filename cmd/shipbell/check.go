package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"time"

	"github.com/shipbell/shipbell/shared/client"
)

func checkCommand() command {
	var k checkup
	var url string
	return command{
		name: "check", summary: "check a deployment from outside, from event to delivery", remote: true, scoped: true,
		about: `Checks a server or a deployment in a cloud from outside: it asks whether it is ready,
makes a trigger, sends an event of its own repository shipbell-check/probe, sends it
once more, waits for its delivery, reads the log, and removes what it made. It prints a
table of the steps, and exits with 3 if one failed. The key must be an admin's.

The event is delivered to the server's own address, where POST /v1/match answers it and
keeps nothing, with a key that the check makes and deletes. --receiver names another
target, which must answer with a status from 200 to 299. The delivery stays in the log.

Functions that have an address each are named one by one: --url is that of the function
triggers, --events that of receive, and --log that of logs.`,
		examples: []string{
			"shipbell check",
			"shipbell check --url https://shipbell.example.com --key ID:SECRET",
			"shipbell check --url https://shipbell.example.com --key ID:SECRET --receiver https://ci.example.com/hook",
			"shipbell check --url $TRIGGERS --events $RECEIVE --log $LOGS --key ID:SECRET",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&url, "url", "", "`URL` of the deployment, the same as --server")
			f.StringVar(&k.eventsURL, "events", "", "`URL` that takes events, if it is another one")
			f.StringVar(&k.logURL, "log", "", "`URL` that shows deliveries, if it is another one")
			f.StringVar(&k.receiver, "receiver", "", "`URL` of a target to deliver to, instead of the server itself")
			f.DurationVar(&k.wait, "wait", 30*time.Second, "`TIME` to wait for the delivery")
		},
		run: func(ctx context.Context, c *call) error {
			if url != "" && c.given("server") {
				return usagef("--url, --server: give one of them")
			}
			if url != "" {
				c.server = url
			}
			k.call = c
			return k.run(ctx)
		},
	}
}

// step is one row of the table.
type step struct {
	Name       string `json:"name"`
	Result     string `json:"result"`
	DurationMS int64  `json:"duration_ms"`
	Detail     string `json:"detail"`
}

// The results of a step.
const (
	stepOK      = "ok"
	stepFailed  = "failed"
	stepSkipped = "skipped"
)

// cleanTime bounds the removal of what was made, which a user who interrupts waits for.
const cleanTime = 20 * time.Second

// run goes through the steps. After one that failed only that is done which does not need
// it: a deployment that is not ready may still tell more.
func (k *checkup) run(ctx context.Context) error {
	if err := k.connect(); err != nil {
		return err
	}
	broken := false
	for _, one := range k.plan() {
		if broken {
			k.steps = append(k.steps, step{Name: one.name, Result: stepSkipped})
			continue
		}
		ok := k.do(ctx, one)
		broken = !ok && !one.optional
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTime)
	defer cancel()
	k.do(within, part{name: "clean up", do: k.clean})
	return k.report()
}

// do does one step and notes its row.
func (k *checkup) do(ctx context.Context, p part) bool {
	begin := time.Now()
	detail, err := p.do(ctx)
	row := step{Name: p.name, Result: stepOK, Detail: detail}
	if err != nil {
		row.Result, row.Detail = stepFailed, k.why(err)
	}
	row.DurationMS = time.Since(begin).Milliseconds()
	k.steps = append(k.steps, row)
	return err == nil
}

// why says what went wrong, as other commands do.
func (k *checkup) why(err error) string {
	if client.IsStatus(err, http.StatusUnauthorized) {
		return fmt.Sprintf("the server does not take the access key of %s: %v", k.call.keyFrom, err)
	}
	return explain(err)
}

// report prints the steps, and answers no if one failed.
func (k *checkup) report() error {
	var failed bool
	rows := [][]string{{"STEP", "RESULT", "TIME", "DETAIL"}}
	for _, one := range k.steps {
		failed = failed || one.Result == stepFailed
		took := ""
		if one.Result != stepSkipped {
			took = milliseconds(one.DurationMS)
		}
		rows = append(rows, []string{one.Name, one.Result, took, one.Detail})
	}
	if k.call.asJSON {
		text, err := json.Marshal(map[string]any{"ok": !failed, "steps": k.steps})
		if err != nil {
			return err
		}
		k.call.printJSON(text)
	} else {
		printTable(k.call.stdout, rows...)
	}
	if failed {
		return errUnmet
	}
	return nil
}

// connect makes a client of each address.
func (k *checkup) connect() error {
	o, err := k.call.findOptions()
	if err != nil {
		return err
	}
	if k.server, err = client.New(o); err != nil {
		return err
	}
	k.events, k.log = k.server, k.server
	var errs [2]error
	if k.eventsURL != "" {
		o.Server = k.eventsURL
		k.events, errs[0] = client.New(o)
	}
	if k.logURL != "" {
		o.Server = k.logURL
		k.log, errs[1] = client.New(o)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return usagef("--events, --log: write an address as https://shipbell.example.com")
	}
	return nil
}
