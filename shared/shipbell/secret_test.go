package shipbell_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/shipbell"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "hunter2"
	for name, secret := range map[string]shipbell.Secret{"clear": shipbell.NewSecret(text), "unopened": shipbell.UnopenedSecret(text)} {
		target := shipbell.Target{Headers: []shipbell.Header{{Key: "A", Values: []shipbell.Secret{secret}}}, Secret: secret}
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			before := out.Len()
			fmt.Fprintf(&out, verb, secret)
			if !strings.Contains(out.String()[before:], shipbell.Mask) {
				t.Errorf("%s: %s gives %s", name, verb, out.String()[before:])
			}
			fmt.Fprintf(&out, verb, &secret)
			fmt.Fprintf(&out, verb, target)
		}
		data, err := json.Marshal(target)
		if err != nil || strings.Count(string(data), shipbell.Mask) != 2 {
			t.Errorf("%s: JSON %s, %v", name, data, err)
		}
		out.Write(data)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", secret, "target", target)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", secret, "target", target)
		if strings.Contains(out.String(), text) {
			t.Errorf("%s: the text is in %s", name, out.String())
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	var zero shipbell.Secret
	if text, err := zero.Reveal(); text != "" || err != nil || !zero.Empty() || zero.String() != "" || zero.IsMask() {
		t.Errorf("zero secret: %q, %v", text, err)
	}
	clear := shipbell.NewSecret("x")
	if text, err := clear.Reveal(); text != "x" || err != nil || clear.Empty() || clear.Unopened() != "" {
		t.Errorf("secret in clear: %q, %v", text, err)
	}
	unopened := shipbell.UnopenedSecret("v1:x")
	if _, err := unopened.Reveal(); !errors.Is(err, shipbell.ErrSealed) || unopened.Empty() || unopened.Unopened() != "v1:x" {
		t.Errorf("unopened secret: %v", err)
	}
	if !shipbell.NewSecret(shipbell.Mask).IsMask() || unopened.IsMask() {
		t.Error("IsMask is wrong")
	}
}

func TestSecretFromJSON(t *testing.T) {
	t.Parallel()
	secret := shipbell.UnopenedSecret("old")
	if err := json.Unmarshal([]byte(`"new"`), &secret); err != nil {
		t.Fatal(err)
	}
	if text, err := secret.Reveal(); text != "new" || err != nil {
		t.Errorf("reveals %q, %v", text, err)
	}
	if err := json.Unmarshal([]byte(`{}`), &secret); err == nil {
		t.Error("an object was taken for a secret")
	}
}
