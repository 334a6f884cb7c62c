package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
)

func doctorCommand() command {
	var data string
	var drop list
	return command{
		name: "doctor", summary: "check the stored records, and list the damaged ones", remote: true,
		about: `Reads all stored records and lists those that cannot be read, with why. A damaged
record is set aside: nothing waits for it, and nothing overwrites or deletes it. It asks
a server with an admin key, or reads the data directory of a server that is stopped.
--drop deletes a damaged record by its name, and never one that can be read. It exits
with 3 if there are damaged records.`,
		examples: []string{
			"shipbell doctor",
			"shipbell doctor --data /var/lib/shipbell",
			"shipbell doctor --drop delivery-3f2a9c1b5d7e",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&data, "data", "", "data `DIR` of a stopped server, instead of asking one")
			f.Var(&drop, "drop", "drop the damaged record with this `NAME`; repeat for several")
		},
		run: func(ctx context.Context, c *call) error {
			p, err := c.patient(ctx, data)
			if err != nil {
				return err
			}
			return c.examine(ctx, p, drop.values)
		},
	}
}

// patient is a store that is checked: a server's, or one in a directory.
type patient interface {
	// check reads all records and answers how many there are.
	check(ctx context.Context) (int, error)
	list(ctx context.Context) ([]apiv1.Record, error)
	drop(ctx context.Context, name string) error
	close() error
}

func (c *call) patient(ctx context.Context, dir string) (patient, error) {
	switch {
	case dir == "":
		cl, err := c.connect()
		return remotePatient{cl}, err
	case c.given("server"):
		return nil, usagef("--data, --server: give one of them")
	}
	return openFolder(ctx, dir)
}

// examine drops records, or checks all of them, and prints those that are damaged.
func (c *call) examine(ctx context.Context, p patient, names []string) (err error) {
	defer func() {
		if closeErr := p.close(); err == nil {
			err = closeErr
		}
	}()
	for _, name := range names {
		if err := p.drop(ctx, name); err != nil {
			return err
		}
		fmt.Fprintf(c.stderr, "dropped %s\n", name)
	}
	if len(names) > 0 {
		return nil
	}
	checked, err := p.check(ctx)
	if err != nil {
		return err
	}
	records, err := p.list(ctx)
	if err != nil {
		return err
	}
	return c.showRecords(checked, records)
}

func (c *call) showRecords(checked int, records []apiv1.Record) error {
	if c.asJSON {
		document, err := json.Marshal(apiv1.Records{Records: records})
		if err != nil {
			return err
		}
		c.printJSON(document)
	} else {
		rows := [][]string{{"NAME", "KIND", "KEY", "BYTES", "FIRST SEEN", "WHY"}}
		for _, r := range records {
			rows = append(rows, []string{r.Name, r.Kind, r.Partition + " " + r.Sort, fmt.Sprint(r.Size), when(r.FirstSeen), r.Why})
		}
		if len(records) > 0 {
			printTable(c.stdout, rows...)
		}
		c.sayf("%d records checked, %d damaged", checked, len(records))
	}
	if len(records) > 0 {
		return errUnmet
	}
	return nil
}

// remotePatient is the store of a server.
type remotePatient struct{ client *client.Client }

func (p remotePatient) check(ctx context.Context) (checked int, err error) {
	for cursor := ""; ; {
		page, err := p.client.CheckRecords(ctx, cursor)
		if err != nil {
			return checked, err
		}
		if checked, cursor = checked+page.Checked, page.NextCursor; cursor == "" {
			return checked, nil
		}
	}
}

func (p remotePatient) list(ctx context.Context) ([]apiv1.Record, error) {
	answer, err := p.client.ListRecords(ctx)
	return answer.Records, err
}

func (p remotePatient) drop(ctx context.Context, name string) error {
	return p.client.DropRecord(ctx, name)
}

func (remotePatient) close() error { return nil }
