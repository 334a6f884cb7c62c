package main

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func versionCommand() command {
	return command{
		name: "version", summary: "print the version",
		about: `Prints the version of this command, the commit that it was built from and that commit's
time, if it was built in a clone, and what it was built by and for. A server tells its
own version at /healthz.`,
		examples: []string{
			"shipbell version",
			"shipbell version | head -1",
		},
		run: func(_ context.Context, c *call) error {
			c.sayf("shipbell %s%s", shipbell.Version, builtFrom())
			c.sayf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

// builtFrom names the commit that the command was built from; "" if that is unknown.
func builtFrom() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	vcs := map[string]string{}
	for _, setting := range info.Settings {
		vcs[setting.Key] = setting.Value
	}
	if vcs["vcs.revision"] == "" {
		return ""
	}
	changed := ""
	if vcs["vcs.modified"] == "true" {
		changed = ", with changes"
	}
	return fmt.Sprintf(", commit %.12s of %s%s", vcs["vcs.revision"], cmp.Or(vcs["vcs.time"], "an unknown time"), changed)
}
