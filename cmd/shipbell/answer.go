package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"syscall"

	"github.com/shipbell/shipbell/shared/client"
)

// collect reads a list to its end. c.answers then has its pages and nothing else.
func collect[T any](c *call, items iter.Seq2[T, error]) (all []T, err error) {
	c.answers = nil
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

// printAnswer prints the API's last answer as JSON.
func (c *call) printAnswer() {
	if n := len(c.answers); n > 0 {
		c.printJSON(c.answers[n-1])
	}
}

// pages is the pages of a list in c.answers, as the one that they make together.
type pages struct {
	items   []json.RawMessage
	next    string // the cursor beyond the last
	damaged int
}

// pages reads the pages of a list of the items with a name.
func (c *call) pages(name string) (all pages, err error) {
	all.items = []json.RawMessage{}
	for _, answer := range c.answers {
		var page map[string]json.RawMessage
		var some []json.RawMessage
		var damaged int
		if err := json.Unmarshal(answer, &page); err != nil {
			return all, err
		}
		if err := errors.Join(json.Unmarshal(page[name], &some), json.Unmarshal(page["next_cursor"], &all.next)); err != nil {
			return all, err
		}
		// A server of an older version does not tell.
		if json.Unmarshal(page["damaged"], &damaged) == nil {
			all.damaged += damaged
		}
		all.items = append(all.items, some...)
	}
	return all, nil
}

// warnDamaged says how many records the list in c.answers leaves out.
func (c *call) warnDamaged(name string) error {
	all, err := c.pages(name)
	if err == nil && all.damaged > 0 {
		c.complain("left out: " + count(all.damaged, "record", "records") + ` that cannot be read: "shipbell doctor" lists what is damaged`)
	}
	return err
}

// printList prints the pages of a list as the one answer that they make together: as it
// came, if it was a single page.
func (c *call) printList(name string) error {
	if len(c.answers) == 1 {
		c.printAnswer()
		return nil
	}
	all, err := c.pages(name)
	if err != nil {
		return err
	}
	whole, err := json.Marshal(map[string]any{name: all.items, "next_cursor": all.next, "damaged": all.damaged})
	if err != nil {
		return err
	}
	c.printJSON(whole)
	return nil
}

// report prints what was done: the answer as JSON, or a line for people.
func (c *call) report(format string, args ...any) {
	if c.asJSON {
		c.printAnswer()
		return
	}
	c.sayf(format, args...)
}

// lines says what the server refused, a line for each field, in the words of the user.
func lines(refused *client.Error, word func(field string) string) (lines []string) {
	seen := map[string]bool{}
	for _, e := range refused.Errors {
		line := word(e.Field) + ": " + e.Message
		if !seen[line] {
			lines = append(lines, line)
		}
		seen[line] = true
	}
	if len(lines) == 0 {
		lines = []string{refused.Error()}
	}
	return lines
}

// explain says why the server gave no answer, with what the user can do about it.
func explain(err error) string {
	var away *client.Unreachable
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.As(err, &away) && errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf(`%s cannot be reached: connection refused: is "shipbell serve" running there? --server names another address`, away.Server)
	}
	return err.Error()
}
