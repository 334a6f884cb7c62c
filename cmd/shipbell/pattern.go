package main

import (
	"context"
	"flag"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/pattern"
)

func patternCommand() command {
	var dialect string
	return command{
		name: "pattern", args: "FIELD PATTERN [NAME…]", least: 2, most: anyNumber, summary: "try a pattern on names", remote: true,
		about: `Shows what a pattern becomes, and which names it matches. FIELD is repository, tag or
namespace: the same pattern can mean different things in them. Put patterns in quotes,
and "--" before names that begin with "-".`,
		examples: []string{
			"shipbell pattern tag 'v1.*' v1.10.0 v2.0.0",
			"shipbell pattern repository '/{path1, path2}/**' path1/x path3",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&dialect, "dialect", "tcr", "`DIALECT` of the pattern: tcr or doublestar")
		},
		words: map[string]string{"field": "FIELD", "pattern": "PATTERN", "names": "NAME"},
		run:   func(ctx context.Context, c *call) error { return c.tryPattern(ctx, dialect) },
	}
}

func (c *call) tryPattern(ctx context.Context, dialect string) error {
	names := append([]string{}, c.arguments[2:]...)
	cl, err := c.connect()
	if err != nil {
		return err
	}
	answer, err := cl.TestPattern(ctx, apiv1.PatternQuestion{
		Field: c.arguments[0], Dialect: pattern.Dialect(dialect), Pattern: c.arguments[1], Names: names,
	})
	if err != nil {
		return err
	}
	if c.asJSON {
		c.printAnswer()
		return nil
	}
	rows := [][]string{{"EFFECTIVE"}}
	for _, one := range answer.Effective {
		rows = append(rows, []string{one})
	}
	printTable(c.stdout, rows...)
	for _, warning := range answer.Warnings {
		c.sayf("warning: %s", warning)
	}
	if len(names) == 0 {
		return nil
	}
	rows = [][]string{{"NAME", "MATCHES"}}
	for i, name := range names {
		rows = append(rows, []string{name, yesNo(i < len(answer.Matches) && answer.Matches[i])})
	}
	c.sayf("")
	printTable(c.stdout, rows...)
	return nil
}
