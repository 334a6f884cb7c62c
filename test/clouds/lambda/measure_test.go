package lambda_test

import (
	"strings"
	"testing"

	"github.com/shipbell/shipbell/test/clouds"
)

func TestStart(t *testing.T) {
	request := func(path string) any {
		return map[string]any{"version": "2.0", "rawPath": path, "requestContext": map[string]any{"http": map[string]string{"method": "GET", "sourceIp": "127.0.0.1"}}}
	}
	clouds.Starts(t, newCloud(t, options{}).Stack, request, map[string]any{"Records": []any{}})
}

// TestBadVariable has functions end at once and say which variable is missing or
// wrong.
func TestBadVariable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ function, variable, value string }{
		"missing": {"receive", "SHIPBELL_TABLE", ""},
		"wrong":   {"deliver", "SHIPBELL_RETRY_WAITS", "soon"},
		"no key":  {"triggers", "SHIPBELL_SEAL_KEY", "env:short"},
	} {
		env := []string{
			"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=emulated", "AWS_SECRET_ACCESS_KEY=emulated",
			"SHIPBELL_TABLE=table", "SHIPBELL_QUEUE_URL=http://127.0.0.1:1/queue", "SHIPBELL_SLOW_QUEUE_URL=http://127.0.0.1:1/slow", "SHIPBELL_SEAL_KEY=env:" + strings.Repeat("A", 43) + "=",
			test.variable + "=" + test.value, // the last of a name counts
		}
		text := &clouds.Log{}
		p, err := start(clouds.Binary(test.function), env, text)
		if err == nil {
			p.Kill()
			t.Errorf("%s: %s started", name, test.function)
		}
		if !strings.Contains(text.String(), test.variable) {
			t.Errorf("%s: the log does not name %s: %s", name, test.variable, text)
		}
	}
}
