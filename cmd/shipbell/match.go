package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// question is what match asks.
type question struct {
	apiv1.MatchQuestion
	source string
}

func matchCommand() command {
	s := &question{}
	return command{
		name: "match", args: "[FILE|-]", most: 1, summary: "tell for every trigger whether an event would fire it, and why not", remote: true, scoped: true,
		about: `Tells what would become of an event: for every trigger whether it matches, and if not,
which condition failed. The event is told in brief by flags, or is a file as a registry
sends it. Nothing is kept or sent. If no trigger matches, the exit code is 3.`,
		examples: []string{
			"shipbell match --action pushImage --repository public/nginx --tag v1.10.0",
			"shipbell match event.json",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar((*string)(&s.Action), "action", string(shipbell.PushImage), "`ACTION` of the event")
			f.StringVar(&s.Repository, "repository", "", "full `NAME` of the repository, such as public/nginx")
			f.StringVar(&s.Tag, "tag", "", "`TAG` of the image or chart")
			f.StringVar(&s.source, "source", "", "`SOURCE` of the event in the file; recognised if not given")
		},
		run: func(ctx context.Context, c *call) error { return c.match(ctx, s) },
	}
}

// ask asks the server about the event of the file or of the flags.
func (s *question) ask(ctx context.Context, c *call) (answer apiv1.MatchAnswer, err error) {
	file := len(c.arguments) == 1
	var event []byte
	switch brief := c.given("action") || c.given("repository") || c.given("tag"); {
	case file && brief:
		return answer, usagef("a file and --action, --repository or --tag exclude each other")
	case file:
		if event, err = c.readInput(c.arguments[0]); err != nil {
			return answer, err
		}
	case s.Repository == "":
		return answer, usagef("give a file, or --repository, and --action and --tag as needed")
	}
	cl, err := c.connect()
	if err != nil {
		return answer, err
	}
	if file {
		return cl.MatchEvents(ctx, c.registry, s.source, event)
	}
	return cl.Match(ctx, c.registry, s.MatchQuestion)
}

func (c *call) match(ctx context.Context, s *question) error {
	answer, err := s.ask(ctx, c)
	if err != nil {
		return err
	}
	matched := false
	for _, e := range answer.Events {
		for _, verdict := range e.Triggers {
			matched = matched || verdict.Matched
		}
		if !c.asJSON {
			c.showVerdicts(e.Event, e.Triggers)
		}
	}
	if c.asJSON {
		c.printAnswer()
	} else {
		c.sayIgnored(answer.Ignored)
	}
	if !matched {
		return errUnmet
	}
	return nil
}

func (c *call) showVerdicts(event shipbell.Event, verdicts []apiv1.Verdict) {
	d := delivery{apiv1.Delivery{Repository: event.Repository.FullName, Resources: event.Resources}}
	c.sayf("%s %s", event.Action, d.resource())
	if len(verdicts) == 0 {
		c.sayf("registry %s has no triggers yet", c.registry)
		return
	}
	rows := [][]string{{"ID", "TRIGGER", "MATCHES", "REASON"}}
	for _, v := range verdicts {
		rows = append(rows, []string{fmt.Sprint(v.TriggerID), v.TriggerName, yesNo(v.Matched), v.Reason})
	}
	printTable(c.stdout, rows...)
}
