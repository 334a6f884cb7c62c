package shipbell

import (
	"slices"
	"strings"
)

// Action is what was done to a repository.
type Action string

// The six actions, spelled as in the TCR document.
const (
	PushImage     Action = "pushImage"
	DeleteImage   Action = "deleteImage"
	UploadChart   Action = "uploadChart"
	DeleteChart   Action = "deleteChart"
	PullImage     Action = "pullImage"
	DownloadChart Action = "downloadChart"
)

// Actions returns every action a trigger may name, in the order they are
// documented.
func Actions() []Action {
	return []Action{PushImage, DeleteImage, UploadChart, DeleteChart, PullImage, DownloadChart}
}

// Valid reports whether a is one of the six actions.
func (a Action) Valid() bool { return slices.Contains(Actions(), a) }

// Event is one action on one repository, normalised from any source.
type Event struct {
	// ID is the same whenever the registry sends the same event again.
	ID string `json:"id"`
	// Source is the dialect that it was decoded from, such as "distribution".
	Source string `json:"source,omitempty"`
	Action Action `json:"action"`
	// OccurAt is the event's own time in Unix seconds.
	OccurAt    int64      `json:"occur_at"`
	Repository Repository `json:"repository"`
	// Resources are the tags or digests concerned, at least one.
	Resources []Resource `json:"resources"`
	// Operator is who did it, or "" where the source does not tell.
	Operator string `json:"operator,omitempty"`
	// Trace is that of the request that brought the event. It is kept with deliveries, and
	// no part of what makes two events the same.
	Trace Trace `json:"-"`
}

// Repository is where an event happened.
type Repository struct {
	// FullName is the path without the registry's host, such as "public/nginx".
	FullName string `json:"full_name"`
	// CreatedAt is when the repository was made or first seen, in Unix seconds;
	// 0 if unknown.
	CreatedAt int64 `json:"created_at,omitempty"`
	// Type is "public" or "private".
	Type string `json:"type"`
}

// Resource is one image or chart of an event.
type Resource struct {
	// Digest is as the registry sent it, or "".
	Digest string `json:"digest"`
	// Tag is "" when only the digest is known.
	Tag string `json:"tag"`
	// URL is where it can be pulled from, without a scheme for images.
	URL string `json:"resource_url"`
	// PreviousDigest is what a pushed tag pointed to before, if it moved and that is known.
	PreviousDigest string `json:"previous_digest,omitempty"`
}

// Namespace is the first segment of the full name, or "" when it has only one.
func (r Repository) Namespace() string {
	namespace, _ := r.split()
	return namespace
}

// Name is the full name without its namespace.
func (r Repository) Name() string {
	_, name := r.split()
	return name
}

func (r Repository) split() (namespace, name string) {
	if before, after, found := strings.Cut(r.FullName, "/"); found {
		return before, after
	}
	return "", r.FullName
}

// ResourceURL is the address of an image or OCI chart on a registry:
// host/repository:tag, or host/repository@digest when there is no tag.
func ResourceURL(host, repository, tag, digest string) string {
	switch {
	case tag != "":
		return host + "/" + repository + ":" + tag
	case digest != "":
		return host + "/" + repository + "@" + digest
	}
	return host + "/" + repository
}
