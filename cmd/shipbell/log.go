package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
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

// query makes the filter's query.
func (s *filter) query(ctx context.Context, c *call, cl *client.Client, now time.Time) (q client.DeliveryQuery, err error) {
	q = client.DeliveryQuery{Status: shipbell.Status(s.status), Action: shipbell.Action(s.action), Repository: s.repository}
	if q.Since, err = readTime("since", s.since, now); err != nil {
		return q, err
	}
	if q.Until, err = readTime("until", s.until, now); err != nil {
		return q, err
	}
	if s.trigger != "" {
		q.Trigger, err = c.triggerID(ctx, cl, s.trigger)
	}
	return q, err
}

// triggerID is the id of a trigger; digits are taken for one, as the log may hold
// deliveries of a trigger that was deleted.
func (c *call) triggerID(ctx context.Context, cl *client.Client, who string) (shipbell.ID, error) {
	if isNumber(who) {
		id, err := readID(who)
		if err != nil {
			return 0, usagef("--trigger: %v", err)
		}
		return id, nil
	}
	t, _, err := c.findTrigger(ctx, cl, who)
	return t.ID, err
}

// readTime reads a time in RFC 3339, or how long ago it was; "" is the zero time.
func readTime(name, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	ago, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n int
		n, err = strconv.Atoi(days)
		ago = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || ago < 0 {
		return time.Time{}, usagef("--%s: write how long ago, such as 90m or 7d, or a time such as 2026-11-22T12:00:00Z", name)
	}
	return now.Add(-ago).UTC(), nil
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
	query.Limit = limit
	all, err := collect(c, cl.Deliveries(ctx, c.registry, query))
	if err != nil {
		return err
	}
	if err := c.warnDamaged("deliveries"); err != nil {
		return err
	}
	if c.asJSON {
		return c.printList("deliveries")
	}
	if len(all) == 0 {
		c.sayf("there are no such deliveries in registry %s", c.registry)
		return nil
	}
	rows := [][]string{deliveryHeader()}
	for _, one := range slices.Backward(all) {
		rows = append(rows, (&delivery{one}).row(one.CreatedAt))
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
	if more := max(d.ResourceCount, len(d.Resources)) - 1; more > 0 {
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
