package store

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/shipbell/shipbell/shared/platform"
)

// prefilter is lists of texts. The stored form of every delivery that a query wants
// contains at least one text of each list. Most other deliveries do not, and so need not
// be decoded, which is the slowest part of a query.
type prefilter [][][]byte

func (q *Query) prefilter() (m prefilter) {
	statuses := make([]string, len(q.Statuses))
	for i, status := range q.Statuses {
		statuses[i] = string(status)
	}
	m.add("status", statuses...)
	if q.Action != "" {
		m.add("action", string(q.Action))
	}
	if q.Repository != "" {
		m.add("full_name", shortened(q.Repository)...)
	}
	return m
}

// add requires that a field of a stored delivery has one of the values, if there are
// any.
func (m *prefilter) add(field string, values ...string) {
	var texts [][]byte
	for _, value := range values {
		object, _ := json.Marshal(map[string]string{field: value}) // texts always have a form in JSON
		texts = append(texts, object[1:len(object)-1])
	}
	if len(texts) > 0 {
		*m = append(*m, texts)
	}
}

// apply keeps the items that contain a text of each list, and those that are damaged, of
// which that cannot be told.
func (m prefilter) apply(items []platform.Item) []platform.Item {
	return slices.DeleteFunc(items, func(item platform.Item) bool {
		return item.Damage == nil && slices.ContainsFunc(m, func(texts [][]byte) bool {
			return !slices.ContainsFunc(texts, func(text []byte) bool { return bytes.Contains(item.Value, text) })
		})
	})
}
