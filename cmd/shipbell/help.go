package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

const intro = `Shipbell sends webhooks when a container registry changes: it matches the registry's
events against your triggers and posts those that match to your targets.

Usage: shipbell COMMAND [arguments] [flags]

Commands:
`

const outro = `
A first delivery, with a server in one terminal and this in another:

  shipbell trigger create --name demo --repository 'nginx*' --url https://ci.example.com/hook
  shipbell trigger test demo
  shipbell log --follow

Run "shipbell help COMMAND" for the flags and examples of a command.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 answered with no (match, trigger test, verify, doctor, check).
`

// help is the command that explains the others.
func help(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printHelp(stdout)
		return exitOK
	}
	found, rest, ok := find(commands(), args)
	if ok && len(rest) == 0 {
		c := &call{command: found, getenv: func(string) string { return "" }}
		c.register()
		c.printUsage(stdout)
		return exitOK
	}
	if members := group(args[0]); len(members) > 0 && len(args) == 1 {
		printGroup(stdout, args[0], members)
		return exitOK
	}
	fmt.Fprintf(stderr, "shipbell help: there is no command %q\nRun \"shipbell help\" for the commands.\n", strings.Join(args, " "))
	return exitUsage
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, intro)
	printSummaries(w, commands())
	fmt.Fprint(w, outro)
}

func printGroup(w io.Writer, name string, members []command) {
	fmt.Fprintf(w, "Usage: shipbell %s COMMAND [arguments] [flags]\n\nCommands:\n", name)
	printSummaries(w, members)
	fmt.Fprintf(w, "\nRun \"shipbell help %s COMMAND\" for the flags and examples of a command.\n", name)
}

func printSummaries(w io.Writer, all []command) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, one := range all {
		fmt.Fprintf(t, "  %s\t%s\n", one.name, one.summary)
	}
	t.Flush()
}

// printUsage teaches one command.
func (c *call) printUsage(w io.Writer) {
	usage := "shipbell " + c.name
	if c.args != "" {
		usage += " " + c.args
	}
	if c.flags != nil || c.remote {
		usage += " [flags]"
	}
	fmt.Fprintf(w, "Usage: %s\n\n%s\n\nExamples:\n", usage, strings.TrimSpace(c.about))
	for _, example := range c.examples {
		fmt.Fprintf(w, "  %s\n", example)
	}
	own, general := &strings.Builder{}, &strings.Builder{}
	c.set.VisitAll(func(f *flag.Flag) {
		section := own
		if c.remote && (f.Name == "server" || f.Name == "key" || f.Name == "json" || c.scoped && f.Name == "registry") {
			section = general
		}
		name, text := flag.UnquoteUsage(f)
		if name != "" {
			name = " " + name
		}
		if f.DefValue != "" && f.DefValue != "false" {
			text += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		fmt.Fprintf(section, "  --%s%s\t%s\n", f.Name, name, text)
	})
	for _, section := range []struct{ title, flags string }{{"Flags", own.String()}, {"General flags", general.String()}} {
		if section.flags == "" {
			continue
		}
		fmt.Fprintf(w, "\n%s:\n", section.title)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprint(t, section.flags)
		t.Flush()
	}
}
