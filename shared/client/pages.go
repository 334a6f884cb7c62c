package client

import (
	"iter"
	"net/url"
	"strconv"
	"time"
)

// pageLimit is the most that the API lists at once.
const pageLimit = 100

// Page is where a list begins and how long it is.
type Page struct {
	// Limit is how many are listed at most. For one page, 0 is the API's default; for a
	// list that is read page by page, 0 is no limit.
	Limit int
	// Cursor is the NextCursor of the page before; "" begins at the front.
	Cursor string
}

func (p Page) set(query url.Values) {
	if p.Limit != 0 {
		query.Set("limit", strconv.Itoa(p.Limit))
	}
	setText(query, "cursor", p.Cursor)
}

func setText(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

func setTime(query url.Values, name string, t time.Time) {
	setText(query, name, timeText(t))
}

// timeText is a time as the API takes it; "" for none.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// pages yields the items of page after page, at most p.Limit of them.
func pages[T any](p Page, read func(Page) (items []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left, bounded := p.Limit, p.Limit > 0
		for {
			one := Page{Limit: pageLimit, Cursor: p.Cursor}
			if bounded {
				one.Limit = min(one.Limit, left)
			}
			items, next, err := read(one)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			left -= len(items)
			if next == "" || bounded && left <= 0 {
				return
			}
			p.Cursor = next
		}
	}
}
