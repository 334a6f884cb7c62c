package tencent_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/tencent"
)

// complete is an environment with all that Open needs.
func complete() []string {
	return []string{
		"SHIPBELL_REDIS_URL=redis://127.0.0.1:1", "SHIPBELL_DELIVER_FUNCTION=deliver", "SHIPBELL_SEAL_KEY=env:AA==",
		"TENCENTCLOUD_REGION=ap-guangzhou", "TENCENTCLOUD_SECRETID=id", "TENCENTCLOUD_SECRETKEY=key", "TENCENTCLOUD_SESSIONTOKEN=token",
	}
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := platform.Needs{Queue: true, SealKey: true}
	for _, test := range []struct {
		needs platform.Needs
		unset string
		set   []string
		want  string
	}{
		{needs: all},
		{needs: all, unset: "SHIPBELL_REDIS_URL", want: "SHIPBELL_REDIS_URL is not set"},
		{needs: all, unset: "SHIPBELL_DELIVER_FUNCTION", want: "SHIPBELL_DELIVER_FUNCTION is not set"},
		{needs: all, unset: "SHIPBELL_SEAL_KEY", want: "SHIPBELL_SEAL_KEY is not set"},
		{needs: platform.Needs{SealKey: true}, unset: "SHIPBELL_DELIVER_FUNCTION"},
		{needs: platform.Needs{SealKey: true}, unset: "TENCENTCLOUD_REGION"},
		{needs: platform.Needs{Queue: true}, unset: "SHIPBELL_SEAL_KEY"},
		{needs: all, unset: "TENCENTCLOUD_REGION", want: "SHIPBELL_REGION is not set"},
		{needs: all, unset: "TENCENTCLOUD_REGION", set: []string{"SHIPBELL_REGION=ap-beijing"}},
		{needs: all, unset: "TENCENTCLOUD_SECRETID", want: "SHIPBELL_SECRET_ID is not set, and the function has no role"},
		{needs: all, unset: "TENCENTCLOUD_SECRETID", set: []string{"SHIPBELL_SECRET_ID=id", "SHIPBELL_SECRET_KEY=very-secret"}},
		{needs: all, set: []string{"SHIPBELL_SECRET_ID=id"}, want: "SHIPBELL_SECRET_KEY is not set, and SHIPBELL_SECRET_ID is"},
		{needs: all, set: []string{"SHIPBELL_SECRET_KEY=very-secret"}, want: "SHIPBELL_SECRET_ID is not set, and SHIPBELL_SECRET_KEY is"},
		{needs: all, set: []string{"SHIPBELL_REDIS_CLUSTER=perhaps"}, want: `SHIPBELL_REDIS_CLUSTER: "perhaps" is neither true nor false`},
		{needs: all, set: []string{"SHIPBELL_REDIS_CA_FILE=" + notPEM}, want: "SHIPBELL_REDIS_CA_FILE: " + notPEM + " holds no certificate"},
		{needs: all, set: []string{"SHIPBELL_REDIS_CA_FILE=/none"}, want: "SHIPBELL_REDIS_CA_FILE: open /none"},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=rediss://user:very-secret@h:1/2"}},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=redis://:very-secret@h:1", "SHIPBELL_REDIS_PASSWORD=very-secret"}, want: "SHIPBELL_REDIS_URL: a password is in the address, and another in SHIPBELL_REDIS_PASSWORD"},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=redis://:very-secret@h"}, want: "SHIPBELL_REDIS_URL: not of the form"},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=redis://:very-secret%zz@h:1"}, want: "SHIPBELL_REDIS_URL: not of the form"},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=redis://:very-secret@h:65536"}, want: "SHIPBELL_REDIS_URL: not of the form"},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=http://:very-secret@h:1"}, want: "SHIPBELL_REDIS_URL: not of the form"},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=redis://:very-secret@h:1?tls=1"}, want: "SHIPBELL_REDIS_URL: not of the form"},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=redis://:very-secret@h:1/very-secret"}, want: "SHIPBELL_REDIS_URL: what follows the host"},
		{needs: all, set: []string{"SHIPBELL_DELIVER_RUNS=1000"}},
		{needs: all, set: []string{"SHIPBELL_DELIVER_RUNS=0"}, want: `SHIPBELL_DELIVER_RUNS: "0" is not a number from 1 to 1000`},
		{needs: all, set: []string{"SHIPBELL_REDIS_URL=h:1"}, want: "SHIPBELL_REDIS_URL: not of the form"},
		{needs: all, set: []string{"SHIPBELL_SCF_ENDPOINT=http://127.0.0.1:9/"}},
		{needs: all, set: []string{"SHIPBELL_SCF_ENDPOINT=127.0.0.1:9"}, want: "SHIPBELL_SCF_ENDPOINT: not of the form"},
		{needs: all, set: []string{"SHIPBELL_SCF_ENDPOINT=https://user:very-secret@h"}, want: "SHIPBELL_SCF_ENDPOINT: not of the form"},
		{needs: all, set: []string{"SHIPBELL_SCF_ENDPOINT=https://h/path"}, want: "SHIPBELL_SCF_ENDPOINT: not of the form"},
	} {
		env := slices.DeleteFunc(complete(), func(pair string) bool { return test.unset != "" && strings.HasPrefix(pair, test.unset+"=") })
		_, err := tencent.Open(t.Context(), withEnv(test.needs, append(env, test.set...)...))
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("without %q, with %q: got %v, want %q", test.unset, test.set, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "very-secret") {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
}

// TestVariables holds the list of variables against what Open reads, and what it
// calls optional against what Open does without.
func TestVariables(t *testing.T) {
	for _, needs := range []platform.Needs{{}, {Queue: true}, {SealKey: true}, {Queue: true, SealKey: true}} {
		var read, named []string
		env := withEnv(needs, complete()...)
		getenv := env.Getenv
		env.Getenv = func(name string) string {
			if strings.HasPrefix(name, "SHIPBELL_") {
				read = append(read, name)
			}
			return getenv(name)
		}
		if _, err := tencent.Open(t.Context(), env); err != nil {
			t.Fatal(err)
		}
		for _, v := range tencent.Variables(needs) {
			named = append(named, v.Name)
			env := slices.DeleteFunc(complete(), func(pair string) bool { return strings.HasPrefix(pair, v.Name+"=") })
			if _, err := tencent.Open(t.Context(), withEnv(needs, env...)); (err == nil) != v.Optional {
				t.Errorf("%+v: %s is optional: %v, and without it: %v", needs, v.Name, v.Optional, err)
			}
		}
		read = slices.Compact(slices.Sorted(slices.Values(read)))
		if slices.Sort(named); !slices.Equal(read, named) {
			t.Errorf("%+v: reads %q, says %q", needs, read, named)
		}
	}
}
