package shipbell_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// TestRegistrySettings names every field of a registry that is wrong, and no other.
func TestRegistrySettings(t *testing.T) {
	t.Parallel()
	const topic = "arn:aws:sns:eu-west-1:111122223333:images"
	account := shipbell.GoogleToken{Audience: "shipbell", Email: "push@acme.iam.gserviceaccount.com"}
	for name, test := range map[string]struct {
		change func(*shipbell.Registry)
		want   []string
	}{
		"all that there is": {func(r *shipbell.Registry) {
			r.Secret, r.Topics, r.Google, r.MergeWindow, r.ChartRepositories = shipbell.NewSecret("s3cr3t"), []string{topic}, account, 60, "charts/**"
		}, nil},
		"a secret with a line break": {func(r *shipbell.Registry) { r.Secret = shipbell.NewSecret("a\nb") }, []string{"secret"}},
		"a secret too long":          {func(r *shipbell.Registry) { r.Secret = shipbell.NewSecret(strings.Repeat("a", 5000)) }, []string{"secret"}},
		"topics that are none": {func(r *shipbell.Registry) {
			r.Topics = []string{topic, "images", "arn:aws:sqs:eu-west-1:111122223333:images", topic + " "}
		}, []string{"sns_topics[1]", "sns_topics[2]", "sns_topics[3]"}},
		"a token without an account":  {func(r *shipbell.Registry) { r.Google.Audience = account.Audience }, []string{"google.email"}},
		"a token without an audience": {func(r *shipbell.Registry) { r.Google.Email = account.Email }, []string{"google.audience"}},
		"an audience with a space":    {func(r *shipbell.Registry) { r.Google = account; r.Google.Audience = "a b" }, []string{"google.audience"}},
		"a window in the past":        {func(r *shipbell.Registry) { r.MergeWindow = -1 }, []string{"merge_window"}},
		"a window too long":           {func(r *shipbell.Registry) { r.MergeWindow = 61 }, []string{"merge_window"}},
		"charts of no pattern":        {func(r *shipbell.Registry) { r.ChartRepositories = "a//b" }, []string{"chart_repositories"}},
	} {
		r := &shipbell.Registry{ID: "default", Host: "reg.example.com"}
		test.change(r)
		if diff := cmp.Diff(test.want, wrong(t, r.Validate())); diff != "" {
			t.Errorf("%s: wrong fields (-want +got):\n%s", name, diff)
		}
	}
}

// TestKeepSecret puts the stored secret in place of its mask, and refuses a mask of nothing.
func TestKeepSecret(t *testing.T) {
	t.Parallel()
	stored, masked, changed := shipbell.NewSecret("old"), shipbell.NewSecret(shipbell.Mask), shipbell.NewSecret("new")
	for name, test := range map[string]struct {
		old, put shipbell.Secret
		want     string
		wrong    []string
	}{
		"masked":             {stored, masked, "old", nil},
		"changed":            {stored, changed, "new", nil},
		"a mask of nothing":  {shipbell.Secret{}, masked, "", []string{"secret"}},
		"removed on purpose": {stored, shipbell.Secret{}, "", nil},
	} {
		r := shipbell.Registry{Secret: test.put}
		err := r.KeepSecret(shipbell.Registry{Secret: test.old})
		if diff := cmp.Diff(test.wrong, wrong(t, err)); diff != "" {
			t.Errorf("%s: wrong fields (-want +got):\n%s", name, diff)
		}
		if clear, revealErr := r.Secret.Reveal(); err == nil && (revealErr != nil || clear != test.want) {
			t.Errorf("%s: %q, %v", name, clear, revealErr)
		}
	}
}
