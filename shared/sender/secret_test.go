package sender_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"testing"

	"github.com/shipbell/shipbell/shared/sender"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func mac(hashed func() hash.Hash, secret, body string) string {
	m := hmac.New(hashed, []byte(secret))
	m.Write([]byte(body))
	return hex.EncodeToString(m.Sum(nil))
}

// TestCheck verifies the signatures of every sender that makes one.
func TestCheck(t *testing.T) {
	t.Parallel()
	const secret, body = "s3cr3t", "{ \"a\": \"b c\" }\n"
	right := mac(sha256.New, secret, body)
	other := mac(sha256.New, "another", body)
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(body)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		header http.Header
		right  bool
	}{
		"a sender that signs nothing":  {http.Header{"Content-Type": {"application/json"}}, true},
		"GitHub":                       {http.Header{"X-Github-Event": {"package"}, "X-Hub-Signature-256": {"sha256=" + right}}, true},
		"GitHub without the algorithm": {http.Header{"X-Hub-Signature-256": {right}}, false},
		"GitHub, another secret":       {http.Header{"X-Hub-Signature-256": {"sha256=" + other}}, false},
		"GitHub, not hexadecimal":      {http.Header{"X-Hub-Signature-256": {"sha256=xyz"}}, false},
		"GitHub unsigned":              {http.Header{"X-Github-Event": {"package"}}, false},
		"Gitea":                        {http.Header{"X-Gitea-Event": {"package"}, "X-Gitea-Signature": {right}}, true},
		"Gitea, one of two wrong":      {http.Header{"X-Gitea-Signature": {right}, "X-Hub-Signature-256": {"sha256=" + other}}, false},
		"Gitea unsigned":               {http.Header{"X-Gitea-Event": {"package"}}, false},
		"Forgejo":                      {http.Header{"X-Forgejo-Event": {"package"}, "X-Forgejo-Signature": {right}}, true},
		"JFrog, the secret":            {http.Header{"X-Jfrog-Event-Auth": {secret}}, true},
		"JFrog, signed":                {http.Header{"X-Jfrog-Event-Auth": {right}}, true},
		"JFrog, another secret":        {http.Header{"X-Jfrog-Event-Auth": {"another"}}, false},
		"JFrog unsigned":               {http.Header{"User-Agent": {"JFrog Event/7.9.1"}}, false},
		"Nexus, without white space":   {http.Header{"X-Nexus-Webhook-Signature": {mac(sha1.New, secret, compact.String())}}, true},
		"Nexus, as it was sent":        {http.Header{"X-Nexus-Webhook-Signature": {mac(sha1.New, secret, body)}}, false},
		"Nexus unsigned":               {http.Header{"X-Nexus-Webhook-Id": {"rm:repository:component"}}, false},
		"an empty signature of a hook": {http.Header{"X-Gitea-Event": {"package"}, "X-Gitea-Signature": {""}}, false},
	} {
		err := sender.Check(shipbell.NewSecret(secret), c.header, []byte(body))
		if c.right != (err == nil) || err != nil && shipbell.KindOf(err) != shipbell.Unauthorised {
			t.Errorf("%s: %v", name, err)
		}
		if err := sender.Check(shipbell.Secret{}, c.header, []byte(body)); err != nil {
			t.Errorf("%s, without a secret of the registry: %v", name, err)
		}
	}
	sealed := shipbell.UnopenedSecret("s1.x")
	if err := sender.Check(sealed, http.Header{"X-Gitea-Signature": {right}}, []byte(body)); err == nil || shipbell.KindOf(err) != shipbell.Internal {
		t.Errorf("a secret that does not open gave %v", err)
	}
}
