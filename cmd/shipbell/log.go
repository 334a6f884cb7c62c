package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
)

const (
	standardLimit = 50
	maxLimit      = 10_000
)

// delivery is a delivery as the API shows it.
type delivery struct{ apiv1.Delivery }

// filter is the deliveries that the flags ask for.
type filter struct {
	trigger, status, action, repository string
	since, until                        string
}

func (s *filter) register(f *flag.FlagSet) {
	f.StringVar(&s.trigger, "trigger", "", "only of this trigger, by `NAME|ID`")
	f.StringVar(&s.status, "status", "", "only of this `STATUS`: pending, succeeded, failed or cancelled")
	f.StringVar(&s.since, "since", "", "only received since this `TIME`: 90m or 7d ago, or 2026-11-22T12:00:00Z")
	f.StringVar(&s.until, "until", "", "only received before this `TIME`")
}

// query makes the filter's query string. Its status apart, so that a follower can
// do without.
func (s *filter) query(ctx context.Context, c *call, cl *client, now time.Time) (url.Values, error) {
	values := url.Values{}
	set := func(name, value string) {
		if value != "" {
			values.Set(name, value)
		}
	}
	since, err := readTime("since", s.since, now)
	if err != nil {
		return nil, err
	}
	until, err := readTime("until", s.until, now)
	if err != nil {
		return nil, err
	}
	set("since", since)
	set("until", until)
	set("status", s.status)
	set("action", s.action)
	set("repository", s.repository)
	if s.trigger != "" {
		id, err := c.triggerID(ctx, cl, s.trigger)
		if err != nil {
			return nil, err
		}
		set("trigger", id)
	}
	return values, nil
}

// triggerID is the id of a trigger; digits are taken for one, as the log may hold
// deliveries of a trigger that was deleted.
func (c *call) triggerID(ctx context.Context, cl *client, who string) (string, error) {
	if isNumber(who) {
		return who, nil
	}
	t, _, err := c.findTrigger(ctx, cl, who)
	return fmt.Sprint(t.ID), err
}

// readTime reads a time, or how long ago it was, into RFC 3339.
func readTime(name, text string, now time.Time) (string, error) {
	if text == "" {
		return "", nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.Format(time.RFC3339Nano), nil
	}
	ago, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n int
		n, err = strconv.Atoi(days)
		ago = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || ago < 0 {
		return "", usagef("--%s: write how long ago, such as 90m or 7d, or a time such as 2026-11-22T12:00:00Z", name)
	}
	return now.Add(-ago).UTC().Format(time.RFC3339Nano), nil
}

func logCommand() command {
	s, limit, follow := &filter{}, standardLimit, false
	return command{
		name: "log", args: "[ID]", most: 1, summary: "show deliveries, or follow them", remote: true, scoped: true,
		about: `Shows the last deliveries, the newest at the end; --json prints the API's order, the
newest first. With an ID it shows one delivery with its attempts and the request that
its target gets. With --follow it goes on to show new deliveries and what becomes of
those that wait, until it is interrupted; --json then prints one delivery a line.`,
		examples: []string{
			"shipbell log --status failed --since 24h",
			"shipbell log --follow --trigger demo",
			"shipbell log 01M15WGVR0000000017N4PQCX2ZY",
		},
		flags: func(f *flag.FlagSet) {
			s.register(f)
			f.StringVar(&s.action, "action", "", "only of this `ACTION`, such as pushImage")
			f.StringVar(&s.repository, "repository", "", "only of this repository, by its full `NAME`, such as public/nginx")
			f.IntVar(&limit, "limit", limit, fmt.Sprintf("show at most `N` deliveries, 1 to %d", maxLimit))
			f.BoolVar(&follow, "follow", false, "go on until interrupted")
		},
		run: func(ctx context.Context, c *call) error {
			switch {
			case len(c.arguments) == 1:
				return c.showDelivery(ctx)
			case limit < 1 || limit > maxLimit:
				return usagef("--limit: write a number from 1 to %d", maxLimit)
			case follow && s.until != "":
				return usagef("--follow and --until exclude each other")
			}
			return c.listDeliveries(ctx, s, limit, follow)
		},
	}
}

func (c *call) listDeliveries(ctx context.Context, s *filter, limit int, follow bool) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	query, err := s.query(ctx, c, cl, time.Now())
	if err != nil {
		return err
	}
	if follow {
		return newFollower(c, cl, query).run(ctx, limit)
	}
	all, whole, err := cl.pages(ctx, c.path("deliveries"), query, "deliveries", limit)
	if err != nil {
		return err
	}
	if c.asJSON {
		c.printJSON(whole)
		return nil
	}
	if len(all) == 0 {
		c.sayf("there are no such deliveries in registry %s", c.registry)
		return nil
	}
	rows := [][]string{deliveryHeader()}
	for _, body := range slices.Backward(all) {
		var d delivery
		if err := readAnswer(body, &d); err != nil {
			return err
		}
		rows = append(rows, d.row(d.CreatedAt))
	}
	printTable(c.stdout, rows...)
	return nil
}

func deliveryHeader() []string {
	return []string{"TIME", "ID", "STATUS", "TRIES", "TRIGGER", "ACTION", "RESOURCE", "RESULT"}
}

// row is the delivery's line in the log.
func (d *delivery) row(at time.Time) []string {
	return []string{
		when(at), string(d.ID), string(d.Status), fmt.Sprint(d.tries()), d.TriggerName,
		string(d.Action), d.resource(), d.result(),
	}
}

// tries is how many attempts have come to their end.
func (d *delivery) tries() int {
	n := len(d.Attempts)
	if n == 0 {
		return 0
	}
	last := d.Attempts[n-1]
	if outcome(last) == "" {
		return last.Number - 1
	}
	return last.Number
}

// resource names what the delivery is about in one word.
func (d *delivery) resource() string {
	if len(d.Resources) == 0 {
		return d.Repository
	}
	name, first := d.Repository, d.Resources[0]
	switch {
	case first.Tag != "":
		name += ":" + first.Tag
	case first.Digest != "":
		name += "@" + shorten(first.Digest, 20)
	}
	if more := len(d.Resources) - 1; more > 0 {
		name += fmt.Sprintf(" +%d", more)
	}
	return name
}

// result is why the delivery stands where it stands.
func (d *delivery) result() string {
	result := d.Reason
	for _, attempt := range slices.Backward(d.Attempts) {
		if result != "" {
			break
		}
		result = outcome(attempt)
	}
	result = shorten(result, 80)
	if d.NextAttemptAt != nil && (d.tries() > 0 || d.Reason != "") {
		result += ", next try " + when(*d.NextAttemptAt)
	}
	return result
}

// readDeliveries decodes a page.
func readDeliveries(bodies []json.RawMessage) ([]delivery, error) {
	deliveries := make([]delivery, len(bodies))
	for i, body := range bodies {
		if err := readAnswer(body, &deliveries[i]); err != nil {
			return nil, err
		}
	}
	return deliveries, nil
}
