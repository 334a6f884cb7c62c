package preset_test

import (
	"os"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// filled is a trigger with a target that has a preset and what its user gives.
func filled(p preset.Preset) shipbell.Trigger {
	target := shipbell.Target{URL: p.URL}
	target.Preset = p.Name
	if p.Secret != preset.None {
		target.Secret = shipbell.NewSecret("s3cr3t-s3cr3t")
	}
	p.Fill(&target)
	t := shipbell.Trigger{Name: "test", Actions: p.Actions, Targets: []shipbell.Target{target}}
	if t.Actions == nil {
		t.Actions = shipbell.Actions()
	}
	t.Normalise()
	return t
}

// TestPresetsCanBeStored stores each preset as it is, and has its templates rendered with
// samples of every action.
func TestPresetsCanBeStored(t *testing.T) {
	t.Parallel()
	for _, p := range preset.All() {
		made := filled(p)
		if err := shipbell.JoinInvalid(made.Validate(), format.CheckTemplates(&made)); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

// TestFillKeepsWhatIsSet fills targets in that say something already.
func TestFillKeepsWhatIsSet(t *testing.T) {
	t.Parallel()
	p, _ := preset.Find("dingtalk")
	target := shipbell.Target{Format: shipbell.FormatTCR}
	target.Rate = 5
	p.Fill(&target)
	if target.Format != shipbell.FormatTCR || target.Template != "" || target.Rate != 5 {
		t.Errorf("%+v", target)
	}
	if target.Auth.Scheme != "" {
		t.Errorf("a target without a secret has the scheme %s", target.Auth.Scheme)
	}
	if len(target.Success.JSON.Values) == 0 {
		t.Error("what is left out was not filled in")
	}
	hub, _ := preset.Find("dokploy")
	own := shipbell.Target{Headers: []shipbell.Header{{Key: "user-agent", Values: []shipbell.Secret{shipbell.NewSecret("mine")}}}}
	if hub.Fill(&own); len(own.Headers) != 1 {
		t.Errorf("%d headers", len(own.Headers))
	}
}

// TestPagesHaveAllPresets compares the two pages with the presets.
func TestPagesHaveAllPresets(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"../../docs/presets.md", "../../docs/presets.zh.md"} {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		rest := string(content)
		for _, p := range preset.All() {
			head := "\n## " + p.Title + "\n`" + p.Name + "` · "
			_, after, found := strings.Cut(rest, head)
			if !found || !strings.Contains(after, "`"+p.URL+"`\n") {
				t.Errorf("%s: no section for %s behind the one before", page, p.Name)
				continue
			}
			rest = after
		}
	}
}
