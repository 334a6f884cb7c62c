package main

import (
	"cmp"
	"context"
	"flag"
	"net/http"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func registryList() command {
	return command{
		name: "registry list", summary: "list the registries", remote: true,
		about: "Lists the registries that the access key may touch.",
		examples: []string{
			"shipbell registry list",
			"shipbell registry list --json",
		},
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			answer, err := cl.ListRegistries(ctx)
			if err != nil {
				return err
			}
			c.showRegistries(answer.Registries...)
			return nil
		},
	}
}

func (c *call) showRegistries(all ...apiv1.Registry) {
	if c.asJSON {
		c.printAnswer()
		return
	}
	rows := [][]string{{"ID", "HOST", "PUBLIC", "ACCESSORIES", "CHARTS", "ONLY CHANGED", "MERGE WINDOW", "KEEP UNMATCHED", "CREATED"}}
	for _, r := range all {
		rows = append(rows, []string{
			r.ID, r.Host, yesNo(r.Public), yesNo(r.Accessories), cmp.Or(r.ChartRepositories, "-"), yesNo(r.OnlyChanged), mergeWindow(r.MergeWindow),
			yesNo(r.KeepUnmatched != nil && *r.KeepUnmatched), when(r.CreatedAt),
		})
	}
	printTable(c.stdout, rows...)
}

// mergeWindow shows a merge window of some seconds.
func mergeWindow(seconds int) string {
	if seconds == 0 {
		return "-"
	}
	return (time.Duration(seconds) * time.Second).String()
}

func registryGet() command {
	return command{
		name: "registry get", args: "ID", least: 1, most: 1, summary: "show one registry", remote: true,
		about: `Shows the settings of a registry, and why requests with its events were refused in the
last seven days. With --json it prints the settings.`,
		examples: []string{
			"shipbell registry get default",
			"shipbell registry get staging --json",
		},
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			r, err := cl.GetRegistry(ctx, c.arguments[0])
			if err != nil {
				return err
			}
			c.showRegistries(r)
			if c.asJSON {
				return nil
			}
			ignored, err := cl.GetIgnored(ctx, r.ID)
			c.showRefused(ignored.Refused)
			return err
		},
	}
}

func registrySet() command {
	var wanted apiv1.RegistrySettings
	var keep bool
	var window time.Duration
	var google shipbell.GoogleToken
	return command{
		name: "registry set", args: "ID", least: 1, most: 1, summary: "create a registry or change its settings", remote: true,
		about: `Creates a registry, or changes the settings that are given. The host is what addresses
in deliveries begin with, whatever the registry itself says. To switch a setting off
write --public=false.`,
		examples: []string{
			"shipbell registry set default --host registry.example.com",
			"shipbell registry set staging --host staging.example.com:5000 --public",
			"shipbell registry set default --merge-window 5s",
		},
		words: map[string]string{
			"id": "ID", "chart_repositories": "--charts", "merge_window": "--merge-window", "google.audience": "--google-audience", "google.email": "--google-email",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&wanted.Host, "host", "", "`HOST` of the registry, with its port and a path if it has them")
			f.BoolVar(&wanted.Public, "public", false, "repositories are public, where events do not tell")
			f.StringVar(&wanted.Secret, "secret", "", "`SECRET` that the registry's hooks sign with; empty for none")
			f.Func("sns-topics", "`ARNS` of topics of Amazon SNS whose subscriptions are confirmed, with commas between", func(list string) error {
				wanted.SNSTopics = strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })
				return nil
			})
			f.StringVar(&google.Audience, "google-audience", "", "`AUDIENCE` of the tokens that pushes of Google's Pub/Sub must have")
			f.StringVar(&google.Email, "google-email", "", "`EMAIL` of their service account; both empty for no token")
			f.BoolVar(&wanted.Accessories, "accessories", false, "report signatures, attestations and SBOMs too")
			f.StringVar(&wanted.ChartRepositories, "charts", "", "`PATTERN` of repositories that hold charts, where events do not tell")
			f.BoolVar(&wanted.OnlyChanged, "only-changed", false, "ignore a push that changes nothing")
			f.DurationVar(&window, "merge-window", 0, "make one event of the tags that are pushed of one digest within a `TIME` of whole seconds, up to 1m; 0 for none")
			f.BoolVar(&keep, "keep-unmatched", false, "keep pushes and deletes that no trigger matched")
		},
		run: func(ctx context.Context, c *call) error {
			wanted.KeepUnmatched, wanted.Google = &keep, &google
			if window%time.Second != 0 {
				return usageError("--merge-window takes whole seconds, such as 5s")
			}
			wanted.MergeWindow = int(window / time.Second)
			return c.setRegistry(ctx, wanted)
		},
	}
}

func (c *call) setRegistry(ctx context.Context, wanted apiv1.RegistrySettings) error {
	if !c.givenAnyBut("server", "key", "json") {
		return usagef("give a setting, such as --host")
	}
	cl, err := c.connect()
	if err != nil {
		return err
	}
	r, err := cl.GetRegistry(ctx, c.arguments[0])
	if err != nil && !client.IsStatus(err, http.StatusNotFound) {
		return err
	}
	if c.given("host") {
		r.Host = wanted.Host
	}
	if c.given("public") {
		r.Public = wanted.Public
	}
	if c.given("accessories") {
		r.Accessories = wanted.Accessories
	}
	if c.given("charts") {
		r.ChartRepositories = wanted.ChartRepositories
	}
	if c.given("only-changed") {
		r.OnlyChanged = wanted.OnlyChanged
	}
	if c.given("merge-window") {
		r.MergeWindow = wanted.MergeWindow
	}
	if c.given("keep-unmatched") {
		r.KeepUnmatched = wanted.KeepUnmatched
	}
	if c.given("secret") {
		r.Secret = wanted.Secret
	}
	if c.given("sns-topics") {
		r.SNSTopics = wanted.SNSTopics
	}
	c.setGoogle(&r.RegistrySettings, *wanted.Google)
	_, created, err := cl.PutRegistry(ctx, c.arguments[0], r.RegistrySettings)
	if err != nil {
		return err
	}
	done := "changed"
	if created {
		done = "created"
	}
	c.report("%s registry %s", done, c.arguments[0])
	return nil
}

// setGoogle changes what is given of the token of Google; without both parts none is asked
// for.
func (c *call) setGoogle(r *apiv1.RegistrySettings, wanted shipbell.GoogleToken) {
	var token shipbell.GoogleToken
	if r.Google != nil {
		token = *r.Google
	}
	if c.given("google-audience") {
		token.Audience = wanted.Audience
	}
	if c.given("google-email") {
		token.Email = wanted.Email
	}
	if r.Google = nil; !token.IsZero() {
		r.Google = &token
	}
}

func registryDelete() command {
	return command{
		name: "registry delete", args: "ID", least: 1, most: 1, summary: "delete a registry", remote: true,
		about: "Deletes a registry that has no triggers any more. With --json it prints nothing.",
		examples: []string{
			"shipbell registry delete staging",
			"shipbell registry delete staging --server https://shipbell.example.com",
		},
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if err := cl.DeleteRegistry(ctx, c.arguments[0]); err != nil {
				return err
			}
			c.report("deleted registry %s", c.arguments[0])
			return nil
		},
	}
}
