package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// showDelivery shows one delivery with all that is known of it.
func (c *call) showDelivery(ctx context.Context) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	d, err := cl.GetDelivery(ctx, c.registry, shipbell.DeliveryID(c.arguments[0]))
	if err != nil {
		return err
	}
	if c.asJSON {
		c.printAnswer()
		return nil
	}
	rows := [][]string{
		{"id", string(d.ID)},
		{"status", string(d.Status)},
	}
	if d.Reason != "" {
		rows = append(rows, []string{"reason", d.Reason})
	}
	if !d.ClearedAt.IsZero() {
		rows = append(rows, []string{"cleared", when(d.ClearedAt)})
	}
	if d.ReplayOf != "" {
		rows = append(rows, []string{"replay of", d.ReplayOf})
	}
	rows = append(rows,
		[]string{"trigger", fmt.Sprintf("%s (id %d)", d.TriggerName, d.TriggerID)},
		[]string{"target", d.TargetURL},
		[]string{"action", string(d.Action)},
		[]string{"repository", d.Repository})
	for _, r := range d.Resources {
		rows = append(rows, []string{"resource", r.URL})
	}
	rows = append(rows,
		[]string{"operator", d.Operator},
		[]string{"event", d.EventID},
		[]string{"created", when(d.CreatedAt)},
		[]string{"updated", when(d.UpdatedAt)})
	if d.NextAttemptAt != nil {
		rows = append(rows, []string{"next try", when(*d.NextAttemptAt)})
	}
	printTable(c.stdout, rows...)
	c.showAttempts(d.Attempts)
	c.showRequest(d.Request)
	return nil
}

// showRequest shows the request that the target gets, nil if its event is not kept any
// more.
func (c *call) showRequest(r *apiv1.Request) {
	if r == nil {
		fmt.Fprintln(c.stdout, "\nThe event is not kept any more: there is no request to show.")
		return
	}
	if r.Query != "" {
		fmt.Fprintf(c.stdout, "\nRequest query: ?%s\n", escape(r.Query))
	}
	headers := [][]string{{"REQUEST HEADERS"}}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		for _, value := range r.Headers[name] {
			headers = append(headers, []string{name + ": " + value})
		}
	}
	if len(headers) > 1 {
		fmt.Fprintln(c.stdout)
		printTable(c.stdout, headers...)
	}
	fmt.Fprintf(c.stdout, "\nRequest body (%s):\n%s\n", escape(r.ContentType), escapeLines(r.Body))
}

func (c *call) showAttempts(attempts []apiv1.Attempt) {
	if len(attempts) == 0 {
		fmt.Fprintln(c.stdout, "\nNo attempt yet.")
		return
	}
	fmt.Fprintln(c.stdout)
	rows := [][]string{{"ATTEMPT", "KIND", "STARTED", "DURATION", "STATUS", "ERROR"}}
	for _, a := range attempts {
		status := ""
		if a.StatusCode != 0 {
			status = fmt.Sprint(a.StatusCode)
		}
		rows = append(rows, []string{fmt.Sprint(a.Number), string(a.Kind), when(a.StartedAt), milliseconds(a.DurationMS), status, a.Error})
	}
	printTable(c.stdout, rows...)
	for _, a := range attempts {
		c.showExchange(a)
		if a.Response != "" {
			fmt.Fprintf(c.stdout, "\nResponse to attempt %d:\n%s\n", a.Number, escapeLines(a.Response))
		}
	}
}

// showExchange shows what is known of an attempt's request beside its outcome.
func (c *call) showExchange(a apiv1.Attempt) {
	if a.Timings == nil {
		return
	}
	fmt.Fprintf(c.stdout, "\nAttempt %d: %d bytes sent, %d received; %s\n", a.Number, a.RequestBytes, a.ResponseBytes, timings(a))
	for _, name := range slices.Sorted(maps.Keys(a.ResponseHeaders)) {
		for _, value := range a.ResponseHeaders[name] {
			fmt.Fprintf(c.stdout, "  %s: %s\n", escape(name), escape(value))
		}
	}
}

// timings says how the time of an attempt was spent, and where it led.
func timings(a apiv1.Attempt) string {
	t := a.Timings
	spent := fmt.Sprintf("name %d ms, connection %d ms, TLS %d ms", t.DNSMS, t.ConnectMS, t.TLSMS)
	if t.ConnectionReused {
		spent = "on a connection that was used before"
	}
	if t.FirstByteMS > 0 {
		spent += fmt.Sprintf(", answer after %d ms", t.FirstByteMS)
	}
	if a.RemoteAddress != "" {
		spent += ", " + escape(a.RemoteAddress)
	}
	return spent
}
