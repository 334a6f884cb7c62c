package shipbell_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// targetsAt are targets with these URLs and ids; without ids they are all 0.
func targetsAt(urls string, ids ...shipbell.TargetID) []shipbell.Target {
	var list []shipbell.Target
	for i, host := range urls {
		target := shipbell.Target{URL: "http://" + string(host) + "/"}
		if len(ids) > 0 {
			target.ID = ids[i]
		}
		list = append(list, target)
	}
	return list
}

// TestTargetKeepsItsID changes a trigger whose targets a, b and c have the ids 1, 2 and
// 4 and which had a target 5 once.
func TestTargetKeepsItsID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		targets []shipbell.Target
		want    []shipbell.TargetID
		wrong   []string
	}{
		"as it was":                            {targetsAt("abc"), []shipbell.TargetID{1, 2, 4}, nil},
		"by id, in another order":              {targetsAt("cab", 4, 1, 2), []shipbell.TargetID{4, 1, 2}, nil},
		"by URL, in another order":             {targetsAt("cab"), []shipbell.TargetID{4, 1, 2}, nil},
		"one URL corrected":                    {targetsAt("axc"), []shipbell.TargetID{1, 2, 4}, nil},
		"every URL corrected, by id":           {targetsAt("xyz", 1, 2, 4), []shipbell.TargetID{1, 2, 4}, nil},
		"two URLs swapped, by id":              {targetsAt("bac", 1, 2, 4), []shipbell.TargetID{1, 2, 4}, nil},
		"two URLs changed":                     {targetsAt("xyc"), []shipbell.TargetID{6, 7, 4}, nil},
		"one URL changed, in another place":    {targetsAt("xab"), []shipbell.TargetID{6, 1, 2}, nil},
		"one removed":                          {targetsAt("bc"), []shipbell.TargetID{2, 4}, nil},
		"one removed, one changed":             {targetsAt("bx"), []shipbell.TargetID{2, 6}, nil},
		"one added":                            {targetsAt("abcx"), []shipbell.TargetID{1, 2, 4, 6}, nil},
		"one removed, one added, by id":        {targetsAt("abx", 1, 2, 0), []shipbell.TargetID{1, 2, 6}, nil},
		"one removed and added again, by id":   {targetsAt("abc", 1, 2, 0), []shipbell.TargetID{1, 2, 4}, nil},
		"a new one at the former URL of a":     {targetsAt("xbca", 1, 2, 4, 0), []shipbell.TargetID{1, 2, 4, 6}, nil},
		"all removed, others added":            {targetsAt("xy"), []shipbell.TargetID{6, 7}, nil},
		"an id that was removed":               {targetsAt("abc", 1, 5, 4), nil, []string{"targets[1].id"}},
		"an id that never was, one of nothing": {targetsAt("abc", 7, -1, 4), nil, []string{"targets[0].id", "targets[1].id"}},
		"an id twice":                          {targetsAt("abc", 1, 1, 4), nil, []string{"targets[1].id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old := *good()
			old.Targets, old.LastTarget = targetsAt("abc", 1, 2, 4), 5
			changed := old.Clone()
			changed.Targets = test.targets
			err := changed.Change(old, time.Now())
			if test.wrong != nil {
				if diff := cmp.Diff(test.wrong, wrong(t, err)); diff != "" {
					t.Errorf("wrong fields (-want +got):\n%s", diff)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []shipbell.TargetID
			highest := old.LastTarget
			for _, target := range changed.Targets {
				got, highest = append(got, target.ID), max(highest, target.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || changed.LastTarget != highest {
				t.Errorf("the last id is %d, the ids (-want +got):\n%s", changed.LastTarget, diff)
			}
		})
	}
}

// TestTargetOf finds a delivery's target by id, and one of an older version by the URL
// that its target had then.
func TestTargetOf(t *testing.T) {
	t.Parallel()
	subject := shipbell.Trigger{Targets: targetsAt("abc", 1, 2, 3)}
	subject.Targets[1].FormerURL, subject.Targets[2].FormerURL = "http://a/", "http://c/"
	for name, test := range map[string]struct {
		delivery shipbell.Delivery
		want     shipbell.TargetID
	}{
		"by id":                     {shipbell.Delivery{TargetID: 1, TargetURL: "http://x/"}, 1},
		"of a removed target":       {shipbell.Delivery{TargetID: 4, TargetURL: "http://a/"}, 0},
		"older, of a changed URL":   {shipbell.Delivery{TargetURL: "http://a/"}, 2},
		"older, of the same URL":    {shipbell.Delivery{TargetURL: "http://c/"}, 3},
		"older, by the present URL": {shipbell.Delivery{TargetURL: "http://b/"}, 2},
		"older, of no URL":          {shipbell.Delivery{TargetURL: "http://B/"}, 0},
	} {
		got, found := subject.TargetOf(&test.delivery)
		if got.ID != test.want || found != (test.want != 0) {
			t.Errorf("%s: target %d, want %d", name, got.ID, test.want)
		}
	}
}

// TestDeliveryIDIgnoresURL makes the same ids for an event after a URL was corrected.
func TestDeliveryIDIgnoresURL(t *testing.T) {
	t.Parallel()
	subject := good()
	subject.Targets = targetsAt("ab", 1, 2)
	e := &shipbell.Event{ID: "event"}
	matches := []shipbell.Match{{Trigger: subject}}
	first := shipbell.NewDeliveries("default", e, matches, noon)
	subject.Targets[0].URL = "http://x/"
	second := shipbell.NewDeliveries("default", e, matches, noon)
	if first[0].ID != second[0].ID || first[0].ID == first[1].ID || first[0].TargetID != 1 || first[1].TargetID != 2 {
		t.Errorf("%+v, then %+v", first, second)
	}
	if want := shipbell.NewDeliveryID(noon, "default", "event", subject.ID, "http://a/"); first[0].FormerID() != want {
		t.Errorf("the former id is %s, want %s", first[0].FormerID(), want)
	}
}
