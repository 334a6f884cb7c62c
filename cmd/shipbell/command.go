package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/client"
)

// command is one command of the command line.
type command struct {
	// name is one word or two, and args is what follows it besides flags.
	name, args string
	// summary is its line in the list of commands; about and examples teach it.
	summary, about string
	examples       []string
	// least and most are how many arguments it takes; most is anyNumber if there is
	// no limit.
	least, most int
	// remote commands talk to a server, and scoped ones about one registry.
	remote, scoped bool
	// words maps fields of the API to the flags that set them, where the names differ.
	words map[string]string
	// flags registers the command's own flags; nil if it has none.
	flags func(*flag.FlagSet)
	run   func(context.Context, *call) error
}

const anyNumber = 1 << 20

// call is one use of a command.
type call struct {
	command
	set         *flag.FlagSet
	arguments   []string
	server, key string
	// keyFrom says where the access key was found.
	keyFrom        string
	registry       string
	asJSON         bool
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	// answers are the JSON of what the server answered, in order.
	answers [][]byte
}

// parse reads flags and arguments, which may come in any order; all that follows
// "--" is arguments.
func (c *call) parse(args []string) error {
	c.register()
	for len(args) > 0 {
		if err := c.set.Parse(args); err != nil {
			return flagError(err)
		}
		rest := c.set.Args()
		read := len(args) - len(rest)
		if read > 0 && args[read-1] == "--" {
			c.arguments = append(c.arguments, rest...)
			break
		}
		if len(rest) > 0 {
			c.arguments = append(c.arguments, rest[0])
			rest = rest[1:]
		}
		args = rest
	}
	switch n := len(c.arguments); {
	case n < c.least:
		return usagef("%s is missing", strings.Fields(c.args)[n])
	case n > c.most:
		return usagef("%q is one argument too many", c.arguments[c.most])
	case c.scoped && c.registry == "":
		return usagef("--registry: give the registry's id")
	}
	return nil
}

// register makes the flag set.
func (c *call) register() {
	c.set = flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.set.SetOutput(io.Discard)
	c.set.Usage = func() {}
	if c.flags != nil {
		c.flags(c.set)
	}
	if c.remote {
		c.set.StringVar(&c.server, "server", "", "`URL` of the server; SHIPBELL_SERVER; else the local one's, or "+standardServer)
		c.set.StringVar(&c.key, "key", "", "access key, `ID:SECRET`; SHIPBELL_KEY; else the local server's admin key")
		c.set.BoolVar(&c.asJSON, "json", false, "print the API's answer as JSON, for programs")
	}
	if c.scoped {
		standard := c.getenv("SHIPBELL_REGISTRY")
		if standard == "" {
			standard = "default"
		}
		c.set.StringVar(&c.registry, "registry", standard, "`ID` of the registry; SHIPBELL_REGISTRY")
	}
}

// given reports whether a flag was written.
func (c *call) given(name string) (given bool) {
	c.set.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

// givenAnyBut reports whether a flag was written that is none of these.
func (c *call) givenAnyBut(names ...string) (given bool) {
	c.set.Visit(func(f *flag.Flag) { given = given || !slices.Contains(names, f.Name) })
	return given
}

// flagError says in Shipbell's words what package flag found wrong.
func flagError(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return usagef("there is no flag --%s", name)
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return usagef("--%s needs a value", name)
	}
	if value, rest, ok := strings.Cut(strings.TrimPrefix(text, "invalid value "), " for flag -"); ok {
		name, why, _ := strings.Cut(rest, ": ")
		return usagef("--%s: %s is wrong: %s", name, value, why)
	}
	if value, rest, ok := strings.Cut(strings.TrimPrefix(text, "invalid boolean value "), " for -"); ok {
		name, _, _ := strings.Cut(rest, ": ")
		return usagef("--%s is written alone, or as --%s=false: %s is neither true nor false", name, name, value)
	}
	return usagef("%s", text)
}

// exit prints what went wrong, one line each, and gives the exit code.
func (c *call) exit(err error) int {
	var usage usageError
	var refused *client.Error
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUnmet):
		return exitUnmet
	case errors.As(err, &usage):
		c.complain(usage.Error())
		fmt.Fprintf(c.stderr, "Run \"shipbell help %s\" for its flags and examples.\n", c.name)
		return exitUsage
	case client.IsStatus(err, http.StatusUnauthorized):
		c.complain(fmt.Sprintf("the server does not take the access key of %s: %v", c.keyFrom, err))
		return exitError
	case errors.As(err, &refused):
		for _, line := range lines(refused, c.flagFor) {
			c.complain(line)
		}
		return exitError
	}
	c.complain(explain(err))
	return exitError
}

// complain prints one line about what went wrong.
func (c *call) complain(text string) {
	fmt.Fprintf(c.stderr, "shipbell %s: %s\n", c.name, escape(text))
}

// flagFor is the flag that sets a field of the API, or the field itself.
func (c *call) flagFor(field string) string {
	bare := withoutIndices(field)
	if name, found := c.words[bare]; found {
		return name
	}
	if c.set.Lookup(bare) != nil {
		return "--" + bare
	}
	return field
}

// withoutIndices makes "targets.url" of "targets[0].url".
func withoutIndices(field string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(field, "]") {
		name, _, _ := strings.Cut(part, "[")
		b.WriteString(name)
	}
	return b.String()
}

// list is a flag that may be given several times; commas separate its values too,
// if it is split.
type list struct {
	values []string
	split  bool
}

func (l *list) String() string { return strings.Join(l.values, ",") }

func (l *list) Set(text string) error {
	values := []string{text}
	if l.split {
		values = strings.Split(text, ",")
	}
	for _, value := range values {
		if value = strings.TrimSpace(value); value == "" {
			return errors.New("it is empty")
		}
		l.values = append(l.values, value)
	}
	return nil
}
