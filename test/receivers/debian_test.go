package receivers_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/client"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/server"
)

// hook is one of Debian's webhook: it makes a folder that is named as the tag, if the body
// is signed.
type hook struct {
	name, algorithm string
	// refuses is the status of its answer to what its rule is not satisfied with, 0 for what
	// webhook answers if nothing is said: 200.
	refuses int
	auth    shipbell.Auth // of the target
	secret  string        // of the target; that of the hook is gitHubSecret
	answer  int
	status  shipbell.Status
	ran     bool
}

func hooks() []hook {
	signed := func(algorithm string) shipbell.Auth {
		return shipbell.Auth{Scheme: shipbell.AuthHMAC, Header: "X-Signature", Prefix: algorithm + "=", Algorithm: algorithm}
	}
	return []hook{
		{name: "sha256", algorithm: "sha256", auth: signed("sha256"), secret: gitHubSecret, answer: http.StatusOK, status: shipbell.Succeeded, ran: true},
		{name: "sha512", algorithm: "sha512", auth: signed("sha512"), secret: gitHubSecret, answer: http.StatusOK, status: shipbell.Succeeded, ran: true},
		{name: "wrong", algorithm: "sha256", auth: signed("sha256"), secret: "other", answer: http.StatusInternalServerError, status: shipbell.Pending},
		{name: "unsigned", algorithm: "sha256", refuses: http.StatusForbidden, answer: http.StatusForbidden, status: shipbell.Pending},
		// Which is why docs/signatures.md says what to set.
		{name: "unset", algorithm: "sha256", answer: http.StatusOK, status: shipbell.Succeeded},
	}
}

// TestDebianWebhook sends a push to hooks of a webhook that runs a command for what is
// signed with its secret, and for nothing else.
func TestDebianWebhook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	address := startWebhook(t, dir)
	s := server.Start(t, "--allow-targets=127.0.0.1/32", "--retry-waits=1h")
	for _, h := range hooks() {
		s.CreateTrigger(apiv1.TriggerSettings{
			Name: h.name, Actions: []shipbell.Action{shipbell.PushImage},
			Targets: []apiv1.Target{{URL: address + h.name, Secret: h.secret, TargetOptions: apiv1.TargetOptions{Options: shipbell.Options{Auth: h.auth}}}},
		})
	}
	s.Accept(pushed())
	found := map[string]apiv1.Delivery{}
	for _, d := range s.WaitFor(client.DeliveryQuery{}, func(list []apiv1.Delivery) bool { return len(list) == len(hooks()) && attempted(list) }, patience) {
		found[d.TriggerName] = d
	}
	for _, h := range hooks() {
		d := found[h.name]
		_, err := os.Stat(filepath.Join(dir, h.name, "v1"))
		if d.Status != h.status || d.Attempts[0].StatusCode != h.answer || (err == nil) != h.ran {
			t.Errorf("%s: %s after %d %q %q, its command ran: %t; want %s, %d, %t", h.name, d.Status, d.Attempts[0].StatusCode, d.Attempts[0].Error, d.Attempts[0].Response, err == nil, h.status, h.answer, h.ran)
		}
	}
}

// attempted reports whether each delivery has an attempt that has ended.
func attempted(list []apiv1.Delivery) bool {
	for _, d := range list {
		if len(d.Attempts) == 0 || d.Attempts[0].StatusCode == 0 && d.Attempts[0].Error == "" {
			return false
		}
	}
	return true
}

// startWebhook runs Debian's webhook with the hooks until the test ends, and returns the
// address that their names follow. Each hook works in a folder of its own in dir.
func startWebhook(t *testing.T, dir string) (address string) {
	t.Helper()
	binary, err := exec.LookPath("webhook")
	if err != nil {
		message := "no webhook to test with: apt-get install webhook, or run make deps: " + err.Error()
		if os.Getenv("CI") == "true" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0") // nearly surely free a moment later too
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr)
	if err := errors.Join(free.Close(), writeHooks(dir)); err != nil {
		t.Fatal(err)
	}
	_, number, _ := net.SplitHostPort(port.String())
	command := exec.CommandContext(t.Context(), binary, "-hooks", filepath.Join(dir, "hooks.json"), "-ip", "127.0.0.1", "-port", number, "-logfile", filepath.Join(dir, "log"))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // says that it was killed
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		connection, err := net.Dial("tcp", port.String())
		if err == nil {
			connection.Close()
			return "http://" + port.String() + "/hooks/"
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("webhook: %v; its log:\n%s", err, log)
		}
	}
}

// writeHooks writes the configuration.
func writeHooks(dir string) error {
	mkdir, err := exec.LookPath("mkdir")
	if err != nil {
		return err
	}
	var all []map[string]any
	for _, h := range hooks() {
		folder := filepath.Join(dir, h.name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			return err
		}
		one := map[string]any{
			"id": h.name, "execute-command": mkdir, "command-working-directory": folder, "include-command-output-in-response": true,
			"pass-arguments-to-command": []any{map[string]any{"source": "payload", "name": "event_data.resources.0.tag"}},
			"trigger-rule": map[string]any{"match": map[string]any{
				"type": "payload-hmac-" + h.algorithm, "secret": gitHubSecret,
				"parameter": map[string]any{"source": "header", "name": "X-Signature"},
			}},
		}
		if h.refuses != 0 {
			one["trigger-rule-mismatch-http-response-code"] = h.refuses
		}
		all = append(all, one)
	}
	content, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "hooks.json"), content, 0o600)
}
