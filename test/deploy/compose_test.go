package deploy_test

import (
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// composed is what the tests ask of a service in the compose file.
type composed struct {
	Image       string
	Profiles    []string
	Environment map[string]string
	Command     []string
	Ports       []string
	Volumes     []string
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	Networks    map[string]struct{ Aliases []string }
}

func TestComposeFile(t *testing.T) {
	data, err := os.ReadFile("../../deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]composed
		Volumes  map[string]any
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	profiles := map[string][]string{}
	for name, one := range file.Services {
		for _, profile := range one.Profiles {
			profiles[profile] = append(profiles[profile], name)
			slices.Sort(profiles[profile])
		}
		if name == "redis" {
			continue
		}
		if !one.ReadOnly || !slices.Equal(one.CapDrop, []string{"ALL"}) || !slices.Equal(one.Networks["default"].Aliases, []string{"shipbell"}) {
			t.Errorf("%s may write, has capabilities or is not called shipbell: %+v", name, one)
		}
	}
	if diff := cmp.Diff(map[string][]string{"single": {"single"}, "redis": {"redis", "several"}}, profiles); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	if got := file.Services["single"].Volumes; !slices.Equal(got, []string{"data:/var/lib/shipbell"}) {
		t.Errorf("one process keeps its data in %v", got)
	}
	several := file.Services["several"]
	if several.Environment["SHIPBELL_STORE"] != "redis://redis:6379" || several.Environment["SHIPBELL_SEAL_KEY"] == "" {
		t.Errorf("several processes share %v", several.Environment)
	}
	lasting := []string{"redis-server", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"}
	if diff := cmp.Diff(lasting, file.Services["redis"].Command); diff != "" {
		t.Errorf("Redis (-want +got):\n%s", diff)
	}
}
