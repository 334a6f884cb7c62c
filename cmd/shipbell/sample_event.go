package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// sampleEvent is an event told in brief, for commands that send one without a file.
type sampleEvent struct {
	action, repository, tag, digest, operator string
}

func (e *sampleEvent) register(f *flag.FlagSet) {
	f.StringVar(&e.action, "action", string(shipbell.PushImage), "`ACTION` of the event: "+actionNames())
	f.StringVar(&e.repository, "repository", "", "full `NAME` of the repository, such as public/nginx")
	f.StringVar(&e.tag, "tag", "", "`TAG` of the image or chart")
	f.StringVar(&e.digest, "digest", "", "`DIGEST` of the image or chart; made of repository and tag if not given")
}

// given reports whether one of the flags was written.
func (e *sampleEvent) given(c *call) bool {
	return c.given("action") || c.given("repository") || c.given("tag") || c.given("digest")
}

// body is the event in the form of TCR, with the fields that tell something.
func (e *sampleEvent) body(now time.Time) ([]byte, error) {
	if !shipbell.Action(e.action).Valid() {
		return nil, usagef("--action: %q is none of %s", e.action, actionNames())
	}
	digest := e.digest
	if digest == "" {
		sum := sha256.Sum256([]byte(e.repository + ":" + e.tag))
		digest = "sha256:" + hex.EncodeToString(sum[:])
	}
	return json.Marshal(map[string]any{
		"type": e.action, "occur_at": now.Unix(), "operator": e.operator,
		"event_data": map[string]any{
			"resources":  []map[string]string{{"tag": e.tag, "digest": digest}},
			"repository": map[string]string{"repo_full_name": e.repository},
		},
	})
}

// actionNames lists the actions in words.
func actionNames() string {
	names := make([]string, 0, len(shipbell.Actions()))
	for _, action := range shipbell.Actions() {
		names = append(names, string(action))
	}
	return strings.Join(names, ", ")
}
