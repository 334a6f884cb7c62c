package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/webhook"
)

// signed is a request as its receiver sees it.
type signed struct{ id, timestamp, signature, body string }

// The page's samples in every language take what was signed, and nothing else.
func TestPageVerifiesSignatures(t *testing.T) {
	key, err := webhook.SigningKey(shipbell.NewSecret(sampleSecret))
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"operator":"阿"}`
	now, old := time.Now(), time.Now().Add(-6*time.Minute)
	good := webhook.Sign(key, sampleID, now, []byte(body))
	stamp := func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

	for language, verify := range map[string]func(*testing.T, signed) bool{
		"go": verifyInGo, "python": verifyInPython, "js": verifyInNode, "sh": verifyInShell,
	} {
		t.Run(language, func(t *testing.T) {
			for _, tt := range []struct {
				name string
				signed
				want bool
			}{
				{"as sent", signed{string(sampleID), stamp(now), good, body}, true},
				{"one of several", signed{string(sampleID), stamp(now), "v1,AAAA " + good + " v1a,é", body}, true},
				{"another signature", signed{string(sampleID), stamp(now), "v1,AAAA", body}, false},
				{"another body", signed{string(sampleID), stamp(now), good, body + " "}, false},
				{"another id", signed{"another", stamp(now), good, body}, false},
				{"another time", signed{string(sampleID), stamp(now.Add(time.Second)), good, body}, false},
				// The shell sample is for requests that were kept.
				{"an old request", signed{string(sampleID), stamp(old), webhook.Sign(key, sampleID, old, []byte(body)), body}, language == "sh"},
			} {
				if got := verify(t, tt.signed); got != tt.want {
					t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
				}
			}
		})
	}
}

func verifyInGo(t *testing.T, s signed) bool {
	source, err := os.ReadFile("verify_test.go")
	if err != nil || !strings.Contains(string(source), samples(t, "go")[0]) {
		t.Fatalf("the page's sample is not what is tested (%v)", err)
	}
	key, err := webhook.SigningKey(shipbell.NewSecret(sampleSecret))
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	header.Set("webhook-id", s.id)
	header.Set("webhook-timestamp", s.timestamp)
	header.Set("webhook-signature", s.signature)
	return verify(key, header, []byte(s.body))
}

// verify tells whether Shipbell sent this body within the last five minutes.
// The key is the base64 after "whsec_", decoded.
func verify(key []byte, header http.Header, body []byte) bool {
	sent, err := strconv.ParseInt(header.Get("webhook-timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(sent, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", header.Get("webhook-id"), sent, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, got := range strings.Fields(header.Get("webhook-signature")) {
		if hmac.Equal([]byte(got), []byte(want)) {
			return true
		}
	}
	return false
}

func verifyInPython(t *testing.T, s signed) bool {
	return interpret(t, s, samples(t, "python")[0]+`
import os
headers = {"webhook-id": os.environ["ID"], "webhook-timestamp": os.environ["TIMESTAMP"], "webhook-signature": os.environ["SIGNATURE"]}
print("valid" if verify(os.environ["SECRET"], headers, open("body.json", "rb").read()) else "invalid")
`, "python3", "-c")
}

func verifyInNode(t *testing.T, s signed) bool {
	return interpret(t, s, samples(t, "js")[0]+`
const { ID, TIMESTAMP, SIGNATURE, SECRET } = process.env;
const headers = { "webhook-id": ID, "webhook-timestamp": TIMESTAMP, "webhook-signature": SIGNATURE };
console.log(verify(SECRET, headers, require("node:fs").readFileSync("body.json")) ? "valid" : "invalid");
`, "node", "-e")
}

func verifyInShell(t *testing.T, s signed) bool {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	return interpret(t, s, samples(t, "sh")[0], "sh", "-c")
}

// interpret runs a program that says "valid" or "invalid". It has what was
// signed in its environment and the body in a file.
func interpret(t *testing.T, s signed, program string, command ...string) bool {
	t.Helper()
	path, err := exec.LookPath(command[0])
	if err != nil {
		t.Skipf("%s is not installed", command[0])
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "body.json"), []byte(s.body), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, append(command[1:], program)...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "SECRET="+sampleSecret, "ID="+s.id, "TIMESTAMP="+s.timestamp, "SIGNATURE="+s.signature)
	out, err := cmd.CombinedOutput()
	verdict := strings.TrimSpace(string(out))
	if verdict != "valid" && verdict != "invalid" {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
	return verdict == "valid"
}
