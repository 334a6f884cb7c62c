// Command parsers reads the requests in the file that is named, as JSON, with the libraries
// that receivers in Go use, and prints a line for each: the target, the library, and what
// was read or what was wrong. It is a module of its own, so that nobody else needs them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// request is one that a target got.
type request struct {
	Target, Action, Secret string
	Header                 http.Header
	Body                   []byte
}

// reader is a library with how a receiver uses it: it answers what matters to one.
type reader struct {
	library string
	read    func(request) (string, error)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: parsers FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "parsers: %v\n", err)
		os.Exit(1)
	}
}

func run(name string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var requests []request
	if err := json.Unmarshal(content, &requests); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	for _, r := range requests {
		for _, by := range r.readers() {
			read, err := by.read(r)
			if err != nil {
				read = fmt.Sprintf("wrong: %v", err)
			}
			fmt.Printf("%s %s: %s: %s\n", r.Target, r.Action, by.library, read)
		}
	}
	return nil
}

// readers are those that the target's receivers use.
func (r request) readers() []reader {
	var all []reader
	switch r.Target {
	case "ghcr":
		all = append(all, reader{"go-github", readGitHub})
	case "dockerhub":
		all = append(all, reader{"go-playground/webhooks", readDockerHub})
	case "distribution":
		all = append(all, reader{"distribution", readDistribution})
	case "slack":
		all = append(all, reader{"slack-go", readSlack})
	case "cloudevents", "cloudevents-binary", "cdevents", "cdevents-0.4", "image-event", "knative":
		all = append(all, reader{"cloudevents/sdk-go", readCloudEvent})
	}
	switch {
	case strings.HasPrefix(r.Secret, "whsec_"):
		all = append(all, reader{"standard-webhooks", verifyStandard})
	case strings.HasPrefix(r.Secret, "whpk_"):
		all = append(all, reader{"crypto/ed25519", verifyEd25519})
	}
	return all
}

// http is the request as a server hands it to a receiver.
func (r request) http() (*http.Request, error) {
	made, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "/", bytes.NewReader(r.Body))
	if err == nil {
		made.Header = r.Header
	}
	return made, err
}
