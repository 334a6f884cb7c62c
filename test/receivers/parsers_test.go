package receivers_test

import (
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/sink"
)

var update = flag.Bool("update", false, "write the golden file anew")

// The secrets that the targets sign with; all are of the bytes 0 to 31. The receiver of an
// ed25519 signature has the public key.
const (
	standardSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	ed25519Secret  = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	ed25519Public  = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
	gitHubSecret   = "demo"
)

// request is one that a target got, as parsers and read.mjs read it.
type request struct {
	Target string      `json:"target"`
	Action string      `json:"action"`
	Secret string      `json:"secret"` // which the receiver has
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// parsed are the targets: every format, two presets whose bodies others can read, and one
// that signs with ed25519.
func parsed() map[string]apiv1.Target {
	all := map[string]apiv1.Target{}
	for _, f := range shipbell.Formats() {
		if f != shipbell.FormatTemplate {
			all[string(f)] = apiv1.Target{Format: f, Secret: standardSecret}
		}
	}
	ghcr := all["ghcr"]
	ghcr.Secret, ghcr.Auth = gitHubSecret, shipbell.Auth{Scheme: shipbell.AuthHMAC, Header: "X-Hub-Signature-256", Prefix: "sha256=", Algorithm: "sha256"}
	all["ghcr"] = ghcr
	all["ed25519"] = apiv1.Target{Format: shipbell.FormatTCR, Secret: ed25519Secret}
	for _, preset := range []string{"slack", "teams", "knative"} {
		all[preset] = apiv1.Target{TargetOptions: apiv1.TargetOptions{Options: shipbell.Options{Preset: preset, Rate: 6000}}}
	}
	return all
}

// TestParsers has every format tell of every action that it can express, signed, and reads
// what arrives with the libraries that receivers use. The golden file is what they read.
func TestParsers(t *testing.T) {
	t.Parallel()
	binary := parser(t, filepath.Join("..", "..", "build", "receivers", "parsers"))
	parser(t, filepath.Join("parsers", "node_modules", "svix"))
	requests := captured(t)
	golden := filepath.Join("testdata", "readings.txt")
	got := strings.Join(readings(t, binary, requests), "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("what was read (-want +got):\n%s", diff)
	}
	for i := range requests { // a space changes no JSON, but what is signed
		requests[i].Body = append(requests[i].Body, ' ')
	}
	checkers := regexp.MustCompile(`: (go-github|npm svix|standard-webhooks|crypto/ed25519): `)
	for _, line := range readings(t, binary, requests) {
		if checkers.MatchString(line) && !strings.Contains(line, ": wrong: ") {
			t.Errorf("of a body that nobody signed: %s", line)
		}
	}
}

// captured are the requests that serve sent for an event of each action, some of which has
// two tags and names that mean something to a receiver.
func captured(t *testing.T) []request {
	t.Helper()
	s, to := server.Start(t, "--allow-targets=127.0.0.1/32", "--registry-host=reg.example.com"), sink.Start(t)
	to.Respond(func(int, *sink.Received) (int, http.Header, string) { return http.StatusOK, nil, "ok" })
	actions := map[shipbell.DeliveryID]shipbell.Action{}
	for name, target := range parsed() {
		target.URL = to.URL() + "/" + name
		s.CreateTrigger(apiv1.TriggerSettings{Name: name, Actions: shipbell.Actions(), Targets: []apiv1.Target{target}})
	}
	for _, action := range shipbell.Actions() {
		for _, id := range s.Accept(happened(action)).Events[0].Deliveries {
			actions[id] = action
		}
	}
	s.WaitFor(client.DeliveryQuery{}, func(list []apiv1.Delivery) bool { return len(list) == len(actions) && server.AllEnded(list) }, patience)
	for _, d := range s.Deliveries(client.DeliveryQuery{}) {
		if d.Status != shipbell.Succeeded && d.ReasonCode != text.FormatLacksAction {
			t.Errorf("%s to %s is %s: %s", d.Action, d.TriggerName, d.Status, d.Reason)
		}
	}
	secrets := map[string]string{"ghcr": gitHubSecret, "ed25519": ed25519Public, "slack": "", "teams": "", "knative": ""}
	var all []request
	for _, r := range to.Requests() {
		target, _, _ := strings.Cut(strings.TrimPrefix(r.URI, "/"), "?")
		secret, own := secrets[target]
		if !own {
			secret = standardSecret
		}
		all = append(all, request{Target: target, Action: string(actions[r.ID()]), Secret: secret, Header: r.Header, Body: r.Body})
	}
	return all
}

// happened is an event with two tags of public/app, or of the chart charts/app.
func happened(action shipbell.Action) map[string]any {
	event := pushed()
	data := event["event_data"].(map[string]any)
	if strings.HasSuffix(string(action), "Chart") {
		repository := data["repository"].(map[string]any)
		repository["namespace"], repository["repo_full_name"] = "charts", "charts/app"
	}
	event["type"], event["operator"] = action, `<!channel> "eve" *x*`
	second := map[string]any{"digest": "sha256:0b5ca2b4ba3ab4b2bafc1b6c8ec2bd40aa25c19ab9ba4dd6ffbdd5a4f0aa1e0c", "tag": "v2_rc", "resource_url": "reg.example.com/public/app:v2_rc"}
	data["resources"] = append(data["resources"].([]any), second)
	return event
}

// deliveryID is an id that differs from run to run.
var deliveryID = regexp.MustCompile(`\b01[0-9A-Z]{24}\b`)

// readings are the different lines of both programs, sorted, without the deliveries' ids.
func readings(t *testing.T, binary string, requests []request) []string {
	t.Helper()
	content, err := json.Marshal(requests)
	name := filepath.Join(t.TempDir(), "requests.json")
	if err == nil {
		err = os.WriteFile(name, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, command := range [][]string{{binary, name}, {"node", filepath.Join("parsers", "read.mjs"), name}} {
		output, err := exec.CommandContext(t.Context(), command[0], command[1:]...).Output()
		if err != nil {
			var exit *exec.ExitError
			errors.As(err, &exit)
			t.Fatalf("%q: %v\n%s", command, err, exit.Stderr)
		}
		lines = append(lines, strings.Split(strings.TrimSpace(deliveryID.ReplaceAllString(string(output), "ID")), "\n")...)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// parser is what `make deps` installs. Where it is missing the test is skipped, but fails
// in CI.
func parser(t *testing.T, path string) string {
	t.Helper()
	_, err := os.Stat(path)
	if _, missing := exec.LookPath("node"); err == nil {
		err = missing
	}
	if err == nil {
		return path
	}
	message := errors.Join(errors.New("no parsers to test with: run make deps"), err).Error()
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}
