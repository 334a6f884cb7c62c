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

const (
	standardLimit = 50
	maxLimit      = 10_000
)

// delivery is a delivery as the API shows it.
type delivery struct{ apiv1.Delivery }

// filter is the deliveries that the flags ask for.
type filter struct{ shipbell.Filter }

func (s *filter) register(f *flag.FlagSet) {
	usage := map[string]string{
		"trigger": "only of this trigger, by `NAME|ID`, also one that was deleted", "target": "only for the target with this `NUMBER`",
		"status":              "only of this `STATUS`: pending, succeeded, failed or cancelled",
		"answer":              "only last answered so: 2xx, 3xx, 4xx, 5xx or none; `CLASS`",
		"error_kind":          "only last failed of this `KIND`, such as timeout, dns or status",
		"action":              "only of this `ACTION`, such as pushImage",
		"namespace":           "only of repositories in this `NAMESPACE`",
		"repository":          "only of this repository, by its full `NAME`, such as public/nginx",
		"repository_contains": "only of repositories whose full name contains this `TEXT`",
		"repository_pattern":  "only of repositories whose full name matches this `PATTERN`",
		"tag":                 "only of events with this `TAG`",
		"digest":              "only of events with a digest that begins with this `TEXT`",
		"event":               "only of the event with this `ID`, or the delivery with it",
		"cleared":             "only cleared ones, or those that are not: `true|false`",
		"since":               "only received since this `TIME`: 90m or 7d ago, or 2026-11-22T12:00:00Z",
		"until":               "only received before this `TIME`",
	}
	for _, field := range s.Fields() {
		f.StringVar(field.Value, flagName(field.Name), "", usage[field.Name])
	}
}

// flagName is the flag that sets a field.
func flagName(field string) string { return strings.ReplaceAll(field, "_", "-") }

// filterWords maps the fields of a filter to their flags.
func filterWords() map[string]string {
	words := map[string]string{}
	for _, name := range shipbell.FilterNames() {
		words[name] = "--" + flagName(name)
	}
	return words
}

// chosen reports whether any flag was set.
func (s *filter) chosen() bool { return *s != filter{} }

// query makes the filter's query.
func (s *filter) query(now time.Time) (q client.DeliveryQuery, err error) {
	q.More = s.Filter
	for name, value := range map[string]*string{"since": &q.More.Since, "until": &q.More.Until} {
		at, err := readTime(name, *value, now)
		if err != nil {
			return q, err
		}
		if *value = ""; !at.IsZero() {
			*value = at.Format(time.RFC3339Nano)
		}
	}
	q.Status, q.More.Status = q.More.Status, ""
	return q, nil
}

// readTime reads a time in RFC 3339, or how long ago it was; "" is the zero time.
func readTime(name, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	ago, err := shipbell.ParseDuration(text)
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
		words: filterWords(),
		examples: []string{
			"shipbell log --status failed --since 24h",
			"shipbell log --repository-contains nginx --tag v1.2 --answer 5xx",
			"shipbell log --follow --trigger demo",
			"shipbell log 01M15WGVR0000000017N4PQCX2ZY",
		},
		flags: func(f *flag.FlagSet) {
			s.register(f)
			f.IntVar(&limit, "limit", limit, fmt.Sprintf("show at most `N` deliveries, 1 to %d", maxLimit))
			f.BoolVar(&follow, "follow", false, "go on until interrupted")
		},
		run: func(ctx context.Context, c *call) error {
			switch {
			case len(c.arguments) == 1:
				return c.showDelivery(ctx)
			case limit < 1 || limit > maxLimit:
				return usagef("--limit: write a number from 1 to %d", maxLimit)
			case follow && (s.Until != "" || s.Answer != "" || s.ErrorKind != "" || s.Cleared != "" || s.Event != ""):
				return usagef("--follow excludes --until, --answer, --error-kind, --cleared and --event")
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
	query, err := s.query(time.Now())
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
