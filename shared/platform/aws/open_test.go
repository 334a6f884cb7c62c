package aws_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
)

// complete is an environment with all that Open needs.
func complete() []string {
	return []string{
		"SHIPBELL_TABLE=t", "SHIPBELL_QUEUE_URL=https://sqs.us-east-1.amazonaws.com/1/q", "SHIPBELL_SLOW_QUEUE_URL=https://sqs.us-east-1.amazonaws.com/1/slow", "SHIPBELL_SEAL_KEY=env:AA==",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
	}
}

func TestOpenNamesWhatIsWrong(t *testing.T) {
	all := platform.Needs{Queue: true, Slow: true, SealKey: true}
	for _, test := range []struct {
		needs platform.Needs
		unset string
		set   string
		want  string
	}{
		{all, "", "", ""},
		{all, "SHIPBELL_TABLE", "", "SHIPBELL_TABLE is not set"},
		{all, "SHIPBELL_QUEUE_URL", "", "SHIPBELL_QUEUE_URL is not set"},
		{all, "SHIPBELL_SLOW_QUEUE_URL", "", "SHIPBELL_SLOW_QUEUE_URL is not set"},
		{platform.Needs{Queue: true}, "SHIPBELL_SLOW_QUEUE_URL", "", ""},
		{all, "SHIPBELL_SEAL_KEY", "", "SHIPBELL_SEAL_KEY is not set"},
		{platform.Needs{}, "SHIPBELL_QUEUE_URL", "", ""},
		{platform.Needs{}, "SHIPBELL_SEAL_KEY", "", ""},
		{all, "AWS_REGION", "", "AWS_REGION is not set"},
		{all, "AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID is not set"},
		{all, "", "SHIPBELL_DELIVERY_SHARDS=0", `SHIPBELL_DELIVERY_SHARDS: "0" is not a number from 1 to 64`},
		{all, "", "SHIPBELL_DELIVERY_SHARDS=1,8", "SHIPBELL_DELIVERY_SHARDS: "},
		{all, "", "SHIPBELL_DELIVERY_SHARDS=1,8@soon", "SHIPBELL_DELIVERY_SHARDS: "},
		{all, "", "SHIPBELL_DELIVERY_SHARDS=1,8@2026-12-01T00:00:00Z,4@2026-11-01T00:00:00Z", "SHIPBELL_DELIVERY_SHARDS: "},
		{all, "", "SHIPBELL_DELIVERY_SHARDS=1,8@2026-12-01T00:00:00Z,16@2027-12-01T00:00:00Z", ""},
		{all, "", "SHIPBELL_SEAL_KEY=kms:???", "SHIPBELL_SEAL_KEY: key 1: what follows kms: is not the ARN of a key"},
	} {
		env := slices.DeleteFunc(complete(), func(pair string) bool { return test.unset != "" && strings.HasPrefix(pair, test.unset+"=") })
		_, err := aws.Open(t.Context(), withEnv(test.needs, append(env, test.set)...))
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("without %q, with %q: got %v, want %q", test.unset, test.set, err, test.want)
		}
	}
}

// TestVariables holds the list of variables against what Open reads.
func TestVariables(t *testing.T) {
	for _, needs := range []platform.Needs{{}, {Queue: true}, {SealKey: true}, {Queue: true, SealKey: true}, {Queue: true, Slow: true}} {
		var read []string
		env := withEnv(needs, complete()...)
		getenv := env.Getenv
		env.Getenv = func(name string) string {
			if strings.HasPrefix(name, "SHIPBELL_") {
				read = append(read, name)
			}
			return getenv(name)
		}
		if _, err := aws.Open(t.Context(), env); err != nil {
			t.Fatal(err)
		}
		read = slices.Compact(slices.Sorted(slices.Values(read)))
		if want := slices.Sorted(slices.Values(aws.Variables(needs))); !slices.Equal(read, want) {
			t.Errorf("%+v: reads %q, says %q", needs, read, want)
		}
	}
}
