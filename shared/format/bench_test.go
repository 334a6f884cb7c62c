package format_test

import (
	"testing"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// BenchmarkRender makes what a target gets of a push: in each format, by the template of a
// chat message, which is parsed each time, and with a parameter of the query.
func BenchmarkRender(b *testing.B) {
	const slack = `{"text":"{{.Action}} {{markdown "slack" .Repository}}","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*{{.Action}}* {{markdown "slack" .Repository}}\n{{markdown "slack" (trunc 1200 (join ", " .References))}}{{if .Operator}}\n{{markdown "slack" .Operator}}{{end}}"}}]}`
	targets := map[string]shipbell.Target{
		"slack": {Format: shipbell.FormatTemplate, Template: slack},
		"query": {Format: shipbell.FormatTCR, Options: shipbell.Options{Query: []shipbell.Field{{Name: "tag", Value: "{{.Tag}}"}}}},
	}
	for _, name := range shipbell.Formats() {
		targets[string(name)] = targetOf(name)
	}
	for name, target := range targets {
		b.Run(name, func(b *testing.B) {
			d := sample(target.Format)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := format.Render(d, target); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
