package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"

	"github.com/shipbell/shipbell/shared/platform/aws"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/deploy"
)

const root = "../.."

// readCode reads the source once for all tests.
func readCode(t *testing.T) deploy.Code {
	t.Helper()
	code, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func template(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func check(t *testing.T, text string) []string {
	t.Helper()
	parsed, err := deploy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	violations, err := deploy.Check(parsed, readCode(t))
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(violations))
	for i, v := range violations {
		lines[i] = v.String()
	}
	return lines
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	for _, line := range check(t, template(t)) {
		t.Error(line)
	}
}

// TestFaults plants one fault after the other in the template. The number of its file
// is the row of faults that it belongs to.
func TestFaults(t *testing.T) {
	t.Parallel()
	plantFaults(t, "testdata/faults", 10, func(t *testing.T, _ string, plant func(string) string) []string {
		return check(t, plant(template(t)))
	})
}

// plantFaults plants the faults of a folder: each file replaces a text, the first time
// it occurs, in the file that it may name, and says what the checker must answer.
func plantFaults(t *testing.T, folder string, wantRows int, check func(t *testing.T, file string, plant func(string) string) []string) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		rows[name[:2]] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			part := map[string]string{}
			for _, f := range archive.Files {
				part[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
			}
			got := check(t, part["file"], func(text string) string {
				before, after, found := strings.Cut(text, part["replace"])
				if !found {
					t.Fatalf("the file does not hold the text to replace:\n%s", part["replace"])
				}
				return before + part["with"] + after
			})
			for want := range strings.Lines(part["want"]) {
				want = strings.TrimSuffix(want, "\n")
				if !slices.ContainsFunc(got, func(line string) bool { return located.ReplaceAllString(line, "") == want }) {
					t.Errorf("the fault was not found, got:\n%s\nwant among them:\n%s", strings.Join(got, "\n"), want)
				}
			}
			if len(got) > 14 { // two for each function
				t.Errorf("one fault gives %d lines, which hide it:\n%s", len(got), strings.Join(got, "\n"))
			}
		})
	}
	if len(rows) != wantRows {
		t.Errorf("the planted faults are of %d rows, want %d", len(rows), wantRows)
	}
}

var located = regexp.MustCompile(`^\S+:\d+: `)

// TestDashboard checks that the dashboard is JSON, which deploying would find late.
func TestDashboard(t *testing.T) {
	t.Parallel()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(template(t)), &document); err != nil {
		t.Fatal(err)
	}
	text := ""
	var find func(n *yaml.Node)
	find = func(n *yaml.Node) {
		for i, child := range n.Content {
			if child.Value == "DashboardBody" {
				text = n.Content[i+1].Value
			}
			find(child)
		}
	}
	find(&document)
	var body struct {
		Widgets []struct {
			Properties struct{ Metrics [][]any }
		}
	}
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatal(err)
	}
	for i, widget := range body.Widgets {
		if len(widget.Properties.Metrics) == 0 {
			t.Errorf("widget %d shows nothing", i)
		}
	}
}

// read reads the source.
var read = sync.OnceValues(func() (deploy.Code, error) {
	return deploy.ReadCode(root, variables, scf)
})

// variables asks the code which environment variables a function reads. All must be
// set, so that the template shows what there is, but for the file of certificates,
// which a zip does not hold.
func variables(function string) ([]deploy.Variable, error) {
	f := setup.Function(function)
	var list []deploy.Variable
	for _, name := range slices.Concat(aws.Variables(f.Needs()), setup.Variables(f)) {
		list = append(list, deploy.Variable{Name: name, Optional: name == "SHIPBELL_CA_FILE"})
	}
	return list, nil
}
