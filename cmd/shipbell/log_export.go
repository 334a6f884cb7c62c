package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
)

func logExport() command {
	s, format := &filter{}, string(apiv1.ExportNDJSON)
	return command{
		name: "log export", summary: "print deliveries as NDJSON or CSV", remote: true, scoped: true,
		about: `Prints all deliveries that the flags ask for with their whole events, the newest first: a
JSON object a line, or a table. It reads on until there are no more.`,
		examples: []string{
			"shipbell log export --since 7d > deliveries.ndjson",
			"shipbell log export -o csv --status failed > failed.csv",
		},
		words: filterWords(),
		flags: func(f *flag.FlagSet) {
			s.register(f)
			for _, name := range []string{"o", "output"} {
				f.StringVar(&format, name, format, "`FORMAT`: ndjson or csv")
			}
		},
		run: func(ctx context.Context, c *call) error {
			if format != string(apiv1.ExportNDJSON) && format != string(apiv1.ExportCSV) {
				return usagef("-o: write ndjson or csv")
			}
			return c.export(ctx, s, apiv1.ExportFormat(format))
		},
	}
}

func (c *call) export(ctx context.Context, s *filter, format apiv1.ExportFormat) error {
	query, err := s.query(time.Now())
	if err != nil {
		return err
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(c.stdout)
	write := func(d apiv1.Delivery) {
		line, _ := json.Marshal(d) // it was JSON before, and is again
		fmt.Fprintln(buffered, escapeJSON(line))
	}
	if format == apiv1.ExportCSV {
		out := apiv1.NewExporter(format, buffered)
		write = func(d apiv1.Delivery) { out.Write(d) }
		defer buffered.Flush()
		defer out.End(apiv1.ExportEnd{Complete: true})
	}
	damaged, err := cl.ExportDeliveries(ctx, c.registry, query, write)
	if flushed := buffered.Flush(); err == nil {
		err = flushed
	}
	if damaged > 0 {
		c.complain("left out: " + count(damaged, "record", "records") + ` that cannot be read: "shipbell doctor" lists what is damaged`)
	}
	return err
}
