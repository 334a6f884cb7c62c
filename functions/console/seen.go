package console

import (
	"context"
	"slices"

	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/trigger"
)

// seen is what a registry is known to hold, the newest first.
type seen struct{ repositories, tags []string }

// seen reads what was seen in a registry.
func (c *console) seen(ctx context.Context, registry string) (seen, error) {
	var s seen
	deliveries, _, err := c.Store.List(ctx, store.Query{Registry: registry, Limit: 100})
	for _, d := range deliveries {
		if !slices.Contains(s.repositories, d.Event.Repository.FullName) {
			s.repositories = append(s.repositories, d.Event.Repository.FullName)
		}
		for _, r := range d.Event.Resources {
			if r.Tag != "" && !slices.Contains(s.tags, r.Tag) {
				s.tags = append(s.tags, r.Tag)
			}
		}
	}
	return s, err
}

// namespaces are those of the repositories, in order.
func (s seen) namespaces() []string {
	var list []string
	for _, name := range s.repositories {
		if namespace := (trigger.Repository{FullName: name}).Namespace(); namespace != "" {
			list = append(list, namespace)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
