package deploy_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/deploy"
)

// serverless reads the files that bring Shipbell up on Tencent Cloud.
func serverless(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range deploy.ServerlessFiles() {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

func checkServerless(t *testing.T, files map[string]string) []string {
	t.Helper()
	parsed, err := deploy.ParseServerless(files)
	if err != nil {
		t.Fatal(err)
	}
	violations, err := deploy.CheckServerless(parsed, readCode(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(violations))
	for i, v := range violations {
		lines[i] = v.String()
	}
	return lines
}

func TestServerless(t *testing.T) {
	t.Parallel()
	for _, line := range checkServerless(t, serverless(t)) {
		t.Error(line)
	}
}

// TestServerlessFaults plants one fault after the other in the files, see plantFaults.
func TestServerlessFaults(t *testing.T) {
	t.Parallel()
	plantFaults(t, "testdata/serverless", 12, func(t *testing.T, file string, plant func(string) string) []string {
		files := serverless(t)
		if file == "" {
			file = deploy.ServerlessFile
		}
		files[file] = plant(files[file])
		return checkServerless(t, files)
	})
}

// scf asks the code what there is to know of a function. Of the settings those that
// are empty unless they are set may be left out, because the platform is not known to
// take an empty value.
func scf(function string) deploy.SCF {
	f := setup.Function(function)
	s := new(setup.Settings)
	known := deploy.SCF{
		Reads:    variablesOf(f.Needs()),
		Enqueues: f.Needs().Queue,
		Accept:   func(getenv func(string) string) error { return new(setup.Settings).Read(f, getenv) },
	}
	for _, one := range s.For(f) {
		known.Reads = append(known.Reads, deploy.Variable{Name: one.Variable(), Optional: one.Standard == ""})
	}
	return known
}

// variablesOf lists what the room of Tencent Cloud reads.
func variablesOf(needs platform.Needs) []deploy.Variable {
	list := []deploy.Variable{{Name: "SHIPBELL_REDIS_URL"}, {Name: "SHIPBELL_REDIS_PASSWORD", Optional: true}}
	if needs.SealKey {
		list = append(list, deploy.Variable{Name: "SHIPBELL_SEAL_KEY"})
	}
	if needs.Queue {
		for _, name := range []string{"QUEUE", "DELIVER_FUNCTION", "DELIVER_NAMESPACE", "DELIVER_QUALIFIER", "REGION", "SCF_ENDPOINT", "SECRET_ID", "SECRET_KEY", "KAFKA_BROKERS", "KAFKA_TOPIC"} {
			list = append(list, deploy.Variable{Name: "SHIPBELL_" + name, Optional: true})
		}
	}
	return slices.Clip(list)
}
