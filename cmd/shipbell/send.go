package main

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/url"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func sendCommand() command {
	var source string
	return command{
		name: "send", args: "FILE|-", least: 1, most: 1, summary: "send an event, as a registry would", remote: true, scoped: true,
		about: `Posts an event in any form that a registry may send, and shows what came of it: events,
their deliveries, and what was ignored and why. The same event sent again makes the
same deliveries: nothing is delivered twice.`,
		examples: []string{
			"shipbell send event.json",
			"jq .body captured.json | shipbell send - --source distribution",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&source, "source", "", "`SOURCE` of the event, distribution or tcr; recognised if not given")
		},
		run: func(ctx context.Context, c *call) error { return c.sendEvent(ctx, source) },
	}
}

func (c *call) sendEvent(ctx context.Context, source string) error {
	event, err := c.readInput(c.arguments[0])
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	body, _, err := cl.do(ctx, eventRequest(c.path("events"), event, source))
	if err != nil {
		return err
	}
	var answer apiv1.Received
	if err := readAnswer(body, &answer); err != nil {
		return err
	}
	if c.asJSON {
		c.printJSON(body)
		return nil
	}
	for _, e := range answer.Events {
		c.sayf("%s %s: %s", e.Action, e.Repository, count(len(e.Deliveries), "delivery", "deliveries"))
		for _, id := range e.Deliveries {
			c.sayf("  %s", id)
		}
	}
	c.sayIgnored(answer.Ignored)
	return nil
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

// eventRequest posts an event with the media type that its source uses.
func eventRequest(path string, event []byte, source string) request {
	r := request{method: http.MethodPost, path: path, body: event, contentType: "application/json"}
	var envelope struct {
		Events []json.RawMessage `json:"events"`
	}
	if json.Unmarshal(event, &envelope) == nil && envelope.Events != nil {
		r.contentType = "application/vnd.docker.distribution.events.v2+json"
	}
	if source != "" {
		r.query = url.Values{"source": {source}}
	}
	return r
}
