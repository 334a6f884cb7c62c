package aws_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
)

// TestSealKey has keys derived by a stand-in for KMS, which makes codes as KMS does:
// by HMAC with a key that each ARN stands for.
func TestSealKey(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			KeyId, MacAlgorithm string
			Message             []byte
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || r.Header.Get("X-Amz-Target") != "TrentService.GenerateMac" || ask.MacAlgorithm != "HMAC_SHA_256" {
			t.Errorf("%s: %+v, %v", r.Header.Get("X-Amz-Target"), ask, err)
		}
		if strings.HasSuffix(ask.KeyId, "gone") {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"__type":"NotFoundException","message":"no such key"}`))
			return
		}
		mac := hmac.New(sha256.New, []byte(ask.KeyId))
		mac.Write(ask.Message)
		_ = json.NewEncoder(w).Encode(map[string]any{"KeyId": ask.KeyId, "Mac": mac.Sum(nil), "MacAlgorithm": ask.MacAlgorithm})
	}))
	t.Cleanup(server.Close)

	const arn, old = "arn:aws:kms:us-east-1:111122223333:key/new", "arn:aws:kms:us-east-1:111122223333:key/old"
	derived := func(arn string) string {
		mac := hmac.New(sha256.New, []byte(arn))
		mac.Write([]byte("shipbell seal key 1")) // fixed: another message is another key
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	tests := map[string]struct{ setting, want, err string }{
		"one":            {setting: "kms:" + arn, want: derived(arn)},
		"old and new":    {setting: "kms:" + arn + ", kms:" + old, want: derived(arn) + "," + derived(old)},
		"one of its own": {setting: "env:AAAA,kms:" + old, want: "env:AAAA," + derived(old)},
		"gone":           {setting: "kms:" + arn + "gone", err: "SHIPBELL_SEAL_KEY: key 1: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{
				"SHIPBELL_TABLE": "t", "SHIPBELL_SEAL_KEY": test.setting, "AWS_ENDPOINT_URL_KMS": server.URL,
				"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
			}
			opened, err := aws.Open(t.Context(), platform.Needs{SealKey: true, Getenv: func(name string) string { return variables[name] }})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, opened.SealKey); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		})
	}
}
