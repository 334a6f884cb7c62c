package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The exit codes.
const (
	exitOK    = 0
	exitError = 1 // the command was right, but failed
	exitUsage = 2 // the command was wrong
	exitUnmet = 3 // the question was answered with no
)

// errUnmet is the answer no: no trigger matched, or a test failed. What was
// printed already says so.
var errUnmet = errors.New("the answer is no")

// usageError tells that a command was written wrongly.
type usageError string

func (e usageError) Error() string { return string(e) }

func usagef(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

// commands are all commands, in the order in which help shows them.
func commands() []command {
	return []command{
		serveCommand(), demoCommand(),
		triggerList(), triggerGet(), triggerCreate(), triggerApply(),
		triggerEnable(), triggerDisable(), triggerDelete(), triggerTest(), triggerRotate(),
		logCommand(), logExport(), logRedeliver(), logClear(), replayCommand(),
		statsCommand(), targetsCommand(), targetResume(), targetTest(), presetList(), presetShow(), ignoredCommand(),
		unmatchedCommand(), unmatchedReplay(), auditCommand(),
		sendCommand(), listenCommand(), verifyCommand(), matchCommand(), patternCommand(),
		sourceList(), connectCommand(),
		registryList(), registryGet(), registrySet(), registryDelete(),
		keyList(), keyCreate(), keyDelete(),
		backupCommand(), restoreCommand(), doctorCommand(), checkCommand(),
		versionCommand(),
	}
}

// run runs the command that args name and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printHelp(stderr)
		return exitUsage
	}
	switch args[0] {
	case "help":
		return help(args[1:], stdout, stderr)
	case "--help", "-help", "-h":
		return help(nil, stdout, stderr)
	case "--version", "-version":
		args = []string{"version"}
	}
	found, rest, ok := find(commands(), args)
	if !ok {
		return unknown(args, stdout, stderr)
	}
	c := &call{command: found, getenv: os.Getenv, stdin: stdin, stdout: stdout, stderr: stderr}
	err := c.parse(rest)
	if errors.Is(err, flag.ErrHelp) {
		c.printUsage(stdout)
		return exitOK
	}
	if err == nil {
		err = found.run(ctx, c)
	}
	return c.exit(err)
}

// find looks up the command that args begin with: of two words, or of one.
func find(all []command, args []string) (found command, rest []string, ok bool) {
	for words := min(2, len(args)); words > 0; words-- {
		name := strings.Join(args[:words], " ")
		for _, one := range all {
			if one.name == name {
				return one, args[words:], true
			}
		}
	}
	return command{}, nil, false
}

// group is the commands whose first word is name.
func group(name string) (members []command) {
	for _, one := range commands() {
		if strings.HasPrefix(one.name+" ", name+" ") {
			members = append(members, one)
		}
	}
	return members
}

// unknown answers args that name no command: perhaps they name a group of them.
func unknown(args []string, stdout, stderr io.Writer) int {
	members := group(args[0])
	switch {
	case len(members) == 0 && strings.HasPrefix(args[0], "-"):
		fmt.Fprintf(stderr, "shipbell: the flags come after the command, not before it\nRun \"shipbell help\" for the commands.\n")
		return exitUsage
	case len(members) == 0:
		fmt.Fprintf(stderr, "shipbell: there is no command %q\nRun \"shipbell help\" for the commands.\n", args[0])
		return exitUsage
	case len(args) > 1 && isHelp(args[1]):
		printGroup(stdout, args[0], members)
		return exitOK
	case len(args) > 1:
		fmt.Fprintf(stderr, "shipbell %s: there is no command %q\n", args[0], args[1])
	}
	printGroup(stderr, args[0], members)
	return exitUsage
}

func isHelp(arg string) bool {
	return arg == "help" || arg == "-h" || arg == "-help" || arg == "--help"
}
