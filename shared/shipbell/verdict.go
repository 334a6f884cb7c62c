package shipbell

import (
	"slices"
	"strings"
)

// Verdict is whether a delivery is one of those that are meant.
type Verdict int

// The verdicts. Unsure is one that only the whole event can decide.
const (
	No Verdict = iota
	Unsure
	Yes
)

// Judge tells whether the selection means a delivery, by all but its trigger and the id of
// its event. It is Unsure only while the delivery has an Excerpt and no Whole.
func (s *Selection) Judge(d *Delivery) Verdict {
	if !s.judgeState(d) {
		return No
	}
	e, whole := d.FullEvent()
	if s.Action != "" && s.Action != e.Action {
		return No
	}
	return min(s.judgeRepository(e.Repository, whole), s.judgeResources(e.Resources, whole))
}

// judgeState judges what does not depend on the event.
func (s *Selection) judgeState(d *Delivery) bool {
	class, kind := d.LastAnswer()
	return (s.Target == 0 || s.Target == d.TargetID) &&
		(s.Status == "" || s.Status == d.Status) &&
		(s.Answer == "" || s.Answer == class) &&
		(s.ErrorKind == "" || s.ErrorKind == kind) &&
		(s.cleared == nil || *s.cleared == d.Cleared())
}

func (s *Selection) judgeRepository(r Repository, whole bool) Verdict {
	full := r.FullName
	if cut := !whole && isShortened(full); cut && (s.Namespace != "" || s.Repository != "" || s.contains != "" || s.pattern != nil) {
		return Unsure
	}
	return verdict((s.Namespace == "" || s.Namespace == r.Namespace()) &&
		(s.Repository == "" || s.Repository == full) &&
		(s.contains == "" || strings.Contains(strings.ToLower(full), s.contains)) &&
		(s.pattern == nil || s.pattern.Match(full)))
}

// judgeResources judges by tag and digest, which one resource must both have.
func (s *Selection) judgeResources(all []Resource, whole bool) Verdict {
	if s.Tag == "" && s.Filter.Digest == "" {
		return Yes
	}
	found := slices.ContainsFunc(all, func(r Resource) bool {
		return (s.Tag == "" || s.Tag == r.Tag) && strings.HasPrefix(r.Digest, s.Filter.Digest)
	})
	if !found && !whole {
		return Unsure
	}
	return verdict(found)
}

func verdict(yes bool) Verdict {
	if yes {
		return Yes
	}
	return No
}

// isShortened reports whether a text may be what Shorten made of a longer one.
func isShortened(text string) bool { return strings.Contains(text, "…") }
