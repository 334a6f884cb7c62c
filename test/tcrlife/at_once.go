package tcrlife

import (
	"fmt"
	"sync"
	"testing"
)

// atOnce has many clients create triggers at the same time, and delete them: none is
// refused, no number is given twice, and nothing is left.
func (c clients) atOnce(t *testing.T) {
	const clients = 32
	client := c.as(t, c.srv.Key(), nil)
	ids := make([]int64, clients)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			made, err := create(client, newTrigger(fmt.Sprint("at-once-", i), newTarget("https://ci.example.com/hook")))
			if err != nil {
				t.Errorf("creation %d: %v", i, err)
				return
			}
			ids[i] = *made.Id
		})
	}
	all.Wait()
	seen := map[int64]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	if found, total, err := describe(client, 0, 0); err != nil || total != clients || len(found) != clients || len(seen) != clients {
		t.Errorf("there are %d triggers with %d numbers, %v", total, len(seen), err)
	}
	for _, id := range ids {
		all.Go(func() {
			if err := remove(client, id); err != nil {
				t.Errorf("delete %d: %v", id, err)
			}
		})
	}
	all.Wait()
	if _, total, err := describe(client, 0, 0); err != nil || total != 0 {
		t.Errorf("%d left, %v", total, err)
	}
}
