package source

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// Seen tells names that are used in a registry: from the catalog, and from recent
// events, because not every source teaches the catalog.
type Seen interface {
	// Prefix is that of Catalog.
	Prefix(ctx context.Context, prefix string, limit int) ([]shipbell.Record, error)
	// RecentEvents returns some of the last events, the newest first.
	RecentEvents(ctx context.Context) ([]shipbell.Event, error)
}

// Repositories answers the full names of repositories that begin with prefix, at
// most limit (up to 1,000): those that something happened in lately, the newest
// first, and then others that the catalog knows, in the order of their names.
func Repositories(ctx context.Context, seen Seen, prefix string, limit int) ([]string, error) {
	if !validName(prefix, maxRepository) {
		return nil, nil // no name begins so
	}
	events, err := seen.RecentEvents(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the last events: %w", err)
	}
	found := names{limit: limit}
	for _, event := range events {
		if name := event.Repository.FullName; strings.HasPrefix(name, prefix) {
			found.add(name, maxRepository)
		}
	}
	if found.full() {
		return found.list, nil
	}
	records, err := seen.Prefix(ctx, repositoryKey(prefix), limit)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	for _, record := range records {
		found.add(strings.TrimPrefix(record.Key, repositoryKey("")), maxRepository)
	}
	return found.list, nil
}

// tagsRead is how many tags of a repository, or of a digest, are read from the catalog.
const tagsRead = 1000

// Tags answers tags of a repository, at most limit: those that something happened
// to lately, also those that were deleted, the newest first, and then others that
// the catalog knows, the newest of them first too. It reads up to 1,000 of these.
func Tags(ctx context.Context, seen Seen, repository string, limit int) ([]string, error) {
	if !validName(repository, maxRepository) {
		return nil, nil // no repository has such a name
	}
	events, err := seen.RecentEvents(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the last events: %w", err)
	}
	found := names{limit: limit}
	for _, event := range events {
		if event.Repository.FullName != repository {
			continue
		}
		for _, resource := range event.Resources {
			found.add(resource.Tag, maxTag)
		}
	}
	if found.full() {
		return found.list, nil
	}
	prefix := tagKey(repository, "")
	records, err := seen.Prefix(ctx, prefix, tagsRead)
	if err != nil {
		return nil, fmt.Errorf("read the catalog: %w", err)
	}
	type tag struct {
		name string
		at   time.Time
	}
	tags := make([]tag, len(records))
	for i, record := range records {
		tags[i] = tag{strings.TrimPrefix(record.Key, prefix), readEntry(record).At}
	}
	slices.SortStableFunc(tags, func(a, b tag) int { return b.at.Compare(a.at) })
	for _, tag := range tags {
		found.add(tag.name, maxTag)
	}
	return found.list, nil
}

// names is a list in which none comes twice.
type names struct {
	limit int
	list  []string
	known map[string]bool
}

// add leaves out what is no name: events are ignored for that too.
func (n *names) add(name string, longest int) {
	if name == "" || n.full() || n.known[name] || !validName(name, longest) {
		return
	}
	if n.known == nil {
		n.known = map[string]bool{}
	}
	n.known[name] = true
	n.list = append(n.list, name)
}

func (n *names) full() bool { return len(n.list) >= n.limit }
