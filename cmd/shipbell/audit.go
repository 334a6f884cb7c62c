package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
)

func auditCommand() command {
	limit := 20
	return command{
		name: "audit", summary: "list who changed what", remote: true, scoped: true,
		about: `Lists the newest changes of a registry, the newest at the end: of its triggers and access
keys, of the registry itself, and redeliveries. Each has the access key that made it and
the fields that were changed, secrets masked. They are kept as long as deliveries.`,
		examples: []string{
			"shipbell audit",
			"shipbell audit --limit 100 --json",
		},
		flags: func(f *flag.FlagSet) { f.IntVar(&limit, "limit", limit, "at most `N` changes, up to 100") },
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			answer, err := cl.GetAudit(ctx, c.registry, client.Page{Limit: limit})
			if err != nil {
				return err
			}
			c.showAudit(answer.Entries)
			return nil
		},
	}
}

func (c *call) showAudit(entries []apiv1.AuditEntry) {
	if c.asJSON {
		c.printAnswer()
		return
	}
	if len(entries) == 0 {
		c.sayf("nothing was changed yet")
		return
	}
	rows := [][]string{{"TIME", "KEY", "CHANGE", "OBJECT", "NAME", "FIELDS"}}
	for _, e := range slices.Backward(entries) {
		var fields []string
		for _, one := range e.Changes {
			fields = append(fields, one.Field)
		}
		what := e.Action
		if e.Count > 0 {
			what = fmt.Sprintf("%s (%d)", what, e.Count)
		}
		rows = append(rows, []string{when(e.At), e.Key, what, e.Object, e.Name, strings.Join(fields, ", ")})
	}
	printTable(c.stdout, rows...)
}
