package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// triggersPerPage is how many triggers a page of the list shows.
const triggersPerPage = 25

// triggerList is the page of a registry's triggers, newest first.
type triggerList struct {
	Filter string
	Rows   []row
	// Found is how many triggers the filter found, of All. Damaged others cannot be read.
	Found, All, Damaged int
	Page, Pages         int
}

// listTriggers shows the triggers that mention the text that the address asks for.
func (c *console) listTriggers(v *visit) error {
	set, damaged, err := c.App.TriggerSet(v.Context(), v.key, v.registry.ID)
	if err != nil {
		return err
	}
	all := set.Triggers()
	page := triggerList{Filter: strings.TrimSpace(v.Form.Get("q")), All: len(all), Damaged: damaged}
	found := slices.DeleteFunc(slices.Clone(all), func(t *shipbell.Trigger) bool {
		return !t.Mentions(page.Filter)
	})
	slices.Reverse(found)
	page.Found = len(found)
	page.Pages = max(1, (page.Found+triggersPerPage-1)/triggersPerPage)
	number, _ := strconv.Atoi(v.Form.Get("page")) // what is no number is the first page
	page.Page = min(max(1, number), page.Pages)
	begin := (page.Page - 1) * triggersPerPage
	if page.Rows, err = v.rows(found[begin:min(begin+triggersPerPage, page.Found)]); err != nil {
		return err
	}
	if v.live() && v.Form.Get("live") != "" {
		return v.showPart(http.StatusOK, "triggers-live", page)
	}
	return v.show(http.StatusOK, "triggers", v.t("triggers.title"), page)
}

// row is a trigger of the list, with how it went lately.
type row struct {
	shipbell.Trigger
	// Hours are the last 24 hours, and Day is all of them together.
	Hours []app.Counts
	Day   app.Counts
	// Last has no id if the trigger never had a delivery.
	Last shipbell.Delivery
}

// rows are triggers as the visitor may see them.
func (v *visit) rows(triggers []*shipbell.Trigger) ([]row, error) {
	ids, rows := make([]shipbell.ID, len(triggers)), make([]row, len(triggers))
	for i, t := range triggers {
		ids[i], rows[i].Trigger = t.ID, t.SeenBy(v.key.Role)
	}
	newest, err := v.c.App.NewestOf(v.Context(), v.key, v.registry.ID, ids...)
	if err != nil {
		return nil, err
	}
	stats, err := v.hours()
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		rows[i].Last, rows[i].Day = newest[id], stats.Of(id)
		for _, hour := range stats.Hours {
			rows[i].Hours = append(rows[i].Hours, hour.Of(id))
		}
	}
	return rows, nil
}

// At is the address of a page of the list.
func (l triggerList) At(number int) string {
	query := url.Values{"page": {strconv.Itoa(number)}}
	if l.Filter != "" {
		query.Set("q", l.Filter)
	}
	return "?" + query.Encode()
}

// Before is the number of the page in front of this one, or 0.
func (l triggerList) Before() int { return l.Page - 1 }

// After is the number of the page behind this one, or 0.
func (l triggerList) After() int {
	if l.Page == l.Pages {
		return 0
	}
	return l.Page + 1
}
