package store

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/shipbell/shipbell/shared/platform"
)

// marks are lists of texts: a delivery that a query wants has, as it is stored, at
// least one text of each list in it. Most of those that it does not want have not, and
// need not be decoded, which takes longer than all else.
type marks [][][]byte

func (q *Query) marks() (m marks) {
	statuses := make([]string, len(q.Statuses))
	for i, status := range q.Statuses {
		statuses[i] = string(status)
	}
	m.add("status", statuses...)
	if q.Action != "" {
		m.add("action", string(q.Action))
	}
	if q.Repository != "" {
		m.add("full_name", q.Repository)
	}
	return m
}

// add wants a field of a stored delivery to have one of the values, if there are any.
func (m *marks) add(field string, values ...string) {
	var texts [][]byte
	for _, value := range values {
		object, _ := json.Marshal(map[string]string{field: value}) // texts always have a form in JSON
		texts = append(texts, object[1:len(object)-1])
	}
	if len(texts) > 0 {
		*m = append(*m, texts)
	}
}

// leave leaves the items that have the marks.
func (m marks) leave(items []platform.Item) []platform.Item {
	return slices.DeleteFunc(items, func(item platform.Item) bool {
		return slices.ContainsFunc(m, func(texts [][]byte) bool {
			return !slices.ContainsFunc(texts, func(text []byte) bool { return bytes.Contains(item.Value, text) })
		})
	})
}
